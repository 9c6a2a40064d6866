#include "density/kmeans_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/kmeans_assign.h"
#include "density/kmeans_balanced.h"
#include "density/kmeans_kernel.h"
#include "density/kmeans_unit.h"
#include "io/npz.h"

const char *const kmeans_model_distance_names[] = {"sqeuclidean", "cosine", "cityblock", NULL};

/* Deviations about the mean, in two passes. */
int kmeans_model_deviations(const struct kmeans_data *data, double *deviations, struct error *error) {
    size_t d = data->columns;
    for (size_t j = 0; j < d; j++) {
        double total = 0, mean = 0, square = 0;
        for (size_t i = 0; i < data->rows; i++)
            total += data->weights != NULL ? data->weights[i] : 1;
        for (size_t i = 0; i < data->rows; i++)
            mean += (data->weights != NULL ? data->weights[i] : 1) / total * data->points[i * d + j];
        for (size_t i = 0; i < data->rows; i++) {
            double difference = data->points[i * d + j] - mean;
            square += (data->weights != NULL ? data->weights[i] : 1) / total * difference * difference;
        }
        deviations[j] = sqrt(square);
        /* rounding in the mean leaves some 1e-16 of it where all values are one */
        if (!(deviations[j] > 1e-14 * fabs(mean)) || !isfinite(deviations[j]))
            return error_set(error, "column %zu is constant, nothing to divide by", j + 1);
    }
    return 0;
}

