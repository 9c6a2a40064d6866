#include "num/gaussian_mixture_density.h"

#include <math.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "num/elementary.h"
#include "num/lanes.h"
#include "num/triangular_tile.h"

enum {
    POINTS = TRIANGULAR_TILE_POINTS,
    GROUPS = TRIANGULAR_TILE_GROUPS,
    CHUNK = 64,        /* components whose terms are held for a tile: 16 KiB */
    BLOCK_ROWS = 2048, /* a thread's share at a time */
};

/* A tile at work; all arrays in the caller's workspace, a coordinate's POINTS values side by side. */
struct tile {
    double *x;       /* d x POINTS: the points; where all components share one matrix, whitened */
    double *y;       /* d x POINTS */
    double *terms;   /* CHUNK x POINTS: e_k */
    double *largest; /* POINTS: the greatest term so far */
    double *sum;     /* POINTS: sum of exp(e_k - largest) */
};

size_t gaussian_mixture_density_workspace(const struct gaussian_mixture *mixture) {
    return POINTS * (2 * mixture->dimensions + CHUNK + 2);
}

static struct tile tile_in(const struct gaussian_mixture *mixture, double *workspace) {
    size_t size = POINTS * mixture->dimensions;
    return (struct tile){.x = workspace,
                         .y = workspace + size,
                         .terms = workspace + 2 * size,
                         .largest = workspace + 2 * size + POINTS * CHUNK,
                         .sum = workspace + 2 * size + POINTS * (CHUNK + 1)};
}

INSTRUCTION_SETS static void whiten(size_t d, const double *restrict factor, const double *restrict shift,
                                    const double *restrict x, double *restrict y) {
    triangular_tile_forward(d, factor, shift, x, y);
}

/* term = constant - factor sum_j ((x_j - shift_j) scale_j)^2, scale_j being 1 / deviations_j, or 1 where
 * deviations is NULL; shift NULL is 0. */
ALWAYS_INLINE void square_terms(size_t d, double constant, double factor, const double *restrict deviations,
                                const double *restrict shift, const double *restrict x,
                                double *restrict term) {
    lanes square[GROUPS] = {{0}};
    for (size_t j = 0; j < d; j++) {
        double scale = deviations != NULL ? 1 / deviations[j] : 1, from = shift != NULL ? shift[j] : 0;
        LANES_UNROLL
        for (size_t g = 0; g < GROUPS; g++) {
            lanes difference = lanes_load(x + j * POINTS + g * LANES) - from;
            if (deviations != NULL)
                difference *= scale;
            square[g] += difference * difference;
        }
    }
    LANES_UNROLL
    for (size_t g = 0; g < GROUPS; g++)
        lanes_store(term + g * LANES, constant - factor * square[g]);
}

/* term = constant - |L^-1 (x - shift)|^2 / 2; y is overwritten. */
INSTRUCTION_SETS static void triangular_terms(size_t d, double constant, const double *restrict factor,
                                              const double *restrict shift, const struct tile *tile,
                                              double *restrict term) {
    triangular_tile_forward(d, factor, shift, tile->x, tile->y);
    square_terms(d, constant, 0.5, NULL, NULL, tile->y, term);
}

/* term = constant - factor |x - shift|^2 */
INSTRUCTION_SETS static void spherical_terms(size_t d, double constant, double factor,
                                             const double *restrict shift, const double *restrict x,
                                             double *restrict term) {
    square_terms(d, constant, factor, NULL, shift, x, term);
}

/* term = constant - sum_j ((x_j - shift_j) / deviation_j)^2 / 2 */
INSTRUCTION_SETS static void diagonal_terms(size_t d, double constant, const double *restrict deviations,
                                            const double *restrict shift, const double *restrict x,
                                            double *restrict term) {
    square_terms(d, constant, 0.5, deviations, shift, x, term);
}

/* Of a point so far that its distance is inf - inf or 0 inf, where the distance is inf. */
ALWAYS_INLINE double ordered(double term) {
    return term == term ? term : -INFINITY;
}

/* Takes `count` terms of each point into its running log-sum-exp. */
INSTRUCTION_SETS static void add_terms(size_t count, const double *restrict terms, double *restrict largest,
                                       double *restrict sum) {
    double top[POINTS], added[POINTS] = {0};
    for (size_t p = 0; p < POINTS; p++)
        top[p] = largest[p];
    for (size_t k = 0; k < count; k++)
        for (size_t p = 0; p < POINTS; p++)
            top[p] = terms[k * POINTS + p] > top[p] ? terms[k * POINTS + p] : top[p];
    double shift[POINTS]; /* 0 where all terms are -inf: their difference would be nan */
    for (size_t p = 0; p < POINTS; p++)
        shift[p] = top[p] > -INFINITY ? top[p] : 0;
    for (size_t k = 0; k < count; k++)
        for (size_t p = 0; p < POINTS; p++)
            added[p] += elementary_exp(ordered(terms[k * POINTS + p]) - shift[p]);
    for (size_t p = 0; p < POINTS; p++) {
        sum[p] = sum[p] * elementary_exp(largest[p] - shift[p]) + added[p];
        largest[p] = top[p];
    }
}

INSTRUCTION_SETS static void finish_sums(const double *restrict largest, double *restrict sum) {
    for (size_t p = 0; p < POINTS; p++)
        sum[p] = largest[p] + elementary_log(sum[p]);
}

