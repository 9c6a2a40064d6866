#include "num/gaussian_mixture_model.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { SHAPE_SIZE = 100, RANK_MAX = 3 };

/* The shape an array must have. */
struct shape {
    size_t rank;
    size_t sizes[RANK_MAX];
};

/* "(3, 2)" as NumPy writes it. */
static const char *shape_text(char *text, size_t rank, const size_t *sizes) {
    size_t length = (size_t)snprintf(text, SHAPE_SIZE, "(");
    for (size_t i = 0; i < rank && length < SHAPE_SIZE / 2; i++)
        length += (size_t)snprintf(text + length, SHAPE_SIZE - length, "%s%zu", i > 0 ? ", " : "", sizes[i]);
    snprintf(text + length, SHAPE_SIZE - length, rank == 1 ? ",)" : ")");
    return text;
}

static const struct npz_array *require_numbers(const struct npz *npz, const char *name, struct error *error) {
    const struct npz_array *array = npz_find(npz, name);
    if (array == NULL)
        error_set(error, "%s: no array %s", npz->path, name);
    else if (array->values == NULL)
        error_set(error, "%s: %s: expected numbers, got a text", npz->path, name);
    else
        return array;
    return NULL;
}

/* A vector: one dimension, or two with one of them 1, as a column packed from text has them. */
static const struct npz_array *require_vector(const struct npz *npz, const char *name, struct error *error) {
    const struct npz_array *array = require_numbers(npz, name, error);
    if (array == NULL)
        return NULL;
    bool flat = array->rank == 1 || (array->rank == 2 && (array->shape[0] == 1 || array->shape[1] == 1));
    char got[SHAPE_SIZE];
    if (flat && array->count > 0)
        return array;
    error_set(error, "%s: %s: expected a vector, got shape %s", npz->path, name,
              shape_text(got, array->rank, array->shape));
    return NULL;
}

static bool has_shape(const struct npz_array *array, const struct shape *shape) {
    size_t wanted = 1;
    for (size_t i = 0; i < shape->rank; i++)
        wanted *= shape->sizes[i];
    if (array->count != wanted)
        return false;
    if (shape->rank <= 1) /* a column or a row will do */
        return true;
    return array->rank == shape->rank &&
           memcmp(array->shape, shape->sizes, shape->rank * sizeof(size_t)) == 0;
}

/* Copies an array of exactly this shape. Returns 0 or -1. */
static int copy_array(const struct npz *npz, const char *name, const struct shape *shape, double *values,
                      struct error *error) {
    char wanted[SHAPE_SIZE], got[SHAPE_SIZE];
    const struct npz_array *array = require_numbers(npz, name, error);
    if (array == NULL)
        return -1;
    if (!has_shape(array, shape))
        return error_set(error, "%s: %s: expected shape %s, got %s", npz->path, name,
                         shape_text(wanted, shape->rank, shape->sizes),
                         shape_text(got, array->rank, array->shape));
    memcpy(values, array->values, array->count * sizeof *values);
    return 0;
}

/* covariance_type, full where the file does not say. */
static int find_type(const struct npz *npz, enum gaussian_mixture_type *type, struct error *error) {
    *type = GAUSSIAN_MIXTURE_FULL;
    if (npz_find(npz, "covariance_type") == NULL)
        return 0;
    const char *name = npz_require_text(npz, "covariance_type", error);
    if (name == NULL)
        return -1;
    for (int i = 0; i < GAUSSIAN_MIXTURE_TYPES; i++) {
        if (strcmp(name, gaussian_mixture_type_names[i]) == 0) {
            *type = (enum gaussian_mixture_type)i;
            return 0;
        }
    }
    char quoted[ERROR_QUOTE_SIZE];
    return error_set(error,
                     "%s: covariance_type: expected full, tied, diagonal, tied-diagonal, spherical or "
                     "tied-spherical, got '%s'",
                     npz->path, error_quote(quoted, name, strlen(name)));
}

