/* What merged E steps of a Gaussian mixture (density/mixture_partial.h) finish as. */
#ifndef DENSITY_MIXTURE_PARTIAL_FINISH_H
#define DENSITY_MIXTURE_PARTIAL_FINISH_H

#include "base/command.h"
#include "io/partial.h"

/* The M step: the next mixture, as a model without figures of its own, which would need another pass. A
 * component that has lost its rows is an error, as it would move to a row, which sums do not hold, but for a
 * Dirichlet prior below 1, which drops it. Returns 0, or -1 with command->error set, as the others. */
int mixture_partial_finish_step(struct command *command, const struct partial *merged);

/* The starting mixture, as a model with its figures. */
int mixture_partial_finish_start(struct command *command, const struct partial *merged);

/* One number: the starting mixture's objective (the log-likelihood, plus the priors' log density) per unit of
 * weight, whose rise gmmfit's --tolerance judges. */
int mixture_partial_finish_objective(struct command *command, const struct partial *merged);

#endif
