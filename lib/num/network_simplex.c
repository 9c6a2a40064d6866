#include "num/network_simplex.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/network_simplex_pricing.h"
#include "num/network_simplex_start.h"

enum { SHOWN_EVERY = 4096 };

/* How many times the largest cost that mass pays another may be before it is taken out of the potentials: at
 * this size it takes half their digits. */
static const double huge = 0x1p26;

struct simplex {
    const struct network_simplex_problem *problem;
    struct network_simplex_tree *tree;
    struct network_simplex_pricing pricing;
    double *potentials;        /* one value a node: at the end the result */
    double total;              /* of the sources' supplies */
    size_t pivots, pivots_max; /* at this tolerance */
    size_t pivots_total;
};

bool network_simplex_negligible(double flow, double source_weight, double target_weight, double total) {
    return flow <= 1e-14 * total && flow <= 1e-6 * source_weight && flow <= 1e-6 * target_weight;
}

/* Rounding may make two bases each better than the other; were that ever to happen, a coarser tolerance ends
 * it. */
static void count_pivot(struct simplex *simplex) {
    simplex->pivots_total++;
    if (++simplex->pivots > simplex->pivots_max) {
        simplex->pivots = 0;
        simplex->pricing.tolerance *= 2;
    }
    if (simplex->problem->progress != NULL && simplex->pivots_total % SHOWN_EVERY == 0)
        progress_show(simplex->problem->progress, "pivots", simplex->pivots_total, 0);
}

/* Pivots until no pair improves. */
static int run(struct simplex *simplex, struct error *error) {
    int joined;
    do {
        struct network_simplex_arc arc;
        while (network_simplex_pricing_choose(&simplex->pricing, &arc)) {
            network_simplex_tree_pivot(simplex->tree, &arc);
            count_pivot(simplex);
        }
        joined = network_simplex_pricing_join(&simplex->pricing, error);
    } while (joined > 0);
    return joined;
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
        tree->nodes[node].cost = cost < INFINITY ? cost : 0;
    }
    network_simplex_tree_set_potentials(tree);
}

static bool forbidden_in_tree(const struct network_simplex_tree *tree) {
    bool found = false;
    for (size_t node = 0; node < tree->sources + tree->targets; node++)
        found = found || tree->nodes[node].cost == INFINITY;
    return found;
}

/* Whether the arc of a node carries mass, not just rounding. */
static bool carries(const struct simplex *simplex, uint32_t node) {
    const struct network_simplex_tree *tree = simplex->tree;
    const double *supply = simplex->problem->supply;
    return !network_simplex_negligible(tree->nodes[node].flow, supply[source_of(tree, node)],
                                       -supply[tree->sources + target_of(tree, node)], simplex->total);
}

/* Whether no forbidden pair carries mass; costs are penalties. */
static bool feasible(const struct simplex *simplex) {
    const struct network_simplex_tree *tree = simplex->tree;
    for (uint32_t node = 0; node < tree->sources + tree->targets; node++) {
        if (node == tree->root || tree->nodes[node].cost == 0)
            continue;
        if (carries(simplex, node))
            return false;
        tree->nodes[node].flow = 0;
    }
    return true;
}

/* The least t >= 0 that makes f + t level, g + t level feasible for the pairs whose levels sum to less
 * than 0. */
