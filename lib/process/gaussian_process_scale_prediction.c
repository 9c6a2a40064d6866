#include "process/gaussian_process_scale_prediction.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "process/value_range.h"

enum { VALUES_MAX = 1 << 22, CAPACITY_MAX = 4096 };

/* What every node weighs k~ by. */
static void fill_nodes(struct gaussian_process_scale_predictor *predictor) {
    const struct gaussian_process_model *model = predictor->model;
    const struct gaussian_process_scale *scale = model->scale;
    size_t n = model->rows, h = model->basis_count;
    for (size_t c = 0; c < model->outputs; c++)
        for (size_t j = 0; j < scale->count; j++) {
            size_t at = c * scale->count + j;
            double s = scale->nodes[gaussian_process_scale_unit(scale, c) * scale->count + j];
            double *row = predictor->weights + at * n;
            gaussian_process_spectrum_solve(&predictor->spectrum, c, s, row,
                                            predictor->coefficients + at * h);
            for (size_t i = 0; i < n; i++)
                row[i] *= s;
        }
    for (size_t at = 0; at < scale->units * scale->count; at++)
        for (size_t i = 0; i < n; i++) {
            double s = scale->nodes[at];
            predictor->shrinkage[at * n + i] = s * s / (1 + s * scale->values[i]);
        }
}

static int open_spectrum(struct gaussian_process_scale_predictor *predictor, struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    const struct gaussian_process_scale *scale = model->scale;
    size_t n = model->rows;
    predictor->data = (struct gaussian_process_data){.rows = n,
                                                     .inputs = model->inputs,
                                                     .outputs = model->outputs,
                                                     .x = model->x,
                                                     .y = model->y,
                                                     .noise = model->noise_rows};
    if (gaussian_process_spectrum_open(&predictor->spectrum, &predictor->data, model->basis_count, error) < 0)
        return -1;
    memcpy(predictor->spectrum.values, scale->values, n * sizeof *scale->values);
    memcpy(predictor->spectrum.vectors, scale->vectors, n * n * sizeof *scale->vectors);
    gaussian_process_spectrum_turn(&predictor->spectrum);
    return 0;
}

static int open_arrays(struct gaussian_process_scale_predictor *predictor, struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    size_t n = model->rows, q = model->outputs, nodes = model->scale->count, units = model->scale->units;
    size_t wanted = VALUES_MAX / (2 * n + 2 * q * nodes), capacity;
    capacity = predictor->capacity = wanted < 1 ? 1 : wanted > CAPACITY_MAX ? CAPACITY_MAX : wanted;
    struct {
        double **array;
        size_t rows, columns;
    } arrays[] = {
        {&predictor->weights, q * nodes, n},       {&predictor->coefficients, q * nodes, model->basis_count},
        {&predictor->shrinkage, units * nodes, n}, {&predictor->scaled, capacity, model->inputs},
        {&predictor->kernel, capacity, n},         {&predictor->turned, capacity, n},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i].array = memory_matrix(error, arrays[i].rows, arrays[i].columns, sizeof(double));
        if (*arrays[i].array == NULL)
            return -1;
    }
    return blas_load_for(n > q * nodes ? n : q * nodes, error);
}

int gaussian_process_scale_prediction_open(struct gaussian_process_scale_predictor *predictor,
                                           const struct gaussian_process_model *model, size_t threads,
                                           struct error *error) {
    *predictor = (struct gaussian_process_scale_predictor){.model = model};
    if (open_arrays(predictor, error) < 0 || open_spectrum(predictor, error) < 0 ||
        covariance_points_open(&predictor->points, model->rows, model->inputs, model->x, error) < 0 ||
        covariance_work_open(&predictor->work, model->covariance, threads, error) < 0) {
        gaussian_process_scale_prediction_close(predictor);
        return -1;
    }
    fill_nodes(predictor);
    return 0;
}

void gaussian_process_scale_prediction_close(struct gaussian_process_scale_predictor *predictor) {
    double *const arrays[] = {predictor->weights, predictor->coefficients, predictor->shrinkage,
                              predictor->scaled,  predictor->kernel,       predictor->turned};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    gaussian_process_spectrum_close(&predictor->spectrum);
    covariance_points_close(&predictor->points);
    covariance_work_close(&predictor->work);
    *predictor = (struct gaussian_process_scale_predictor){0};
}

/* C = A B' for rows of n. */
static void multiply(size_t rows, size_t columns, size_t n, const double *a, const double *b, double *c) {
    struct blas_product product = {.rows = rows,
                                   .columns = columns,
                                   .inner = n,
                                   .alpha = 1,
                                   .a = a,
                                   .b = b,
                                   .a_stride = n,
                                   .b_stride = n,
                                   .c_stride = columns,
                                   .b_transposed = true,
                                   .c = c};
    blas_multiply(&product);
}

static double mean_function(const struct gaussian_process_model *model, const double *x, const double *b) {
    double sum = model->basis_count > 0 ? b[0] : 0;
    for (size_t a = 1; a < model->basis_count; a++)
        sum += x[a - 1] * b[a];
    return sum;
}

