#include "num/gaussian_mixture_sampler.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/lanes.h"

enum { BLOCK = GAUSSIAN_MIXTURE_SAMPLER_BLOCK };

struct remainder {
    double fraction;
    size_t component;
};

/* Greatest fraction first, then lowest component. */
static int by_fraction(const void *a, const void *b) {
    const struct remainder *x = a, *y = b;
    if (x->fraction != y->fraction)
        return x->fraction < y->fraction ? 1 : -1;
    return (x->component > y->component) - (x->component < y->component);
}

int gaussian_mixture_sampler_shares(size_t components, const double *weights, size_t total, size_t *counts,
                                    struct error *error) {
    struct remainder *remainders = memory_array(error, components, sizeof *remainders);
    double sum = 0;
    size_t left = total;
    if (remainders == NULL)
        return -1;
    for (size_t k = 0; k < components; k++)
        sum += weights[k];
    for (size_t k = 0; k < components; k++) {
        double share = (double)total * (weights[k] / sum);
        size_t whole = (size_t)share < left ? (size_t)share : left; /* the sum may round beyond the total */
        counts[k] = whole;
        left -= whole;
        remainders[k] = (struct remainder){.fraction = share - (double)whole, .component = k};
    }
    qsort(remainders, components, sizeof *remainders, by_fraction);
    for (size_t i = 0; left > 0; i = (i + 1) % components, left--)
        counts[remainders[i].component]++;
    free(remainders);
    return 0;
}

int gaussian_mixture_sampler_create(struct gaussian_mixture_sampler *sampler,
                                    const struct gaussian_mixture *mixture, uint64_t seed, const char *filter,
                                    const char *purpose, size_t total, struct error *error) {
    *sampler = (struct gaussian_mixture_sampler){
        .mixture = mixture, .seed = seed, .filter = filter, .purpose = purpose};
    if (mixture->noise_weight > 0)
        return error_set(error, "no draws can be made from a mixture with a uniform component");
    sampler->cumulative = memory_array(error, mixture->components, sizeof *sampler->cumulative);
    if (sampler->cumulative == NULL)
        return -1;
    double sum = 0;
    for (size_t k = 0; k < mixture->components; k++)
        sampler->cumulative[k] = sum += mixture->weights[k];
    if (total == 0)
        return 0;

    sampler->last = memory_array(error, mixture->components, sizeof *sampler->last);
    if (sampler->last == NULL || gaussian_mixture_sampler_shares(mixture->components, mixture->weights, total,
                                                                 sampler->last, error) < 0) {
        gaussian_mixture_sampler_free(sampler);
        return -1;
    }
    for (size_t k = 1; k < mixture->components; k++)
        sampler->last[k] += sampler->last[k - 1];
    return 0;
}

/* The component whose draws hold number `draw`; the last one beyond the total. */
static size_t stratum(const struct gaussian_mixture_sampler *sampler, size_t draw) {
    size_t low = 0, high = sampler->mixture->components - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sampler->last[middle] > draw)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* sum_j x_j y_j in four fixed partial sums. */
INSTRUCTION_SETS static double dot(size_t count, const double *restrict x, const double *restrict y) {
    lanes sums = {0};
    double sum = 0;
    size_t j = 0;
    for (; j + LANES <= count; j += LANES)
        sums += lanes_load(x + j) * lanes_load(y + j);
    for (; j < count; j++)
        sum += x[j] * y[j];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + sum;
}

/* mu + scale L z in the place of z, from the last row up, so that each z is there as long as it is needed. */
static void transform_by_matrix(size_t d, const double *mean, double scale, const double *factor,
                                double *point) {
    for (size_t i = d; i-- > 0;)
        point[i] = mean[i] + scale * dot(i + 1, factor + i * d, point);
}

