/* A plan as triples i,j,mass: entries above a threshold, or of each row the largest that hold a share of its
 * mass. */
#ifndef TRANSPORT_TRANSPORT_SPARSE_H
#define TRANSPORT_TRANSPORT_SPARSE_H

#include "transport/transport_solution.h"

/* Writes them, a row of the plan at a time. Returns 0 or -1. */
__attribute__((warn_unused_result)) int transport_sparse_write(struct command *command,
                                                               const struct transport_options *options,
                                                               const struct transport_input *input,
                                                               const struct transport_solution *solution);

#endif
