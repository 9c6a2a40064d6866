#include "process/gaussian_process_spectrum.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/cholesky.h"
#include "num/symmetric_eigenvectors.h"

static void fill_centres(struct gaussian_process_spectrum *spectrum) {
    const struct gaussian_process_data *data = spectrum->data;
    for (size_t c = 0; c < data->inputs; c++) {
        double sum = 0;
        for (size_t i = 0; i < data->rows; i++)
            sum += data->x[i * data->inputs + c];
        spectrum->centres[c] = sum / (double)data->rows;
    }
}

static double basis_at(const struct gaussian_process_spectrum *spectrum, size_t b, size_t row) {
    const struct gaussian_process_data *data = spectrum->data;
    return b == 0 ? 1 : data->x[row * data->inputs + b - 1] - spectrum->centres[b - 1];
}

/* G = B diag(weights) B' for the rows of a basis of h x n; weights NULL: 1. */
static void fill_gram(size_t n, size_t h, const double *basis, const double *weights, double *gram) {
    for (size_t a = 0; a < h; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += basis[a * n + i] * basis[b * n + i] * (weights == NULL ? 1 : weights[i]);
            gram[a * h + b] = gram[b * h + a] = sum;
        }
}

/* That no column of the basis follows from the others. */
static int check_basis(struct gaussian_process_spectrum *spectrum, struct error *error) {
    size_t n = spectrum->data->rows, h = spectrum->basis_count;
    double *gram = spectrum->room, *diagonal = spectrum->room + h * h;
    for (size_t b = 0; b < h; b++)
        for (size_t i = 0; i < n; i++)
            spectrum->basis[b * n + i] = basis_at(spectrum, b, i);
    fill_gram(n, h, spectrum->basis, NULL, gram);
    for (size_t b = 0; b < h; b++)
        diagonal[b] = gram[b * h + b];
    size_t dependent = cholesky_factor(h, gram);
    if (dependent == 0)
        dependent = cholesky_dependent_column(h, diagonal, gram);
    return dependent <= 1
               ? 0
               : error_set(error, "input column %zu: the linear mean is not determined", dependent - 1);
}

int gaussian_process_spectrum_open(struct gaussian_process_spectrum *spectrum,
                                   const struct gaussian_process_data *data, size_t basis_count,
                                   struct error *error) {
    size_t n = data->rows, h = basis_count;
    *spectrum = (struct gaussian_process_spectrum){.data = data, .basis_count = h};
    spectrum->values = memory_array(error, n, sizeof(double));
    spectrum->vectors = memory_matrix(error, n, n, sizeof(double));
    spectrum->targets = memory_matrix(error, data->outputs, n, sizeof(double));
    spectrum->basis = memory_matrix(error, h + 1, n, sizeof(double));
    spectrum->centres = memory_array(error, data->inputs, sizeof(double));
    spectrum->noise = memory_array(error, n, sizeof(double));
    spectrum->room = memory_array(error, (h + 2) * (h + 2) + 2 * n, sizeof(double));
    int status = -1;
    if (spectrum->values != NULL && spectrum->vectors != NULL && spectrum->targets != NULL &&
        spectrum->basis != NULL && spectrum->centres != NULL && spectrum->noise != NULL &&
        spectrum->room != NULL && blas_load_for(n > h ? n : h, error) == 0) {
        fill_centres(spectrum);
        status = h == 0 ? 0 : check_basis(spectrum, error);
    }
    if (status < 0)
        gaussian_process_spectrum_close(spectrum);
    return status;
}

void gaussian_process_spectrum_close(struct gaussian_process_spectrum *spectrum) {
    double *const arrays[] = {spectrum->values,  spectrum->vectors, spectrum->targets, spectrum->basis,
                              spectrum->centres, spectrum->noise,   spectrum->room};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    *spectrum = (struct gaussian_process_spectrum){0};
}

