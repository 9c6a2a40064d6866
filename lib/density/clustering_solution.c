#include "density/clustering_solution.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "density/clustering_assign.h"
#include "density/kmeans.h"
#include "num/vector.h"

enum { RESTARTS = 5, LLOYD_MAX = 300 };

int clustering_solution_create(struct clustering_solution *solution, size_t n, size_t clusters,
                               struct error *error) {
    *solution = (struct clustering_solution){.n = n, .clusters = clusters, .room = clusters};
    solution->blocks = memory_zeros(error, clusters, sizeof *solution->blocks);
    solution->labels = memory_zeros(error, n, sizeof *solution->labels);
    solution->memberships = memory_matrix(error, n, clusters, sizeof(double));
    if (solution->blocks != NULL && solution->labels != NULL && solution->memberships != NULL)
        return 0;
    clustering_solution_free(solution);
    return -1;
}

void clustering_solution_free(struct clustering_solution *solution) {
    for (size_t b = 0; b < solution->room && solution->blocks != NULL; b++)
        free(solution->blocks[b].roots);
    free(solution->blocks);
    free(solution->labels);
    free(solution->memberships);
    *solution = (struct clustering_solution){0};
}

double *clustering_solution_block(struct clustering_solution *solution, size_t block, size_t rank,
                                  struct error *error) {
    struct clustering_block *one = &solution->blocks[block];
    size_t values;
    if (!memory_product(rank, solution->n, &values)) {
        error_set(error, "a factor of rank %zu is too large", rank);
        return NULL;
    }
    if (memory_reserve(error, &one->roots, &one->capacity, values, sizeof(double)) < 0)
        return NULL;
    one->rank = rank;
    return one->roots;
}

/* result_i = sum of Z_b,ij over the rows j that belong to cluster k, or over all where labels is NULL. */
static void add_up(const struct clustering_block *block, size_t n, const size_t *labels, size_t k,
                   double *result, size_t stride) {
    for (size_t i = 0; i < n; i++)
        result[i * stride] = 0;
    for (size_t r = 0; r < block->rank; r++) {
        const double *root = block->roots + r * n;
        double total = 0;
        for (size_t j = 0; j < n; j++)
            total += labels == NULL || labels[j] == k ? root[j] : 0;
        for (size_t i = 0; i < n; i++)
            result[i * stride] += total * root[i];
    }
}

/* The block with the greatest share in each row, in the place of labels. */
static void choose_blocks(struct clustering_solution *solution, size_t blocks, double *share) {
    size_t n = solution->n;
    double *best = share + n;
    for (size_t b = 0; b < blocks; b++) {
        add_up(&solution->blocks[b], n, NULL, 0, share, 1);
        for (size_t i = 0; i < n; i++) {
            if (b == 0 || share[i] > best[i]) {
                best[i] = share[i];
                solution->labels[i] = b;
            }
        }
    }
}

/* Gathers the roots' columns of a block's rows. Returns how many there are. */
static size_t gather(const struct clustering_solution *solution, size_t block, const bool *inside,
                     double *points) {
    const struct clustering_block *one = &solution->blocks[block];
    size_t count = 0;
    for (size_t i = 0; i < solution->n; i++) {
        if (!inside[i])
            continue;
        for (size_t r = 0; r < one->rank; r++)
            points[count * one->rank + r] = one->roots[r * solution->n + i];
        count++;
    }
    return count;
}

/* Cuts the rows inside a block in its clusters. Rows that cannot be told apart stay with the first; clusters
 * left empty are filled later. */
