#include "process/gaussian_process_scales.h"

#include <math.h>
#include <string.h>

#include "process/gaussian_process_fit.h"

enum { ROWS_LEAST = 3000, DIVISIONS = 5, DIVISOR = 8 };

/* Divides the open lengthscales. Returns how many there are. */
static size_t divide(struct covariance *covariance, double divisor) {
    size_t count = 0;
    for (size_t p = 0; p < covariance->parameter_count; p++) {
        struct covariance_parameter *parameter = &covariance->parameters[p];
        if (parameter->given || parameter->fixed || strcmp(parameter->key, "lengthscale") != 0)
            continue;
        parameter->value /= divisor;
        count++;
    }
    return count;
}

int gaussian_process_scales_start(const struct gaussian_process_task *task, const struct row_format *format,
                                  struct error *error) {
    (void)format;
    struct covariance *covariance = task->model->covariance;
    double best = -INFINITY, kept = 1, divisor = 1;
    if (!task->settings->optimize || task->data->rows < ROWS_LEAST || divide(covariance, 1) == 0)
        return 0;
    for (size_t i = 0; i < DIVISIONS; i++, divisor *= DIVISOR) {
        double value = NAN;
        divide(covariance, divisor);
        int status = gaussian_process_fit_evaluate(task, &value, NULL, error);
        divide(covariance, 1 / divisor); /* a power of two: exactly what it was */
        if (status < 0 && value != -INFINITY)
            return -1;
        if (status == 0 && value > best) {
            best = value;
            kept = divisor;
        }
    }
    divide(covariance, kept);
    *error = (struct error){0};
    return 0;
}
