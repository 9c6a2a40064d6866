#include "process/gaussian_process_prediction.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"
#include "num/cholesky.h"
#include "process/gaussian_process_factorless.h"
#include "process/value_range.h"

enum { CHUNK = GAUSSIAN_PROCESS_PREDICTION_CHUNK, VALUES_MAX = 1 << 22, ROWS_AT_ONCE = 1 << 14 };

size_t gaussian_process_prediction_terms(const struct gaussian_process_model *model) {
    const struct covariance *covariance = model->covariance;
    const struct covariance_node *root = &covariance->nodes[covariance->root];
    size_t count = 0;
    if (root->kind != COVARIANCE_SUM)
        return 1;
    for (int child = root->first_child; child != COVARIANCE_NONE;
         child = covariance->nodes[child].next_sibling)
        count++;
    return count;
}

/* The model's covariance with another root; its arrays are shared. */
static void take_term(struct gaussian_process_predictor *predictor, int term) {
    const struct covariance *covariance = predictor->model->covariance;
    predictor->covariance = *covariance;
    predictor->whole = term < 0;
    if (term < 0 || covariance->nodes[covariance->root].kind != COVARIANCE_SUM)
        return;
    int child = covariance->nodes[covariance->root].first_child;
    for (int i = 0; i < term; i++)
        child = covariance->nodes[child].next_sibling;
    predictor->covariance.root = child;
}

/* A' for exact models; L_uu^-T L_B^-T c for sparse ones. */
static int fill_weights(struct gaussian_process_predictor *predictor, struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    size_t n = predictor->conditions, q = model->outputs;
    predictor->weights = memory_matrix(error, n, q, sizeof(double));
    if (predictor->weights == NULL)
        return -1;
    if (model->method == NULL) {
        memcpy(predictor->weights, model->alpha, n * q * sizeof(double));
        return 0;
    }
    double *rows = memory_matrix(error, q, n, sizeof *rows);
    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < q; c++)
            rows[c * n + i] = model->c[i * q + c];
    blas_solve_rows(n, model->factor_b, true, q, rows);
    blas_solve_rows(n, model->factor_uu, true, q, rows);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < q; c++)
            predictor->weights[i * q + c] = rows[c * n + i];
    free(rows);
    return 0;
}

/* What a sparse model keeps of them. */
static int copy_basis(struct gaussian_process_predictor *predictor, struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    size_t m = predictor->conditions, h = model->basis_count;
    if (model->mean_factor == NULL)
        return error_set(error, "the model holds no mean_factor for universal predictions: fit it again");
    predictor->solved_basis = memory_matrix(error, h, m, sizeof(double));
    predictor->gram = memory_matrix(error, h, h, sizeof(double));
    if (predictor->solved_basis == NULL || predictor->gram == NULL)
        return -1;
    memcpy(predictor->gram, model->mean_factor, h * h * sizeof(double));
    for (size_t b = 0; b < h; b++)
        for (size_t i = 0; i < m; i++)
            predictor->solved_basis[b * m + i] = model->mean_c[i * h + b];
    return 0;
}

/* L^-1 H' and the factor of H' C^-1 H, for inputs in the model's units. */
static int fill_basis(struct gaussian_process_predictor *predictor, struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    size_t n = model->rows, h = model->basis_count, d = model->inputs;
    if (model->method != NULL)
        return copy_basis(predictor, error);
    predictor->solved_basis = memory_matrix(error, h, n, sizeof(double));
    predictor->gram = memory_matrix(error, h, h, sizeof(double));
    if (predictor->solved_basis == NULL || predictor->gram == NULL)
        return -1;
    for (size_t b = 0; b < h; b++)
        for (size_t i = 0; i < n; i++)
            predictor->solved_basis[b * n + i] = b == 0 ? 1 : model->x[i * d + b - 1];
    blas_solve_rows(n, model->factor, false, h, predictor->solved_basis);
    for (size_t a = 0; a < h; a++)
        for (size_t b = 0; b < h; b++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += predictor->solved_basis[a * n + i] * predictor->solved_basis[b * n + i];
            predictor->gram[a * h + b] = sum;
        }
    return cholesky_factor(h, predictor->gram) == 0
               ? 0
               : error_set(error, "the mean's coefficients are not determined");
}

