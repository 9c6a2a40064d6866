/* What csdiv writes: a number, a gradient, or a permutation test. */
#ifndef DIVERGENCE_CAUCHY_SCHWARZ_OUTPUT_H
#define DIVERGENCE_CAUCHY_SCHWARZ_OUTPUT_H

#include <stddef.h>

#include "base/command.h"

/* Functions return 0, or -1 with command->error set. Names are those of the number in the report. */

__attribute__((warn_unused_result)) int cauchy_schwarz_output_number(struct command *command,
                                                                     const char *name, double value);

/* rows x columns, named g1, g2, ... */
__attribute__((warn_unused_result)) int
cauchy_schwarz_output_gradient(struct command *command, size_t rows, size_t columns, const double *gradient);

/* statistic,p_value,permutations, p = (1 + reached) / (1 + permutations). */
__attribute__((warn_unused_result)) int cauchy_schwarz_output_test(struct command *command, const char *name,
                                                                   double statistic, size_t reached,
                                                                   size_t permutations);

#endif
