/* One semidefinite program of a clustering, solved: how good its relaxation's partition is, and the proof. */
#ifndef DENSITY_CLUSTERING_SOLVE_H
#define DENSITY_CLUSTERING_SOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/progress.h"
#include "density/clustering_costs.h"
#include "density/clustering_program.h"
#include "density/clustering_solution.h"

struct clustering_solver {
    size_t rank;      /* of factors Z_b = U_b U_b^T with U_b >= 0 (density/clustering_factors.h); 0: the whole
                         program, by the alternating direction method of multipliers */
    double tolerance; /* of the residuals */
    double gap;       /* relative to F's part without the constants: one as small certifies the partition */
    size_t steps;     /* at the most */
    uint64_t seed;
    size_t threads;
    struct progress *progress; /* or NULL */
};

struct clustering_outcome {
    double objective; /* sum_b <C_b, Z_b>; where a bound is known, within [bound, partition] */
    double partition; /* F of the labels */
    double bound;     /* at most the program's value, so at most F of any partition; nan with factors */
    double within;    /* F's part without the constants */
    struct clustering_residuals residuals;
    size_t steps;
    bool converged; /* residuals at the tolerance, or certified */
    bool certified; /* partition - bound is at most `gap` times `within`: Z is the partition's */
};

/* Goes on from the solution's labels, and writes labels, memberships and blocks. `program` is made for the
 * costs' blocks and keeps its state for the next costs of as many; `fresh` tells that it has none, NULL with
 * factors. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
clustering_solve(struct clustering_program *program, bool fresh, const struct clustering_costs *costs,
                 const struct clustering_solver *solver, struct clustering_solution *solution,
                 struct clustering_outcome *outcome, struct error *error);

#endif
