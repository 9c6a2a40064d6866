/* The semidefinite program of a clustering, by the alternating direction method of multipliers.
 *
 *     minimise  sum_b <C_b, Z_b>   over symmetric Z_b, positive semidefinite, entries >= 0, tr Z_b = m_b,
 *                                  (sum_b Z_b) 1 = 1
 *
 * With Z_b = sum over its m_b clusters of 1_G 1_G^T / |G| a partition of the n rows is a point of it: with
 * one block of trace K, the K-means program of Peng and Wei (2007, Approximating K-means-type clustering via
 * semidefinite programming, SIAM Journal on Optimization 18, 186-205); with a block for each of K clusters
 * and costs of their own, the program of Zhuang, Chen and Yang (2023, Likelihood adjusted semidefinite
 * programs for clustering heterogeneous data, ICML). The dual is
 *
 *     maximise  2 sum u + sum_b m_b t_b   with   C_b - u 1^T - 1 u^T - N_b - t_b I = S_b semidefinite,
 *                                         N_b >= 0.
 *
 * A step updates, of the dual's augmented Lagrangian with multipliers Z and penalty sigma: N; u; S and t
 * together, which is a projection on the spectral simplex; u once more (the order makes two blocks of the
 * three: Sun, Toh and Yang 2015, A convergent 3-block semiproximal alternating direction method of
 * multipliers for conic programming with 4-type constraints, SIAM Journal on Optimization 25, 882-915); and
 * then Z, by 1.618 times the step. */
#ifndef DENSITY_CLUSTERING_PROGRAM_H
#define DENSITY_CLUSTERING_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* What is held is quadratic in the rows, and what a step takes is seldom less. */
enum { CLUSTERING_PROGRAM_ROWS_MAX = 4000 };

struct clustering_program;

/* A program of n rows, at most CLUSTERING_PROGRAM_ROWS_MAX of them, at least 1 block and traces m_b >= 1
 * (copied) that sum to at most n. Holds 32 bytes for each entry of each C_b. NULL: error says why. */
struct clustering_program *clustering_program_create(size_t n, size_t blocks, const size_t *traces,
                                                     size_t threads, struct error *error);

/* The bytes that it holds, about; DBL_MAX where they cannot be counted. */
double clustering_program_bytes(size_t n, size_t blocks);

/* C_b, n x n, symmetric, for the caller to fill. */
double *clustering_program_cost(struct clustering_program *program, size_t block);

/* To be called when costs have changed. Z is what it was, or, where labels are given, that of a partition.
 *
 *   labels    n numbers of clusters from 0, or NULL
 *   block_of  the block of each cluster, m_b clusters, none of them empty, for block b */
void clustering_program_start(struct clustering_program *program, const size_t *labels,
                              const size_t *block_of);

/* Residuals, all relative: the greatest is compared with the tolerance. */
struct clustering_residuals {
    double rows;     /* max_i |(sum_b Z_b 1)_i - 1| of the Z_b that are semidefinite with their traces */
    double sign;     /* |min(Z, 0)| of the other Z, over the root of the sum of traces */
    double distance; /* between the two, likewise */
    double dual;     /* |u 1^T + 1 u^T + N + t I + S - C| / |C - mean C| */
};

/* Takes steps until all residuals are at most the tolerance or `steps` are done. Returns 0, or -1: out of
 * memory, or a cost is not finite. */
__attribute__((warn_unused_result)) int clustering_program_run(struct clustering_program *program,
                                                               size_t steps, double tolerance,
                                                               bool *converged, struct error *error);

/* Steps since it was created. */
size_t clustering_program_steps(const struct clustering_program *program);

struct clustering_residuals clustering_program_residuals(const struct clustering_program *program);

/* Z_b = sum_r roots_r roots_r^T after the last step: semidefinite, and of trace m_b, exactly; its rank, and
 * the roots, rank x n values, written. */
size_t clustering_program_rank(const struct clustering_program *program, size_t block);
void clustering_program_roots(const struct clustering_program *program, size_t block, double *roots);

/* <C_b, Z_b>, summed over the blocks, of that Z. */
double clustering_program_objective(const struct clustering_program *program);

/* A lower bound of the program's value, whatever the state of the iteration: with u as it stands and
 * N_b >= 0 as it stands,
 *
 *     2 sum u + sum_b m_b lambda_min(C_b - u 1^T - 1 u^T - N_b)
 *
 * is at most the value by weak duality. lambda_min is estimated and then proved by a Cholesky factorisation
 * of the matrix shifted, with allowance for all rounding (Rump 2006, Verification of positive definiteness,
 * BIT 46, 433-452). -inf where nothing could be proved. Returns 0 or -1. */
__attribute__((warn_unused_result)) int clustering_program_bound(struct clustering_program *program,
                                                                 double *bound, struct error *error);

/* What the bound of the iteration would be if its residuals were 0: an estimate that costs nothing. */
double clustering_program_dual(const struct clustering_program *program);

/* NULL does nothing. */
void clustering_program_free(struct clustering_program *program);

#endif
