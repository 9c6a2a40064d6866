#include "num/gaussian_mixture.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/cholesky.h"

static const double LOG_TWO_PI = 1.8378770664093454836;
static const double WEIGHT_TOLERANCE = 1e-6;
/* Entries C_ij and C_ji may differ by so much of sqrt(C_ii C_jj): other programs write what they round. */
static const double SYMMETRY_TOLERANCE = 1e-6;

const char *const gaussian_mixture_type_names[GAUSSIAN_MIXTURE_TYPES + 1] = {
    "full", "tied", "diagonal", "tied-diagonal", "spherical", "tied-spherical", NULL};

/* One of the covariances' d x d matrices, rows of d variances, or single variances. */
struct layout {
    size_t blocks; /* K, or 1 where tied */
    size_t size;   /* values in a block */
};

static struct layout layout_of(enum gaussian_mixture_type type, size_t components, size_t d) {
    bool own = type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_DIAGONAL ||
               type == GAUSSIAN_MIXTURE_SPHERICAL;
    struct layout layout = {.blocks = own ? components : 1, .size = 1};
    if (type == GAUSSIAN_MIXTURE_DIAGONAL || type == GAUSSIAN_MIXTURE_TIED_DIAGONAL)
        layout.size = d;
    else if ((type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED) &&
             !memory_product(d, d, &layout.size))
        layout.size = SIZE_MAX;
    return layout;
}

static bool is_matrix(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
}

size_t gaussian_mixture_covariance_count(enum gaussian_mixture_type type, size_t components,
                                         size_t dimensions) {
    struct layout layout = layout_of(type, components, dimensions);
    size_t count;
    return memory_product(layout.blocks, layout.size, &count) ? count : SIZE_MAX;
}

struct gaussian_mixture *gaussian_mixture_create(size_t components, size_t dimensions,
                                                 enum gaussian_mixture_type type, struct error *error) {
    struct gaussian_mixture *mixture = memory_zeros(error, 1, sizeof *mixture);
    if (mixture == NULL)
        return NULL;
    size_t count = gaussian_mixture_covariance_count(type, components, dimensions);
    mixture->components = components;
    mixture->dimensions = dimensions;
    mixture->type = type;
    mixture->noise_log_density = -INFINITY;
    mixture->weights = memory_array(error, components, sizeof(double));
    mixture->means = memory_matrix(error, components, dimensions, sizeof(double));
    mixture->covariances = memory_array(error, count, sizeof(double));
    if (mixture->weights != NULL && mixture->means != NULL && mixture->covariances != NULL)
        return mixture;
    gaussian_mixture_free(mixture);
    return NULL;
}

static int check_weights(const struct gaussian_mixture *mixture, struct error *error) {
    double sum = mixture->noise_weight;
    for (size_t k = 0; k < mixture->components; k++) {
        if (!(mixture->weights[k] >= 0 && isfinite(mixture->weights[k])))
            return error_set(error, "weights: component %zu: expected a number >= 0, got %g", k + 1,
                             mixture->weights[k]);
        sum += mixture->weights[k];
    }
    if (!(fabs(sum - 1) <= WEIGHT_TOLERANCE))
        return error_set(error, "weights sum to %.8g, not 1", sum);
    return 0;
}

static int check_finite(const struct gaussian_mixture *mixture, struct error *error) {
    size_t d = mixture->dimensions;
    for (size_t i = 0; i < mixture->components * d; i++)
        if (!isfinite(mixture->means[i]))
            return error_set(error, "means: component %zu: value %zu is not finite", i / d + 1, i % d + 1);
    struct layout layout = layout_of(mixture->type, mixture->components, d);
    for (size_t i = 0; i < layout.blocks * layout.size; i++)
        if (!isfinite(mixture->covariances[i]))
            return error_set(error, "covariances: component %zu is not finite", i / layout.size + 1);
    for (size_t k = 0; mixture->scales != NULL && k < mixture->components; k++)
        if (!(mixture->scales[k] > 0 && isfinite(mixture->scales[k])))
            return error_set(error, "local: point %zu: expected a number > 0, got %g", k + 1,
                             mixture->scales[k]);
    return 0;
}

static bool is_symmetric(size_t d, const double *c) {
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < i; j++)
            if (!(fabs(c[i * d + j] - c[j * d + i]) <=
                  SYMMETRY_TOLERANCE * sqrt(fabs(c[i * d + i])) * sqrt(fabs(c[j * d + j]))))
                return false;
    return true;
}

