/* Reads a sample of (x, y, z), estimates the (conditional) mutual information of x and y, and tests it by
 * shuffling x. */
#ifndef DIVERGENCE_SAMPLE_INFORMATION_H
#define DIVERGENCE_SAMPLE_INFORMATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"

struct sample_information_request {
    bool discrete;  /* plug-in, from columns of whole numbers; else by nearest neighbours */
    bool corrected; /* Miller-Madow */
    size_t x, y;    /* columns of each; the others are z */
    size_t neighbours;
    size_t permutations; /* 0: the estimate alone */
};

/* Reads command's operand and writes the estimate, or the table cmi,p_value,permutations, in which
 * p_value = (1 + how many shuffled estimates reach it) / (1 + permutations). Returns 0 or -1. */
__attribute__((warn_unused_result)) int
sample_information_run(struct command *command, const struct sample_information_request *request);

#endif
