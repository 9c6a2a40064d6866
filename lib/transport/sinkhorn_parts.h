/* What the parts of the Sinkhorn solver share; not for others.
 *
 * Letters: a, b weights; f, g potentials; C costs; eps the regularisation of the present level. Inside,
 * potentials enter as offsets log a_i + f_i/eps and log b_j + g_j/eps, -inf where the weight is 0, so that
 * P_ij = exp(source offset + target offset - C_ij/eps) whatever the weights. */
#ifndef TRANSPORT_SINKHORN_PARTS_H
#define TRANSPORT_SINKHORN_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "transport/sinkhorn.h"

/* Sources are cut in at most this many blocks where sums over them are kept for every target; in fewer where
 * targets are many, for the memory's sake. Targets come in strips. */
enum { SINKHORN_BLOCKS_MAX = 32, SINKHORN_BLOCKS_MIN = 8, SINKHORN_STRIP = 64, SINKHORN_PARTIALS = 1 << 21 };

struct sinkhorn_mixing;
struct sinkhorn_line;

struct sinkhorn_side {
    size_t count;
    const double *weights;
    double penalty;
    double total;       /* of the weights */
    double *logarithms; /* of the weights */
    double *potentials;
    double *offsets; /* kept by sinkhorn_relaxation_set_offsets */
    double *updates; /* what the last half step gives for the potentials */
};

struct sinkhorn_solver {
    const struct sinkhorn_problem *problem;
    const struct sinkhorn_settings *settings;
    struct pair_cost cost; /* the problem's, its matrix made where it is held */
    struct sinkhorn_side source, target;
    double epsilon;
    double largest;   /* finite cost */
    double *held;     /* the matrix, where it was made from points */
    double *tiles;    /* SINKHORN_TILE doubles for each thread */
    double *partials; /* blocks x targets in whole strips: sums of columns over blocks of sources */
    size_t blocks, block_rows;
    size_t threads;
    struct sinkhorn_result *result;
    struct sinkhorn_mixing *mixing;
    struct sinkhorn_line *line; /* sums in linear time, where points lie on a line; or NULL */
};

enum { SINKHORN_TILE = 4096 };

/* Writes -log sum_j exp(target offset_j - C_ij/eps) for every source, or the same for every target; inf where
 * the sum is 0. Log domain: right for any offsets. Columns of rows of the tile are worked on in a fixed
 * order, so that bytes do not depend on threads. */
void sinkhorn_sweep_sources(const struct sinkhorn_solver *solver, double *softmin);
void sinkhorn_sweep_targets(const struct sinkhorn_solver *solver, double *softmin);

/* Brings a side's offsets up to its potentials. */
void sinkhorn_relaxation_set_offsets(const struct sinkhorn_solver *solver, struct sinkhorn_side *side);

/* The potential a half step gives from -LSE: times eps R/(R + eps), or clipped to [-R, R] for the total
 * variation. */
double sinkhorn_relaxation_update(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side,
                                  double softmin);

/* The same for all of side->updates, in place. */
void sinkhorn_relaxation_apply(const struct sinkhorn_solver *solver, struct sinkhorn_side *side);

/* Adds to f and takes from g the constant that makes the dual largest, where marginals are penalised by KL:
 * without it the steps creep along that direction at a rate 1 - O(eps/R) (Sejourne, Vialard and Peyre 2022,
 * Faster unbalanced optimal transport: translation invariant Sinkhorn). */
void sinkhorn_relaxation_translate(const struct sinkhorn_solver *solver, double *f, double *g);

/* Whether both marginals are exact. */
bool sinkhorn_relaxation_balanced(const struct sinkhorn_solver *solver);

/* What a side's marginal (count sums of the plan) adds to the objective, and its potentials to the dual. */
double sinkhorn_relaxation_penalty(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side,
                                   const double *marginal);
double sinkhorn_relaxation_dual(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side);

/* L1 distance of a balanced side's marginal from its weights if its potentials were not yet updated: the
 * half step in side->updates tells, since the new marginal is exact. */
double sinkhorn_relaxation_error(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side);

/* max |update - potential| / eps over what carries weight. */
double sinkhorn_relaxation_change(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side);

/* Fixes the constant of balanced potentials, and takes every figure of the result from one pass over the
 * whole plan in double precision. The marginals are left in the sides' updates. */
void sinkhorn_figures_compute(struct sinkhorn_solver *solver);

#endif
