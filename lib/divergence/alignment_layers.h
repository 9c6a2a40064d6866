/* One side of an alignment: a matrix read whole or batch after batch, cut into layers. */
#ifndef DIVERGENCE_ALIGNMENT_LAYERS_H
#define DIVERGENCE_ALIGNMENT_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "divergence/kernel_alignment.h"
#include "io/row_reader.h"

struct alignment_layers {
    struct row_reader *reader;
    size_t used; /* rows of the reader's block that were taken */
    uint64_t total;
    double *rows; /* row_count x the reader's columns: those at hand */
    size_t row_count, capacity;
    size_t *widths, count; /* of the layers */
    double *means, *sizes; /* of the columns of the rows at hand; room */
    double *first;         /* the first row of all */
    bool *varies;          /* layers: whether a row so far differs from the first */
};

/* Opens an operand.
 *
 *   option, split  the widths as typed, and after which option; split NULL: one layer
 *
 * Returns 0, or -1 with command->error set; close it in either case. */
__attribute__((warn_unused_result)) int alignment_layers_open(struct alignment_layers *side,
                                                              struct command *command, const char *operand,
                                                              const char *option, const char *split);

/* Takes the next rows, `most` or as many as are left. Returns 0 or -1. */
__attribute__((warn_unused_result)) int alignment_layers_take(struct alignment_layers *side, size_t most,
                                                              struct error *error);

/* Takes the means of the columns at hand, and notes which layers vary. */
void alignment_layers_average(struct alignment_layers *side);

/* Subtracts a row, such as the means, from the rows at hand. */
void alignment_layers_centre(struct alignment_layers *side, const double *centre);

/* Refuses layers all of whose columns were constant so far. Returns 0 or -1. */
__attribute__((warn_unused_result)) int alignment_layers_check(const struct alignment_layers *side,
                                                               struct error *error);

/* The layers of the rows at hand as kernel_alignment takes them: count of them, written.
 *
 *   bandwidth  of the Gaussian kernel over the median distance; 0: linear
 *
 * Returns 0, or -1: out of memory, or a median of 0. */
__attribute__((warn_unused_result)) int alignment_layers_describe(const struct alignment_layers *side,
                                                                  double bandwidth, size_t threads,
                                                                  struct kernel_layer *layers,
                                                                  struct error *error);

/* Closing what was never opened (all zero) is harmless. */
void alignment_layers_close(struct alignment_layers *side);

#endif
