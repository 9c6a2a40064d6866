/* Network simplex on a transportation problem: the basis that no arc improves.
 *
 * Pivots are priced on a short list of candidates, a block of them at a time; when none is left that
 * improves, all pairs are priced and the best of each row join the list, until no pair is left. So the end is
 * certified on the whole matrix, while most pivots see a thousandth of it. */
#ifndef NUM_NETWORK_SIMPLEX_H
#define NUM_NETWORK_SIMPLEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "num/network_simplex_costs.h"
#include "num/network_simplex_tree.h"

struct network_simplex_problem {
    struct network_simplex_costs *costs;
    const double
        *supply;         /* sources + targets values: what a source sends, minus what a target takes; sum 0 */
    const double *start; /* potentials of the targets, or NULL */
    struct progress *progress;
};

/* A flow of at most this share of the total, that is little to both its ends too, is rounding. */
bool network_simplex_negligible(double flow, double source_weight, double target_weight, double total);

struct network_simplex_result {
    struct network_simplex_tree tree;
    double *potentials; /* sources + targets values, f and g: the tree's, or feasible ones where it holds
                           forbidden pairs */
    size_t pivots;
};

/* f_i + g_j <= C_ij holds to 2^-44 (|C_ij| + |f_i| + |g_j|). Returns 0, or -1 with nothing to free: out of
 * memory, or "no plan avoids the forbidden pairs". */
__attribute__((warn_unused_result)) int network_simplex_solve(const struct network_simplex_problem *problem,
                                                              struct network_simplex_result *result,
                                                              struct error *error);

/* An all-zero one is fine. */
void network_simplex_result_free(struct network_simplex_result *result);

#endif
