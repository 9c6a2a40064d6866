#include "density/bandwidth_pairs.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "num/elementary.h"
#include "num/fourier.h"

enum {
    WIDTH = 8,  /* pairs worked on side by side */
    BLOCK = 64, /* points a block of work */
    NODES = 6,  /* cells that share a point */
    PARTS = 16, /* cells of distances are filled in as many arrays, whatever the number of threads */
    CELLS_PER_BANDWIDTH = 20,
    CELLS_MAX = 1 << 20 /* beyond, exact sums: 150 MB of workspace */
};

/* exp(-60) is 9e-27: beside the pairs i = j nothing, whatever the power. */
static const double exponent_max = 60;

struct bandwidth_pairs {
    size_t count, dimensions, threads;
    double *columns; /* exact: dimensions x stride, points in the order of their first coordinates */
    double *masses;  /* exact: stride */
    size_t stride;   /* count, and room for WIDTH points of mass 0 */
    double *sums;    /* exact: BANDWIDTH_PAIRS_POWERS a block of points */
    double *lags;    /* binned: sum over cells c of mass(c) mass(c + lag); NULL: exact */
    size_t lag_count;
    double cell;        /* binned: width of one */
    double self_masses; /* binned: sum of u_i^2 */
};

static int by_first_coordinate(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Rows of coordinates and mass, sorted; equal first coordinates in any order. */
static double *sorted_rows(const struct bandwidth_pairs_input *input, struct error *error) {
    size_t d = input->dimensions;
    double *rows = memory_matrix(error, input->count, d + 1, sizeof *rows);
    if (rows == NULL)
        return NULL;
    for (size_t i = 0; i < input->count; i++) {
        memcpy(rows + i * (d + 1), input->points + i * d, d * sizeof *rows);
        rows[i * (d + 1) + d] = input->masses != NULL ? input->masses[i] : 1;
    }
    qsort(rows, input->count, (d + 1) * sizeof *rows, by_first_coordinate);
    return rows;
}

static int prepare_exact(struct bandwidth_pairs *pairs, const double *rows, struct error *error) {
    size_t n = pairs->count, d = pairs->dimensions, blocks = (n + BLOCK - 1) / BLOCK;
    pairs->stride = n + WIDTH;
    pairs->columns = memory_zeros(error, d, pairs->stride * sizeof(double));
    pairs->masses = memory_zeros(error, pairs->stride, sizeof(double));
    pairs->sums = memory_matrix(error, blocks, BANDWIDTH_PAIRS_POWERS, sizeof(double));
    if (pairs->columns == NULL || pairs->masses == NULL || pairs->sums == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < d; c++)
            pairs->columns[c * pairs->stride + i] = rows[i * (d + 1) + c];
        pairs->masses[i] = rows[i * (d + 1) + d];
    }
    return 0;
}

/* The weights of the cells at places -2 .. 3 for a point at t in [0, 1): Lagrange's polynomials. */
static void lagrange_weights(double t, double weights[NODES]) {
    double a = t + 2, b = t + 1, c = t - 1, d = t - 2, e = t - 3;
    double left = a * b, right = d * e, inner = t * c;
    weights[0] = b * inner * right / -120;
    weights[1] = a * inner * right / 24;
    weights[2] = left * c * right / -12;
    weights[3] = left * t * right / 12;
    weights[4] = left * inner * e / -24;
    weights[5] = left * inner * d / 120;
}

/* Replaces sorted places by ones in cells, from 2 on, gaps beyond `gap_max` narrowed to it. Returns how many
 * cells they take; CELLS_MAX + 1 for too many. */
static size_t place_in_cells(size_t count, double *rows, double cell, double gap_max) {
    double place = 2, before = rows[0];
    for (size_t i = 0; i < count; i++) {
        double gap = rows[2 * i] - before;
        before = rows[2 * i];
        place += fmin(gap, gap_max) / cell;
        rows[2 * i] = place;
    }
    return place < CELLS_MAX - NODES ? (size_t)place + NODES : (size_t)CELLS_MAX + 1;
}

