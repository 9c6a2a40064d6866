#include "process/gaussian_process_sparse_fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/matrix.h"
#include "process/gaussian_process_sparse.h"
#include "process/gaussian_process_whitening.h"
#include "process/value_range.h"

enum { SAMPLE_MAX = 1000, STEPS_APART = 10 };

/* Of the process at two inducing inputs that may be one: a distance of some hundredths of a lengthscale. */
static const double near_correlation = 1 - 1e-3;

static int take_inducing(const struct gaussian_process_task *task, const struct matrix *rows,
                         struct error *error) {
    struct gaussian_process_model *model = task->model;
    const struct gaussian_process_inducing_settings *inducing = &task->settings->inducing;
    size_t d = task->data->inputs;
    if (rows->columns != d)
        return error_set(error, "%s: expected %zu columns of inputs, got %zu", inducing->file, d,
                         rows->columns);
    if (inducing->count > 0 && inducing->count != rows->rows)
        return error_set(error, "%s: expected %zu rows (--inducing), got %zu", inducing->file,
                         inducing->count, rows->rows);
    model->z = memory_matrix(error, rows->rows, d, sizeof *model->z);
    model->inducing = rows->rows;
    for (size_t i = 0; model->z != NULL && i < rows->rows * d; i++) {
        model->z[i] = (rows->values[i] - model->x_shift[i % d]) / model->x_scale[i % d];
        if (value_range_check(rows->values[i], i / d + 1, i % d + 1, error) < 0)
            return error_prefix(error, "%s", inducing->file);
    }
    return model->z == NULL ? -1 : 0;
}

static int read_inducing(const struct gaussian_process_task *task, const struct row_format *format,
                         struct error *error) {
    struct matrix rows = {0};
    struct row_format plain = *format; /* what is chosen of DATA says nothing of this file */
    plain.columns = plain.exclude = NULL;
    plain.shard = plain.shards = 0;
    if (matrix_read(&rows, task->settings->inducing.file, &plain, error) < 0)
        return -1;
    int status = take_inducing(task, &rows, error);
    matrix_free(&rows);
    return status;
}

/* The rows must have noise to be summed; only fitc brings some of its own. */
static int check_noise(const struct gaussian_process_task *task, struct error *error) {
    const struct gaussian_process_data *data = task->data;
    const struct gaussian_process_fit_settings *settings = task->settings;
    bool none = settings->noise == 0 || (isnan(settings->noise) && data->noise != NULL);
    for (size_t i = 0; none && settings->inducing.method != GAUSSIAN_PROCESS_SPARSE_FITC && i < data->rows;
         i++)
        if (data->noise == NULL || data->noise[i] == 0)
            return error_set(error, "row %zu: a sparse fit by %s needs noise > 0", i + 1,
                             gaussian_process_sparse_rows_methods[settings->inducing.method]);
    return 0;
}

int gaussian_process_sparse_fit_place(const struct gaussian_process_task *task,
                                      const struct row_format *format, struct error *error) {
    struct gaussian_process_model *model = task->model;
    const struct gaussian_process_inducing_settings *inducing = &task->settings->inducing;
    if (inducing->file != NULL)
        return read_inducing(task, format, error);
    if (inducing->count > task->data->rows)
        return error_set(error, "--inducing %zu exceeds the %zu rows", inducing->count, task->data->rows);
    if (model->z != NULL && model->inducing == inducing->count)
        return 0; /* those of --init */
    free(model->z);
    model->inducing = inducing->count;
    model->z = memory_matrix(error, inducing->count, task->data->inputs, sizeof *model->z);
    if (model->z == NULL)
        return -1;
    return gaussian_process_inducing_choose(task->data, inducing->start, inducing->count,
                                            task->settings->seed, task->settings->threads, model->z, error);
}

static int start(const struct gaussian_process_task *task, const struct row_format *format,
                 struct error *error) {
    const char *method = gaussian_process_sparse_rows_methods[task->settings->inducing.method];
    if (check_noise(task, error) < 0)
        return -1;
    task->model->method = memory_text(error, method, strlen(method));
    return task->model->method == NULL ? -1 : gaussian_process_sparse_fit_place(task, format, error);
}

struct sparse_fit {
    struct gaussian_process_task task;
    struct gaussian_process_sparse sparse;
    size_t wait;          /* steps until inducing inputs are looked at again */
    size_t first, second; /* the two that have met; equal: none */
};

static void close_fit(void *work) {
    struct sparse_fit *fit = work;
    gaussian_process_sparse_close(&fit->sparse);
    free(fit);
}