static double level_factor(const struct simplex *simplex, const double *levels) {
    const struct network_simplex_tree *tree = simplex->tree;
    double factor = 0;
    for (uint32_t i = 0; i < tree->sources; i++)
        for (uint32_t j = 0; j < tree->targets; j++) {
            double level = levels[i] + levels[tree->sources + j];
            double excess = simplex->potentials[i] + simplex->potentials[tree->sources + j];
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
    network_simplex_pricing_forget(&simplex->pricing); /* candidates have true costs */
    int status = run(simplex, error);
    if (status == 0 && !feasible(simplex))
        status = error_set(error, "no plan avoids the forbidden pairs");
    costs->penalties = false;
    if (status == 0) {
        network_simplex_tree_potentials(tree, levels);
        simplex->pricing.levels = levels;
        network_simplex_pricing_forget(&simplex->pricing);
        set_costs(tree, costs);
        status = run(simplex, error);
    }
    if (status == 0) {
        network_simplex_tree_potentials(tree, simplex->potentials);
        double factor = level_factor(simplex, levels);
        for (size_t node = 0; node < nodes; node++)
            simplex->potentials[node] += factor * levels[node];
    }
    simplex->pricing.levels = NULL;
    free(levels);
    return status;
}

/* What a huge cost does that no mass pays: an arc of 1e32 in the tree makes potentials that large, though the
 * plan avoids it, and leaves none of their digits. Costs above the limit are then forbidden, which the plan
 * shows to be possible, and potentials made anew; should they not fit the huge costs after all, the old ones
 * stay. */
static int shun_huge_costs(struct simplex *simplex, struct error *error) {
    struct network_simplex_tree *tree = simplex->tree;
    struct network_simplex_costs *costs = simplex->problem->costs;
    size_t nodes = tree->sources + tree->targets;
    double paid = 0, largest = 0;
    for (uint32_t node = 0; node < nodes; node++) {
        if (node == tree->root)
            continue;
        largest = fmax(largest, tree->nodes[node].cost);
        if (carries(simplex, node))
            paid = fmax(paid, fabs(tree->nodes[node].cost));
    }
    if (!(largest > huge * paid) || paid == 0)
        return 0;
    double *old = memory_array(error, nodes, sizeof *old);
    if (old == NULL)
        return -1;
    memcpy(old, simplex->potentials, nodes * sizeof *old);
    costs->limit = huge * paid;
    int status = two_phases(simplex, error);
    costs->limit = INFINITY;
    if (status == 0 && !network_simplex_pricing_fit(&simplex->pricing, simplex->potentials))
        memcpy(simplex->potentials, old, nodes * sizeof *old);
    free(old);
    return status;
}

static int create(struct simplex *simplex, struct error *error) {
    const struct network_simplex_problem *problem = simplex->problem;
    size_t sources = problem->costs->cost.sources, targets = problem->costs->cost.targets;
    struct network_simplex_tree *tree = simplex->tree;
    struct network_simplex_start start;
    simplex->pivots_max = 100 * (sources + targets);
    for (size_t i = 0; i < sources; i++)
        simplex->total += problem->supply[i];
    simplex->potentials = memory_array(error, sources + targets, sizeof *simplex->potentials);
    if (simplex->potentials == NULL ||
        network_simplex_start_make(&start, problem->costs, problem->supply, problem->start, error) < 0)
        return -1;
    int status = network_simplex_tree_create(tree, sources, targets, error);
    if (status == 0)
        status = network_simplex_tree_hang(tree, start.arcs, start.root_target, problem->supply, error);
    if (status == 0) {
        status = network_simplex_pricing_create(&simplex->pricing, problem->costs, tree, start.candidates,
                                                start.candidate_count, error);
        start.candidates = NULL;
    }
    network_simplex_start_free(&start);
    return status;
}

int network_simplex_solve(const struct network_simplex_problem *problem,
                          struct network_simplex_result *result, struct error *error) {
    *result = (struct network_simplex_result){0};
    struct simplex simplex = {.problem = problem, .tree = &result->tree};
    int status = create(&simplex, error);
    if (status == 0 && forbidden_in_tree(&result->tree))
        status = two_phases(&simplex, error);
    else if (status == 0) {
        status = run(&simplex, error);
        network_simplex_tree_potentials(&result->tree, simplex.potentials);
        if (status == 0)
            status = shun_huge_costs(&simplex, error);
    }
    result->pivots = simplex.pivots_total;
    result->potentials = simplex.potentials;
    network_simplex_pricing_free(&simplex.pricing);
    if (status < 0)
        network_simplex_result_free(result);
    return status;
}

void network_simplex_result_free(struct network_simplex_result *result) {
    network_simplex_tree_free(&result->tree);
    free(result->potentials);
    *result = (struct network_simplex_result){0};
}
