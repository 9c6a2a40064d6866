/* What cmi prints of the sums over classes, and its partial sums. */
#ifndef DIVERGENCE_CLASS_INFORMATION_OUTPUT_H
#define DIVERGENCE_CLASS_INFORMATION_OUTPUT_H

#include "base/command.h"
#include "divergence/class_information.h"
#include "io/partial.h"

enum class_information_result {
    CLASS_RESULT_CMI,
    CLASS_RESULT_NORMALIZED,
    CLASS_RESULT_PER_CLASS,
    CLASS_RESULT_CENTROIDS
};

/* Writes a result of settled sums, in units of units_per_nat.
 *
 *   centroids  classes x columns in place of the data's own, or NULL
 *
 * Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int
class_information_output(struct command *command, const struct class_information *information,
                         enum class_information_result result, const double *centroids, double units_per_nat);

/* Count, sums of P log P, of P and of log P by class: finishes as any of the results. */
extern const struct partial_description class_information_partial;

/* Writes them, of C classes or more, so that parts without the last classes agree. Returns 0 or -1. */
__attribute__((warn_unused_result)) int class_information_partial_write(struct command *command,
                                                                        struct class_information *information,
                                                                        enum class_information_result result);

#endif
