/* Two Gaussians with the means and covariances of two samples. */
#ifndef DIVERGENCE_GAUSSIAN_PAIR_H
#define DIVERGENCE_GAUSSIAN_PAIR_H

#include "base/command.h"
#include "divergence/divergence_options.h"
#include "divergence/sample_divergence.h"
#include "num/gaussian.h"

struct gaussian_pair {
    struct gaussian p, q; /* of as many dimensions */
};

/* Reads command's operands [X] Y in bounded memory, and swaps them where options say so. Returns 0, or -1
 * with command->error set; gaussian_pair_free is right in either case. A covariance that is singular is an
 * error that says what helps. */
__attribute__((warn_unused_result)) int gaussian_pair_read(struct gaussian_pair *pair,
                                                           struct command *command,
                                                           const struct divergence_options *options);

/* The same of samples in memory. */
__attribute__((warn_unused_result)) int gaussian_pair_from_samples(struct gaussian_pair *pair,
                                                                   const struct sample_pair *samples,
                                                                   bool maximum_likelihood,
                                                                   struct error *error);

void gaussian_pair_free(struct gaussian_pair *pair);

#endif
