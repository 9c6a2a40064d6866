#include "process/gaussian_process_rows.h"

#include <string.h>

#include "base/memory.h"

static void forget_rows(struct gaussian_process_model *model) {
    double **const arrays[] = {&model->coefficients, &model->x,     &model->y,
                               &model->noise_rows,   &model->order, &model->mean_factor};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(*arrays[i]);
        *arrays[i] = NULL;
    }
}

static double *arranged(size_t rows, size_t columns, const double *values, const size_t *order,
                        struct error *error) {
    double *copy = memory_matrix(error, rows, columns, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < rows; i++)
        memcpy(copy + i * columns, values + order[i] * columns, columns * sizeof *copy);
    return copy;
}

int gaussian_process_rows_fill(struct gaussian_process_model *model, const struct gaussian_process_data *data,
                               const size_t *order, const struct gaussian_process_whitening *whitening,
                               struct error *error) {
    size_t n = data->rows, q = data->outputs, h = whitening->basis_count;
    forget_rows(model);
    model->rows = n;
    model->basis_count = h;
    model->x = arranged(n, data->inputs, data->x, order, error);
    model->y = arranged(n, q, data->y, order, error);
    model->order = memory_array(error, n, sizeof(double));
    model->coefficients = memory_matrix(error, h, q, sizeof(double));
    model->mean_factor = h == 0 ? NULL : memory_matrix(error, h, h, sizeof(double));
    if (data->noise != NULL)
        model->noise_rows = arranged(n, 1, data->noise, order, error);
    if (model->x == NULL || model->y == NULL || model->order == NULL || model->coefficients == NULL ||
        (data->noise != NULL && model->noise_rows == NULL) || (h > 0 && model->mean_factor == NULL))
        return -1;
    for (size_t i = 0; i < n; i++)
        model->order[i] = (double)order[i];
    if (h > 0)
        gaussian_process_whitening_factor(whitening, model->mean_factor);
    gaussian_process_whitening_coefficients(whitening, model->coefficients);
    return 0;
}

double *gaussian_process_rows_residuals(const struct gaussian_process_model *model, struct error *error) {
    size_t n = model->rows, d = model->inputs, q = model->outputs;
    double *residuals = memory_matrix(error, n, q, sizeof *residuals);
    for (size_t i = 0; residuals != NULL && i < n; i++)
        for (size_t c = 0; c < q; c++) {
            double residual = model->y[i * q + c];
            for (size_t b = 0; b < model->basis_count; b++)
                residual -= (b == 0 ? 1 : model->x[i * d + b - 1]) * model->coefficients[b * q + c];
            residuals[i * q + c] = residual;
        }
    return residuals;
}

int gaussian_process_rows_refuse(const struct gaussian_process_model *model, const char *option,
                                 struct error *error) {
    if (model->neighbours == 0 && !model->kalman)
        return 0;
    return error_set(error, "%s needs a model with a factor, this one is by %s", option,
                     model->kalman ? "a Kalman filter (gpfit --method exact)" : "Vecchia's approximation");
}
