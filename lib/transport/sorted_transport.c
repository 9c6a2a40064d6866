#include "transport/sorted_transport.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/compensated.h"
#include "num/network_simplex.h"
#include "num/sorted_order.h"
#include "num/vector.h"

bool sorted_transport_applies(const struct pair_cost *cost) {
    const struct ground_cost *ground = &cost->ground;
    if (cost->matrix != NULL || cost->dimension != 1 || ground->kind == GROUND_COST_COSINE)
        return false;
    return ground->kind != GROUND_COST_POWER || ground->power >= 1;
}

/* Two sides in order, and how far the merge of their weights has come. Equal weights on both sides are
 * counted in whole numbers, which subtract without rounding. */
struct merge {
    size_t count_x, count_y;
    const double *weights_x, *weights_y; /* NULL: equal */
    double scale_y;                      /* brings the targets' total to the sources' */
    double unit;                         /* the mass of a unit of weight */
    size_t x, y;                         /* the pair at hand */
    double left_x, left_y;               /* of their weights */
};

static double merge_weight_x(const struct merge *merge, size_t i) {
    return merge->weights_x == NULL ? (double)merge->count_y : merge->weights_x[i];
}

static double merge_weight_y(const struct merge *merge, size_t j) {
    return merge->weights_y == NULL ? (double)merge->count_x : merge->weights_y[j] * merge->scale_y;
}

static struct merge merge_start(size_t count_x, const double *weights_x, size_t count_y,
                                const double *weights_y) {
    struct merge merge = {.count_x = count_x,
                          .count_y = count_y,
                          .weights_x = weights_x,
                          .weights_y = weights_y,
                          .scale_y = 1,
                          .unit = 1};
    if (weights_x == NULL)
        merge.unit = 1 / ((double)count_x * (double)count_y);
    else
        merge.scale_y = vector_sum(count_x, weights_x) / vector_sum(count_y, weights_y);
    merge.left_x = merge_weight_x(&merge, 0);
    merge.left_y = merge_weight_y(&merge, 0);
    return merge;
}

/* The mass that the pair at hand moves. The last of a side takes all that comes, whatever rounding left. */
static double merge_mass(const struct merge *merge) {
    bool last_x = merge->x + 1 == merge->count_x, last_y = merge->y + 1 == merge->count_y;
    if (last_x != last_y)
        return last_x ? merge->left_y : merge->left_x;
    return merge->left_x < merge->left_y ? merge->left_x : merge->left_y;
}

/* The next pair, which shares its source or its target with the last: one side advances, the sources where
 * both are spent. False after the last. */
static bool merge_advance(struct merge *merge) {
    bool last_x = merge->x + 1 == merge->count_x, last_y = merge->y + 1 == merge->count_y;
    if (last_x && last_y)
        return false;
    if (!last_x && (last_y || merge->left_x <= merge->left_y)) {
        merge->left_y = fmax(merge->left_y - merge->left_x, 0);
        merge->left_x = merge_weight_x(merge, ++merge->x);
    } else {
        merge->left_x = fmax(merge->left_x - merge->left_y, 0);
        merge->left_y = merge_weight_y(merge, ++merge->y);
    }
    return true;
}

static double power_of(double distance, double power) {
    if (power == 2)
        return distance * distance;
    return power == 1 ? fabs(distance) : pow(fabs(distance), power);
}

double sorted_transport_power_cost(double power, size_t count_x, const double *x, const double *weights_x,
                                   size_t count_y, const double *y, const double *weights_y) {
    double sum = 0, lost = 0;
    if (weights_x == NULL && weights_y == NULL && count_x == count_y) {
        for (size_t i = 0; i < count_x; i++) {
            double term = power_of(x[i] - y[i], power), next = sum + term;
            lost += compensated_sum_error(sum, term, next);
            sum = next;
        }
        return (sum + lost) / (double)count_x;
    }
    struct merge merge = merge_start(count_x, weights_x, count_y, weights_y);
    do {
        double term = merge_mass(&merge) * power_of(x[merge.x] - y[merge.y], power), next = sum + term;
        lost += compensated_sum_error(sum, term, next);
        sum = next;
    } while (merge_advance(&merge));
    return (sum + lost) * merge.unit;
}

/* One side of a problem in order. */
struct side {
    size_t count;
    struct sorted_order_entry *order;
    double *values, *weights; /* in that order */
};