static struct shape covariance_shape(enum gaussian_mixture_type type, size_t components, size_t d) {
    switch (type) {
    case GAUSSIAN_MIXTURE_FULL:
        return (struct shape){3, {components, d, d}};
    case GAUSSIAN_MIXTURE_TIED:
        return (struct shape){2, {d, d}};
    case GAUSSIAN_MIXTURE_DIAGONAL:
        return (struct shape){2, {components, d}};
    case GAUSSIAN_MIXTURE_TIED_DIAGONAL:
        return (struct shape){1, {d}};
    case GAUSSIAN_MIXTURE_SPHERICAL:
        return (struct shape){1, {components}};
    default:
        return (struct shape){0, {0}};
    }
}

/* The uniform component, if there is one. */
static int read_noise(const struct npz *npz, struct gaussian_mixture *mixture, struct error *error) {
    double noise[2];
    if (npz_find(npz, "noise") == NULL)
        return 0;
    if (copy_array(npz, "noise", &(struct shape){1, {2}}, noise, error) < 0)
        return -1;
    if (!(noise[0] >= 0 && noise[0] <= 1 && !isnan(noise[1]) && noise[1] < INFINITY))
        return error_set(error, "%s: noise: expected a weight and a log density, got %g and %g", npz->path,
                         noise[0], noise[1]);
    mixture->noise_weight = noise[0];
    mixture->noise_log_density = noise[1];
    return 0;
}

static struct gaussian_mixture *mixture_from_gmm(const struct npz *npz, struct error *error) {
    enum gaussian_mixture_type type;
    const struct npz_array *weights = require_vector(npz, "weights", error);
    const struct npz_array *means = weights != NULL ? npz_require(npz, "means", 2, error) : NULL;
    if (means == NULL || find_type(npz, &type, error) < 0)
        return NULL;
    size_t components = weights->count, d = means->shape[1];
    char got[SHAPE_SIZE];
    if (means->values == NULL || means->shape[0] != components || d == 0) {
        error_set(error, "%s: means: expected %zu rows, one for each weight, got shape %s", npz->path,
                  components, shape_text(got, means->rank, means->shape));
        return NULL;
    }
    struct gaussian_mixture *mixture = gaussian_mixture_create(components, d, type, error);
    if (mixture == NULL)
        return NULL;
    memcpy(mixture->weights, weights->values, components * sizeof(double));
    memcpy(mixture->means, means->values, components * d * sizeof(double));
    struct shape shape = covariance_shape(type, components, d);
    if (copy_array(npz, "covariances", &shape, mixture->covariances, error) == 0 &&
        read_noise(npz, mixture, error) == 0)
        return mixture;
    gaussian_mixture_free(mixture);
    return NULL;
}

/* lower, upper and period must hold nothing but nan. */
static int refuse_bounds(const struct npz *npz, struct error *error) {
    static const char *const names[] = {"lower", "upper", "period"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct npz_array *array = npz_find(npz, names[i]);
        for (size_t j = 0; array != NULL && array->values != NULL && j < array->count; j++)
            if (!isnan(array->values[j]))
                return error_set(error,
                                 "%s: %s: a kernel estimate with bounds or periods is no Gaussian mixture",
                                 npz->path, names[i]);
    }
    return 0;
}

static int require_gaussian_kernel(const struct npz *npz, struct error *error) {
    if (npz_find(npz, "kernel") == NULL)
        return 0;
    const char *kernel = npz_require_text(npz, "kernel", error);
    if (kernel == NULL)
        return -1;
    char quoted[ERROR_QUOTE_SIZE];
    if (strcmp(kernel, "gaussian") != 0)
        return error_set(error,
                         "%s: kernel: only a kernel estimate with the gaussian kernel is a Gaussian mixture, "
                         "this one is '%s'",
                         npz->path, error_quote(quoted, kernel, strlen(kernel)));
    return 0;
}

