#include "process/gaussian_process_local.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/cholesky_batch.h"
#include "num/predecessors.h"
#include "process/covariance_matrix.h"
#include "process/gaussian_process_rows.h"
#include "process/value_range.h"

enum { BATCH = CHOLESKY_BATCH, BLOCK = 16 * BATCH, POINTS = COVARIANCE_TILE };

static const double jitters[] = {0, 1e-10, 1e-8, 1e-6}; /* of k(x, x) */

/* Room of one thread; vectors are M x 8. */
struct workspace {
    double *x, *y;   /* 64 x inputs, inputs x 64 */
    double *slope;   /* 64 x 64 */
    double *matrix;  /* K_c, which becomes L */
    double *kernels; /* views times: k, which becomes L^-1 k, or K_c^-1 k */
    double *targets; /* width times: r_c, which becomes L^-1 r_c */
    double *prior;   /* views x 8 */
};

struct gaussian_process_local {
    struct gaussian_process_local_setting setting;
    const struct gaussian_process_model *model;
    size_t threads, neighbours; /* M, or as many as there are */
    size_t width;               /* outputs, and the basis */
    size_t views;               /* f, or each of its slopes */
    double *columns;            /* rows x width: what the mean leaves of the targets, and the basis */
    struct predecessors index;
    struct covariance_work work, own; /* of the model's covariance, and of what is predicted */
    struct workspace *workspaces;
};

static int open_workspace(const struct gaussian_process_local *local, struct workspace *workspace,
                          struct error *error) {
    size_t d = local->model->inputs, m = local->neighbours;
    workspace->x = memory_matrix(error, d, POINTS, sizeof(double));
    workspace->y = memory_matrix(error, d, POINTS, sizeof(double));
    workspace->slope = memory_array(error, COVARIANCE_TILE_AREA, sizeof(double));
    workspace->matrix = memory_array(error, cholesky_batch_size(m), sizeof(double));
    workspace->kernels = memory_matrix(error, local->views, m * BATCH, sizeof(double));
    workspace->targets = memory_matrix(error, local->width, m * BATCH, sizeof(double));
    workspace->prior = memory_matrix(error, local->views, BATCH, sizeof(double));
    if (workspace->x == NULL || workspace->y == NULL || workspace->slope == NULL ||
        workspace->matrix == NULL || workspace->kernels == NULL || workspace->targets == NULL ||
        workspace->prior == NULL)
        return -1;
    return 0;
}

static int fill_columns(struct gaussian_process_local *local, struct error *error) {
    const struct gaussian_process_model *model = local->model;
    size_t d = model->inputs, q = model->outputs, width = local->width;
    double *residuals = gaussian_process_rows_residuals(model, error);
    local->columns = memory_matrix(error, model->rows, width, sizeof(double));
    int status = residuals == NULL || local->columns == NULL ? -1 : 0;
    for (size_t i = 0; status == 0 && i < model->rows; i++) {
        memcpy(local->columns + i * width, residuals + i * q, q * sizeof(double));
        for (size_t b = 0; b < width - q; b++)
            local->columns[i * width + q + b] = b == 0 ? 1 : model->x[i * d + b - 1];
    }
    free(residuals);
    return status;
}

static int open_parts(struct gaussian_process_local *local, struct error *error) {
    const struct gaussian_process_model *model = local->model;
    if (model->inputs > PREDECESSORS_COLUMNS_MAX)
        return error_set(error, "%zu inputs are too many for neighbours, at most %d", model->inputs,
                         PREDECESSORS_COLUMNS_MAX);
    local->workspaces = memory_zeros(error, local->threads, sizeof *local->workspaces);
    if (local->workspaces == NULL || fill_columns(local, error) < 0 ||
        predecessors_open(&local->index, model->rows, model->inputs, model->x, local->threads, error) < 0 ||
        covariance_work_open(&local->work, model->covariance, local->threads, error) < 0 ||
        covariance_work_open(&local->own, local->setting.covariance, local->threads, error) < 0)
        return -1;
    for (size_t t = 0; t < local->threads; t++)
        if (open_workspace(local, &local->workspaces[t], error) < 0)
            return -1;
    return 0;
}

struct gaussian_process_local *
gaussian_process_local_open(const struct gaussian_process_local_setting *setting, size_t threads,
                            struct error *error) {
    struct gaussian_process_local *local = memory_zeros(error, 1, sizeof *local);
    if (local == NULL)
        return NULL;
    const struct gaussian_process_model *model = setting->model;
    size_t others = model->rows - setting->others;
    local->setting = *setting;
    local->model = model;
    local->threads = threads;
    local->neighbours = model->neighbours < others ? model->neighbours : others;
    local->width = model->outputs + (setting->basis ? model->basis_count : 0);
    local->views = setting->slopes ? model->inputs : 1;
    if (open_parts(local, error) == 0)
        return local;
    gaussian_process_local_close(local);
    return NULL;
}

