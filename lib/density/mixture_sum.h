/* The mean or the sum of a mixture's log densities over rows, and its partial sums:
 *
 *     log_density   sum_i log f(x_i)
 *     weight        how many rows
 *
 * They finish as `mean` or `sum`. Parts must agree in the mixture. */
#ifndef DENSITY_MIXTURE_SUM_H
#define DENSITY_MIXTURE_SUM_H

#include "base/command.h"
#include "io/partial.h"
#include "io/row_stream.h"
#include "num/gaussian_mixture.h"

extern const struct partial_description mixture_sum_partial;

struct mixture_sum {
    bool mean;    /* not the sum */
    bool partial; /* write the sums, for klmerge */
    const struct gaussian_mixture *mixture;
};

/* Reads the log densities that the top of the chain makes and writes the result to command's output. Returns
 * 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int
mixture_sum_run(struct command *command, const struct mixture_sum *settings, struct row_stream *rows);

#endif
