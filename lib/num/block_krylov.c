#include "num/block_krylov.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "num/lanes.h"
#include "num/tridiagonal_eigen.h"

enum {
    DEPTH = 4,     /* blocks of a cycle: v, Av, A^2 v, A^3 v */
    GROUP = 4,     /* vectors that a row of the matrix meets while it is in the first cache */
    STEP = LANES,  /* entries at a time */
    REPLACED = 16, /* vectors drawn in place of dependent ones before a cycle is content with fewer */
};

/* A vector whose length falls below this fraction when the others are taken out is dependent on them. */
#define DEPENDENT 1e-10

struct block_krylov {
    size_t order, width;
    double *basis;   /* DEPTH width x order: orthonormal rows q */
    double *images;  /* DEPTH width x order: A q */
    double *small;   /* the basis's matrix of inner products <q, A q>, and its eigenvectors */
    double *values;  /* DEPTH width */
    double *weights; /* DEPTH width: inner products of a vector with the basis */
    size_t *ranks;   /* DEPTH width */
    double *rotated; /* 2 x width x order: Ritz vectors and their images */
};

struct block_krylov *block_krylov_create(size_t order, size_t width, struct error *error) {
    assert(DEPTH * width <= order);
    size_t room = DEPTH * width;
    struct block_krylov *krylov = memory_zeros(error, 1, sizeof *krylov);
    if (krylov == NULL)
        return NULL;
    krylov->order = order;
    krylov->width = width;
    krylov->basis = memory_matrix(error, room, order, sizeof(double));
    krylov->images = memory_matrix(error, room, order, sizeof(double));
    krylov->small = memory_matrix(error, 2 * room, room, sizeof(double));
    krylov->values = memory_array(error, room, sizeof(double));
    krylov->weights = memory_array(error, room, sizeof(double));
    krylov->ranks = memory_array(error, room, sizeof(size_t));
    krylov->rotated = memory_matrix(error, 2 * width, order, sizeof(double));
    if (krylov->basis != NULL && krylov->images != NULL && krylov->small != NULL && krylov->values != NULL &&
        krylov->weights != NULL && krylov->ranks != NULL && krylov->rotated != NULL)
        return krylov;
    block_krylov_free(krylov);
    return NULL;
}

void block_krylov_free(struct block_krylov *krylov) {
    if (krylov == NULL)
        return;
    free(krylov->basis);
    free(krylov->images);
    free(krylov->small);
    free(krylov->values);
    free(krylov->weights);
    free(krylov->ranks);
    free(krylov->rotated);
    free(krylov);
}

ALWAYS_INLINE double add_lanes(lanes sum) {
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Inner products of x with GROUP rows of `stride` entries each. */
static INSTRUCTION_SETS void dots(size_t count, const double *x, const double *rows, size_t stride,
                                  double *result) {
    lanes even[GROUP] = {{0}}, odd[GROUP] = {{0}};
    size_t j = 0;
    for (; j + 2 * STEP <= count; j += 2 * STEP) {
        lanes first = lanes_load(x + j), second = lanes_load(x + j + STEP);
        LANES_UNROLL
        for (size_t r = 0; r < GROUP; r++) {
            even[r] += first * lanes_load(rows + r * stride + j);
            odd[r] += second * lanes_load(rows + r * stride + j + STEP);
        }
    }
    for (size_t r = 0; r < GROUP; r++) {
        double tail = 0;
        for (size_t i = j; i < count; i++)
            tail += x[i] * rows[r * stride + i];
        result[r] = add_lanes(even[r] + odd[r]) + tail;
    }
}

/* y += factor x */
static INSTRUCTION_SETS void add_multiple(size_t count, double factor, const double *x, double *y) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] += factor * x[i];
}

static double dot(size_t count, const double *x, const double *y) {
    double result[GROUP];
    dots(count, x, y, 0, result);
    return result[0];
}

/* Inner products of x with `count` rows. */
static void dot_rows(size_t order, size_t count, const double *x, const double *rows, double *result) {
    size_t r = 0;
    for (; r + GROUP <= count; r += GROUP)
        dots(order, x, rows + r * order, order, result + r);
    for (; r < count; r++)
        result[r] = dot(order, x, rows + r * order);
}

/* Inner products of two rows x, x + count with GROUP rows: what is loaded is used twice. */
static INSTRUCTION_SETS void dots_of_two(size_t count, const double *x, const double *rows,
                                         double result[2][GROUP]) {
    lanes sums[2][GROUP] = {{{0}}};
    size_t j = 0;
    for (; j + STEP <= count; j += STEP) {
        lanes first = lanes_load(x + j), second = lanes_load(x + count + j);
        LANES_UNROLL
        for (size_t r = 0; r < GROUP; r++) {
            lanes row = lanes_load(rows + r * count + j);
            sums[0][r] += first * row;
            sums[1][r] += second * row;
        }
    }
    for (size_t r = 0; r < GROUP; r++) {
        double tail[2] = {0, 0};
        for (size_t i = j; i < count; i++) {
            tail[0] += x[i] * rows[r * count + i];
            tail[1] += x[count + i] * rows[r * count + i];
        }
        result[0][r] = add_lanes(sums[0][r]) + tail[0];
        result[1][r] = add_lanes(sums[1][r]) + tail[1];
    }
}

/* Rows i and i + 1 of the images of `count` vectors, a multiple of GROUP. */
static void multiply_two(size_t n, const double *row, size_t i, size_t count, const double *vectors,
                         double *images) {
    double result[2][GROUP];
    for (size_t r = 0; r < count; r += GROUP) {
        dots_of_two(n, row, vectors + r * n, result);
        for (size_t s = 0; s < GROUP; s++) {
            images[(r + s) * n + i] = result[0][s];
            images[(r + s) * n + i + 1] = result[1][s];
        }
    }
}

