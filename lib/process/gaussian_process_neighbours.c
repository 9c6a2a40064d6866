#include "process/gaussian_process_neighbours.h"

#include "base/parallel.h"
#include "num/predecessors.h"

struct run {
    struct predecessors index;
    size_t inputs, k;
    const double *x;
    uint32_t *nearest;
};

/* The rows of a leaf of the tree: they are near each other, and so is what they look at. */
static void search_leaf(void *context, size_t leaf, size_t worker) {
    (void)worker;
    const struct run *run = context;
    const struct kd_tree *tree = &run->index.tree;
    for (size_t i = 0; i < kd_tree_leaf_size(tree, leaf); i++) {
        size_t row = tree->order[leaf * KD_TREE_LEAF + i], found[PREDECESSORS_MAX];
        size_t count = predecessors_nearest(&run->index, run->x + row * run->inputs, row, run->k, found);
        for (size_t j = 0; j < count; j++)
            run->nearest[row * run->k + j] = (uint32_t)found[j];
    }
}

int gaussian_process_neighbours_find(size_t rows, size_t inputs, const double *x, size_t k, size_t threads,
                                     uint32_t *nearest, struct error *error) {
    struct run run = {.inputs = inputs, .k = k, .x = x, .nearest = nearest};
    if (rows > UINT32_MAX)
        return error_set(error, "%zu rows are too many for neighbours, at most 2^32 - 1", rows);
    if (inputs > PREDECESSORS_COLUMNS_MAX)
        return error_set(error, "%zu inputs are too many for neighbours, at most %d", inputs,
                         PREDECESSORS_COLUMNS_MAX);
    if (predecessors_open(&run.index, rows, inputs, x, threads, error) < 0)
        return -1;
    parallel_for(threads, run.index.tree.leaves, search_leaf, &run);
    predecessors_close(&run.index);
    return 0;
}
