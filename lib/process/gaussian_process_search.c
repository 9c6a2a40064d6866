#include "process/gaussian_process_search.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "num/limited_memory_bfgs.h"

/* How far a logarithm may go from its start. */
static const double reach = 20;

struct run {
    struct gaussian_process_search *search;
    double *start, *point, *best, *lower, *upper, *gradient;
    struct error *error;
    bool failed;
};

static double scale_of(const struct gaussian_process_variable *variable) {
    return variable->scale > 0 ? variable->scale : 1;
}

double gaussian_process_search_coordinate(const struct gaussian_process_variable *variable) {
    return variable->positive ? log(*variable->value) : *variable->value / scale_of(variable);
}

void gaussian_process_search_set(struct gaussian_process_search *search, const double *point) {
    for (size_t i = 0; i < search->count; i++) {
        struct gaussian_process_variable *variable = &search->variables[i];
        *variable->value = variable->positive ? exp(point[i]) : point[i] * scale_of(variable);
        if (*variable->value < variable->lower)
            *variable->value = variable->lower; /* exp(log(lower)) may round below */
    }
}

double gaussian_process_search_slope(const struct gaussian_process_variable *variable) {
    return variable->positive ? *variable->value : scale_of(variable);
}

/* What is minimised: the negative objective, and its slope in the coordinates. */
static double evaluate(void *context, const double *point, double *slope) {
    struct run *run = context;
    struct gaussian_process_search *search = run->search;
    double value;
    gaussian_process_search_set(search, point);
    if (run->failed || search->objective(search->context, &value, run->gradient, run->error) < 0) {
        run->failed = true;
        return INFINITY;
    }
    for (size_t i = 0; i < search->count; i++) {
        const struct gaussian_process_variable *variable = &search->variables[i];
        slope[i] = -run->gradient[variable->slot] * gaussian_process_search_slope(variable);
    }
    return -value;
}

static int after_step(void *context, size_t iteration, double value, const double *point) {
    struct run *run = context;
    struct gaussian_process_search *search = run->search;
    (void)value;
    if (search->progress != NULL)
        progress_show(search->progress, "steps", iteration, search->iterations_max);
    if (search->checkpoint == NULL)
        return 0;
    gaussian_process_search_set(search, point);
    return search->checkpoint(search->checkpoint_context);
}

static int open_run(struct run *run, struct error *error) {
    size_t n = run->search->count + 1;
    double *room = memory_matrix(error, 5, n, sizeof *room);
    run->start = room;
    run->gradient = memory_array(error, run->search->slots + 1, sizeof *run->gradient);
    if (room == NULL || run->gradient == NULL)
        return -1;
    run->point = room + n;
    run->best = room + 2 * n;
    run->lower = room + 3 * n;
    run->upper = room + 4 * n;
    for (size_t i = 0; i < run->search->count; i++) {
        const struct gaussian_process_variable *variable = &run->search->variables[i];
        run->start[i] = gaussian_process_search_coordinate(variable);
        run->lower[i] = variable->positive ? run->start[i] - reach : variable->lower / scale_of(variable);
        run->upper[i] = variable->positive ? run->start[i] + reach : INFINITY;
        if (variable->positive && variable->lower > 0)
            run->lower[i] = fmin(run->start[i], fmax(run->lower[i], log(variable->lower)));
    }
    return 0;
}

/* Where the attempt begins: the start itself, then draws about it. */
static void begin(struct run *run, size_t attempt) {
    struct random_stream stream;
    random_start(&stream, run->search->seed, "gpfit", "restart", attempt);
    for (size_t i = 0; i < run->search->count; i++) {
        double drawn = run->start[i];
        if (attempt > 0 && run->search->variables[i].positive)
            drawn += random_normal(&stream);
        run->point[i] = fmin(fmax(drawn, run->lower[i]), run->upper[i]);
    }
}

static int attempt_once(struct run *run, size_t attempt, struct gaussian_process_search_result *result) {
    struct gaussian_process_search *search = run->search;
    struct limited_memory_bfgs_result found;
    struct limited_memory_bfgs_problem problem = {
        .dimensions = search->count,
        .function = evaluate,
        .context = run,
        .lower = run->lower,
        .upper = run->upper,
        .tolerance = search->tolerance,
        .step_first = 1,
        .iterations_max = search->iterations_max,
        .pairs = search->pairs,
        .exactly = search->tolerance == 0,
        .after = after_step,
    };
    begin(run, attempt);
    struct error trouble = {0};
    int status = limited_memory_bfgs_minimize(&problem, run->point, &found, &trouble);
    result->evaluations += found.evaluations;
    if (run->failed)
        return -1;
    if (status < 0 && attempt > 0)
        return 0; /* a draw out of the domain */
    if (status < 0)
        return error_set(run->error, "the objective is not finite at the start");
    if (attempt == 0 || -found.value > result->objective) {
        memcpy(run->best, run->point, search->count * sizeof *run->best);
        result->objective = -found.value;
        result->gradient_norm = found.gradient_norm;
        result->iterations = found.iterations;
        result->flat = found.end == LIMITED_MEMORY_BFGS_FLAT;
        result->converged = found.end == LIMITED_MEMORY_BFGS_CONVERGED ||
                            (problem.exactly && found.end == LIMITED_MEMORY_BFGS_ITERATIONS);
    }
    return 0;
}

static void find_bounded(const struct run *run, struct gaussian_process_search_result *result) {
    for (size_t i = 0; i < run->search->count; i++)
        if (run->best[i] <= run->lower[i] || run->best[i] >= run->upper[i])
            result->bounded = run->search->variables[i].name;
}

int gaussian_process_search_run(struct gaussian_process_search *search,
                                struct gaussian_process_search_result *result, struct error *error) {
    struct run run = {.search = search, .error = error};
    *result = (struct gaussian_process_search_result){.objective = -INFINITY};
    int status = open_run(&run, error);
    for (size_t attempt = 0; status == 0 && attempt <= search->restarts; attempt++)
        status = attempt_once(&run, attempt, result);
    if (status == 0) {
        gaussian_process_search_set(search, run.best);
        find_bounded(&run, result);
    }
    free(run.start);
    free(run.gradient);
    return status;
}
