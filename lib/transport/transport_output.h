/* What `sinkhorn` writes of one problem. */
#ifndef TRANSPORT_TRANSPORT_OUTPUT_H
#define TRANSPORT_TRANSPORT_OUTPUT_H

#include "transport/transport_solution.h"

/* Writes the value, or in its place the table that the choice names. Plans go out row by row. Returns 0 or
 * -1.
 */
__attribute__((warn_unused_result)) int transport_output_write(struct command *command,
                                                               const struct transport_options *options,
                                                               const struct transport_choice *choice,
                                                               const struct transport_input *input,
                                                               const struct transport_solution *solution);

/* Writes a table of `rows` rows with columns named text1, text2, ... */
__attribute__((warn_unused_result)) int transport_output_table(struct command *command, const char *text,
                                                               size_t rows, size_t columns,
                                                               const double *values);

#endif
