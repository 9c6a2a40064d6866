/* Stepwise EM (Cappe and Moulines 2009, On-line expectation-maximization algorithm for latent data models,
 * Journal of the Royal Statistical Society B 71, 593-613): after each batch of rows the sums per unit of
 * weight become
 *
 *     s <- (1 - eta_t) s + eta_t s_batch,     eta_t = (t + 2)^-0.7,  t = 0, 1, ...
 *
 * and make the next parameters. The sums stand about the means at hand, so that no digits cancel, and begin
 * as those that the first parameters imply. */
#ifndef DENSITY_MIXTURE_STEPWISE_H
#define DENSITY_MIXTURE_STEPWISE_H

#include <stddef.h>

#include "base/error.h"
#include "density/mixture_empty.h"
#include "density/mixture_maximise.h"
#include "density/mixture_step.h"
#include "num/gaussian_mixture.h"

struct mixture_stepwise;

/* Goes on from a prepared mixture, which stays the caller's and is moved by each step.
 *
 *   batch        the rows of a batch, kept by the caller; values and number may change from step to step, the
 *                number not beyond `size`; no weights
 *   constraints  without priors; kept by the caller
 *
 * NULL: error says why. */
struct mixture_stepwise *mixture_stepwise_create(struct gaussian_mixture *mixture,
                                                 const struct mixture_rows *batch, size_t size,
                                                 const struct mixture_constraints *constraints,
                                                 size_t threads, struct error *error);

/* One step with the rows of the batch. *log_likelihood: sum log f of them, before it. Returns 0, or -1 where
 * a covariance is singular or the numbers overflow. */
__attribute__((warn_unused_result)) int mixture_stepwise_step(struct mixture_stepwise *stepwise,
                                                              double *log_likelihood, struct error *error);

/* Adds the batch's sums of log f and of -sum_k r_k log r_k, with the parameters at hand, and leaves those. */
void mixture_stepwise_evaluate(struct mixture_stepwise *stepwise, double *log_likelihood, double *entropy);

size_t mixture_stepwise_steps(const struct mixture_stepwise *stepwise);
struct mixture_empty mixture_stepwise_mended(const struct mixture_stepwise *stepwise);

/* NULL does nothing. */
void mixture_stepwise_free(struct mixture_stepwise *stepwise);

#endif
