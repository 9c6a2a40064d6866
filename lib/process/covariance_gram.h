/* Covariances of Gram matrices: k as a function of g_ii, g_ij and g_jj in place of points, with derivatives
 * in each of them. So the layers of a deep kernel machine map one Gram matrix to the next (Yang and others
 * 2023, A theory of representation learning gives a deep generalisation of kernel methods, ICML):
 *
 *     rbf, matern, rq            through |d|^2 = g_ii - 2 g_ij + g_jj, one lengthscale
 *     linear, poly, constant     through g_ij
 *     nngp, ntk                  S_1 = wv g_ij + bv: G is x.y/d of points
 *
 * and sums, products and numbers. G = X X' gives what points give, but for networks X X'/d does. The bytes do
 * not depend on the number of threads. */
#ifndef PROCESS_COVARIANCE_GRAM_H
#define PROCESS_COVARIANCE_GRAM_H

#include <stddef.h>

#include "base/error.h"
#include "process/covariance_matrix.h"

/* A block of a Gram matrix: all of it, with its diagonal for both squares, or other rows with it. */
struct covariance_gram {
    size_t rows, columns;
    const double *products;       /* rows x columns */
    const double *row_squares;    /* rows: g_ii */
    const double *column_squares; /* columns: g_jj */
};

/* Whether every kernel is a function of Gram entries. Returns 0, or -1 with a usage error: "kernel: periodic
 * is not defined on a Gram matrix", "kernel: ard is not defined on a Gram matrix". */
__attribute__((warn_unused_result)) int covariance_gram_check(const struct covariance *covariance,
                                                              struct error *error);

/* k of all entries: rows x columns. */
void covariance_gram_values(struct covariance_work *work, const struct covariance_gram *gram, double *k);

/* k(g_ii, g_ii, g_ii) of count squares. */
void covariance_gram_diagonal(struct covariance_work *work, size_t count, const double *squares, double *k);

/* What F's derivatives become. Of a square G that is its own diagonal dF/dG_ij is products_ij, + rows_i +
 * columns_i where i = j; entries ij and ji are two. */
struct covariance_gram_pullback {
    double *products; /* rows x columns: dF/dg_ij */
    double *rows;     /* rows: dF/dg_ii */
    double *columns;  /* columns: dF/dg_jj */
    double *gradient; /* parameter_count: no logarithms; NULL: not wanted */
};

/* Takes adjoint = dF/dk_ij, rows x columns, back to the entries. Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int
covariance_gram_pull(struct covariance_work *work, const struct covariance_gram *gram, const double *adjoint,
                     const struct covariance_gram_pullback *pullback, struct error *error);

#endif
