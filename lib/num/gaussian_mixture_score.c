#include "num/gaussian_mixture_score.h"

#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "num/cholesky.h"
#include "num/triangular_tile.h"

enum { POINTS = TRIANGULAR_TILE_POINTS, GROUPS = TRIANGULAR_TILE_GROUPS };

/* A tile at work; all arrays in the caller's workspace. Coordinates have their POINTS values side by side. */
struct tile {
    double *x;      /* d x POINTS: the points; where all components share one matrix, whitened */
    double *y;      /* d x POINTS: -g_k of a component */
    double *mean;   /* d x POINTS: mean of the y so far, by responsibility */
    double *share;  /* POINTS: r_k of a component */
    double *total;  /* POINTS: sum of the r_k so far */
    double *spread; /* POINTS: sum of r_k |y - mean|^2 so far */
    double *traces; /* POINTS: sum of r_k tr P_k so far */
};

size_t gaussian_mixture_score_workspace(const struct gaussian_mixture *mixture) {
    return POINTS * (3 * mixture->dimensions + 4);
}

static struct tile tile_in(size_t d, double *workspace) {
    double *rest = workspace + 3 * POINTS * d;
    return (struct tile){.x = workspace,
                         .y = workspace + POINTS * d,
                         .mean = workspace + 2 * POINTS * d,
                         .share = rest,
                         .total = rest + POINTS,
                         .spread = rest + 2 * POINTS,
                         .traces = rest + 3 * POINTS};
}

/* |L^-1|^2, the sum over all entries; inverse: d x d values, overwritten. */
static double inverse_trace(size_t d, const double *factor, double *inverse) {
    double sum = 0;
    memset(inverse, 0, d * d * sizeof *inverse);
    for (size_t i = 0; i < d; i++)
        inverse[i * d + i] = 1;
    cholesky_solve_lower(d, factor, d, inverse);
    for (size_t i = 0; i < d * d; i++)
        sum += inverse[i] * inverse[i];
    return sum;
}

static int find_traces(struct gaussian_mixture_score *score, struct error *error) {
    const struct gaussian_mixture *mixture = score->mixture;
    size_t d = mixture->dimensions;
    bool tied = mixture->type == GAUSSIAN_MIXTURE_TIED;
    score->traces = memory_array(error, mixture->components, sizeof *score->traces);
    double *factor = memory_matrix(error, d, d, sizeof *factor);
    double *inverse = memory_matrix(error, d, d, sizeof *inverse);
    int status = score->traces != NULL && factor != NULL && inverse != NULL ? 0 : -1;
    for (size_t k = 0; status == 0 && k < mixture->components; k++) {
        if (!tied || k == 0) {
            gaussian_mixture_expand_factor(mixture, k, factor);
            score->traces[k] = inverse_trace(d, factor, inverse);
        } else {
            double ratio = mixture->scales != NULL ? mixture->scales[0] / mixture->scales[k] : 1;
            score->traces[k] = score->traces[0] * (ratio * ratio);
        }
    }
    free(factor);
    free(inverse);
    return status;
}

int gaussian_mixture_score_create(struct gaussian_mixture_score *score,
                                  const struct gaussian_mixture *mixture, bool laplacian,
                                  struct error *error) {
    *score = (struct gaussian_mixture_score){.mixture = mixture};
    if (!laplacian || find_traces(score, error) == 0)
        return 0;
    gaussian_mixture_score_free(score);
    return -1;
}

INSTRUCTION_SETS static void whiten(size_t d, const double *restrict factor, const double *restrict shift,
                                    const double *restrict x, double *restrict y) {
    triangular_tile_forward(d, factor, shift, x, y);
}

INSTRUCTION_SETS static void solve(size_t d, const double *restrict factor, const double *restrict shift,
                                   const double *restrict x, double *restrict y) {
    triangular_tile_forward(d, factor, shift, x, y);
    triangular_tile_backward(d, factor, y);
}

INSTRUCTION_SETS static void unwhiten(size_t d, const double *restrict factor, double *y) {
    triangular_tile_backward(d, factor, y);
}

/* y_j = (x_j - shift_j) / deviation^2, a deviation for each coordinate (step 1) or one for all (step 0). */
INSTRUCTION_SETS static void divide(size_t d, const double *restrict deviations, size_t step,
                                    const double *restrict shift, const double *restrict x,
                                    double *restrict y) {
    for (size_t j = 0; j < d; j++) {
        double inverse = 1 / deviations[j * step];
        LANES_UNROLL
        for (size_t g = 0; g < GROUPS; g++) {
            lanes difference = lanes_load(x + j * POINTS + g * LANES) - shift[j];
            lanes_store(y + j * POINTS + g * LANES, difference * inverse * inverse);
        }
    }
}

/* y = P_k (x - mu_k). Where all components share one matrix L L^T, y = L^T P_k (x - mu_k), which is solved
 * for once at the end, unless each is needed by itself. */
