#include "num/limited_memory_bfgs.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/vector.h"

enum { PAIRS = 10, SEARCH_MAX = 40 };

/* Decrease and curvature that a step must show (Nocedal and Wright's c1 and c2). */
static const double decrease = 1e-4, curvature = 0.9;

struct search {
    const struct limited_memory_bfgs_problem *problem;
    struct limited_memory_bfgs_result *result;
    double *x, *gradient;           /* where it stands */
    double *trial, *trial_gradient; /* the point looked at */
    double *direction;
    bool *held;
    size_t kept;             /* pairs at most */
    double *steps, *changes; /* kept x dimensions, a ring */
    double *scales;          /* kept: 1 / (change . step) */
    double *weights;         /* kept */
    size_t pairs, newest;
    double value;
};

static double lower_of(const struct limited_memory_bfgs_problem *problem, size_t i) {
    return problem->lower == NULL ? -INFINITY : problem->lower[i];
}

static double upper_of(const struct limited_memory_bfgs_problem *problem, size_t i) {
    return problem->upper == NULL ? INFINITY : problem->upper[i];
}

/* Marks the variables that stand at a bound and would leave. Returns the largest gradient of the others. */
static double hold(struct search *search) {
    double largest = 0;
    for (size_t i = 0; i < search->problem->dimensions; i++) {
        double slope = search->gradient[i];
        search->held[i] = (search->x[i] <= lower_of(search->problem, i) && slope > 0) ||
                          (search->x[i] >= upper_of(search->problem, i) && slope < 0);
        if (!search->held[i] && !(fabs(slope) <= largest))
            largest = fabs(slope);
    }
    return largest;
}

/* -H g by the two loops over the pairs kept, on the variables that are not held. */
static void find_direction(struct search *search) {
    size_t n = search->problem->dimensions;
    double *d = search->direction, *weights = search->weights;
    for (size_t i = 0; i < n; i++)
        d[i] = search->held[i] ? 0 : -search->gradient[i];
    for (size_t k = 0; k < search->pairs; k++) {
        size_t at = (search->newest + search->kept - k) % search->kept;
        weights[at] = search->scales[at] * vector_plain_dot(n, search->steps + at * n, d);
        for (size_t i = 0; i < n; i++)
            d[i] -= weights[at] * search->changes[at * n + i];
    }
    if (search->pairs > 0) {
        const double *change = search->changes + search->newest * n;
        double factor = 1 / (search->scales[search->newest] * vector_plain_dot(n, change, change));
        for (size_t i = 0; i < n; i++)
            d[i] *= factor;
    }
    for (size_t k = search->pairs; k-- > 0;) {
        size_t at = (search->newest + search->kept - k) % search->kept;
        double rest = weights[at] - search->scales[at] * vector_plain_dot(n, search->changes + at * n, d);
        for (size_t i = 0; i < n; i++)
            d[i] += rest * search->steps[at * n + i];
    }
    for (size_t i = 0; i < n; i++) {
        bool leaves = (d[i] < 0 && search->x[i] <= lower_of(search->problem, i)) ||
                      (d[i] > 0 && search->x[i] >= upper_of(search->problem, i));
        if (search->held[i] || leaves)
            d[i] = 0;
    }
}

/* How far the direction goes before it meets a bound. */
static double longest_step(const struct search *search) {
    double longest = INFINITY;
    for (size_t i = 0; i < search->problem->dimensions; i++) {
        double d = search->direction[i];
        double room =
            d > 0 ? upper_of(search->problem, i) - search->x[i] : search->x[i] - lower_of(search->problem, i);
        if (d != 0 && room / fabs(d) < longest)
            longest = room / fabs(d);
    }
    return longest;
}

/* A point along the direction: its value and slope. */
struct probe {
    double step, value, slope;
};

