#include "process/covariance_gram.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"

enum { TILE = COVARIANCE_TILE, AREA = COVARIANCE_TILE_AREA };

static bool has_vector(const struct covariance *covariance, const struct covariance_node *leaf) {
    size_t lengthscales = 0;
    for (size_t p = 0; p < leaf->parameter_count; p++)
        lengthscales += strcmp(covariance->parameters[leaf->first_parameter + p].key, "lengthscale") == 0;
    return lengthscales > 1;
}

int covariance_gram_check(const struct covariance *covariance, struct error *error) {
    for (size_t i = 0; i < covariance->node_count; i++) {
        const struct covariance_node *node = &covariance->nodes[i];
        if (node->kind != COVARIANCE_LEAF)
            continue;
        const char *what = node->kernel->gram_slopes == NULL ? node->kernel->name
                           : has_vector(covariance, node)    ? "ard"
                           : !node->all_columns              ? "columns"
                                                             : NULL;
        if (what != NULL)
            return error_set_usage(error, "kernel: %s is not defined on a Gram matrix", what);
    }
    return 0;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t block_count(size_t count) {
    return (count + TILE - 1) / TILE;
}

/* One pass over tiles. */
struct pass {
    struct covariance_work *work;
    const struct covariance_gram *gram;
    double *k;
    const double *adjoint;
    const struct covariance_gram_pullback *pullback;
    double *gradients, *columns; /* of each block of rows: parameter_count, columns */
};

/* A tile's entries, and where they stand. */
struct entries {
    size_t first_row, rows, first_column, columns;
    double products[AREA], x_squares[TILE], y_squares[TILE];
    struct covariance_gram_tile gram;
    struct covariance_tile tile;
};

/* What is beyond the matrix repeats its last rows and columns. */
static void take_tile(const struct covariance_gram *gram, size_t row_block, size_t column_block,
                      struct entries *entries) {
    entries->first_row = row_block * TILE;
    entries->first_column = column_block * TILE;
    entries->rows = least(TILE, gram->rows - entries->first_row);
    entries->columns = least(TILE, gram->columns - entries->first_column);
    for (size_t i = 0; i < TILE; i++) {
        size_t row = entries->first_row + least(i, entries->rows - 1);
        size_t column = entries->first_column + least(i, entries->columns - 1);
        entries->x_squares[i] = gram->row_squares[row];
        entries->y_squares[i] = gram->column_squares[column];
        for (size_t j = 0; j < TILE; j++)
            entries->products[i * TILE + j] =
                gram->products[row * gram->columns + entries->first_column + least(j, entries->columns - 1)];
    }
    entries->gram = (struct covariance_gram_tile){entries->products, entries->x_squares, entries->y_squares};
    entries->tile = (struct covariance_tile){
        .rows = entries->rows,
        .columns = entries->columns,
        .offset = COVARIANCE_APART,
        .gram = &entries->gram,
    };
}

static void fill_rows(void *context, size_t row_block, size_t worker) {
    const struct pass *pass = context;
    struct entries entries;
    for (size_t column_block = 0; column_block < block_count(pass->gram->columns); column_block++) {
        take_tile(pass->gram, row_block, column_block, &entries);
        const double *values = covariance_tile_values(&pass->work->workspaces[worker], &entries.tile);
        for (size_t i = 0; i < entries.rows; i++)
            memcpy(pass->k + (entries.first_row + i) * pass->gram->columns + entries.first_column,
                   values + i * TILE, entries.columns * sizeof *values);
    }
}

void covariance_gram_values(struct covariance_work *work, const struct covariance_gram *gram, double *k) {
    struct pass pass = {.work = work, .gram = gram, .k = k};
    parallel_for(work->threads, block_count(gram->rows), fill_rows, &pass);
}

void covariance_gram_diagonal(struct covariance_work *work, size_t count, const double *squares, double *k) {
    for (size_t first = 0; first < count; first += TILE) {
        double own[TILE];
        size_t rows = least(TILE, count - first);
        for (size_t i = 0; i < TILE; i++)
            own[i] = squares[first + least(i, rows - 1)];
        const struct covariance_gram_tile gram = {.x_squares = own};
        const struct covariance_tile tile = {
            .rows = rows, .columns = rows, .offset = COVARIANCE_APART, .gram = &gram};
        covariance_tile_diagonal(&work->workspaces[0], &tile, k + first);
    }
}

/* The sums of a tile to where they belong. */
static void scatter(const struct pass *pass, const struct entries *entries, size_t row_block,
                    const struct covariance_gram_slopes *sums) {
    size_t columns = pass->gram->columns;
    for (size_t i = 0; i < entries->rows; i++) {
        size_t row = entries->first_row + i;
        memcpy(pass->pullback->products + row * columns + entries->first_column, sums->products + i * TILE,
               entries->columns * sizeof(double));
        for (size_t j = 0; j < entries->columns; j++) {
            pass->pullback->rows[row] += sums->x_squares[i * TILE + j];
            pass->columns[row_block * columns + entries->first_column + j] += sums->y_squares[i * TILE + j];
        }
    }
}

static void pull_rows(void *context, size_t row_block, size_t worker) {
    const struct pass *pass = context;
    struct covariance_workspace *workspace = &pass->work->workspaces[worker];
    double products[AREA], x_squares[AREA], y_squares[AREA], adjoint[AREA];
    const struct covariance_gram_slopes sums = {products, x_squares, y_squares};
    struct entries entries;
    for (size_t column_block = 0; column_block < block_count(pass->gram->columns); column_block++) {
        take_tile(pass->gram, row_block, column_block, &entries);
        memset(adjoint, 0, sizeof adjoint);
        memset(products, 0, sizeof products);
        memset(x_squares, 0, sizeof x_squares);
        memset(y_squares, 0, sizeof y_squares);
        for (size_t i = 0; i < entries.rows; i++)
            memcpy(adjoint + i * TILE,
                   pass->adjoint + (entries.first_row + i) * pass->gram->columns + entries.first_column,
                   entries.columns * sizeof *adjoint);
        covariance_tile_values(workspace, &entries.tile);
        covariance_tile_pull(workspace, &entries.tile, adjoint, &sums);
        scatter(pass, &entries, row_block, &sums);
        if (pass->pullback->gradient != NULL)
            covariance_tile_accumulate(workspace, &entries.tile, adjoint,
                                       pass->gradients + row_block * pass->work->covariance->parameter_count);
    }
}

/* Sums of `blocks` rows of terms, in their order. */
static void sum_blocks(size_t blocks, size_t count, const double *terms, double *sums) {
    memset(sums, 0, count * sizeof *sums);
    for (size_t block = 0; block < blocks; block++)
        for (size_t i = 0; i < count; i++)
            sums[i] += terms[block * count + i];
}

int covariance_gram_pull(struct covariance_work *work, const struct covariance_gram *gram,
                         const double *adjoint, const struct covariance_gram_pullback *pullback,
                         struct error *error) {
    size_t blocks = block_count(gram->rows), parameters = work->covariance->parameter_count, entries;
    struct pass pass = {.work = work, .gram = gram, .adjoint = adjoint, .pullback = pullback};
    if (!memory_product(blocks, parameters + gram->columns, &entries))
        return error_set(error, "out of memory");
    pass.columns = memory_zeros(error, entries + 1, sizeof *pass.columns);
    if (pass.columns == NULL)
        return -1;
    pass.gradients = pass.columns + blocks * gram->columns;
    memset(pullback->rows, 0, gram->rows * sizeof *pullback->rows);
    parallel_for(work->threads, blocks, pull_rows, &pass);
    sum_blocks(blocks, gram->columns, pass.columns, pullback->columns);
    if (pullback->gradient != NULL)
        sum_blocks(blocks, parameters, pass.gradients, pullback->gradient);
    free(pass.columns);
    return 0;
}
