#include "process/gaussian_process_classes_divergence.h"

#include <math.h>

#include "num/digamma.h"
#include "num/gamma_ratio.h"
#include "num/trigamma.h"

double gaussian_process_classes_divergence(const struct gaussian_process_classes *classes, size_t m,
                                           bool mixture, double *means, double *factors, double *squares) {
    double precision = mixture ? classes->shape / classes->rate : 1, sum = 0;
    *squares = 0;
    for (size_t i = 0; i < classes->functions * m; i++) {
        *squares += classes->white_mean[i] * classes->white_mean[i];
        if (means != NULL)
            means[i] -= precision * classes->white_mean[i];
    }
    for (size_t row = 0; row < classes->functions * m; row++)
        for (size_t j = 0; j <= row % m; j++) {
            double entry = classes->white_factor[row * m + j];
            bool pivot = j == row % m;
            sum += entry * entry - (pivot ? 1 + 2 * log(entry) : 0);
            if (factors != NULL)
                *factors++ -= entry - (pivot ? 1 / entry : 0);
        }
    return 0.5 * (sum + precision * *squares);
}

double gaussian_process_classes_divergence_of_scale(const struct gaussian_process_classes *classes,
                                                    const struct scale_prior *prior, bool fixed,
                                                    double squares, double *gradient) {
    double shape = classes->shape, rate = classes->rate;
    double a = prior->parameters[0], b = prior->parameters[1], ratio = log(b / rate);
    if (gradient != NULL) {
        gradient[0] -= (shape - a) * trigamma(shape) + (b - rate + 0.5 * squares) / rate;
        gradient[1] -= (a - (b + 0.5 * squares) * shape / rate) / rate;
        if (!fixed) {
            gradient[2] -= digamma(a) - digamma(shape) - ratio;
            gradient[3] -= shape / rate - a / b;
        }
    }
    return -a * ratio - gamma_ratio_log_gamma(shape) + gamma_ratio_log_gamma(a) +
           (shape - a) * digamma(shape) + (b - rate) * shape / rate;
}
