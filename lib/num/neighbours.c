#include "num/neighbours.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/kd_tree.h"
#include "num/kd_tree_search.h"
#include "num/neighbour_group.h"
#include "num/neighbours_brute.h"

enum {
    BLOCK_LEAVES = 8,        /* query leaves a block of parallel work */
    SAMPLE_LEAVES = 32,      /* where the search is tried out, */
    SAMPLE_QUERIES = 2,      /* with so many queries each */
    FARTHEST_EXPONENT = 200, /* queries of a larger scale have no single precision copy */
    COUNT_NEIGHBOURS = 1     /* room in a group that only counts */
};

/* The share of the pairs of a query and a leaf from which on brute force is faster: measured, n = 2e4 and
 * 1e5, d = 5 .. 12. A pair costs the tree some four times as much, and finding out which ones as much again.
 */
static const double BRUTE_FORCE_SHARE = 0.07;

struct neighbours {
    struct kd_tree tree;
};

/* One search: what all blocks share. */
struct run {
    const struct kd_tree *tree, *queries;
    size_t k;
    bool every;                     /* all k distances, not only the last */
    double *distances;              /* written */
    const double *radii;            /* counting: one a query, */
    size_t *counts;                 /* written */
    struct neighbours_brute *brute; /* NULL: by tree */
    struct neighbour_group *groups; /* one a thread */
    struct neighbours_brute_workspace *workspaces;
    size_t threads;
};

struct neighbours *neighbours_create(size_t count, size_t columns, const double *points, size_t threads,
                                     struct error *error) {
    struct neighbours *index = memory_zeros(error, 1, sizeof *index);
    if (index != NULL && kd_tree_build(&index->tree, count, columns, points, threads, error) < 0) {
        free(index);
        return NULL;
    }
    return index;
}

