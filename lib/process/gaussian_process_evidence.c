#include "process/gaussian_process_evidence.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"
#include "num/cholesky.h"
#include "num/vector.h"

enum { BLOCK = 64 };

static const double jitters[] = {0, 1e-10, 1e-8, 1e-6}; /* of the mean diagonal */

static void fill_basis(struct gaussian_process_evidence *evidence) {
    const struct gaussian_process_data *data = evidence->data;
    size_t n = data->rows;
    for (size_t c = 0; c < data->inputs; c++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += data->x[i * data->inputs + c];
        evidence->centres[c] = sum / (double)n;
    }
    for (size_t b = 0; b < evidence->basis_count; b++)
        for (size_t i = 0; i < n; i++)
            evidence->basis[b * n + i] =
                b == 0 ? 1 : data->x[i * data->inputs + b - 1] - evidence->centres[b - 1];
}

static int allocate(struct gaussian_process_evidence *evidence, struct error *error) {
    const struct gaussian_process_data *data = evidence->data;
    size_t n = data->rows, h = evidence->basis_count, q = data->outputs;
    evidence->matrix = memory_matrix(error, n, n, sizeof(double));
    evidence->basis = memory_matrix(error, h + 1, n, sizeof(double));
    evidence->solved = memory_matrix(error, h + 1, n, sizeof(double));
    evidence->centres = memory_array(error, data->inputs, sizeof(double));
    evidence->gram = memory_matrix(error, h + 1, h + 1, sizeof(double));
    evidence->weights = memory_matrix(error, q, n, sizeof(double));
    evidence->coefficients = memory_matrix(error, h + 1, q, sizeof(double));
    evidence->diagonal = memory_array(error, n, sizeof(double));
    if (evidence->matrix == NULL || evidence->basis == NULL || evidence->solved == NULL ||
        evidence->centres == NULL || evidence->gram == NULL || evidence->weights == NULL ||
        evidence->coefficients == NULL || evidence->diagonal == NULL)
        return -1;
    return 0;
}

int gaussian_process_evidence_open(struct gaussian_process_evidence *evidence,
                                   const struct gaussian_process_data *data, enum gaussian_process_mean mean,
                                   struct covariance *covariance, size_t threads, struct error *error) {
    *evidence = (struct gaussian_process_evidence){
        .data = data, .covariance = covariance, .threads = threads, .jitter = NAN};
    evidence->basis_count = mean == GAUSSIAN_PROCESS_MEAN_ZERO       ? 0
                            : mean == GAUSSIAN_PROCESS_MEAN_CONSTANT ? 1
                                                                     : 1 + data->inputs;
    size_t order = data->rows > evidence->basis_count ? data->rows : evidence->basis_count;
    if (blas_load_for(order, error) < 0 || allocate(evidence, error) < 0 ||
        covariance_points_open(&evidence->points, data->rows, data->inputs, data->x, error) < 0 ||
        covariance_work_open(&evidence->work, covariance, threads, error) < 0 ||
        tiled_cholesky_open(&evidence->cholesky, data->rows, threads, error) < 0) {
        gaussian_process_evidence_close(evidence);
        return -1;
    }
    fill_basis(evidence);
    return 0;
}

void gaussian_process_evidence_close(struct gaussian_process_evidence *evidence) {
    free(evidence->matrix);
    free(evidence->basis);
    free(evidence->solved);
    free(evidence->centres);
    free(evidence->gram);
    free(evidence->weights);
    free(evidence->coefficients);
    free(evidence->diagonal);
    covariance_points_close(&evidence->points);
    covariance_work_close(&evidence->work);
    tiled_cholesky_close(&evidence->cholesky);
    *evidence = (struct gaussian_process_evidence){0};
}

/* C, factored with as little jitter as works. False: none does. */
static bool factor(struct gaussian_process_evidence *evidence, double noise) {
    const struct gaussian_process_data *data = evidence->data;
    size_t n = data->rows, attempts = isnan(evidence->jitter) ? sizeof jitters / sizeof *jitters : 1;
    double mean = 0;
    for (size_t attempt = 0; attempt < attempts; attempt++) {
        covariance_matrix_square(&evidence->work, &evidence->points, false, evidence->matrix);
        double *diagonal = evidence->diagonal;
        for (size_t i = 0; i < n; i++)
            diagonal[i] = evidence->matrix[i * n + i] + noise + (data->noise == NULL ? 0 : data->noise[i]);
        if (attempt == 0)
            for (size_t i = 0; i < n; i++)
                mean += diagonal[i] / (double)n;
        evidence->jitter_share = isnan(evidence->jitter) ? jitters[attempt] : 0;
        evidence->jitter_added = isnan(evidence->jitter) ? jitters[attempt] * mean : evidence->jitter;
        for (size_t i = 0; i < n; i++)
            evidence->matrix[i * n + i] = diagonal[i] + evidence->jitter_added;
        if (!isfinite(mean))
            return false;
        if (tiled_cholesky_factor(&evidence->cholesky, evidence->matrix) == 0)
            return true;
    }
    return false;
}

