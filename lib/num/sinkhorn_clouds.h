/* Two small clouds of points compared by entropic transport of a stated number of plain steps, and the
 * derivative in the points: rows of a batch of probabilities, say, those of a student and of a teacher (Cui
 * and others 2024, Sinkhorn distance minimization for knowledge distillation, COLING).
 *
 *     value = V(x, y)   or, debiased,   V(x, y) - V(x, x)/2 - V(y, y)/2,
 *
 * V the transport <P, D> or the objective of num/sinkhorn_steps.h under the ground cost D. */
#ifndef NUM_SINKHORN_CLOUDS_H
#define NUM_SINKHORN_CLOUDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "num/ground_cost.h"
#include "num/pair_cost.h"
#include "num/sinkhorn_steps.h"

struct sinkhorn_clouds_settings {
    struct ground_cost ground;
    double epsilon;
    size_t iterations;
    double tolerance; /* as in struct sinkhorn_steps_problem */
    bool largest;
    bool debiased;
    enum sinkhorn_steps_value value;
    enum sinkhorn_clouds_gradient {
        SINKHORN_CLOUDS_NO_GRADIENT,
        SINKHORN_CLOUDS_UNROLLED, /* exact, through all steps */
        SINKHORN_CLOUDS_PLAN      /* the plan held fixed: exact for the objective at convergence */
    } gradient;
};

struct sinkhorn_clouds_outcome {
    double value;
    double row_error;   /* L1, of the plan between x and y */
    double row_largest; /* of the same, the largest |row sum / weight - 1| */
    size_t iterations;  /* of that plan */
    bool converged;     /* the tolerance was reached, in the self terms too */
};

struct sinkhorn_clouds;

/* A workspace, for one thread at a time, for clouds of up to `rows` and `columns` points. The settings are
 * copied. NULL: out of memory. */
struct sinkhorn_clouds *sinkhorn_clouds_create(size_t rows, size_t columns,
                                               const struct sinkhorn_clouds_settings *settings,
                                               struct error *error);

/* Compares x (rows x dimension) with y (columns x dimension), all points of a cloud weighing the same.
 * Where the settings ask for it, the derivative in x is written to gradient (rows x dimension), which is NULL
 * else. */
struct sinkhorn_clouds_outcome sinkhorn_clouds_run(struct sinkhorn_clouds *clouds, size_t rows,
                                                   size_t columns, size_t dimension, const double *x,
                                                   const double *y, double *gradient);

/* Writes the plan between x and y of the last run, rows x columns, where it was not debiased. */
void sinkhorn_clouds_plan(const struct sinkhorn_clouds *clouds, double *plan);

/* Adds factor * sum_ij slopes_ij dC_ij/dx to the gradient (sources x dimension), C the costs of the points of
 * a problem. self: the targets are the sources, and move with them. */
void sinkhorn_clouds_pull(const struct pair_cost *cost, const double *slopes, double factor, bool self,
                          double *gradient);

/* NULL does nothing. */
void sinkhorn_clouds_free(struct sinkhorn_clouds *clouds);

#endif
