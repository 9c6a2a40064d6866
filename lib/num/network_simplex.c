#include "num/network_simplex.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/network_simplex_start.h"

enum {
    JOINING = 4,    /* pairs a row that join the candidates when all are priced */
    BLOCK_MIN = 64, /* candidates looked at for one pivot */
    SHOWN_EVERY = 4096
};

/* How far below zero a reduced cost is more than the rounding of potentials, which are sums along the tree;
 * relative to the numbers it is made of. */
static const double tolerance_first = 0x1p-46;

struct simplex {
    const struct network_simplex_problem *problem;
    struct network_simplex_tree *tree;
    struct network_simplex_arc *candidates;
    size_t count, capacity;
    size_t cursor;        /* the candidate to look at next */
    const double *levels; /* potentials of the penalties, one a node, or NULL: see two_phases */
    double *bounds;       /* workspace, one value a source */
    struct network_simplex_smallest joining; /* workspace */
    double tolerance;
    size_t pivots, pivots_max; /* at this tolerance */
    size_t pivots_total;
};

bool network_simplex_negligible(double flow, double source_weight, double target_weight, double total) {
    return flow <= 1e-14 * total && flow <= 1e-6 * source_weight && flow <= 1e-6 * target_weight;
}

/* C_ij - f_i - g_j where that is below zero by more than rounding, else 0. */
static inline double improvement(const struct simplex *simplex, const struct network_simplex_arc *arc) {
    double f = simplex->tree->potential[arc->source];
    double g = simplex->tree->potential[simplex->tree->sources + arc->target];
    double reduced = arc->cost - f - g;
    if (reduced >= 0)
        return 0;
    return reduced < -simplex->tolerance * (fabs(arc->cost) + fabs(f) + fabs(g)) ? reduced : 0;
}

/* Whether the penalties' potentials leave the pair a place in a feasible plan. */
static bool allowed(const struct simplex *simplex, const struct network_simplex_arc *arc) {
    return simplex->levels == NULL ||
           simplex->levels[arc->source] + simplex->levels[simplex->tree->sources + arc->target] == 0;
}

/* The best candidate of the first block, from the cursor on, that holds one which improves. */
static bool choose_candidate(struct simplex *simplex, struct network_simplex_arc *chosen) {
    size_t block = (size_t)sqrt((double)simplex->count), seen = 0, cursor = simplex->cursor;
    double best = 0;
    if (block < BLOCK_MIN)
        block = BLOCK_MIN;
    while (seen < simplex->count && best == 0) {
        size_t best_at = 0, end = seen + block < simplex->count ? seen + block : simplex->count;
        for (; seen < end; seen++) {
            double value = improvement(simplex, &simplex->candidates[cursor]);
            if (value < best) {
                best = value;
                best_at = cursor;
            }
            cursor = cursor + 1 < simplex->count ? cursor + 1 : 0;
        }
        if (best < 0)
            *chosen = simplex->candidates[best_at];
    }
    simplex->cursor = cursor;
    return best < 0;
}

static int join(struct simplex *simplex, const struct network_simplex_arc *arc, struct error *error) {
    if (memory_reserve(error, &simplex->candidates, &simplex->capacity, simplex->count + 1,
                       sizeof *simplex->candidates) < 0)
        return -1;
    simplex->candidates[simplex->count++] = *arc;
    return 0;
}

/* The smallest reduced costs of a row may all be rounding of huge costs, or not allowed: then every pair of
 * the row is looked at. */
static int join_from_row(struct simplex *simplex, size_t source, struct error *error) {
    const struct network_simplex_costs *costs = simplex->problem->costs;
    for (size_t j = 0; j < simplex->tree->targets; j++) {
        struct network_simplex_arc arc = {(uint32_t)source, (uint32_t)j,
                                          network_simplex_costs_pair(costs, source, j)};
        if (arc.cost < INFINITY && allowed(simplex, &arc) && improvement(simplex, &arc) < 0 &&
            join(simplex, &arc, error) < 0)
            return -1;
    }
    return 0;
}

