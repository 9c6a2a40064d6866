#include "process/covariance_matrix.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"

static size_t block_count(size_t points) {
    return (points + COVARIANCE_TILE - 1) / COVARIANCE_TILE;
}

static size_t block_size(size_t points, size_t block) {
    size_t first = block * COVARIANCE_TILE;
    return points - first < COVARIANCE_TILE ? points - first : COVARIANCE_TILE;
}

int covariance_points_open(struct covariance_points *points, size_t count, size_t inputs, const double *x,
                           struct error *error) {
    *points = (struct covariance_points){count, inputs, x, NULL};
    size_t blocks = block_count(count);
    points->blocks = memory_matrix(error, blocks * COVARIANCE_TILE, inputs, sizeof(double));
    if (points->blocks == NULL)
        return -1;
    for (size_t block = 0; block < blocks; block++)
        for (size_t c = 0; c < inputs; c++)
            for (size_t j = 0; j < COVARIANCE_TILE; j++) {
                size_t row = block * COVARIANCE_TILE + j;
                points->blocks[(block * inputs + c) * COVARIANCE_TILE + j] =
                    x[(row < count ? row : count - 1) * inputs + c];
            }
    return 0;
}

void covariance_points_close(struct covariance_points *points) {
    free(points->blocks);
    *points = (struct covariance_points){0};
}

int covariance_work_open(struct covariance_work *work, const struct covariance *covariance, size_t threads,
                         struct error *error) {
    *work = (struct covariance_work){covariance, threads, NULL};
    work->workspaces = memory_zeros(error, threads, sizeof *work->workspaces);
    if (work->workspaces == NULL)
        return -1;
    for (size_t i = 0; i < threads; i++)
        if (covariance_tile_open(&work->workspaces[i], covariance, error) < 0) {
            covariance_work_close(work);
            return -1;
        }
    return 0;
}

void covariance_work_close(struct covariance_work *work) {
    for (size_t i = 0; work->workspaces != NULL && i < work->threads; i++)
        covariance_tile_close(&work->workspaces[i]);
    free(work->workspaces);
    *work = (struct covariance_work){0};
}

/* One pass over tiles. */
struct pass {
    struct covariance_work *work;
    const struct covariance_points *x, *y;
    bool same, whole;
    double *k;
    covariance_adjoint *adjoint;
    void *context;
    const double *weights; /* of the diagonal */
    double *gradients;     /* for each block of rows parameter_count */
    double *slopes;
};

static struct covariance_tile tile_at(const struct pass *pass, size_t row_block, size_t column_block) {
    size_t inputs = pass->x->inputs;
    struct covariance_tile tile = {
        .rows = block_size(pass->x->count, row_block),
        .columns = block_size(pass->y->count, column_block),
        .inputs = inputs,
        .x = pass->x->x + row_block * COVARIANCE_TILE * inputs,
        .y = pass->y->blocks + column_block * COVARIANCE_TILE * inputs,
        .offset = COVARIANCE_APART,
    };
    if (pass->same)
        tile.offset = ((ptrdiff_t)row_block - (ptrdiff_t)column_block) * COVARIANCE_TILE;
    return tile;
}

static void write_tile(const struct pass *pass, const struct covariance_tile *tile, size_t row_block,
                       size_t column_block, const double *values) {
    size_t width = pass->y->count;
    double *corner = pass->k + row_block * COVARIANCE_TILE * width + column_block * COVARIANCE_TILE;
    for (size_t i = 0; i < tile->rows; i++)
        memcpy(corner + i * width, values + i * COVARIANCE_TILE, tile->columns * sizeof *corner);
    if (!pass->same || !pass->whole || row_block == column_block)
        return;
    double *mirrored = pass->k + column_block * COVARIANCE_TILE * width + row_block * COVARIANCE_TILE;
    for (size_t j = 0; j < tile->columns; j++)
        for (size_t i = 0; i < tile->rows; i++)
            mirrored[j * width + i] = values[i * COVARIANCE_TILE + j];
}

/* The blocks of columns that a block of rows meets: all, or up to its own. */
static size_t columns_of(const struct pass *pass, size_t row_block) {
    return pass->same ? row_block + 1 : block_count(pass->y->count);
}

static void fill_rows(void *context, size_t row_block, size_t worker) {
    const struct pass *pass = context;
    struct covariance_workspace *workspace = &pass->work->workspaces[worker];
    for (size_t column_block = 0; column_block < columns_of(pass, row_block); column_block++) {
        struct covariance_tile tile = tile_at(pass, row_block, column_block);
        write_tile(pass, &tile, row_block, column_block, covariance_tile_values(workspace, &tile));
    }
}

void covariance_matrix_square(struct covariance_work *work, const struct covariance_points *points,
                              bool whole, double *k) {
    struct pass pass = {.work = work, .x = points, .y = points, .same = true, .whole = whole, .k = k};
    parallel_for(work->threads, block_count(points->count), fill_rows, &pass);
}

void covariance_matrix_cross(struct covariance_work *work, const struct covariance_points *x,
                             const struct covariance_points *y, double *k) {
    struct pass pass = {.work = work, .x = x, .y = y, .k = k};
    parallel_for(work->threads, block_count(x->count), fill_rows, &pass);
}

static void fill_diagonal(void *context, size_t block, size_t worker) {
    const struct pass *pass = context;
    struct covariance_tile tile = tile_at(pass, block, block);
    covariance_tile_diagonal(&pass->work->workspaces[worker], &tile, pass->k + block * COVARIANCE_TILE);
}

