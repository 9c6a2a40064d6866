/* The costs of a transportation problem as a network simplex looks through them: by windows, all of them now
 * and then, for the smallest of each row or column. */
#ifndef NUM_NETWORK_SIMPLEX_COSTS_H
#define NUM_NETWORK_SIMPLEX_COSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "num/pair_cost.h"

/* A window of the matrix, made on the fly 512 KiB at a time. */
enum { NETWORK_SIMPLEX_ROWS = 64, NETWORK_SIMPLEX_COLUMNS = 1024 };

struct network_simplex_costs {
    struct pair_cost cost; /* with a matrix where they are stored */
    double limit;          /* larger costs are forbidden pairs; inf at first */
    bool penalties;        /* the cost of a pair is 1 where it is forbidden, else 0 */
    double *stored;        /* owned, or NULL */
    double *tiles;         /* a window a thread, where windows have to be written somewhere */
    size_t tile_size;      /* values of one */
    size_t threads;
};

/* With `store`, costs that are made from points are written down once if they take at most 64 MiB. Returns 0,
 * or -1 with nothing to free. */
__attribute__((warn_unused_result)) int network_simplex_costs_create(struct network_simplex_costs *costs,
                                                                     const struct pair_cost *cost, bool store,
                                                                     size_t threads, struct error *error);

void network_simplex_costs_free(struct network_simplex_costs *costs);

/* Row 0 of a window at most NETWORK_SIMPLEX_ROWS x NETWORK_SIMPLEX_COLUMNS in size, and how far the rows are
 * apart. Valid until the worker's next call. */
const double *network_simplex_costs_window(const struct network_simplex_costs *costs,
                                           const struct pair_cost_window *window, size_t worker,
                                           size_t *stride);

/* The cost of one pair. */
double network_simplex_costs_pair(const struct network_simplex_costs *costs, size_t source, size_t target);

/* The smallest entries of a row or a column, ascending; among equal ones the earlier index first. */
struct network_simplex_smallest {
    double *values;  /* lists x kept: the cost minus the other side's potential; inf where there are fewer */
    double *costs;   /* lists x kept */
    uint32_t *index; /* lists x kept */
    size_t kept;
};

/* Room for so many lists. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int
network_simplex_smallest_create(struct network_simplex_smallest *smallest, size_t lists, size_t kept,
                                struct error *error);

void network_simplex_smallest_free(struct network_simplex_smallest *smallest);

/* For each source the targets where C_ij - g_j is smallest, below bounds_i (NULL: inf). Forbidden pairs are
 * left out. */
void network_simplex_costs_rows(const struct network_simplex_costs *costs, const double *g,
                                const double *bounds, struct network_simplex_smallest *smallest);

/* For each target the sources where C_ij - f_i is smallest. */
void network_simplex_costs_columns(const struct network_simplex_costs *costs, const double *f,
                                   struct network_simplex_smallest *smallest);

#endif
