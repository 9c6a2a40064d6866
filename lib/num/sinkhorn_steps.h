/* Small dense entropic transport by a stated number of plain Sinkhorn steps, and the exact derivative of what
 * comes out: a layer to differentiate through, made for thousands of problems of some tens of rows.
 *
 *     f_k = log a - lse_j(g_{k-1,j} - D_ij/eps),   g_k = log b - lse_i(f_k,i - D_ij/eps),   g_0 = log b,
 *     P = exp(f_K + g_K - D/eps),                  transport = <P, D>.
 *
 * The columns of P sum to b but for rounding, its rows to a in the limit. Steps are taken on the kernel
 * exp(f + g - D/eps) as long as the scalings of it stay within 1e50, and in logarithms where they do not: the
 * results agree to 1e-12, and no epsilon underflows.
 *
 * Sources: Cuturi 2013, Sinkhorn distances, NIPS 26; Schmitzer 2019, Stabilized sparse scaling algorithms
 * for entropy regularized transport problems, SIAM J. Sci. Comput. 41 (absorption); Genevay, Peyre and Cuturi
 * 2018, Learning generative models with Sinkhorn divergences, AISTATS (the derivative through all steps). */
#ifndef NUM_SINKHORN_STEPS_H
#define NUM_SINKHORN_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct sinkhorn_steps_problem {
    size_t rows, columns;
    const double *cost;                         /* rows x columns; inf: a pair that is forbidden */
    const double *row_weights, *column_weights; /* >= 0, totals equal; NULL: equal weights of total 1 */
    double epsilon;                             /* > 0 */
    size_t iterations;                          /* at least 1: each a row and a column step */
    double tolerance;                           /* stop when the rows' error is below it; 0: all steps */
    bool largest; /* the error is the largest |row sum / weight - 1|, not the L1 error */
};

struct sinkhorn_steps_outcome {
    double transport;   /* <P, D> */
    double objective;   /* <P, D> + eps KL(P | a b^T) */
    double row_error;   /* L1 */
    double row_largest; /* largest |row sum / weight - 1| */
    size_t iterations;  /* made */
    bool converged;     /* the tolerance was reached */
};

struct sinkhorn_steps;

/* A workspace, for one thread at a time, for problems up to rows x columns. history: the most iterations that
 * sinkhorn_steps_gradient can go back through, 8 (rows + columns) bytes each; 0: none. NULL: out of memory.
 */
struct sinkhorn_steps *sinkhorn_steps_create(size_t rows, size_t columns, size_t history,
                                             struct error *error);

/* Solves one problem. Every row and column of positive weight needs a finite cost. The problem is copied; its
 * arrays stay with the caller, and are read again by the functions below. */
struct sinkhorn_steps_outcome sinkhorn_steps_run(struct sinkhorn_steps *steps,
                                                 const struct sinkhorn_steps_problem *problem);

/* Writes the plan of the last run, rows x columns. */
void sinkhorn_steps_plan(const struct sinkhorn_steps *steps, double *plan);

/* Writes the potentials of the last run, in units of the cost, weights taken out:
 * P_ij = a_i b_j exp((f_i + g_j - D_ij)/eps). 0 where the weight is 0. */
void sinkhorn_steps_potentials(const struct sinkhorn_steps *steps, double *source, double *target);

/* What is differentiated. */
enum sinkhorn_steps_value { SINKHORN_STEPS_TRANSPORT, SINKHORN_STEPS_OBJECTIVE };

/* Writes the derivative of the last run's value in every cost, rows x columns, through all the steps that
 * were made (reverse accumulation: O(rows columns iterations)); at most the history's. */
void sinkhorn_steps_gradient(struct sinkhorn_steps *steps, enum sinkhorn_steps_value value, double *gradient);

/* NULL does nothing. */
void sinkhorn_steps_free(struct sinkhorn_steps *steps);

#endif
