/* A covariance expression on one tile of pairs: values, and derivatives through the tree. */
#ifndef PROCESS_COVARIANCE_TILE_H
#define PROCESS_COVARIANCE_TILE_H

#include "process/covariance.h"
#include "process/covariance_kernel.h"

/* Room for one thread: a tile of values and one of adjoints for each node. */
struct covariance_workspace {
    const struct covariance *covariance;
    double *parameters; /* parameter_count: the values as they were at the last load */
    double *values, *adjoints;
    double *transposed;                  /* inputs x 64 */
    struct network_series_cache *series; /* where a leaf has use for it, or NULL */
    double *room;                        /* the most that a leaf asks for, or NULL */
};

/* Returns 0, or -1 with nothing to free. The covariance must outlive the workspace. */
__attribute__((warn_unused_result)) int covariance_tile_open(struct covariance_workspace *workspace,
                                                             const struct covariance *covariance,
                                                             struct error *error);

/* An all-zero one is fine. */
void covariance_tile_close(struct covariance_workspace *workspace);

/* Evaluates every node on a tile. Returns the root's values, rows x 64, which stand until the next call. */
const double *covariance_tile_values(struct covariance_workspace *workspace,
                                     const struct covariance_tile *tile);

/* gradient[p] += sum_ij adjoint_ij dk_ij/d parameter_p (natural parameters), on the tile whose values were
 * last asked for. Entries of adjoint beyond tile->columns must be 0. */
void covariance_tile_accumulate(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                                const double *adjoint, double *gradient);

/* slope_ij = dk_ij / d x_i[input], on the tile whose values were last asked for. The expression must be
 * smooth (covariance_tile_rough). */
void covariance_tile_slope(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                           size_t input, double *slope);

/* dF/dg_ij, dF/dg_ii and dF/dg_jj of the pairs of a Gram tile, whose values were last asked for, added to
 * rows x 64 numbers each, for adjoint = dF/dk_ij. The expression must have passed covariance_gram_check
 * (process/covariance_gram.h). */
void covariance_tile_pull(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                          const double *adjoint, const struct covariance_gram_slopes *sums);

/* k(x, x) of each of the tile's x, written to diagonal (rows). */
void covariance_tile_diagonal(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                              double *diagonal);

/* d2 k(x, y) / dx[input] dy[input] at y = x: the prior variance of a derivative. */
double covariance_tile_curvature(struct covariance_workspace *workspace, const double *x, size_t input);

/* The first kernel that has no derivative in the inputs, or NULL. */
const char *covariance_tile_rough(const struct covariance *covariance);

#endif