static void *open_fit(const struct gaussian_process_task *task, struct error *error) {
    const struct gaussian_process_fit_settings *settings = task->settings;
    const struct gaussian_process_sparse_setting setting = {
        .method = settings->inducing.method,
        .mean = settings->mean,
        .inducing = task->model->inducing,
        .z = task->model->z,
        .fixed = settings->inducing.fixed,
        .smooth = settings->optimize,
        .threads = settings->threads,
    };
    struct sparse_fit *fit = memory_zeros(error, 1, sizeof *fit);
    if (fit == NULL)
        return NULL;
    fit->task = *task;
    if (gaussian_process_sparse_open(&fit->sparse, task->data, task->model->covariance, &setting, error) <
        0) {
        free(fit);
        return NULL;
    }
    fit->sparse.jitter = settings->jitter;
    return fit;
}

static int evaluate(void *work, double *value, double *gradient, struct error *error) {
    struct sparse_fit *fit = work;
    return gaussian_process_sparse_evaluate(&fit->sparse, fit->task.model->noise, value, gradient, error);
}

static double *copy_of(const double *values, size_t count, struct error *error) {
    double *copy = memory_array(error, count, sizeof *copy);
    if (copy != NULL)
        memcpy(copy, values, count * sizeof *copy);
    return copy;
}

static void forget_arrays(struct gaussian_process_model *model) {
    double **const arrays[] = {&model->coefficients, &model->factor_uu, &model->factor_b, &model->c,
                               &model->mean_factor,  &model->mean_c};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(*arrays[i]);
        *arrays[i] = NULL;
    }
}

/* What universal predictions take, for a basis of inputs as they are. */
static int fill_basis(const struct gaussian_process_sparse *sparse, struct gaussian_process_model *model,
                      struct error *error) {
    size_t m = model->inducing, h = sparse->basis_count;
    if (h == 0)
        return 0;
    model->mean_factor = memory_matrix(error, h, h, sizeof(double));
    model->mean_c = memory_matrix(error, m, h, sizeof(double));
    if (model->mean_factor == NULL || model->mean_c == NULL)
        return -1;
    gaussian_process_whitening_shift(h, sparse->centres, sparse->basis_factor, model->mean_factor);
    for (size_t i = 0; i < m; i++)
        for (size_t b = 0; b < h; b++)
            model->mean_c[i * h + b] =
                sparse->solved[b * m + i] + (b == 0 ? 0 : sparse->centres[b - 1] * sparse->solved[i]);
    return 0;
}

static int fill_model(struct sparse_fit *fit, struct error *error) {
    struct gaussian_process_model *model = fit->task.model;
    const struct gaussian_process_sparse *sparse = &fit->sparse;
    size_t m = model->inducing, q = fit->task.data->outputs;
    forget_arrays(model);
    model->basis_count = sparse->basis_count;
    model->coefficients = copy_of(sparse->coefficients, sparse->basis_count * q, error);
    model->factor_uu = copy_of(sparse->factor_uu, m * m, error);
    model->factor_b = copy_of(sparse->factor_b, m * m, error);
    model->c = memory_matrix(error, m, q, sizeof *model->c);
    if (model->coefficients == NULL || model->factor_uu == NULL || model->factor_b == NULL ||
        model->c == NULL)
        return -1;
    for (size_t i = 0; i < m; i++)
        for (size_t c = 0; c < q; c++)
            model->c[i * q + c] = sparse->c[c * m + i];
    return fill_basis(sparse, model, error);
}

static int fill(void *work, bool last, struct error *error) {
    struct sparse_fit *fit = work;
    double *likelihood = &fit->task.model->log_marginal_likelihood;
    (void)last;
    if (evaluate(work, likelihood, NULL, error) < 0)
        return -1;
    return isfinite(*likelihood) ? fill_model(fit, error) : 0;
}

static double jitter(const void *work) {
    const struct sparse_fit *fit = work;
    return fit->sparse.jitter_added;
}

static bool jitter_is_usual(const void *work) {
    const struct sparse_fit *fit = work;
    return fit->sparse.smooth && fit->sparse.jitter_is_least;
}

static size_t further(const struct gaussian_process_task *task) {
    return task->settings->inducing.fixed ? 0 : task->model->inducing * task->data->inputs;
}

/* The closest two inducing inputs by the correlation of the process there, which is written. Returns 0 or -1.
 */
static int find_closest(struct sparse_fit *fit, size_t *first, size_t *second, double *most,
                        struct error *error) {
    struct gaussian_process_sparse *sparse = &fit->sparse;
    size_t m = sparse->inducing;
    double *k = memory_matrix(error, m, m, sizeof *k);
    struct covariance_points points = {0};
    *most = 0;
    if (k == NULL || covariance_points_open(&points, m, sparse->data->inputs, sparse->z, error) < 0) {
        free(k);
        return -1;
    }
    covariance_matrix_square(&sparse->work, &points, false, k);
    for (size_t i = 1; i < m; i++)
        for (size_t j = 0; j < i; j++) {
            double correlation = k[i * m + j] / sqrt(k[i * m + i] * k[j * m + j]);
            if (correlation > *most) {
                *most = correlation;
                *first = j;
                *second = i;
            }
        }
    covariance_points_close(&points);
    free(k);
    return 0;
}

