/* The partial sums of cka: those of the criteria over batches, or, for the linear kernel, moments about 0. */
#ifndef DIVERGENCE_ALIGNMENT_PARTIAL_H
#define DIVERGENCE_ALIGNMENT_PARTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "divergence/alignment_moments.h"
#include "io/partial.h"
#include "num/running_sum.h"

extern const struct partial_description alignment_partial_batches, alignment_partial_moments;

/* Sums over batches: cross (left x right) and self (left + right). */
struct alignment_sums {
    size_t left, right;
    uint64_t batches;
    struct running_sum *cross, *self;
};

/* The square root of x y, which is x where y is x. */
double alignment_norm(double x, double y);

/* Refuses what gives no alignment: the criterion of a layer with itself is not above 0, or, as a sum of
 * products of four entries, has left the range of normal numbers. Returns 0 or -1. */
__attribute__((warn_unused_result)) int alignment_check(double cross, double self, struct error *error);

/* Writes alignments, or mean criteria, left x right, as the output: one number or a matrix. Returns 0 or -1.
 */
__attribute__((warn_unused_result)) int alignment_write(struct command *command, size_t left, size_t right,
                                                        const double *cross, const double *self, bool hsic);

/* Write the sums of the rows read.
 *
 *   options  in which parts must agree; text with the words form=batches or form=moments and result=...
 */
__attribute__((warn_unused_result)) int alignment_partial_write_batches(struct command *command,
                                                                        const struct alignment_sums *sums,
                                                                        uint64_t rows, const char *options);
__attribute__((warn_unused_result)) int
alignment_partial_write_moments(struct command *command, const struct alignment_moments *moments,
                                uint64_t rows, const char *options);

#endif
