/* Where a network simplex begins: pairs that are likely to carry mass, and a feasible tree of the cheapest.
 */
#ifndef NUM_NETWORK_SIMPLEX_START_H
#define NUM_NETWORK_SIMPLEX_START_H

#include <stddef.h>

#include "base/error.h"
#include "num/network_simplex_costs.h"
#include "num/network_simplex_tree.h"

struct network_simplex_start {
    struct network_simplex_arc *candidates; /* each once, in the order of the larger side */
    size_t candidate_count;
    struct network_simplex_arc *arcs; /* sources + targets - 1: a feasible tree */
    uint32_t root_target;
};

/* Candidates are each row's and each column's smallest reduced costs. The tree is greedy: the pair of the
 * smallest reduced cost takes what it can, the source or the target that it exhausts is out, and so on.
 * Supplies are treated as if every node but the root had an infinitesimal more, so that never both are out:
 * that is what makes the tree strongly feasible. (A target that takes nothing has no place in such a tree but
 * the root. Pivots round it could repeat themselves in theory; the simplex counts them.)
 *
 *   supply  sources + targets values, targets' negative, sum 0
 *   g       potentials of the targets to begin from, or NULL
 *
 * Returns 0, or -1 with nothing to free where memory fails. */
__attribute__((warn_unused_result)) int network_simplex_start_make(struct network_simplex_start *start,
                                                                   const struct network_simplex_costs *costs,
                                                                   const double *supply, const double *g,
                                                                   struct error *error);

void network_simplex_start_free(struct network_simplex_start *start);

#endif
