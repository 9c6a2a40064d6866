/* What `sinkhorn` does beside single plans: transport of projections, of fitted Gaussians, and barycentres.
 */
#ifndef TRANSPORT_TRANSPORT_CLOSED_H
#define TRANSPORT_TRANSPORT_CLOSED_H

#include "transport/transport_options.h"

/* Each reads its operands and writes its result. Returns 0 or -1. */
__attribute__((warn_unused_result)) int transport_closed_sliced(struct command *command,
                                                                const struct transport_options *options,
                                                                const struct transport_choice *choice);
__attribute__((warn_unused_result)) int transport_closed_gaussian(struct command *command,
                                                                  const struct transport_options *options,
                                                                  const struct transport_choice *choice);
__attribute__((warn_unused_result)) int transport_closed_barycentre(struct command *command,
                                                                    const struct transport_options *options,
                                                                    const struct transport_choice *choice);

#endif
