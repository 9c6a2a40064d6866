#include "density/large_dimension.h"

#include <math.h>

#include "num/brent.h"

/* s(1) at bandwidth h = exp(log_h); brent_function. */
static double entropy(void *context, double log_h) {
    const struct large_dimension_spectrum *spectrum = context;
    double sum = 0;
    for (size_t a = 0; a < spectrum->dimensions; a++) {
        double u = spectrum->variances[a] * exp(-2 * log_h);
        /* -3/4 u^2 is left of both terms for small u: they cancel to epsilon / u, and u is near sqrt(alpha)
         */
        sum += -0.5 * log1p(u) + 0.5 / (1 + u) * (u / (1 + u));
    }
    return spectrum->alpha + sum / (double)spectrum->dimensions;
}

struct large_dimension_thresholds
large_dimension_thresholds(const struct large_dimension_spectrum *spectrum) {
    struct large_dimension_spectrum copy = *spectrum;
    struct large_dimension_thresholds thresholds = {0};
    double mean = 0;
    for (size_t a = 0; a < copy.dimensions; a++)
        mean += copy.variances[a] / (double)copy.dimensions;
    struct brent_result root = {0};
    for (double width = 12; width < 400 && !root.converged; width *= 2)
        root = brent_root(entropy, &copy, 0.5 * log(mean) - width, 0.5 * log(mean) + width, 1e-14);
    thresholds.h_g = exp(root.x);
    thresholds.h_clt = sqrt(2) * thresholds.h_g;
    for (size_t a = 0; a < copy.dimensions; a++) {
        double v = copy.variances[a], u = v / (thresholds.h_g * thresholds.h_g);
        thresholds.delta += v * ((u + 2) / (1 + u)) / (1 + u) / (double)copy.dimensions;
    }
    thresholds.h_kl = sqrt(thresholds.delta);
    return thresholds;
}

double large_dimension_tail_index(const struct large_dimension_thresholds *thresholds, double h) {
    return h / thresholds->h_g * (h / thresholds->h_g);
}

int large_dimension_regime(const struct large_dimension_thresholds *thresholds, double h) {
    if (h >= thresholds->h_clt)
        return 1;
    return h >= thresholds->h_g ? 2 : 3;
}

/* zeta(1) */
static double log_mean_term(const struct large_dimension_spectrum *spectrum, double h) {
    double sum = 0;
    for (size_t a = 0; a < spectrum->dimensions; a++) {
        double u = spectrum->variances[a] / (h * h);
        sum += -0.5 * log1p(u) - 0.5 * (u / (1 + u));
    }
    return sum / (double)spectrum->dimensions;
}

double large_dimension_log_density_rate(const struct large_dimension_spectrum *spectrum,
                                        const struct large_dimension_thresholds *thresholds, double h) {
    double rate = h >= thresholds->h_g ? log_mean_term(spectrum, h)
                                       : -spectrum->alpha - thresholds->delta / (2 * h * h);
    return rate - log(h) - 0.5 * log(2 * M_PI);
}

double large_dimension_kl_rate(const struct large_dimension_spectrum *spectrum,
                               const struct large_dimension_thresholds *thresholds, double h) {
    double entropy_rate = 0;
    for (size_t a = 0; a < spectrum->dimensions; a++)
        entropy_rate +=
            0.5 * (log(2 * M_PI) + 1 + log(spectrum->variances[a])) / (double)spectrum->dimensions;
    return -entropy_rate - large_dimension_log_density_rate(spectrum, thresholds, h);
}