/* means, of scaled targets so far, to the units of the data. */
static void finish_means(const struct gaussian_process_scale_predictor *predictor, size_t count,
                         double *means) {
    const struct gaussian_process_model *model = predictor->model;
    size_t q = model->outputs, nodes = model->scale->count, h = model->basis_count;
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < q * nodes; at++) {
            double *mean = &means[i * q * nodes + at];
            *mean +=
                mean_function(model, predictor->scaled + i * model->inputs, predictor->coefficients + at * h);
            *mean = *mean * model->y_scale[at / nodes] + model->y_shift[at / nodes];
        }
}

/* shrunk, count x units x nodes: s^2 k~' D k~. */
static void finish_variances(const struct gaussian_process_model *model, size_t count, const double *diagonal,
                             const double *shrunk, double *variances) {
    const struct gaussian_process_scale *scale = model->scale;
    size_t q = model->outputs, nodes = scale->count;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < q; c++)
            for (size_t j = 0; j < nodes; j++) {
                size_t at = gaussian_process_scale_unit(scale, c) * nodes + j;
                double variance = scale->nodes[at] * diagonal[i] - shrunk[i * scale->units * nodes + at];
                variances[(i * q + c) * nodes + j] =
                    value_range_not_negative(variance) * model->y_scale[c] * model->y_scale[c];
            }
}

int gaussian_process_scale_prediction_at(struct gaussian_process_scale_predictor *predictor, size_t count,
                                         const double *x, double *means, double *variances,
                                         struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    size_t n = model->rows, q = model->outputs, nodes = model->scale->count, units = model->scale->units;
    struct covariance_points queries;
    double *diagonal = memory_array(error, count, sizeof *diagonal);
    double *shrunk = memory_matrix(error, count, units * nodes, sizeof *shrunk);
    gaussian_process_model_scale_inputs(model, count, x, predictor->scaled);
    if (diagonal == NULL || shrunk == NULL ||
        covariance_points_open(&queries, count, model->inputs, predictor->scaled, error) < 0) {
        free(diagonal);
        free(shrunk);
        return -1;
    }
    covariance_matrix_cross(&predictor->work, &queries, &predictor->points, predictor->kernel);
    multiply(count, n, n, predictor->kernel, predictor->spectrum.vectors, predictor->turned);
    multiply(count, q * nodes, n, predictor->turned, predictor->weights, means);
    finish_means(predictor, count, means);
    if (variances != NULL) {
        for (size_t i = 0; i < count * n; i++)
            predictor->turned[i] *= predictor->turned[i];
        multiply(count, units * nodes, n, predictor->turned, predictor->shrinkage, shrunk);
        covariance_matrix_diagonal(&predictor->work, &queries, diagonal);
        finish_variances(model, count, diagonal, shrunk, variances);
    }
    covariance_points_close(&queries);
    free(diagonal);
    free(shrunk);
    return 0;
}

/* From V k(X, x) in the rows of turned and K(x, x) in covariance. */
static void finish_joint(const struct gaussian_process_scale_predictor *predictor, size_t node, size_t count,
                         const double *scaled, double *turned, double *means, double *covariance) {
    const struct gaussian_process_model *model = predictor->model;
    size_t n = model->rows, d = model->inputs;
    double s = model->scale->nodes[node];
    multiply(count, 1, n, turned, predictor->weights + node * n, means);
    for (size_t i = 0; i < count; i++) {
        means[i] += mean_function(model, scaled + i * d, predictor->coefficients + node * model->basis_count);
        means[i] = means[i] * model->y_scale[0] + model->y_shift[0];
        for (size_t k = 0; k < n; k++)
            turned[i * n + k] *= sqrt(predictor->shrinkage[node * n + k]);
    }
    struct blas_product product = {.rows = count,
                                   .columns = count,
                                   .inner = n,
                                   .alpha = -1,
                                   .beta = s,
                                   .a = turned,
                                   .b = turned,
                                   .a_stride = n,
                                   .b_stride = n,
                                   .c_stride = count,
                                   .b_transposed = true,
                                   .c = covariance};
    blas_multiply(&product);
}

int gaussian_process_scale_prediction_joint(struct gaussian_process_scale_predictor *predictor, size_t node,
                                            size_t count, const double *x, double *means, double *covariance,
                                            struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    size_t n = model->rows;
    struct covariance_points queries = {0};
    double *scaled = memory_matrix(error, count, model->inputs, sizeof *scaled);
    double *kernel = memory_matrix(error, count, n, sizeof *kernel);
    double *turned = memory_matrix(error, count, n, sizeof *turned);
    int status = scaled == NULL || kernel == NULL || turned == NULL ? -1 : 0;
    if (status == 0)
        gaussian_process_model_scale_inputs(model, count, x, scaled);
    if (status == 0 && (blas_load_for(count > n ? count : n, error) < 0 ||
                        covariance_points_open(&queries, count, model->inputs, scaled, error) < 0))
        status = -1;
    if (status == 0) {
        covariance_matrix_square(&predictor->work, &queries, true, covariance);
        covariance_matrix_cross(&predictor->work, &queries, &predictor->points, kernel);
        multiply(count, n, n, kernel, predictor->spectrum.vectors, turned);
        finish_joint(predictor, node, count, scaled, turned, means, covariance);
    }
    covariance_points_close(&queries);
    free(scaled);
    free(kernel);
    free(turned);
    return status;
}
