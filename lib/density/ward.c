#include "density/ward.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"

/* Two clusters that were joined, each known by one of its rows. */
struct merge {
    size_t a, b;
    double height;
};

/* Clusters live in slots 0 .. live - 1; a coordinate's values stand side by side. */
struct tree {
    size_t rows, columns, live;
    double *means;   /* columns x rows */
    double *weights; /* rows */
    double *heights; /* rows: what joining each slot to the one looked at would cost */
    size_t *member;  /* rows: a row of each slot's cluster */
    size_t *chain;   /* rows: slots, each the nearest of the one before */
    size_t length;   /* of the chain */
    struct merge *merges;
    size_t merge_count;
};

static void tree_free(struct tree *tree) {
    free(tree->means);
    free(tree->weights);
    free(tree->heights);
    free(tree->member);
    free(tree->chain);
    free(tree->merges);
}

static int tree_start(struct tree *tree, const struct kmeans_data *data, struct error *error) {
    size_t n = data->rows, d = data->columns;
    *tree = (struct tree){.rows = n, .columns = d, .live = n};
    tree->means = memory_matrix(error, d, n, sizeof(double));
    tree->weights = memory_array(error, n, sizeof(double));
    tree->heights = memory_array(error, n, sizeof(double));
    tree->member = memory_array(error, n, sizeof(size_t));
    tree->chain = memory_array(error, n, sizeof(size_t));
    tree->merges = memory_array(error, n, sizeof *tree->merges);
    if (tree->means == NULL || tree->weights == NULL || tree->heights == NULL || tree->member == NULL ||
        tree->chain == NULL || tree->merges == NULL) {
        tree_free(tree);
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        tree->weights[i] = data->weights != NULL ? data->weights[i] : 1;
        tree->member[i] = i;
        for (size_t j = 0; j < d; j++)
            tree->means[j * n + i] = data->points[i * d + j];
    }
    return 0;
}

/* squares += (means - at)^2 */
INSTRUCTION_SETS static void add_squares(size_t count, double at, const double *restrict means,
                                         double *restrict squares) {
    for (size_t i = 0; i < count; i++)
        squares[i] += (means[i] - at) * (means[i] - at);
}

/* Squared distances become increases. */
INSTRUCTION_SETS static void weigh_squares(size_t count, double weight, const double *restrict weights,
                                           double *restrict squares) {
    for (size_t i = 0; i < count; i++)
        squares[i] *= weight * weights[i] / (weight + weights[i]);
}

/* The slot that is cheapest to join to `slot`: of equals `preferred`, then the first. There is another one.
 */
static size_t find_nearest(struct tree *tree, size_t slot, size_t preferred) {
    double *heights = tree->heights;
    memset(heights, 0, tree->live * sizeof *heights);
    for (size_t j = 0; j < tree->columns; j++) {
        const double *means = tree->means + j * tree->rows;
        add_squares(tree->live, means[slot], means, heights);
    }
    weigh_squares(tree->live, tree->weights[slot], tree->weights, heights);
    heights[slot] = INFINITY;
    size_t best = preferred != SIZE_MAX ? preferred : (slot == 0 ? 1 : 0);
    for (size_t i = 0; i < tree->live; i++)
        if (heights[i] < heights[best])
            best = i;
    return best;
}

/* Moves the last slot into one that is free. */
static void fill_slot(struct tree *tree, size_t slot) {
    size_t last = --tree->live;
    tree->weights[slot] = tree->weights[last];
    tree->member[slot] = tree->member[last];
    for (size_t j = 0; j < tree->columns; j++)
        tree->means[j * tree->rows + slot] = tree->means[j * tree->rows + last];
    for (size_t i = 0; i < tree->length; i++)
        if (tree->chain[i] == last)
            tree->chain[i] = slot;
}

/* Joins two slots, neither of which is in the chain, into the one of them that comes first. */
static void join(struct tree *tree, size_t a, size_t b, double height) {
    size_t kept = a < b ? a : b, other = a < b ? b : a;
    double weight = tree->weights[kept] + tree->weights[other];
    double share = tree->weights[other] / weight;
    tree->merges[tree->merge_count++] =
        (struct merge){.a = tree->member[kept], .b = tree->member[other], .height = height};
    for (size_t j = 0; j < tree->columns; j++) {
        double *means = tree->means + j * tree->rows;
        means[kept] += share * (means[other] - means[kept]);
    }
    tree->weights[kept] = weight;
    fill_slot(tree, other);
}

