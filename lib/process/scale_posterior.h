/* What data say of a scale s: its posterior as nodes and weights, and the evidence
 *
 *     p(Y) = int p(Y | s) p(s) ds.
 *
 * By quadrature: the trapezoidal rule over t = log s, whose error for analytic integrands falls exponentially
 * with the number of points (Trefethen and Weideman 2014, The exponentially convergent trapezoidal rule, SIAM
 * Review 56), doubled until the log evidence moves by less than 1e-11. By importance: nodes drawn from the
 * prior, the evidence the mean of p(Y | s) (Lee and others 2022, section 3.3). */
#ifndef PROCESS_SCALE_POSTERIOR_H
#define PROCESS_SCALE_POSTERIOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "process/scale_prior.h"

/* log p(Y | s) at t = log s; -inf or nan: impossible. */
typedef double scale_posterior_likelihood(void *context, double t);

/* Arrays belong to it. */
struct scale_posterior {
    double log_evidence; /* -inf: no s explains the data, and there are no nodes */
    size_t count;
    double *nodes;                             /* values of s; ascending where they come from quadrature */
    double *weights;                           /* they sum to 1 */
    double inverse;                            /* E[1/s | Y] */
    double slopes[SCALE_PRIOR_PARAMETERS_MAX]; /* d log p(Y) / d parameters of the prior */
    double effective_sample_size;              /* 1 / sum of weights^2, of what was drawn */
};

/* Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int scale_posterior_integrate(struct scale_posterior *posterior,
                                                                  const struct scale_prior *prior,
                                                                  scale_posterior_likelihood *likelihood,
                                                                  void *context, struct error *error);

/* Of count draws of t from the prior. */
__attribute__((warn_unused_result)) int scale_posterior_weigh(struct scale_posterior *posterior,
                                                              const struct scale_prior *prior, size_t count,
                                                              const double *draws,
                                                              scale_posterior_likelihood *likelihood,
                                                              void *context, struct error *error);

/* An all-zero one is fine. */
void scale_posterior_free(struct scale_posterior *posterior);

#endif
