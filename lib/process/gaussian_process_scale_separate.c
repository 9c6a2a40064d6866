#include "process/gaussian_process_scale_separate.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"

static int check_noise(const struct gaussian_process_task *task, struct error *error) {
    const struct gaussian_process_data *data = task->data;
    for (size_t i = 0; i < data->rows; i++)
        if (!(task->model->noise + (data->noise == NULL ? 0 : data->noise[i]) > 0))
            return error_set(error, "row %zu: --scale-noise separate needs noise > 0", i + 1);
    return 0;
}

int gaussian_process_scale_separate_open(struct gaussian_process_scale_separate *separate,
                                         const struct gaussian_process_task *task, struct error *error) {
    const struct gaussian_process_data *data = task->data;
    size_t basis = task->settings->mean == GAUSSIAN_PROCESS_MEAN_ZERO       ? 0
                   : task->settings->mean == GAUSSIAN_PROCESS_MEAN_CONSTANT ? 1
                                                                            : 1 + data->inputs;
    *separate = (struct gaussian_process_scale_separate){.task = task};
    if (check_noise(task, error) < 0 ||
        gaussian_process_spectrum_open(&separate->spectrum, data, basis, error) < 0)
        return -1;
    if (covariance_points_open(&separate->points, data->rows, data->inputs, data->x, error) == 0 &&
        covariance_work_open(&separate->work, task->model->covariance, task->settings->threads, error) == 0)
        return 0;
    gaussian_process_scale_separate_close(separate);
    return -1;
}

void gaussian_process_scale_separate_close(struct gaussian_process_scale_separate *separate) {
    gaussian_process_spectrum_close(&separate->spectrum);
    covariance_points_close(&separate->points);
    covariance_work_close(&separate->work);
    *separate = (struct gaussian_process_scale_separate){0};
}

int gaussian_process_scale_separate_update(struct gaussian_process_scale_separate *separate,
                                           struct error *error) {
    covariance_matrix_square(&separate->work, &separate->points, false, separate->spectrum.vectors);
    return gaussian_process_spectrum_decompose(&separate->spectrum, separate->task->model->noise, error);
}

/* dF/dK = V' (Z' Z - diag(shrunk)) V / 2, the rows of Z D r~ times root of weight s, one for each node and
 * output, shrunk_i the sum of weight s / (1 + s w_i) over them. */
struct parts {
    size_t n, rows;   /* rows of Z */
    double *weighted; /* rows x n: Z, then Z V */
    double *scales;   /* rows: s */
    double *shrunk;   /* n: with s */
    double *inverse;  /* n: without it, for the noise */
    double *scaled;   /* n x n: diag(shrunk)^(1/2) V */
    double *adjoint;  /* n x n: lower */
};

static void free_parts(struct parts *parts) {
    double *const arrays[] = {parts->weighted, parts->scales, parts->shrunk,
                              parts->inverse,  parts->scaled, parts->adjoint};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

static int open_parts(struct parts *parts, size_t n, size_t rows, struct error *error) {
    *parts = (struct parts){.n = n, .rows = rows};
    parts->weighted = memory_matrix(error, 2 * rows, n, sizeof(double));
    parts->scales = memory_array(error, rows, sizeof(double));
    parts->shrunk = memory_zeros(error, n, sizeof(double));
    parts->inverse = memory_zeros(error, n, sizeof(double));
    parts->scaled = memory_matrix(error, n, n, sizeof(double));
    parts->adjoint = memory_matrix(error, n, n, sizeof(double));
    return parts->weighted == NULL || parts->scales == NULL || parts->shrunk == NULL ||
                   parts->inverse == NULL || parts->scaled == NULL || parts->adjoint == NULL
               ? -1
               : 0;
}

static int fill_parts(struct parts *parts, struct gaussian_process_spectrum *spectrum, size_t first,
                      size_t count, const struct scale_posterior *posterior, struct error *error) {
    size_t n = parts->n, row = 0;
    double *coefficients = memory_array(error, spectrum->basis_count + 1, sizeof *coefficients);
    if (coefficients == NULL)
        return -1;
    double *z = parts->weighted + parts->rows * n;
    for (size_t j = 0; j < posterior->count; j++) {
        double s = posterior->nodes[j], weight = posterior->weights[j], root = sqrt(weight * s);
        for (size_t c = first; c < first + count; c++, row++) {
            gaussian_process_spectrum_solve(spectrum, c, s, z + row * n, coefficients);
            parts->scales[row] = s;
            for (size_t i = 0; i < n; i++)
                z[row * n + i] *= root;
        }
        for (size_t i = 0; i < n; i++) {
            double inverse = (double)count * weight / (1 + s * spectrum->values[i]);
            parts->inverse[i] += inverse;
            parts->shrunk[i] += inverse * s;
        }
    }
    free(coefficients);
    struct blas_product product = {.rows = parts->rows,
                                   .columns = n,
                                   .inner = n,
                                   .alpha = 1,
                                   .a = z,
                                   .b = spectrum->vectors,
                                   .a_stride = n,
                                   .b_stride = n,
                                   .c_stride = n,
                                   .c = parts->weighted};
    blas_multiply(&product);
    return 0;
}

static void write_adjoint(void *context, size_t first_row, size_t rows, size_t first_column, size_t columns,
                          double *tile) {
    const struct parts *parts = context;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            size_t a = first_row + i, b = first_column + j;
            tile[i * COVARIANCE_TILE + j] =
                0.5 * (b <= a ? parts->adjoint[a * parts->n + b] : parts->adjoint[b * parts->n + a]);
        }
}

