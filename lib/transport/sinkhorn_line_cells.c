#include "transport/sinkhorn_line_cells.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/parallel.h"
#include "num/elementary.h"

/* TERMS of the series of e^z, |z| <= 1/2, leave 2^-15 / 15! = 2e-17; squares of distances need two moments
 * more. */
enum { TERMS = 15, MOMENTS = TERMS + 2, CHUNK = 64, SUM_LANES = 8, CELLS = SINKHORN_LINE_CELLS };

/* Cells whose terms are all below e^-50 of the largest surely met are left out: 1e-17 of the sum together,
 * for up to 5e4 times as many points as there are of use. */
static const double NEGLIGIBLE_LOG = -50;

struct cells {
    const struct sinkhorn_line_points *from, *to;
    const double *offsets;
    double lowest, width;
    size_t from_starts[CELLS + 1], to_starts[CELLS + 1];
    double most[CELLS]; /* largest offset of a cell of `from`, or -inf */
    double *logarithms, *means;
};

static double centre_of(const struct cells *cells, size_t cell) {
    return cells->lowest + ((double)cell + 0.5) * cells->width;
}

static size_t cell_of(const struct cells *cells, double point) {
    double cell = (point - cells->lowest) / cells->width;
    return cell < CELLS - 1 ? (size_t)cell : CELLS - 1;
}

static void find_starts(const struct cells *cells, const struct sinkhorn_line_points *points,
                        size_t *starts) {
    size_t cell = 0;
    starts[0] = 0;
    for (size_t i = 0; i < points->count; i++)
        for (size_t own = cell_of(cells, points->points[i]); cell < own;)
            starts[++cell] = i;
    while (cell < CELLS)
        starts[++cell] = points->count;
}

/* Sums of e v^k over a cell, e = e^(t - shift - (apart - v)^2). */
INSTRUCTION_SETS static void find_moments(size_t count, const double *points, const double *offsets,
                                          double centre, double rate, double apart, double shift,
                                          double *moments) {
    double sums[MOMENTS][SUM_LANES] = {{0}};
    for (size_t first = 0; first < count; first += CHUNK) {
        double places[CHUNK] = {0}, terms[CHUNK] = {0};
        size_t here = count - first < CHUNK ? count - first : CHUNK;
#pragma omp simd
        for (size_t j = 0; j < here; j++) {
            double v = (points[first + j] - centre) * rate;
            places[j] = v;
            terms[j] = elementary_exp(offsets[first + j] - shift - (apart - v) * (apart - v));
        }
        for (size_t k = 0; k < MOMENTS; k++)
            for (size_t j = 0; j < CHUNK; j += SUM_LANES)
#pragma omp simd
                for (size_t lane = 0; lane < SUM_LANES; lane++) {
                    sums[k][lane] += terms[j + lane];
                    terms[j + lane] *= places[j + lane];
                }
    }
    for (size_t k = 0; k < MOMENTS; k++) {
        const double *s = sums[k];
        moments[k] = ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
    }
}

/* sum_k (2 u)^k moments_k / k! */
ALWAYS_INLINE double series(const double *moments, double u) {
    double sum = moments[TERMS - 1];
    for (size_t k = TERMS - 1; k-- > 0;)
        sum = sum * (2 * u / (double)(k + 1)) + moments[k];
    return sum;
}

/* Adds what a cell's moments give to the points of another: to the sums, and with squares of distances. */
INSTRUCTION_SETS static void add_cell(size_t count, const double *points, double centre, double rate,
                                      double apart, const double *moments, double *sums, double *squares) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double u = (points[i] - centre) * rate, distance = apart + u;
        double factor = elementary_exp(-u * (2 * apart + u));
        double sum = series(moments, u);
        double square = distance * (distance * sum - 2 * series(moments + 1, u)) + series(moments + 2, u);
        sums[i] += factor * sum;
        squares[i] += factor * square;
    }
}

static double widths_apart(size_t one, size_t other) {
    return one > other ? (double)(one - other) : -(double)(other - one);
}

static void sum_cell(void *context, size_t cell, size_t worker) {
    const struct cells *cells = context;
    size_t first = cells->to_starts[cell], count = cells->to_starts[cell + 1] - first;
    double *sums = cells->logarithms + first, *squares = cells->means + first, shift = -INFINITY;
    (void)worker;
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        sums[i] = squares[i] = 0;
    for (size_t other = 0; other < CELLS; other++) {
        double farthest = fabs(widths_apart(cell, other)) + 1;
        shift = fmax(shift, cells->most[other] - farthest * farthest);
    }
    for (size_t other = 0; other < CELLS; other++) {
        double apart = widths_apart(cell, other), nearest = fmax(fabs(apart) - 1, 0), moments[MOMENTS];
        size_t begin = cells->from_starts[other], from_count = cells->from_starts[other + 1] - begin;
        if (!(cells->most[other] - nearest * nearest > shift + NEGLIGIBLE_LOG))
            continue;
        find_moments(from_count, cells->from->points + begin, cells->offsets + begin, centre_of(cells, other),
                     1 / cells->width, apart, shift, moments);
        add_cell(count, cells->to->points + first, centre_of(cells, cell), 1 / cells->width, apart, moments,
                 sums, squares);
    }
    for (size_t i = 0; i < count; i++) {
        squares[i] /= sums[i];
        sums[i] = shift + log(sums[i]);
    }
}

void sinkhorn_line_cells_sum(const struct sinkhorn_line_points *from, const double *offsets,
                             const struct sinkhorn_line_points *to, double width, size_t threads,
                             double *logarithms, double *means) {
    struct cells cells = {.from = from,
                          .to = to,
                          .offsets = offsets,
                          .lowest = fmin(from->points[0], to->points[0]),
                          .width = width,
                          .logarithms = logarithms,
                          .means = means};
    find_starts(&cells, from, cells.from_starts);
    find_starts(&cells, to, cells.to_starts);
    for (size_t cell = 0; cell < CELLS; cell++) {
        cells.most[cell] = -INFINITY;
        for (size_t j = cells.from_starts[cell]; j < cells.from_starts[cell + 1]; j++)
            cells.most[cell] = fmax(cells.most[cell], offsets[j]);
    }
    parallel_for(threads, CELLS, sum_cell, &cells);
}
