/* Reads two matrices of features of the same rows and writes their centred kernel alignment, as cka is asked.
 */
#ifndef DIVERGENCE_ALIGNMENT_RUN_H
#define DIVERGENCE_ALIGNMENT_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"

struct alignment_request {
    bool gaussian;       /* the kernel exp(-d^2 / (2 s^2)), else linear */
    double bandwidth;    /* s over the median distance */
    bool unbiased, hsic; /* hsic: the criterion in place of the alignment */
    bool partial;
    size_t batch;                     /* rows at a time, unbiased; 0: all at once */
    const char *split, *split_second; /* widths of layers, or NULL */
    size_t permutations;              /* 0: no test */
};

/* Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int alignment_run(struct command *command,
                                                      const struct alignment_request *request);

#endif
