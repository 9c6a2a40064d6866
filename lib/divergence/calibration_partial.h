/* The reliability diagram and the calibration error as results of a filter, and the partial sums of bins by
 * width that both are made of. */
#ifndef DIVERGENCE_CALIBRATION_PARTIAL_H
#define DIVERGENCE_CALIBRATION_PARTIAL_H

#include "base/command.h"
#include "divergence/calibration.h"
#include "io/partial.h"

/* Sums count, correct, confidence of each bin; they finish as `ece` or `table`. */
extern const struct partial_description calibration_partial_description;

/* Writes the table bin,lower,upper,count,confidence,accuracy,gap. Returns 0, or -1 with command->error set.
 */
__attribute__((warn_unused_result)) int calibration_table_write(struct command *command, size_t count,
                                                                const struct calibration_bin *bins);

/* Writes the bins of the rows read to command's output. Returns 0 or -1.
 *
 *   table  the result that was asked for */
__attribute__((warn_unused_result)) int calibration_partial_write(struct command *command,
                                                                  struct calibration *calibration,
                                                                  size_t columns, bool table);

#endif
