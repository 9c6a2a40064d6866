#include "density/kernel_sums_gaussian.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "density/kernel_sums_leaf.h"
#include "density/kernel_sums_powers.h"
#include "num/elementary.h"

enum {
    GROUP = KERNEL_SUMS_GROUP,
    COMPANY = KERNEL_SUMS_COMPANY,
    COMPANIES = GROUP / COMPANY,
    TILE = KERNEL_SUMS_TILE,
    EIGHT = KERNEL_SUMS_EIGHT,
    REVIEW = 16, /* leaves from one look at the sums to the next */
    DEPTH = 64,
};

/* Of a sum: what leaves passed over may hold, far below its rounding; and what terms taken roughly, and terms
 * passed over in the leaves met, may each be off by: its 15th digit. */
static const double NEGLIGIBLE = 0x1p-56, ROUGH = 0x1p-48;

/* Shifts beyond it, in nats, are left to the plain sums: a term's rounding would be of the size of a sum. */
static const double SHIFT_MAX = 0x1p20;

struct group {
    const struct kernel_sums_points *points;
    size_t companies;      /* that hold a query */
    double *queries;       /* COMPANIES x d x COMPANY */
    double shifts[GROUP];  /* the largest term of the home leaf, to base 2 */
    double cutoffs[GROUP]; /* a node whose bound is not above adds too little */
    size_t skipped[GROUP]; /* slots of the points left out, or SIZE_MAX */
    bool exact;            /* no tolerance is given */
    double share;          /* log2 of what one term may be off by, of a sum */
    struct kernel_sums_limits limits[GROUP];
    double sums[GROUP][EIGHT];           /* in fixed lanes */
    double whole_sums[GROUP];            /* what leaves taken whole added */
    double terms[COMPANY][KD_TREE_LEAF]; /* of a centred leaf KD_TREE_LEAF x COMPANY */
    struct kernel_sums_leaf leaf;
    struct kernel_sums_work *work;
};

size_t kernel_sums_gaussian_workspace(size_t dimensions) {
    return GROUP * dimensions + kernel_sums_leaf_workspace(dimensions);
}

/* Whether a node's bound, top - slope |x - box|^2 / 2, is above the cutoff of each of eight queries. Returns
 * whether it is for any. */
INSTRUCTION_SETS static bool compare_bounds(size_t d, const double *restrict box,
                                            const double *restrict bound, const double *restrict queries,
                                            const double *restrict cutoffs, int64_t *restrict active) {
    const double *low = box, *high = box + d;
    double sums[EIGHT] = {0};
    int64_t any = 0;
    for (size_t c = 0; c < d; c++)
#pragma omp simd
        for (size_t lane = 0; lane < EIGHT; lane++) {
            double x = queries[c * COMPANY + lane], below = low[c] - x, above = x - high[c];
            double outside = below > above ? below : above;
            outside = outside > 0 ? outside : 0;
            sums[lane] += outside * outside;
        }
#pragma omp simd reduction(| : any)
    for (size_t lane = 0; lane < EIGHT; lane++) {
        active[lane] = bound[0] - 0.5 * sums[lane] * bound[1] > cutoffs[lane];
        any |= active[lane];
    }
    return any != 0;
}

/* The same for the eight queries from `first` on. */
static bool find_active(const struct group *group, struct kd_node node, size_t first, int64_t *active) {
    const struct kernel_sums_points *points = group->points;
    size_t d = points->tree.columns;
    const double *queries = group->queries + first / COMPANY * COMPANY * d + first % COMPANY;
    return compare_bounds(d, points->tree.boxes + node.index * 2 * d, points->bounds + 2 * node.index,
                          queries, group->cutoffs + first, active);
}

/* Terms of a tile's active queries, less the points that they leave out. Notes which queries of the company
 * they are; returns their count. */
