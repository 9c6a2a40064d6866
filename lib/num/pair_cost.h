/* The costs between n sources and m targets, held as a matrix or made on the fly from points. */
#ifndef NUM_PAIR_COST_H
#define NUM_PAIR_COST_H

#include <stddef.h>

#include "base/error.h"
#include "num/ground_cost.h"

/* All arrays are the caller's. Costs are >= 0 or any finite number, or +inf: a pair that is forbidden. */
struct pair_cost {
    size_t sources, targets; /* both at least 1, as is the dimension of points */
    const double *matrix;    /* sources x targets, row-major; NULL: made from the points below */
    const double *x, *y;     /* sources x dimension, targets x dimension, row-major */
    size_t dimension;
    struct ground_cost ground;
};

/* A window of the matrix. */
struct pair_cost_window {
    size_t first_source, source_count, first_target, target_count;
};

/* Writes the costs of a window to tile, window->target_count a row. The cost of a pair is the same number
 * whatever the window, but not the last digit of ground_cost_between. It keeps its digits wherever the points
 * lie: a few ulp of the cost of the points as they are stored. The cosine of a zero vector is nan. */
void pair_cost_tile(const struct pair_cost *cost, const struct pair_cost_window *window, double *tile);

/* The same problem seen from the other side, where costs are made from points (matrix: NULL); a matrix has to
 * be transposed by the caller. */
struct pair_cost pair_cost_reversed(const struct pair_cost *cost);

/* Enough for a scale of epsilon; enough for two digits of it. */
enum { PAIR_COST_SAMPLE = 100000, PAIR_COST_FEW = 4096 };

/* What scales of epsilon are taken from. Of finite costs. Where there are more pairs than the sample's size,
 * a seeded sample of so many stands for them. */
struct pair_cost_summary {
    size_t sample;                  /* given by the caller */
    double largest;                 /* of all pairs of a matrix; of the sample where costs are made */
    double mean, median, deviation; /* over the weights a b^T */
};

/* Fills the summary but for its sample. Weights (>= 0) may be NULL: equal. Returns 0, or -1: out of memory,
 * "no finite cost from source 3", "no finite cost to target 3" (counted from 1; of sources and targets that
 * carry weight, in a matrix), "source 3 is zero and has no cosine". */
__attribute__((warn_unused_result)) int
pair_cost_summarise(const struct pair_cost *cost, const double *source_weights, const double *target_weights,
                    size_t threads, struct pair_cost_summary *summary, struct error *error);

/* The same checks, and the largest finite cost: of all pairs of a matrix; of some thousand where costs are
 * made from points. */
__attribute__((warn_unused_result)) int pair_cost_check(const struct pair_cost *cost,
                                                        const double *source_weights,
                                                        const double *target_weights, size_t threads,
                                                        double *largest, struct error *error);

#endif
