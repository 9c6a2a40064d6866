#include "process/gaussian_process_kalman_fit.h"

#include <math.h>

#include "base/memory.h"
#include "process/gaussian_process_kalman.h"
#include "process/gaussian_process_rows.h"
#include "process/gaussian_process_scales.h"

struct fit {
    struct gaussian_process_task task;
    struct gaussian_process_kalman kalman;
};

static void close_fit(void *work) {
    struct fit *fit = work;
    gaussian_process_kalman_close(&fit->kalman);
    free(fit);
}

static void *open_fit(const struct gaussian_process_task *task, struct error *error) {
    const struct gaussian_process_fit_settings *settings = task->settings;
    struct fit *fit = memory_zeros(error, 1, sizeof *fit);
    if (fit == NULL)
        return NULL;
    fit->task = *task;
    if (gaussian_process_kalman_open(&fit->kalman, task->data, settings->mean, task->model->covariance,
                                     error) < 0) {
        free(fit);
        return NULL;
    }
    fit->kalman.jitter = settings->jitter;
    return fit;
}

static int evaluate(void *work, double *value, double *gradient, struct error *error) {
    struct fit *fit = work;
    return gaussian_process_kalman_evaluate(&fit->kalman, fit->task.model->noise, value, gradient, error);
}

static int fill(void *work, bool last, struct error *error) {
    (void)last;
    struct fit *fit = work;
    struct gaussian_process_model *model = fit->task.model;
    double *likelihood = &model->log_marginal_likelihood;
    if (gaussian_process_kalman_evaluate(&fit->kalman, model->noise, likelihood, NULL, error) < 0)
        return -1;
    if (!isfinite(*likelihood))
        return 0;
    model->kalman = true;
    model->jitter = fit->kalman.jitter_added;
    return gaussian_process_rows_fill(model, fit->task.data, fit->kalman.order, &fit->kalman.whitening,
                                      error);
}

static double jitter(const void *work) {
    const struct fit *fit = work;
    return fit->kalman.jitter_added;
}

static void report_method(const struct gaussian_process_model *model, struct report *report) {
    (void)model;
    report_text(report, "method", "kalman");
}

const struct gaussian_process_kind gaussian_process_kalman_fit_kind = {
    .start = gaussian_process_scales_start,
    .open = open_fit,
    .close = close_fit,
    .evaluate = evaluate,
    .fill = fill,
    .jitter = jitter,
    .report = report_method,
};
