#include "num/network_simplex_pricing.h"

#include <math.h>

#include "base/memory.h"

enum {
    JOINING = 4,   /* pairs a row that join the candidates when all are priced */
    BLOCK_MIN = 64 /* candidates looked at for one pivot */
};

/* Potentials are sums along the tree; this much more than their rounding is an improvement. */
static const double tolerance_first = 0x1p-46;

int network_simplex_pricing_create(struct network_simplex_pricing *pricing,
                                   const struct network_simplex_costs *costs,
                                   const struct network_simplex_tree *tree,
                                   struct network_simplex_arc *candidates, size_t count,
                                   struct error *error) {
    *pricing = (struct network_simplex_pricing){.costs = costs,
                                                .tree = tree,
                                                .tolerance = tolerance_first,
                                                .candidates = candidates,
                                                .count = count,
                                                .capacity = count};
    pricing->potentials = memory_array(error, tree->sources + tree->targets, sizeof *pricing->potentials);
    if (pricing->potentials == NULL)
        return -1;
    return network_simplex_smallest_create(&pricing->joining, tree->sources, JOINING, error);
}

void network_simplex_pricing_free(struct network_simplex_pricing *pricing) {
    free(pricing->candidates);
    free(pricing->potentials);
    network_simplex_smallest_free(&pricing->joining);
}

/* C_ij - f_i - g_j where that is below zero by more than rounding, else 0. */
static inline double improvement_of(double cost, double f, double g, double tolerance) {
    double reduced = cost - f - g;
    if (reduced >= 0)
        return 0;
    return reduced < -tolerance * (fabs(cost) + fabs(f) + fabs(g)) ? reduced : 0;
}

static double improvement(const struct network_simplex_pricing *pricing,
                          const struct network_simplex_arc *arc) {
    uint32_t target = (uint32_t)pricing->tree->sources + arc->target;
    return improvement_of(arc->cost, network_simplex_tree_potential(pricing->tree, arc->source),
                          network_simplex_tree_potential(pricing->tree, target), pricing->tolerance);
}

/* Whether the penalties' potentials leave the pair a place in a feasible plan. */
static bool allowed(const struct network_simplex_pricing *pricing, const struct network_simplex_arc *arc) {
    return pricing->levels == NULL ||
           pricing->levels[arc->source] + pricing->levels[pricing->tree->sources + arc->target] == 0;
}

/* The best of candidates first .. end - 1, or `best` where none is better. Candidates of one source mostly
 * stand together, so that its potential is seldom asked for. */
static double best_of_block(const struct network_simplex_pricing *pricing, size_t first, size_t end,
                            double best, size_t *best_at) {
    const struct network_simplex_tree *tree = pricing->tree;
    uint32_t source = NETWORK_SIMPLEX_NONE, target = NETWORK_SIMPLEX_NONE;
    double f = 0, g = 0;
    for (size_t k = first; k < end; k++) {
        const struct network_simplex_arc *arc = &pricing->candidates[k];
        if (arc->source != source) {
            source = arc->source;
            f = network_simplex_tree_potential(tree, source);
        }
        if (arc->target != target) {
            target = arc->target;
            g = network_simplex_tree_potential(tree, (uint32_t)tree->sources + target);
        }
        if (arc->cost - f - g < best && improvement_of(arc->cost, f, g, pricing->tolerance) < best) {
            best = arc->cost - f - g;
            *best_at = k;
        }
    }
    return best;
}

/* The best of the first block, from the cursor on, that holds one which improves. A block ends with the
 * list. */
bool network_simplex_pricing_choose(struct network_simplex_pricing *pricing,
                                    struct network_simplex_arc *chosen) {
    size_t block = (size_t)sqrt((double)pricing->count), seen = 0, best_at = 0;
    double best = 0;
    if (block < BLOCK_MIN)
        block = BLOCK_MIN;
    while (seen < pricing->count && best == 0) {
        size_t first = pricing->cursor, left = pricing->count - first;
        size_t end = first + (left < block ? left : block);
        best = best_of_block(pricing, first, end, best, &best_at);
        seen += end - first;
        pricing->cursor = end < pricing->count ? end : 0;
    }
    if (best < 0)
        *chosen = pricing->candidates[best_at];
    return best < 0;
}

static int join(struct network_simplex_pricing *pricing, const struct network_simplex_arc *arc,
                struct error *error) {
    if (memory_reserve(error, &pricing->candidates, &pricing->capacity, pricing->count + 1,
                       sizeof *pricing->candidates) < 0)
        return -1;
    pricing->candidates[pricing->count++] = *arc;
    return 0;
}

/* The smallest reduced costs of a row may all be rounding of huge costs, or not allowed: then every pair of
 * the row is looked at. */
static int join_from_row(struct network_simplex_pricing *pricing, size_t source, struct error *error) {
    const struct network_simplex_costs *costs = pricing->costs;
    for (size_t j = 0; j < pricing->tree->targets; j++) {
        struct network_simplex_arc arc = {(uint32_t)source, (uint32_t)j,
                                          network_simplex_costs_pair(costs, source, j)};
        if (arc.cost < INFINITY && allowed(pricing, &arc) && improvement(pricing, &arc) < 0 &&
            join(pricing, &arc, error) < 0)
            return -1;
    }
    return 0;
}

int network_simplex_pricing_join(struct network_simplex_pricing *pricing, struct error *error) {
    const struct network_simplex_tree *tree = pricing->tree;
    struct network_simplex_smallest *joining = &pricing->joining;
    double *f = pricing->potentials, *g = pricing->potentials + tree->sources;
    network_simplex_tree_potentials(tree, pricing->potentials);
    for (size_t i = 0; i < tree->sources; i++)
        f[i] -= pricing->tolerance * fabs(f[i]);
    network_simplex_costs_rows(pricing->costs, g, f, joining);
    size_t before = pricing->count;
    pricing->cursor = before;
    for (size_t i = 0; i < tree->sources; i++) {
        size_t joined = 0, listed = 0;
        for (; listed < JOINING && joining->costs[i * JOINING + listed] < INFINITY; listed++) {
            size_t k = i * JOINING + listed;
            struct network_simplex_arc arc = {(uint32_t)i, joining->index[k], joining->costs[k]};
            if (!allowed(pricing, &arc) || improvement(pricing, &arc) == 0)
                continue;
            if (join(pricing, &arc, error) < 0)
                return -1;
            joined++;
        }
        if (joined == 0 && listed == JOINING && join_from_row(pricing, i, error) < 0)
            return -1;
    }
    if (pricing->count == before)
        pricing->cursor = 0;
    return pricing->count > before;
}

void network_simplex_pricing_forget(struct network_simplex_pricing *pricing) {
    pricing->count = 0;
    pricing->cursor = 0;
}

bool network_simplex_pricing_fit(struct network_simplex_pricing *pricing, const double *potentials) {
    const struct network_simplex_tree *tree = pricing->tree;
    struct network_simplex_smallest *smallest = &pricing->joining;
    const double *f = potentials, *g = potentials + tree->sources;
    bool fit = true;
    network_simplex_costs_rows(pricing->costs, g, f, smallest);
    for (size_t k = 0; k < tree->sources * smallest->kept; k++)
        if (smallest->costs[k] < INFINITY)
            fit = fit && improvement_of(smallest->costs[k], f[k / smallest->kept], g[smallest->index[k]],
                                        pricing->tolerance) == 0;
    return fit;
}