/* y += (u 1^T + 1 u^T) x */
static void add_shift(size_t n, const double *shift, const double *x, double *y) {
    double sum = 0, inner = dot(n, shift, x);
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    add_multiple(n, sum, shift, y);
    for (size_t i = 0; i < n; i++)
        y[i] += inner;
}

/* images_r = A vectors_r for `count` rows; of two rows of A all inner products are taken while they are near.
 */
static void multiply(const struct block_krylov_matrix *matrix, size_t count, const double *vectors,
                     double *images) {
    size_t n = matrix->order, grouped = count / GROUP * GROUP, i = 0;
    for (; i + 2 <= n; i += 2)
        multiply_two(n, matrix->a + i * n, i, grouped, vectors, images);
    for (size_t r = 0; r < grouped && i < n; r++)
        images[r * n + i] = dot(n, matrix->a + i * n, vectors + r * n);
    for (size_t r = grouped; r < count; r++)
        for (i = 0; i < n; i++)
            images[r * n + i] = dot(n, matrix->a + i * n, vectors + r * n);
    for (size_t r = 0; r < count && matrix->shift != NULL; r++)
        add_shift(n, matrix->shift, vectors + r * n, images + r * n);
}

/* Takes the basis's first `size` rows out of x, twice (once loses digits), and makes it of length 1. Returns
 * whether anything was left. */
static bool orthonormalise(struct block_krylov *krylov, size_t size, double *x) {
    size_t n = krylov->order;
    double before = sqrt(dot(n, x, x)), after = before;
    if (!(before > 0 && isfinite(before)))
        return false;
    for (size_t i = 0; i < n; i++)
        x[i] /= before;
    for (int pass = 0; pass < 2; pass++) {
        dot_rows(n, size, x, krylov->basis, krylov->weights);
        for (size_t r = 0; r < size; r++)
            add_multiple(n, -krylov->weights[r], krylov->basis + r * n, x);
    }
    after = sqrt(dot(n, x, x));
    if (!(after > DEPENDENT))
        return false;
    for (size_t i = 0; i < n; i++)
        x[i] /= after;
    return true;
}

/* Appends x to the basis of `size` rows where it is independent. Returns the new size. */
static size_t append(struct block_krylov *krylov, size_t size, const double *x) {
    double *place = krylov->basis + size * krylov->order;
    memcpy(place, x, krylov->order * sizeof *x);
    return size + orthonormalise(krylov, size, place);
}

/* The first block: `width` independent vectors, drawn where those given are not. */
static size_t begin(struct block_krylov *krylov, size_t width, const double *vectors) {
    size_t n = krylov->order, size = 0, drawn = 0;
    struct random_stream stream;
    random_start(&stream, 1, "eigenvectors", "replaced", 0);
    for (size_t r = 0; r < width; r++)
        size = append(krylov, size, vectors + r * n);
    for (; size < width && drawn < REPLACED + width; drawn++) {
        random_normals(&stream, n, krylov->basis + size * n);
        size += orthonormalise(krylov, size, krylov->basis + size * n);
    }
    return size;
}

/* Eigenvectors of the basis's small matrix, best first in ranks. */
static void solve_small(struct block_krylov *krylov, size_t size) {
    size_t n = krylov->order;
    double *small = krylov->small, *vectors = small + size * size;
    for (size_t r = 0; r < size; r++)
        dot_rows(n, size, krylov->images + r * n, krylov->basis, small + r * size);
    for (size_t r = 0; r < size; r++)
        for (size_t s = 0; s < r; s++)
            small[r * size + s] = small[s * size + r] = 0.5 * (small[r * size + s] + small[s * size + r]);
    tridiagonal_eigen(size, small, krylov->values, vectors, krylov->weights);
    for (size_t r = 0; r < size; r++) { /* by insertion: few */
        size_t at = r;
        for (; at > 0 && krylov->values[krylov->ranks[at - 1]] < krylov->values[r]; at--)
            krylov->ranks[at] = krylov->ranks[at - 1];
        krylov->ranks[at] = r;
    }
}

void block_krylov_cycle(struct block_krylov *krylov, const struct block_krylov_matrix *matrix, size_t width,
                        double *vectors, double *values, double *residuals) {
    size_t n = krylov->order, from = 0, size = begin(krylov, width, vectors);
    assert(width <= krylov->width && n == matrix->order && size == width);
    for (size_t depth = 0; depth < DEPTH && from < size; depth++) {
        size_t end = size;
        multiply(matrix, end - from, krylov->basis + from * n, krylov->images + from * n);
        for (size_t r = from; r < end && depth + 1 < DEPTH; r++)
            size = append(krylov, size, krylov->images + r * n);
        from = end;
    }
    solve_small(krylov, size);
    double *rotated = krylov->rotated, *image = rotated + krylov->width * n;
    const double *small = krylov->small + size * size;
    memset(rotated, 0, 2 * krylov->width * n * sizeof *rotated);
    for (size_t k = 0; k < width; k++) {
        const double *weights = small + krylov->ranks[k] * size;
        double value = krylov->values[krylov->ranks[k]], squares = 0;
        for (size_t r = 0; r < size; r++) {
            add_multiple(n, weights[r], krylov->basis + r * n, rotated + k * n);
            add_multiple(n, weights[r], krylov->images + r * n, image + k * n);
        }
        for (size_t i = 0; i < n; i++) {
            double off = image[k * n + i] - value * rotated[k * n + i];
            squares += off * off;
        }
        values[k] = value;
        residuals[k] = sqrt(squares);
    }
    memcpy(vectors, rotated, width * n * sizeof *vectors);
}