static int open_without_factor(struct gaussian_process_predictor *predictor, int term, struct error *error) {
    const struct gaussian_process_factorless_setting setting = {predictor->model, &predictor->covariance,
                                                                term, predictor->universal};
    predictor->capacity = ROWS_AT_ONCE;
    predictor->scaled = memory_matrix(error, predictor->capacity, predictor->model->inputs, sizeof(double));
    if (predictor->scaled != NULL)
        predictor->factorless = gaussian_process_factorless_open(&setting, predictor->threads, error);
    if (predictor->factorless != NULL)
        return 0;
    gaussian_process_prediction_close(predictor);
    return -1;
}

int gaussian_process_prediction_open(struct gaussian_process_predictor *predictor,
                                     const struct gaussian_process_model *model, int term, bool universal,
                                     size_t threads, struct error *error) {
    *predictor = (struct gaussian_process_predictor){.model = model, .threads = threads};
    take_term(predictor, term);
    predictor->universal = universal && predictor->whole && model->basis_count > 0;
    if (model->neighbours > 0 || model->kalman)
        return open_without_factor(predictor, term, error);
    bool sparse = model->method != NULL;
    size_t n = sparse ? model->inducing : model->rows;
    predictor->conditions = n;
    size_t chunks = VALUES_MAX / (n * CHUNK);
    predictor->capacity = (chunks < 1 ? 1 : chunks > 64 ? 64 : chunks) * CHUNK;
    size_t order = n > model->basis_count ? n : model->basis_count;
    int status =
        blas_load_for(order > BLAS_SMALL_MAX || predictor->capacity > BLAS_SMALL_MAX ? order : 1, error);
    if (status == 0)
        status =
            covariance_points_open(&predictor->points, n, model->inputs, sparse ? model->z : model->x, error);
    if (status == 0)
        status = covariance_work_open(&predictor->work, &predictor->covariance, threads, error);
    predictor->kernel = memory_matrix(error, predictor->capacity, n, sizeof(double));
    predictor->kernel_b = sparse ? memory_matrix(error, predictor->capacity, n, sizeof(double)) : NULL;
    predictor->scaled = memory_matrix(error, predictor->capacity, model->inputs, sizeof(double));
    if (predictor->kernel == NULL || predictor->scaled == NULL || (sparse && predictor->kernel_b == NULL))
        status = -1;
    if (status == 0)
        status = fill_weights(predictor, error);
    if (status == 0 && predictor->universal)
        status = fill_basis(predictor, error);
    if (status < 0)
        gaussian_process_prediction_close(predictor);
    return status;
}

void gaussian_process_prediction_close(struct gaussian_process_predictor *predictor) {
    covariance_points_close(&predictor->points);
    covariance_work_close(&predictor->work);
    free(predictor->weights);
    free(predictor->solved_basis);
    free(predictor->gram);
    free(predictor->kernel);
    free(predictor->kernel_b);
    free(predictor->scaled);
    gaussian_process_factorless_close(predictor->factorless);
    *predictor = (struct gaussian_process_predictor){0};
}

double gaussian_process_prediction_mean(const struct gaussian_process_model *model, const double *x,
                                        size_t output) {
    size_t q = model->outputs;
    double sum = model->basis_count > 0 ? model->coefficients[output] : 0;
    for (size_t b = 1; b < model->basis_count; b++)
        sum += x[b - 1] * model->coefficients[b * q + output];
    return sum;
}

/* Queries in chunks of 256, each a task. */
struct chunks {
    struct gaussian_process_predictor *predictor;
    size_t count;
    const double *diagonal; /* k(x, x), or what stands in its place */
    double *rows;           /* count x conditions: k(x, X), which becomes L^-1 k */
    double *variances;      /* count */
    int input;              /* of slopes, or -1 */
};

static double squared_norm(size_t n, const double *values) {
    double lanes[8] = {0}, sum = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t lane = 0; lane < 8; lane++)
            lanes[lane] += values[i + lane] * values[i + lane];
    for (; i < n; i++)
        sum += values[i] * values[i];
    for (size_t lane = 0; lane < 8; lane++)
        sum += lanes[lane];
    return sum;
}

/* h(x); for a slope that of the unit vector of its input. */
static double basis_of(const double *x, int input, size_t b) {
    return input >= 0 ? b == (size_t)input + 1 : b == 0 ? 1 : x[b - 1];
}

/* G^-1 u with G G' = H' C^-1 H and u = h(x) - H' C^-1 k(X, x), from the query's solved row. */
static void solve_basis(const struct gaussian_process_predictor *predictor, const double *x, int input,
                        const double *solved, double *u) {
    size_t n = predictor->conditions, h = predictor->model->basis_count;
    for (size_t b = 0; b < h; b++) {
        u[b] = basis_of(x, input, b);
        for (size_t i = 0; i < n; i++)
            u[b] -= predictor->solved_basis[b * n + i] * solved[i];
    }
    cholesky_solve_lower(h, predictor->gram, 1, u);
}

