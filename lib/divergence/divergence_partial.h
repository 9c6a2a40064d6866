/* The partial sums of a mean or sum of rows' divergences: the weighted sum of the values (of each of several
 * divergences), and that of the weights; they finish as `mean` or `sum`. */
#ifndef DIVERGENCE_DIVERGENCE_PARTIAL_H
#define DIVERGENCE_DIVERGENCE_PARTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "divergence/divergence_options.h"
#include "io/partial.h"
#include "io/partial_options.h"
#include "num/running_sum.h"

/* Of kldiv: kl, weight. Of jsdiv: js, weight. Of csdiv: csdiv, weight. Of fdiv: f, (k) for its k divergences,
 * whose columns the option `names` lists, apart by commas; weight. */
extern const struct partial_description divergence_partial_kl, divergence_partial_js, divergence_partial_cs,
    divergence_partial_f;

/* Adds the options in which all parts must agree, whatever the divergence. Which columns were read is none of
 * them, but how many. Returns 0 or -1 with command->error set. */
__attribute__((warn_unused_result)) int divergence_partial_options(struct partial_options *partial,
                                                                   struct command *command,
                                                                   const struct divergence_options *options,
                                                                   size_t columns);

/* Sums over `rows` rows: of `count` values a row, and of the weights. */
struct divergence_sums {
    uint64_t rows;
    size_t count;
    const struct running_sum *values, *weights;
};

/* Writes the sums of the rows read to command's output. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
divergence_partial_write(struct command *command, const struct partial_description *description,
                         const char *options, const struct divergence_sums *sums);

#endif