/* Prices all pairs. Those that improve join the candidates, the best of each row. */
static int join_candidates(struct simplex *simplex, struct error *error) {
    struct network_simplex_tree *tree = simplex->tree;
    struct network_simplex_smallest *joining = &simplex->joining;
    for (size_t i = 0; i < tree->sources; i++)
        simplex->bounds[i] = tree->potential[i] - simplex->tolerance * fabs(tree->potential[i]);
    network_simplex_costs_rows(simplex->problem->costs, tree->potential + tree->sources, simplex->bounds,
                               joining);
    simplex->cursor = simplex->count;
    for (size_t i = 0; i < tree->sources; i++) {
        size_t joined = 0, listed = 0;
        for (; listed < JOINING && joining->costs[i * JOINING + listed] < INFINITY; listed++) {
            size_t k = i * JOINING + listed;
            struct network_simplex_arc arc = {(uint32_t)i, joining->index[k], joining->costs[k]};
            if (!allowed(simplex, &arc) || improvement(simplex, &arc) == 0)
                continue;
            if (join(simplex, &arc, error) < 0)
                return -1;
            joined++;
        }
        if (joined == 0 && listed == JOINING && join_from_row(simplex, i, error) < 0)
            return -1;
    }
    return 0;
}

/* Rounding may make two bases each better than the other; were that ever to happen, a coarser tolerance ends
 * it. */
static void count_pivot(struct simplex *simplex) {
    simplex->pivots_total++;
    if (++simplex->pivots > simplex->pivots_max) {
        simplex->pivots = 0;
        simplex->tolerance *= 2;
    }
    if (simplex->problem->progress != NULL && simplex->pivots_total % SHOWN_EVERY == 0)
        progress_show(simplex->problem->progress, "pivots", simplex->pivots_total, 0);
}

/* Pivots until no pair improves. */
static int run(struct simplex *simplex, struct error *error) {
    size_t before;
    do {
        struct network_simplex_arc arc;
        while (choose_candidate(simplex, &arc)) {
            network_simplex_tree_pivot(simplex->tree, &arc);
            count_pivot(simplex);
        }
        before = simplex->count;
        if (join_candidates(simplex, error) < 0)
            return -1;
        if (simplex->cursor == simplex->count)
            simplex->cursor = 0;
    } while (simplex->count > before);
    return 0;
}

static uint32_t source_of(const struct network_simplex_tree *tree, uint32_t node) {
    return node < tree->sources ? node : tree->nodes[node].parent;
}

static uint32_t target_of(const struct network_simplex_tree *tree, uint32_t node) {
    uint32_t end = node < tree->sources ? tree->nodes[node].parent : node;
    return end - (uint32_t)tree->sources;
}

/* Gives the tree's arcs the costs of pairs; forbidden ones, whose flow is 0 and stays 0, are free. */
static void set_costs(struct network_simplex_tree *tree, const struct network_simplex_costs *costs) {
    for (uint32_t node = 0; node < tree->sources + tree->targets; node++) {
        if (node == tree->root)
            continue;
        double cost = network_simplex_costs_pair(costs, source_of(tree, node), target_of(tree, node));
        tree->cost[node] = cost < INFINITY ? cost : 0;
    }
    network_simplex_tree_set_potentials(tree);
}

static bool forbidden_in_tree(const struct network_simplex_tree *tree) {
    bool found = false;
    for (size_t node = 0; node < tree->sources + tree->targets; node++)
        found = found || tree->cost[node] == INFINITY;
    return found;
}

/* Whether no forbidden pair carries mass; costs are penalties. */
static bool feasible(const struct simplex *simplex) {
    const struct network_simplex_tree *tree = simplex->tree;
    const double *supply = simplex->problem->supply;
    double total = 0;
    for (size_t i = 0; i < tree->sources; i++)
        total += supply[i];
    for (uint32_t node = 0; node < tree->sources + tree->targets; node++) {
        if (node == tree->root || tree->cost[node] == 0)
            continue;
        double source = supply[source_of(tree, node)];
        double target = -supply[tree->sources + target_of(tree, node)];
        if (!network_simplex_negligible(tree->flow[node], source, target, total))
            return false;
        tree->flow[node] = 0;
    }
    return true;
}

