#include "num/tiled_cholesky.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"

enum { TILE = 256, TILE_AREA = TILE * TILE };

int tiled_cholesky_open(struct tiled_cholesky *work, size_t n, size_t threads, struct error *error) {
    *work = (struct tiled_cholesky){.n = n, .threads = threads};
    work->diagonals = memory_matrix(error, (n + TILE - 1) / TILE, TILE_AREA, sizeof(double));
    work->tiles = memory_matrix(error, threads, TILE_AREA, sizeof(double));
    if (work->diagonals == NULL || work->tiles == NULL) {
        tiled_cholesky_close(work);
        return -1;
    }
    return 0;
}

void tiled_cholesky_close(struct tiled_cholesky *work) {
    free(work->diagonals);
    free(work->tiles);
    *work = (struct tiled_cholesky){0};
}

/* A matrix at work, and the column of tiles that is done at the moment. */
struct factoring {
    struct tiled_cholesky *work;
    double *a;
    size_t column;
};

static size_t tile_count(size_t n) {
    return (n + TILE - 1) / TILE;
}

static size_t tile_size(size_t n, size_t tile) {
    return n - tile * TILE < TILE ? n - tile * TILE : TILE;
}

static double *tile_at(const struct factoring *factoring, size_t row, size_t column) {
    return factoring->a + row * TILE * factoring->work->n + column * TILE;
}

static double *diagonal_at(const struct factoring *factoring, size_t tile) {
    return factoring->work->diagonals + tile * TILE_AREA;
}

/* Copies rows x columns between a matrix of stride n and one without gaps. */
static void gather(size_t rows, size_t columns, const double *from, size_t stride, double *to) {
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * columns, from + i * stride, columns * sizeof *to);
}

static void scatter(size_t rows, size_t columns, const double *from, double *to, size_t stride) {
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * stride, from + i * columns, columns * sizeof *to);
}

/* C = alpha A B^T + beta C, all three within the matrix but for a, whose stride is given. */
static void multiply(size_t n, size_t rows, size_t columns, size_t inner, double alpha, const double *a,
                     size_t a_stride, const double *b, double beta, double *c) {
    struct blas_product product = {
        .rows = rows,
        .columns = columns,
        .inner = inner,
        .alpha = alpha,
        .beta = beta,
        .a = a,
        .b = b,
        .a_stride = a_stride,
        .b_stride = n,
        .c_stride = n,
        .b_transposed = true,
        .c = c,
    };
    blas_multiply(&product);
}

/* A_ij -= sum_(k < j) L_ik L_jk^T, for tile i = j + block. On the diagonal the upper right quarter, which
 * nobody reads, is left out. */
static void update_tile(void *context, size_t block, size_t worker) {
    (void)worker;
    const struct factoring *factoring = context;
    size_t n = factoring->work->n, j = factoring->column, i = j + block;
    size_t rows = tile_size(n, i), columns = tile_size(n, j), top = block == 0 ? columns / 2 : 0;
    const double *left = tile_at(factoring, i, 0), *right = tile_at(factoring, j, 0);
    double *target = tile_at(factoring, i, j);
    if (j == 0)
        return;
    if (top > 0)
        multiply(n, top, top, j * TILE, -1, left, n, right, 1, target);
    multiply(n, rows - top, columns, j * TILE, -1, left + top * n, n, right, 1, target + top * n);
}

/* L_ij = A_ij L_jj^-T, for tile i = j + 1 + block. */
static void solve_tile(void *context, size_t block, size_t worker) {
    const struct factoring *factoring = context;
    size_t n = factoring->work->n, j = factoring->column, i = j + 1 + block;
    size_t rows = tile_size(n, i), columns = tile_size(n, j);
    double *tile = factoring->work->tiles + worker * TILE_AREA;
    gather(rows, columns, tile_at(factoring, i, j), n, tile);
    blas_solve_rows(columns, diagonal_at(factoring, j), false, rows, tile);
    scatter(rows, columns, tile, tile_at(factoring, i, j), n);
}

static size_t factor_diagonal(const struct factoring *factoring, size_t j) {
    size_t n = factoring->work->n, size = tile_size(n, j);
    double *diagonal = diagonal_at(factoring, j);
    gather(size, size, tile_at(factoring, j, j), n, diagonal);
    size_t pivot = blas_cholesky(size, diagonal);
    if (pivot > 0)
        return j * TILE + pivot;
    scatter(size, size, diagonal, tile_at(factoring, j, j), n);
    return 0;
}

