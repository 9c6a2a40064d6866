#include "density/mixture_entropy.h"

#include <math.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"
#include "num/cholesky.h"
#include "num/gaussian_mixture_density.h"
#include "num/gaussian_mixture_sampler.h"
#include "num/running_sum.h"

enum { BLOCK = GAUSSIAN_MIXTURE_SAMPLER_BLOCK, BLOCKS_AT_ONCE = 64 };

/* Draws being made and evaluated, a block a task. */
struct draws {
    const struct gaussian_mixture *mixture;
    struct gaussian_mixture_sampler sampler;
    size_t first, total; /* number of the first block at hand; draws in all */
    double *points;      /* for each thread BLOCK x d */
    double *workspaces;  /* for each thread workspace_size values */
    double *log_density; /* BLOCKS_AT_ONCE x BLOCK */
    size_t workspace_size;
};

static size_t block_draws(const struct draws *draws, size_t block) {
    size_t left = draws->total - block * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

/* parallel_body */
static void evaluate_block(void *context, size_t block, size_t worker) {
    const struct draws *draws = context;
    size_t count = block_draws(draws, draws->first + block);
    double *points = draws->points + worker * BLOCK * draws->mixture->dimensions;
    gaussian_mixture_sampler_block(&draws->sampler, draws->first + block, count, points, NULL);
    gaussian_mixture_density_rows(draws->mixture, count, points, draws->log_density + block * BLOCK,
                                  draws->workspaces + worker * draws->workspace_size);
}

static void run_draws(struct draws *draws, size_t threads, struct mixture_entropy_estimate *estimate) {
    struct running_sum sum = RUNNING_SUM_EMPTY, squares = RUNNING_SUM_EMPTY;
    size_t blocks = draws->total / BLOCK + (draws->total % BLOCK > 0);
    for (draws->first = 0; draws->first < blocks; draws->first += BLOCKS_AT_ONCE) {
        size_t count = blocks - draws->first < BLOCKS_AT_ONCE ? blocks - draws->first : BLOCKS_AT_ONCE;
        parallel_for(threads, count, evaluate_block, draws);
        size_t values = (count - 1) * BLOCK + block_draws(draws, draws->first + count - 1);
        running_sum_add(&sum, values, draws->log_density);
        running_sum_add_weighted(&squares, values, draws->log_density, draws->log_density);
    }
    double n = (double)draws->total, mean = running_sum_mean(&sum);
    double variance = (running_sum_value(&squares) - n * mean * mean) / (n - 1);
    estimate->value = 0 - mean;
    estimate->standard_error = sqrt(fmax(variance, 0) / n);
}

int mixture_entropy_monte_carlo(const struct gaussian_mixture *mixture, size_t count, uint64_t seed,
                                size_t threads, struct mixture_entropy_estimate *estimate,
                                struct error *error) {
    struct draws draws = {
        .mixture = mixture, .total = count, .workspace_size = gaussian_mixture_density_workspace(mixture)};
    size_t values;
    if (!memory_product(BLOCK, mixture->dimensions, &values))
        values = SIZE_MAX;
    if (gaussian_mixture_sampler_create(&draws.sampler, mixture, seed, "gmmeval", "entropy", 0, error) < 0)
        return -1;
    draws.points = memory_matrix(error, threads, values, sizeof(double));
    draws.workspaces = memory_matrix(error, threads, draws.workspace_size, sizeof(double));
    draws.log_density = memory_matrix(error, BLOCKS_AT_ONCE, BLOCK, sizeof(double));
    int status = draws.points != NULL && draws.workspaces != NULL && draws.log_density != NULL ? 0 : -1;
    if (status == 0)
        run_draws(&draws, threads, estimate);
    gaussian_mixture_sampler_free(&draws.sampler);
    free(draws.points);
    free(draws.workspaces);
    free(draws.log_density);
    return status;
}

/* Sums over pairs of components, a row each. */
struct pairs {
    const struct gaussian_mixture *mixture;
    double *rooms;         /* for each thread 3 d^2 + d */
    double *lower, *upper; /* K: -log sum_j w_j exp(-D_ij) */
};

/* log |L_k|, from the normaliser -(d log(2 pi) + log |C_k|) / 2. */
static double log_factor(const struct gaussian_mixture *mixture, size_t k) {
    return -mixture->normalisers[k] - 0.5 * (double)mixture->dimensions * log(2 * M_PI);
}

static double square_sum(size_t count, const double *values) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] * values[i];
    return sum;
}