/* Correlates masses of cells (size of them, zeros behind) with themselves; the lags take their place. */
static int correlate(size_t size, double *cells, struct error *error) {
    int status = -1;
    struct fourier *plan = fourier_create(size, error);
    double *real = memory_array(error, size / 2 + 1, sizeof *real);
    double *imaginary = memory_array(error, size / 2 + 1, sizeof *imaginary);
    if (plan == NULL || real == NULL || imaginary == NULL)
        goto done;
    fourier_real(plan, cells, real, imaginary);
    for (size_t k = 0; k <= size / 2; k++) {
        real[k] = real[k] * real[k] + imaginary[k] * imaginary[k];
        imaginary[k] = 0;
    }
    fourier_real_inverse(plan, real, imaginary, cells);
    status = 0;
done:
    fourier_free(plan);
    free(real);
    free(imaginary);
    return status;
}

/* Returns 1; 0 where there would be too many cells (rows are spoilt); -1. */
static int prepare_binned(struct bandwidth_pairs *pairs, double *rows, double least, double most,
                          struct error *error) {
    size_t n = pairs->count;
    double reach = sqrt(4 * exponent_max) * most;
    pairs->cell = least / CELLS_PER_BANDWIDTH;
    size_t cells = place_in_cells(n, rows, pairs->cell, reach + NODES * pairs->cell);
    if (cells > CELLS_MAX)
        return 0;
    pairs->lag_count = reach / pairs->cell < (double)cells ? (size_t)(reach / pairs->cell) + 1 : cells;
    size_t size = fourier_size(cells + pairs->lag_count);
    pairs->lags = memory_zeros(error, size, sizeof *pairs->lags);
    if (pairs->lags == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        double weights[NODES], place = rows[2 * i], mass = rows[2 * i + 1];
        size_t base = (size_t)place;
        lagrange_weights(place - (double)base, weights);
        for (size_t a = 0; a < NODES; a++)
            pairs->lags[base - 2 + a] += mass * weights[a];
        pairs->self_masses += mass * mass;
    }
    return correlate(size, pairs->lags, error) == 0 ? 1 : -1;
}

/* Distances of all pairs on their way into cells. */
struct histogram {
    const struct bandwidth_pairs *pairs;
    double *parts; /* PARTS x stride */
    size_t stride;
    double reach;
};

/* Shares a pair among the cells about its distance. Cells below 0 are those above: what is summed over cells
 * later is even in the distance. */
static void share_pair(double *cells, double place, double mass) {
    double weights[NODES];
    size_t base = (size_t)place;
    lagrange_weights(place - (double)base, weights);
    for (size_t a = 0; a < NODES; a++)
        cells[base + a >= 2 ? base + a - 2 : 2 - base - a] += mass * weights[a];
}

/* parallel_body: points part, part + PARTS, .. with those after them. */
static void fill_part(void *context, size_t part, size_t worker) {
    const struct histogram *histogram = context;
    const struct bandwidth_pairs *p = histogram->pairs;
    double *cells = histogram->parts + part * histogram->stride;
    (void)worker;
    for (size_t i = part; i < p->count; i += PARTS) {
        for (size_t j = i + 1; j < p->count && p->columns[j] - p->columns[i] <= histogram->reach; j++) {
            double square = 0;
            for (size_t c = 0; c < p->dimensions; c++) {
                double difference = p->columns[c * p->stride + j] - p->columns[c * p->stride + i];
                square += difference * difference;
            }
            if (square < histogram->reach * histogram->reach)
                share_pair(cells, sqrt(square) / p->cell, p->masses[i] * p->masses[j]);
        }
    }
}