/* The factor of one block takes the block's place. Returns false where it is not positive definite. */
static bool factor_block(bool matrix, size_t d, size_t size, double *block) {
    if (matrix)
        return cholesky_factor(d, block) == 0;
    for (size_t i = 0; i < size; i++) {
        if (!(block[i] > 0))
            return false;
        block[i] = sqrt(block[i]);
    }
    return true;
}

static int factor_covariances(struct gaussian_mixture *mixture, struct error *error) {
    size_t d = mixture->dimensions;
    struct layout layout = layout_of(mixture->type, mixture->components, d);
    mixture->factors = memory_matrix(error, layout.blocks, layout.size, sizeof(double));
    if (mixture->factors == NULL)
        return -1;
    memcpy(mixture->factors, mixture->covariances, layout.blocks * layout.size * sizeof(double));
    for (size_t k = 0; k < layout.blocks; k++) {
        double *block = mixture->factors + k * layout.size;
        const char *wrong = NULL;
        if (is_matrix(mixture->type) && !is_symmetric(d, block))
            wrong = "symmetric";
        else if (!factor_block(is_matrix(mixture->type), d, layout.size, block))
            wrong = "positive definite";
        if (wrong != NULL && layout.blocks == 1 && mixture->components > 1)
            return error_set(error, "covariances: the common matrix is not %s", wrong);
        if (wrong != NULL)
            return error_set(error, "covariances: component %zu is not %s", k + 1, wrong);
    }
    return 0;
}

/* log |L_k| */
static double log_scale(const struct gaussian_mixture *mixture, size_t k) {
    size_t d = mixture->dimensions;
    struct layout layout = layout_of(mixture->type, mixture->components, d);
    const double *block = mixture->factors + (layout.blocks > 1 ? k * layout.size : 0);
    double sum = 0;
    if (is_matrix(mixture->type))
        sum = cholesky_log_determinant(d, block) / 2;
    else
        for (size_t i = 0; i < layout.size; i++)
            sum += layout.size == 1 ? (double)d * log(block[i]) : log(block[i]);
    return mixture->scales != NULL ? sum + (double)d * log(mixture->scales[k]) : sum;
}

/* Rows L^-1 (mu_k - centre) for the one L of all components. */
static int whiten_means(struct gaussian_mixture *mixture, struct error *error) {
    size_t d = mixture->dimensions;
    mixture->white_means = memory_matrix(error, mixture->components, d, sizeof(double));
    if (mixture->white_means == NULL)
        return -1;
    for (size_t i = 0; i < mixture->components * d; i++)
        mixture->white_means[i] = mixture->means[i] - mixture->centre[i % d];
    cholesky_solve_lower(d, mixture->factors, mixture->components, mixture->white_means);
    return 0;
}

static void find_centre(struct gaussian_mixture *mixture) {
    size_t d = mixture->dimensions;
    memset(mixture->centre, 0, d * sizeof(double));
    double total = 0;
    for (size_t k = 0; k < mixture->components; k++) {
        double weight = mixture->weights[k];
        if (weight == 0)
            continue;
        total += weight;
        for (size_t j = 0; j < d; j++)
            mixture->centre[j] += weight / total * (mixture->means[k * d + j] - mixture->centre[j]);
    }
}

int gaussian_mixture_prepare(struct gaussian_mixture *mixture, struct error *error) {
    size_t components = mixture->components, d = mixture->dimensions;
    if (check_weights(mixture, error) < 0 || check_finite(mixture, error) < 0 ||
        blas_load_for(is_matrix(mixture->type) ? d : 1, error) < 0 || factor_covariances(mixture, error) < 0)
        return -1;
    mixture->log_weights = memory_array(error, components, sizeof(double));
    mixture->normalisers = memory_array(error, components, sizeof(double));
    mixture->centre = memory_array(error, d, sizeof(double));
    if (mixture->log_weights == NULL || mixture->normalisers == NULL || mixture->centre == NULL)
        return -1;
    for (size_t k = 0; k < components; k++) {
        mixture->log_weights[k] = log(mixture->weights[k]);
        mixture->normalisers[k] = -0.5 * (double)d * LOG_TWO_PI - log_scale(mixture, k);
        if (!isfinite(mixture->normalisers[k]))
            return error_set(error, "covariances: component %zu is not positive definite", k + 1);
    }
    find_centre(mixture);
    return mixture->type == GAUSSIAN_MIXTURE_TIED ? whiten_means(mixture, error) : 0;
}