/* Covariance L L^T, L the factor in the covariances' place. */
static int square_factor(const struct npz *npz, struct gaussian_mixture *mixture, struct error *error) {
    size_t d = mixture->dimensions;
    double *product = memory_matrix(error, d, d, sizeof *product);
    const double *factor = mixture->covariances;
    if (product == NULL)
        return -1;
    for (size_t i = 0; i < d; i++) {
        bool lower = true;
        for (size_t j = i + 1; j < d; j++)
            lower = lower && factor[i * d + j] == 0;
        if (!lower || !(factor[i * d + i] > 0)) {
            free(product);
            return error_set(error, "%s: factor: row %zu: expected a lower triangle, its diagonal positive",
                             npz->path, i + 1);
        }
        for (size_t j = 0; j < d; j++) {
            double sum = 0;
            for (size_t k = 0; k <= i && k <= j; k++)
                sum += factor[i * d + k] * factor[j * d + k];
            product[i * d + j] = sum;
        }
    }
    free(mixture->covariances);
    mixture->covariances = product;
    return 0;
}

static int read_kde_arrays(const struct npz *npz, struct gaussian_mixture *mixture, struct error *error) {
    size_t n = mixture->components, d = mixture->dimensions;
    if (copy_array(npz, "points", &(struct shape){2, {n, d}}, mixture->means, error) < 0 ||
        copy_array(npz, "weights", &(struct shape){1, {n}}, mixture->weights, error) < 0 ||
        copy_array(npz, "factor", &(struct shape){2, {d, d}}, mixture->covariances, error) < 0 ||
        square_factor(npz, mixture, error) < 0)
        return -1;
    if (npz_find(npz, "local") == NULL)
        return 0;
    mixture->scales = memory_array(error, n, sizeof *mixture->scales);
    if (mixture->scales == NULL)
        return -1;
    return copy_array(npz, "local", &(struct shape){1, {n}}, mixture->scales, error);
}

static struct gaussian_mixture *mixture_from_kde(const struct npz *npz, struct error *error) {
    const struct npz_array *points = npz_require(npz, "points", 2, error);
    if (points == NULL || require_gaussian_kernel(npz, error) < 0 || refuse_bounds(npz, error) < 0)
        return NULL;
    char got[SHAPE_SIZE];
    if (points->values == NULL || points->count == 0) {
        error_set(error, "%s: points: expected at least one point, got shape %s", npz->path,
                  shape_text(got, points->rank, points->shape));
        return NULL;
    }
    struct gaussian_mixture *mixture =
        gaussian_mixture_create(points->shape[0], points->shape[1], GAUSSIAN_MIXTURE_TIED, error);
    if (mixture == NULL)
        return NULL;
    if (read_kde_arrays(npz, mixture, error) == 0)
        return mixture;
    gaussian_mixture_free(mixture);
    return NULL;
}

struct gaussian_mixture *gaussian_mixture_model_from_arrays(const struct npz *npz, struct error *error) {
    struct gaussian_mixture *mixture = NULL;
    char quoted[ERROR_QUOTE_SIZE];
    const char *kind = npz_require_text(npz, "kind", error);
    if (kind == NULL)
        return NULL;
    if (strcmp(kind, "gmm") == 0)
        mixture = mixture_from_gmm(npz, error);
    else if (strcmp(kind, "kde") == 0)
        mixture = mixture_from_kde(npz, error);
    else
        error_set(error, "%s: kind: expected gmm or kde, got '%s'", npz->path,
                  error_quote(quoted, kind, strlen(kind)));
    if (mixture == NULL || gaussian_mixture_prepare(mixture, error) == 0)
        return mixture;
    error_prefix(error, "%s", npz->path);
    gaussian_mixture_free(mixture);
    return NULL;
}

struct gaussian_mixture *gaussian_mixture_model_read(const char *operand, struct error *error) {
    struct npz *npz = npz_read(operand, error);
    if (npz == NULL)
        return NULL;
    struct gaussian_mixture *mixture = gaussian_mixture_model_from_arrays(npz, error);
    npz_free(npz);
    return mixture;
}

static int check(const struct npz *npz, struct error *error) {
    struct gaussian_mixture *mixture = gaussian_mixture_model_from_arrays(npz, error);
    gaussian_mixture_free(mixture);
    return mixture != NULL ? 0 : -1;
}

const struct model_check gaussian_mixture_model_check = {"gmm", check};