void gaussian_process_local_close(struct gaussian_process_local *local) {
    if (local == NULL)
        return;
    for (size_t t = 0; local->workspaces != NULL && t < local->threads; t++) {
        struct workspace *workspace = &local->workspaces[t];
        double *const arrays[] = {workspace->x,       workspace->y,       workspace->slope, workspace->matrix,
                                  workspace->kernels, workspace->targets, workspace->prior};
        for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
            free(arrays[i]);
    }
    free(local->workspaces);
    free(local->columns);
    predecessors_close(&local->index);
    covariance_work_close(&local->work);
    covariance_work_close(&local->own);
    free(local);
}

/* Queries at work. */
struct queries {
    struct gaussian_process_local *local;
    size_t first, count;
    const double *x;
    double *means, *variances;
    double *weights;       /* count x M, or NULL: not wanted */
    uint32_t *nearest;     /* the same */
    unsigned char *failed; /* of each block */
};

static void put_identity(size_t order, double *matrix, size_t lane) {
    for (size_t a = 0; a < order; a++)
        for (size_t b = 0; b <= a; b++)
            matrix[cholesky_batch_at(a, b) + lane] = a == b;
}

/* The M rows that a query looks at. */
static void find_nearest(const struct queries *queries, size_t query, size_t *nearest) {
    const struct gaussian_process_local *local = queries->local;
    size_t m = local->neighbours, rows = local->model->rows, found[PREDECESSORS_MAX], count = 0;
    const double *x = queries->x + query * local->model->inputs;
    if (!local->setting.others) {
        predecessors_nearest(&local->index, x, rows, m, nearest);
        return;
    }
    size_t some = predecessors_nearest(&local->index, x, rows, m + 1, found);
    for (size_t k = 0; k < some && count < m; k++)
        if (found[k] != queries->first + query)
            nearest[count++] = found[k];
}

/* k of each view, and what it is before any data. */
static void put_views(const struct gaussian_process_local *local, const double *x, size_t lane,
                      size_t worker) {
    struct workspace *workspace = &local->workspaces[worker];
    struct covariance_workspace *own = &local->own.workspaces[worker];
    size_t d = local->model->inputs, m = local->neighbours;
    struct covariance_tile tile = {
        .rows = 1, .columns = m, .inputs = d, .x = x, .y = workspace->y, .offset = COVARIANCE_APART};
    const double *values = covariance_tile_values(own, &tile);
    for (size_t view = 0; view < local->views; view++) {
        if (local->setting.slopes) {
            covariance_tile_slope(own, &tile, view, workspace->slope);
            values = workspace->slope;
        }
        for (size_t a = 0; a < m; a++)
            workspace->kernels[(view * m + a) * BATCH + lane] = values[a];
    }
    for (size_t view = 0; view < local->views; view++)
        if (local->setting.slopes)
            workspace->prior[view * BATCH + lane] = covariance_tile_curvature(own, x, view);
        else
            covariance_tile_diagonal(own, &tile, &workspace->prior[lane]);
}

/* The system of a query, in a lane; jitter is relative to k(x, x). */
static void put_query(const struct queries *queries, size_t query, size_t lane, double jitter,
                      size_t worker) {
    struct gaussian_process_local *local = queries->local;
    const struct gaussian_process_model *model = local->model;
    struct workspace *workspace = &local->workspaces[worker];
    size_t d = model->inputs, width = local->width, m = local->neighbours, nearest[PREDECESSORS_MAX];
    const double *x = queries->x + query * d;
    find_nearest(queries, query, nearest);
    for (size_t k = 0; k < POINTS; k++) {
        const double *from = k < m ? model->x + nearest[k] * d : x;
        memcpy(workspace->x + k * d, from, d * sizeof *from);
        for (size_t c = 0; c < d; c++)
            workspace->y[c * POINTS + k] = from[c];
    }
    struct covariance_tile tile = {
        .rows = m + 1, .columns = m + 1, .inputs = d, .x = workspace->x, .y = workspace->y};
    const double *values = covariance_tile_values(&local->work.workspaces[worker], &tile);
    for (size_t a = 0; a < m; a++) {
        double noise = model->noise_rows == NULL ? 0 : model->noise_rows[nearest[a]];
        for (size_t b = 0; b <= a; b++)
            workspace->matrix[cholesky_batch_at(a, b) + lane] = values[a * POINTS + b];
        workspace->matrix[cholesky_batch_at(a, a) + lane] +=
            noise + model->noise + model->jitter + jitter * values[m * POINTS + m];
        for (size_t c = 0; c < width; c++)
            workspace->targets[(c * m + a) * BATCH + lane] = local->columns[nearest[a] * width + c];
        if (queries->nearest != NULL)
            queries->nearest[query * m + a] = (uint32_t)nearest[a];
    }
    put_views(local, x, lane, worker);
}