int gaussian_process_spectrum_decompose(struct gaussian_process_spectrum *spectrum, double noise,
                                        struct error *error) {
    const struct gaussian_process_data *data = spectrum->data;
    size_t n = data->rows;
    double *matrix = spectrum->vectors;
    spectrum->log_noise = 0;
    for (size_t i = 0; i < n; i++) {
        spectrum->noise[i] = noise + (data->noise == NULL ? 0 : data->noise[i]);
        spectrum->log_noise += log(spectrum->noise[i]);
        if (!(spectrum->noise[i] > 0))
            return 0;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            matrix[i * n + j] /= sqrt(spectrum->noise[i]) * sqrt(spectrum->noise[j]);
            if (!isfinite(matrix[i * n + j]))
                return 0;
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            matrix[i * n + j] = matrix[j * n + i];
    if (symmetric_eigenvectors(n, matrix, spectrum->values, error) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        spectrum->values[i] = fmax(spectrum->values[i], 0);
        for (size_t j = 0; j < n; j++)
            matrix[i * n + j] /= sqrt(spectrum->noise[j]);
    }
    gaussian_process_spectrum_turn(spectrum);
    return 1;
}

void gaussian_process_spectrum_turn(struct gaussian_process_spectrum *spectrum) {
    const struct gaussian_process_data *data = spectrum->data;
    size_t n = data->rows, q = data->outputs, h = spectrum->basis_count;
    for (size_t k = 0; k < n; k++) {
        const double *vector = spectrum->vectors + k * n;
        for (size_t c = 0; c < q; c++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += vector[i] * data->y[i * q + c];
            spectrum->targets[c * n + k] = sum;
        }
        for (size_t b = 0; b < h; b++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += vector[i] * basis_at(spectrum, b, i);
            spectrum->basis[b * n + k] = sum;
        }
    }
}

/* D = 1 / (1 + s W) in the room's first n; the factor of H~' D H~ behind the rest. */
static bool weigh(struct gaussian_process_spectrum *spectrum, double s) {
    size_t n = spectrum->data->rows, h = spectrum->basis_count;
    double *weights = spectrum->room, *gram = spectrum->room + 2 * n;
    for (size_t i = 0; i < n; i++)
        weights[i] = 1 / (1 + s * spectrum->values[i]);
    if (h == 0)
        return true;
    fill_gram(n, h, spectrum->basis, weights, gram);
    return cholesky_factor(h, gram) == 0;
}

/* After weigh: the centred coefficients behind the gram, r~ to residuals. Returns r~' D r~. */
static double project(struct gaussian_process_spectrum *spectrum, size_t output, double *residuals) {
    size_t n = spectrum->data->rows, h = spectrum->basis_count;
    const double *weights = spectrum->room, *targets = spectrum->targets + output * n;
    double *gram = spectrum->room + 2 * n, *b = gram + h * h, square = 0;
    memcpy(residuals, targets, n * sizeof *residuals);
    for (size_t a = 0; a < h; a++) {
        b[a] = 0;
        for (size_t i = 0; i < n; i++)
            b[a] += spectrum->basis[a * n + i] * weights[i] * targets[i];
    }
    if (h > 0)
        cholesky_solve(h, gram, 1, b);
    for (size_t a = 0; a < h; a++)
        for (size_t i = 0; i < n; i++)
            residuals[i] -= b[a] * spectrum->basis[a * n + i];
    for (size_t i = 0; i < n; i++)
        square += residuals[i] * residuals[i] * weights[i];
    return square;
}

double gaussian_process_spectrum_likelihood(struct gaussian_process_spectrum *spectrum, size_t first,
                                            size_t count, double s) {
    size_t n = spectrum->data->rows;
    double squares = 0, determinant = spectrum->log_noise;
    if (!weigh(spectrum, s))
        return -INFINITY;
    for (size_t i = 0; i < n; i++)
        determinant += log1p(s * spectrum->values[i]);
    for (size_t c = first; c < first + count; c++)
        squares += project(spectrum, c, spectrum->room + n);
    return -0.5 * (squares + (double)count * (determinant + (double)n * log(2 * M_PI)));
}

double gaussian_process_spectrum_solve(struct gaussian_process_spectrum *spectrum, size_t output, double s,
                                       double *weights, double *coefficients) {
    size_t n = spectrum->data->rows, h = spectrum->basis_count;
    if (!weigh(spectrum, s))
        return NAN;
    double square = project(spectrum, output, weights);
    const double *b = spectrum->room + 2 * n + h * h;
    for (size_t i = 0; i < n; i++)
        weights[i] *= spectrum->room[i];
    for (size_t a = 0; a < h; a++)
        coefficients[a] = b[a];
    for (size_t a = 1; a < h; a++)
        coefficients[0] -= spectrum->centres[a - 1] * b[a];
    return square;
}
