#include "num/exact_transport_coarse.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "num/network_simplex_costs.h"

enum {
    SMALLEST = 128, /* sources and targets: below, plain simplex is as quick */
    SHARE = 3
};

static const double forbidden_factor = 16;

/* Some of the sources or targets, in order. */
struct sample {
    size_t count;
    size_t *index;
    double *points;  /* count x dimension, where costs are made from points */
    double *weights; /* NULL: equal */
};

/* One of each `share` neighbours in order: sorted data are sampled evenly, periods are missed. */
static int sample_create(struct sample *sample, size_t total, size_t share, const char *side,
                         const double *points, size_t dimension, const double *weights, struct error *error) {
    struct random_stream stream;
    random_start(&stream, 1, "exact_transport", side, total);
    sample->count = total / share;
    sample->index = memory_array(error, sample->count, sizeof *sample->index);
    if (points != NULL)
        sample->points = memory_matrix(error, sample->count, dimension, sizeof *sample->points);
    if (weights != NULL)
        sample->weights = memory_array(error, sample->count, sizeof *sample->weights);
    if (sample->index == NULL || (points != NULL && sample->points == NULL) ||
        (weights != NULL && sample->weights == NULL))
        return -1;
    for (size_t k = 0; k < sample->count; k++) {
        size_t at = sample->index[k] = k * share + random_below(&stream, share);
        if (points != NULL)
            memcpy(sample->points + k * dimension, points + at * dimension, dimension * sizeof *points);
        if (weights != NULL)
            sample->weights[k] = weights[at];
    }
    return 0;
}

static void sample_free(struct sample *sample) {
    free(sample->index);
    free(sample->points);
    free(sample->weights);
}

/* Brings weights to the total of 1. False where they have none. */
static bool normalise(const struct sample *sample) {
    double total = 0;
    if (sample->weights == NULL)
        return true;
    for (size_t k = 0; k < sample->count; k++)
        total += sample->weights[k];
    for (size_t k = 0; k < sample->count; k++)
        sample->weights[k] /= total;
    return total > 0;
}

/* The rows and columns of a matrix that were drawn. Forbidden pairs cost far more than any other, so that a
 * plan exists, which the sample alone might not have. */
static double *gather(const struct pair_cost *cost, const struct sample *sources,
                      const struct sample *targets, struct error *error) {
    size_t count = sources->count * targets->count;
    double *matrix = memory_matrix(error, sources->count, targets->count, sizeof *matrix), largest = 1;
    if (matrix == NULL)
        return NULL;
    for (size_t k = 0; k < count; k++) {
        size_t source = sources->index[k / targets->count], target = targets->index[k % targets->count];
        matrix[k] = cost->matrix[source * cost->targets + target];
        if (matrix[k] < INFINITY)
            largest = fmax(largest, fabs(matrix[k]));
    }
    for (size_t k = 0; k < count; k++)
        matrix[k] = fmin(matrix[k], forbidden_factor * largest);
    return matrix;
}

/* g_j = min over the sample's sources of C_ij - f_i. */
static int extend(const struct pair_cost *cost, const struct sample *sources, const double *f, size_t threads,
                  double *g, struct error *error) {
    struct network_simplex_costs costs = {0};
    struct network_simplex_smallest smallest = {0};
    double *all = memory_array(error, cost->sources, sizeof *all);
    int status = -1;
    if (all == NULL || network_simplex_smallest_create(&smallest, cost->targets, 1, error) < 0)
        goto done;
    struct pair_cost part = *cost;
    if (cost->matrix == NULL) {
        part.sources = sources->count;
        part.x = sources->points;
    }
    /* Sources of a matrix that were not drawn offer nothing. */
    for (size_t i = 0; i < part.sources; i++)
        all[i] = cost->matrix == NULL ? f[i] : -INFINITY;
    for (size_t k = 0; cost->matrix != NULL && k < sources->count; k++)
        all[sources->index[k]] = f[k];
    if (network_simplex_costs_create(&costs, &part, false, threads, error) < 0)
        goto done;
    network_simplex_costs_columns(&costs, all, &smallest);
    memcpy(g, smallest.values, cost->targets * sizeof *g);
    status = 1;
    for (size_t j = 0; j < cost->targets; j++)
        if (!(g[j] < INFINITY))
            status = 0;
done:
    free(all);
    network_simplex_smallest_free(&smallest);
    network_simplex_costs_free(&costs);
    return status;
}

/* Solves the sample's problem. */
static int solve_sample(const struct exact_transport_problem *problem, const struct sample *sources,
                        const struct sample *targets, double *potentials, struct error *error) {
    const struct pair_cost *cost = &problem->cost;
    struct exact_transport_problem part = {.cost = *cost,
                                           .source_weights = sources->weights,
                                           .target_weights = targets->weights,
                                           .threads = problem->threads};
    struct exact_transport result;
    double *matrix = NULL;
    part.cost.sources = sources->count;
    part.cost.targets = targets->count;
    part.cost.x = sources->points;
    part.cost.y = targets->points;
    if (cost->matrix != NULL) {
        part.cost.matrix = matrix = gather(cost, sources, targets, error);
        if (matrix == NULL)
            return -1;
    }
    int status = exact_transport_solve(&part, &result, error);
    if (status == 0) {
        status = extend(cost, sources, result.source_potentials, problem->threads, potentials, error);
        exact_transport_free(&result);
    }
    free(matrix);
    return status;
}

int exact_transport_coarse_potentials(const struct exact_transport_problem *problem, double *potentials,
                                      struct error *error) {
    const struct pair_cost *cost = &problem->cost;
    struct sample sources = {0}, targets = {0};
    int status = -1;
    if (cost->sources < SMALLEST && cost->targets < SMALLEST)
        return 0;
    /* Of a side much smaller than the other none is left out. */
    size_t source_share = cost->sources * SHARE < cost->targets ? 1 : SHARE;
    size_t target_share = cost->targets * SHARE < cost->sources ? 1 : SHARE;
    const double *x = cost->matrix == NULL ? cost->x : NULL, *y = cost->matrix == NULL ? cost->y : NULL;
    if (sample_create(&sources, cost->sources, source_share, "sources", x, cost->dimension,
                      problem->source_weights, error) == 0 &&
        sample_create(&targets, cost->targets, target_share, "targets", y, cost->dimension,
                      problem->target_weights, error) == 0)
        status = normalise(&sources) && normalise(&targets)
                     ? solve_sample(problem, &sources, &targets, potentials, error)
                     : 0;
    sample_free(&sources);
    sample_free(&targets);
    return status;
}
