/* The passes of a sparse Gaussian process over its rows, block by block on several threads.
 *
 * Of a row x_i with m inducing inputs Z: v_i = L^-1 k(Z, x_i) with L L' = K(Z, Z), what is left of its prior
 * variance e_i = k(x_i, x_i) - |v_i|^2, and its noise D_i = noise + noise_rows_i (fitc: + e_i). Blocks of 256
 * rows are dealt out to a fixed number of lanes, each with sums of its own, which are added in order: memory
 * is some (lanes + 1) (m + h + q)^2 numbers and blocks, however many rows there are, and the bytes do not
 * depend on the number of threads. Kernels are evaluated anew in each pass. */
#ifndef PROCESS_GAUSSIAN_PROCESS_SPARSE_ROWS_H
#define PROCESS_GAUSSIAN_PROCESS_SPARSE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/covariance_matrix.h"
#include "process/gaussian_process_evidence.h"

/* Rows of a block; an inner dimension of products, for blas_load_for. */
enum { GAUSSIAN_PROCESS_SPARSE_BLOCK = 256 };

/* As spelled in models and options, ended by NULL. */
extern const char *const gaussian_process_sparse_rows_methods[];

enum gaussian_process_sparse_method {
    GAUSSIAN_PROCESS_SPARSE_VFE,
    GAUSSIAN_PROCESS_SPARSE_FITC,
    GAUSSIAN_PROCESS_SPARSE_SOR
};

struct gaussian_process_sparse_lane;
struct gaussian_process_sparse_room;

/* What the passes work on, the caller's, who may change what it points to between them. */
struct gaussian_process_sparse_rows {
    const struct gaussian_process_data *data;
    struct covariance_work *work;
    enum gaussian_process_sparse_method method;
    size_t inducing, basis_count;
    const double *z;         /* inducing x inputs */
    const double *factor_uu; /* L */
    const double *centres;   /* inputs, then outputs: what is taken off them */
    double noise;
    /* ours */
    size_t lane_count;
    bool stationary; /* k(x, x) is the same everywhere */
    struct gaussian_process_sparse_lane *lanes;
    struct gaussian_process_sparse_room *rooms; /* one for each thread */
};

/* Width of a row that is summed: v, the mean's basis, the targets. */
size_t gaussian_process_sparse_rows_width(const struct gaussian_process_sparse_rows *rows);

/* Makes room, from data, work, method, inducing and basis_count. Returns 0, or -1 with nothing to close. */
__attribute__((warn_unused_result)) int
gaussian_process_sparse_rows_open(struct gaussian_process_sparse_rows *rows, struct error *error);

/* An all-zero one is fine. */
void gaussian_process_sparse_rows_close(struct gaussian_process_sparse_rows *rows);

struct gaussian_process_sparse_sums {
    double log_noise; /* sum log D_i */
    double left;      /* sum e_i / D_i */
};

/* Sums over rows r_i = (v_i, h_i, y_i): the lower triangle of sum r_i r_i' / D_i goes to gram, width x width.
 * False: some D_i is not positive. */
bool gaussian_process_sparse_rows_gather(struct gaussian_process_sparse_rows *rows, double *gram,
                                         struct gaussian_process_sparse_sums *sums);

/* The second pass: what the objective's derivatives need of all rows.
 *
 *   factor_b      L_B, m x m, with L_B L_B' = I + sum v_i v_i' / D_i
 *   beta          outputs x m: (L_B L_B')^-1 sum v_i (y_i - h_i b)' / D_i
 *   coefficients  basis_count x outputs: b, for the centred inputs
 *
 * Written:
 *
 *   parameters  parameter_count: through K(X, Z) and the diagonal of K(X, X)
 *   noise       by the noise
 *   slopes      m x inputs: by Z, through K(X, Z); NULL: not wanted
 *   weighted    m x m: sum t_i v_i v_i', t_i = -dF/dD_i; of fitc only */
struct gaussian_process_sparse_slopes {
    const double *factor_b, *beta, *coefficients;
    double *parameters, *noise, *slopes, *weighted;
};

void gaussian_process_sparse_rows_scatter(struct gaussian_process_sparse_rows *rows,
                                          const struct gaussian_process_sparse_slopes *slopes);

#endif