/* For points that are ready for exact sums: one pass over all pairs puts them in cells by their distances. */
static int prepare_distances(struct bandwidth_pairs *pairs, double least, double most, struct error *error) {
    double reach = sqrt(4 * exponent_max) * most;
    pairs->cell = least / CELLS_PER_BANDWIDTH;
    pairs->lag_count = (size_t)(reach / pairs->cell) + NODES;
    struct histogram histogram = {pairs, NULL, pairs->lag_count, reach};
    histogram.parts = memory_zeros(error, PARTS, histogram.stride * sizeof(double));
    double *lags = memory_zeros(error, histogram.stride, sizeof *lags);
    if (histogram.parts == NULL || lags == NULL) {
        free(histogram.parts);
        free(lags);
        return -1;
    }
    parallel_for(pairs->threads, PARTS, fill_part, &histogram);
    for (size_t part = 0; part < PARTS; part++)
        for (size_t k = 0; k < histogram.stride; k++)
            lags[k] += histogram.parts[part * histogram.stride + k];
    lags[0] *= 2; /* as in a correlation, which meets each pair of lag 0 twice */
    free(histogram.parts);
    pairs->lags = lags;
    return 0;
}

/* Sorts the points and makes them ready: in cells of places in one dimension, of distances in several, or as
 * they are. */
static int prepare(struct bandwidth_pairs *pairs, const struct bandwidth_pairs_input *input, bool binned,
                   struct error *error) {
    double *rows = sorted_rows(input, error);
    if (rows == NULL)
        return -1;
    int ready = 0;
    if (binned && input->dimensions == 1) {
        ready = prepare_binned(pairs, rows, input->least, input->most, error);
        if (ready == 0) {
            free(rows);
            return prepare(pairs, input, false, error);
        }
    } else {
        ready = prepare_exact(pairs, rows, error);
        if (ready == 0 && binned)
            ready = prepare_distances(pairs, input->least, input->most, error);
    }
    free(rows);
    return ready < 0 ? -1 : 0;
}

struct bandwidth_pairs *bandwidth_pairs_create(const struct bandwidth_pairs_input *input,
                                               struct error *error) {
    bool binned = input->method == BANDWIDTH_PAIRS_BINNED ||
                  (input->method == BANDWIDTH_PAIRS_CHOOSE && input->count > BANDWIDTH_PAIRS_EXACT_MAX);
    struct bandwidth_pairs *pairs = memory_zeros(error, 1, sizeof *pairs);
    if (pairs == NULL)
        return NULL;
    pairs->count = input->count;
    pairs->dimensions = input->dimensions;
    pairs->threads = input->threads;
    if (prepare(pairs, input, binned, error) == 0)
        return pairs;
    bandwidth_pairs_free(pairs);
    return NULL;
}

struct task {
    const struct bandwidth_pairs *pairs;
    double inverse_square; /* h^-2 */
    double inverse_divisor;
    double reach; /* of the first coordinate */
    bool powers;  /* S_1 .. S_3 too */
};

/* |y_j - y_i|^2 for eight j. */
ALWAYS_INLINE void squared_distances(const struct bandwidth_pairs *p, size_t dimensions, size_t i, size_t j,
                                     double distance[WIDTH]) {
    for (size_t lane = 0; lane < WIDTH; lane++)
        distance[lane] = 0;
    for (size_t c = 0; c < dimensions; c++) {
        const double *column = p->columns + c * p->stride;
#pragma omp simd
        for (size_t lane = 0; lane < WIDTH; lane++) {
            double difference = column[j + lane] - column[i];
            distance[lane] += difference * difference;
        }
    }
}

/* Adds the pairs of point i with those from i + 1 on to the sums of eight lanes, until the first coordinate
 * is out of reach. Dimensions and powers are constants to the compiler. */
ALWAYS_INLINE void add_point(const struct task *task, size_t dimensions, bool powers, size_t i,
                             double sums[BANDWIDTH_PAIRS_POWERS][WIDTH]) {
    const struct bandwidth_pairs *p = task->pairs;
    const double *first = p->columns;
    double own[BANDWIDTH_PAIRS_POWERS][WIDTH] = {{0}};
    for (size_t j = i + 1; j < p->count && first[j] - first[i] <= task->reach; j += WIDTH) {
        double distance[WIDTH];
        squared_distances(p, dimensions, i, j, distance);
#pragma omp simd
        for (size_t lane = 0; lane < WIDTH; lane++) {
            double delta = distance[lane] * task->inverse_square;
            delta = delta < 1e4 ? delta : 1e4; /* 0 times infinity would be nan */
            double term = p->masses[j + lane] * elementary_exp(-delta * task->inverse_divisor);
            own[0][lane] += term;
            if (powers) {
                own[1][lane] += term * delta;
                own[2][lane] += term * delta * delta;
                own[3][lane] += term * delta * delta * delta;
            }
        }
    }
    for (size_t k = 0; k < BANDWIDTH_PAIRS_POWERS; k++)
        for (size_t lane = 0; lane < WIDTH; lane++)
            sums[k][lane] += p->masses[i] * own[k][lane];
}

