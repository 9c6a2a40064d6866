#include "transport/sinkhorn_line.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/sorted_order.h"
#include "transport/sinkhorn_line_cells.h"

/* With fewer pairs passes over all of them, and Newton's steps, are as quick. */
static const double PAIRS_MIN = 1 << 24;

struct line_side {
    size_t count;
    size_t *order; /* the index of each point in ascending order */
    double *points;
    double *offsets, *logarithms, *means; /* workspace, in that order */
    double *other_logarithms, *other_means;
};

struct sinkhorn_line {
    bool squared;
    double scale;
    struct line_side source, target;
};

static bool is_distance(const struct ground_cost *ground) {
    switch (ground->kind) {
    case GROUND_COST_EUCLIDEAN:
    case GROUND_COST_CITYBLOCK:
    case GROUND_COST_CHEBYSHEV:
    case GROUND_COST_MINKOWSKI:
        return true;
    default:
        return false;
    }
}

static double range_of(const struct pair_cost *cost) {
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < cost->sources; i++) {
        least = fmin(least, cost->x[i]);
        most = fmax(most, cost->x[i]);
    }
    for (size_t j = 0; j < cost->targets; j++) {
        least = fmin(least, cost->y[j]);
        most = fmax(most, cost->y[j]);
    }
    return most - least;
}

bool sinkhorn_line_serves(const struct sinkhorn_problem *problem) {
    const struct pair_cost *cost = &problem->cost;
    if (cost->matrix != NULL || cost->dimension != 1 ||
        (double)cost->sources * (double)cost->targets < PAIRS_MIN)
        return false;
    if (cost->ground.kind != GROUND_COST_SQEUCLIDEAN)
        return is_distance(&cost->ground);
    return range_of(cost) <= (SINKHORN_LINE_CELLS - 4) * sqrt(problem->epsilon / cost->ground.scale);
}

static int create_side(struct line_side *side, size_t count, const double *points, struct error *error) {
    side->count = count;
    side->order = memory_array(error, count, sizeof *side->order);
    double **const arrays[] = {&side->points, &side->offsets,          &side->logarithms,
                               &side->means,  &side->other_logarithms, &side->other_means};
    bool made = side->order != NULL;
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
        *arrays[k] = memory_array(error, count, sizeof **arrays[k]);
        made = made && *arrays[k] != NULL;
    }
    struct sorted_order_entry *entries = made ? memory_matrix(error, 2, count, sizeof *entries) : NULL;
    if (entries == NULL)
        return -1;
    sorted_order_find(count, points, entries, entries + count);
    for (size_t k = 0; k < count; k++) {
        side->order[k] = entries[k].index;
        side->points[k] = points[entries[k].index];
    }
    free(entries);
    return 0;
}

static void free_side(struct line_side *side) {
    free(side->order);
    free(side->points);
    free(side->offsets);
    free(side->logarithms);
    free(side->means);
    free(side->other_logarithms);
    free(side->other_means);
}

struct sinkhorn_line *sinkhorn_line_create(const struct sinkhorn_problem *problem, struct error *error) {
    const struct pair_cost *cost = &problem->cost;
    struct sinkhorn_line *line = memory_zeros(error, 1, sizeof *line);
    if (line == NULL)
        return NULL;
    line->squared = cost->ground.kind == GROUND_COST_SQEUCLIDEAN;
    line->scale = cost->ground.scale;
    if (create_side(&line->source, cost->sources, cost->x, error) == 0 &&
        create_side(&line->target, cost->targets, cost->y, error) == 0)
        return line;
    sinkhorn_line_free(line);
    return NULL;
}

void sinkhorn_line_free(struct sinkhorn_line *line) {
    if (line == NULL)
        return;
    free_side(&line->source);
    free_side(&line->target);
    free(line);
}

static double log_add(double a, double b) {
    double larger = fmax(a, b), smaller = fmin(a, b);
    return smaller > -INFINITY ? larger + log1p(exp(smaller - larger)) : larger;
}

