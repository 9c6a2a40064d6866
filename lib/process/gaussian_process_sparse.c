#include "process/gaussian_process_sparse.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/cholesky.h"
#include "num/vector.h"

static const double jitters[] = {0, 1e-10, 1e-8, 1e-6}; /* of the mean diagonal */

static double mean_of(size_t count, const double *values, size_t stride) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i * stride];
    return sum / (double)count;
}

/* Of targets only where a mean takes them up again. */
static void find_centres(struct gaussian_process_sparse *sparse) {
    const struct gaussian_process_data *data = sparse->data;
    size_t d = data->inputs, q = data->outputs;
    for (size_t c = 0; c < d; c++)
        sparse->centres[c] = mean_of(data->rows, data->x + c, d);
    for (size_t c = 0; c < q; c++)
        sparse->centres[d + c] = sparse->basis_count == 0 ? 0 : mean_of(data->rows, data->y + c, q);
}

static int allocate(struct gaussian_process_sparse *sparse, struct error *error) {
    size_t m = sparse->inducing, h = sparse->basis_count, q = sparse->data->outputs, width = m + h + q;
    sparse->centres = memory_array(error, sparse->data->inputs + q, sizeof(double));
    sparse->factor_uu = memory_matrix(error, m, m, sizeof(double));
    sparse->factor_b = memory_matrix(error, m, m, sizeof(double));
    sparse->gram = memory_matrix(error, width, width, sizeof(double));
    sparse->solved = memory_matrix(error, h + q, m, sizeof(double));
    sparse->reduced = memory_matrix(error, h + q, h + q, sizeof(double));
    sparse->c = memory_matrix(error, q, m, sizeof(double));
    sparse->coefficients = memory_matrix(error, h + 1, q, sizeof(double));
    sparse->centred = memory_matrix(error, h + 1, q, sizeof(double));
    sparse->basis_factor = memory_matrix(error, h + 1, h, sizeof(double));
    sparse->beta = memory_matrix(error, q, m, sizeof(double));
    sparse->inner = memory_matrix(error, m, m, sizeof(double));
    sparse->inverse = memory_matrix(error, m, m, sizeof(double));
    double *const arrays[] = {sparse->centres,      sparse->factor_uu, sparse->factor_b, sparse->gram,
                              sparse->solved,       sparse->reduced,   sparse->c,        sparse->inner,
                              sparse->coefficients, sparse->centred,   sparse->beta,     sparse->inverse,
                              sparse->basis_factor};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (arrays[i] == NULL)
            return -1;
    return 0;
}

static int open_rows(struct gaussian_process_sparse *sparse, enum gaussian_process_sparse_method method,
                     struct error *error) {
    sparse->rows = (struct gaussian_process_sparse_rows){
        .data = sparse->data,
        .work = &sparse->work,
        .method = method,
        .inducing = sparse->inducing,
        .basis_count = sparse->basis_count,
        .z = sparse->z,
        .factor_uu = sparse->factor_uu,
        .centres = sparse->centres,
    };
    return gaussian_process_sparse_rows_open(&sparse->rows, error);
}

int gaussian_process_sparse_open(struct gaussian_process_sparse *sparse,
                                 const struct gaussian_process_data *data, struct covariance *covariance,
                                 const struct gaussian_process_sparse_setting *setting, struct error *error) {
    *sparse = (struct gaussian_process_sparse){.data = data,
                                               .covariance = covariance,
                                               .inducing = setting->inducing,
                                               .z = setting->z,
                                               .fixed = setting->fixed,
                                               .smooth = setting->smooth,
                                               .jitter = NAN};
    sparse->basis_count = setting->mean == GAUSSIAN_PROCESS_MEAN_ZERO       ? 0
                          : setting->mean == GAUSSIAN_PROCESS_MEAN_CONSTANT ? 1
                                                                            : 1 + data->inputs;
    const char *rough = covariance_tile_rough(covariance);
    if (rough != NULL && !setting->fixed)
        return error_set(error, "%s has no derivative in the inputs: --fix-inducing holds the inducing ones",
                         rough);
    size_t order = sparse->inducing + sparse->basis_count + data->outputs;
    if (blas_load_for(order > GAUSSIAN_PROCESS_SPARSE_BLOCK ? order : GAUSSIAN_PROCESS_SPARSE_BLOCK, error) <
            0 ||
        allocate(sparse, error) < 0 ||
        covariance_work_open(&sparse->work, covariance, setting->threads, error) < 0 ||
        open_rows(sparse, setting->method, error) < 0) {
        gaussian_process_sparse_close(sparse);
        return -1;
    }
    find_centres(sparse);
    return 0;
}

