/* One problem of `sinkhorn` solved: by Sinkhorn's iteration, the network simplex or sorting. */
#ifndef TRANSPORT_TRANSPORT_SOLUTION_H
#define TRANSPORT_TRANSPORT_SOLUTION_H

#include <stdbool.h>

#include "base/checkpoint.h"
#include "num/exact_transport.h"
#include "transport/sinkhorn.h"
#include "transport/transport_input.h"
#include "transport/transport_options.h"
#include "transport/transport_plan.h"

/* A problem, its potentials and its plan. */
struct transport_part {
    struct sinkhorn_problem problem;
    struct sinkhorn_result result;
    struct transport_plan plan; /* of the potentials */
};

struct transport_solution {
    double epsilon;
    struct transport_part main;
    struct exact_transport exact;                   /* where asked for, in place of the main part's result */
    struct transport_part source_self, target_self; /* of a divergence; else all zero */
    struct transport_plan_figures figures; /* of the main plan, after rounding where that is asked for */
    double value;                          /* what is printed: the transport of a plan rounded is that */
};

/* Solves the problem of the input, which is kept by the caller and read as long as the solution is. Notes and
 * the report are the command's; command->unconverged is set where a tolerance was not reached. Returns 0, or
 * -1; transport_solution_free is right in either case.
 *
 *   checkpoint  asked between iterations, or NULL */
__attribute__((warn_unused_result)) int
transport_solution_find(struct transport_solution *solution, struct command *command,
                        const struct transport_options *options, const struct transport_choice *choice,
                        const struct transport_input *input, struct checkpoint *checkpoint);

void transport_solution_free(struct transport_solution *solution);

#endif