void neighbours_free(struct neighbours *index) {
    if (index == NULL)
        return;
    kd_tree_free(&index->tree);
    free(index);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double distance_of(const struct run *run, double squared) {
    return ldexp(sqrt(squared), -run->tree->exponent);
}

static void write_nearest(const struct run *run, const struct neighbour_group *group, size_t leaf) {
    const size_t *rows = run->queries->order + leaf * KD_TREE_LEAF;
    for (size_t i = 0; i < group->size; i++) {
        double *heap = group->nearest + i * run->k;
        if (!run->every) {
            run->distances[rows[i]] = distance_of(run, heap[0]);
            continue;
        }
        qsort(heap, run->k, sizeof *heap, ascending);
        for (size_t j = 0; j < run->k; j++)
            run->distances[rows[i] * run->k + j] = distance_of(run, heap[j]);
    }
}

/* The greatest squared distance whose root is at most the radius: the root is rounded, so that a radius which
 * is a distance found before is met exactly. */
static double squared_limit(const struct run *run, double radius) {
    double scaled = ldexp(radius, run->tree->exponent);
    double limit = fmin(scaled * scaled, DBL_MAX);
    while (limit > 0 && sqrt(limit) > scaled)
        limit = nextafter(limit, 0);
    while (limit < DBL_MAX && sqrt(nextafter(limit, INFINITY)) <= scaled)
        limit = nextafter(limit, INFINITY);
    return limit;
}

static void count_leaf(const struct run *run, struct neighbour_group *group, size_t leaf) {
    const size_t *rows = run->queries->order + leaf * KD_TREE_LEAF;
    _Alignas(MEMORY_ALIGNMENT) double limits[GROUP_SIZE];
    size_t counts[GROUP_SIZE];
    for (size_t i = 0; i < GROUP_SIZE; i++)
        limits[i] = i < group->size ? squared_limit(run, run->radii[rows[i]]) : limits[i - 1];
    kd_tree_search_within(group, limits, counts);
    for (size_t i = 0; i < group->size; i++)
        run->counts[rows[i]] = counts[i] - (group->own_leaf != SIZE_MAX);
}

static void search_block(void *context, size_t block, size_t worker) {
    const struct run *run = context;
    struct neighbour_group *group = &run->groups[worker];
    size_t end =
        (block + 1) * BLOCK_LEAVES < run->queries->leaves ? (block + 1) * BLOCK_LEAVES : run->queries->leaves;
    for (size_t leaf = block * BLOCK_LEAVES; leaf < end; leaf++) {
        neighbour_group_load(group, run->queries, leaf, kd_tree_leaf_size(run->queries, leaf));
        if (run->counts != NULL) {
            count_leaf(run, group, leaf);
            continue;
        }
        if (run->brute != NULL)
            neighbours_brute_search(run->brute, group, &run->workspaces[worker]);
        else
            kd_tree_search_nearest(group);
        write_nearest(run, group, leaf);
    }
}

/* Whether a sample of queries has to look at so much of the tree that brute force is the faster. */
static bool tree_prunes_little(const struct run *run) {
    size_t leaves = run->queries->leaves, sampled = leaves < SAMPLE_LEAVES ? leaves : SAMPLE_LEAVES;
    struct neighbour_group *group = &run->groups[0];
    double compared = 0, queries = 0;
    for (size_t i = 0; i < sampled; i++) {
        size_t leaf = (size_t)((double)i / (double)sampled * (double)leaves);
        size_t size = kd_tree_leaf_size(run->queries, leaf);
        neighbour_group_load(group, run->queries, leaf, size < SAMPLE_QUERIES ? size : SAMPLE_QUERIES);
        compared += (double)kd_tree_search_nearest(group);
        queries += (double)group->size;
    }
    return compared > BRUTE_FORCE_SHARE * queries * (double)run->tree->leaves;
}

static void free_workspaces(struct run *run) {
    for (size_t i = 0; i < run->threads && run->groups != NULL; i++)
        neighbour_group_free(&run->groups[i]);
    for (size_t i = 0; i < run->threads && run->workspaces != NULL; i++)
        neighbours_brute_workspace_free(&run->workspaces[i]);
    free(run->groups);
    free(run->workspaces);
}

static int create_workspaces(struct run *run, struct error *error) {
    run->groups = memory_zeros(error, run->threads, sizeof *run->groups);
    run->workspaces = memory_zeros(error, run->threads, sizeof *run->workspaces);
    if (run->groups == NULL || run->workspaces == NULL)
        return -1;
    for (size_t i = 0; i < run->threads; i++)
        if (neighbour_group_create(&run->groups[i], run->tree, run->k, error) < 0)
            return -1;
    return 0;
}

/* Makes ready for brute force if that is asked for or chosen. */
static int choose_method(struct run *run, struct neighbours_brute *brute, enum neighbours_method method,
                         struct error *error) {
    bool too_far = run->tree->exponent - run->queries->exponent > FARTHEST_EXPONENT;
    if (run->counts != NULL || method == NEIGHBOURS_TREE || too_far ||
        (method == NEIGHBOURS_CHOOSE && !tree_prunes_little(run)))
        return 0;
    if (neighbours_brute_create(brute, run->tree, run->queries, run->threads, error) < 0)
        return -1;
    run->brute = brute;
    for (size_t i = 0; i < run->threads; i++)
        if (neighbours_brute_workspace_create(&run->workspaces[i], run->tree->columns, error) < 0)
            return -1;
    return 0;
}

static int perform(struct run *run, const struct neighbours_search *search, struct error *error) {
    struct neighbours_brute brute = {0};
    size_t blocks = (search->queries->tree.leaves + BLOCK_LEAVES - 1) / BLOCK_LEAVES;
    run->tree = &search->index->tree;
    run->queries = &search->queries->tree;
    run->threads = search->threads < blocks ? search->threads : blocks;
    if (run->threads == 0)
        run->threads = 1;
    int status = create_workspaces(run, error);
    if (status == 0)
        status = choose_method(run, &brute, search->method, error);
    if (status == 0)
        parallel_for(run->threads, blocks, search_block, run);
    neighbours_brute_free(&brute);
    free_workspaces(run);
    return status;
}

int neighbours_kth(const struct neighbours_search *search, size_t k, double *distances, struct error *error) {
    struct run run = {.k = k, .distances = distances};
    return perform(&run, search, error);
}

int neighbours_nearest(const struct neighbours_search *search, size_t k, double *distances,
                       struct error *error) {
    struct run run = {.k = k, .every = true, .distances = distances};
    return perform(&run, search, error);
}

int neighbours_within(const struct neighbours_search *search, const double *radii, size_t *counts,
                      struct error *error) {
    struct run run = {.k = COUNT_NEIGHBOURS, .radii = radii, .counts = counts};
    return perform(&run, search, error);
}
