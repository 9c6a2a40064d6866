#include "process/gaussian_process_classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "process/class_likelihood.h"

const char *const gaussian_process_classes_likelihoods[] = {"gaussian", "logistic", "softmax", NULL};

void gaussian_process_classes_free(struct gaussian_process_classes *classes) {
    if (classes == NULL)
        return;
    class_labels_free(&classes->labels);
    free(classes->mean);
    free(classes->factor);
    free(classes->white_mean);
    free(classes->white_factor);
    free(classes);
}

/* Labels are copied. */
static struct gaussian_process_classes *allocate(enum gaussian_process_likelihood likelihood, size_t count,
                                                 char *const *labels, size_t m, struct error *error) {
    struct gaussian_process_classes *classes = memory_zeros(error, 1, sizeof *classes);
    size_t functions = likelihood == GAUSSIAN_PROCESS_LIKELIHOOD_SOFTMAX ? count : 1, rows;
    if (classes == NULL)
        return NULL;
    classes->likelihood = likelihood;
    classes->functions = functions;
    classes->shape = classes->rate = 1;
    if (!memory_product(functions, m, &rows)) {
        error_set(error, "out of memory");
        free(classes);
        return NULL;
    }
    classes->mean = memory_array(error, rows, sizeof(double));
    classes->factor = memory_matrix(error, rows, m, sizeof(double));
    classes->white_mean = memory_array(error, rows, sizeof(double));
    classes->white_factor = memory_matrix(error, rows, m, sizeof(double));
    if (classes->mean != NULL && classes->factor != NULL && classes->white_mean != NULL &&
        classes->white_factor != NULL && class_labels_copy(&classes->labels, count, labels, error) == 0)
        return classes;
    gaussian_process_classes_free(classes);
    return NULL;
}

struct gaussian_process_classes *gaussian_process_classes_new(enum gaussian_process_likelihood likelihood,
                                                              const struct class_labels *labels, size_t m,
                                                              struct error *error) {
    struct gaussian_process_classes *classes = allocate(likelihood, labels->count, labels->texts, m, error);
    if (classes == NULL)
        return NULL;
    memset(classes->white_mean, 0, classes->functions * m * sizeof(double));
    memset(classes->white_factor, 0, classes->functions * m * m * sizeof(double));
    for (size_t c = 0; c < classes->functions; c++)
        for (size_t i = 0; i < m; i++)
            classes->white_factor[(c * m + i) * m + i] = 1;
    return classes;
}

void gaussian_process_classes_color(struct gaussian_process_classes *classes, size_t m,
                                    const double *factor_uu) {
    for (size_t c = 0; c < classes->functions; c++) {
        const double *mean = classes->white_mean + c * m, *factor = classes->white_factor + c * m * m;
        for (size_t i = 0; i < m; i++) {
            double sum = 0, *row = classes->factor + (c * m + i) * m;
            memset(row, 0, m * sizeof *row);
            for (size_t k = 0; k <= i; k++) {
                double entry = factor_uu[i * m + k];
                sum += entry * mean[k];
                for (size_t j = 0; j <= k; j++)
                    row[j] += entry * factor[k * m + j];
            }
            classes->mean[c * m + i] = sum;
        }
    }
}

/* The factor's columns are solved as rows of its transpose. */
void gaussian_process_classes_whiten(struct gaussian_process_classes *classes, size_t m,
                                     const double *factor_uu) {
    size_t functions = classes->functions;
    memcpy(classes->white_mean, classes->mean, functions * m * sizeof(double));
    blas_solve_rows(m, factor_uu, false, functions, classes->white_mean);
    for (size_t c = 0; c < functions; c++) {
        const double *factor = classes->factor + c * m * m;
        double *white = classes->white_factor + c * m * m;
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < m; j++)
                white[j * m + i] = factor[i * m + j];
        blas_solve_rows(m, factor_uu, false, m, white);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j <= i; j++) {
                white[i * m + j] = white[j * m + i];
                white[j * m + i] = i == j ? white[i * m + j] : 0;
            }
    }
}