void gaussian_process_sparse_close(struct gaussian_process_sparse *sparse) {
    double *const arrays[] = {sparse->centres,      sparse->factor_uu, sparse->factor_b, sparse->gram,
                              sparse->solved,       sparse->reduced,   sparse->c,        sparse->inner,
                              sparse->coefficients, sparse->centred,   sparse->beta,     sparse->inverse,
                              sparse->basis_factor};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    covariance_points_close(&sparse->points);
    gaussian_process_sparse_rows_close(&sparse->rows);
    covariance_work_close(&sparse->work);
    *sparse = (struct gaussian_process_sparse){0};
}

/* Whether all pivots are more than rounding. */
static bool is_definite(size_t m, const double *factor, double diagonal) {
    for (size_t i = 0; i < m; i++) {
        double pivot = factor[i * m + i] * factor[i * m + i];
        if (!(pivot > 4 * (double)m * DBL_EPSILON * diagonal))
            return false;
    }
    return true;
}

/* What a search starts at: fitc and sor draw inducing inputs together, and bend the more sharply there the
 * less is added. */
static size_t least_level(const struct gaussian_process_sparse *sparse) {
    return !sparse->smooth ? 0 : sparse->rows.method == GAUSSIAN_PROCESS_SPARSE_VFE ? 1 : 3;
}

/* L, with as little jitter as works. False: none does. */
static bool factor_uu(struct gaussian_process_sparse *sparse) {
    size_t m = sparse->inducing;
    bool exactly = !isnan(sparse->jitter);
    size_t first = exactly ? 0 : least_level(sparse);
    size_t attempts = exactly ? 1 : sizeof jitters / sizeof *jitters;
    double *k = sparse->factor_uu;
    for (size_t attempt = first; attempt < attempts; attempt++) {
        double mean = 0;
        covariance_matrix_square(&sparse->work, &sparse->points, false, k);
        for (size_t i = 0; i < m; i++)
            mean += k[i * m + i] / (double)m;
        if (!isfinite(mean))
            return false;
        sparse->jitter_is_least = attempt == first;
        sparse->jitter_share = exactly ? 0 : jitters[attempt];
        sparse->jitter_added = exactly ? sparse->jitter : jitters[attempt] * mean;
        for (size_t i = 0; i < m; i++)
            k[i * m + i] += sparse->jitter_added;
        if (cholesky_factor(m, k) == 0 && is_definite(m, k, mean))
            return true;
    }
    return false;
}

/* L_B, from the sums over rows. */
static bool factor_b(struct gaussian_process_sparse *sparse) {
    size_t m = sparse->inducing, width = gaussian_process_sparse_rows_width(&sparse->rows);
    for (size_t i = 0; i < m; i++) {
        memcpy(sparse->factor_b + i * m, sparse->gram + i * width, (i + 1) * sizeof(double));
        sparse->factor_b[i * m + i] += 1;
    }
    return cholesky_factor(m, sparse->factor_b) == 0;
}

/* (H, Y)' C^-1 (H, Y) by Woodbury's identity: of basis and targets the sums over rows, less what V explains.
 */
static void reduce(struct gaussian_process_sparse *sparse) {
    size_t m = sparse->inducing, width = gaussian_process_sparse_rows_width(&sparse->rows), rest = width - m;
    for (size_t a = 0; a < rest; a++)
        memcpy(sparse->solved + a * m, sparse->gram + (m + a) * width, m * sizeof(double));
    blas_solve_rows(m, sparse->factor_b, false, rest, sparse->solved);
    for (size_t a = 0; a < rest; a++)
        for (size_t b = 0; b <= a; b++) {
            double left = sparse->gram[(m + a) * width + m + b] -
                          vector_plain_dot(m, sparse->solved + a * m, sparse->solved + b * m);
            sparse->reduced[a * rest + b] = sparse->reduced[b * rest + a] = left;
        }
}

