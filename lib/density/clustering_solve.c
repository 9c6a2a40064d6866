#include "density/clustering_solve.h"

#include <math.h>

#include "density/clustering_factors.h"

enum { ROUND = 25 }; /* steps between two looks at the partition */

#define HOPEFUL 10.0 /* a bound is proved where the estimated gap is so many times what would do */
#define CLOSE 1e-2   /* or, once in a while, where all residuals are below this */
enum { RARELY = 4 }; /* looks between two such bounds */

/* Z of the program, its labels, and what they are worth. */
static int take(const struct clustering_program *program, const struct clustering_costs *costs, uint64_t seed,
                struct clustering_solution *solution, struct clustering_outcome *outcome,
                struct error *error) {
    for (size_t b = 0; b < costs->blocks; b++) {
        double *roots = clustering_solution_block(solution, b, clustering_program_rank(program, b), error);
        if (roots == NULL)
            return -1;
        clustering_program_roots(program, b, roots);
    }
    if (clustering_solution_round(solution, costs, seed, error) < 0)
        return -1;
    outcome->partition = clustering_costs_partition(costs, solution->labels, &outcome->within);
    outcome->residuals = clustering_program_residuals(program);
    return 0;
}

/* Raises the bound to what the program's state proves, and looks whether it meets the partition. */
static int prove(struct clustering_program *program, const struct clustering_costs *costs, double gap,
                 struct clustering_outcome *outcome, struct error *error) {
    double bound;
    if (clustering_program_bound(program, &bound, error) < 0)
        return -1;
    outcome->bound = fmax(outcome->bound, bound + (double)costs->n * costs->offset);
    outcome->certified = outcome->partition - outcome->bound <= gap * outcome->within;
    return 0;
}

static bool worth_proving(const struct clustering_program *program, const struct clustering_costs *costs,
                          double gap, size_t look, const struct clustering_outcome *outcome) {
    const struct clustering_residuals *residuals = &outcome->residuals;
    double dual = clustering_program_dual(program) + (double)costs->n * costs->offset;
    double worst = fmax(fmax(residuals->rows, residuals->distance), fmax(residuals->sign, residuals->dual));
    return fabs(outcome->partition - dual) <= HOPEFUL * gap * outcome->within ||
           (look % RARELY == 0 && worst < CLOSE);
}

static int iterate(struct clustering_program *program, const struct clustering_costs *costs,
                   const struct clustering_solver *solver, struct clustering_solution *solution,
                   struct clustering_outcome *outcome, struct error *error) {
    size_t begun = clustering_program_steps(program);
    for (size_t look = 1; !outcome->converged && outcome->steps < solver->steps; look++) {
        size_t left = solver->steps - outcome->steps;
        if (clustering_program_run(program, left < ROUND ? left : ROUND, solver->tolerance,
                                   &outcome->converged, error) < 0 ||
            take(program, costs, solver->seed, solution, outcome, error) < 0)
            return -1;
        outcome->steps = clustering_program_steps(program) - begun;
        if (solver->progress != NULL)
            progress_show(solver->progress, "steps", outcome->steps, 0);
        if ((outcome->converged || outcome->steps == solver->steps ||
             worth_proving(program, costs, solver->gap, look, outcome)) &&
            prove(program, costs, solver->gap, outcome, error) < 0)
            return -1;
        outcome->converged = outcome->converged || outcome->certified;
    }
    return 0;
}

/* The value at Z, which is off by its residuals, moved to where the true one is. */
static double value_within(const struct clustering_program *program, const struct clustering_costs *costs,
                           const struct clustering_outcome *outcome) {
    double value = clustering_program_objective(program) + (double)costs->n * costs->offset;
    return fmin(fmax(value, outcome->bound), outcome->partition);
}

int clustering_solve(struct clustering_program *program, bool fresh, const struct clustering_costs *costs,
                     const struct clustering_solver *solver, struct clustering_solution *solution,
                     struct clustering_outcome *outcome, struct error *error) {
    *outcome = (struct clustering_outcome){.bound = -INFINITY};
    if (solver->rank > 0)
        return clustering_factors_solve(costs, solver, solution, outcome, error);
    for (size_t b = 0; b < costs->blocks; b++)
        clustering_costs_fill(costs, b, clustering_program_cost(program, b));
    clustering_program_start(program, fresh ? solution->labels : NULL, costs->block_of);
    if (iterate(program, costs, solver, solution, outcome, error) < 0)
        return -1;
    if (outcome->certified) {
        outcome->objective = outcome->partition;
        outcome->residuals = (struct clustering_residuals){.dual = outcome->residuals.dual};
        return clustering_solution_settle(solution, costs, error);
    }
    outcome->objective = value_within(program, costs, outcome);
    return 0;
}
