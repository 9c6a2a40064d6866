/* Streams the rows of one matrix against all rows of another, which is held in memory, and writes the matrix
 * of their divergences. */
#ifndef DIVERGENCE_PAIRWISE_STREAM_H
#define DIVERGENCE_PAIRWISE_STREAM_H

#include "base/command.h"
#include "divergence/divergence_options.h"
#include "divergence/kullback_leibler.h"

struct pairwise_stream {
    const struct kullback_leibler_settings *kullback_leibler; /* NULL: Jensen-Shannon */
    double weight;                                            /* of Jensen-Shannon's second distribution */
    bool square_root;                                         /* write roots */
};

/* Writes columns q1 .. qm for command's operands [P] Q; of one operand, with `alone`, all its rows against
 * all. Returns 0, or -1 with command->error set. */
int pairwise_stream_run(struct command *command, const struct divergence_options *options,
                        const struct pairwise_stream *stream, bool alone);

#endif