int gaussian_process_classes_write(const struct gaussian_process_classes *classes, size_t m, bool mixture,
                                   struct npz_writer *writer, struct error *error) {
    const size_t shape[] = {classes->functions, m, m};
    if (npz_writer_text(writer, "likelihood", gaussian_process_classes_likelihoods[classes->likelihood],
                        error) < 0 ||
        npz_writer_texts(writer, "labels", classes->labels.count, (const char *const *)classes->labels.texts,
                         error) < 0 ||
        npz_writer_numbers(writer, "q_mean", 2, shape, classes->mean, false, error) < 0 ||
        npz_writer_numbers(writer, "q_scale", 3, shape, classes->factor, false, error) < 0)
        return -1;
    if (!mixture)
        return 0;
    if (npz_writer_number(writer, "q_a", classes->shape, error) < 0)
        return -1;
    return npz_writer_number(writer, "q_b", classes->rate, error);
}

static int read_likelihood(enum gaussian_process_likelihood *likelihood, const struct npz *npz,
                           struct error *error) {
    const char *text = npz_require_text(npz, "likelihood", error);
    if (text == NULL)
        return -1;
    *likelihood = GAUSSIAN_PROCESS_LIKELIHOOD_SOFTMAX;
    if (strcmp(text, gaussian_process_classes_likelihoods[*likelihood]) == 0)
        return 0;
    *likelihood = GAUSSIAN_PROCESS_LIKELIHOOD_LOGISTIC;
    if (strcmp(text, gaussian_process_classes_likelihoods[*likelihood]) == 0)
        return 0;
    return error_set(error, "%s: likelihood: unknown likelihood '%.40s'", npz->path, text);
}

/* The labels, the archive's own. */
static const struct npz_array *find_labels(const struct npz *npz, enum gaussian_process_likelihood likelihood,
                                           struct error *error) {
    const struct npz_array *labels = npz_find(npz, "labels");
    size_t most = likelihood == GAUSSIAN_PROCESS_LIKELIHOOD_LOGISTIC ? 2 : CLASS_LIKELIHOOD_FUNCTIONS_MAX;
    if (labels != NULL && labels->texts != NULL && labels->rank == 1 && labels->count >= 2 &&
        labels->count <= most)
        return labels;
    error_set(error, "%s: labels: expected a vector of 2 to %zu texts", npz->path, most);
    return NULL;
}

static int copy_numbers(const struct npz *npz, const char *name, size_t rank, const size_t *shape,
                        double *values, struct error *error) {
    const struct npz_array *array = npz_require(npz, name, rank, error);
    if (array == NULL)
        return -1;
    for (size_t i = 0; i < rank; i++)
        if (array->shape[i] != shape[i])
            return error_set(error, "%s: %s: dimension %zu is %zu, expected %zu", npz->path, name, i + 1,
                             array->shape[i], shape[i]);
    if (array->values == NULL)
        return error_set(error, "%s: %s: expected numbers", npz->path, name);
    for (size_t i = 0; i < array->count; i++) {
        values[i] = array->values[i];
        if (!isfinite(values[i]))
            return error_set(error, "%s: %s: value %zu is not finite", npz->path, name, i + 1);
    }
    return 0;
}

/* What stands above the diagonals is not looked at. */
static int read_arrays(struct gaussian_process_classes *classes, const struct npz *npz, size_t m,
                       bool mixture, struct error *error) {
    const size_t shape[] = {classes->functions, m, m};
    if (copy_numbers(npz, "q_mean", 2, shape, classes->mean, error) < 0 ||
        copy_numbers(npz, "q_scale", 3, shape, classes->factor, error) < 0)
        return -1;
    for (size_t row = 0; row < classes->functions * m; row++)
        for (size_t j = row % m + 1; j < m; j++)
            classes->factor[row * m + j] = 0;
    if (!mixture)
        return 0;
    if (copy_numbers(npz, "q_a", 0, shape, &classes->shape, error) < 0 ||
        copy_numbers(npz, "q_b", 0, shape, &classes->rate, error) < 0)
        return -1;
    if (!(classes->shape > 0) || !(classes->rate > 0))
        return error_set(error, "%s: q_a, q_b: expected numbers > 0", npz->path);
    return 0;
}

struct gaussian_process_classes *gaussian_process_classes_read(const struct npz *npz, size_t m, bool mixture,
                                                               struct error *error) {
    enum gaussian_process_likelihood likelihood;
    if (read_likelihood(&likelihood, npz, error) < 0)
        return NULL;
    const struct npz_array *labels = find_labels(npz, likelihood, error);
    if (labels == NULL)
        return NULL;
    struct gaussian_process_classes *classes = allocate(likelihood, labels->count, labels->texts, m, error);
    if (classes != NULL && read_arrays(classes, npz, m, mixture, error) < 0) {
        gaussian_process_classes_free(classes);
        return NULL;
    }
    return classes;
}