/* Puts a slot on the chain. Where rounding has brought a cluster that was made meanwhile nearer to an earlier
 * slot than that one's successor, the chain goes on from there. */
static void lengthen(struct tree *tree, size_t slot) {
    size_t at = 0;
    while (at < tree->length && tree->chain[at] != slot)
        at++;
    tree->chain[at] = slot;
    tree->length = at + 1;
}

/* Grows the chain from any cluster until two are each other's nearest, joins them, and goes on. */
static void grow(struct tree *tree) {
    while (tree->live > 1) {
        if (tree->length == 0)
            tree->chain[tree->length++] = 0;
        size_t top = tree->chain[tree->length - 1];
        size_t before = tree->length > 1 ? tree->chain[tree->length - 2] : SIZE_MAX;
        size_t nearest = find_nearest(tree, top, before);
        if (nearest != before) {
            lengthen(tree, nearest);
            continue;
        }
        tree->length -= 2;
        join(tree, top, nearest, tree->heights[nearest]);
    }
}

static size_t find_root(size_t *parent, size_t i) {
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* Labels from the merges of least height. `parent` is room for as many rows. */
static void cut(const struct tree *tree, size_t clusters, size_t *parent, size_t *labels) {
    size_t count = 0;
    for (size_t i = 0; i < tree->rows; i++)
        parent[i] = i;
    for (size_t i = 0; i + clusters < tree->rows; i++) {
        size_t a = find_root(parent, tree->merges[i].a), b = find_root(parent, tree->merges[i].b);
        parent[a > b ? a : b] = a > b ? b : a; /* a root is the first row of its cluster */
    }
    for (size_t i = 0; i < tree->rows; i++) {
        size_t root = find_root(parent, i);
        labels[i] = root == i ? count++ : labels[root];
    }
}

/* Sorts by height, equal ones in the order of discovery: a stable merge sort from below, into `room`. */
static void sort_merges(struct merge *merges, struct merge *room, size_t count) {
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t from = 0; from < count; from += 2 * width) {
            size_t middle = from + width < count ? from + width : count;
            size_t to = middle + width < count ? middle + width : count;
            size_t left = from, right = middle;
            for (size_t at = from; at < to; at++) {
                bool take_left =
                    left < middle && (right >= to || merges[left].height <= merges[right].height);
                room[at] = merges[take_left ? left++ : right++];
            }
        }
        memcpy(merges, room, count * sizeof *merges);
    }
}

int ward_labels(const struct kmeans_data *data, size_t clusters, size_t *labels, double *heights,
                struct error *error) {
    struct tree tree;
    if (tree_start(&tree, data, error) < 0)
        return -1;
    struct merge *room = memory_array(error, data->rows, sizeof *room);
    if (room != NULL) {
        grow(&tree);
        sort_merges(tree.merges, room, tree.merge_count);
        cut(&tree, clusters, tree.chain, labels);
        for (size_t i = 0; heights != NULL && i < tree.merge_count; i++)
            heights[i] = tree.merges[i].height;
    }
    int status = room != NULL ? 0 : -1;
    free(room);
    tree_free(&tree);
    return status;
}

int ward_centers(const struct kmeans_data *data, size_t clusters, const size_t *labels, double *centers,
                 struct error *error) {
    size_t d = data->columns;
    double *totals = memory_zeros(error, clusters, sizeof *totals);
    if (totals == NULL)
        return -1;
    memset(centers, 0, clusters * d * sizeof *centers);
    for (size_t i = 0; i < data->rows; i++) { /* running means do not overflow */
        double weight = data->weights != NULL ? data->weights[i] : 1;
        double *center = centers + labels[i] * d;
        totals[labels[i]] += weight;
        for (size_t j = 0; j < d; j++)
            center[j] += weight / totals[labels[i]] * (data->points[i * d + j] - center[j]);
    }
    free(totals);
    return 0;
}
