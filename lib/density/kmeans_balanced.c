#include "density/kmeans_balanced.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "density/kmeans_kernel.h"
#include "density/kmeans_order.h"
#include "num/exact_transport.h"

/* Rows, and centres as targets. Where k does not divide n each centre has two: one of floor(n / k) rows, and
 * one of a single row, which a source of k - n mod k that costs nothing, and may go there alone, fills where
 * no row does. */
struct balance {
    const struct kmeans_data *data;
    const struct kmeans_settings *settings;
    struct kmeans *result;
    bool divides;
    size_t sources, targets;
    double *source_weights, *target_weights;
    double *costs;      /* sources x targets; NULL where k divides n */
    double *potentials; /* targets: of the step before */
    bool started;
};

static int allocate(struct balance *balance, struct error *error) {
    size_t n = balance->data->rows, k = balance->result->clusters;
    balance->divides = n % k == 0;
    balance->sources = balance->divides ? n : n + 1;
    balance->targets = balance->divides ? k : 2 * k;
    balance->source_weights = memory_array(error, balance->sources, sizeof(double));
    balance->target_weights = memory_array(error, balance->targets, sizeof(double));
    balance->potentials = memory_array(error, balance->targets, sizeof(double));
    if (balance->source_weights == NULL || balance->target_weights == NULL || balance->potentials == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        balance->source_weights[i] = 1;
    for (size_t c = 0; c < balance->targets; c++)
        balance->target_weights[c] = c < k ? (double)(n / k) : 1;
    if (balance->divides)
        return 0;
    balance->source_weights[n] = (double)(k - n % k);
    balance->costs = memory_matrix(error, balance->sources, balance->targets, sizeof(double));
    return balance->costs != NULL ? 0 : -1;
}

static void fill_costs(struct balance *balance) {
    const struct kmeans_data *data = balance->data;
    size_t n = data->rows, k = balance->result->clusters, d = data->columns;
    for (size_t i = 0; i < n; i++) {
        double *costs = balance->costs + i * 2 * k;
        for (size_t c = 0; c < k; c++)
            costs[c] = costs[k + c] =
                kmeans_kernel_pair(d, data->points + i * d, balance->result->centers + c * d, 1, false);
    }
    for (size_t c = 0; c < k; c++) {
        balance->costs[n * 2 * k + c] = INFINITY;
        balance->costs[n * 2 * k + k + c] = 0;
    }
}

/* Gives rows to centres. Writes how many changed and what all cost. */
static int assign(struct balance *balance, size_t *changes, double *cost, struct error *error) {
    const struct kmeans_data *data = balance->data;
    struct exact_transport plan;
    struct exact_transport_problem problem = {
        .cost = {.sources = balance->sources,
                 .targets = balance->targets,
                 .matrix = balance->costs,
                 .x = data->points,
                 .y = balance->result->centers,
                 .dimension = data->columns,
                 .ground = {.kind = GROUND_COST_SQEUCLIDEAN, .scale = 1}},
        .source_weights = balance->source_weights,
        .target_weights = balance->target_weights,
        .start = balance->started ? balance->potentials : NULL,
        .threads = balance->settings->threads,
    };
    if (!balance->divides)
        fill_costs(balance);
    if (exact_transport_solve(&problem, &plan, error) < 0)
        return -1;
    *changes = 0;
    *cost = plan.cost;
    for (size_t i = 0; i < plan.flow_count; i++) {
        const struct exact_transport_flow *flow = &plan.flows[i];
        size_t own = flow->target % balance->result->clusters;
        if (flow->source == data->rows || flow->mass < 0.5) /* whole numbers, but for rounding */
            continue;
        *changes += balance->result->labels[flow->source] != own;
        balance->result->labels[flow->source] = (uint32_t)own;
    }
    memcpy(balance->potentials, plan.target_potentials, balance->targets * sizeof(double));
    balance->started = true;
    exact_transport_free(&plan);
    return 0;
}

/* Means of the rows by label, their counts, and the inertia. */
static void move_centers(struct balance *balance) {
    const struct kmeans_data *data = balance->data;
    struct kmeans *result = balance->result;
    size_t d = data->columns;
    memset(result->counts, 0, result->clusters * sizeof(double));
    memset(result->centers, 0, result->clusters * d * sizeof(double));
    for (size_t i = 0; i < data->rows; i++) { /* running means: no digits are lost far from the origin */
        double *center = result->centers + result->labels[i] * d;
        double count = ++result->counts[result->labels[i]];
        for (size_t j = 0; j < d; j++)
            center[j] += (data->points[i * d + j] - center[j]) / count;
    }
    result->inertia = 0;
    for (size_t i = 0; i < data->rows; i++)
        result->inertia +=
            kmeans_kernel_pair(d, data->points + i * d, result->centers + result->labels[i] * d, 1, false);
}

static int run(struct balance *balance, struct error *error) {
    struct kmeans *result = balance->result;
    size_t changes;
    double cost, least = INFINITY;
    result->iterations = 0;
    result->converged = false;
    while (!result->converged && result->iterations < balance->settings->max_iterations) {
        if (assign(balance, &changes, &cost, error) < 0)
            return -1;
        /* Rows at equal cost could go to and fro for ever. */
        result->converged = result->iterations > 0 && (changes == 0 || cost >= least);
        least = cost;
        move_centers(balance);
        result->iterations++;
    }
    return kmeans_order_result(balance->data->rows, result, error);
}

int kmeans_balanced_fit(const struct kmeans_data *data, const struct kmeans_settings *settings,
                        struct kmeans *result, struct error *error) {
    struct balance balance = {.data = data, .settings = settings, .result = result};
    if (kmeans_fit(data, settings, result, error) < 0)
        return -1;
    int status = allocate(&balance, error);
    if (status == 0)
        status = run(&balance, error);
    free(balance.source_weights);
    free(balance.target_weights);
    free(balance.costs);
    free(balance.potentials);
    if (status < 0)
        kmeans_free(result);
    return status;
}
