/* Streams the rows of one matrix into their joint Jensen-Shannon divergence. */
#ifndef DIVERGENCE_JOINT_STREAM_H
#define DIVERGENCE_JOINT_STREAM_H

#include "base/command.h"

/* Reads command's operand [P] and writes one number.
 *
 *   weights_path  a column of weights, one for each row; NULL: equal
 *   smooth        A: entries become (p + A) / (1 + columns A)
 *
 * Returns 0, or -1 with command->error set. */
int joint_stream_run(struct command *command, const char *weights_path, double smooth);

#endif
