#include "num/gaussian_mixture_derived.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

static int refuse_noise(const struct gaussian_mixture *mixture, const char *what, struct error *error) {
    if (mixture->noise_weight > 0)
        return error_set(error, "a mixture with a uniform component cannot be %s", what);
    return 0;
}

/* Prepares what was made, or frees it. */
static struct gaussian_mixture *finish(struct gaussian_mixture *made, struct error *error) {
    if (gaussian_mixture_prepare(made, error) == 0)
        return made;
    gaussian_mixture_free(made);
    return NULL;
}

/* A matrix type has its diagonal alone lifted, the others all they hold. */
static void add_noise(double alpha, double sigma, struct gaussian_mixture *made) {
    size_t d = made->dimensions;
    size_t count = gaussian_mixture_covariance_count(made->type, made->components, d);
    bool matrix = made->type == GAUSSIAN_MIXTURE_FULL || made->type == GAUSSIAN_MIXTURE_TIED;
    for (size_t i = 0; i < count; i++) {
        made->covariances[i] *= alpha * alpha;
        if (!matrix || i % (d * d) % (d + 1) == 0)
            made->covariances[i] += sigma * sigma;
    }
}

struct gaussian_mixture *gaussian_mixture_derived_noised(const struct gaussian_mixture *mixture, double alpha,
                                                         double sigma, struct error *error) {
    size_t components = mixture->components, d = mixture->dimensions;
    enum gaussian_mixture_type type = mixture->scales != NULL ? GAUSSIAN_MIXTURE_FULL : mixture->type;
    if (refuse_noise(mixture, "scaled or blurred", error) < 0)
        return NULL;
    struct gaussian_mixture *made = gaussian_mixture_create(components, d, type, error);
    if (made == NULL)
        return NULL;
    memcpy(made->weights, mixture->weights, components * sizeof(double));
    for (size_t i = 0; i < components * d; i++)
        made->means[i] = alpha * mixture->means[i];
    if (mixture->scales == NULL)
        memcpy(made->covariances, mixture->covariances,
               gaussian_mixture_covariance_count(type, components, d) * sizeof(double));
    for (size_t k = 0; mixture->scales != NULL && k < components; k++)
        gaussian_mixture_expand_covariance(mixture, k, made->covariances + k * d * d);
    add_noise(alpha, sigma, made);
    return finish(made, error);
}

static int check_columns(const size_t *columns, size_t count, struct error *error) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (columns[i] == columns[j])
                return error_set_usage(error, "column %zu is named twice", columns[i] + 1);
    return 0;
}

/* The covariances' entries for the columns kept. */
static void take_covariances(const struct gaussian_mixture *mixture, const size_t *columns, size_t count,
                             struct gaussian_mixture *made) {
    size_t d = mixture->dimensions;
    size_t total = gaussian_mixture_covariance_count(made->type, made->components, count);
    for (size_t i = 0; i < total; i++) {
        size_t from = i;
        if (made->type == GAUSSIAN_MIXTURE_FULL || made->type == GAUSSIAN_MIXTURE_TIED)
            from = i / (count * count) * d * d + columns[i / count % count] * d + columns[i % count];
        else if (made->type == GAUSSIAN_MIXTURE_DIAGONAL || made->type == GAUSSIAN_MIXTURE_TIED_DIAGONAL)
            from = i / count * d + columns[i % count];
        made->covariances[i] = mixture->covariances[from];
    }
}

struct gaussian_mixture *gaussian_mixture_derived_marginal(const struct gaussian_mixture *mixture,
                                                           const size_t *columns, size_t count,
                                                           struct error *error) {
    size_t components = mixture->components, d = mixture->dimensions;
    if (refuse_noise(mixture, "cut to some of its columns", error) < 0 ||
        check_columns(columns, count, error) < 0)
        return NULL;
    struct gaussian_mixture *made = gaussian_mixture_create(components, count, mixture->type, error);
    if (made == NULL)
        return NULL;
    memcpy(made->weights, mixture->weights, components * sizeof(double));
    for (size_t i = 0; i < components * count; i++)
        made->means[i] = mixture->means[i / count * d + columns[i % count]];
    take_covariances(mixture, columns, count, made);
    if (mixture->scales != NULL) {
        made->scales = memory_array(error, components, sizeof(double));
        if (made->scales == NULL) {
            gaussian_mixture_free(made);
            return NULL;
        }
        memcpy(made->scales, mixture->scales, components * sizeof(double));
    }
    return finish(made, error);
}
