#include "num/tiled_cholesky.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"

/* Larger tiles are packed less often for the same product, smaller ones share out small matrices better. */
enum { TILE_SMALL = 256, TILE_LARGE = 512, LARGE_FROM = 4096 };

/* A tile on the diagonal is updated in strips of this many rows, each no longer than to the diagonal. */
enum { STRIP = 128 };

int tiled_cholesky_open(struct tiled_cholesky *work, size_t n, size_t threads, struct error *error) {
    size_t tile = n < LARGE_FROM ? TILE_SMALL : TILE_LARGE;
    size_t count = (n + tile - 1) / tile;
    *work = (struct tiled_cholesky){.n = n, .threads = threads, .tile = tile};
    work->diagonals = memory_matrix(error, count, tile * tile, sizeof(double));
    work->tiles = memory_matrix(error, threads, tile * tile, sizeof(double));
    work->done = memory_array(error, count, sizeof *work->done);
    if (work->diagonals == NULL || work->tiles == NULL || work->done == NULL) {
        tiled_cholesky_close(work);
        return -1;
    }
    return 0;
}

void tiled_cholesky_close(struct tiled_cholesky *work) {
    free(work->diagonals);
    free(work->tiles);
    free(work->done);
    *work = (struct tiled_cholesky){0};
}

/* A matrix at work. A tile is done from left to right in its row, so a count for each row tells which are. */
struct factoring {
    struct tiled_cholesky *work;
    double *a;
    pthread_mutex_t lock;    /* guards what follows, and work->done */
    pthread_cond_t progress; /* a tile is done, or a pivot failed */
    size_t pivot;            /* the one that failed, from 1; 0: none */
};

static size_t tile_count(const struct tiled_cholesky *work) {
    return (work->n + work->tile - 1) / work->tile;
}

static size_t tile_size(const struct tiled_cholesky *work, size_t index) {
    size_t left = work->n - index * work->tile;
    return left < work->tile ? left : work->tile;
}

static double *tile_at(const struct factoring *factoring, size_t row, size_t column) {
    const struct tiled_cholesky *work = factoring->work;
    return factoring->a + row * work->tile * work->n + column * work->tile;
}

static double *diagonal_at(const struct factoring *factoring, size_t index) {
    const struct tiled_cholesky *work = factoring->work;
    return work->diagonals + index * work->tile * work->tile;
}

