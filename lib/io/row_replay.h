/* A stage whose rows can be read any number of times, in bounded memory.
 *
 * While they are read first they are kept in memory. Where they become more than fit, a chain that can be
 * rewound is read again each time, and the rows of any other (a pipe) go to a scratch file. */
#ifndef IO_ROW_REPLAY_H
#define IO_ROW_REPLAY_H

#include <stddef.h>

#include "io/row_stream.h"

enum { ROW_REPLAY_BYTES = 256 << 20 }; /* the usual bytes_max */

/* Rows of bytes_max bytes at the most stay in memory. The stage is rewindable; rewinding before the end was
 * reached reads the rest first, so that rows_total is known from then on. */
__attribute__((warn_unused_result)) int row_replay_push(struct row_stream **chain, size_t bytes_max,
                                                        struct error *error);

#endif
