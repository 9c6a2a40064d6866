#include "transport/conjugate_plan.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/vector.h"

#define RESIDUAL 1e-13

/* Vectors hold the sources' values, then the targets'. */
struct vectors {
    size_t sources, count;
    double *diagonal, *right, *solution, *residual, *direction, *image;
};

static int allocate(struct vectors *vectors, struct error *error) {
    double **const arrays[] = {&vectors->diagonal, &vectors->right,     &vectors->solution,
                               &vectors->residual, &vectors->direction, &vectors->image};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = memory_zeros(error, vectors->count, sizeof **arrays[i]);
        if (*arrays[i] == NULL)
            return -1;
    }
    return 0;
}

static void release(struct vectors *vectors) {
    free(vectors->diagonal);
    free(vectors->right);
    free(vectors->solution);
    free(vectors->residual);
    free(vectors->direction);
    free(vectors->image);
}

/* Sums of a row and of its costs; sums: of each target, the masses, then the costs. */
static void begin_row(void *context, size_t source, const double *plan, const double *cost, double *sums) {
    struct vectors *vectors = context;
    size_t targets = vectors->count - vectors->sources;
    double mass = 0, weighted = 0;
    for (size_t j = 0; j < targets; j++) {
        double part = plan[j] > 0 ? plan[j] * cost[j] : 0;
        mass += plan[j];
        weighted += part;
        sums[j] += plan[j];
        sums[targets + j] += part;
    }
    vectors->diagonal[source] = mass;
    vectors->right[source] = weighted;
}

static int begin(struct vectors *vectors, const struct transport_plan *plan, double *row_sums,
                 struct error *error) {
    const struct sinkhorn_problem *problem = plan->problem;
    size_t n = vectors->sources, m = vectors->count - n;
    double *sums = memory_matrix(error, 2, m, sizeof *sums);
    const struct transport_pass pass = {begin_row, vectors, true, 2 * m, sums};
    int status = sums != NULL ? transport_pass_run(plan, &pass, error) : -1;
    if (status == 0) {
        memcpy(row_sums, vectors->diagonal, n * sizeof *row_sums);
        memcpy(vectors->diagonal + n, sums, m * sizeof *sums);
        memcpy(vectors->right + n, sums + m, m * sizeof *sums);
        for (size_t i = 0; i < vectors->count; i++)
            vectors->diagonal[i] *=
                1 + problem->epsilon / (i < n ? problem->source_penalty : problem->target_penalty);
    }
    free(sums);
    return status;
}

static void multiply_row(void *context, size_t source, const double *plan, const double *cost, double *sums) {
    struct vectors *vectors = context;
    const double *direction = vectors->direction, *targets = direction + vectors->sources;
    double own = direction[source], sum = 0;
    (void)cost;
    for (size_t j = 0; j < vectors->count - vectors->sources; j++) {
        sum += plan[j] * targets[j];
        sums[j] += plan[j] * own;
    }
    vectors->image[source] = sum;
}

/* image = M direction. */
static int multiply(struct vectors *vectors, const struct transport_plan *plan, struct error *error) {
    size_t n = vectors->sources;
    const struct transport_pass pass = {multiply_row, vectors, false, vectors->count - n, vectors->image + n};
    if (transport_pass_run(plan, &pass, error) < 0)
        return -1;
    for (size_t i = 0; i < vectors->count; i++)
        vectors->image[i] += vectors->diagonal[i] * vectors->direction[i];
    return 0;
}

/* The residual's square in the preconditioner's norm; rows without mass take no part. */
static double measure(const struct vectors *vectors) {
    double sum = 0;
    for (size_t i = 0; i < vectors->count; i++)
        if (vectors->diagonal[i] > 0)
            sum += vectors->residual[i] * vectors->residual[i] / vectors->diagonal[i];
    return sum;
}

static void turn_direction(struct vectors *vectors, double factor) {
    for (size_t i = 0; i < vectors->count; i++) {
        double step = vectors->diagonal[i] > 0 ? vectors->residual[i] / vectors->diagonal[i] : 0;
        vectors->direction[i] = step + factor * vectors->direction[i];
    }
}

static int iterate(struct conjugate_plan *system, struct vectors *vectors, size_t iterations_max,
                   struct error *error) {
    memcpy(vectors->residual, vectors->right, vectors->count * sizeof *vectors->residual);
    double square = measure(vectors), aim = square * RESIDUAL * RESIDUAL;
    turn_direction(vectors, 0);
    while (square > aim && system->iterations < iterations_max) {
        if (multiply(vectors, system->plan, error) < 0)
            return -1;
        double curvature = vector_dot(vectors->count, vectors->direction, vectors->image);
        if (!(curvature > 0)) /* nothing but rounding is left */
            break;
        double step = square / curvature;
        for (size_t i = 0; i < vectors->count; i++) {
            vectors->solution[i] += step * vectors->direction[i];
            vectors->residual[i] -= step * vectors->image[i];
        }
        double before = square;
        square = measure(vectors);
        turn_direction(vectors, square / before);
        system->iterations++;
    }
    system->converged = square <= aim;
    return 0;
}

int conjugate_plan_solve(struct conjugate_plan *system, size_t iterations_max, struct error *error) {
    const struct pair_cost *cost = &system->plan->problem->cost;
    struct vectors vectors = {.sources = cost->sources, .count = cost->sources + cost->targets};
    int status = -1;
    system->iterations = 0;
    if (allocate(&vectors, error) < 0 || begin(&vectors, system->plan, system->row_sums, error) < 0 ||
        iterate(system, &vectors, iterations_max, error) < 0)
        goto done;
    memcpy(system->u, vectors.solution, cost->sources * sizeof *system->u);
    memcpy(system->v, vectors.solution + cost->sources, cost->targets * sizeof *system->v);
    status = 0;

done:
    release(&vectors);
    return status;
}
