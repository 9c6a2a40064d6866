#include "num/gaussian_mixture_reduce.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"
#include "num/cholesky.h"

/* A reduction at work. A merged component takes the place of the lower of its two. */
struct reduction {
    size_t components, dimensions;
    double *weights, *means, *covariances; /* K, K x d, K x d x d */
    double *log_determinants;              /* K */
    double *costs;                         /* K x K; of i and j > i in row i */
    size_t *nearest;                       /* K: the j > i with the least cost; K where there is none */
    bool *gone;                            /* K */
    double *rooms;                         /* for each thread d^2 */
    size_t merged;                         /* the component whose costs are to be found */
};

static double *cost_of(const struct reduction *reduction, size_t i, size_t j) {
    return reduction->costs + (i < j ? i * reduction->components + j : j * reduction->components + i);
}

/* C_ij, d x d. Two components without weight count alike. */
static void merge_covariances(const struct reduction *reduction, size_t i, size_t j, double *merged) {
    size_t d = reduction->dimensions;
    double total = reduction->weights[i] + reduction->weights[j];
    double share = total > 0 ? reduction->weights[j] / total : 0.5;
    const double *a = reduction->covariances + i * d * d, *b = reduction->covariances + j * d * d;
    const double *from = reduction->means + i * d, *to = reduction->means + j * d;
    for (size_t row = 0; row < d; row++)
        for (size_t column = 0; column < d; column++)
            merged[row * d + column] =
                (1 - share) * a[row * d + column] + share * b[row * d + column] +
                share * (1 - share) * (to[row] - from[row]) * (to[column] - from[column]);
}

/* A pair whose covariance cannot be factored, the numbers being too large, is merged last. */
static void find_cost(const struct reduction *reduction, size_t i, size_t j, double *room) {
    double wi = reduction->weights[i], wj = reduction->weights[j];
    merge_covariances(reduction, i, j, room);
    double cost = INFINITY;
    if (cholesky_factor(reduction->dimensions, room) == 0) {
        double both = cholesky_log_determinant(reduction->dimensions, room);
        cost = 0.5 *
               (wi * (both - reduction->log_determinants[i]) + wj * (both - reduction->log_determinants[j]));
    }
    *cost_of(reduction, i, j) = isnan(cost) ? INFINITY : cost;
}

static void find_nearest(const struct reduction *reduction, size_t i) {
    size_t best = reduction->components;
    for (size_t j = i + 1; j < reduction->components; j++)
        if (!reduction->gone[j] &&
            (best == reduction->components || *cost_of(reduction, i, j) < *cost_of(reduction, i, best)))
            best = j;
    reduction->nearest[i] = best;
}

/* parallel_body: row i of the costs. */
static void fill_row(void *context, size_t i, size_t worker) {
    const struct reduction *reduction = context;
    size_t d = reduction->dimensions;
    for (size_t j = i + 1; j < reduction->components; j++)
        find_cost(reduction, i, j, reduction->rooms + worker * d * d);
    find_nearest(reduction, i);
}

/* parallel_body: the cost of component j with the one that was merged. */
static void refresh_cost(void *context, size_t j, size_t worker) {
    const struct reduction *reduction = context;
    size_t d = reduction->dimensions;
    if (j != reduction->merged && !reduction->gone[j])
        find_cost(reduction, reduction->merged, j, reduction->rooms + worker * d * d);
}

static void find_pair(const struct reduction *reduction, size_t *first, size_t *second) {
    size_t components = reduction->components, best = components;
    for (size_t i = 0; i < components; i++) {
        size_t j = reduction->nearest[i];
        if (reduction->gone[i] || j == components)
            continue;
        if (best == components ||
            *cost_of(reduction, i, j) < *cost_of(reduction, best, reduction->nearest[best]))
            best = i;
    }
    *first = best;
    *second = reduction->nearest[best];
}

static void merge_pair(struct reduction *reduction, size_t i, size_t j, size_t threads) {
    size_t d = reduction->dimensions, components = reduction->components;
    double total = reduction->weights[i] + reduction->weights[j];
    double share = total > 0 ? reduction->weights[j] / total : 0.5;
    merge_covariances(reduction, i, j, reduction->rooms);
    memcpy(reduction->covariances + i * d * d, reduction->rooms, d * d * sizeof *reduction->rooms);
    for (size_t l = 0; l < d; l++)
        reduction->means[i * d + l] += share * (reduction->means[j * d + l] - reduction->means[i * d + l]);
    reduction->weights[i] = total;
    reduction->gone[j] = true;
    reduction->merged = i;
    if (cholesky_factor(d, reduction->rooms) == 0)
        reduction->log_determinants[i] = cholesky_log_determinant(d, reduction->rooms);
    parallel_for(threads, components, refresh_cost, reduction);
    for (size_t l = 0; l < components; l++) {
        size_t nearest = reduction->nearest[l];
        if (reduction->gone[l] || nearest == components)
            continue;
        if (l == i || nearest == i || nearest == j)
            find_nearest(reduction, l);
        else if (l < i && *cost_of(reduction, l, i) < *cost_of(reduction, l, nearest))
            reduction->nearest[l] = i;
    }
}

