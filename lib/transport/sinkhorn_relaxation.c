/* What becomes of a half step, of the objective and of the dual where marginals are exact, penalised by KL,
 * or by total variation. Chizat, Peyre, Schmitzer and Vialard 2018, Scaling algorithms for unbalanced optimal
 * transport problems, Math. Comp. 87, table 1. */
#include <math.h>

#include "transport/sinkhorn_parts.h"

void sinkhorn_relaxation_set_offsets(const struct sinkhorn_solver *solver, struct sinkhorn_side *side) {
    for (size_t i = 0; i < side->count; i++)
        side->offsets[i] =
            side->weights[i] > 0 ? side->logarithms[i] + side->potentials[i] / solver->epsilon : -INFINITY;
}

double sinkhorn_relaxation_update(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side,
                                  double softmin) {
    double penalty = side->penalty, update = solver->epsilon * softmin;
    if (solver->problem->total_variation)
        return fmin(fmax(update, -penalty), penalty);
    return isinf(penalty) ? update : update / (1 + solver->epsilon / penalty);
}

void sinkhorn_relaxation_apply(const struct sinkhorn_solver *solver, struct sinkhorn_side *side) {
    for (size_t i = 0; i < side->count; i++)
        side->updates[i] = sinkhorn_relaxation_update(solver, side, side->updates[i]);
}

/* log <w, exp(-p/R)>; for an exact side log <w, 1>. */
static double log_mass(const struct sinkhorn_side *side, const double *potentials) {
    double least = INFINITY, sum = 0;
    if (isinf(side->penalty))
        return log(side->total);
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0)
            least = fmin(least, potentials[i]);
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0)
            sum += side->weights[i] * exp((least - potentials[i]) / side->penalty);
    return log(sum) - least / side->penalty;
}

/* The derivative of the dual along (1, -1) vanishes: <a, e^(-(f + c)/R)> = <b, e^(-(g - c)/R')>. */
void sinkhorn_relaxation_translate(const struct sinkhorn_solver *solver, double *f, double *g) {
    const struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    if (solver->problem->total_variation || sinkhorn_relaxation_balanced(solver))
        return;
    double joint = 1 / (1 / source->penalty + 1 / target->penalty);
    double shift = joint * (log_mass(source, f) - log_mass(target, g));
    if (!isfinite(shift))
        return;
    for (size_t i = 0; i < source->count; i++)
        f[i] += shift;
    for (size_t j = 0; j < target->count; j++)
        g[j] -= shift;
}

bool sinkhorn_relaxation_balanced(const struct sinkhorn_solver *solver) {
    return isinf(solver->source.penalty) && isinf(solver->target.penalty);
}

double sinkhorn_relaxation_penalty(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side,
                                   const double *marginal) {
    double sum = 0;
    if (isinf(side->penalty))
        return 0;
    for (size_t i = 0; i < side->count; i++) {
        double mass = marginal[i], weight = side->weights[i];
        if (solver->problem->total_variation)
            sum += fabs(mass - weight);
        else
            sum += (mass > 0 ? mass * log(mass / weight) : 0) - mass + weight;
    }
    return side->penalty * sum;
}

double sinkhorn_relaxation_dual(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side) {
    bool linear = isinf(side->penalty) || solver->problem->total_variation;
    double sum = 0;
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0)
            sum += side->weights[i] * (linear ? side->potentials[i]
                                              : -side->penalty * expm1(-side->potentials[i] / side->penalty));
    return sum;
}

double sinkhorn_relaxation_error(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side) {
    double sum = 0;
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0)
            sum += side->weights[i] * fabs(expm1((side->potentials[i] - side->updates[i]) / solver->epsilon));
    return sum;
}

double sinkhorn_relaxation_change(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side) {
    double largest = 0;
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0)
            largest = fmax(largest, fabs(side->updates[i] - side->potentials[i]));
    return largest / solver->epsilon;
}
