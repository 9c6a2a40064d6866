#include "process/gaussian_process_scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const char *const gaussian_process_scale_noises[] = {"shared", "separate", NULL};

size_t gaussian_process_scale_unit(const struct gaussian_process_scale *scale, size_t output) {
    return scale->units == 1 ? 0 : output;
}

double gaussian_process_scale_mean(const struct gaussian_process_scale *scale, size_t unit) {
    double sum = 0;
    if (scale->closed != NULL) {
        double a = scale->closed[2 * unit], b = scale->closed[2 * unit + 1];
        return a > 1 ? b / (a - 1) : INFINITY;
    }
    for (size_t j = unit * scale->count; j < (unit + 1) * scale->count; j++)
        sum += scale->weights[j] * scale->nodes[j];
    return sum;
}

int gaussian_process_scale_take(struct gaussian_process_scale *scale,
                                const struct scale_posterior *posteriors, struct error *error) {
    free(scale->nodes);
    free(scale->weights);
    scale->count = 0;
    for (size_t u = 0; u < scale->units; u++)
        if (posteriors[u].count > scale->count)
            scale->count = posteriors[u].count;
    scale->nodes = memory_matrix(error, scale->units, scale->count, sizeof(double));
    scale->weights = memory_matrix(error, scale->units, scale->count, sizeof(double));
    if (scale->nodes == NULL || scale->weights == NULL)
        return -1;
    for (size_t u = 0; u < scale->units; u++)
        for (size_t j = 0; j < scale->count; j++) {
            bool used = j < posteriors[u].count;
            scale->nodes[u * scale->count + j] = used ? posteriors[u].nodes[j] : 1;
            scale->weights[u * scale->count + j] = used ? posteriors[u].weights[j] : 0;
        }
    return 0;
}

int gaussian_process_scale_write(const struct gaussian_process_scale *scale, size_t rows,
                                 struct npz_writer *writer, struct error *error) {
    size_t parameters = scale_prior_count(&scale->prior);
    const struct {
        const char *name;
        const double *values;
        size_t rank, shape[2];
    } arrays[] = {
        {"scale_parameters", scale->prior.parameters, 1, {parameters, 0}},
        {"scale_nodes", scale->nodes, 2, {scale->units, scale->count}},
        {"scale_weights", scale->weights, 2, {scale->units, scale->count}},
        {"scale_posterior", scale->closed, 2, {scale->units, 2}},
        {"scale_values", scale->values, 1, {rows, 0}},
        {"scale_vectors", scale->vectors, 2, {rows, rows}},
    };
    if (npz_writer_text(writer, "scale_prior", scale_prior_name(&scale->prior), error) < 0 ||
        npz_writer_number(writer, "scale_fixed", scale->fixed, error) < 0 ||
        npz_writer_text(writer, "scale_noise", gaussian_process_scale_noises[scale->separate], error) < 0)
        return -1;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (arrays[i].values != NULL &&
            npz_writer_numbers(writer, arrays[i].name, arrays[i].rank, arrays[i].shape, arrays[i].values,
                               false, error) < 0)
            return -1;
    return 0;
}

/* Numbers of a known shape that are finite, and >= least. */
static double *take(struct npz *npz, const char *name, size_t rank, const size_t *shape, double least,
                    struct error *error) {
    const struct npz_array *array = npz_require(npz, name, rank, error);
    if (array == NULL)
        return NULL;
    for (size_t i = 0; i < rank; i++)
        if (array->shape[i] != shape[i]) {
            error_set(error, "%s: %s: dimension %zu is %zu, expected %zu", npz->path, name, i + 1,
                      array->shape[i], shape[i]);
            return NULL;
        }
    for (size_t i = 0; i < array->count; i++)
        if (!isfinite(array->values[i]) || array->values[i] < least) {
            error_set(error, "%s: %s: value %zu is out of range", npz->path, name, i + 1);
            return NULL;
        }
    return npz_take_numbers(npz, array);
}