static void component_gradient(const struct gaussian_mixture *mixture, size_t k, bool each,
                               const struct tile *tile) {
    static const double one = 1;
    size_t d = mixture->dimensions;
    const double *mean = mixture->means + k * d, *factors = mixture->factors;
    switch (mixture->type) {
    case GAUSSIAN_MIXTURE_FULL:
        solve(d, factors + k * d * d, mean, tile->x, tile->y);
        return;
    case GAUSSIAN_MIXTURE_TIED:
        divide(d, mixture->scales != NULL ? mixture->scales + k : &one, 0, mixture->white_means + k * d,
               tile->x, tile->y);
        if (each)
            unwhiten(d, factors, tile->y);
        return;
    case GAUSSIAN_MIXTURE_DIAGONAL:
        divide(d, factors + k * d, 1, mean, tile->x, tile->y);
        return;
    case GAUSSIAN_MIXTURE_TIED_DIAGONAL:
        divide(d, factors, 1, mean, tile->x, tile->y);
        return;
    default:
        divide(d, factors + (mixture->type == GAUSSIAN_MIXTURE_SPHERICAL ? k : 0), 0, mean, tile->x, tile->y);
    }
}

/* Takes y, with weight share, into mean and spread (West 1979, Comm. ACM 22). */
INSTRUCTION_SETS static void accumulate(size_t d, const double *restrict share, const double *restrict y,
                                        double *restrict total, double *restrict mean,
                                        double *restrict spread) {
    double step[POINTS], square[POINTS] = {0};
    for (size_t p = 0; p < POINTS; p++) {
        total[p] += share[p];
        step[p] = total[p] == 0 ? 0 : share[p] / total[p];
    }
    for (size_t j = 0; j < d; j++) {
        for (size_t p = 0; p < POINTS; p++) {
            double difference = y[j * POINTS + p] - mean[j * POINTS + p];
            mean[j * POINTS + p] += step[p] * difference;
            square[p] += difference * difference;
        }
    }
    for (size_t p = 0; p < POINTS; p++) {
        double weight = share[p] * (1 - step[p]); /* 0 for the first, whose square may have overflowed */
        spread[p] += weight == 0 ? 0 : weight * square[p];
    }
}

/* Points `rows` <= POINTS into the tile by coordinate, the first standing in for those missing. */
static void load_tile(const struct gaussian_mixture *mixture, size_t rows, const double *points,
                      const double *responsibilities, struct tile *tile) {
    size_t d = mixture->dimensions, components = mixture->components;
    for (size_t p = 0; p < POINTS; p++) {
        size_t row = p < rows ? p : 0;
        double sum = 0;
        for (size_t j = 0; j < d; j++)
            tile->x[j * POINTS + p] = points[row * d + j];
        for (size_t k = 0; k < components; k++)
            sum += responsibilities[row * components + k];
        tile->total[p] = mixture->noise_weight > 0 && sum < 1 ? 1 - sum : 0;
        tile->spread[p] = tile->traces[p] = 0;
    }
    memset(tile->mean, 0, POINTS * d * sizeof *tile->mean);
    if (mixture->type == GAUSSIAN_MIXTURE_TIED) {
        whiten(d, mixture->factors, mixture->centre, tile->x, tile->y);
        double *white = tile->y;
        tile->y = tile->x;
        tile->x = white;
    }
}

/* The tile's responsibilities for component k. Returns whether any is not 0. */
static bool load_shares(size_t rows, size_t components, const double *responsibilities, double *share) {
    bool any = false;
    for (size_t p = 0; p < POINTS; p++) {
        share[p] = responsibilities[(p < rows ? p : 0) * components];
        any = any || share[p] != 0;
    }
    return any;
}

static void score_tile(const struct gaussian_mixture_score *score, size_t rows, const double *points,
                       const double *responsibilities, bool laplacian, struct tile *tile) {
    const struct gaussian_mixture *mixture = score->mixture;
    size_t d = mixture->dimensions;
    load_tile(mixture, rows, points, responsibilities, tile);
    for (size_t k = 0; k < mixture->components; k++) {
        if (!load_shares(rows, mixture->components, responsibilities + k, tile->share))
            continue;
        component_gradient(mixture, k, laplacian, tile);
        accumulate(d, tile->share, tile->y, tile->total, tile->mean, tile->spread);
        for (size_t p = 0; laplacian && p < POINTS; p++)
            tile->traces[p] += tile->share[p] * score->traces[k];
    }
    if (mixture->type == GAUSSIAN_MIXTURE_TIED && !laplacian)
        unwhiten(d, mixture->factors, tile->mean);
}

void gaussian_mixture_score_rows(const struct gaussian_mixture_score *score, size_t rows,
                                 const double *points, const double *responsibilities, double *gradient,
                                 double *laplacian, double *workspace) {
    size_t d = score->mixture->dimensions;
    for (size_t from = 0; from < rows; from += POINTS) {
        size_t count = rows - from < POINTS ? rows - from : POINTS;
        struct tile tile = tile_in(d, workspace);
        score_tile(score, count, points + from * d, responsibilities + from * score->mixture->components,
                   laplacian != NULL, &tile);
        for (size_t p = 0; p < count; p++) {
            for (size_t j = 0; j < d; j++)
                gradient[(from + p) * d + j] = 0 - tile.mean[j * POINTS + p];
            if (laplacian != NULL)
                laplacian[from + p] = tile.spread[p] - tile.traces[p];
        }
    }
}

void gaussian_mixture_score_free(struct gaussian_mixture_score *score) {
    free(score->traces);
    score->traces = NULL;
}