size_t tiled_cholesky_factor(struct tiled_cholesky *work, double *a) {
    struct factoring factoring = {work, a, 0};
    size_t tiles = tile_count(work->n);
    for (size_t j = 0; j < tiles; j++) {
        factoring.column = j;
        parallel_for(work->threads, tiles - j, update_tile, &factoring);
        size_t pivot = factor_diagonal(&factoring, j);
        if (pivot > 0)
            return pivot;
        parallel_for(work->threads, tiles - j - 1, solve_tile, &factoring);
    }
    return 0;
}

/* V_jj = L_jj^-T, upper triangular, in the place of the diagonal's copy; the matrix keeps L_jj. Row r of the
 * identity solved with L gives column r of L^-1, that is row r of V. */
static void invert_diagonal(void *context, size_t j, size_t worker) {
    const struct factoring *factoring = context;
    size_t n = factoring->work->n, size = tile_size(n, j);
    double *tile = factoring->work->tiles + worker * TILE_AREA, *inverse = diagonal_at(factoring, j);
    gather(size, size, tile_at(factoring, j, j), n, tile);
    memset(inverse, 0, size * size * sizeof *inverse);
    for (size_t r = 0; r < size; r++)
        inverse[r * size + r] = 1;
    blas_solve_rows(size, tile, false, size, inverse);
}

/* Row j of V = L^-T, above the diagonal: V_ji = -(sum_(j <= k < i) V_jk L_ik^T) L_ii^-T. */
static void invert_row(void *context, size_t j, size_t worker) {
    const struct factoring *factoring = context;
    size_t n = factoring->work->n, tiles = tile_count(n), rows = tile_size(n, j);
    double *tile = factoring->work->tiles + worker * TILE_AREA;
    for (size_t i = j + 1; i < tiles; i++) {
        size_t columns = tile_size(n, i);
        double *target = tile_at(factoring, j, i);
        multiply(n, rows, columns, rows, -1, diagonal_at(factoring, j), rows, tile_at(factoring, i, j), 0,
                 target);
        if (i > j + 1)
            multiply(n, rows, columns, (i - j - 1) * TILE, -1, tile_at(factoring, j, j + 1), n,
                     tile_at(factoring, i, j + 1), 1, target);
        /* X L_ii^T = S is S V_ii: a product, which is quicker than a solve. */
        gather(rows, columns, target, n, tile);
        struct blas_product product = {.rows = rows,
                                       .columns = columns,
                                       .inner = columns,
                                       .alpha = 1,
                                       .a = tile,
                                       .b = diagonal_at(factoring, i),
                                       .a_stride = columns,
                                       .b_stride = columns,
                                       .c_stride = n,
                                       .c = target};
        blas_multiply(&product);
    }
}

/* Row i of A^-1 up to the diagonal: sum_(k >= i) V_ik V_jk^T; what is above the diagonal, V, is only read. */
static void multiply_row(void *context, size_t i, size_t worker) {
    const struct factoring *factoring = context;
    size_t n = factoring->work->n, rows = tile_size(n, i), after = (i + 1) * TILE;
    size_t inner = after < n ? n - after : 0;
    const double *right = tile_at(factoring, i, i) + TILE; /* V_ik for k > i */
    (void)worker;
    for (size_t j = 0; j <= i; j++) {
        size_t columns = tile_size(n, j);
        double *target = tile_at(factoring, i, j);
        const double *diagonal = diagonal_at(factoring, i);
        struct blas_product first = {.rows = rows,
                                     .columns = columns,
                                     .inner = rows,
                                     .alpha = 1,
                                     .a = diagonal,
                                     .b = j == i ? diagonal : tile_at(factoring, j, i),
                                     .a_stride = rows,
                                     .b_stride = j == i ? rows : n,
                                     .c_stride = n,
                                     .b_transposed = true,
                                     .c = target};
        blas_multiply(&first);
        if (inner > 0)
            multiply(n, rows, columns, inner, 1, right, n, tile_at(factoring, j, i) + TILE, 1, target);
    }
}

void tiled_cholesky_invert(struct tiled_cholesky *work, double *factor) {
    struct factoring factoring = {work, factor, 0};
    size_t tiles = tile_count(work->n);
    parallel_for(work->threads, tiles, invert_diagonal, &factoring);
    parallel_for(work->threads, tiles, invert_row, &factoring);
    parallel_for(work->threads, tiles, multiply_row, &factoring);
}