/* The factor of H' C^-1 H, from L^-1 H. */
static int factor_basis(struct gaussian_process_evidence *evidence, struct error *error) {
    size_t n = evidence->data->rows, h = evidence->basis_count;
    memcpy(evidence->solved, evidence->basis, h * n * sizeof(double));
    blas_solve_rows(n, evidence->matrix, false, h, evidence->solved);
    for (size_t a = 0; a < h; a++)
        for (size_t b = 0; b < h; b++)
            evidence->gram[a * h + b] =
                vector_plain_dot(n, evidence->solved + a * n, evidence->solved + b * n);
    double *diagonal = evidence->diagonal; /* n >= 1; h may be more */
    double *kept = h > n ? memory_array(error, h, sizeof *kept) : diagonal;
    if (kept == NULL)
        return -1;
    for (size_t a = 0; a < h; a++)
        kept[a] = evidence->gram[a * h + a];
    size_t dependent = cholesky_factor(h, evidence->gram);
    if (dependent == 0)
        dependent = cholesky_dependent_column(h, kept, evidence->gram);
    if (kept != diagonal)
        free(kept);
    if (dependent > 1)
        return error_set(error, "input column %zu: the linear mean is not determined", dependent - 1);
    return 0;
}

/* Coefficients for centred inputs become those for the inputs as they are. */
static void shift_intercept(struct gaussian_process_evidence *evidence, size_t output) {
    size_t q = evidence->data->outputs;
    for (size_t b = 1; b < evidence->basis_count; b++)
        evidence->coefficients[output] -= evidence->centres[b - 1] * evidence->coefficients[b * q + output];
}

/* What is taken off the targets of an output: their mean, where the basis takes it up again. */
static double target_centre(const struct gaussian_process_evidence *evidence, size_t output) {
    const struct gaussian_process_data *data = evidence->data;
    double sum = 0;
    for (size_t i = 0; evidence->basis_count > 0 && i < data->rows; i++)
        sum += data->y[i * data->outputs + output];
    return sum / (double)data->rows;
}

/* Of one output: the coefficients, and A = C^-1 R in its row of weights. Returns R' C^-1 R. */
static double solve_output(struct gaussian_process_evidence *evidence, size_t output) {
    const struct gaussian_process_data *data = evidence->data;
    size_t n = data->rows, h = evidence->basis_count, q = data->outputs;
    double *row = evidence->weights + output * n, centre = target_centre(evidence, output);
    for (size_t i = 0; i < n; i++)
        row[i] = data->y[i * q + output] - centre;
    blas_solve_rows(n, evidence->matrix, false, 1, row);
    if (h > 0) {
        double *projected = evidence->gram + h * h; /* the row of room behind it */
        for (size_t b = 0; b < h; b++)
            projected[b] = vector_plain_dot(n, evidence->solved + b * n, row);
        cholesky_solve(h, evidence->gram, 1, projected);
        for (size_t b = 0; b < h; b++) {
            evidence->coefficients[b * q + output] = projected[b];
            for (size_t i = 0; i < n; i++)
                row[i] -= projected[b] * evidence->solved[b * n + i];
        }
        evidence->coefficients[output] += centre;
        shift_intercept(evidence, output);
    }
    double square = vector_plain_dot(n, row, row);
    blas_solve_rows(n, evidence->matrix, true, 1, row);
    return square;
}

/* What a gradient in K is made of. */
struct adjoint {
    const struct gaussian_process_evidence *evidence;
    const double *inverse;      /* C^-1, lower triangle; or what takes its place */
    const double *left, *right; /* outputs x rows: sum_c left_ci right_cj is added, symmetrised */
    double inverse_factor, product_factor;
    double shift; /* on its diagonal */
};

static double adjoint_at(const struct adjoint *adjoint, size_t i, size_t j) {
    size_t n = adjoint->evidence->data->rows;
    double inverse = j <= i ? adjoint->inverse[i * n + j] : adjoint->inverse[j * n + i];
    double sum = adjoint->inverse_factor * inverse;
    for (size_t c = 0; c < adjoint->evidence->data->outputs; c++) {
        const double *left = adjoint->left + c * n, *right = adjoint->right + c * n;
        sum += adjoint->product_factor * 0.5 * (left[i] * right[j] + left[j] * right[i]);
    }
    return i == j ? sum + adjoint->shift : sum;
}