/* The objective with two inducing inputs in the middle between them. */
static int evaluate_as_one(struct sparse_fit *fit, size_t first, size_t second, double *value,
                           struct error *error) {
    size_t d = fit->task.data->inputs;
    double *a = fit->task.model->z + first * d, *b = fit->task.model->z + second * d;
    double *kept = memory_matrix(error, 2, d, sizeof *kept);
    if (kept == NULL)
        return -1;
    memcpy(kept, a, d * sizeof *kept);
    memcpy(kept + d, b, d * sizeof *kept);
    for (size_t c = 0; c < d; c++)
        a[c] = b[c] = 0.5 * (a[c] + b[c]);
    int status = evaluate(fit, value, NULL, error);
    memcpy(a, kept, d * sizeof *kept);
    memcpy(b, kept + d, d * sizeof *kept);
    free(kept);
    return status;
}

/* Whether two inducing inputs would do better as one. What they tell apart is then a matter of the jitter,
 * the objective bends sharply there, and the search would crawl; vfe never loses by a further one. */
static int met(void *work, struct error *error) {
    struct sparse_fit *fit = work;
    const struct gaussian_process_inducing_settings *inducing = &fit->task.settings->inducing;
    double most, before, after;
    size_t first = 0, second = 0;
    if (inducing->method == GAUSSIAN_PROCESS_SPARSE_VFE || inducing->fixed)
        return 0;
    if (fit->wait > 0) {
        fit->wait--;
        return 0;
    }
    if (find_closest(fit, &first, &second, &most, error) < 0)
        return -1;
    if (most < near_correlation)
        return 0;
    if (evaluate(work, &before, NULL, error) < 0 || evaluate_as_one(fit, first, second, &after, error) < 0)
        return -1;
    if (!(after >= before)) {
        fit->wait = STEPS_APART;
        return 0;
    }
    fit->first = first;
    fit->second = second;
    return 1;
}

static int join(void *work, struct error *error) {
    struct sparse_fit *fit = work;
    struct gaussian_process_model *model = fit->task.model;
    size_t d = fit->task.data->inputs;
    if (fit->first == fit->second) {
        fit->wait = 0;
        int status = met(work, error);
        if (status <= 0)
            return status;
    }
    double *a = model->z + fit->first * d, *b = model->z + fit->second * d;
    for (size_t c = 0; c < d; c++)
        a[c] = 0.5 * (a[c] + b[c]);
    model->inducing--;
    memmove(b, b + d, (model->inducing - fit->second) * d * sizeof *b);
    return 1;
}

/* The deviation of a column of inputs, by at most SAMPLE_MAX evenly spaced rows; 0 where it is constant. */
static double deviation_of(const struct gaussian_process_data *data, size_t column) {
    size_t step = (data->rows + SAMPLE_MAX - 1) / SAMPLE_MAX, count = (data->rows + step - 1) / step;
    double mean = 0, square = 0;
    for (size_t i = 0; i < data->rows; i += step)
        mean += data->x[i * data->inputs + column] / (double)count;
    for (size_t i = 0; i < data->rows; i += step) {
        double deviation = data->x[i * data->inputs + column] - mean;
        square += deviation * deviation / (double)count;
    }
    return isfinite(square) ? sqrt(square) : 0;
}

void gaussian_process_sparse_fit_describe(const struct gaussian_process_task *task, size_t index,
                                          struct gaussian_process_variable *variable,
                                          char name[COVARIANCE_NAME_SIZE]) {
    size_t d = task->data->inputs;
    variable->value = &task->model->z[index];
    variable->scale = deviation_of(task->data, index % d);
    snprintf(name, COVARIANCE_NAME_SIZE, "inducing_%zu_%zu", index / d + 1, index % d + 1);
    variable->name = name;
}

static void report_own(const struct gaussian_process_model *model, struct report *report) {
    report_text(report, "method", model->method);
    report_number(report, "inducing", (double)model->inducing);
}

const struct gaussian_process_kind gaussian_process_sparse_fit_kind = {
    .start = start,
    .open = open_fit,
    .close = close_fit,
    .evaluate = evaluate,
    .fill = fill,
    .jitter = jitter,
    .jitter_is_usual = jitter_is_usual,
    .further = further,
    .describe = gaussian_process_sparse_fit_describe,
    .met = met,
    .join = join,
    .report = report_own,
};
