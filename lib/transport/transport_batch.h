/* Many small problems, a value, a plan or a gradient each: of blocks of rows, or of rows of weights. */
#ifndef TRANSPORT_TRANSPORT_BATCH_H
#define TRANSPORT_TRANSPORT_BATCH_H

#include "transport/transport_options.h"

/* Reads, solves and writes them as they come, one problem a thread. Memory is bounded by the size of one
 * problem, not by their number. Returns 0 or -1. */
__attribute__((warn_unused_result)) int transport_batch_run(struct command *command,
                                                            const struct transport_options *options,
                                                            const struct transport_choice *choice);

#endif