static size_t find_terms(struct group *group, size_t leaf, size_t company, size_t tile, const int64_t *active,
                         size_t *rows) {
    const double *shifts = group->shifts + company * COMPANY;
    const size_t *skipped = group->skipped + company * COMPANY;
    double tile_shifts[TILE];
    size_t count = 0;
    for (size_t j = 0; j < TILE; j++) {
        tile_shifts[j] = active[j] ? shifts[tile * TILE + j] : INFINITY;
        rows[count] = tile * TILE + j;
        count += (size_t)active[j];
    }
    if (count == 0)
        return 0;
    kernel_sums_leaf_terms(&group->leaf, group->points->tree.columns, tile, tile_shifts,
                           group->terms[tile * TILE]);
    for (size_t i = 0; i < count; i++)
        if (skipped[rows[i]] / KD_TREE_LEAF == leaf)
            group->terms[rows[i]][skipped[rows[i]] % KD_TREE_LEAF] = -INFINITY;
    return count;
}

static double finished_sum(const struct group *group, size_t query) {
    const double *s = group->sums[query];
    return (((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]))) + group->whole_sums[query];
}

/* What kernel_sums_powers asks for, of a sum of at least 2^known. */
static void set_limits(struct group *group, size_t query, double known) {
    struct kernel_sums_limits *limits = &group->limits[query];
    limits->rough = known + group->share;
    limits->exact = fmin(limits->rough - log2(KERNEL_SUMS_ROUGHNESS), 0);
}

/* A query's limits follow its sum so far, now and then: at leaves whose numbers are the same whatever its
 * company. */
static void raise_limits(struct group *group, size_t query) {
    double sum = finished_sum(group, query);
    if (sum > 1 && ilogb(sum) + group->share > group->limits[query].rough)
        set_limits(group, query, ilogb(sum));
}

/* All terms of one of the leaves that are centred: in many columns few eights lie so far away that an exact
 * sum does without them. */
static void add_whole_leaf(struct group *group, struct kd_node node, size_t leaf, size_t company,
                           const int64_t *active) {
    size_t first = company * COMPANY;
    double *terms = group->terms[0];
    kernel_sums_leaf_all_terms(&group->leaf, group->points->tree.columns, leaf, group->shifts + first, terms);
    for (size_t q = 0; q < COMPANY; q++)
        if (group->skipped[first + q] / KD_TREE_LEAF == node.first + leaf)
            terms[group->skipped[first + q] % KD_TREE_LEAF * COMPANY + q] = KERNEL_SUMS_NOTHING;
    if (kernel_sums_leaf_within(&group->leaf, group->shifts + first, active, KERNEL_SUMS_NOTHING, 1023))
        kernel_sums_powers_add_within(terms, active, group->whole_sums + first);
    else
        kernel_sums_powers_add_all(terms, active, group->whole_sums + first);
    for (size_t q = 0; q < COMPANY; q++)
        group->work->terms += (size_t)active[q] * KD_TREE_LEAF;
}

static void add_leaf(struct group *group, size_t leaf, size_t company, const int64_t *active) {
    size_t rows[COMPANY + TILE], count = 0, first = company * COMPANY;
    for (size_t tile = 0; tile < COMPANY / TILE; tile++)
        count += find_terms(group, leaf, company, tile, active + tile * TILE, rows + count);
    group->work->terms += count * kd_tree_leaf_size(&group->points->tree, leaf);
    kernel_sums_powers_add(count, rows, group->terms[0], group->limits + first, group->sums[first]);
    for (size_t i = 0; leaf % REVIEW == 0 && i < count; i++)
        raise_limits(group, first + rows[i]);
}

/* Adds a leaf, or a few as one; false where they cannot be. */
static bool meet(struct group *group, struct kd_node node) {
    size_t d = group->points->tree.columns;
    bool prepared = false;
    for (size_t company = 0; company < group->companies; company++) {
        int64_t active[COMPANY];
        bool any = false;
        for (size_t q = 0; q < COMPANY; q += EIGHT)
            any |= find_active(group, node, company * COMPANY + q, active + q);
        if (!any)
            continue;
        if (!prepared && !kernel_sums_leaf_prepare(&group->leaf, group->points, node))
            return false;
        prepared = true;
        kernel_sums_leaf_approach(&group->leaf, d, group->queries + company * COMPANY * d);
        if (!group->exact || !group->leaf.centred)
            add_leaf(group, node.first, company, active);
        else
            for (size_t leaf = 0; leaf < node.leaves; leaf++)
                add_whole_leaf(group, node, leaf, company, active);
    }
    return true;
}