static void solve_chunk(void *context, size_t chunk, size_t worker) {
    (void)worker;
    const struct chunks *chunks = context;
    struct gaussian_process_predictor *predictor = chunks->predictor;
    const struct gaussian_process_model *model = predictor->model;
    size_t n = predictor->conditions, first = chunk * CHUNK;
    size_t count = chunks->count - first < CHUNK ? chunks->count - first : CHUNK;
    double *rows = chunks->rows + first * n;
    double *second = predictor->kernel_b == NULL ? NULL : predictor->kernel_b + first * n;
    blas_solve_rows(n, second == NULL ? model->factor : model->factor_uu, false, count, rows);
    if (second != NULL) {
        memcpy(second, rows, count * n * sizeof *second);
        blas_solve_rows(n, model->factor_b, false, count, second);
    }
    for (size_t i = 0; i < count; i++) {
        double variance = chunks->diagonal[first + i] - squared_norm(n, rows + i * n);
        if (second != NULL)
            variance += squared_norm(n, second + i * n);
        if (predictor->solved_basis != NULL) {
            double u[COVARIANCE_COLUMNS_MAX + 1];
            solve_basis(predictor, predictor->scaled + (first + i) * model->inputs, chunks->input,
                        (second == NULL ? rows : second) + i * n, u);
            variance += squared_norm(model->basis_count, u);
        }
        chunks->variances[first + i] = value_range_not_negative(variance);
    }
}

/* means_ic += sum_j rows_ij weights_jc, in chunks. */
static void weigh_chunk(void *context, size_t chunk, size_t worker) {
    (void)worker;
    const struct chunks *chunks = context;
    const struct gaussian_process_predictor *predictor = chunks->predictor;
    size_t n = predictor->conditions, q = predictor->model->outputs, first = chunk * CHUNK;
    size_t count = chunks->count - first < CHUNK ? chunks->count - first : CHUNK;
    for (size_t i = first; i < first + count; i++)
        for (size_t c = 0; c < q; c++) {
            double lanes[8] = {0}, sum = 0;
            const double *row = chunks->rows + i * n, *weights = predictor->weights + c;
            size_t j = 0;
            for (; j + 8 <= n; j += 8)
                for (size_t lane = 0; lane < 8; lane++)
                    lanes[lane] += row[j + lane] * weights[(j + lane) * q];
            for (; j < n; j++)
                sum += row[j] * weights[j * q];
            for (size_t lane = 0; lane < 8; lane++)
                sum += lanes[lane];
            chunks->variances[i * q + c] = sum;
        }
}

static size_t chunk_count(size_t count) {
    return (count + CHUNK - 1) / CHUNK;
}

/* Means less the mean function become means in the units of the data. */
static void finish_means(const struct gaussian_process_predictor *predictor, size_t count,
                         const double *scaled, double *means) {
    const struct gaussian_process_model *model = predictor->model;
    size_t d = model->inputs, q = model->outputs;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < q; c++) {
            double mean = means[i * q + c];
            if (predictor->whole)
                mean += gaussian_process_prediction_mean(model, scaled + i * d, c);
            means[i * q + c] = mean * model->y_scale[c] + (predictor->whole ? model->y_shift[c] : 0);
        }
}

static void finish_variances(const struct gaussian_process_model *model, size_t count, const double *scaled,
                             double *variances) {
    size_t q = model->outputs;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < q; c++)
            variances[i * q + c] = scaled[i] * model->y_scale[c] * model->y_scale[c];
}

static int predict_without_factor(struct gaussian_process_predictor *predictor, size_t count, double *means,
                                  double *variances, struct error *error) {
    double *solved = variances == NULL ? NULL : memory_array(error, count, sizeof *solved);
    int status = variances != NULL && solved == NULL
                     ? -1
                     : gaussian_process_factorless_at(predictor->factorless, count, predictor->scaled, false,
                                                      means, solved, error);
    if (status == 0)
        finish_means(predictor, count, predictor->scaled, means);
    if (status == 0 && variances != NULL)
        finish_variances(predictor->model, count, solved, variances);
    free(solved);
    return status;
}

