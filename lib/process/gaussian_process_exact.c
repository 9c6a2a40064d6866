#include "process/gaussian_process_exact.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "process/gaussian_process_evidence.h"

struct exact {
    struct gaussian_process_task task;
    struct gaussian_process_evidence evidence;
};

static void close_exact(void *work) {
    struct exact *exact = work;
    gaussian_process_evidence_close(&exact->evidence);
    free(exact);
}

static void *open_exact(const struct gaussian_process_task *task, struct error *error) {
    struct exact *exact = memory_zeros(error, 1, sizeof *exact);
    if (exact == NULL)
        return NULL;
    exact->task = *task;
    if (gaussian_process_evidence_open(&exact->evidence, task->data, task->settings->mean,
                                       task->model->covariance, task->settings->threads, error) < 0) {
        free(exact);
        return NULL;
    }
    exact->evidence.jitter = task->settings->jitter;
    return exact;
}

static int evaluate(void *work, double *value, double *gradient, struct error *error) {
    struct exact *exact = work;
    return gaussian_process_evidence_evaluate(&exact->evidence, exact->task.settings->objective,
                                              exact->task.model->noise, value, gradient, error);
}

static double *copy_of(const double *values, size_t rows, size_t columns, struct error *error) {
    double *copy = memory_matrix(error, rows, columns, sizeof *copy);
    if (copy != NULL)
        memcpy(copy, values, rows * columns * sizeof *copy);
    return copy;
}

static void forget_conditions(struct gaussian_process_model *model) {
    double **const arrays[] = {&model->coefficients, &model->x,      &model->y,
                               &model->noise_rows,   &model->factor, &model->alpha};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(*arrays[i]);
        *arrays[i] = NULL;
    }
}

int gaussian_process_exact_fill(struct gaussian_process_model *model,
                                struct gaussian_process_evidence *evidence, bool last, struct error *error) {
    const struct gaussian_process_data *data = evidence->data;
    size_t n = data->rows, q = data->outputs;
    forget_conditions(model);
    model->rows = n;
    model->basis_count = evidence->basis_count;
    model->x = copy_of(data->x, n, data->inputs, error);
    model->y = copy_of(data->y, n, q, error);
    model->coefficients = copy_of(evidence->coefficients, evidence->basis_count, q, error);
    model->alpha = memory_matrix(error, n, q, sizeof(double));
    if (data->noise != NULL)
        model->noise_rows = copy_of(data->noise, n, 1, error);
    model->factor = last ? evidence->matrix : copy_of(evidence->matrix, n, n, error);
    if (last)
        evidence->matrix = NULL;
    if (model->x == NULL || model->y == NULL || model->coefficients == NULL || model->alpha == NULL ||
        model->factor == NULL || (data->noise != NULL && model->noise_rows == NULL))
        return -1;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < q; c++)
            model->alpha[i * q + c] = evidence->weights[c * n + i];
        memset(model->factor + i * n + i + 1, 0, (n - i - 1) * sizeof(double));
    }
    return 0;
}

static int fill(void *work, bool last, struct error *error) {
    struct exact *exact = work;
    double *likelihood = &exact->task.model->log_marginal_likelihood;
    if (gaussian_process_evidence_evaluate(&exact->evidence, GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD,
                                           exact->task.model->noise, likelihood, NULL, error) < 0)
        return -1;
    return isfinite(*likelihood)
               ? gaussian_process_exact_fill(exact->task.model, &exact->evidence, last, error)
               : 0;
}

static double jitter(const void *work) {
    const struct exact *exact = work;
    return exact->evidence.jitter_added;
}

const struct gaussian_process_kind gaussian_process_exact_kind = {
    .open = open_exact,
    .close = close_exact,
    .evaluate = evaluate,
    .fill = fill,
    .jitter = jitter,
};