static bool reaches_any(const struct group *group, struct kd_node node) {
    int64_t active[EIGHT];
    for (size_t q = 0; q < group->companies * COMPANY; q += EIGHT)
        if (find_active(group, node, q, active))
            return true;
    return false;
}

static void walk(struct group *group) {
    struct kd_node stack[DEPTH] = {kd_tree_root(&group->points->tree)};
    size_t depth = 1, span = group->exact ? kernel_sums_leaf_span(group->points) : 1;
    while (depth > 0) {
        struct kd_node node = stack[--depth];
        group->work->nodes++;
        if (node.leaves <= span && meet(group, node))
            continue;
        if (reaches_any(group, node)) {
            stack[depth++] = kd_tree_right(node);
            stack[depth++] = kd_tree_left(node);
        }
    }
}

/* Shift and cutoff from the home leaf: nodes passed over hold together at most the tolerance's part of what
 * is found there. A query without a term there has an infinite shift, and is left to the plain sums. */
static void place_query(struct group *group, struct kernel_sums_tolerance tolerance, size_t query,
                        const double *x, size_t home) {
    const struct kernel_sums_points *points = group->points;
    size_t d = points->tree.columns;
    double terms[KD_TREE_LEAF], largest = -INFINITY, sum = 0;
    for (size_t c = 0; c < d; c++)
        group->queries[(query / COMPANY * d + c) * COMPANY + query % COMPANY] = x[c];
    size_t slot = group->skipped[query],
           place = slot / KD_TREE_LEAF == home ? slot % KD_TREE_LEAF : KD_TREE_LEAF;
    kernel_sums_points_terms(points, home, x, place, terms);
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
        largest = terms[i] > largest ? terms[i] : largest;
    if (!(fabs(largest) <= SHIFT_MAX))
        return;
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
        sum += exp(terms[i] - largest);
    double log_count = log((double)points->tree.count), log_sum = log(sum);
    double enough = largest + log_sum + log(fmax(tolerance.relative, NEGLIGIBLE)) - log_count;
    group->shifts[query] = largest * ELEMENTARY_LOG2_E;
    set_limits(group, query, log_sum * ELEMENTARY_LOG2_E);
    enough = fmax(enough, log(tolerance.absolute) - points->log_scale - log_count);
    group->cutoffs[query] = fmin(enough, largest - 1); /* the home leaf itself is always taken */
}

void kernel_sums_gaussian(const struct kernel_sums_points *points, struct kernel_sums_tolerance tolerance,
                          const struct kernel_sums_block *block, const struct kernel_sums_query *queries,
                          size_t count, double *workspace, struct kernel_sums_work *work) {
    size_t d = points->tree.columns;
    struct group group;
    group.points = points;
    group.companies = (count + COMPANY - 1) / COMPANY;
    group.queries = workspace;
    group.leaf.workspace = workspace + GROUP * d;
    group.work = work;
    group.exact = tolerance.relative == 0 && tolerance.absolute == 0;
    group.share = log2(fmax(tolerance.relative / 8, ROUGH) / (double)points->tree.count);
    memset(group.queries, 0, GROUP * d * sizeof *group.queries);
    memset(group.sums, 0, sizeof group.sums);
    memset(group.whole_sums, 0, sizeof group.whole_sums);
    for (size_t q = 0; q < GROUP; q++) {
        group.shifts[q] = group.cutoffs[q] = INFINITY;
        size_t skip = q < count && block->skip != NULL ? block->skip[queries[q].number] : SIZE_MAX;
        group.skipped[q] = skip != SIZE_MAX ? points->slots[skip] : SIZE_MAX;
        if (q < count)
            place_query(&group, tolerance, q, block->queries + queries[q].number * d, queries[q].home);
    }
    walk(&group);
    for (size_t q = 0; q < count; q++) {
        double sum = finished_sum(&group, q);
        if (group.shifts[q] < INFINITY && sum < 1e300)
            block->log_sum[queries[q].number] =
                (group.shifts[q] + log2(sum)) * ELEMENTARY_LN2 + points->log_scale;
        else
            kernel_sums_plain(points, block, queries[q].number, work);
    }
}