static struct probe look(struct search *search, double step) {
    const struct limited_memory_bfgs_problem *problem = search->problem;
    size_t n = problem->dimensions;
    for (size_t i = 0; i < n; i++) {
        double moved = search->x[i] + step * search->direction[i];
        search->trial[i] = fmin(fmax(moved, lower_of(problem, i)), upper_of(problem, i));
    }
    double value = problem->function(problem->context, search->trial, search->trial_gradient);
    search->result->evaluations++;
    struct probe probe = {step, isfinite(value) ? value : INFINITY, NAN};
    if (isfinite(value))
        probe.slope = vector_plain_dot(n, search->trial_gradient, search->direction);
    if (!isfinite(probe.slope))
        probe.value = INFINITY;
    return probe;
}

/* The minimum of the cubic through two probes, kept well inside; halfway where one has no value. */
static double between(const struct probe *a, const struct probe *b) {
    double low = fmin(a->step, b->step), width = fabs(b->step - a->step), middle = low + width / 2;
    if (!isfinite(a->value) || !isfinite(b->value))
        return low + width / (isfinite(a->value) == (a->step < b->step) ? 4 : 4.0 / 3);
    double first = a->slope + b->slope - 3 * (a->value - b->value) / (a->step - b->step);
    double square = first * first - a->slope * b->slope;
    if (!(square >= 0))
        return middle;
    double root = copysign(sqrt(square), b->step - a->step);
    double step =
        b->step - (b->step - a->step) * (b->slope + root - first) / (b->slope - a->slope + 2 * root);
    if (!(step >= low + 0.1 * width && step <= low + 0.9 * width))
        return step < low + 0.1 * width   ? low + 0.1 * width
               : step > low + 0.9 * width ? low + 0.9 * width
                                          : middle;
    return step;
}

/* How far a value may be off: large sums behind it round more than the value itself shows. */
static double noise_of(const struct probe *start) {
    return 1e-10 * fabs(start->value);
}

/* Enough of a decrease; or, where values differ by less than their noise, a slope that says so: Hager and
 * Zhang's approximate condition (2005, SIAM J. Optim. 16, 170-192, equation 4.1). */
static bool falls_enough(const struct probe *probe, const struct probe *start) {
    if (probe->value <= start->value + decrease * probe->step * start->slope)
        return true;
    return probe->value <= start->value + noise_of(start) &&
           probe->slope <= (2 * decrease - 1) * start->slope;
}

/* Narrows an interval that holds a good step (algorithm 3.6). Finds its last probe; search->trial is there.
 * False where that is no lower than the start by more than noise: values and slopes contradict each other. */
static bool zoom(struct search *search, const struct probe *start, struct probe low, struct probe high,
                 struct probe *found) {
    for (int i = 0; i < SEARCH_MAX; i++) {
        struct probe probe = look(search, between(&low, &high));
        if (!falls_enough(&probe, start) || probe.value > low.value + noise_of(start)) {
            high = probe;
        } else {
            if (fabs(probe.slope) <= -curvature * start->slope) {
                *found = probe;
                return true;
            }
            if (probe.slope * (high.step - low.step) >= 0)
                high = low;
            low = probe;
        }
        if (fabs(high.step - low.step) <= 1e-12 * fabs(low.step))
            break;
    }
    if (low.step == 0)
        return false;
    *found = look(search, low.step);
    return found->value < start->value - noise_of(start);
}

/* A step that meets the strong Wolfe conditions (algorithm 3.5), or the longest where it still goes down
 * there. False: there is none. */
static bool find_step(struct search *search, double first, double longest, struct probe *found) {
    struct probe start = {0, search->value,
                          vector_plain_dot(search->problem->dimensions, search->gradient, search->direction)};
    struct probe before = start;
    double step = fmin(first, longest);
    for (int i = 0; i < SEARCH_MAX; i++) {
        struct probe probe = look(search, step);
        if (!falls_enough(&probe, &start) || (i > 0 && probe.value > before.value + noise_of(&start)))
            return zoom(search, &start, before, probe, found);
        if (fabs(probe.slope) <= -curvature * start.slope || (step >= longest && probe.slope < 0)) {
            *found = probe;
            return true;
        }
        if (probe.slope >= 0)
            return zoom(search, &start, probe, before, found);
        before = probe;
        step = fmin(2 * step, longest);
    }
    *found = look(search, before.step);
    return before.step > 0;
}