static double *own_tile(const struct factoring *factoring, size_t worker) {
    const struct tiled_cholesky *work = factoring->work;
    return work->tiles + worker * work->tile * work->tile;
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

/* A_ij -= sum_(k < j) L_ik L_jk^T. On the diagonal what lies above it, which nobody reads, is left out by and
 * large. */
static void update_tile(const struct factoring *factoring, size_t i, size_t j) {
    const struct tiled_cholesky *work = factoring->work;
    size_t n = work->n, rows = tile_size(work, i), columns = tile_size(work, j), inner = j * work->tile;
    const double *left = tile_at(factoring, i, 0), *right = tile_at(factoring, j, 0);
    double *target = tile_at(factoring, i, j);
    if (j == 0)
        return;
    if (i > j) {
        multiply(n, rows, columns, inner, -1, left, n, right, 1, target);
        return;
    }
    for (size_t top = 0; top < rows; top += STRIP) {
        size_t count = rows - top < STRIP ? rows - top : STRIP;
        multiply(n, count, top + count, inner, -1, left + top * n, n, right, 1, target + top * n);
    }
}

/* L_ij = A_ij L_jj^-T. */
static void solve_tile(const struct factoring *factoring, size_t i, size_t j, size_t worker) {
    const struct tiled_cholesky *work = factoring->work;
    size_t n = work->n, rows = tile_size(work, i), columns = tile_size(work, j);
    double *tile = own_tile(factoring, worker);
    gather(rows, columns, tile_at(factoring, i, j), n, tile);
    blas_solve_rows(columns, diagonal_at(factoring, j), false, rows, tile);
    scatter(rows, columns, tile, tile_at(factoring, i, j), n);
}

static size_t factor_diagonal(const struct factoring *factoring, size_t j) {
    const struct tiled_cholesky *work = factoring->work;
    size_t n = work->n, size = tile_size(work, j);
    double *diagonal = diagonal_at(factoring, j);
    gather(size, size, tile_at(factoring, j, j), n, diagonal);
    size_t pivot = blas_cholesky(size, diagonal);
    if (pivot > 0)
        return j * work->tile + pivot;
    scatter(size, size, diagonal, tile_at(factoring, j, j), n);
    return 0;
}

/* Waits until the first `count` tiles of a row are done. False: they never will be. */
static bool wait_for(struct factoring *factoring, size_t row, size_t count) {
    pthread_mutex_lock(&factoring->lock);
    while (factoring->work->done[row] < count && factoring->pivot == 0)
        pthread_cond_wait(&factoring->progress, &factoring->lock);
    bool done = factoring->work->done[row] >= count;
    pthread_mutex_unlock(&factoring->lock);
    return done;
}

static void tell(struct factoring *factoring, size_t row, size_t pivot) {
    pthread_mutex_lock(&factoring->lock);
    if (pivot > 0)
        factoring->pivot = pivot;
    else
        factoring->work->done[row]++;
    pthread_cond_broadcast(&factoring->progress);
    pthread_mutex_unlock(&factoring->lock);
}

/* One tile of L. The blocks go down the columns from left to right, so a tile waits for earlier blocks only.
 */
static void factor_tile(void *context, size_t block, size_t worker) {
    struct factoring *factoring = context;
    size_t tiles = tile_count(factoring->work), j = 0, below = block;
    while (below >= tiles - j)
        below -= tiles - j++;
    size_t i = j + below, pivot = 0;
    if (!wait_for(factoring, i, j) || !wait_for(factoring, j, j))
        return;
    update_tile(factoring, i, j);
    if (i == j)
        pivot = factor_diagonal(factoring, j);
    else if (wait_for(factoring, j, j + 1))
        solve_tile(factoring, i, j, worker);
    else
        return;
    tell(factoring, i, pivot);
}

size_t tiled_cholesky_factor(struct tiled_cholesky *work, double *a) {
    struct factoring factoring = {
        .work = work, .a = a, .lock = PTHREAD_MUTEX_INITIALIZER, .progress = PTHREAD_COND_INITIALIZER};
    size_t tiles = tile_count(work);
    memset(work->done, 0, tiles * sizeof *work->done);
    parallel_for(work->threads, tiles * (tiles + 1) / 2, factor_tile, &factoring);
    pthread_cond_destroy(&factoring.progress);
    pthread_mutex_destroy(&factoring.lock);
    return factoring.pivot;
}

/* V_jj = L_jj^-T, upper triangular, in the place of the diagonal's copy; the matrix keeps L_jj. Row r of the
 * identity solved with L gives column r of L^-1, that is row r of V. */
static void invert_diagonal(void *context, size_t j, size_t worker) {
    const struct factoring *factoring = context;
    size_t n = factoring->work->n, size = tile_size(factoring->work, j);
    double *tile = own_tile(factoring, worker), *inverse = diagonal_at(factoring, j);
    gather(size, size, tile_at(factoring, j, j), n, tile);
    memset(inverse, 0, size * size * sizeof *inverse);
    for (size_t r = 0; r < size; r++)
        inverse[r * size + r] = 1;
    blas_solve_rows(size, tile, false, size, inverse);
}

/* Row j of V = L^-T, above the diagonal: V_ji = -(sum_(j <= k < i) V_jk L_ik^T) L_ii^-T. */
static void invert_row(void *context, size_t j, size_t worker) {
    const struct factoring *factoring = context;
    const struct tiled_cholesky *work = factoring->work;
    size_t n = work->n, tiles = tile_count(work), rows = tile_size(work, j);
    double *tile = own_tile(factoring, worker);
    for (size_t i = j + 1; i < tiles; i++) {
        size_t columns = tile_size(work, i);
        double *target = tile_at(factoring, j, i);
        multiply(n, rows, columns, rows, -1, diagonal_at(factoring, j), rows, tile_at(factoring, i, j), 0,
                 target);
        if (i > j + 1)
            multiply(n, rows, columns, (i - j - 1) * work->tile, -1, tile_at(factoring, j, j + 1), n,
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
    const struct tiled_cholesky *work = factoring->work;
    size_t n = work->n, rows = tile_size(work, i), after = (i + 1) * work->tile;
    size_t inner = after < n ? n - after : 0;
    const double *right = tile_at(factoring, i, i) + work->tile; /* V_ik for k > i */
    (void)worker;
    for (size_t j = 0; j <= i; j++) {
        size_t columns = tile_size(work, j);
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
            multiply(n, rows, columns, inner, 1, right, n, tile_at(factoring, j, i) + work->tile, 1, target);
    }
}

void tiled_cholesky_invert(struct tiled_cholesky *work, double *factor) {
    struct factoring factoring = {.work = work, .a = factor};
    size_t tiles = tile_count(work);
    parallel_for(work->threads, tiles, invert_diagonal, &factoring);
    parallel_for(work->threads, tiles, invert_row, &factoring);
    parallel_for(work->threads, tiles, multiply_row, &factoring);
}