/* KL(N_i, N_j) = (|L_j^-1 L_i|^2 + |L_j^-1 (mu_i - mu_j)|^2 - d) / 2 + log |L_j| - log |L_i| */
static double kullback_leibler(const struct gaussian_mixture *mixture, size_t i, size_t j, double *room) {
    size_t d = mixture->dimensions;
    double *transposed = room, *factor = room + d * d, *shift = room + 3 * d * d;
    gaussian_mixture_expand_factor(mixture, i, factor);
    for (size_t row = 0; row < d; row++)
        for (size_t column = 0; column < d; column++)
            transposed[column * d + row] = factor[row * d + column];
    for (size_t l = 0; l < d; l++)
        shift[l] = mixture->means[i * d + l] - mixture->means[j * d + l];
    gaussian_mixture_expand_factor(mixture, j, factor);
    cholesky_solve_lower(d, factor, d, transposed);
    cholesky_solve_lower(d, factor, 1, shift);
    double squares = square_sum(d * d, transposed) + square_sum(d, shift) - (double)d;
    return fmax(0, 0.5 * squares + log_factor(mixture, j) - log_factor(mixture, i));
}

/* (mu_i - mu_j)' C^-1 (mu_i - mu_j) / 8 + log |C| / 2 - log |C_i| / 4 - log |C_j| / 4, C = (C_i + C_j) / 2;
 * infinite where C overflows. */
static double bhattacharyya(const struct gaussian_mixture *mixture, size_t i, size_t j, double *room) {
    size_t d = mixture->dimensions;
    double *middle = room, *other = room + d * d, *shift = room + 3 * d * d;
    gaussian_mixture_expand_covariance(mixture, i, middle);
    gaussian_mixture_expand_covariance(mixture, j, other);
    for (size_t l = 0; l < d * d; l++)
        middle[l] = 0.5 * middle[l] + 0.5 * other[l];
    for (size_t l = 0; l < d; l++)
        shift[l] = mixture->means[i * d + l] - mixture->means[j * d + l];
    if (cholesky_factor(d, middle) > 0)
        return INFINITY;
    cholesky_solve_lower(d, middle, 1, shift);
    double scale = cholesky_log_determinant(d, middle) - log_factor(mixture, i) - log_factor(mixture, j);
    return fmax(0, square_sum(d, shift) / 8 + scale / 2);
}

/* parallel_body: D_ii = 0, so that the sums are at least w_i. */
static void sum_row(void *context, size_t i, size_t worker) {
    const struct pairs *pairs = context;
    const struct gaussian_mixture *mixture = pairs->mixture;
    size_t d = mixture->dimensions;
    double *room = pairs->rooms + worker * (3 * d * d + d);
    double lower = mixture->weights[i], upper = mixture->weights[i];
    for (size_t j = 0; j < mixture->components; j++) {
        if (j == i)
            continue;
        lower += mixture->weights[j] * exp(-bhattacharyya(mixture, i, j, room));
        upper += mixture->weights[j] * exp(-kullback_leibler(mixture, i, j, room));
    }
    pairs->lower[i] = -log(lower);
    pairs->upper[i] = -log(upper);
}

int mixture_entropy_bounds(const struct gaussian_mixture *mixture, size_t threads, double *lower,
                           double *upper, struct error *error) {
    size_t d = mixture->dimensions, components = mixture->components;
    struct pairs pairs = {.mixture = mixture};
    if (blas_load_for(d, error) < 0)
        return -1;
    pairs.rooms = memory_matrix(error, threads, 3 * d * d + d, sizeof(double));
    pairs.lower = memory_array(error, components, sizeof(double));
    pairs.upper = memory_array(error, components, sizeof(double));
    int status = pairs.rooms != NULL && pairs.lower != NULL && pairs.upper != NULL ? 0 : -1;
    if (status == 0) {
        parallel_for(threads, components, sum_row, &pairs);
        *lower = *upper = 0;
    }
    for (size_t k = 0; status == 0 && k < components; k++) {
        double weight = mixture->weights[k], entropy = 0.5 * (double)d - mixture->normalisers[k];
        if (weight == 0)
            continue;
        *lower += weight * (entropy + pairs.lower[k]);
        *upper += weight * (entropy + pairs.upper[k]);
    }
    free(pairs.rooms);
    free(pairs.lower);
    free(pairs.upper);
    return status;
}
