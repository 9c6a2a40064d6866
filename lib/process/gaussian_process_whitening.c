#include "process/gaussian_process_whitening.h"

#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/cholesky.h"

size_t gaussian_process_whitening_basis(enum gaussian_process_mean mean, size_t inputs) {
    return mean == GAUSSIAN_PROCESS_MEAN_ZERO ? 0 : mean == GAUSSIAN_PROCESS_MEAN_CONSTANT ? 1 : 1 + inputs;
}

static double mean_of(size_t count, const double *values, size_t stride) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i * stride] / (double)count;
    return sum;
}

static void fill(struct gaussian_process_whitening *whitening, const struct gaussian_process_data *data,
                 const size_t *order) {
    size_t n = data->rows, d = data->inputs, q = data->outputs, h = whitening->basis_count;
    for (size_t c = 0; c < d; c++)
        whitening->centres[c] = mean_of(n, data->x + c, d);
    for (size_t c = 0; c < q; c++)
        whitening->centres[d + c] = h == 0 ? 0 : mean_of(n, data->y + c, q);
    for (size_t i = 0; i < n; i++) {
        const double *x = data->x + order[i] * d, *y = data->y + order[i] * q;
        double *row = whitening->design + i * (h + q);
        for (size_t b = 0; b < h; b++)
            row[b] = b == 0 ? 1 : x[b - 1] - whitening->centres[b - 1];
        for (size_t c = 0; c < q; c++)
            row[h + c] = y[c] - whitening->centres[d + c];
    }
}

int gaussian_process_whitening_open(struct gaussian_process_whitening *whitening,
                                    const struct gaussian_process_data *data, enum gaussian_process_mean mean,
                                    const size_t *order, struct error *error) {
    size_t h = gaussian_process_whitening_basis(mean, data->inputs), q = data->outputs;
    *whitening = (struct gaussian_process_whitening){data->inputs, q, h, NULL, NULL, NULL, NULL};
    whitening->design = memory_matrix(error, data->rows, h + q, sizeof(double));
    whitening->centres = memory_array(error, data->inputs + q, sizeof(double));
    whitening->coefficients = memory_matrix(error, h + 1, q, sizeof(double));
    whitening->gram = memory_matrix(error, h + 1, h, sizeof(double));
    if (whitening->design == NULL || whitening->centres == NULL || whitening->coefficients == NULL ||
        whitening->gram == NULL || blas_load_for(h, error) < 0) {
        gaussian_process_whitening_close(whitening);
        return -1;
    }
    fill(whitening, data, order);
    return 0;
}

void gaussian_process_whitening_close(struct gaussian_process_whitening *whitening) {
    free(whitening->design);
    free(whitening->centres);
    free(whitening->coefficients);
    free(whitening->gram);
    *whitening = (struct gaussian_process_whitening){0};
}

/* Solves for each output. Returns what is left of the squares. */
static double solve_outputs(struct gaussian_process_whitening *whitening, const double *products,
                            const double *gram, double *projected) {
    size_t h = whitening->basis_count, q = whitening->outputs;
    double squares = 0;
    for (size_t c = 0; c < q; c++) {
        const double *row = products + (h + c) * (h + q);
        double explained = 0;
        memcpy(projected, row, h * sizeof *projected);
        if (h > 0)
            cholesky_solve(h, gram, 1, projected);
        for (size_t b = 0; b < h; b++) {
            whitening->coefficients[b * q + c] = projected[b];
            explained += projected[b] * row[b];
        }
        squares += row[h + c] - explained;
    }
    return squares;
}

int gaussian_process_whitening_solve(struct gaussian_process_whitening *whitening, const double *products,
                                     double *squares, struct error *error) {
    size_t h = whitening->basis_count, width = h + whitening->outputs;
    double *gram = whitening->gram, *diagonal = memory_matrix(error, 2, h + 1, sizeof *diagonal);
    if (diagonal == NULL)
        return -1;
    double *projected = diagonal + h;
    for (size_t a = 0; a < h; a++) {
        memcpy(gram + a * h, products + a * width, (a + 1) * sizeof *gram);
        diagonal[a] = gram[a * h + a];
    }
    size_t dependent = h == 0 ? 0 : cholesky_factor(h, gram);
    if (h > 0 && dependent == 0)
        dependent = cholesky_dependent_column(h, diagonal, gram);
    if (dependent == 0)
        *squares = solve_outputs(whitening, products, gram, projected);
    free(diagonal);
    if (dependent > 1)
        return error_set(error, "input column %zu: the linear mean is not determined", dependent - 1);
    return dependent == 0 ? 0 : error_set(error, "the mean is not determined");
}

double gaussian_process_whitening_residual(const struct gaussian_process_whitening *whitening, size_t row,
                                           size_t output) {
    size_t h = whitening->basis_count, q = whitening->outputs;
    const double *design = whitening->design + row * (h + q);
    double residual = design[h + output];
    for (size_t b = 0; b < h; b++)
        residual -= design[b] * whitening->coefficients[b * q + output];
    return residual;
}

void gaussian_process_whitening_coefficients(const struct gaussian_process_whitening *whitening,
                                             double *coefficients) {
    size_t h = whitening->basis_count, q = whitening->outputs, d = whitening->inputs;
    memcpy(coefficients, whitening->coefficients, h * q * sizeof *coefficients);
    for (size_t c = 0; h > 0 && c < q; c++) {
        coefficients[c] += whitening->centres[d + c];
        for (size_t b = 1; b < h; b++)
            coefficients[c] -= whitening->centres[b - 1] * coefficients[b * q + c];
    }
}

void gaussian_process_whitening_shift(size_t h, const double *centres, const double *gram, double *factor) {
    for (size_t a = 0; a < h; a++)
        for (size_t b = 0; b < h; b++) {
            double moved = a > 0 && b == 0 ? centres[a - 1] * gram[0] : 0;
            factor[a * h + b] = moved + (b <= a ? gram[a * h + b] : 0);
        }
}

void gaussian_process_whitening_factor(const struct gaussian_process_whitening *whitening, double *factor) {
    gaussian_process_whitening_shift(whitening->basis_count, whitening->centres, whitening->gram, factor);
}