static void take_result(const struct queries *queries, size_t query, size_t view, size_t lane,
                        const struct workspace *workspace) {
    const struct gaussian_process_local *local = queries->local;
    size_t width = local->width, m = local->neighbours, at = query * local->views + view;
    const double *kernel = workspace->kernels + view * m * BATCH + lane;
    double explained = 0;
    for (size_t c = 0; c < width; c++) {
        double sum = 0;
        for (size_t a = 0; a < m; a++)
            sum += kernel[a * BATCH] * workspace->targets[(c * m + a) * BATCH + lane];
        queries->means[at * width + c] = sum;
    }
    for (size_t a = 0; a < m; a++)
        explained += kernel[a * BATCH] * kernel[a * BATCH];
    if (queries->variances != NULL)
        queries->variances[at] = value_range_not_negative(workspace->prior[view * BATCH + lane] - explained);
}

/* K_c^-1 k, once the rest was taken. */
static void take_weights(const struct queries *queries, size_t first, size_t count,
                         const struct workspace *workspace) {
    size_t m = queries->local->neighbours;
    cholesky_batch_solve_upper(m, workspace->matrix, workspace->kernels);
    for (size_t lane = 0; lane < count; lane++)
        for (size_t a = 0; a < m; a++)
            queries->weights[(first + lane) * m + a] = workspace->kernels[a * BATCH + lane];
}

/* Up to eight queries at once. Returns 0, or -1: one of their matrices has no factor. */
static int solve_group(const struct queries *queries, size_t first, size_t count, double jitter,
                       size_t worker) {
    const struct gaussian_process_local *local = queries->local;
    struct workspace *workspace = &local->workspaces[worker];
    size_t m = local->neighbours;
    memset(workspace->kernels, 0, local->views * m * BATCH * sizeof(double));
    memset(workspace->targets, 0, local->width * m * BATCH * sizeof(double));
    for (size_t lane = 0; lane < BATCH; lane++)
        if (lane < count)
            put_query(queries, first + lane, lane, jitter, worker);
        else
            put_identity(m, workspace->matrix, lane);
    if (cholesky_batch_factor(m, workspace->matrix) < 0)
        return -1;
    for (size_t view = 0; view < local->views; view++)
        cholesky_batch_solve_lower(m, workspace->matrix, workspace->kernels + view * m * BATCH);
    for (size_t c = 0; c < local->width; c++)
        cholesky_batch_solve_lower(m, workspace->matrix, workspace->targets + c * m * BATCH);
    for (size_t lane = 0; lane < count; lane++)
        for (size_t view = 0; view < local->views; view++)
            take_result(queries, first + lane, view, lane, workspace);
    if (queries->weights != NULL)
        take_weights(queries, first, count, workspace);
    return 0;
}

/* One query, with as little jitter as works. */
static int solve_alone(const struct queries *queries, size_t query, size_t worker) {
    for (size_t attempt = 0; attempt < sizeof jitters / sizeof *jitters; attempt++)
        if (solve_group(queries, query, 1, jitters[attempt], worker) == 0)
            return 0;
    return -1;
}

static void run_block(void *context, size_t block, size_t worker) {
    const struct queries *queries = context;
    size_t end = (block + 1) * BLOCK < queries->count ? (block + 1) * BLOCK : queries->count;
    for (size_t first = block * BLOCK; first < end; first += BATCH) {
        size_t count = end - first < BATCH ? end - first : BATCH;
        if (solve_group(queries, first, count, 0, worker) == 0)
            continue;
        for (size_t i = first; i < first + count; i++)
            if (solve_alone(queries, i, worker) < 0)
                queries->failed[block] = 1;
    }
}

static int run_queries(struct queries *queries, struct error *error) {
    size_t blocks = (queries->count + BLOCK - 1) / BLOCK;
    bool failed = false;
    queries->failed = memory_zeros(error, blocks, 1);
    if (queries->failed == NULL)
        return -1;
    parallel_for(queries->local->threads, blocks, run_block, queries);
    for (size_t b = 0; b < blocks; b++)
        failed = failed || queries->failed[b];
    free(queries->failed);
    return failed ? error_set(error, "a covariance of neighbours is not positive definite (jitter up to 1e-6 "
                                     "tried)")
                  : 0;
}

