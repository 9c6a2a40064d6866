#include "divergence/neighbour_information.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "num/digamma.h"
#include "num/kd_tree.h"
#include "num/max_norm_neighbours.h"
#include "num/vector.h"

/* Which of the blocks of columns a tree is over. */
struct part {
    bool x, y, z;
};

static int build(const struct neighbour_information *problem, struct part part, const size_t *order,
                 struct kd_tree *tree, struct error *error) {
    size_t width = problem->x + problem->y + problem->z, columns = 0;
    size_t x = part.x ? problem->x : 0, y = part.y ? problem->y : 0, z = part.z ? problem->z : 0;
    double *gathered = memory_matrix(error, problem->count, x + y + z, sizeof *gathered);
    if (gathered == NULL)
        return -1;
    for (size_t i = 0; i < problem->count; i++) {
        const double *own = problem->points + i * width;
        const double *moved = problem->points + (order != NULL ? order[i] : i) * width;
        memcpy(gathered + columns, moved, x * sizeof *moved);
        memcpy(gathered + columns + x, own + problem->x, y * sizeof *own);
        memcpy(gathered + columns + x + y, own + problem->x + problem->y, z * sizeof *own);
        columns += x + y + z;
    }
    int status = kd_tree_build(tree, problem->count, x + y + z, gathered, problem->threads, error);
    free(gathered);
    return status;
}

/* Adds sign psi(1 + the number of points nearer than radii) to the terms. */
static int add_part(const struct neighbour_information *problem, struct part part, const size_t *order,
                    const double *radii, double sign, size_t *counts, double *terms, struct error *error) {
    struct kd_tree tree = {0};
    if (build(problem, part, order, &tree, error) < 0)
        return -1;
    int status = max_norm_neighbours_within(&tree, radii, problem->threads, counts, error);
    for (size_t i = 0; status == 0 && i < problem->count; i++)
        terms[i] += sign * digamma((double)counts[i] + 1);
    kd_tree_free(&tree);
    return status;
}

static int find_radii(const struct neighbour_information *problem, const size_t *order, double *radii,
                      struct error *error) {
    struct kd_tree tree = {0};
    if (build(problem, (struct part){true, true, true}, order, &tree, error) < 0)
        return -1;
    int status = max_norm_neighbours_kth(&tree, problem->k, problem->threads, radii, NULL, error);
    kd_tree_free(&tree);
    return status;
}

int neighbour_information_estimate(const struct neighbour_information *problem, const size_t *order,
                                   double *value, struct error *error) {
    static const struct part xz = {true, false, true}, yz = {false, true, true}, z = {false, false, true};
    size_t n = problem->count;
    double *radii = memory_array(error, n, sizeof *radii), *terms = memory_zeros(error, n, sizeof *terms);
    size_t *counts = memory_array(error, n, sizeof *counts);
    int status = radii != NULL && terms != NULL && counts != NULL ? 0 : -1;
    if (status == 0)
        status = find_radii(problem, order, radii, error);
    if (status == 0 && problem->z > 0)
        status = add_part(problem, z, order, radii, 1, counts, terms, error);
    if (status == 0)
        status = add_part(problem, xz, order, radii, -1, counts, terms, error);
    if (status == 0)
        status = add_part(problem, yz, order, radii, -1, counts, terms, error);
    if (status == 0)
        *value = digamma((double)problem->k) + (problem->z > 0 ? 0 : digamma((double)n)) +
                 vector_sum(n, terms) / (double)n;
    free(radii);
    free(terms);
    free(counts);
    return status;
}

size_t *neighbour_information_near(const struct neighbour_information *problem, struct error *error) {
    struct kd_tree tree = {0};
    size_t n = problem->count;
    double *distances = memory_array(error, n, sizeof *distances);
    size_t *near = memory_matrix(error, n, problem->k, sizeof *near);
    int status = distances != NULL && near != NULL ? 0 : -1;
    if (status == 0)
        status = build(problem, (struct part){false, false, true}, NULL, &tree, error);
    if (status == 0)
        status = max_norm_neighbours_kth(&tree, problem->k, problem->threads, distances, near, error);
    kd_tree_free(&tree);
    free(distances);
    if (status == 0)
        return near;
    free(near);
    return NULL;
}

/* One of k rows that is not taken, drawn with equal chances; the last drawn where all are. */
static size_t draw_free(size_t k, size_t *rows, const bool *taken, struct random_stream *stream) {
    for (size_t i = 0; i < k; i++) {
        size_t j = i + (size_t)random_below(stream, k - i), row = rows[j];
        rows[j] = rows[i];
        rows[i] = row;
        if (!taken[row])
            return row;
    }
    return rows[k - 1];
}

int neighbour_information_shuffle(const struct neighbour_information *problem, const size_t *near,
                                  struct random_stream *stream, size_t *order, struct error *error) {
    size_t n = problem->count, k = problem->k;
    if (near == NULL) {
        random_permutation(stream, n, order);
        return 0;
    }
    size_t *turns = memory_array(error, n, sizeof *turns), *rows = memory_array(error, k, sizeof *rows);
    bool *taken = memory_zeros(error, n, sizeof *taken);
    int status = turns != NULL && rows != NULL && taken != NULL ? 0 : -1;
    if (status == 0)
        random_permutation(stream, n, turns);
    for (size_t i = 0; status == 0 && i < n; i++) {
        memcpy(rows, near + turns[i] * k, k * sizeof *rows);
        order[turns[i]] = draw_free(k, rows, taken, stream);
        taken[order[turns[i]]] = true;
    }
    free(turns);
    free(rows);
    free(taken);
    return status;
}
