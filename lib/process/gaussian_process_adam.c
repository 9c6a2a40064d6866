#include "process/gaussian_process_adam.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

/* The paper's. */
static const double first_decay = 0.9, second_decay = 0.999, root_least = 1e-8;

/* How far a logarithm may go from its start. */
static const double reach = 20;

struct ascent {
    const struct gaussian_process_adam *adam;
    struct gaussian_process_search *search;
    double *start, *point, *first, *second; /* coordinates, and the moments of their gradients */
    double *gradient;
    size_t *order; /* of rows */
    size_t steps;
};

static int open_ascent(struct ascent *ascent, struct error *error) {
    const struct gaussian_process_search *search = ascent->search;
    size_t n = search->count + 1;
    double *room = memory_zeros(error, n, 4 * sizeof *room);
    ascent->start = room;
    ascent->gradient = memory_array(error, search->slots + 1, sizeof *ascent->gradient);
    ascent->order = memory_array(error, ascent->adam->rows, sizeof *ascent->order);
    if (room == NULL || ascent->gradient == NULL || ascent->order == NULL)
        return -1;
    ascent->point = room + n;
    ascent->first = room + 2 * n;
    ascent->second = room + 3 * n;
    for (size_t i = 0; i < search->count; i++)
        ascent->start[i] = ascent->point[i] = gaussian_process_search_coordinate(&search->variables[i]);
    return 0;
}

static int look(struct ascent *ascent, double *value, struct error *error) {
    struct gaussian_process_search *search = ascent->search;
    if (search->objective(search->context, value, ascent->gradient, error) < 0)
        return -1;
    return isfinite(*value) ? 0 : error_set(error, "the objective is not finite at the start");
}

static void step(struct ascent *ascent, double rate) {
    struct gaussian_process_search *search = ascent->search;
    double steps = (double)++ascent->steps;
    double first_scale = 1 / (1 - pow(first_decay, steps));
    double second_scale = 1 / (1 - pow(second_decay, steps));
    for (size_t i = 0; i < search->count; i++) {
        const struct gaussian_process_variable *variable = &search->variables[i];
        double slope = ascent->gradient[variable->slot] * gaussian_process_search_slope(variable);
        ascent->first[i] = first_decay * ascent->first[i] + (1 - first_decay) * slope;
        ascent->second[i] = second_decay * ascent->second[i] + (1 - second_decay) * slope * slope;
        ascent->point[i] +=
            rate * ascent->first[i] * first_scale / (sqrt(ascent->second[i] * second_scale) + root_least);
        if (variable->positive)
            ascent->point[i] =
                fmin(fmax(ascent->point[i], ascent->start[i] - reach), ascent->start[i] + reach);
    }
    gaussian_process_search_set(search, ascent->point);
}

/* One pass over the rows, in an order of its own where a batch is not all of them. */
static int run_epoch(struct ascent *ascent, size_t epoch, struct error *error) {
    const struct gaussian_process_adam *adam = ascent->adam;
    double left = 2 * (double)(adam->epochs - epoch) / (double)adam->epochs;
    struct random_stream stream;
    random_start(&stream, adam->seed, "gpfit", "epoch", epoch);
    if (adam->batch < adam->rows)
        random_permutation(&stream, adam->rows, ascent->order);
    for (size_t first = 0; first < adam->rows; first += adam->batch) {
        size_t count = adam->rows - first < adam->batch ? adam->rows - first : adam->batch;
        double value;
        adam->choose(adam->choose_context, adam->batch < adam->rows ? ascent->order + first : NULL, count);
        if (look(ascent, &value, error) < 0)
            return -1;
        step(ascent, adam->rate * fmin(1, left));
    }
    return 0;
}

/* Figures of all rows. */
static int finish(struct ascent *ascent, struct gaussian_process_search_result *result, struct error *error) {
    struct gaussian_process_search *search = ascent->search;
    ascent->adam->choose(ascent->adam->choose_context, NULL, ascent->adam->rows);
    if (look(ascent, &result->objective, error) < 0)
        return -1;
    for (size_t i = 0; i < search->count; i++) {
        const struct gaussian_process_variable *variable = &search->variables[i];
        double slope = ascent->gradient[variable->slot] * gaussian_process_search_slope(variable);
        result->gradient_norm = fmax(result->gradient_norm, fabs(slope));
    }
    result->iterations = ascent->adam->epochs;
    result->evaluations = ascent->steps + 1;
    result->converged = true;
    return 0;
}

/* What is shown between epochs. */
static int show(const struct ascent *ascent, size_t epoch) {
    struct gaussian_process_search *search = ascent->search;
    if (search->progress != NULL)
        progress_show(search->progress, "epochs", epoch + 1, ascent->adam->epochs);
    if (search->checkpoint == NULL)
        return 0;
    ascent->adam->choose(ascent->adam->choose_context, NULL, ascent->adam->rows);
    return search->checkpoint(search->checkpoint_context);
}

int gaussian_process_adam_run(const struct gaussian_process_adam *adam,
                              struct gaussian_process_search *search,
                              struct gaussian_process_search_result *result, struct error *error) {
    struct ascent ascent = {.adam = adam, .search = search};
    *result = (struct gaussian_process_search_result){0};
    int status = open_ascent(&ascent, error);
    for (size_t epoch = 0; status == 0 && epoch < adam->epochs; epoch++) {
        status = run_epoch(&ascent, epoch, error);
        if (status == 0 && show(&ascent, epoch) < 0)
            break;
    }
    if (status == 0)
        status = finish(&ascent, result, error);
    free(ascent.start);
    free(ascent.gradient);
    free(ascent.order);
    return status;
}
