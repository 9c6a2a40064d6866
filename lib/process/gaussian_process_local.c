#include "process/gaussian_process_local.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/cholesky_batch.h"
#include "num/predecessors.h"
#include "process/covariance_matrix.h"
#include "process/gaussian_process_rows.h"

enum { BATCH = CHOLESKY_BATCH, BLOCK = 16 * BATCH, POINTS = COVARIANCE_TILE };

static const double jitters[] = {0, 1e-10, 1e-8, 1e-6}; /* of k(x, x) */

/* Room of one thread; vectors are M x 8. */
struct workspace {
    double *x, *y;   /* 64 x inputs, inputs x 64 */
    double *matrix;  /* K_c, which becomes L */
    double *kernel;  /* k, which becomes L^-1 k */
    double *targets; /* outputs times: r_c, which becomes L^-1 r_c */
    double prior[BATCH];
};

struct gaussian_process_local {
    const struct gaussian_process_model *model;
    size_t threads, neighbours; /* M, or all rows */
    double *residuals;          /* rows x outputs */
    struct predecessors index;
    struct covariance_work work;
    struct workspace *workspaces;
};

static int open_workspace(const struct gaussian_process_local *local, struct workspace *workspace,
                          struct error *error) {
    size_t d = local->model->inputs, m = local->neighbours;
    workspace->x = memory_matrix(error, d, POINTS, sizeof(double));
    workspace->y = memory_matrix(error, d, POINTS, sizeof(double));
    workspace->matrix = memory_array(error, cholesky_batch_size(m), sizeof(double));
    workspace->kernel = memory_array(error, m * BATCH, sizeof(double));
    workspace->targets = memory_matrix(error, local->model->outputs, m * BATCH, sizeof(double));
    if (workspace->x == NULL || workspace->y == NULL || workspace->matrix == NULL ||
        workspace->kernel == NULL || workspace->targets == NULL)
        return -1;
    return 0;
}

static int open_parts(struct gaussian_process_local *local, struct error *error) {
    const struct gaussian_process_model *model = local->model;
    if (model->inputs > PREDECESSORS_COLUMNS_MAX)
        return error_set(error, "%zu inputs are too many for neighbours, at most %d", model->inputs,
                         PREDECESSORS_COLUMNS_MAX);
    local->residuals = gaussian_process_rows_residuals(model, error);
    local->workspaces = memory_zeros(error, local->threads, sizeof *local->workspaces);
    if (local->residuals == NULL || local->workspaces == NULL ||
        predecessors_open(&local->index, model->rows, model->inputs, model->x, local->threads, error) < 0 ||
        covariance_work_open(&local->work, model->covariance, local->threads, error) < 0)
        return -1;
    for (size_t t = 0; t < local->threads; t++)
        if (open_workspace(local, &local->workspaces[t], error) < 0)
            return -1;
    return 0;
}

struct gaussian_process_local *gaussian_process_local_open(const struct gaussian_process_model *model,
                                                           size_t threads, struct error *error) {
    struct gaussian_process_local *local = memory_zeros(error, 1, sizeof *local);
    if (local == NULL)
        return NULL;
    local->model = model;
    local->threads = threads;
    local->neighbours = model->neighbours < model->rows ? model->neighbours : model->rows;
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
        double *const arrays[] = {workspace->x, workspace->y, workspace->matrix, workspace->kernel,
                                  workspace->targets};
        for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
            free(arrays[i]);
    }
    free(local->workspaces);
    free(local->residuals);
    predecessors_close(&local->index);
    covariance_work_close(&local->work);
    free(local);
}

/* Queries at work. */
struct queries {
    struct gaussian_process_local *local;
    size_t count;
    const double *x;
    double *means, *variances;
    unsigned char *failed; /* of each block */
};

static void put_identity(size_t order, double *matrix, size_t lane) {
    for (size_t a = 0; a < order; a++)
        for (size_t b = 0; b <= a; b++)
            matrix[cholesky_batch_at(a, b) + lane] = a == b;
}

