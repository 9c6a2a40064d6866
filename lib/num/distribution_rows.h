/* Rows as read become distributions: probabilities, or their logarithms.
 *
 * A row stands for a distribution by its entries (checked to be finite, not negative, with sum 1 within
 * 1e-6), by its entries over their sum
 * (--normalize), by the softmax of its entries over a temperature (--logits), or by the exponentials of its
 * entries (--log-probs). Logits and logarithms stay logarithms, so that nothing underflows, unless
 * probabilities are asked for. */
#ifndef NUM_DISTRIBUTION_ROWS_H
#define NUM_DISTRIBUTION_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"

/* What is wrong with a row. */
struct distribution_fault {
    size_t row;
    size_t column; /* (size_t)-1: the row as a whole */
    char text[80]; /* "expected a probability, got '-1'" */
};

/* Prepares rows x columns values.
 *
 *   room      rows x columns, for the result where it differs from the values
 *   prepared  set to the result: room, or values themselves
 *
 * Returns true, or false with the first fault described. Touches nothing else: several threads may prepare
 * separate rows. */
__attribute__((warn_unused_result)) bool distribution_rows_prepare(const struct distribution_options *options,
                                                                   size_t rows, size_t columns,
                                                                   const double *values, double *room,
                                                                   const double **prepared,
                                                                   struct distribution_fault *fault);

/* Whether the result is logarithms. */
bool distribution_rows_in_logarithms(const struct distribution_options *options);

#endif
