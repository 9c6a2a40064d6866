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

void sinkhorn_relaxation_apply(const struct sinkhorn_solver *solver, struct sinkhorn_side *side) {
    double epsilon = solver->epsilon, penalty = side->penalty;
    bool clipped = solver->problem->total_variation;
    double factor = clipped || isinf(penalty) ? epsilon : epsilon / (1 + epsilon / penalty);
    for (size_t i = 0; i < side->count; i++) {
        double update = factor * side->updates[i];
        side->updates[i] = clipped ? fmin(fmax(update, -penalty), penalty) : update;
    }
}

/* log <w, exp(-p/R)>; for an exact side log <w, 1>. */
static double log_mass(const struct sinkhorn_side *side) {
    double least = INFINITY, sum = 0;
    if (isinf(side->penalty))
        return log(side->total);
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0)
            least = fmin(least, side->potentials[i]);
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0)
            sum += side->weights[i] * exp((least - side->potentials[i]) / side->penalty);
    return log(sum) - least / side->penalty;
}

/* The derivative of the dual along (1, -1) vanishes: <a, e^(-(f + c)/R)> = <b, e^(-(g - c)/R')>. */
void sinkhorn_relaxation_translate(struct sinkhorn_solver *solver) {
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    if (solver->problem->total_variation || (isinf(source->penalty) && isinf(target->penalty)))
        return;
    double joint = 1 / (1 / source->penalty + 1 / target->penalty);
    double shift = joint * (log_mass(source) - log_mass(target));
    if (!isfinite(shift))
        return;
    for (size_t i = 0; i < source->count; i++)
        source->potentials[i] += shift;
    for (size_t j = 0; j < target->count; j++)
        target->potentials[j] -= shift;
    sinkhorn_relaxation_set_offsets(solver, source);
    sinkhorn_relaxation_set_offsets(solver, target);
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
