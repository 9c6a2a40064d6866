/* Gaussian mixtures f(x) = sum_k w_k N(x; mu_k, C_k): the model that many subjects share.
 *
 * A Gaussian kernel estimate is read as the mixture it is, with a common covariance times a scale for each
 * component. Density: num/gaussian_mixture_density.h; draws: num/gaussian_mixture_sampler.h; model files:
 * num/gaussian_mixture_model.h. */
#ifndef NUM_GAUSSIAN_MIXTURE_H
#define NUM_GAUSSIAN_MIXTURE_H

#include <stddef.h>

#include "base/error.h"

enum gaussian_mixture_type {
    GAUSSIAN_MIXTURE_FULL,
    GAUSSIAN_MIXTURE_TIED,
    GAUSSIAN_MIXTURE_DIAGONAL,
    GAUSSIAN_MIXTURE_TIED_DIAGONAL,
    GAUSSIAN_MIXTURE_SPHERICAL,
    GAUSSIAN_MIXTURE_TIED_SPHERICAL,
    GAUSSIAN_MIXTURE_TYPES
};

/* As spelled in models and options ("tied-diagonal"), in the order above, ended by NULL. */
extern const char *const gaussian_mixture_type_names[GAUSSIAN_MIXTURE_TYPES + 1];

/* K components in d dimensions. Matrices are row-major. The caller fills the first group, prepare checks it
 * and makes the second. */
struct gaussian_mixture {
    size_t components, dimensions;
    enum gaussian_mixture_type type;
    double *weights;     /* K, not negative */
    double *means;       /* K x d */
    double *covariances; /* full K x d x d, tied d x d, diagonal K x d, tied-diagonal d, spherical K,
                            tied-spherical 1 */
    double *scales;      /* K factors of the standard deviations, or NULL where all are 1; tied only */
    double noise_weight; /* a uniform component beside the others, weights and noise sum to 1; else 0 */
    double noise_log_density;

    double *factors;     /* laid out as covariances: lower triangular Cholesky factors, or deviations */
    double *log_weights; /* K; -inf for a weight of 0 */
    double *normalisers; /* K: -(d log(2 pi) + log |C_k|) / 2 */
    double *centre;      /* d: the means' weighted mean, from which whitened means are counted */
    double *white_means; /* K x d: L^-1 (mu_k - centre), for tied; else NULL */
};

/* A mixture with the first group's arrays allocated but not filled (scales NULL, no noise), the second's
 * absent. Sizes are at least 1. NULL: error says why. */
struct gaussian_mixture *gaussian_mixture_create(size_t components, size_t dimensions,
                                                 enum gaussian_mixture_type type, struct error *error);

/* Checks weights, means and covariances, and makes the rest. What is wrong is said without a place ("weights
 * sum to 0.93, not 1", "covariances: component 2 is not positive definite"). Loads BLAS where the covariances
 * are large enough to need it. */
__attribute__((warn_unused_result)) int gaussian_mixture_prepare(struct gaussian_mixture *mixture,
                                                                 struct error *error);

/* A prepared mixture of one full component. */
struct gaussian_mixture *gaussian_mixture_single(size_t dimensions, const double *mean,
                                                 const double *covariance, struct error *error);

/* A prepared mixture (1 - weight) f + weight g of full components, f's first. Neither may hold noise. */
struct gaussian_mixture *gaussian_mixture_pool(const struct gaussian_mixture *f,
                                               const struct gaussian_mixture *g, double weight,
                                               struct error *error);

/* How many values `covariances` holds for this type. */
size_t gaussian_mixture_covariance_count(enum gaussian_mixture_type type, size_t components,
                                         size_t dimensions);

/* Component k's covariance, or its Cholesky factor with zeros above the diagonal, written as d x d. The
 * factor only of a prepared mixture. */
void gaussian_mixture_expand_covariance(const struct gaussian_mixture *mixture, size_t k, double *covariance);
void gaussian_mixture_expand_factor(const struct gaussian_mixture *mixture, size_t k, double *factor);

/* Mean (d) and covariance (d x d) of the whole mixture, which holds no noise. */
void gaussian_mixture_moments(const struct gaussian_mixture *mixture, double *mean, double *covariance);

/* NULL does nothing. */
void gaussian_mixture_free(struct gaussian_mixture *mixture);

#endif