static int side_create(struct side *side, size_t count, const double *points, const double *weights,
                       struct error *error) {
    *side = (struct side){.count = count};
    side->order = memory_matrix(error, 2, count, sizeof *side->order);
    side->values = memory_array(error, count, sizeof *side->values);
    side->weights = memory_array(error, count, sizeof *side->weights);
    if (side->order == NULL || side->values == NULL || side->weights == NULL)
        return -1;
    sorted_order_find(count, points, side->order, side->order + count);
    for (size_t k = 0; k < count; k++) {
        side->values[k] = points[side->order[k].index];
        side->weights[k] = weights == NULL ? 1 / (double)count : weights[side->order[k].index];
    }
    return 0;
}

static void side_free(struct side *side) {
    free(side->order);
    free(side->values);
    free(side->weights);
}

static int result_create(struct exact_transport *result, size_t n, size_t m, struct error *error) {
    *result = (struct exact_transport){0};
    result->flows = memory_array(error, n + m, sizeof *result->flows);
    result->source_potentials = memory_array(error, n, sizeof(double));
    result->target_potentials = memory_array(error, m, sizeof(double));
    if (result->flows != NULL && result->source_potentials != NULL && result->target_potentials != NULL)
        return 0;
    exact_transport_free(result);
    return -1;
}

/* The pairs of the merge, with and without mass, are a path through all points: along it f + g = C, which by
 * the convexity of the cost makes f + g <= C everywhere. */
static void walk(struct merge *merge, const struct ground_cost *ground, const struct side *sources,
                 const struct side *targets, struct exact_transport *result) {
    double *f = result->source_potentials, *g = result->target_potentials;
    double total = vector_sum(sources->count, sources->weights);
    size_t last = 0;
    f[sources->order[0].index] = 0;
    do {
        size_t source = sources->order[merge->x].index, target = targets->order[merge->y].index;
        double cost = ground_cost_between(ground, 1, &sources->values[merge->x], &targets->values[merge->y]);
        if (merge->x == last)
            g[target] = cost - f[source];
        else
            f[source] = cost - g[target];
        last = merge->x;
        double mass = merge_mass(merge) * merge->unit;
        if (!network_simplex_negligible(mass, sources->weights[merge->x], targets->weights[merge->y], total))
            result->flows[result->flow_count++] = (struct exact_transport_flow){source, target, mass};
    } while (merge_advance(merge));
}

/* cost and dual_gap, as if summed in twice the precision. */
static int set_values(const struct exact_transport_problem *problem, const struct side *sources,
                      const struct side *targets, struct exact_transport *result, struct error *error) {
    size_t n = sources->count, m = targets->count;
    double *cost = memory_array(error, n + m, sizeof *cost), *mass = memory_array(error, n + m, sizeof *mass);
    int status = cost == NULL || mass == NULL ? -1 : 0;
    if (status == 0) {
        for (size_t k = 0; k < result->flow_count; k++) {
            const struct exact_transport_flow *flow = &result->flows[k];
            cost[k] = ground_cost_between(&problem->cost.ground, 1, problem->cost.x + flow->source,
                                          problem->cost.y + flow->target);
            mass[k] = flow->mass;
        }
        result->cost = vector_dot(result->flow_count, cost, mass);
        for (size_t i = 0; i < n; i++)
            cost[i] = result->source_potentials[sources->order[i].index];
        for (size_t j = 0; j < m; j++)
            cost[n + j] = result->target_potentials[targets->order[j].index];
        double scale = vector_sum(n, sources->weights) / vector_sum(m, targets->weights);
        memcpy(mass, sources->weights, n * sizeof *mass);
        for (size_t j = 0; j < m; j++)
            mass[n + j] = targets->weights[j] * scale;
        result->dual_gap = result->cost - vector_dot(n + m, cost, mass);
    }
    free(cost);
    free(mass);
    return status;
}

int sorted_transport_solve(const struct exact_transport_problem *problem, struct exact_transport *result,
                           struct error *error) {
    const struct pair_cost *cost = &problem->cost;
    const double *a = problem->source_weights, *b = problem->target_weights;
    struct side sources = {0}, targets = {0};
    int status = result_create(result, cost->sources, cost->targets, error);
    if (status == 0)
        status = side_create(&sources, cost->sources, cost->x, a, error);
    if (status == 0)
        status = side_create(&targets, cost->targets, cost->y, b, error);
    if (status == 0) {
        bool equal = a == NULL && b == NULL;
        struct merge merge = merge_start(cost->sources, equal ? NULL : sources.weights, cost->targets,
                                         equal ? NULL : targets.weights);
        walk(&merge, &cost->ground, &sources, &targets, result);
        exact_transport_order_flows(result);
        status = set_values(problem, &sources, &targets, result, error);
    }
    side_free(&sources);
    side_free(&targets);
    if (status < 0)
        exact_transport_free(result);
    return status;
}
