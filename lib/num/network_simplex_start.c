#include "num/network_simplex_start.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/sorted_order.h"

enum { KEPT = 12 }; /* candidates a row and a column */

/* An amount and so many infinitesimals. */
struct amount {
    double mass;
    int64_t infinitesimals;
};

static bool less(struct amount a, struct amount b) {
    return a.mass < b.mass || (a.mass == b.mass && a.infinitesimals < b.infinitesimals);
}

static struct amount minus(struct amount a, struct amount b) {
    return (struct amount){a.mass - b.mass, a.infinitesimals - b.infinitesimals};
}

/* A greedy tree in the making. */
struct greedy {
    const struct network_simplex_costs *costs;
    size_t sources, targets;
    struct amount *supply, *demand;
    bool *source_out, *target_out;
    size_t sources_left, targets_left;
    double *f, *g;
    struct network_simplex_arc *arcs;
    size_t arc_count;
};

static bool in_play(const struct greedy *greedy, size_t source, size_t target) {
    return !greedy->source_out[source] && !greedy->target_out[target];
}

/* Ships what the pair can, which puts one of the two out; the last source stays until all targets are out,
 * and the other way round, whatever rounding left of their amounts. */
static void ship(struct greedy *greedy, size_t source, size_t target, double cost) {
    greedy->arcs[greedy->arc_count++] =
        (struct network_simplex_arc){(uint32_t)source, (uint32_t)target, cost};
    bool source_first = less(greedy->supply[source], greedy->demand[target]);
    if (greedy->sources_left == 1)
        source_first = false;
    else if (greedy->targets_left == 1)
        source_first = true;
    if (source_first) {
        greedy->demand[target] = minus(greedy->demand[target], greedy->supply[source]);
        greedy->source_out[source] = true;
        greedy->sources_left--;
    } else {
        greedy->supply[source] = minus(greedy->supply[source], greedy->demand[target]);
        greedy->target_out[target] = true;
        greedy->targets_left--;
    }
}

/* Candidates in the order of their reduced costs; among equal ones in their own. */
static int ship_candidates(struct greedy *greedy, const struct network_simplex_start *start,
                           struct error *error) {
    size_t count = start->candidate_count;
    struct sorted_order_entry *order = memory_matrix(error, 2, count, sizeof *order);
    double *reduced = memory_array(error, count, sizeof *reduced);
    int status = order == NULL || reduced == NULL ? -1 : 0;
    if (status == 0) {
        for (size_t k = 0; k < count; k++) {
            const struct network_simplex_arc *arc = &start->candidates[k];
            reduced[k] = arc->cost - greedy->f[arc->source] - greedy->g[arc->target];
        }
        sorted_order_find(count, reduced, order, order + count);
    }
    for (size_t k = 0; status == 0 && k < count; k++) {
        const struct network_simplex_arc *arc = &start->candidates[order[k].index];
        if (in_play(greedy, arc->source, arc->target))
            ship(greedy, arc->source, arc->target, arc->cost);
    }
    free(order);
    free(reduced);
    return status;
}

/* Writes a row of costs. */
static void fetch_row(const struct network_simplex_costs *costs, size_t source, double *row) {
    size_t targets = costs->cost.targets, stride;
    for (size_t first = 0; first < targets; first += NETWORK_SIMPLEX_COLUMNS) {
        size_t left = targets - first;
        struct pair_cost_window window = {source, 1, first,
                                          left < NETWORK_SIMPLEX_COLUMNS ? left : NETWORK_SIMPLEX_COLUMNS};
        const double *tile = network_simplex_costs_window(costs, &window, 0, &stride);
        memcpy(row + first, tile, window.target_count * sizeof *row);
    }
}

/* Sources that no candidate emptied take the cheapest targets left, one source after another; forbidden pairs
 * where nothing else is left. */