/* The standard normals in `point` become a draw of component k. */
static void transform(const struct gaussian_mixture *mixture, size_t k, double *point) {
    size_t d = mixture->dimensions;
    const double *mean = mixture->means + k * d, *factors = mixture->factors;
    switch (mixture->type) {
    case GAUSSIAN_MIXTURE_FULL:
        transform_by_matrix(d, mean, 1, factors + k * d * d, point);
        return;
    case GAUSSIAN_MIXTURE_TIED:
        transform_by_matrix(d, mean, mixture->scales != NULL ? mixture->scales[k] : 1, factors, point);
        return;
    case GAUSSIAN_MIXTURE_DIAGONAL:
    case GAUSSIAN_MIXTURE_TIED_DIAGONAL: {
        const double *deviations = factors + (mixture->type == GAUSSIAN_MIXTURE_DIAGONAL ? k * d : 0);
        for (size_t i = 0; i < d; i++)
            point[i] = mean[i] + deviations[i] * point[i];
        return;
    }
    default:
        for (size_t i = 0; i < d; i++)
            point[i] = mean[i] + factors[mixture->type == GAUSSIAN_MIXTURE_SPHERICAL ? k : 0] * point[i];
    }
}

void gaussian_mixture_sampler_component(const struct gaussian_mixture *mixture, size_t k,
                                        struct random_stream *stream, size_t count, double *points) {
    size_t d = mixture->dimensions;
    random_normals(stream, count * d, points);
    for (size_t i = 0; i < count; i++)
        transform(mixture, k, points + i * d);
}

/* The component of draw i of a block. */
static size_t choose(const struct gaussian_mixture_sampler *sampler, size_t block, size_t i,
                     struct random_stream *stream) {
    size_t components = sampler->mixture->components;
    if (sampler->last != NULL)
        return stratum(sampler, block * BLOCK + i);
    return components > 1 ? random_discrete(stream, components, sampler->cumulative) : 0;
}

void gaussian_mixture_sampler_block(const struct gaussian_mixture_sampler *sampler, size_t block,
                                    size_t count, double *points, size_t *components) {
    size_t d = sampler->mixture->dimensions, chosen[BLOCK];
    struct random_stream choices, normals; /* apart, so that fewer draws are the first of more */
    random_start(&choices, sampler->seed, sampler->filter, sampler->purpose, 2 * block);
    random_start(&normals, sampler->seed, sampler->filter, sampler->purpose, 2 * block + 1);
    for (size_t i = 0; i < count; i++)
        chosen[i] = choose(sampler, block, i, &choices);
    random_normals(&normals, count * d, points);
    for (size_t i = 0; i < count; i++)
        transform(sampler->mixture, chosen[i], points + i * d);
    if (components != NULL)
        memcpy(components, chosen, count * sizeof *chosen);
}

struct shared {
    const struct gaussian_mixture_sampler *sampler;
    size_t first, rows;
    double *points;
    size_t *components;
};

/* parallel_body */
static void draw_block(void *context, size_t block, size_t worker) {
    (void)worker;
    const struct shared *shared = context;
    size_t from = block * BLOCK, count = shared->rows - from < BLOCK ? shared->rows - from : BLOCK;
    gaussian_mixture_sampler_block(shared->sampler, shared->first + block, count,
                                   shared->points + from * shared->sampler->mixture->dimensions,
                                   shared->components != NULL ? shared->components + from : NULL);
}

void gaussian_mixture_sampler_rows(const struct gaussian_mixture_sampler *sampler, size_t threads,
                                   size_t block, size_t rows, double *points, size_t *components) {
    struct shared shared = {
        .sampler = sampler, .first = block, .rows = rows, .points = points, .components = components};
    parallel_for(threads, (rows + BLOCK - 1) / BLOCK, draw_block, &shared);
}

void gaussian_mixture_sampler_free(struct gaussian_mixture_sampler *sampler) {
    free(sampler->cumulative);
    free(sampler->last);
    sampler->cumulative = NULL;
    sampler->last = NULL;
}