static int cut_block(struct clustering_solution *solution, const struct clustering_costs *costs, size_t block,
                     const bool *inside, uint64_t seed, struct error *error) {
    size_t members[2] = {0, 0}, at = 0;
    const struct clustering_block *one = &solution->blocks[block];
    double *points = memory_matrix(error, solution->n, one->rank, sizeof(double));
    size_t *clusters = memory_array(error, costs->traces[block], sizeof *clusters);
    struct kmeans kmeans = {0};
    struct error unused = {0};
    int status = points != NULL && clusters != NULL ? 0 : -1;
    for (size_t k = 0; status == 0 && k < costs->clusters; k++)
        if (costs->block_of[k] == block)
            clusters[members[0]++] = k;
    if (status == 0)
        members[1] = gather(solution, block, inside, points);
    const struct kmeans_data data = {.rows = members[1], .columns = one->rank, .points = points};
    const struct kmeans_settings settings = {.clusters = members[0],
                                             .restarts = RESTARTS,
                                             .max_iterations = LLOYD_MAX,
                                             .seed = seed,
                                             .threads = 1};
    bool cut = status == 0 && members[1] >= members[0] && kmeans_fit(&data, &settings, &kmeans, &unused) == 0;
    for (size_t i = 0; status == 0 && i < solution->n; i++)
        if (inside[i])
            solution->labels[i] = clusters[cut ? kmeans.labels[at++] : 0];
    kmeans_free(&kmeans);
    free(points);
    free(clusters);
    return status;
}

/* Blocks in the labels become clusters. */
static int cut_blocks(struct clustering_solution *solution, const struct clustering_costs *costs,
                      uint64_t seed, struct error *error) {
    size_t n = solution->n;
    bool *inside = memory_matrix(error, costs->blocks, n, sizeof *inside);
    int status = inside != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < costs->blocks * n; i++)
        inside[i] = solution->labels[i % n] == i / n;
    for (size_t b = 0; status == 0 && b < costs->blocks; b++) {
        size_t first = 0;
        while (costs->block_of[first] != b)
            first++;
        for (size_t i = 0; i < n; i++)
            if (inside[b * n + i])
                solution->labels[i] = first;
        if (costs->traces[b] > 1)
            status = cut_block(solution, costs, b, inside + b * n, seed, error);
    }
    free(inside);
    return status;
}

static void find_memberships(struct clustering_solution *solution, const struct clustering_costs *costs) {
    size_t n = solution->n, clusters = solution->clusters;
    for (size_t k = 0; k < clusters; k++) {
        size_t block = costs->block_of[k];
        add_up(&solution->blocks[block], n, costs->traces[block] > 1 ? solution->labels : NULL, k,
               solution->memberships + k, clusters);
    }
    for (size_t i = 0; i < n; i++) {
        double *row = solution->memberships + i * clusters, sum = 0;
        for (size_t k = 0; k < clusters; k++) {
            row[k] = row[k] > 0 ? row[k] : 0;
            sum += row[k];
        }
        for (size_t k = 0; k < clusters; k++)
            row[k] = sum > 0 ? row[k] / sum : 1 / (double)clusters;
    }
}

int clustering_solution_round(struct clustering_solution *solution, const struct clustering_costs *costs,
                              uint64_t seed, struct error *error) {
    double *share = memory_matrix(error, 2, solution->n, sizeof *share);
    if (share == NULL)
        return -1;
    choose_blocks(solution, costs->blocks, share);
    free(share);
    if (cut_blocks(solution, costs, seed, error) < 0)
        return -1;
    find_memberships(solution, costs);
    return clustering_assign_empty(solution->clusters, solution->n, solution->memberships, solution->labels,
                                   error);
}

int clustering_solution_settle(struct clustering_solution *solution, const struct clustering_costs *costs,
                               struct error *error) {
    size_t n = solution->n, clusters = solution->clusters;
    for (size_t b = 0; b < costs->blocks; b++) {
        size_t rank = costs->traces[b], r = 0;
        double *roots = clustering_solution_block(solution, b, rank, error);
        if (roots == NULL)
            return -1;
        for (size_t k = 0; k < clusters; k++) {
            double size = 0;
            if (costs->block_of[k] != b)
                continue;
            for (size_t i = 0; i < n; i++)
                size += solution->labels[i] == k;
            for (size_t i = 0; i < n; i++)
                roots[r * n + i] = solution->labels[i] == k ? 1 / sqrt(size) : 0;
            r++;
        }
    }
    for (size_t i = 0; i < n * clusters; i++)
        solution->memberships[i] = solution->labels[i / clusters] == i % clusters;
    return 0;
}