/* sum_i dF/dN_ii */
static double noise_slope(const struct parts *parts, const double *vectors) {
    size_t n = parts->n;
    double sum = 0;
    for (size_t row = 0; row < parts->rows; row++) {
        double square = 0;
        for (size_t i = 0; i < n; i++)
            square += parts->weighted[row * n + i] * parts->weighted[row * n + i];
        sum += square / parts->scales[row];
    }
    for (size_t k = 0; k < n; k++) {
        double square = 0;
        for (size_t i = 0; i < n; i++)
            square += vectors[k * n + i] * vectors[k * n + i];
        sum -= square * parts->inverse[k];
    }
    return 0.5 * sum;
}

static int add_gradient(struct gaussian_process_scale_separate *separate, struct parts *parts,
                        double *gradient, struct error *error) {
    size_t n = parts->n, count = separate->task->model->covariance->parameter_count;
    const double *vectors = separate->spectrum.vectors;
    double *slopes = memory_array(error, count + 1, sizeof *slopes);
    if (slopes == NULL)
        return -1;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++)
            parts->scaled[k * n + i] = sqrt(parts->shrunk[k]) * vectors[k * n + i];
    blas_gram(n, n, parts->scaled, n, 0, parts->adjoint);
    blas_gram(parts->rows, n, parts->weighted, n, -1, parts->adjoint);
    int status =
        covariance_matrix_gradient(&separate->work, &separate->points, write_adjoint, parts, slopes, error);
    for (size_t p = 0; status == 0 && p < count; p++)
        gradient[p] += slopes[p];
    if (status == 0)
        gradient[count] += noise_slope(parts, vectors);
    free(slopes);
    return status;
}

int gaussian_process_scale_separate_gradient(struct gaussian_process_scale_separate *separate, size_t first,
                                             size_t count, const struct scale_posterior *posterior,
                                             double *gradient, struct error *error) {
    struct parts parts;
    int status = open_parts(&parts, separate->task->data->rows, posterior->count * count, error);
    if (status == 0)
        status = fill_parts(&parts, &separate->spectrum, first, count, posterior, error);
    if (status == 0)
        status = add_gradient(separate, &parts, gradient, error);
    free_parts(&parts);
    return status;
}

static double *copy_of(const double *values, size_t rows, size_t columns, struct error *error) {
    double *copy = memory_matrix(error, rows, columns, sizeof *copy);
    if (copy != NULL)
        memcpy(copy, values, rows * columns * sizeof *copy);
    return copy;
}

/* E[b_s | Y] */
static int fill_coefficients(struct gaussian_process_scale_separate *separate, struct error *error) {
    struct gaussian_process_model *model = separate->task->model;
    const struct gaussian_process_scale *scale = model->scale;
    size_t h = separate->spectrum.basis_count, q = model->outputs;
    double *weights = memory_array(error, separate->task->data->rows, sizeof *weights);
    double *b = memory_array(error, h + 1, sizeof *b);
    model->coefficients = memory_zeros(error, h * q, sizeof *model->coefficients);
    int status = weights == NULL || b == NULL || model->coefficients == NULL ? -1 : 0;
    for (size_t c = 0; status == 0 && h > 0 && c < q; c++)
        for (size_t j = 0; j < scale->count; j++) {
            size_t at = gaussian_process_scale_unit(scale, c) * scale->count + j;
            gaussian_process_spectrum_solve(&separate->spectrum, c, scale->nodes[at], weights, b);
            for (size_t a = 0; a < h; a++)
                model->coefficients[a * q + c] += scale->weights[at] * b[a];
        }
    free(weights);
    free(b);
    return status;
}

int gaussian_process_scale_separate_fill(struct gaussian_process_scale_separate *separate,
                                         struct error *error) {
    struct gaussian_process_model *model = separate->task->model;
    const struct gaussian_process_data *data = separate->task->data;
    size_t n = data->rows;
    double **const arrays[] = {
        &model->coefficients,  &model->x, &model->y, &model->noise_rows, &model->scale->values,
        &model->scale->vectors};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(*arrays[i]);
        *arrays[i] = NULL;
    }
    model->rows = n;
    model->basis_count = separate->spectrum.basis_count;
    model->x = copy_of(data->x, n, data->inputs, error);
    model->y = copy_of(data->y, n, data->outputs, error);
    model->scale->values = copy_of(separate->spectrum.values, n, 1, error);
    model->scale->vectors = copy_of(separate->spectrum.vectors, n, n, error);
    if (data->noise != NULL)
        model->noise_rows = copy_of(data->noise, n, 1, error);
    if (model->x == NULL || model->y == NULL || model->scale->values == NULL ||
        model->scale->vectors == NULL || (data->noise != NULL && model->noise_rows == NULL))
        return -1;
    return fill_coefficients(separate, error);
}
