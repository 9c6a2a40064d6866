/* The derivatives that `sinkhorn` writes of one problem: of the objective, the divergence, an exact cost
 * (envelope), the transport (implicit), or of a stated number of steps (unrolled). */
#ifndef TRANSPORT_TRANSPORT_SLOPES_H
#define TRANSPORT_TRANSPORT_SLOPES_H

#include "transport/transport_solution.h"

/* Returns 0 or -1. command->unconverged is set where conjugate gradients fall short. */
__attribute__((warn_unused_result)) int transport_slopes_write(struct command *command,
                                                               const struct transport_options *options,
                                                               const struct transport_choice *choice,
                                                               const struct transport_input *input,
                                                               const struct transport_solution *solution);

#endif