int gaussian_process_local_at(struct gaussian_process_local *local, size_t first, size_t count,
                              const double *x, double *means, double *variances, struct error *error) {
    struct queries queries = {
        .local = local, .first = first, .count = count, .x = x, .means = means, .variances = variances};
    return run_queries(&queries, error);
}

/* Errors of predictions in pairs: with w~ = (w, -1) for the neighbours and the query itself behind them, each
 * pair is w~_i' C w~_j. */
struct pairs {
    const struct queries *queries;
    double *covariance;
};

/* A query's points side by side: its neighbours, and the query. */
static const double *point_of(const struct queries *queries, size_t query, size_t k) {
    const struct gaussian_process_local *local = queries->local;
    size_t m = local->neighbours, d = local->model->inputs;
    return k < m ? local->model->x + queries->nearest[query * m + k] * d : queries->x + query * d;
}

static double pair_weight(const struct queries *queries, size_t query, size_t k) {
    size_t m = queries->local->neighbours;
    return k < m ? queries->weights[query * m + k] : -1;
}

/* What rows that both look at add to a covariance of different points: noise, and what the kernel adds to a
 * point's own variance alone; own is that of the neighbours of i. */
static double shared_rows(const struct queries *queries, size_t i, size_t j, const double *values,
                          const double *own) {
    const struct gaussian_process_local *local = queries->local;
    const struct gaussian_process_model *model = local->model;
    size_t m = local->neighbours;
    double sum = 0;
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b < m; b++) {
            size_t row = queries->nearest[i * m + a];
            if (row != queries->nearest[j * m + b])
                continue;
            double noise = model->noise_rows == NULL ? 0 : model->noise_rows[row];
            sum += queries->weights[i * m + a] * queries->weights[j * m + b] *
                   (own[a] - values[a * POINTS + b] + noise + model->noise + model->jitter);
        }
    return sum;
}

/* Of one query with those before it. */
static void pair_query(void *context, size_t i, size_t worker) {
    const struct pairs *pairs = context;
    const struct queries *queries = pairs->queries;
    struct gaussian_process_local *local = queries->local;
    struct workspace *workspace = &local->workspaces[worker];
    struct covariance_workspace *tiles = &local->work.workspaces[worker];
    size_t d = local->model->inputs, m = local->neighbours, count = queries->count;
    double own[POINTS];
    for (size_t a = 0; a <= m; a++)
        memcpy(workspace->x + a * d, point_of(queries, i, a), d * sizeof(double));
    struct covariance_tile tile = {.rows = m + 1,
                                   .columns = m + 1,
                                   .inputs = d,
                                   .x = workspace->x,
                                   .y = workspace->y,
                                   .offset = COVARIANCE_APART};
    covariance_tile_diagonal(tiles, &tile, own);
    pairs->covariance[i * count + i] = queries->variances[i];
    for (size_t j = 0; j < i; j++) {
        for (size_t b = 0; b < POINTS; b++)
            for (size_t c = 0; c < d; c++)
                workspace->y[c * POINTS + b] = point_of(queries, j, b < m ? b : m)[c];
        const double *values = covariance_tile_values(tiles, &tile);
        double sum = 0;
        for (size_t a = 0; a <= m; a++) {
            double row = 0;
            for (size_t b = 0; b <= m; b++)
                row += values[a * POINTS + b] * pair_weight(queries, j, b);
            sum += pair_weight(queries, i, a) * row;
        }
        sum += shared_rows(queries, i, j, values, own);
        pairs->covariance[i * count + j] = pairs->covariance[j * count + i] = sum;
    }
}

int gaussian_process_local_joint(struct gaussian_process_local *local, size_t count, const double *x,
                                 double *covariance, struct error *error) {
    size_t m = local->neighbours;
    struct queries queries = {.local = local, .count = count, .x = x};
    queries.means = memory_matrix(error, count, local->width, sizeof(double));
    queries.variances = memory_array(error, count, sizeof(double));
    queries.weights = memory_matrix(error, count, m, sizeof(double));
    queries.nearest = memory_matrix(error, count, m, sizeof *queries.nearest);
    int status = queries.means == NULL || queries.variances == NULL || queries.weights == NULL ||
                         queries.nearest == NULL
                     ? -1
                     : run_queries(&queries, error);
    if (status == 0) {
        struct pairs pairs = {&queries, covariance};
        parallel_for(local->threads, count, pair_query, &pairs);
    }
    free(queries.means);
    free(queries.variances);
    free(queries.weights);
    free(queries.nearest);
    return status;
}