/* The factor of H' C^-1 H, h x h. */
static int factor_basis(struct gaussian_process_sparse *sparse, double *diagonal, struct error *error) {
    size_t h = sparse->basis_count, rest = h + sparse->data->outputs;
    double *factor = sparse->basis_factor;
    for (size_t a = 0; a < h; a++) {
        memcpy(factor + a * h, sparse->reduced + a * rest, h * sizeof *factor);
        diagonal[a] = factor[a * h + a];
    }
    size_t dependent = cholesky_factor(h, factor);
    if (dependent == 0)
        dependent = cholesky_dependent_column(h, diagonal, factor);
    if (dependent > 1)
        return error_set(error, "input column %zu: the linear mean is not determined", dependent - 1);
    return 0;
}

/* b and c of each output. Returns the sum of R' C^-1 R. */
static double solve_outputs(struct gaussian_process_sparse *sparse, double *room) {
    size_t m = sparse->inducing, h = sparse->basis_count, q = sparse->data->outputs, rest = h + q;
    double squares = 0;
    for (size_t c = 0; c < q; c++) {
        const double *products = sparse->reduced + (h + c) * rest;
        double *row = sparse->c + c * m;
        memcpy(row, sparse->solved + (h + c) * m, m * sizeof *row);
        memcpy(room, products, h * sizeof *room);
        cholesky_solve(h, sparse->basis_factor, 1, room);
        squares += products[h + c] - vector_plain_dot(h, room, products);
        for (size_t b = 0; b < h; b++) {
            sparse->centred[b * q + c] = sparse->coefficients[b * q + c] = room[b];
            for (size_t j = 0; j < m; j++)
                row[j] -= room[b] * sparse->solved[b * m + j];
        }
        if (h > 0)
            sparse->coefficients[c] += sparse->centres[sparse->data->inputs + c];
        for (size_t b = 1; b < h; b++)
            sparse->coefficients[c] -= sparse->centres[b - 1] * room[b];
    }
    return squares;
}

static int solve(struct gaussian_process_sparse *sparse, double *squares, struct error *error) {
    size_t h = sparse->basis_count;
    double *room = memory_array(error, h + 1, sizeof *room);
    if (room == NULL)
        return -1;
    reduce(sparse);
    int status = factor_basis(sparse, room, error);
    if (status == 0)
        *squares = solve_outputs(sparse, room);
    free(room);
    return status;
}

/* V' T V of the gradient in Kuu, where `weighted` holds sum t_i v_i v_i' of fitc: [beta beta' - q (I -
 * B^-1)] / 2, + q/2 (B - I) for vfe. Written to inner, full. */
static void fill_inner(struct gaussian_process_sparse *sparse) {
    size_t m = sparse->inducing, q = sparse->data->outputs;
    size_t width = gaussian_process_sparse_rows_width(&sparse->rows);
    memset(sparse->inverse, 0, m * m * sizeof(double));
    for (size_t i = 0; i < m; i++)
        sparse->inverse[i * m + i] = 1;
    cholesky_solve(m, sparse->factor_b, m, sparse->inverse);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0, weighted = 0.5 * (sparse->inner[i * m + j] + sparse->inner[j * m + i]);
            for (size_t c = 0; c < q; c++)
                sum += 0.5 * sparse->beta[c * m + i] * sparse->beta[c * m + j];
            sum -= 0.5 * (double)q * ((i == j) - sparse->inverse[i * m + j]);
            if (sparse->rows.method == GAUSSIAN_PROCESS_SPARSE_VFE)
                weighted = 0.5 * (double)q * sparse->gram[i * width + j];
            sparse->inner[i * m + j] = sparse->inner[j * m + i] = sum + weighted;
        }
}

static void transpose(size_t m, double *a) {
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < i; j++) {
            double kept = a[i * m + j];
            a[i * m + j] = a[j * m + i];
            a[j * m + i] = kept;
        }
}

/* dF/dKuu = -L'^-1 (V' T V) L^-1, in the place of V' T V; the jitter, a share of the mean diagonal, moves
 * with it. */