void covariance_matrix_diagonal(struct covariance_work *work, const struct covariance_points *points,
                                double *diagonal) {
    struct pass pass = {.work = work, .x = points, .y = points, .same = true, .k = diagonal};
    parallel_for(work->threads, block_count(points->count), fill_diagonal, &pass);
}

static void clear_beyond(const struct covariance_tile *tile, double *adjoint) {
    for (size_t i = 0; i < tile->rows && tile->columns < COVARIANCE_TILE; i++)
        memset(adjoint + i * COVARIANCE_TILE + tile->columns, 0,
               (COVARIANCE_TILE - tile->columns) * sizeof *adjoint);
}

/* slopes_i[input] += sum_j adjoint_ij dk_ij/dx_i[input] */
static void add_slopes(const struct pass *pass, struct covariance_workspace *workspace,
                       const struct covariance_tile *tile, size_t row_block, const double *adjoint) {
    double slope[COVARIANCE_TILE_AREA];
    for (size_t input = 0; input < tile->inputs; input++) {
        covariance_tile_slope(workspace, tile, input, slope);
        for (size_t i = 0; i < tile->rows; i++) {
            double sum = 0;
            for (size_t j = 0; j < tile->columns; j++)
                sum += adjoint[i * COVARIANCE_TILE + j] * slope[i * COVARIANCE_TILE + j];
            pass->slopes[(row_block * COVARIANCE_TILE + i) * tile->inputs + input] += sum;
        }
    }
}

static void accumulate_rows(void *context, size_t row_block, size_t worker) {
    const struct pass *pass = context;
    struct covariance_workspace *workspace = &pass->work->workspaces[worker];
    size_t parameters = pass->work->covariance->parameter_count;
    double *gradient = pass->gradients + row_block * parameters, adjoint[COVARIANCE_TILE_AREA];
    for (size_t column_block = 0; column_block < columns_of(pass, row_block); column_block++) {
        struct covariance_tile tile = tile_at(pass, row_block, column_block);
        pass->adjoint(pass->context, row_block * COVARIANCE_TILE, tile.rows, column_block * COVARIANCE_TILE,
                      tile.columns, adjoint);
        clear_beyond(&tile, adjoint);
        /* A tile below the diagonal stands for its mirror image too. */
        for (size_t i = 0; pass->same && column_block < row_block && i < tile.rows * COVARIANCE_TILE; i++)
            adjoint[i] *= 2;
        covariance_tile_values(workspace, &tile);
        covariance_tile_accumulate(workspace, &tile, adjoint, gradient);
        if (pass->slopes != NULL)
            add_slopes(pass, workspace, &tile, row_block, adjoint);
    }
}

static void accumulate_diagonal(void *context, size_t block, size_t worker) {
    const struct pass *pass = context;
    struct covariance_workspace *workspace = &pass->work->workspaces[worker];
    double adjoint[COVARIANCE_TILE_AREA];
    struct covariance_tile tile = tile_at(pass, block, block);
    memset(adjoint, 0, sizeof adjoint);
    for (size_t i = 0; i < tile.rows; i++)
        adjoint[i * COVARIANCE_TILE + i] = pass->weights[block * COVARIANCE_TILE + i];
    covariance_tile_values(workspace, &tile);
    covariance_tile_accumulate(workspace, &tile, adjoint,
                               pass->gradients + block * pass->work->covariance->parameter_count);
}

static int find_gradient(struct pass *pass, parallel_body *body, double *gradient, struct error *error) {
    size_t parameters = pass->work->covariance->parameter_count, blocks = block_count(pass->x->count);
    size_t entries;
    if (!memory_product(blocks, parameters, &entries))
        return error_set(error, "out of memory");
    pass->gradients = memory_zeros(error, entries + 1, sizeof *pass->gradients);
    if (pass->gradients == NULL)
        return -1;
    parallel_for(pass->work->threads, blocks, body, pass);
    for (size_t p = 0; p < parameters; p++)
        gradient[p] = 0;
    for (size_t block = 0; block < blocks; block++)
        for (size_t p = 0; p < parameters; p++)
            gradient[p] += pass->gradients[block * parameters + p];
    free(pass->gradients);
    return 0;
}

int covariance_matrix_gradient(struct covariance_work *work, const struct covariance_points *points,
                               covariance_adjoint *adjoint, void *context, double *gradient,
                               struct error *error) {
    struct pass pass = {
        .work = work, .x = points, .y = points, .same = true, .adjoint = adjoint, .context = context};
    return find_gradient(&pass, accumulate_rows, gradient, error);
}

int covariance_matrix_diagonal_gradient(struct covariance_work *work, const struct covariance_points *points,
                                        const double *adjoint, double *gradient, struct error *error) {
    struct pass pass = {.work = work, .x = points, .y = points, .same = true, .weights = adjoint};
    return find_gradient(&pass, accumulate_diagonal, gradient, error);
}

int covariance_matrix_cross_gradient(struct covariance_work *work, const struct covariance_points *x,
                                     const struct covariance_points *y, covariance_adjoint *adjoint,
                                     void *context, double *gradient, double *slopes, struct error *error) {
    struct pass pass = {
        .work = work, .x = x, .y = y, .adjoint = adjoint, .context = context, .slopes = slopes};
    if (slopes != NULL)
        memset(slopes, 0, x->count * x->inputs * sizeof *slopes);
    return find_gradient(&pass, accumulate_rows, gradient, error);
}
