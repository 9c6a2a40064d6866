#include "support/mixtures.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

struct gaussian_mixture *mixtures_make(size_t components, size_t dimensions, enum gaussian_mixture_type type,
                                       const double *weights, const double *means,
                                       const double *covariances) {
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(components, dimensions, type, &error);
    assert_non_null(mixture);
    memcpy(mixture->weights, weights, components * sizeof *weights);
    memcpy(mixture->means, means, components * dimensions * sizeof *means);
    memcpy(mixture->covariances, covariances,
           gaussian_mixture_covariance_count(type, components, dimensions) * sizeof *covariances);
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    return mixture;
}

struct gaussian_mixture *mixtures_random(unsigned seed, size_t components, size_t dimensions, double spread) {
    size_t d = dimensions;
    struct random_stream stream;
    double *values = malloc((components * (1 + d + 2 * d * d)) * sizeof *values);
    assert_non_null(values);
    double *weights = values, *means = weights + components, *covariances = means + components * d;
    double *g = covariances + components * d * d;
    random_start(&stream, seed, "tests", "mixture", components * 1000 + d);
    for (size_t k = 0; k < components; k++)
        weights[k] = 2;
    random_dirichlet(&stream, components, weights, weights);
    random_normals(&stream, components * d, means);
    random_normals(&stream, components * d * d, g);
    for (size_t i = 0; i < components * d; i++)
        means[i] *= spread;
    for (size_t entry = 0; entry < components * d * d; entry++) {
        size_t block = entry / (d * d) * d * d, i = entry / d % d, j = entry % d;
        covariances[entry] = i == j ? 0.25 : 0;
        for (size_t k = 0; k < d; k++)
            covariances[entry] += g[block + i * d + k] * g[block + j * d + k] / (double)d;
    }
    struct gaussian_mixture *mixture =
        mixtures_make(components, d, GAUSSIAN_MIXTURE_FULL, weights, means, covariances);
    free(values);
    return mixture;
}

struct gaussian_mixture *mixtures_specified_f(void) {
    return mixtures_make(2, 2, GAUSSIAN_MIXTURE_FULL, (double[]){0.4, 0.6}, (double[]){0, 0, 3, 1},
                         (double[]){1, 0.3, 0.3, 1, 0.5, 0, 0, 1});
}

struct gaussian_mixture *mixtures_specified_g(void) {
    return mixtures_make(3, 2, GAUSSIAN_MIXTURE_FULL, (double[]){0.5, 0.3, 0.2},
                         (double[]){0.5, 0, 2.5, 1, -1, 2},
                         (double[]){1, 0, 0, 1, 1, 0.2, 0.2, 1, 2, 0, 0, 0.5});
}