struct gaussian_mixture *gaussian_mixture_single(size_t dimensions, const double *mean,
                                                 const double *covariance, struct error *error) {
    struct gaussian_mixture *mixture = gaussian_mixture_create(1, dimensions, GAUSSIAN_MIXTURE_FULL, error);
    if (mixture == NULL)
        return NULL;
    mixture->weights[0] = 1;
    memcpy(mixture->means, mean, dimensions * sizeof *mean);
    memcpy(mixture->covariances, covariance, dimensions * dimensions * sizeof *covariance);
    if (gaussian_mixture_prepare(mixture, error) == 0)
        return mixture;
    gaussian_mixture_free(mixture);
    return NULL;
}

/* Puts share x part behind the first `before` components of pool. */
static void append(struct gaussian_mixture *pool, size_t before, const struct gaussian_mixture *part,
                   double share) {
    size_t d = part->dimensions;
    for (size_t k = 0; k < part->components; k++) {
        pool->weights[before + k] = share * part->weights[k];
        gaussian_mixture_expand_covariance(part, k, pool->covariances + (before + k) * d * d);
    }
    memcpy(pool->means + before * d, part->means, part->components * d * sizeof(double));
}

struct gaussian_mixture *gaussian_mixture_pool(const struct gaussian_mixture *f,
                                               const struct gaussian_mixture *g, double weight,
                                               struct error *error) {
    struct gaussian_mixture *pool =
        gaussian_mixture_create(f->components + g->components, f->dimensions, GAUSSIAN_MIXTURE_FULL, error);
    if (pool == NULL)
        return NULL;
    append(pool, 0, f, 1 - weight);
    append(pool, f->components, g, weight);
    if (gaussian_mixture_prepare(pool, error) == 0)
        return pool;
    gaussian_mixture_free(pool);
    return NULL;
}

/* Component k's block of covariances or factors, spread over d x d. */
static void expand(const struct gaussian_mixture *mixture, const double *blocks, size_t k, double scale,
                   double *matrix) {
    size_t d = mixture->dimensions;
    struct layout layout = layout_of(mixture->type, mixture->components, d);
    const double *block = blocks + (layout.blocks > 1 ? k * layout.size : 0);
    if (is_matrix(mixture->type)) {
        for (size_t i = 0; i < d * d; i++)
            matrix[i] = scale * block[i];
        return;
    }
    memset(matrix, 0, d * d * sizeof *matrix);
    for (size_t i = 0; i < d; i++)
        matrix[i * d + i] = scale * block[layout.size == 1 ? 0 : i];
}

void gaussian_mixture_expand_covariance(const struct gaussian_mixture *mixture, size_t k,
                                        double *covariance) {
    double scale = mixture->scales != NULL ? mixture->scales[k] * mixture->scales[k] : 1;
    expand(mixture, mixture->covariances, k, scale, covariance);
}

void gaussian_mixture_expand_factor(const struct gaussian_mixture *mixture, size_t k, double *factor) {
    expand(mixture, mixture->factors, k, mixture->scales != NULL ? mixture->scales[k] : 1, factor);
}

/* Adds share x (C_k + u u^T), u = mu_k - mean, to the covariance. */
static void add_component(const struct gaussian_mixture *mixture, size_t k, double share, const double *mean,
                          double *covariance) {
    size_t d = mixture->dimensions;
    struct layout layout = layout_of(mixture->type, mixture->components, d);
    const double *block = mixture->covariances + (layout.blocks > 1 ? k * layout.size : 0);
    const double *mu = mixture->means + k * d;
    double scale = mixture->scales != NULL ? mixture->scales[k] * mixture->scales[k] : 1;
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++) {
            covariance[i * d + j] += share * (mu[i] - mean[i]) * (mu[j] - mean[j]);
            if (is_matrix(mixture->type))
                covariance[i * d + j] += share * scale * block[i * d + j];
        }
        if (!is_matrix(mixture->type))
            covariance[i * d + i] += share * scale * block[layout.size == 1 ? 0 : i];
    }
}

void gaussian_mixture_moments(const struct gaussian_mixture *mixture, double *mean, double *covariance) {
    size_t d = mixture->dimensions;
    double total = 0;
    for (size_t k = 0; k < mixture->components; k++)
        total += mixture->weights[k];
    memcpy(mean, mixture->centre, d * sizeof *mean);
    memset(covariance, 0, d * d * sizeof *covariance);
    for (size_t k = 0; k < mixture->components; k++)
        add_component(mixture, k, mixture->weights[k] / total, mean, covariance);
}

void gaussian_mixture_free(struct gaussian_mixture *mixture) {
    if (mixture == NULL)
        return;
    free(mixture->weights);
    free(mixture->means);
    free(mixture->covariances);
    free(mixture->scales);
    free(mixture->factors);
    free(mixture->log_weights);
    free(mixture->normalisers);
    free(mixture->centre);
    free(mixture->white_means);
    free(mixture);
}