/* The least t >= 0 that makes f + t level, g + t level feasible for the pairs whose levels sum to less
 * than 0. */
static double level_factor(const struct simplex *simplex) {
    const struct network_simplex_tree *tree = simplex->tree;
    double factor = 0;
    for (uint32_t i = 0; i < tree->sources; i++)
        for (uint32_t j = 0; j < tree->targets; j++) {
            double level = simplex->levels[i] + simplex->levels[tree->sources + j];
            double excess = tree->potential[i] + tree->potential[tree->sources + j];
            if (level < 0) {
                excess -= network_simplex_costs_pair(simplex->problem->costs, i, j);
                factor = excess > -level * factor ? excess / -level : factor;
            }
        }
    return factor;
}

/* With forbidden pairs in the first tree: first the least mass on forbidden pairs, by penalties of 1, is
 * found; it must be 0. The penalties' potentials (levels) then tell which pairs can have a part in a feasible
 * plan, those whose levels sum to 0; among these the true costs are made least. Forbidden pairs may stay in
 * the tree, without mass. What is not allowed satisfies f + g <= C once enough of the levels is added to the
 * potentials. */
static int two_phases(struct simplex *simplex, struct error *error) {
    struct network_simplex_tree *tree = simplex->tree;
    struct network_simplex_costs *costs = simplex->problem->costs;
    size_t nodes = tree->sources + tree->targets;
    double *levels = memory_array(error, nodes, sizeof *levels);
    if (levels == NULL)
        return -1;
    costs->penalties = true;
    set_costs(tree, costs);
    simplex->count = 0; /* the candidates' costs are true ones */
    int status = run(simplex, error);
    if (status == 0 && !feasible(simplex))
        status = error_set(error, "no plan avoids the forbidden pairs");
    costs->penalties = false;
    if (status == 0) {
        memcpy(levels, tree->potential, nodes * sizeof *levels);
        simplex->levels = levels;
        simplex->count = 0;
        set_costs(tree, costs);
        status = run(simplex, error);
    }
    if (status == 0) {
        double factor = level_factor(simplex);
        for (size_t node = 0; node < nodes; node++)
            tree->potential[node] += factor * levels[node];
    }
    free(levels);
    return status;
}

static int create(struct simplex *simplex, struct network_simplex_start *start, struct error *error) {
    const struct network_simplex_problem *problem = simplex->problem;
    size_t sources = problem->costs->cost.sources, targets = problem->costs->cost.targets;
    if (network_simplex_start_make(start, problem->costs, problem->supply, problem->start, error) < 0 ||
        network_simplex_tree_create(simplex->tree, sources, targets, error) < 0 ||
        network_simplex_tree_hang(simplex->tree, start->arcs, start->root_target, problem->supply, error) <
            0 ||
        network_simplex_smallest_create(&simplex->joining, sources, JOINING, error) < 0)
        return -1;
    simplex->candidates = start->candidates;
    simplex->count = simplex->capacity = start->candidate_count;
    start->candidates = NULL;
    simplex->pivots_max = 100 * (sources + targets);
    simplex->tolerance = tolerance_first;
    simplex->bounds = memory_array(error, sources, sizeof *simplex->bounds);
    return simplex->bounds == NULL ? -1 : 0;
}

int network_simplex_solve(const struct network_simplex_problem *problem, struct network_simplex_tree *tree,
                          size_t *pivots, struct error *error) {
    struct network_simplex_start start = {0};
    struct simplex simplex = {.problem = problem, .tree = tree};
    *tree = (struct network_simplex_tree){0};
    int status = create(&simplex, &start, error);
    if (status == 0)
        status = forbidden_in_tree(tree) ? two_phases(&simplex, error) : run(&simplex, error);
    *pivots = simplex.pivots_total;
    network_simplex_start_free(&start);
    network_simplex_smallest_free(&simplex.joining);
    free(simplex.candidates);
    free(simplex.bounds);
    if (status < 0)
        network_simplex_tree_free(tree);
    return status;
}