/* The system of a query, in a lane; jitter is relative to k(x, x). */
static void put_query(const struct queries *queries, size_t query, size_t lane, double jitter,
                      size_t worker) {
    struct gaussian_process_local *local = queries->local;
    const struct gaussian_process_model *model = local->model;
    struct workspace *workspace = &local->workspaces[worker];
    size_t d = model->inputs, q = model->outputs, m = local->neighbours, nearest[PREDECESSORS_MAX];
    const double *x = queries->x + query * d;
    predecessors_nearest(&local->index, x, model->rows, m, nearest);
    for (size_t k = 0; k < POINTS; k++) {
        const double *from = k < m ? model->x + nearest[k] * d : x;
        memcpy(workspace->x + k * d, from, d * sizeof *from);
        for (size_t c = 0; c < d; c++)
            workspace->y[c * POINTS + k] = from[c];
    }
    struct covariance_tile tile = {
        .rows = m + 1, .columns = m + 1, .inputs = d, .x = workspace->x, .y = workspace->y};
    const double *values = covariance_tile_values(&local->work.workspaces[worker], &tile);
    double prior = workspace->prior[lane] = values[m * POINTS + m];
    for (size_t a = 0; a < m; a++) {
        double noise = model->noise_rows == NULL ? 0 : model->noise_rows[nearest[a]];
        for (size_t b = 0; b <= a; b++)
            workspace->matrix[cholesky_batch_at(a, b) + lane] = values[a * POINTS + b];
        workspace->matrix[cholesky_batch_at(a, a) + lane] +=
            noise + model->noise + model->jitter + jitter * prior;
        workspace->kernel[a * BATCH + lane] = values[m * POINTS + a];
        for (size_t c = 0; c < q; c++)
            workspace->targets[(c * m + a) * BATCH + lane] = local->residuals[nearest[a] * q + c];
    }
}

static void take_result(const struct queries *queries, size_t query, size_t lane,
                        const struct workspace *workspace) {
    size_t q = queries->local->model->outputs, m = queries->local->neighbours;
    double explained = 0;
    for (size_t c = 0; c < q; c++) {
        double sum = 0;
        for (size_t a = 0; a < m; a++)
            sum += workspace->kernel[a * BATCH + lane] * workspace->targets[(c * m + a) * BATCH + lane];
        queries->means[query * q + c] = sum;
    }
    for (size_t a = 0; a < m; a++)
        explained += workspace->kernel[a * BATCH + lane] * workspace->kernel[a * BATCH + lane];
    if (queries->variances != NULL)
        queries->variances[query] = fmax(workspace->prior[lane] - explained, 0);
}

/* Up to eight queries at once. Returns 0, or -1: one of their matrices has no factor. */
static int solve_group(const struct queries *queries, size_t first, size_t count, double jitter,
                       size_t worker) {
    const struct gaussian_process_local *local = queries->local;
    struct workspace *workspace = &local->workspaces[worker];
    size_t m = local->neighbours;
    memset(workspace->kernel, 0, m * BATCH * sizeof(double));
    memset(workspace->targets, 0, local->model->outputs * m * BATCH * sizeof(double));
    for (size_t lane = 0; lane < BATCH; lane++)
        if (lane < count)
            put_query(queries, first + lane, lane, jitter, worker);
        else
            put_identity(m, workspace->matrix, lane);
    if (cholesky_batch_factor(m, workspace->matrix) < 0)
        return -1;
    cholesky_batch_solve_lower(m, workspace->matrix, workspace->kernel);
    for (size_t c = 0; c < local->model->outputs; c++)
        cholesky_batch_solve_lower(m, workspace->matrix, workspace->targets + c * m * BATCH);
    for (size_t lane = 0; lane < count; lane++)
        take_result(queries, first + lane, lane, workspace);
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

int gaussian_process_local_at(struct gaussian_process_local *local, size_t count, const double *x,
                              double *means, double *variances, struct error *error) {
    size_t blocks = (count + BLOCK - 1) / BLOCK;
    struct queries queries = {local, count, x, means, variances, memory_zeros(error, blocks, 1)};
    if (queries.failed == NULL)
        return -1;
    parallel_for(local->threads, blocks, run_block, &queries);
    bool failed = false;
    for (size_t b = 0; b < blocks; b++)
        failed = failed || queries.failed[b];
    free(queries.failed);
    return failed ? error_set(error, "a covariance of neighbours is not positive definite (jitter up to 1e-6 "
                                     "tried)")
                  : 0;
}
