/* The variational bound of a Gaussian process of classes, with m inducing inputs Z, and its gradient.
 *
 * In white coordinates, u_c = L v_c with L L' = Kuu, q(v_c | s) = N(mean_c, s S_c S_c'), prior N(0, s I).
 * With a = L^-1 k(Z, x) a row's functions have mean a'mean_c and variance s (k(x, x) - |a|^2 + |S_c' a|^2),
 * and
 *
 *     bound = sum_i E[log p(label_i | f)] - KL,
 *     KL = sum_c [|S_c|^2 - m - 2 sum_i log S_c,ii + (A'/B') |mean_c|^2] / 2
 *          + A log(B'/B) - log Gamma(A') + log Gamma(A) + (A' - A) psi(A') + (B - B') A'/B'
 *
 * where s ~ InvGamma(A, B) and q(s) = InvGamma(A', B') (Lee, Yun, Yang and Lee 2022, section 3.3, in the form
 * of Hensman, Matthews and Ghahramani 2015, AISTATS); without a mixture s = 1. Rows are worked on some
 * thousands at a time: memory does not grow with their number. */
#ifndef PROCESS_GAUSSIAN_PROCESS_CLASSES_BOUND_H
#define PROCESS_GAUSSIAN_PROCESS_CLASSES_BOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/class_likelihood.h"
#include "process/covariance_matrix.h"
#include "process/gaussian_process_classes.h"
#include "process/gaussian_process_evidence.h"
#include "process/scale_prior.h"

struct gaussian_process_classes_room;
struct gaussian_process_classes_lane;

struct gaussian_process_classes_bound {
    /* the caller's, whose values may change between evaluations */
    const struct gaussian_process_data *data; /* targets are numbers of classes */
    struct covariance *covariance;
    struct gaussian_process_classes *classes;
    const double *z;                 /* m x inputs */
    const struct scale_prior *prior; /* inverse gamma, or NULL: no mixture */
    size_t inducing;
    bool fixed;       /* gradients leave the inducing inputs out */
    bool prior_fixed; /* and the prior's parameters */
    double jitter;    /* as in process/gaussian_process_sparse.h: exactly this, or nan */
    /* ours */
    double jitter_added;
    size_t jitter_level; /* 0: as asked for, 1: 1e-10, 2: 1e-8, 3: 1e-6 of the mean diagonal */
    double *factor_uu;   /* L: m x m */
    struct class_likelihood likelihood;
    struct covariance_points points;
    struct covariance_work work;
    struct gaussian_process_classes_room *rooms; /* one for each thread */
    struct gaussian_process_classes_lane *lanes; /* sums over every so many blocks of rows */
    double *x, *solved, *slopes; /* rows at a time x inputs, x m, x m: a, d bound / d k(Z, x) */
    double *diagonal;            /* rows at a time: k(x, x), then derivatives in it */
    double *inner;               /* m x m */
};

/* Opens it, the fields of the caller being set. Returns 0, or -1 with nothing to close. */
__attribute__((warn_unused_result)) int
gaussian_process_classes_bound_open(struct gaussian_process_classes_bound *bound, size_t threads,
                                    struct error *error);

/* An all-zero one is fine. */
void gaussian_process_classes_bound_close(struct gaussian_process_classes_bound *bound);

/* The bound, -inf where Kuu has no factor. Of a batch, the sum over its rows times rows / count.
 *
 *   batch     count numbers of rows; NULL: all rows
 *   gradient  the kernel's parameters; 0 for the noise, which there is none of; Z (m x inputs, unless fixed);
 *             white means (functions x m); white factors (functions x m (m + 1) / 2, row by row); of a
 *             mixture A', B', and A, B unless they are fixed. No logarithms. NULL: not wanted
 *
 * Returns 0 or -1: out of memory. */
__attribute__((warn_unused_result)) int
gaussian_process_classes_bound_evaluate(struct gaussian_process_classes_bound *bound, const size_t *batch,
                                        size_t count, double *value, double *gradient, struct error *error);

/* How many numbers a gradient has behind those of kernel and noise; of a bound that need not be open. */
size_t gaussian_process_classes_bound_further(const struct gaussian_process_classes_bound *bound);

#endif