/* What has been passed on the way along the line. */
struct passed {
    double logarithm; /* of the sum of its terms, seen from the last point of it */
    double mean;      /* distance from there, under the terms */
    double place;
};

static void pass_point(struct passed *passed, double place, double offset, double rate) {
    if (!(offset > -INFINITY))
        return;
    if (passed->logarithm > -INFINITY) {
        double before = passed->logarithm - (place - passed->place) * rate;
        passed->logarithm = log_add(before, offset);
        passed->mean = (passed->mean + (place - passed->place)) * exp(before - passed->logarithm);
    } else
        passed->logarithm = offset;
    passed->place = place;
}

struct distances {
    const struct line_side *from, *to;
    double rate;
};

/* From the left up to and with x itself, or from the right up to x; coordinates are turned round then. */
static void sum_direction(void *context, size_t right, size_t worker) {
    const struct distances *distances = context;
    const struct line_side *from = distances->from, *to = distances->to;
    double *logarithms = right ? to->other_logarithms : to->logarithms;
    double *means = right ? to->other_means : to->means, sign = right ? -1 : 1;
    struct passed passed = {.logarithm = -INFINITY};
    size_t next = 0;
    (void)worker;
    for (size_t step = 0; step < to->count; step++) {
        size_t k = right ? to->count - 1 - step : step;
        double x = sign * to->points[k];
        for (; next < from->count; next++) {
            size_t j = right ? from->count - 1 - next : next;
            double y = sign * from->points[j];
            if (right ? y >= x : y > x)
                break;
            pass_point(&passed, y, from->offsets[j], distances->rate);
        }
        bool any = passed.logarithm > -INFINITY;
        logarithms[k] = any ? passed.logarithm - (x - passed.place) * distances->rate : -INFINITY;
        means[k] = any ? passed.mean + (x - passed.place) : 0;
    }
}

static void sum_distances(const struct line_side *from, const struct line_side *to, double rate,
                          size_t threads) {
    struct distances distances = {from, to, rate};
    parallel_for(threads, 2, sum_direction, &distances);
    for (size_t k = 0; k < to->count; k++) {
        double sum = log_add(to->logarithms[k], to->other_logarithms[k]);
        to->means[k] = exp(to->logarithms[k] - sum) * to->means[k] +
                       exp(to->other_logarithms[k] - sum) * to->other_means[k];
        to->logarithms[k] = sum;
    }
}

static void sum(const struct sinkhorn_solver *solver, const struct line_side *from, const double *offsets,
                const struct line_side *to, double *softmin, double *mean_cost) {
    const struct sinkhorn_line *line = solver->line;
    const struct sinkhorn_line_points from_points = {from->count, from->points},
                                      to_points = {to->count, to->points};
    for (size_t k = 0; k < from->count; k++)
        from->offsets[k] = offsets[from->order[k]];
    if (line->squared)
        sinkhorn_line_cells_sum(&from_points, from->offsets, &to_points, sqrt(solver->epsilon / line->scale),
                                solver->threads, to->logarithms, to->means);
    else
        sum_distances(from, to, line->scale / solver->epsilon, solver->threads);
    double unit = line->squared ? solver->epsilon : line->scale;
    for (size_t k = 0; k < to->count; k++) {
        softmin[to->order[k]] = -to->logarithms[k];
        if (mean_cost != NULL)
            mean_cost[to->order[k]] = unit * to->means[k];
    }
}

void sinkhorn_line_sources(const struct sinkhorn_solver *solver, double *softmin, double *mean_cost) {
    sum(solver, &solver->line->target, solver->target.offsets, &solver->line->source, softmin, mean_cost);
}

void sinkhorn_line_targets(const struct sinkhorn_solver *solver, double *softmin, double *mean_cost) {
    sum(solver, &solver->line->source, solver->source.offsets, &solver->line->target, softmin, mean_cost);
}