/* parallel_body */
INSTRUCTION_SETS static void sum_block(void *context, size_t block, size_t worker) {
    const struct task *task = context;
    double sums[BANDWIDTH_PAIRS_POWERS][WIDTH] = {{0}};
    size_t end = (block + 1) * BLOCK < task->pairs->count ? (block + 1) * BLOCK : task->pairs->count;
    (void)worker;
    for (size_t i = block * BLOCK; i < end; i++) {
        if (task->pairs->dimensions > 1)
            add_point(task, task->pairs->dimensions, task->powers, i, sums);
        else if (task->powers)
            add_point(task, 1, true, i, sums);
        else
            add_point(task, 1, false, i, sums);
    }
    for (size_t k = 0; k < BANDWIDTH_PAIRS_POWERS; k++) {
        double total = 0;
        for (size_t lane = 0; lane < WIDTH; lane++)
            total += sums[k][lane];
        task->pairs->sums[block * BANDWIDTH_PAIRS_POWERS + k] = total;
    }
}

static void exact_sums(const struct bandwidth_pairs *pairs, double bandwidth, double divisor, bool powers,
                       double *sums) {
    size_t blocks = (pairs->count + BLOCK - 1) / BLOCK;
    struct task task = {pairs, 1 / (bandwidth * bandwidth), 1 / divisor,
                        sqrt(divisor * exponent_max) * bandwidth, powers};
    parallel_for(pairs->threads, blocks, sum_block, &task);
    for (size_t block = 0; block < blocks; block++)
        for (size_t k = 0; k < BANDWIDTH_PAIRS_POWERS; k++)
            sums[k] += pairs->sums[block * BANDWIDTH_PAIRS_POWERS + k];
}

static void binned_sums(const struct bandwidth_pairs *pairs, double bandwidth, double divisor, double *sums) {
    double step = pairs->cell / bandwidth;
    for (size_t lag = 1; lag < pairs->lag_count; lag++) {
        double delta = (double)lag * step * ((double)lag * step);
        if (delta > divisor * exponent_max)
            break;
        double term = pairs->lags[lag] * elementary_exp(-delta / divisor);
        sums[0] += term;
        sums[1] += term * delta;
        sums[2] += term * delta * delta;
        sums[3] += term * delta * delta * delta;
    }
    /* Lag 0 holds both halves of its pairs, and what each point is with itself. */
    sums[0] += (pairs->lags[0] - pairs->self_masses) / 2;
}

void bandwidth_pairs_sums(const struct bandwidth_pairs *pairs, double bandwidth, double divisor,
                          double sums[BANDWIDTH_PAIRS_POWERS]) {
    memset(sums, 0, BANDWIDTH_PAIRS_POWERS * sizeof *sums);
    if (pairs->lags != NULL)
        binned_sums(pairs, bandwidth, divisor, sums);
    else
        exact_sums(pairs, bandwidth, divisor, true, sums);
}

double bandwidth_pairs_sum(const struct bandwidth_pairs *pairs, double bandwidth, double divisor) {
    double sums[BANDWIDTH_PAIRS_POWERS] = {0};
    if (pairs->lags != NULL)
        binned_sums(pairs, bandwidth, divisor, sums);
    else
        exact_sums(pairs, bandwidth, divisor, false, sums);
    return sums[0];
}

void bandwidth_pairs_free(struct bandwidth_pairs *pairs) {
    if (pairs == NULL)
        return;
    free(pairs->columns);
    free(pairs->masses);
    free(pairs->sums);
    free(pairs->lags);
    free(pairs);
}