static int ship_rest(struct greedy *greedy, struct error *error) {
    double *row = memory_array(error, greedy->targets, sizeof *row);
    size_t *left = memory_array(error, greedy->targets, sizeof *left);
    if (row == NULL || left == NULL) {
        free(row);
        free(left);
        return -1;
    }
    size_t left_count = 0;
    for (size_t j = 0; j < greedy->targets; j++)
        if (!greedy->target_out[j])
            left[left_count++] = j;
    for (size_t i = 0; i < greedy->sources; i++) {
        if (!greedy->source_out[i])
            fetch_row(greedy->costs, i, row);
        while (!greedy->source_out[i] && left_count > 0) {
            size_t best = 0;
            for (size_t k = 1; k < left_count; k++)
                if (row[left[k]] - greedy->g[left[k]] < row[left[best]] - greedy->g[left[best]])
                    best = k;
            size_t target = left[best];
            ship(greedy, i, target, row[target]);
            if (greedy->target_out[target])
                left[best] = left[--left_count];
        }
    }
    free(row);
    free(left);
    return 0;
}

static int greedy_create(struct greedy *greedy, const struct network_simplex_costs *costs,
                         const double *supply, const double *g, struct error *error) {
    size_t n = costs->cost.sources, m = costs->cost.targets;
    *greedy =
        (struct greedy){.costs = costs, .sources = n, .targets = m, .sources_left = n, .targets_left = m};
    greedy->supply = memory_array(error, n, sizeof *greedy->supply);
    greedy->demand = memory_array(error, m, sizeof *greedy->demand);
    greedy->source_out = memory_zeros(error, n, sizeof *greedy->source_out);
    greedy->target_out = memory_zeros(error, m, sizeof *greedy->target_out);
    greedy->f = memory_zeros(error, n, sizeof *greedy->f);
    greedy->g = memory_zeros(error, m, sizeof *greedy->g);
    greedy->arcs = memory_array(error, n + m - 1, sizeof *greedy->arcs);
    if (greedy->supply == NULL || greedy->demand == NULL || greedy->source_out == NULL ||
        greedy->target_out == NULL || greedy->f == NULL || greedy->g == NULL || greedy->arcs == NULL)
        return -1;
    if (g != NULL)
        memcpy(greedy->g, g, m * sizeof *g);
    /* Target 0 is the root: it takes all the infinitesimals. */
    for (size_t i = 0; i < n; i++)
        greedy->supply[i] = (struct amount){supply[i], 1};
    for (size_t j = 0; j < m; j++)
        greedy->demand[j] = (struct amount){-supply[n + j], j == 0 ? (int64_t)(n + m - 1) : -1};
    return 0;
}

static void greedy_free(struct greedy *greedy) {
    free(greedy->supply);
    free(greedy->demand);
    free(greedy->source_out);
    free(greedy->target_out);
    free(greedy->f);
    free(greedy->g);
    free(greedy->arcs);
}

/* The lists of one side, and how its pairs are made arcs. */
struct lists {
    size_t count; /* of lists, each `kept` long */
    const struct network_simplex_smallest *smallest;
    bool of_sources;
};

static bool listed(const struct lists *lists, size_t list, size_t index) {
    size_t kept = lists->smallest->kept;
    bool found = false;
    for (size_t k = list * kept; k < (list + 1) * kept; k++)
        found = found || (lists->smallest->index[k] == index && lists->smallest->costs[k] < INFINITY);
    return found;
}

/* Whether entry k of the other side's lists is a pair that the first side's do not have. */
static bool adds(const struct lists *first, const struct lists *second, size_t k) {
    return second->smallest->costs[k] < INFINITY &&
           !listed(first, second->smallest->index[k], k / second->smallest->kept);
}

static struct network_simplex_arc arc_at(const struct lists *lists, size_t k) {
    uint32_t own = (uint32_t)(k / lists->smallest->kept), other = lists->smallest->index[k];
    return (struct network_simplex_arc){lists->of_sources ? own : other, lists->of_sources ? other : own,
                                        lists->smallest->costs[k]};
}

