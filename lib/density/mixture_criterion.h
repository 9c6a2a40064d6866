/* What a fit is judged by. n is the total weight, p the number of free parameters:
 *
 *     bic = -2 L + p log n (Schwarz 1978),   aic = -2 L + 2 p (Akaike 1974),
 *     aicc = aic + 2 p (p + 1) / (n - p - 1),   icl = bic + 2 EN (Biernacki, Celeux and Govaert 2000).
 *
 * Smaller is better. */
#ifndef DENSITY_MIXTURE_CRITERION_H
#define DENSITY_MIXTURE_CRITERION_H

#include <stdbool.h>
#include <stddef.h>

#include "num/gaussian_mixture.h"

enum mixture_criterion {
    MIXTURE_CRITERION_BIC,
    MIXTURE_CRITERION_ICL,
    MIXTURE_CRITERION_AIC,
    MIXTURE_CRITERION_AICC,
    MIXTURE_CRITERION_CV, /* minus the held-out log-likelihood; not computed here */
};

struct mixture_criteria {
    double parameters, bic, aic, aicc, icl;
};

/* K - 1 + K d and the covariances' entries, and 1 with noise. */
double mixture_criterion_parameters(enum gaussian_mixture_type type, size_t components, size_t dimensions,
                                    bool noise);

/* aicc is inf where n <= p + 1. */
struct mixture_criteria mixture_criterion_all(double parameters, double log_likelihood, double entropy,
                                              double n);

#endif
