#include "num/network_simplex_costs.h"

#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"

enum {
    ROWS = NETWORK_SIMPLEX_ROWS,
    COLUMNS = NETWORK_SIMPLEX_COLUMNS,
    STORED_MAX = 1 << 23, /* costs: 64 MiB */
    GROUP = 16
};

static size_t windows_of(size_t count, size_t size) {
    return (count + size - 1) / size;
}

static struct pair_cost_window window_at(const struct pair_cost *cost, size_t row_window,
                                         size_t column_window) {
    size_t first_source = row_window * ROWS, first_target = column_window * COLUMNS;
    size_t sources = cost->sources - first_source, targets = cost->targets - first_target;
    return (struct pair_cost_window){.first_source = first_source,
                                     .source_count = sources < ROWS ? sources : ROWS,
                                     .first_target = first_target,
                                     .target_count = targets < COLUMNS ? targets : COLUMNS};
}

static void store_rows(void *context, size_t block, size_t worker) {
    (void)worker;
    struct network_simplex_costs *costs = context;
    struct pair_cost_window window = window_at(&costs->cost, block, 0);
    window.target_count = costs->cost.targets;
    pair_cost_tile(&costs->cost, &window, costs->stored + window.first_source * costs->cost.targets);
}

int network_simplex_costs_create(struct network_simplex_costs *costs, const struct pair_cost *cost,
                                 bool store, size_t threads, struct error *error) {
    *costs = (struct network_simplex_costs){.cost = *cost, .limit = INFINITY, .threads = threads};
    if (store && cost->matrix == NULL && cost->sources <= STORED_MAX / cost->targets) {
        costs->stored = memory_matrix(error, cost->sources, cost->targets, sizeof *costs->stored);
        if (costs->stored == NULL)
            return -1;
        parallel_for(threads, windows_of(cost->sources, ROWS), store_rows, costs);
        costs->cost.matrix = costs->stored;
    }
    size_t rows = cost->sources < ROWS ? cost->sources : ROWS;
    costs->tile_size = rows * (cost->targets < COLUMNS ? cost->targets : COLUMNS);
    costs->tiles = memory_matrix(error, threads, costs->tile_size, sizeof *costs->tiles);
    if (costs->tiles != NULL)
        return 0;
    network_simplex_costs_free(costs);
    return -1;
}

void network_simplex_costs_free(struct network_simplex_costs *costs) {
    free(costs->stored);
    free(costs->tiles);
    *costs = (struct network_simplex_costs){0};
}

static double seen_as(const struct network_simplex_costs *costs, double cost) {
    bool forbidden = cost > costs->limit || cost == INFINITY;
    if (costs->penalties)
        return forbidden ? 1 : 0;
    return forbidden ? INFINITY : cost;
}

const double *network_simplex_costs_window(const struct network_simplex_costs *costs,
                                           const struct pair_cost_window *window, size_t worker,
                                           size_t *stride) {
    const struct pair_cost *cost = &costs->cost;
    if (cost->matrix != NULL && !costs->penalties && costs->limit == INFINITY) {
        *stride = cost->targets;
        return cost->matrix + window->first_source * cost->targets + window->first_target;
    }
    double *tile = costs->tiles + worker * costs->tile_size;
    *stride = window->target_count;
    pair_cost_tile(cost, window, tile);
    if (costs->penalties || costs->limit < INFINITY)
        for (size_t k = 0; k < window->source_count * window->target_count; k++)
            tile[k] = seen_as(costs, tile[k]);
    return tile;
}

double network_simplex_costs_pair(const struct network_simplex_costs *costs, size_t source, size_t target) {
    double value;
    struct pair_cost_window window = {source, 1, target, 1};
    pair_cost_tile(&costs->cost, &window, &value);
    return seen_as(costs, value);
}

int network_simplex_smallest_create(struct network_simplex_smallest *smallest, size_t lists, size_t kept,
                                    struct error *error) {
    *smallest = (struct network_simplex_smallest){.kept = kept};
    smallest->values = memory_matrix(error, lists, kept, sizeof *smallest->values);
    smallest->costs = memory_matrix(error, lists, kept, sizeof *smallest->costs);
    smallest->index = memory_matrix(error, lists, kept, sizeof *smallest->index);
    if (smallest->values != NULL && smallest->costs != NULL && smallest->index != NULL)
        return 0;
    network_simplex_smallest_free(smallest);
    return -1;
}

void network_simplex_smallest_free(struct network_simplex_smallest *smallest) {
    free(smallest->values);
    free(smallest->costs);
    free(smallest->index);
    *smallest = (struct network_simplex_smallest){0};
}

/* The first group at or behind `from` that holds a cost[j] - offset[j] below the bound, or count. */
INSTRUCTION_SETS static size_t next_group(size_t count, const double *cost, const double *offset,
                                          double bound, size_t from) {
    size_t start = from;
    for (; start + GROUP <= count; start += GROUP) {
        int below = 0;
#pragma omp simd reduction(| : below)
        for (size_t j = 0; j < GROUP; j++)
            below |= cost[start + j] - offset[start + j] < bound;
        if (below)
            return start;
    }
    return start;
}

