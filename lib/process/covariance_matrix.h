/* Covariance matrices of points, and gradients of what is made of them, tile by tile in parallel. The bytes
 * do not depend on the number of threads. */
#ifndef PROCESS_COVARIANCE_MATRIX_H
#define PROCESS_COVARIANCE_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/covariance_kernel.h"
#include "process/covariance_tile.h"

/* Points with their coordinates laid out for tiles. */
struct covariance_points {
    size_t count, inputs;
    const double *x; /* count x inputs, row-major, the caller's */
    double *blocks;  /* for each 64 points inputs x 64; the last point is repeated */
};

/* Returns 0 or -1. count > 0. */
__attribute__((warn_unused_result)) int covariance_points_open(struct covariance_points *points, size_t count,
                                                               size_t inputs, const double *x,
                                                               struct error *error);

/* An all-zero one is fine. */
void covariance_points_close(struct covariance_points *points);

/* A covariance at work with so many threads. */
struct covariance_work {
    const struct covariance *covariance;
    size_t threads;
    struct covariance_workspace *workspaces; /* threads */
};

__attribute__((warn_unused_result)) int covariance_work_open(struct covariance_work *work,
                                                             const struct covariance *covariance,
                                                             size_t threads, struct error *error);

void covariance_work_close(struct covariance_work *work);

/* K(x, x): n x n, row-major; the lower triangle, or with `whole` all of it. Exactly symmetric. */
void covariance_matrix_square(struct covariance_work *work, const struct covariance_points *points,
                              bool whole, double *k);

/* K(x, y): x->count x y->count, for points of different matrices. */
void covariance_matrix_cross(struct covariance_work *work, const struct covariance_points *x,
                             const struct covariance_points *y, double *k);

/* k(x, x) of each point. */
void covariance_matrix_diagonal(struct covariance_work *work, const struct covariance_points *points,
                                double *diagonal);

/* What a gradient is taken of: writes dF/dK_ij of a window of rows x columns (at most 64 x 64) to adjoint,
 * rows x 64. It may be called from several threads. */
typedef void covariance_adjoint(void *context, size_t first_row, size_t rows, size_t first_column,
                                size_t columns, double *adjoint);

/* gradient[p] = sum_ij dF/dK_ij dK_ij/d parameter_p, natural parameters, for K(x, x) and a symmetric dF/dK.
 * Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int covariance_matrix_gradient(struct covariance_work *work,
                                                                   const struct covariance_points *points,
                                                                   covariance_adjoint *adjoint, void *context,
                                                                   double *gradient, struct error *error);

/* The same for the diagonal, k(x_i, x_i): gradient[p] = sum_i adjoint_i dk_ii/d parameter_p. */
__attribute__((warn_unused_result)) int
covariance_matrix_diagonal_gradient(struct covariance_work *work, const struct covariance_points *points,
                                    const double *adjoint, double *gradient, struct error *error);

/* The same for K(x, y), points of different matrices. Where slopes (x->count x inputs) is not NULL, the
 * derivatives in the coordinates of x are written there: sum_j dF/dK_ij dk_ij/dx_i; the covariance must then
 * be smooth. */
__attribute__((warn_unused_result)) int
covariance_matrix_cross_gradient(struct covariance_work *work, const struct covariance_points *x,
                                 const struct covariance_points *y, covariance_adjoint *adjoint,
                                 void *context, double *gradient, double *slopes, struct error *error);

#endif
