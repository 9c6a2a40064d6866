/* How well a Gaussian process explains its data, by the approximation of Vecchia: each target given the
 * nearest M of those before it, in place of all of them.
 *
 *     log p(y) ~ sum_i log p(y_i | y_c(i)),    c(i) the M nearest of the rows before row i,
 *
 * in an order from coarse to fine (num/max_min_order.h), in Euclidean distance of the inputs as they are. The
 * targets are conditioned on as they were observed: noise is in the covariances of all of them. With K = L L'
 * the covariance of (y_c(i), y_i), noise included, u the last row of L^-1 and r the residuals,
 *
 *     z_i = u' r,   log p(y_i | .) = -z_i^2 / 2 + log u_last - (log 2 pi) / 2,
 *     d log p(y_i | .) / dK = [z (u a' + a u') + (z^2 - 1) u u'] / 2,   a = (K_c^-1 r_c, 0)
 *
 * so that z is the whitened residual and generalised least squares for the mean's coefficients is least
 * squares of whitened targets on the whitened basis. With M >= rows - 1 all is exact. O(rows M^3), blocks of
 * rows in parallel; the bytes do not depend on the number of threads.
 *
 * Vecchia 1988, Estimation and model identification for continuous spatial processes, JRSS B 50, 297-312;
 * Guinness 2021, Gaussian process learning via Fisher scoring of Vecchia's approximation, Statistics and
 * Computing 31, 25. */
#ifndef PROCESS_GAUSSIAN_PROCESS_VECCHIA_H
#define PROCESS_GAUSSIAN_PROCESS_VECCHIA_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "process/covariance_matrix.h"
#include "process/gaussian_process_evidence.h"
#include "process/gaussian_process_whitening.h"

enum { GAUSSIAN_PROCESS_VECCHIA_MAX = COVARIANCE_TILE - 1 }; /* neighbours: with the row itself, one tile */

struct gaussian_process_vecchia_workspace;

struct gaussian_process_vecchia {
    const struct gaussian_process_data *data;
    struct covariance *covariance; /* the caller's, whose parameters may change between evaluations */
    size_t threads;
    size_t neighbours;   /* M */
    double jitter;       /* as struct gaussian_process_evidence has it */
    double jitter_added; /* in the last evaluation */
    double jitter_share; /* what part of the mean diagonal that was; 0 where it is set */
    size_t *order;       /* rows: the row that comes i-th */
    double *x, *noise;   /* rows x inputs, rows: in that order; noise NULL where there is none by row */
    uint32_t *nearest;   /* rows x M: of row i the first min(i, M) are c(i) */
    struct gaussian_process_whitening whitening;           /* of the rows in that order */
    struct covariance_work work;                           /* eight workspaces a thread */
    struct gaussian_process_vecchia_workspace *workspaces; /* threads */
};

/* Orders the rows and finds their neighbours; at most 2^32 - 1 rows. Returns 0, or -1 with nothing to close.
 */
__attribute__((warn_unused_result)) int
gaussian_process_vecchia_open(struct gaussian_process_vecchia *vecchia,
                              const struct gaussian_process_data *data, enum gaussian_process_mean mean,
                              struct covariance *covariance, size_t neighbours, size_t threads,
                              struct error *error);

/* An all-zero one is fine. */
void gaussian_process_vecchia_close(struct gaussian_process_vecchia *vecchia);

/* Writes the log likelihood and where gradient is not NULL its derivatives, as
 * gaussian_process_evidence_evaluate does. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_vecchia_evaluate(struct gaussian_process_vecchia *vecchia, double noise, double *value,
                                  double *gradient, struct error *error);

#endif