/* Gathers the pairs of both sides' lists, each once, in the order of the first side.
 *
 *   places  workspace, a zero for each node of the first side and one more */
static void gather_candidates(struct network_simplex_start *start, const struct lists *first,
                              const struct lists *second, size_t *places) {
    const struct network_simplex_smallest *own = first->smallest, *other = second->smallest;
    for (size_t k = 0; k < first->count * own->kept; k++)
        places[k / own->kept + 1] += own->costs[k] < INFINITY;
    for (size_t k = 0; k < second->count * other->kept; k++)
        if (adds(first, second, k))
            places[other->index[k] + 1]++;
    for (size_t list = 0; list < first->count; list++)
        places[list + 1] += places[list];
    start->candidate_count = places[first->count];
    for (size_t k = 0; k < first->count * own->kept; k++)
        if (own->costs[k] < INFINITY)
            start->candidates[places[k / own->kept]++] = arc_at(first, k);
    for (size_t k = 0; k < second->count * other->kept; k++)
        if (adds(first, second, k))
            start->candidates[places[other->index[k]]++] = arc_at(second, k);
}

/* f_i = min_j C_ij - g_j, then g_j = min_i C_ij - f_i, and the pairs that come next to these minima. A row
 * that is forbidden throughout keeps 0. */
static int find_candidates(struct network_simplex_start *start, struct greedy *greedy, struct error *error) {
    struct network_simplex_smallest rows = {0}, columns = {0};
    size_t *places = memory_zeros(error, greedy->sources + greedy->targets, sizeof *places);
    int status = -1;
    start->candidates =
        memory_matrix(error, greedy->sources + greedy->targets, KEPT, sizeof *start->candidates);
    if (places == NULL || start->candidates == NULL ||
        network_simplex_smallest_create(&rows, greedy->sources, KEPT, error) < 0 ||
        network_simplex_smallest_create(&columns, greedy->targets, KEPT, error) < 0)
        goto done;
    network_simplex_costs_rows(greedy->costs, greedy->g, NULL, &rows);
    for (size_t i = 0; i < greedy->sources; i++)
        greedy->f[i] = rows.values[i * KEPT] < INFINITY ? rows.values[i * KEPT] : 0;
    network_simplex_costs_columns(greedy->costs, greedy->f, &columns);
    for (size_t j = 0; j < greedy->targets; j++)
        greedy->g[j] = columns.values[j * KEPT] < INFINITY ? columns.values[j * KEPT] : 0;
    struct lists of_sources = {greedy->sources, &rows, true}, of_targets = {greedy->targets, &columns, false};
    if (greedy->sources >= greedy->targets)
        gather_candidates(start, &of_sources, &of_targets, places);
    else
        gather_candidates(start, &of_targets, &of_sources, places);
    status = 0;
done:
    free(places);
    network_simplex_smallest_free(&rows);
    network_simplex_smallest_free(&columns);
    return status;
}

int network_simplex_start_make(struct network_simplex_start *start, const struct network_simplex_costs *costs,
                               const double *supply, const double *g, struct error *error) {
    struct greedy greedy;
    *start = (struct network_simplex_start){0};
    int status = greedy_create(&greedy, costs, supply, g, error);
    if (status == 0)
        status = find_candidates(start, &greedy, error);
    if (status == 0)
        status = ship_candidates(&greedy, start, error);
    if (status == 0)
        status = ship_rest(&greedy, error);
    if (status == 0) {
        start->arcs = greedy.arcs;
        greedy.arcs = NULL;
    }
    greedy_free(&greedy);
    if (status < 0)
        network_simplex_start_free(start);
    return status;
}

void network_simplex_start_free(struct network_simplex_start *start) {
    free(start->candidates);
    free(start->arcs);
    *start = (struct network_simplex_start){0};
}