/* A copy of rows with each column divided (or multiplied) by its deviation. */
static double *rescaled(size_t rows, size_t columns, const double *points, const double *scale, bool divide,
                        struct error *error) {
    double *copy = memory_matrix(error, rows, columns, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            copy[i * columns + j] =
                divide ? points[i * columns + j] / scale[j] : points[i * columns + j] * scale[j];
    return copy;
}

static void take_fit(struct kmeans_model *model, struct kmeans *fit, enum kmeans_distance distance) {
    model->clusters = fit->clusters;
    model->columns = fit->columns;
    model->iterations = fit->iterations;
    model->inertia = fit->inertia;
    model->distance = distance;
    model->centers = fit->centers;
    model->counts = fit->counts;
    model->labels = fit->labels;
    fit->centers = fit->counts = NULL;
    fit->labels = NULL;
    kmeans_free(fit);
}

static int fit_as_asked(const struct kmeans_data *data, const struct kmeans_settings *settings,
                        struct kmeans *fit, struct error *error) {
    return settings->balanced ? kmeans_balanced_fit(data, settings, fit, error)
                              : kmeans_fit(data, settings, fit, error);
}

static int fit_standardized(struct kmeans_model *model, const struct kmeans_data *data,
                            const struct kmeans_settings *settings, struct kmeans *fit, struct error *error) {
    struct kmeans_data scaled = *data;
    struct kmeans_settings own = *settings;
    double *points = NULL, *start = NULL;
    size_t d = data->columns, k = settings->clusters;
    int status = -1;
    model->scale = memory_array(error, d, sizeof(double));
    if (model->scale == NULL || kmeans_model_deviations(data, model->scale, error) < 0)
        return -1;
    points = rescaled(data->rows, d, data->points, model->scale, true, error);
    if (settings->start != NULL)
        start = rescaled(k, d, settings->start, model->scale, true, error);
    scaled.points = points;
    own.start = start;
    if (points != NULL && (start != NULL || settings->start == NULL))
        status = fit_as_asked(&scaled, &own, fit, error);
    free(points);
    free(start);
    double *centers = status == 0 ? rescaled(k, d, fit->centers, model->scale, false, error) : NULL;
    if (centers == NULL) {
        kmeans_free(fit);
        return -1;
    }
    free(fit->centers);
    fit->centers = centers;
    return 0;
}

int kmeans_model_fit(struct kmeans_model *model, const struct kmeans_data *data,
                     const struct kmeans_settings *settings, bool standardize, bool *converged,
                     struct error *error) {
    struct kmeans fit = {0};
    *model = (struct kmeans_model){0};
    int status = standardize ? fit_standardized(model, data, settings, &fit, error)
                             : fit_as_asked(data, settings, &fit, error);
    if (status < 0) {
        kmeans_model_free(model);
        return -1;
    }
    *converged = fit.converged;
    take_fit(model, &fit, settings->distance);
    return 0;
}

static int write_arrays(const struct kmeans_model *model, struct npz_writer *writer, struct error *error) {
    const size_t shape[] = {model->clusters, model->columns};
    if (npz_writer_text(writer, "kind", "kmeans", error) < 0 ||
        npz_writer_number(writer, "version", 1, error) < 0 ||
        npz_writer_numbers(writer, "centers", 2, shape, model->centers, false, error) < 0 ||
        npz_writer_numbers(writer, "counts", 1, shape, model->counts, false, error) < 0 ||
        npz_writer_number(writer, "inertia", model->inertia, error) < 0 ||
        npz_writer_number(writer, "iterations", (double)model->iterations, error) < 0 ||
        npz_writer_text(writer, "distance", kmeans_model_distance_names[model->distance], error) < 0)
        return -1;
    if (model->scale == NULL)
        return 0;
    return npz_writer_numbers(writer, "scale", 1, shape + 1, model->scale, false, error);
}

int kmeans_model_write(const struct kmeans_model *model, const char *path, struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    if (writer == NULL)
        return -1;
    if (write_arrays(model, writer, error) == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}

/* A copy of an array's finite numbers, `count` of them. NULL: error says why. */
static double *copy_numbers(const struct npz *npz, const char *name, size_t rank, size_t count,
                            struct error *error) {
    const struct npz_array *array = npz_require(npz, name, rank, error);
    if (array == NULL)
        return NULL;
    if (array->values == NULL || array->count != count || count == 0) {
        error_set(error, "%s: %s: expected %zu numbers", npz->path, name, count);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (!(fabs(array->values[i]) <= KMEANS_LARGEST)) {
            error_set(error, "%s: %s: value %zu is %g", npz->path, name, i + 1, array->values[i]);
            return NULL;
        }
    }
    double *copy = memory_array(error, count, sizeof *copy);
    if (copy != NULL)
        memcpy(copy, array->values, count * sizeof *copy);
    return copy;
}

static int take_words(struct kmeans_model *model, const struct npz *npz, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    const char *kind = npz_require_text(npz, "kind", error);
    if (kind != NULL && strcmp(kind, "kmeans") != 0)
        return error_set(error, "%s: kind: expected 'kmeans', got '%s'", npz->path,
                         error_quote(quoted, kind, strlen(kind)));
    const char *distance = kind != NULL ? npz_require_text(npz, "distance", error) : NULL;
    if (distance == NULL)
        return -1;
    for (int i = 0; kmeans_model_distance_names[i] != NULL; i++) {
        if (strcmp(distance, kmeans_model_distance_names[i]) == 0) {
            model->distance = (enum kmeans_distance)i;
            return 0;
        }
    }
    return error_set(error, "%s: distance: expected sqeuclidean, cosine or cityblock, got '%s'", npz->path,
                     error_quote(quoted, distance, strlen(distance)));
}

static int take_arrays(struct kmeans_model *model, const struct npz *npz, struct error *error) {
    if (take_words(model, npz, error) < 0)
        return -1;
    const struct npz_array *centers = npz_require(npz, "centers", 2, error);
    if (centers == NULL)
        return -1;
    model->clusters = centers->shape[0];
    model->columns = centers->shape[1];
    model->centers = copy_numbers(npz, "centers", 2, centers->count, error);
    model->counts = model->centers != NULL ? copy_numbers(npz, "counts", 1, model->clusters, error) : NULL;
    if (model->counts == NULL || npz_find(npz, "scale") == NULL)
        return model->counts == NULL ? -1 : 0;
    model->scale = copy_numbers(npz, "scale", 1, model->columns, error);
    for (size_t j = 0; model->scale != NULL && j < model->columns; j++)
        if (!(model->scale[j] > 0))
            return error_set(error, "%s: scale: value %zu is not above 0", npz->path, j + 1);
    return model->scale != NULL ? 0 : -1;
}

int kmeans_model_read(struct kmeans_model *model, const char *operand, struct error *error) {
    *model = (struct kmeans_model){0};
    struct npz *npz = npz_read(operand, error);
    if (npz == NULL)
        return -1;
    int status = take_arrays(model, npz, error);
    npz_free(npz);
    if (status < 0)
        kmeans_model_free(model);
    return status;
}

double *kmeans_model_prepare(const struct kmeans_model *model, size_t rows, const double *points,
                             size_t *fault, struct error *error) {
    size_t d = model->columns;
    *fault = SIZE_MAX;
    double *copy = memory_matrix(error, rows, d, sizeof *copy);
    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < rows * d; i++) {
        copy[i] = model->scale != NULL ? points[i] / model->scale[i % d] : points[i];
        if (fabs(copy[i]) <= KMEANS_LARGEST)
            continue;
        *fault = i / d;
        error_set(error, "expected values of at most 1e150, got %g", points[i]);
        free(copy);
        return NULL;
    }
    if (model->distance != KMEANS_COSINE)
        return copy;
    *fault = kmeans_unit(rows, d, copy);
    if (*fault == rows) {
        *fault = SIZE_MAX;
        return copy;
    }
    error_set(error, "all values are 0, and have no direction");
    free(copy);
    return NULL;
}

static void write_answers(const struct kmeans_model *model, const struct kmeans_data *data,
                          const double *centers, const uint32_t *labels, double *answers) {
    size_t d = model->columns;
    bool cityblock = model->distance == KMEANS_CITYBLOCK;
    for (size_t i = 0; i < data->rows; i++) {
        double distance = kmeans_kernel_pair(d, data->points + i * d, centers + labels[i] * d, 1, cityblock);
        if (model->distance == KMEANS_COSINE)
            distance /= 2; /* |x - c|^2 = 2 (1 - cos) for unit vectors */
        else if (!cityblock)
            distance = sqrt(distance);
        answers[2 * i] = (double)labels[i] + 1;
        answers[2 * i + 1] = distance;
    }
}

int kmeans_model_label(const struct kmeans_model *model, size_t rows, const double *points, size_t threads,
                       double *answers, size_t *fault, struct error *error) {
    struct kmeans_assign assign = {0};
    *fault = SIZE_MAX;
    double longest, *centers = kmeans_model_prepare(model, model->clusters, model->centers, fault, error);
    int status = -1;
    if (centers == NULL && *fault != SIZE_MAX)
        error_prefix(error, "center %zu", *fault + 1);
    *fault = SIZE_MAX;
    double *copy = centers != NULL ? kmeans_model_prepare(model, rows, points, fault, error) : NULL;
    uint32_t *labels = copy != NULL ? memory_array(error, rows, sizeof *labels) : NULL;
    struct kmeans_data data = {rows, model->columns, copy, NULL};
    if (labels != NULL &&
        kmeans_assign_create(&assign, &data, model->clusters, KMEANS_LLOYD,
                             model->distance == KMEANS_CITYBLOCK, labels, threads, error) == 0) {
        kmeans_assign_place(&assign, centers, &longest);
        kmeans_assign_run(&assign);
        write_answers(model, &data, centers, labels, answers);
        status = 0;
    }
    kmeans_assign_free(&assign);
    free(centers);
    free(copy);
    free(labels);
    return status;
}

int kmeans_model_measure(const struct kmeans_model *model, size_t rows, const double *points,
                         const uint32_t *labels, double *answers, struct error *error) {
    size_t fault;
    double *centers = kmeans_model_prepare(model, model->clusters, model->centers, &fault, error);
    double *copy = centers != NULL ? kmeans_model_prepare(model, rows, points, &fault, error) : NULL;
    const struct kmeans_data data = {rows, model->columns, copy, NULL};
    if (copy != NULL)
        write_answers(model, &data, centers, labels, answers);
    int status = copy != NULL ? 0 : -1;
    free(centers);
    free(copy);
    return status;
}

void kmeans_model_free(struct kmeans_model *model) {
    free(model->centers);
    free(model->counts);
    free(model->scale);
    free(model->labels);
    *model = (struct kmeans_model){0};
}

static int check(const struct npz *npz, struct error *error) {
    struct kmeans_model model = {0};
    int status = take_arrays(&model, npz, error);
    kmeans_model_free(&model);
    return status;
}

const struct model_check kmeans_model_check = {"kmeans", check};