/* The components left, heaviest first; of equal ones the first. */
static struct gaussian_mixture *collect(const struct reduction *reduction, size_t components,
                                        struct error *error) {
    size_t d = reduction->dimensions;
    struct gaussian_mixture *made = gaussian_mixture_create(components, d, GAUSSIAN_MIXTURE_FULL, error);
    if (made == NULL)
        return NULL;
    for (size_t k = 0; k < components; k++) {
        size_t best = reduction->components;
        for (size_t i = 0; i < reduction->components; i++)
            if (!reduction->gone[i] &&
                (best == reduction->components || reduction->weights[i] > reduction->weights[best]))
                best = i;
        made->weights[k] = reduction->weights[best];
        memcpy(made->means + k * d, reduction->means + best * d, d * sizeof(double));
        memcpy(made->covariances + k * d * d, reduction->covariances + best * d * d, d * d * sizeof(double));
        reduction->gone[best] = true;
    }
    if (gaussian_mixture_prepare(made, error) == 0)
        return made;
    gaussian_mixture_free(made);
    return NULL;
}

static int begin(struct reduction *reduction, const struct gaussian_mixture *mixture, size_t threads,
                 struct error *error) {
    size_t d = mixture->dimensions, components = mixture->components, size;
    if (mixture->noise_weight > 0)
        return error_set(error, "a mixture with a uniform component cannot be reduced");
    if (!memory_product(d, d, &size))
        size = SIZE_MAX;
    *reduction = (struct reduction){.components = components, .dimensions = d};
    reduction->weights = memory_array(error, components, sizeof(double));
    reduction->means = memory_matrix(error, components, d, sizeof(double));
    reduction->covariances = memory_matrix(error, components, size, sizeof(double));
    reduction->log_determinants = memory_array(error, components, sizeof(double));
    reduction->costs = memory_matrix(error, components, components, sizeof(double));
    reduction->nearest = memory_array(error, components, sizeof *reduction->nearest);
    reduction->gone = memory_zeros(error, components, sizeof *reduction->gone);
    reduction->rooms = memory_matrix(error, threads, size, sizeof(double));
    if (reduction->weights == NULL || reduction->means == NULL || reduction->covariances == NULL ||
        reduction->log_determinants == NULL || reduction->costs == NULL || reduction->nearest == NULL ||
        reduction->gone == NULL || reduction->rooms == NULL || blas_load_for(d, error) < 0)
        return -1;
    memcpy(reduction->weights, mixture->weights, components * sizeof(double));
    memcpy(reduction->means, mixture->means, components * d * sizeof(double));
    for (size_t k = 0; k < components; k++) {
        gaussian_mixture_expand_covariance(mixture, k, reduction->covariances + k * size);
        gaussian_mixture_expand_factor(mixture, k, reduction->rooms);
        reduction->log_determinants[k] = cholesky_log_determinant(d, reduction->rooms);
    }
    parallel_for(threads, components, fill_row, reduction);
    return 0;
}

static void end(struct reduction *reduction) {
    free(reduction->weights);
    free(reduction->means);
    free(reduction->covariances);
    free(reduction->log_determinants);
    free(reduction->costs);
    free(reduction->nearest);
    free(reduction->gone);
    free(reduction->rooms);
}

struct gaussian_mixture *gaussian_mixture_reduce(const struct gaussian_mixture *mixture, size_t components,
                                                 size_t threads, struct error *error) {
    struct reduction reduction = {0};
    struct gaussian_mixture *made = NULL;
    if (components > mixture->components)
        error_set(error, "the model has %zu components, fewer than %zu", mixture->components, components);
    else if (begin(&reduction, mixture, threads, error) == 0) {
        for (size_t left = mixture->components; left > components; left--) {
            size_t i, j;
            find_pair(&reduction, &i, &j);
            merge_pair(&reduction, i, j, threads);
        }
        made = collect(&reduction, components, error);
    }
    end(&reduction);
    return made;
}