static void write_adjoint(void *context, size_t first_row, size_t rows, size_t first_column, size_t columns,
                          double *tile) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            tile[i * COVARIANCE_TILE + j] = adjoint_at(context, first_row + i, first_column + j);
}

static double trace_of(const struct adjoint *adjoint) {
    double sum = 0;
    for (size_t i = 0; i < adjoint->evidence->data->rows; i++)
        sum += adjoint_at(adjoint, i, i);
    return sum;
}

/* The jitter is a share of the mean diagonal and moves with it: as though that share of the adjoint's trace
 * were spread over its diagonal. */
static int find_gradient(struct gaussian_process_evidence *evidence, struct adjoint *adjoint,
                         double *gradient, struct error *error) {
    size_t parameters = evidence->covariance->parameter_count;
    if (evidence->jitter_share > 0)
        adjoint->shift = evidence->jitter_share * trace_of(adjoint) / (double)evidence->data->rows;
    if (covariance_matrix_gradient(&evidence->work, &evidence->points, write_adjoint, adjoint, gradient,
                                   error) < 0)
        return -1;
    gradient[parameters] = trace_of(adjoint);
    return 0;
}

static double log_determinant(const struct gaussian_process_evidence *evidence) {
    size_t n = evidence->data->rows;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(evidence->matrix[i * n + i]);
    return 2 * sum;
}

/* J V J for a diagonal V: the rows of a tile of 64. */
struct squaring {
    const double *inverse, *diagonal;
    double *product;
    size_t n;
};

static void square_rows(void *context, size_t block, size_t worker) {
    (void)worker;
    struct squaring *squaring = context;
    size_t n = squaring->n, first = block * BLOCK, rows = n - first < BLOCK ? n - first : BLOCK;
    struct blas_product product = {.rows = rows,
                                   .columns = first + rows,
                                   .inner = n,
                                   .alpha = 1,
                                   .a = squaring->inverse + first * n,
                                   .b = squaring->diagonal,
                                   .a_stride = n,
                                   .b_stride = n,
                                   .c_stride = n,
                                   .b_transposed = true,
                                   .c = squaring->product + first * n};
    blas_multiply(&product);
}

/* J H (H'JH)^-1 H' of each row of `solved` is taken off it: b moves with C, by -(H'JH)^-1 H'J dC A_c.
 *
 *   room  rows doubles */
static void follow_coefficients(struct gaussian_process_evidence *evidence, double *solved, double *room) {
    size_t n = evidence->data->rows, h = evidence->basis_count;
    double *projected = evidence->gram + h * h;
    for (size_t c = 0; h > 0 && c < evidence->data->outputs; c++) {
        double *row = solved + c * n;
        for (size_t b = 0; b < h; b++)
            projected[b] = vector_plain_dot(n, evidence->basis + b * n, row);
        cholesky_solve(h, evidence->gram, 1, projected);
        for (size_t i = 0; i < n; i++) {
            room[i] = 0;
            for (size_t b = 0; b < h; b++)
                room[i] += projected[b] * evidence->basis[b * n + i];
        }
        for (size_t i = 0; i < n; i++)
            row[i] -= vector_plain_dot(n, evidence->matrix + i * n, room);
    }
}

/* With J = C^-1 and F = sum_ic [log(J_ii / 2 pi) - A_ic^2 / J_ii] / 2
 *
 *     dF = -sum_c (P J u_c)' dC A_c - tr(J V J dC)
 *
 * where P = I - J H (H'JH)^-1 H', u_ic = -A_ic / J_ii, V_ii = [q / J_ii + sum_c (A_ic / J_ii)^2] / 2. J,
 * lower in evidence->matrix, is completed there. */
