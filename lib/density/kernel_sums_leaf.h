/* Log terms of queries at the points of one leaf of a k-d tree, to base 2: a leaf is taken in once for a
 * group of queries, and then met by four of them at a time or, where it is centred, by a company. A few
 * leaves side by side can be centred as one, which halves what is done besides.
 *
 *     log2 t_i(x) - shift = log2(e) (constant_i - |x - z_i|^2 squares_i / 2) - shift
 *
 * Where the leaf is small beside the kernel, |z_i - c| <= 8 for the centre c of its box, and no point has a
 * factor of its own, the square is taken apart:
 *
 *     |x - z_i|^2 = |x - c|^2 - 2 (x - c)(z_i - c) + |z_i - c|^2
 *
 * so that a pair and column cost one multiplication and one addition. Its rounding is a few ulp of
 * |x - z_i|^2 + 64: as good as that of the difference itself, to 13 digits of the term. Elsewhere, and in
 * few columns, differences are squared as they are. */
#ifndef DENSITY_KERNEL_SUMS_LEAF_H
#define DENSITY_KERNEL_SUMS_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "density/kernel_sums_points.h"

/* Queries that approach a leaf together, and those of them that meet it at a time. */
enum { KERNEL_SUMS_COMPANY = KD_TREE_LEAF, KERNEL_SUMS_TILE = 4 };

/* Leaves that can be centred as one. */
enum { KERNEL_SUMS_SPAN = 4 };

struct kernel_sums_leaf {
    bool centred;
    const double *coordinates;           /* leaves x d x KD_TREE_LEAF; centred: log2(e) (z_i - c) */
    const double *queries;               /* d x KERNEL_SUMS_COMPANY; centred: less c */
    const double *squares;               /* KD_TREE_LEAF, or NULL */
    double offsets[KERNEL_SUMS_COMPANY]; /* centred: |x - c|^2 */
    double least, most;                  /* centred: where terms can be, see kernel_sums_leaf_within */
    double *workspace;                   /* what kernel_sums_leaf_workspace tells */
    /* log2(e) constant_i; centred: less log2(e) |z_i - c|^2 / 2 */
    double constants[KERNEL_SUMS_SPAN * KD_TREE_LEAF];
};

/* How many leaves may be tried as one: 1 where leaves are not centred. */
size_t kernel_sums_leaf_span(const struct kernel_sums_points *points);

/* Doubles of workspace for d columns. */
size_t kernel_sums_leaf_workspace(size_t columns);

/* Takes in the leaf that is this node, or the few under it. The workspace, the caller's, has been set before;
 * what it holds lasts until the next leaf. Returns false where several are too large to be centred as one. */
bool kernel_sums_leaf_prepare(struct kernel_sums_leaf *leaf, const struct kernel_sums_points *points,
                              struct kd_node node);

/* The next queries, columns x KERNEL_SUMS_COMPANY, the caller's until others come. */
void kernel_sums_leaf_approach(struct kernel_sums_leaf *leaf, size_t columns, const double *queries);

/* Where the leaf is centred, whether the terms of all active queries are certain to be within low .. high,
 * from |x - z|^2 <= 2 |x - c|^2 + 2 |z - c|^2.
 *
 *   shifts   KERNEL_SUMS_COMPANY, as below
 *   active   likewise: 0 where a query's terms do not matter */
bool kernel_sums_leaf_within(const struct kernel_sums_leaf *leaf, const double *shifts, const int64_t *active,
                             double low, double high);

/* The terms of all queries at one of the leaves that are centred.
 *
 *   leaf     its place among them
 *   shifts   KERNEL_SUMS_COMPANY
 *   terms    KD_TREE_LEAF x KERNEL_SUMS_COMPANY, written: queries side by side */
void kernel_sums_leaf_all_terms(const struct kernel_sums_leaf *leaves, size_t columns, size_t leaf,
                                const double *shifts, double *terms);

/* Of any leaf, the terms of queries tile x KERNEL_SUMS_TILE and on.
 *
 *   shifts   KERNEL_SUMS_TILE; where one is infinite the terms are -inf
 *   terms    KERNEL_SUMS_TILE x KD_TREE_LEAF, written */
void kernel_sums_leaf_terms(const struct kernel_sums_leaf *leaf, size_t columns, size_t tile,
                            const double *shifts, double *terms);

#endif