static int read_prior(struct gaussian_process_scale *scale, const struct npz *npz, struct error *error) {
    const char *name = npz_require_text(npz, "scale_prior", error);
    const struct npz_array *parameters = npz_require(npz, "scale_parameters", 1, error);
    const struct npz_array *fixed = npz_find(npz, "scale_fixed");
    if (name == NULL || parameters == NULL)
        return -1;
    if (parameters->values == NULL)
        return error_set(error, "%s: scale_parameters: expected numbers", npz->path);
    scale->fixed = fixed != NULL && fixed->count > 0 && fixed->values != NULL && fixed->values[0] != 0;
    return scale_prior_set(&scale->prior, name, parameters->count, parameters->values, error) < 0
               ? error_prefix(error, "%s: scale_prior", npz->path)
               : 0;
}

static int read_nodes(struct gaussian_process_scale *scale, struct npz *npz, size_t outputs,
                      struct error *error) {
    const struct npz_array *nodes = npz_require(npz, "scale_nodes", 2, error);
    if (nodes == NULL)
        return -1;
    const size_t shape[2] = {nodes->shape[0], nodes->shape[1]}, pair[2] = {nodes->shape[0], 2};
    if (shape[1] == 0 || (shape[0] != 1 && shape[0] != outputs))
        return error_set(error, "%s: scale_nodes: expected 1 or %zu rows of nodes", npz->path, outputs);
    scale->units = shape[0];
    scale->count = shape[1];
    scale->nodes = take(npz, "scale_nodes", 2, shape, 0, error);
    scale->weights = scale->nodes == NULL ? NULL : take(npz, "scale_weights", 2, shape, 0, error);
    if (scale->weights == NULL)
        return -1;
    for (size_t u = 0; u < scale->units; u++) {
        double sum = 0;
        for (size_t j = 0; j < scale->count; j++)
            sum += scale->weights[u * scale->count + j];
        if (!(fabs(sum - 1) < 1e-6))
            return error_set(error, "%s: scale_weights: row %zu does not sum to 1", npz->path, u + 1);
    }
    if (npz_find(npz, "scale_posterior") == NULL)
        return 0;
    scale->closed = take(npz, "scale_posterior", 2, pair, 1e-300, error);
    return scale->closed == NULL ? -1 : 0;
}

static int read_all(struct gaussian_process_scale *scale, struct npz *npz, size_t rows, size_t outputs,
                    struct error *error) {
    const size_t square[2] = {rows, rows};
    const char *noise = npz_require_text(npz, "scale_noise", error);
    if (noise == NULL || read_prior(scale, npz, error) < 0 || read_nodes(scale, npz, outputs, error) < 0)
        return -1;
    scale->separate = strcmp(noise, gaussian_process_scale_noises[true]) == 0;
    if (!scale->separate && strcmp(noise, gaussian_process_scale_noises[false]) != 0)
        return error_set(error, "%s: scale_noise: unknown noise '%.40s'", npz->path, noise);
    if (!scale->separate)
        return 0;
    scale->values = take(npz, "scale_values", 1, square, 0, error);
    scale->vectors = scale->values == NULL ? NULL : take(npz, "scale_vectors", 2, square, -INFINITY, error);
    return scale->vectors == NULL ? -1 : 0;
}

struct gaussian_process_scale *gaussian_process_scale_read(struct npz *npz, size_t rows, size_t outputs,
                                                           struct error *error) {
    struct gaussian_process_scale *scale = memory_zeros(error, 1, sizeof *scale);
    if (scale == NULL)
        return NULL;
    if (read_all(scale, npz, rows, outputs, error) == 0)
        return scale;
    gaussian_process_scale_free(scale);
    return NULL;
}

void gaussian_process_scale_free(struct gaussian_process_scale *scale) {
    if (scale == NULL)
        return;
    double *const arrays[] = {scale->nodes, scale->weights, scale->closed, scale->values, scale->vectors};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    free(scale);
}
