#include "num/neighbour_group.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* Beyond this, which only queries on a vastly larger scale than the points reach, squares are inf, but
 * differences still are not. */
static const double LARGEST_COORDINATE = 0x1p600;

int neighbour_group_create(struct neighbour_group *group, const struct kd_tree *tree, size_t k,
                           struct error *error) {
    *group = (struct neighbour_group){.tree = tree, .k = k, .own_leaf = SIZE_MAX};
    group->queries = memory_matrix(error, tree->columns, GROUP_SIZE, sizeof *group->queries);
    group->box = memory_matrix(error, tree->columns, 2, sizeof *group->box);
    group->nearest = memory_matrix(error, k, GROUP_SIZE, sizeof *group->nearest);
    group->threshold = memory_array(error, GROUP_SIZE, sizeof *group->threshold);
    if (group->queries != NULL && group->box != NULL && group->nearest != NULL && group->threshold != NULL)
        return 0;
    neighbour_group_free(group);
    return -1;
}

void neighbour_group_free(struct neighbour_group *group) {
    free(group->queries);
    free(group->box);
    free(group->nearest);
    free(group->threshold);
    *group = (struct neighbour_group){0};
}

void neighbour_group_load(struct neighbour_group *group, const struct kd_tree *queries, size_t leaf,
                          size_t size) {
    size_t columns = queries->columns;
    const double *points = queries->points + leaf * KD_TREE_LEAF * columns;
    int exponent = group->tree->exponent - queries->exponent;

    group->size = size;
    group->own_leaf = queries == group->tree ? leaf : SIZE_MAX;
    for (size_t c = 0; c < columns; c++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < GROUP_SIZE; i++) {
            double value = points[c * KD_TREE_LEAF + (i < size ? i : size - 1)];
            if (exponent != 0)
                value = fmax(fmin(ldexp(value, exponent), LARGEST_COORDINATE), -LARGEST_COORDINATE);
            group->queries[c * GROUP_SIZE + i] = value;
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        group->box[c] = low;
        group->box[columns + c] = high;
    }
    for (size_t i = 0; i < GROUP_SIZE; i++)
        group->threshold[i] = i < size ? INFINITY : -1;
    for (size_t i = 0; i < GROUP_SIZE * group->k; i++)
        group->nearest[i] = INFINITY;
}

void neighbour_group_insert(struct neighbour_group *group, size_t query, double squared_distance) {
    double *heap = group->nearest + query * group->k;
    size_t hole = 0, child;
    while ((child = 2 * hole + 1) < group->k) {
        child += child + 1 < group->k && heap[child + 1] > heap[child];
        if (heap[child] <= squared_distance)
            break;
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = squared_distance;
    group->threshold[query] = heap[0];
}