static void finish_inner(struct gaussian_process_sparse *sparse) {
    size_t m = sparse->inducing;
    double *a = sparse->inner, trace = 0;
    blas_solve_rows(m, sparse->factor_uu, true, m, a);
    transpose(m, a);
    blas_solve_rows(m, sparse->factor_uu, true, m, a);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * m + j] = a[j * m + i] = -0.5 * (a[i * m + j] + a[j * m + i]);
    for (size_t i = 0; i < m; i++)
        trace += a[i * m + i];
    for (size_t i = 0; i < m; i++)
        a[i * m + i] += sparse->jitter_share * trace / (double)m;
}

static void write_adjoint(void *context, size_t first_row, size_t rows, size_t first_column, size_t columns,
                          double *tile) {
    const struct gaussian_process_sparse *sparse = context;
    for (size_t i = 0; i < rows; i++)
        memcpy(tile + i * COVARIANCE_TILE, sparse->inner + (first_row + i) * sparse->inducing + first_column,
               columns * sizeof *tile);
}

/* What comes through Kuu is added; Z stands on both its sides. */
static int add_inner(struct gaussian_process_sparse *sparse, double *gradient, struct error *error) {
    size_t parameters = sparse->covariance->parameter_count;
    size_t entries = sparse->fixed ? 0 : sparse->inducing * sparse->data->inputs;
    double *own = memory_matrix(error, 2, parameters + 1, sizeof *own);
    double *slopes = memory_array(error, entries, sizeof *slopes);
    int status = own == NULL || slopes == NULL ? -1 : 0;
    if (status == 0)
        status =
            covariance_matrix_gradient(&sparse->work, &sparse->points, write_adjoint, sparse, own, error);
    if (status == 0 && entries > 0)
        status = covariance_matrix_cross_gradient(&sparse->work, &sparse->points, &sparse->points,
                                                  write_adjoint, sparse, own + parameters, slopes, error);
    for (size_t p = 0; status == 0 && p < parameters; p++)
        gradient[p] += own[p];
    for (size_t i = 0; status == 0 && i < entries; i++)
        gradient[parameters + 1 + i] += 2 * slopes[i];
    free(own);
    free(slopes);
    return status;
}

static int find_gradient(struct gaussian_process_sparse *sparse, double *gradient, struct error *error) {
    size_t m = sparse->inducing, q = sparse->data->outputs, parameters = sparse->covariance->parameter_count;
    memcpy(sparse->beta, sparse->c, q * m * sizeof *sparse->beta);
    blas_solve_rows(m, sparse->factor_b, true, q, sparse->beta);
    const struct gaussian_process_sparse_slopes slopes = {
        .factor_b = sparse->factor_b,
        .beta = sparse->beta,
        .coefficients = sparse->centred,
        .parameters = gradient,
        .noise = gradient + parameters,
        .slopes = sparse->fixed ? NULL : gradient + parameters + 1,
        .weighted = sparse->inner,
    };
    gaussian_process_sparse_rows_scatter(&sparse->rows, &slopes);
    fill_inner(sparse);
    finish_inner(sparse);
    return add_inner(sparse, gradient, error);
}

int gaussian_process_sparse_evaluate(struct gaussian_process_sparse *sparse, double noise, double *value,
                                     double *gradient, struct error *error) {
    size_t n = sparse->data->rows, m = sparse->inducing, q = sparse->data->outputs;
    struct gaussian_process_sparse_sums sums;
    double squares = 0;
    *value = -INFINITY;
    covariance_points_close(&sparse->points);
    if (covariance_points_open(&sparse->points, m, sparse->data->inputs, sparse->z, error) < 0)
        return -1;
    sparse->rows.noise = noise;
    if (!factor_uu(sparse) || !gaussian_process_sparse_rows_gather(&sparse->rows, sparse->gram, &sums) ||
        !factor_b(sparse))
        return 0;
    if (solve(sparse, &squares, error) < 0)
        return -1;
    double determinant = sums.log_noise + cholesky_log_determinant(m, sparse->factor_b);
    double bound = -0.5 * (squares + (double)q * (determinant + (double)n * log(2 * M_PI)));
    if (sparse->rows.method == GAUSSIAN_PROCESS_SPARSE_VFE)
        bound -= 0.5 * (double)q * sums.left;
    if (!isfinite(bound))
        return 0;
    *value = bound;
    return gradient == NULL ? 0 : find_gradient(sparse, gradient, error);
}
