#include "density/mixture_criterion.h"

#include <math.h>

double mixture_criterion_parameters(enum gaussian_mixture_type type, size_t components, size_t dimensions,
                                    bool noise) {
    double k = (double)components, d = (double)dimensions, covariances = 1;
    switch (type) {
    case GAUSSIAN_MIXTURE_FULL:
        covariances = k * d * (d + 1) / 2;
        break;
    case GAUSSIAN_MIXTURE_TIED:
        covariances = d * (d + 1) / 2;
        break;
    case GAUSSIAN_MIXTURE_DIAGONAL:
        covariances = k * d;
        break;
    case GAUSSIAN_MIXTURE_TIED_DIAGONAL:
        covariances = d;
        break;
    case GAUSSIAN_MIXTURE_SPHERICAL:
        covariances = k;
        break;
    default:
        break;
    }
    return k - 1 + k * d + covariances + (noise ? 1 : 0);
}

struct mixture_criteria mixture_criterion_all(double parameters, double log_likelihood, double entropy,
                                              double n) {
    double p = parameters, rest = n - p - 1;
    struct mixture_criteria criteria = {.parameters = p};
    criteria.bic = -2 * log_likelihood + p * log(n);
    criteria.aic = -2 * log_likelihood + 2 * p;
    criteria.aicc = rest > 0 ? criteria.aic + 2 * p * (p + 1) / rest : INFINITY;
    criteria.icl = criteria.bic + 2 * entropy;
    return criteria;
}