/* Puts an entry into list number `list`, whose last falls out. */
static void insert(struct network_simplex_smallest *smallest, size_t list, double value, double cost,
                   size_t index) {
    double *values = smallest->values + list * smallest->kept,
           *costs = smallest->costs + list * smallest->kept;
    uint32_t *indices = smallest->index + list * smallest->kept;
    size_t place = smallest->kept - 1;
    for (; place > 0 && value < values[place - 1]; place--) {
        values[place] = values[place - 1];
        costs[place] = costs[place - 1];
        indices[place] = indices[place - 1];
    }
    values[place] = value;
    costs[place] = cost;
    indices[place] = (uint32_t)index;
}

/* One pass over the costs. */
struct pass {
    const struct network_simplex_costs *costs;
    const double *potential; /* of the other side */
    const double *bounds;
    struct network_simplex_smallest *smallest;
};

static void empty_list(const struct pass *pass, size_t list) {
    size_t kept = pass->smallest->kept;
    for (size_t k = 0; k < kept; k++)
        pass->smallest->values[list * kept + k] = pass->bounds != NULL ? pass->bounds[list] : INFINITY;
    for (size_t k = 0; k < kept; k++)
        pass->smallest->costs[list * kept + k] = INFINITY;
}

static void scan_row(const struct pass *pass, size_t source, const struct pair_cost_window *window,
                     const double *cost) {
    const double *offset = pass->potential + window->first_target;
    const double *worst = pass->smallest->values + (source + 1) * pass->smallest->kept - 1;
    size_t count = window->target_count;
    for (size_t from = 0; from < count; from += GROUP) {
        from = next_group(count, cost, offset, *worst, from);
        for (size_t j = from; j < count && j < from + GROUP; j++)
            if (cost[j] - offset[j] < *worst)
                insert(pass->smallest, source, cost[j] - offset[j], cost[j], window->first_target + j);
    }
}

static void rows_block(void *context, size_t block, size_t worker) {
    const struct pass *pass = context;
    const struct pair_cost *cost = &pass->costs->cost;
    for (size_t k = 0; k < windows_of(cost->targets, COLUMNS); k++) {
        struct pair_cost_window window = window_at(cost, block, k);
        size_t stride;
        const double *tile = network_simplex_costs_window(pass->costs, &window, worker, &stride);
        for (size_t i = 0; i < window.source_count; i++) {
            if (k == 0)
                empty_list(pass, window.first_source + i);
            scan_row(pass, window.first_source + i, &window, tile + i * stride);
        }
    }
}

void network_simplex_costs_rows(const struct network_simplex_costs *costs, const double *g,
                                const double *bounds, struct network_simplex_smallest *smallest) {
    struct pass pass = {.costs = costs, .potential = g, .bounds = bounds, .smallest = smallest};
    parallel_for(costs->threads, windows_of(costs->cost.sources, ROWS), rows_block, &pass);
}

/* A row of the window lets its entries into the columns' lists. C_ij - f_i < worst_j is asked as
 * C_ij - worst_j < f_i, as of rows; the sum that rounds otherwise is asked again. */
static void scan_columns(const struct pass *pass, size_t source, const struct pair_cost_window *window,
                         const double *cost, double *worst) {
    size_t count = window->target_count, kept = pass->smallest->kept;
    double f = pass->potential[source];
    for (size_t from = 0; from < count; from += GROUP) {
        from = next_group(count, cost, worst, f, from);
        for (size_t j = from; j < count && j < from + GROUP; j++) {
            size_t list = window->first_target + j;
            double value = cost[j] - f;
            if (value < pass->smallest->values[(list + 1) * kept - 1]) {
                insert(pass->smallest, list, value, cost[j], source);
                worst[j] = pass->smallest->values[(list + 1) * kept - 1];
            }
        }
    }
}

static void columns_block(void *context, size_t block, size_t worker) {
    const struct pass *pass = context;
    const struct pair_cost *cost = &pass->costs->cost;
    double worst[COLUMNS];
    for (size_t k = 0; k < windows_of(cost->sources, ROWS); k++) {
        struct pair_cost_window window = window_at(cost, k, block);
        size_t stride;
        const double *tile = network_simplex_costs_window(pass->costs, &window, worker, &stride);
        for (size_t j = 0; k == 0 && j < window.target_count; j++) {
            empty_list(pass, window.first_target + j);
            worst[j] = INFINITY;
        }
        for (size_t i = 0; i < window.source_count; i++)
            scan_columns(pass, window.first_source + i, &window, tile + i * stride, worst);
    }
}

void network_simplex_costs_columns(const struct network_simplex_costs *costs, const double *f,
                                   struct network_simplex_smallest *smallest) {
    struct pass pass = {.costs = costs, .potential = f, .smallest = smallest};
    parallel_for(costs->threads, windows_of(costs->cost.targets, COLUMNS), columns_block, &pass);
}
