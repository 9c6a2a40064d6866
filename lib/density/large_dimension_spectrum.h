/* Where the variances of density/large_dimension.h come from: a file of them, or the covariance of data. */
#ifndef DENSITY_LARGE_DIMENSION_SPECTRUM_H
#define DENSITY_LARGE_DIMENSION_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"

/* Reads one variance a row. Returns 0 with *variances (*count of them) the caller's to free, or -1 with
 * command->error set: "spectrum.csv:4: field 1: a variance must be positive". */
__attribute__((warn_unused_result)) int large_dimension_spectrum_read(struct command *command,
                                                                      const char *operand, double **variances,
                                                                      size_t *count);

/* The eigenvalues of the sample covariance (divisor n - 1) of data, ascending. Those that are 0 to rounding
 * are refused, or left out of *count. Writes the number of rows. Returns as above. */
__attribute__((warn_unused_result)) int large_dimension_spectrum_fit(struct command *command,
                                                                     const char *operand, bool drop_null,
                                                                     double **variances, size_t *count,
                                                                     size_t *rows);

#endif