int gaussian_process_prediction_at(struct gaussian_process_predictor *predictor, size_t count,
                                   const double *x, double *means, double *variances, struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    struct covariance_points queries;
    gaussian_process_model_scale_inputs(model, count, x, predictor->scaled);
    if (predictor->factorless != NULL)
        return predict_without_factor(predictor, count, means, variances, error);
    double *diagonal = memory_matrix(error, 2, count, sizeof *diagonal);
    if (diagonal == NULL ||
        covariance_points_open(&queries, count, model->inputs, predictor->scaled, error) < 0) {
        free(diagonal);
        return -1;
    }
    struct chunks chunks = {predictor, count, diagonal, predictor->kernel, means, -1};
    covariance_matrix_cross(&predictor->work, &queries, &predictor->points, predictor->kernel);
    parallel_for(predictor->threads, chunk_count(count), weigh_chunk, &chunks);
    finish_means(predictor, count, predictor->scaled, means);
    if (variances != NULL) {
        chunks.variances = diagonal + count;
        covariance_matrix_diagonal(&predictor->work, &queries, diagonal);
        parallel_for(predictor->threads, chunk_count(count), solve_chunk, &chunks);
        finish_variances(model, count, chunks.variances, variances);
    }
    covariance_points_close(&queries);
    free(diagonal);
    return 0;
}

/* dk(x, X)/dx[input], tile by tile. */
struct slope_rows {
    struct gaussian_process_predictor *predictor;
    const double *scaled;
    size_t count, input;
    double *rows;
};

static void fill_slopes(void *context, size_t block, size_t worker) {
    const struct slope_rows *slopes = context;
    struct gaussian_process_predictor *predictor = slopes->predictor;
    size_t n = predictor->conditions, d = predictor->model->inputs, first = block * COVARIANCE_TILE;
    double tile_slopes[COVARIANCE_TILE_AREA];
    for (size_t j = 0; j < n; j += COVARIANCE_TILE) {
        struct covariance_tile tile = {
            .rows = slopes->count - first < COVARIANCE_TILE ? slopes->count - first : COVARIANCE_TILE,
            .columns = n - j < COVARIANCE_TILE ? n - j : COVARIANCE_TILE,
            .inputs = d,
            .x = slopes->scaled + first * d,
            .y = predictor->points.blocks + j * d,
            .offset = COVARIANCE_APART,
        };
        covariance_tile_values(&predictor->work.workspaces[worker], &tile);
        covariance_tile_slope(&predictor->work.workspaces[worker], &tile, slopes->input, tile_slopes);
        for (size_t i = 0; i < tile.rows; i++)
            memcpy(slopes->rows + (first + i) * n + j, tile_slopes + i * COVARIANCE_TILE,
                   tile.columns * sizeof(double));
    }
}

/* A slope and its variance, in the units of the data. */
static void finish_slope(const struct gaussian_process_model *model, size_t input, size_t output,
                         double *slope, double *variance) {
    double factor = model->y_scale[output] / model->x_scale[input];
    if (model->basis_count > 1)
        *slope += model->coefficients[(1 + input) * model->outputs + output];
    *slope *= factor;
    *variance *= factor * factor;
}

static int slopes_without_factor(struct gaussian_process_predictor *predictor, size_t count, double *means,
                                 double *variances, struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    size_t d = model->inputs, q = model->outputs;
    double *solved = memory_matrix(error, count, d, sizeof *solved);
    int status = solved == NULL
                     ? -1
                     : gaussian_process_factorless_at(predictor->factorless, count, predictor->scaled, true,
                                                      means, solved, error);
    for (size_t at = 0; status == 0 && at < count * d; at++)
        for (size_t c = 0; c < q; c++) {
            variances[at * q + c] = solved[at];
            finish_slope(model, at % d, c, &means[at * q + c], &variances[at * q + c]);
        }
    free(solved);
    return status;
}

