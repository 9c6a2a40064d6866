#include "num/quasi_newton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "num/vector.h"

enum { HALVINGS_MAX = 40 };

/* Armijo's constant: the part of the expected decrease that a step must reach. */
static const double decrease_least = 1e-4;

struct workspace {
    size_t n;
    double *inverse; /* n x n: approximates the inverse Hessian */
    double *gradient, *direction, *trial, *trial_gradient, *product;
};

static double largest(size_t n, const double *a) {
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(a[i]));
    return most;
}

static void reset(struct workspace *w) {
    memset(w->inverse, 0, w->n * w->n * sizeof *w->inverse);
    for (size_t i = 0; i < w->n; i++)
        w->inverse[i * w->n + i] = 1;
}

static void multiply(size_t n, const double *a, const double *x, double *y) {
    for (size_t i = 0; i < n; i++)
        y[i] = vector_plain_dot(n, a + i * n, x);
}

/* Takes the step s (in direction) and the gradient's change y (in trial_gradient) into the inverse. A change
 * that shows no curvature is left out. */
static void update(struct workspace *w) {
    const double *s = w->direction, *y = w->trial_gradient;
    size_t n = w->n;
    double curvature = vector_plain_dot(n, s, y);
    if (!(curvature > 1e-12 * sqrt(vector_plain_dot(n, s, s) * vector_plain_dot(n, y, y))))
        return;
    multiply(n, w->inverse, y, w->product);
    double factor = (1 + vector_plain_dot(n, y, w->product) / curvature) / curvature;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            w->inverse[i * n + j] +=
                factor * s[i] * s[j] - (w->product[i] * s[j] + s[i] * w->product[j]) / curvature;
}

/* Writes the direction, downhill and no longer than allowed. Returns its slope. */
static double find_direction(struct workspace *w, double step_max) {
    multiply(w->n, w->inverse, w->gradient, w->direction);
    double slope = vector_plain_dot(w->n, w->gradient, w->direction);
    if (!(slope > 0)) {
        reset(w);
        memcpy(w->direction, w->gradient, w->n * sizeof *w->direction);
        slope = vector_plain_dot(w->n, w->gradient, w->gradient);
    }
    double length = largest(w->n, w->direction), scale = length > step_max ? step_max / length : 1;
    for (size_t i = 0; i < w->n; i++)
        w->direction[i] *= -scale;
    return -slope * scale;
}

/* Halves the step until the value falls enough. On success x, the value and both gradients are new ones:
 * trial_gradient holds the change, direction the step. */
static bool search(struct workspace *w, const struct quasi_newton_problem *problem, double *x, double slope,
                   struct quasi_newton_result *result) {
    double step = 1;
    for (size_t halving = 0; halving < HALVINGS_MAX; halving++, step /= 2) {
        for (size_t i = 0; i < w->n; i++)
            w->trial[i] = x[i] + step * w->direction[i];
        double value = problem->function(problem->context, w->trial, w->trial_gradient);
        result->evaluations++;
        if (!(value <= result->value + decrease_least * step * slope) || value == -INFINITY)
            continue;
        for (size_t i = 0; i < w->n; i++) {
            double before = w->gradient[i];
            w->gradient[i] = w->trial_gradient[i];
            w->trial_gradient[i] -= before;
            w->direction[i] *= step;
            x[i] = w->trial[i];
        }
        result->value = value;
        return true;
    }
    return false;
}

int quasi_newton_minimize(const struct quasi_newton_problem *problem, double *x,
                          struct quasi_newton_result *result, struct error *error) {
    size_t n = problem->dimensions;
    double *memory = memory_matrix(error, n + 5, n, sizeof *memory);
    *result = (struct quasi_newton_result){0};
    if (memory == NULL)
        return -1;
    struct workspace w = {.n = n, .inverse = memory, .gradient = memory + n * n};
    w.direction = w.gradient + n;
    w.trial = w.direction + n;
    w.trial_gradient = w.trial + n;
    w.product = w.trial_gradient + n;
    reset(&w);
    result->value = problem->function(problem->context, x, w.gradient);
    result->evaluations = 1;
    while (!result->converged && result->iterations < problem->iterations_max) {
        if (largest(n, w.gradient) <= problem->tolerance) {
            result->converged = true;
            break;
        }
        double slope = find_direction(&w, problem->step_max);
        if (search(&w, problem, x, slope, result))
            update(&w);
        else
            result->converged = true;
        result->iterations++;
    }
    free(memory);
    return 0;
}
