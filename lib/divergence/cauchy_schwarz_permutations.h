/* Permutation tests: how many of `count` random relabellings reach the observed statistic, but for rounding.
 */
#ifndef DIVERGENCE_CAUCHY_SCHWARZ_PERMUTATIONS_H
#define DIVERGENCE_CAUCHY_SCHWARZ_PERMUTATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "divergence/cauchy_schwarz.h"
#include "divergence/cauchy_schwarz_joint.h"

struct permutation_test {
    double observed;
    size_t count;
    uint64_t seed;
    const char *filter; /* for the random numbers */
};

/* Functions return 0, or -1 where memory fails. */

/* Of the divergence of two samples, or of their discrepancy: which of the pooled rows are P's is drawn anew.
 * Kernels are made once for 32 permutations. */
__attribute__((warn_unused_result)) int
cauchy_schwarz_permute_samples(const struct cauchy_schwarz_samples *samples, bool discrepancy,
                               const struct permutation_test *test, size_t *reached, struct error *error);

/* Of the mutual information: which row of t goes with which of x is drawn anew. */
__attribute__((warn_unused_result)) int
cauchy_schwarz_permute_information(const struct cauchy_schwarz_joint *joint, bool normalized,
                                   const struct permutation_test *test, size_t *reached, struct error *error);

#endif
