#include "num/sinkhorn_clouds.h"

#include <assert.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "num/pair_cost.h"

struct sinkhorn_clouds {
    struct sinkhorn_clouds_settings settings;
    struct sinkhorn_steps *steps;
    size_t rows, columns; /* of the last run */
    double *cost;         /* of the problem at hand, larger x larger */
    double *slopes;       /* the derivative in each cost; larger x larger, or NULL */
};

struct sinkhorn_clouds *sinkhorn_clouds_create(size_t rows, size_t columns,
                                               const struct sinkhorn_clouds_settings *settings,
                                               struct error *error) {
    struct sinkhorn_clouds *clouds = memory_zeros(error, 1, sizeof *clouds);
    if (clouds == NULL)
        return NULL;
    size_t larger = rows > columns ? rows : columns;
    if (!settings->debiased) /* else the self problems are as large as the larger cloud, both ways */
        larger = 0;
    size_t cost_rows = larger > 0 ? larger : rows, cost_columns = larger > 0 ? larger : columns;
    size_t history = settings->gradient == SINKHORN_CLOUDS_UNROLLED ? settings->iterations : 0;
    clouds->settings = *settings;
    clouds->steps = sinkhorn_steps_create(cost_rows, cost_columns, history, error);
    clouds->cost = memory_matrix(error, cost_rows, cost_columns, sizeof *clouds->cost);
    if (settings->gradient != SINKHORN_CLOUDS_NO_GRADIENT)
        clouds->slopes = memory_matrix(error, cost_rows, cost_columns, sizeof *clouds->slopes);
    if (clouds->steps == NULL || clouds->cost == NULL ||
        (settings->gradient != SINKHORN_CLOUDS_NO_GRADIENT && clouds->slopes == NULL)) {
        sinkhorn_clouds_free(clouds);
        return NULL;
    }
    return clouds;
}

void sinkhorn_clouds_free(struct sinkhorn_clouds *clouds) {
    if (clouds == NULL)
        return;
    sinkhorn_steps_free(clouds->steps);
    free(clouds->cost);
    free(clouds->slopes);
    free(clouds);
}

/* One of the three problems: its points, its part in the value, and how the gradient is in it. */
struct part {
    size_t rows, columns, dimension;
    const double *x, *y;
    double factor;
    bool self;        /* y are the points x: both sides of a pair move */
    double *gradient; /* in x, added to; or NULL */
};

/* Adds the sum over y's rows of weight_j sign(x - y_j): most of the work where classes are many. */
INSTRUCTION_SETS static void add_signs(size_t rows, size_t dimension, const double *x, const double *y,
                                       const double *weights, double *restrict sum) {
    for (size_t j = 0; j < rows; j++) {
        const double *point = y + j * dimension;
        double weight = weights[j];
#pragma omp simd
        for (size_t k = 0; k < dimension; k++) {
            double above = x[k] > point[k] ? weight : 0, below = x[k] < point[k] ? weight : 0;
            sum[k] += above - below;
        }
    }
}

static void add_weighted(const struct pair_cost *cost, size_t count, const double *x, const double *y,
                         double *weights, double *sum) {
    size_t d = cost->dimension;
    if (cost->ground.kind == GROUND_COST_CITYBLOCK) {
        for (size_t j = 0; j < count; j++)
            weights[j] *= cost->ground.scale;
        add_signs(count, d, x, y, weights, sum);
        return;
    }
    for (size_t j = 0; j < count; j++)
        ground_cost_add_gradient(&cost->ground, d, x, y + j * d, weights[j], sum);
}

void sinkhorn_clouds_pull(const struct pair_cost *cost, const double *slopes, double factor, bool self,
                          double *gradient) {
    size_t d = cost->dimension, columns = cost->targets;
    enum { CHUNK = 256 };
    double weights[CHUNK];
    for (size_t i = 0; i < cost->sources; i++) {
        const double *x = cost->x + i * d;
        for (size_t first = 0; first < columns; first += CHUNK) {
            size_t count = columns - first < CHUNK ? columns - first : CHUNK;
            for (size_t j = 0; j < count; j++) {
                weights[j] = factor * slopes[i * columns + first + j];
                if (self)
                    weights[j] += factor * slopes[(first + j) * columns + i];
            }
            add_weighted(cost, count, x, cost->y + first * d, weights, gradient + i * d);
        }
    }
}

static struct sinkhorn_steps_outcome run_part(struct sinkhorn_clouds *clouds, const struct part *part) {
    const struct sinkhorn_clouds_settings *settings = &clouds->settings;
    const struct pair_cost cost = {.sources = part->rows,
                                   .targets = part->columns,
                                   .x = part->x,
                                   .y = part->y,
                                   .dimension = part->dimension,
                                   .ground = settings->ground};
    const struct pair_cost_window all = {0, part->rows, 0, part->columns};
    const struct sinkhorn_steps_problem problem = {
        .rows = part->rows,
        .columns = part->columns,
        .cost = clouds->cost,
        .epsilon = settings->epsilon,
        .iterations = settings->iterations,
        .tolerance = settings->tolerance,
        .largest = settings->largest,
    };
    pair_cost_tile(&cost, &all, clouds->cost);
    struct sinkhorn_steps_outcome outcome = sinkhorn_steps_run(clouds->steps, &problem);
    if (part->gradient == NULL)
        return outcome;
    if (settings->gradient == SINKHORN_CLOUDS_PLAN)
        sinkhorn_steps_plan(clouds->steps, clouds->slopes);
    else
        sinkhorn_steps_gradient(clouds->steps, settings->value, clouds->slopes);
    sinkhorn_clouds_pull(&cost, clouds->slopes, part->factor, part->self, part->gradient);
    return outcome;
}

struct sinkhorn_clouds_outcome sinkhorn_clouds_run(struct sinkhorn_clouds *clouds, size_t rows,
                                                   size_t columns, size_t dimension, const double *x,
                                                   const double *y, double *gradient) {
    assert((gradient != NULL) == (clouds->settings.gradient != SINKHORN_CLOUDS_NO_GRADIENT));
    const struct part parts[] = {
        {rows, rows, dimension, x, x, -0.5, true, gradient},
        {columns, columns, dimension, y, y, -0.5, true, NULL},
        {rows, columns, dimension, x, y, 1, false, gradient}, /* last: its plan may be asked for */
    };
    struct sinkhorn_clouds_outcome outcome = {.converged = true};
    if (gradient != NULL)
        memset(gradient, 0, rows * dimension * sizeof *gradient);
    clouds->rows = rows;
    clouds->columns = columns;
    for (size_t i = clouds->settings.debiased ? 0 : 2; i < 3; i++) {
        struct sinkhorn_steps_outcome part = run_part(clouds, &parts[i]);
        double value = clouds->settings.value == SINKHORN_STEPS_OBJECTIVE ? part.objective : part.transport;
        outcome.value += parts[i].factor * value;
        outcome.row_error = part.row_error;
        outcome.row_largest = part.row_largest;
        outcome.iterations = part.iterations;
        outcome.converged = outcome.converged && part.converged;
    }
    return outcome;
}

void sinkhorn_clouds_plan(const struct sinkhorn_clouds *clouds, double *plan) {
    sinkhorn_steps_plan(clouds->steps, plan);
}