/* Goes to the trial point and keeps the pair if its curvature is positive. */
static void move(struct search *search, const struct probe *probe) {
    size_t n = search->problem->dimensions, at = search->pairs == 0 ? 0 : (search->newest + 1) % search->kept;
    double *step = search->steps + at * n, *change = search->changes + at * n;
    for (size_t i = 0; i < n; i++) {
        step[i] = search->trial[i] - search->x[i];
        change[i] = search->trial_gradient[i] - search->gradient[i];
    }
    double product = vector_plain_dot(n, step, change);
    if (product > DBL_EPSILON * sqrt(vector_plain_dot(n, step, step) * vector_plain_dot(n, change, change))) {
        search->scales[at] = 1 / product;
        search->newest = at;
        if (search->pairs < search->kept)
            search->pairs++;
    }
    memcpy(search->x, search->trial, n * sizeof *search->x);
    memcpy(search->gradient, search->trial_gradient, n * sizeof *search->gradient);
    search->value = probe->value;
}

static double largest_entry(size_t n, const double *values) {
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(values[i]));
    return largest;
}

/* One step down. False: no step lowers the value. */
static bool descend(struct search *search) {
    size_t n = search->problem->dimensions;
    for (int attempt = 0; attempt < 2; attempt++) {
        find_direction(search);
        double slope = vector_plain_dot(n, search->gradient, search->direction);
        double first = 1;
        if (search->pairs == 0)
            first = fmin(1, search->problem->step_first / largest_entry(n, search->direction));
        struct probe found;
        if (slope < 0 && find_step(search, first, longest_step(search), &found)) {
            move(search, &found);
            return true;
        }
        if (search->pairs == 0)
            return false;
        search->pairs = 0; /* what was learnt misleads: steepest descent once */
    }
    return false;
}

static void run(struct search *search) {
    const struct limited_memory_bfgs_problem *problem = search->problem;
    struct limited_memory_bfgs_result *result = search->result;
    for (;;) {
        result->gradient_norm = hold(search);
        double small = problem->tolerance * fmax(1, fabs(search->value));
        if (!problem->exactly && result->gradient_norm <= small)
            result->end = LIMITED_MEMORY_BFGS_CONVERGED;
        else if (result->iterations >= problem->iterations_max)
            result->end = LIMITED_MEMORY_BFGS_ITERATIONS;
        else if (!descend(search))
            result->end = LIMITED_MEMORY_BFGS_FLAT;
        else {
            result->iterations++;
            if (problem->after == NULL ||
                problem->after(problem->context, result->iterations, search->value, search->x) >= 0)
                continue;
            result->end = LIMITED_MEMORY_BFGS_STOPPED;
        }
        break;
    }
    result->value = search->value;
}

static int open_search(struct search *search, struct error *error) {
    size_t n = search->problem->dimensions,
           kept = search->problem->pairs == 0 ? PAIRS : search->problem->pairs;
    double *room = memory_matrix(error, 4 + 2 * kept, n + 1, sizeof *room);
    search->kept = kept;
    search->scales = memory_matrix(error, 2, kept, sizeof *search->scales);
    search->held = memory_array(error, n + 1, sizeof *search->held);
    search->gradient = room;
    if (room == NULL || search->held == NULL || search->scales == NULL)
        return -1;
    search->weights = search->scales + kept;
    search->trial = room + n;
    search->trial_gradient = room + 2 * n;
    search->direction = room + 3 * n;
    search->steps = room + 4 * n;
    search->changes = room + (4 + kept) * n;
    return 0;
}

int limited_memory_bfgs_minimize(const struct limited_memory_bfgs_problem *problem, double *x,
                                 struct limited_memory_bfgs_result *result, struct error *error) {
    *result = (struct limited_memory_bfgs_result){0};
    struct search search = {.problem = problem, .result = result, .x = x};
    int status = open_search(&search, error);
    if (status == 0) {
        search.value = problem->function(problem->context, x, search.gradient);
        result->evaluations = 1;
        if (isfinite(search.value))
            run(&search);
        else
            status = error_set(error, "the function is not finite at the start");
    }
    free(search.gradient);
    free(search.held);
    free(search.scales);
    return status;
}