int gaussian_process_prediction_slopes(struct gaussian_process_predictor *predictor, size_t count,
                                       const double *x, double *means, double *variances,
                                       struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    size_t d = model->inputs, q = model->outputs;
    gaussian_process_model_scale_inputs(model, count, x, predictor->scaled);
    if (predictor->factorless != NULL)
        return slopes_without_factor(predictor, count, means, variances, error);
    double *room = memory_matrix(error, 2 + q, count, sizeof *room);
    if (room == NULL)
        return -1;
    double *curvatures = room, *solved = room + count, *products = room + 2 * count;
    for (size_t input = 0; input < d; input++) {
        struct slope_rows slopes = {predictor, predictor->scaled, count, input, predictor->kernel};
        struct chunks chunks = {predictor, count, curvatures, predictor->kernel, products, (int)input};
        parallel_for(predictor->threads, (count + COVARIANCE_TILE - 1) / COVARIANCE_TILE, fill_slopes,
                     &slopes);
        parallel_for(predictor->threads, chunk_count(count), weigh_chunk, &chunks);
        for (size_t i = 0; i < count; i++)
            curvatures[i] =
                covariance_tile_curvature(&predictor->work.workspaces[0], predictor->scaled + i * d, input);
        chunks.variances = solved;
        parallel_for(predictor->threads, chunk_count(count), solve_chunk, &chunks);
        for (size_t i = 0; i < count; i++)
            for (size_t c = 0; c < q; c++) {
                size_t at = (i * d + input) * q + c;
                means[at] = products[i * q + c];
                variances[at] = solved[i];
                finish_slope(model, input, c, &means[at], &variances[at]);
            }
    }
    free(room);
    return 0;
}

/* sign V V' added to the covariance, V the solved rows. */
static void add_product(size_t count, size_t n, double sign, const double *rows, double *covariance) {
    struct blas_product product = {.rows = count,
                                   .columns = count,
                                   .inner = n,
                                   .alpha = sign,
                                   .beta = 1,
                                   .a = rows,
                                   .b = rows,
                                   .a_stride = n,
                                   .b_stride = n,
                                   .c_stride = count,
                                   .b_transposed = true,
                                   .c = covariance};
    blas_multiply(&product);
}

/* The uncertainty of the mean's coefficients, of all pairs of queries. */
static int add_basis(const struct gaussian_process_predictor *predictor, size_t count, const double *scaled,
                     const double *rows, double *covariance, struct error *error) {
    size_t h = predictor->model->basis_count, n = predictor->conditions, d = predictor->model->inputs;
    double *u = memory_matrix(error, count, h, sizeof *u);
    if (u == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        solve_basis(predictor, scaled + i * d, -1, rows + i * n, u + i * h);
    add_product(count, h, 1, u, covariance);
    free(u);
    return 0;
}

static int joint_without_factor(struct gaussian_process_predictor *predictor, size_t count, const double *x,
                                double *means, double *covariance, struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    double *scaled = memory_matrix(error, count, model->inputs, sizeof *scaled);
    if (scaled == NULL)
        return -1;
    gaussian_process_model_scale_inputs(model, count, x, scaled);
    int status =
        gaussian_process_factorless_joint(predictor->factorless, count, scaled, means, covariance, error);
    if (status == 0)
        finish_means(predictor, count, scaled, means);
    free(scaled);
    return status;
}

int gaussian_process_prediction_joint(struct gaussian_process_predictor *predictor, size_t count,
                                      const double *x, double *means, double *covariance,
                                      struct error *error) {
    const struct gaussian_process_model *model = predictor->model;
    size_t d = model->inputs, q = model->outputs, n = predictor->conditions;
    struct covariance_points queries = {0};
    if (predictor->factorless != NULL)
        return joint_without_factor(predictor, count, x, means, covariance, error);
    double *scaled = memory_matrix(error, count, d, sizeof *scaled);
    double *rows = memory_matrix(error, count, n, sizeof *rows);
    int status = scaled == NULL || rows == NULL ? -1 : 0;
    if (status == 0)
        gaussian_process_model_scale_inputs(model, count, x, scaled);
    if (status == 0 && (blas_load_for(count > n ? count : n, error) < 0 ||
                        covariance_points_open(&queries, count, d, scaled, error) < 0))
        status = -1;
    for (size_t i = 0; status == 0 && i < count; i += predictor->capacity) {
        size_t some = count - i < predictor->capacity ? count - i : predictor->capacity;
        status = gaussian_process_prediction_at(predictor, some, x + i * d, means + i * q, NULL, error);
    }
    if (status == 0) {
        covariance_matrix_square(&predictor->work, &queries, true, covariance);
        covariance_matrix_cross(&predictor->work, &queries, &predictor->points, rows);
        blas_solve_rows(n, model->method == NULL ? model->factor : model->factor_uu, false, count, rows);
        add_product(count, n, -1, rows, covariance);
        if (model->method != NULL) {
            blas_solve_rows(n, model->factor_b, false, count, rows);
            add_product(count, n, 1, rows, covariance);
        }
        if (predictor->solved_basis != NULL)
            status = add_basis(predictor, count, scaled, rows, covariance, error);
    }
    covariance_points_close(&queries);
    free(scaled);
    free(rows);
    return status;
}