static int leave_one_out_gradient(struct gaussian_process_evidence *evidence, double *gradient,
                                  struct error *error) {
    size_t n = evidence->data->rows, q = evidence->data->outputs;
    double *j = evidence->matrix, *scaled = memory_matrix(error, n, n, sizeof *scaled);
    double *squared = memory_matrix(error, n, n, sizeof *squared);
    double *solved = memory_matrix(error, q, n, sizeof *solved);
    int status = scaled == NULL || squared == NULL || solved == NULL ? -1 : 0;
    for (size_t i = 0; status == 0 && i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            j[i * n + k] = j[k * n + i];
    for (size_t k = 0; status == 0 && k < n; k++) {
        double inverse = 1 / evidence->diagonal[k], v = (double)q * inverse;
        for (size_t c = 0; c < q; c++) {
            double ratio = evidence->weights[c * n + k] * inverse;
            v += ratio * ratio;
        }
        for (size_t i = 0; i < n; i++)
            scaled[i * n + k] = j[i * n + k] * (0.5 * v);
    }
    if (status == 0) {
        struct squaring squaring = {j, scaled, squared, n};
        parallel_for(evidence->threads, (n + BLOCK - 1) / BLOCK, square_rows, &squaring);
        for (size_t c = 0; c < q; c++)
            for (size_t i = 0; i < n; i++) {
                double sum = 0;
                for (size_t k = 0; k < n; k++)
                    sum += j[i * n + k] * evidence->weights[c * n + k] / evidence->diagonal[k];
                solved[c * n + i] = sum;
            }
        follow_coefficients(evidence, solved, scaled);
        struct adjoint adjoint = {evidence, squared, solved, evidence->weights, -1, 1, 0};
        status = find_gradient(evidence, &adjoint, gradient, error);
    }
    free(scaled);
    free(squared);
    free(solved);
    return status;
}

static double leave_one_out(const struct gaussian_process_evidence *evidence) {
    size_t n = evidence->data->rows;
    double sum = 0;
    for (size_t c = 0; c < evidence->data->outputs; c++)
        for (size_t i = 0; i < n; i++) {
            double precision = evidence->diagonal[i], a = evidence->weights[c * n + i];
            sum += 0.5 * (log(precision / (2 * M_PI)) - a * a / precision);
        }
    return sum;
}

int gaussian_process_evidence_solve(struct gaussian_process_evidence *evidence, double noise,
                                    double *determinant, double *squares, struct error *error) {
    if (!factor(evidence, noise))
        return 0;
    if (evidence->basis_count > 0 && factor_basis(evidence, error) < 0)
        return -1;
    *determinant = log_determinant(evidence);
    for (size_t c = 0; c < evidence->data->outputs; c++)
        squares[c] = solve_output(evidence, c);
    return 1;
}

int gaussian_process_evidence_gradient(struct gaussian_process_evidence *evidence, const double *factors,
                                       double *gradient, struct error *error) {
    size_t n = evidence->data->rows, q = evidence->data->outputs;
    double *scaled = memory_matrix(error, q, n, sizeof *scaled);
    if (scaled == NULL)
        return -1;
    for (size_t c = 0; c < q; c++)
        for (size_t i = 0; i < n; i++)
            scaled[c * n + i] = factors[c] * evidence->weights[c * n + i];
    tiled_cholesky_invert(&evidence->cholesky, evidence->matrix);
    struct adjoint adjoint = {evidence, evidence->matrix, scaled, evidence->weights, -0.5 * (double)q, 0.5,
                              0};
    int status = find_gradient(evidence, &adjoint, gradient, error);
    free(scaled);
    return status;
}

/* The likelihood, whose gradient takes every square as it is. */
static int marginal_likelihood(struct gaussian_process_evidence *evidence, double determinant,
                               double *squares, double *value, double *gradient, struct error *error) {
    size_t n = evidence->data->rows, q = evidence->data->outputs;
    double sum = (double)q * (determinant + (double)n * log(2 * M_PI));
    for (size_t c = 0; c < q; c++) {
        sum += squares[c];
        squares[c] = 1;
    }
    *value = -0.5 * sum;
    return gradient == NULL ? 0 : gaussian_process_evidence_gradient(evidence, squares, gradient, error);
}

int gaussian_process_evidence_evaluate(struct gaussian_process_evidence *evidence,
                                       enum gaussian_process_objective objective, double noise, double *value,
                                       double *gradient, struct error *error) {
    double determinant, *squares = memory_array(error, evidence->data->outputs, sizeof *squares);
    *value = -INFINITY;
    if (squares == NULL)
        return -1;
    int status = gaussian_process_evidence_solve(evidence, noise, &determinant, squares, error);
    if (status > 0 && objective == GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD)
        status = marginal_likelihood(evidence, determinant, squares, value, gradient, error);
    else if (status > 0) {
        tiled_cholesky_invert(&evidence->cholesky, evidence->matrix);
        for (size_t i = 0; i < evidence->data->rows; i++)
            evidence->diagonal[i] = evidence->matrix[i * evidence->data->rows + i];
        *value = leave_one_out(evidence);
        status = gradient == NULL ? 0 : leave_one_out_gradient(evidence, gradient, error);
    }
    free(squares);
    return status;
}

void gaussian_process_evidence_leave_one_out(const struct gaussian_process_evidence *evidence, double *means,
                                             double *variances) {
    const struct gaussian_process_data *data = evidence->data;
    for (size_t i = 0; i < data->rows; i++) {
        variances[i] = 1 / evidence->diagonal[i];
        for (size_t c = 0; c < data->outputs; c++)
            means[i * data->outputs + c] =
                data->y[i * data->outputs + c] - evidence->weights[c * data->rows + i] * variances[i];
    }
}
