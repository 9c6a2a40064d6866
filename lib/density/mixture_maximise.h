/* The M step of a Gaussian mixture: parameters from a pass's sums.
 *
 *     w_k = (N_k + A - 1) / (V + K (A - 1)),   mu_k = sum_i v_i r_ik x_i / N_k,
 *     S_k = sum_i v_i r_ik (x_i - mu_k)(x_i - mu_k)^T / N_k,
 *
 * and of S_k what the type keeps (Celeux and Govaert 1995, Gaussian parsimonious clustering models, Pattern
 * Recognition 28, 781-793). With the conjugate prior of Fraley and Raftery (2007, Bayesian regularization for
 * normal mixture estimation and model-based clustering, Journal of Classification 24, 155-181) the posterior
 * mode: mu_k ~ N(0, C_k / kappa) about the rows' mean 0, C_k ~ IW(nu, S / K^(2/d)), or independent
 * inverse gammas of scale tr S / d / K^(2/d), S being the rows' covariance, kappa = 0.01, nu = d + 2. */
#ifndef DENSITY_MIXTURE_MAXIMISE_H
#define DENSITY_MIXTURE_MAXIMISE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/mixture_step.h"
#include "num/gaussian_mixture.h"

/* What is asked of the parameters beside the rows. All zero but for dirichlet, which is 1, asks nothing. */
struct mixture_constraints {
    double floor;     /* eigenvalues of covariances, variances, below it are lifted to it */
    double ridge;     /* added to covariances' diagonals */
    double dirichlet; /* A: Dirichlet(A, .., A) on the weights */
    bool conjugate;
    bool fix_weights, fix_means, fix_covariances;
    const struct gaussian_mixture
        *whole; /* the rows' own mean (0) and covariance, one component of the type */
};

/* Replaces the parameters of the mixture that the sums were made with by new ones and prepares it. The new
 * covariances are of `type`, which may be another than before. No component is empty.
 *
 *   lifted  how many eigenvalues were lifted, written
 *
 * Returns 0, or -1 where memory fails or a covariance is singular ("component 2: the covariance is
 * singular ..."). */
__attribute__((warn_unused_result)) int mixture_maximise(struct gaussian_mixture *mixture,
                                                         enum gaussian_mixture_type type,
                                                         const struct mixture_sums *sums,
                                                         const struct mixture_constraints *constraints,
                                                         size_t *lifted, struct error *error);

/* Prepares a mixture again whose parameters have changed. Returns 0 or -1. */
__attribute__((warn_unused_result)) int mixture_maximise_prepare(struct gaussian_mixture *mixture,
                                                                 struct error *error);

/* The logarithm of the priors' density at a prepared mixture, up to a constant; 0 where there are none. */
__attribute__((warn_unused_result)) int
mixture_maximise_log_prior(const struct gaussian_mixture *mixture,
                           const struct mixture_constraints *constraints, double *log_prior,
                           struct error *error);

#endif
