#include "transport/sliced_transport.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "num/sorted_order.h"
#include "num/vector.h"
#include "transport/sorted_transport.h"

enum { SHOWN_EVERY = 64 }; /* directions between two looks at the progress */

int sliced_transport_power(const struct ground_cost *ground, double *power, struct error *error) {
    if (ground->kind == GROUND_COST_SQEUCLIDEAN)
        *power = 2;
    else if (ground->kind == GROUND_COST_EUCLIDEAN)
        *power = 1;
    else if (ground->kind == GROUND_COST_POWER && ground->power >= 1)
        *power = ground->power;
    else
        return error_set_usage(error, "slices need the cost sqeuclidean, euclidean or power:P with P >= 1");
    return 0;
}

void sliced_transport_direction(uint64_t seed, size_t index, size_t dimension, double *direction) {
    struct random_stream stream;
    double square = 0;
    random_start(&stream, seed, "sinkhorn", "directions", index);
    while (!(square > 0)) { /* normals are all 0 with probability 0 */
        random_normals(&stream, dimension, direction);
        square = 0;
        for (size_t k = 0; k < dimension; k++)
            square += direction[k] * direction[k];
    }
    double length = sqrt(square);
    for (size_t k = 0; k < dimension; k++)
        direction[k] /= length;
}

/* What one thread needs for one side: the shadows of its points on a line. */
struct shadows {
    double *values, *sorted, *weights;
    struct sorted_order_entry *order; /* and as many behind them to sort with */
};

struct worker {
    struct shadows x, y;
    double *direction;
};

static int shadows_create(struct shadows *shadows, size_t count, struct error *error) {
    shadows->values = memory_array(error, count, sizeof *shadows->values);
    shadows->sorted = memory_array(error, count, sizeof *shadows->sorted);
    shadows->weights = memory_array(error, count, sizeof *shadows->weights);
    shadows->order = memory_matrix(error, 2, count, sizeof *shadows->order);
    return shadows->values == NULL || shadows->sorted == NULL || shadows->weights == NULL ||
                   shadows->order == NULL
               ? -1
               : 0;
}

static void shadows_free(struct shadows *shadows) {
    free(shadows->values);
    free(shadows->sorted);
    free(shadows->weights);
    free(shadows->order);
}

/* Projects points and sorts the shadows, their weights with them (NULL: equal). Returns the weights. */
static const double *cast(struct shadows *shadows, size_t count, size_t dimension, const double *points,
                          const double *weights, const double *direction) {
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (size_t k = 0; k < dimension; k++)
            sum += points[i * dimension + k] * direction[k];
        shadows->values[i] = sum;
    }
    sorted_order_find(count, shadows->values, shadows->order, shadows->order + count);
    for (size_t i = 0; i < count; i++)
        shadows->sorted[i] = shadows->values[shadows->order[i].index];
    for (size_t i = 0; weights != NULL && i < count; i++)
        shadows->weights[i] = weights[shadows->order[i].index];
    return weights == NULL ? NULL : shadows->weights;
}

struct run {
    const struct sliced_transport_problem *problem;
    const double *source_weights, *target_weights; /* both or neither NULL */
    struct worker *workers;
    double *costs; /* one a direction */
    size_t first;  /* direction of block 0 */
};

static void one_direction(void *context, size_t block, size_t index) {
    struct run *run = context;
    const struct sliced_transport_problem *problem = run->problem;
    struct worker *worker = &run->workers[index];
    size_t direction = run->first + block;
    sliced_transport_direction(problem->seed, direction, problem->dimension, worker->direction);
    const double *a = cast(&worker->x, problem->sources, problem->dimension, problem->x, run->source_weights,
                           worker->direction);
    const double *b = cast(&worker->y, problem->targets, problem->dimension, problem->y, run->target_weights,
                           worker->direction);
    run->costs[direction] =
        problem->scale * sorted_transport_power_cost(problem->power, problem->sources, worker->x.sorted, a,
                                                     problem->targets, worker->y.sorted, b);
}

static void summarise(const struct run *run, struct sliced_transport *result) {
    const struct sliced_transport_problem *problem = run->problem;
    size_t count = problem->directions, largest = 0;
    double mean = vector_sum(count, run->costs) / (double)count, squares = 0;
    for (size_t k = 0; k < count; k++) {
        squares += (run->costs[k] - mean) * (run->costs[k] - mean);
        largest = run->costs[k] > run->costs[largest] ? k : largest;
    }
    *result = (struct sliced_transport){
        .distance = pow(mean, 1 / problem->power),
        .mean = mean,
        .standard_error = count > 1 ? sqrt(squares / (double)(count - 1) / (double)count) : NAN,
        .largest = pow(run->costs[largest], 1 / problem->power),
        .largest_direction = largest,
    };
}

static double *equal_weights(size_t count, struct error *error) {
    double *weights = memory_array(error, count, sizeof *weights);
    for (size_t i = 0; weights != NULL && i < count; i++)
        weights[i] = 1 / (double)count;
    return weights;
}

static int run_directions(struct run *run, struct error *error) {
    const struct sliced_transport_problem *problem = run->problem;
    for (size_t t = 0; t < problem->threads; t++) {
        struct worker *worker = &run->workers[t];
        worker->direction = memory_array(error, problem->dimension, sizeof *worker->direction);
        if (worker->direction == NULL || shadows_create(&worker->x, problem->sources, error) < 0 ||
            shadows_create(&worker->y, problem->targets, error) < 0)
            return -1;
    }
    for (run->first = 0; run->first < problem->directions; run->first += SHOWN_EVERY) {
        size_t left = problem->directions - run->first;
        parallel_for(problem->threads, left < SHOWN_EVERY ? left : SHOWN_EVERY, one_direction, run);
        if (problem->progress != NULL)
            progress_show(problem->progress, "directions", run->first, problem->directions);
    }
    return 0;
}

int sliced_transport_solve(const struct sliced_transport_problem *problem, struct sliced_transport *result,
                           struct error *error) {
    const double *a = problem->source_weights, *b = problem->target_weights;
    struct run run = {.problem = problem, .source_weights = a, .target_weights = b};
    double *equal = NULL;
    int status = 0;
    if ((a == NULL) != (b == NULL)) {
        equal = equal_weights(a == NULL ? problem->sources : problem->targets, error);
        status = equal == NULL ? -1 : 0;
        run.source_weights = a == NULL ? equal : a;
        run.target_weights = b == NULL ? equal : b;
    }
    run.workers = memory_zeros(error, problem->threads, sizeof *run.workers);
    run.costs = memory_array(error, problem->directions, sizeof *run.costs);
    if (run.workers == NULL || run.costs == NULL)
        status = -1;
    if (status == 0)
        status = run_directions(&run, error);
    if (status == 0)
        summarise(&run, result);
    for (size_t t = 0; run.workers != NULL && t < problem->threads; t++) {
        free(run.workers[t].direction);
        shadows_free(&run.workers[t].x);
        shadows_free(&run.workers[t].y);
    }
    free(run.workers);
    free(run.costs);
    free(equal);
    return status;
}