/* e_k of the tile's points. */
static void component_terms(const struct gaussian_mixture *mixture, size_t k, const struct tile *tile,
                            double *term) {
    size_t d = mixture->dimensions;
    const double *mean = mixture->means + k * d, *factors = mixture->factors;
    double constant = mixture->log_weights[k] + mixture->normalisers[k], deviation;
    switch (mixture->type) {
    case GAUSSIAN_MIXTURE_FULL:
        triangular_terms(d, constant, factors + k * d * d, mean, tile, term);
        return;
    case GAUSSIAN_MIXTURE_TIED:
        deviation = mixture->scales != NULL ? mixture->scales[k] : 1;
        spherical_terms(d, constant, 0.5 / (deviation * deviation), mixture->white_means + k * d, tile->x,
                        term);
        return;
    case GAUSSIAN_MIXTURE_DIAGONAL:
        diagonal_terms(d, constant, factors + k * d, mean, tile->x, term);
        return;
    case GAUSSIAN_MIXTURE_TIED_DIAGONAL:
        diagonal_terms(d, constant, factors, mean, tile->x, term);
        return;
    default:
        deviation = factors[mixture->type == GAUSSIAN_MIXTURE_SPHERICAL ? k : 0];
        spherical_terms(d, constant, 0.5 / (deviation * deviation), mean, tile->x, term);
    }
}

/* Points `rows` <= POINTS into the tile by coordinate, the first standing in for those missing. A matrix that
 * all components share is applied once, here. */
static void load_tile(const struct gaussian_mixture *mixture, size_t rows, const double *points,
                      struct tile *tile) {
    size_t d = mixture->dimensions;
    for (size_t p = 0; p < POINTS; p++)
        for (size_t j = 0; j < d; j++)
            tile->x[j * POINTS + p] = points[(p < rows ? p : 0) * d + j];
    if (mixture->type == GAUSSIAN_MIXTURE_TIED) {
        whiten(d, mixture->factors, mixture->centre, tile->x, tile->y);
        double *white = tile->y;
        tile->y = tile->x;
        tile->x = white;
    }
}

/* log f of the tile's points, into tile->sum. */
static void sum_tile(const struct gaussian_mixture *mixture, struct tile *tile) {
    double noise =
        mixture->noise_weight > 0 ? log(mixture->noise_weight) + mixture->noise_log_density : -INFINITY;
    for (size_t p = 0; p < POINTS; p++) {
        tile->largest[p] = noise;
        tile->sum[p] = noise > -INFINITY ? 1 : 0;
    }
    for (size_t from = 0; from < mixture->components; from += CHUNK) {
        size_t count = mixture->components - from < CHUNK ? mixture->components - from : CHUNK;
        for (size_t k = 0; k < count; k++)
            component_terms(mixture, from + k, tile, tile->terms + k * POINTS);
        add_terms(count, tile->terms, tile->largest, tile->sum);
    }
    finish_sums(tile->largest, tile->sum);
}

void gaussian_mixture_density_rows(const struct gaussian_mixture *mixture, size_t rows, const double *points,
                                   double *log_density, double *workspace) {
    for (size_t from = 0; from < rows; from += POINTS) {
        size_t count = rows - from < POINTS ? rows - from : POINTS;
        struct tile tile = tile_in(mixture, workspace);
        load_tile(mixture, count, points + from * mixture->dimensions, &tile);
        sum_tile(mixture, &tile);
        for (size_t p = 0; p < count; p++)
            log_density[from + p] = tile.sum[p];
    }
}

void gaussian_mixture_density_terms(const struct gaussian_mixture *mixture, size_t rows, const double *points,
                                    double *terms, double *workspace) {
    size_t components = mixture->components;
    for (size_t from = 0; from < rows; from += POINTS) {
        size_t count = rows - from < POINTS ? rows - from : POINTS;
        struct tile tile = tile_in(mixture, workspace);
        load_tile(mixture, count, points + from * mixture->dimensions, &tile);
        for (size_t k = 0; k < components; k++) {
            component_terms(mixture, k, &tile, tile.sum);
            for (size_t p = 0; p < count; p++)
                terms[(from + p) * components + k] = ordered(tile.sum[p]);
        }
    }
}

struct shared {
    const struct gaussian_mixture *mixture;
    size_t rows, workspace_size;
    const double *points;
    double *log_density, *workspaces;
};

/* parallel_body: the rows of one block. */
static void evaluate_block(void *context, size_t block, size_t worker) {
    struct shared *shared = context;
    size_t from = block * BLOCK_ROWS;
    size_t count = shared->rows - from < BLOCK_ROWS ? shared->rows - from : BLOCK_ROWS;
    gaussian_mixture_density_rows(shared->mixture, count, shared->points + from * shared->mixture->dimensions,
                                  shared->log_density + from,
                                  shared->workspaces + worker * shared->workspace_size);
}

int gaussian_mixture_density_log(const struct gaussian_mixture *mixture, size_t threads, size_t rows,
                                 const double *points, double *log_density, struct error *error) {
    struct shared shared = {.mixture = mixture,
                            .rows = rows,
                            .workspace_size = gaussian_mixture_density_workspace(mixture),
                            .points = points,
                            .log_density = log_density};
    shared.workspaces = memory_matrix(error, threads, shared.workspace_size, sizeof(double));
    if (shared.workspaces == NULL)
        return -1;
    parallel_for(threads, (rows + BLOCK_ROWS - 1) / BLOCK_ROWS, evaluate_block, &shared);
    free(shared.workspaces);
    return 0;
}
