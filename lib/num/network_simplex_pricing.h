/* Which arc enters the tree of a network simplex next.
 *
 * A short list of candidates is priced block by block; only when none of it improves are all pairs priced,
 * and those that improve join the list, the best of each row. */
#ifndef NUM_NETWORK_SIMPLEX_PRICING_H
#define NUM_NETWORK_SIMPLEX_PRICING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "num/network_simplex_costs.h"
#include "num/network_simplex_tree.h"

struct network_simplex_pricing {
    const struct network_simplex_costs *costs; /* the caller's, as the tree */
    const struct network_simplex_tree *tree;
    const double *levels; /* NULL, or a value a node: only pairs whose levels sum to 0 may enter */
    double tolerance;     /* how far a reduced cost has to be below zero, relative to |C| + |f| + |g| */
    struct network_simplex_arc *candidates; /* owned */
    size_t count, capacity;
    size_t cursor;                           /* the candidate to look at next */
    double *potentials;                      /* workspace, one value a node */
    struct network_simplex_smallest joining; /* workspace */
};

/* Takes the candidates over, in either case. Returns 0, or -1; network_simplex_pricing_free is right in
 * either case. */
__attribute__((warn_unused_result)) int
network_simplex_pricing_create(struct network_simplex_pricing *pricing,
                               const struct network_simplex_costs *costs,
                               const struct network_simplex_tree *tree,
                               struct network_simplex_arc *candidates, size_t count, struct error *error);

void network_simplex_pricing_free(struct network_simplex_pricing *pricing);

/* Writes the candidate to enter, or returns false where none improves. */
bool network_simplex_pricing_choose(struct network_simplex_pricing *pricing,
                                    struct network_simplex_arc *chosen);

/* Prices all pairs. Returns 1 where some joined the candidates, 0 where no pair improves, or -1. */
__attribute__((warn_unused_result)) int network_simplex_pricing_join(struct network_simplex_pricing *pricing,
                                                                     struct error *error);

/* Empties the list: costs have changed. */
void network_simplex_pricing_forget(struct network_simplex_pricing *pricing);

/* Whether no pair's cost is below f + g, sources + targets values, by more than the tolerance. */
bool network_simplex_pricing_fit(struct network_simplex_pricing *pricing, const double *potentials);

#endif
