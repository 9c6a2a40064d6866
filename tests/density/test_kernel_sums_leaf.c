#include "density/kernel_sums_leaf.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

enum {
    N = 200,
    MOST_COLUMNS = 20,
    LEAF = KD_TREE_LEAF,
    COMPANY = KERNEL_SUMS_COMPANY,
    TILE = KERNEL_SUMS_TILE
};

struct scene {
    struct kernel_density *density;
    struct kernel_sums_points points;
    double queries[MOST_COLUMNS * COMPANY]; /* columns x COMPANY */
    double shifts[COMPANY];
};

/* Points of this spread about an offset, queries from among them to `away` from them. */
static void open_scene(struct scene *scene, size_t d, double spread, double offset, bool local) {
    struct error error;
    struct random_stream stream;
    random_start(&stream, d, "test_kernel_sums_leaf", "points", (uint64_t)local);
    scene->density = kernel_density_create(N, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, &error);
    assert_non_null(scene->density);
    for (size_t i = 0; i < N * d; i++)
        scene->density->points[i] = offset + spread * random_normal(&stream);
    for (size_t i = 0; i < d * d; i++)
        scene->density->factor[i] = i % (d + 1) == 0;
    if (local) {
        scene->density->local = malloc(N * sizeof(double));
        assert_non_null(scene->density->local);
        for (size_t i = 0; i < N; i++)
            scene->density->local[i] = 0.5 + random_uniform(&stream);
    }
    assert_int_equal(kernel_density_prepare(scene->density, &error), 0);
    assert_int_equal(kernel_sums_points_create(&scene->points, scene->density, 1, &error), 0);
    for (size_t q = 0; q < COMPANY; q++) {
        const double *near = scene->density->whitened + random_below(&stream, N) * d;
        for (size_t c = 0; c < d; c++)
            scene->queries[c * COMPANY + q] = near[c] + 0.2 * (double)q * random_normal(&stream);
        scene->shifts[q] = q % 7 == 3 ? INFINITY : -(double)q;
    }
}

static void close_scene(struct scene *scene) {
    kernel_sums_points_free(&scene->points);
    kernel_density_free(scene->density);
}

static long double true_term(const struct scene *scene, size_t slot, size_t q, long double *squared) {
    size_t d = scene->points.tree.columns;
    *squared = 0;
    for (size_t c = 0; c < d; c++) {
        long double z = scene->points.tree.points[(slot / LEAF * d + c) * LEAF + slot % LEAF];
        *squared += (z - scene->queries[c * COMPANY + q]) * (z - scene->queries[c * COMPANY + q]);
    }
    if (scene->points.squares != NULL)
        *squared *= scene->points.squares[slot];
    return (scene->points.constants[slot] - *squared / 2) / logl(2) - scene->shifts[q];
}

/* The rounding of |x - z|^2 + 64 and of the shift, a few times. */
static void check_leaf(const struct scene *scene, size_t leaf, const double *terms) {
    for (size_t q = 0; q < COMPANY; q++)
        for (size_t i = 0; i < LEAF; i++) {
            size_t slot = leaf * LEAF + i;
            double term = terms[q * LEAF + i];
            if (slot >= N || scene->shifts[q] == INFINITY) {
                assert_true(term == -INFINITY);
                continue;
            }
            long double squared, right = true_term(scene, slot, q, &squared);
            assert_within(term, (double)right, 6e-16 * ((double)squared + 64 + (double)q));
        }
}

/* Both ways agree to the last bit: they add in the same order. */
static void check_all_terms(const struct kernel_sums_leaf *leaf, size_t d, const double *shifts,
                            const double *terms) {
    double by_point[LEAF * COMPANY];
    kernel_sums_leaf_all_terms(leaf, d, 0, shifts, by_point);
    for (size_t i = 0; i < LEAF * COMPANY; i++)
        assert_true(by_point[i] == terms[i % COMPANY * LEAF + i / COMPANY]);
}

/* Returns how many leaves were centred. */
static size_t check_scene(size_t d, double spread, double offset, bool local) {
    struct scene scene;
    open_scene(&scene, d, spread, offset, local);
    struct kernel_sums_leaf leaf = {0};
    double terms[COMPANY * LEAF];
    size_t centred = 0;
    leaf.workspace = malloc(kernel_sums_leaf_workspace(d) * sizeof *leaf.workspace);
    assert_non_null(leaf.workspace);
    struct kd_node stack[16] = {kd_tree_root(&scene.points.tree)};
    for (size_t depth = 1; depth > 0;) {
        struct kd_node node = stack[--depth];
        if (node.leaves > 1) {
            stack[depth++] = kd_tree_right(node);
            stack[depth++] = kd_tree_left(node);
            continue;
        }
        assert_true(kernel_sums_leaf_prepare(&leaf, &scene.points, node));
        kernel_sums_leaf_approach(&leaf, d, scene.queries);
        for (size_t tile = 0; tile < COMPANY / TILE; tile++)
            kernel_sums_leaf_terms(&leaf, d, tile, scene.shifts + tile * TILE, terms + tile * TILE * LEAF);
        if (leaf.centred)
            check_all_terms(&leaf, d, scene.shifts, terms);
        check_leaf(&scene, node.first, terms);
        centred += leaf.centred;
    }
    free(leaf.workspace);
    close_scene(&scene);
    return centred;
}

/* A bound is kept by the terms of active queries, and holds where they are far from it. */
static void check_bounds(const struct kernel_sums_leaf *leaf, const double *shifts, const double *terms) {
    int64_t active[COMPANY];
    double least = INFINITY, most = -INFINITY;
    for (size_t q = 0; q < COMPANY; q++) {
        active[q] = shifts[q] < INFINITY;
        for (size_t i = 0; active[q] && i < LEAF; i++) {
            least = fmin(least, terms[i * COMPANY + q]);
            most = fmax(most, terms[i * COMPANY + q]);
        }
    }
    assert_true(kernel_sums_leaf_within(leaf, shifts, active, -1e5, most + 200));
    assert_false(kernel_sums_leaf_within(leaf, shifts, active, least + 0.5, INFINITY));
    assert_false(kernel_sums_leaf_within(leaf, shifts, active, -INFINITY, most - 0.5));
}

/* Of leaves taken as one; returns whether they could be. */
static bool check_span(const struct scene *scene, struct kd_node node, struct kernel_sums_leaf *leaves) {
    size_t d = scene->points.tree.columns;
    double terms[LEAF * COMPANY], by_query[COMPANY * LEAF];
    if (!kernel_sums_leaf_prepare(leaves, &scene->points, node))
        return false;
    assert_true(leaves->centred);
    kernel_sums_leaf_approach(leaves, d, scene->queries);
    for (size_t leaf = 0; leaf < node.leaves; leaf++) {
        kernel_sums_leaf_all_terms(leaves, d, leaf, scene->shifts, terms);
        for (size_t i = 0; i < LEAF * COMPANY; i++)
            by_query[i % COMPANY * LEAF + i / COMPANY] = terms[i];
        check_leaf(scene, node.first + leaf, by_query);
        check_bounds(leaves, scene->shifts, terms);
    }
    return true;
}

/* N / LEAF whole leaves and one with places left over: of the nodes of two to four leaves one holds that. */
static void small_leaves_side_by_side_are_taken_as_one(void **state) {
    (void)state;
    for (size_t d = 5; d <= MOST_COLUMNS; d += 5) {
        struct scene scene;
        open_scene(&scene, d, 0.7, 3, false);
        assert_int_equal(kernel_sums_leaf_span(&scene.points), KERNEL_SUMS_SPAN);
        struct kernel_sums_leaf leaves = {0};
        leaves.workspace = malloc(kernel_sums_leaf_workspace(d) * sizeof *leaves.workspace);
        assert_non_null(leaves.workspace);
        struct kd_node root = kd_tree_root(&scene.points.tree);
        assert_int_equal(root.leaves, N / LEAF + 1);
        assert_true(check_span(&scene, kd_tree_left(root), &leaves));
        assert_false(check_span(&scene, kd_tree_right(root), &leaves));
        free(leaves.workspace);
        close_scene(&scene);
    }
}

static void leaves_that_are_not_centred_are_not_taken_as_one(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene, 4, 0.7, 0, false);
    assert_int_equal(kernel_sums_leaf_span(&scene.points), 1);
    close_scene(&scene);
    open_scene(&scene, 9, 0.7, 0, true);
    assert_int_equal(kernel_sums_leaf_span(&scene.points), 1);
    close_scene(&scene);
}

static void leaves_in_a_few_columns_are_squared_as_they_are(void **state) {
    (void)state;
    for (size_t d = 1; d <= 4; d++)
        assert_int_equal(check_scene(d, 1, 0, false), 0);
}

/* All but the last, which has places left over. */
static void small_leaves_in_many_columns_are_taken_apart(void **state) {
    (void)state;
    for (size_t d = 5; d <= MOST_COLUMNS; d += 5)
        assert_int_equal(check_scene(d, 0.8, 0, false), N / LEAF);
}

static void an_offset_costs_no_digits(void **state) {
    (void)state;
    assert_int_equal(check_scene(7, 0.8, 1e6, false), N / LEAF);
}

static void large_leaves_are_squared_as_they_are(void **state) {
    (void)state;
    assert_int_equal(check_scene(8, 300, 0, false), 0);
}

static void factors_of_their_own_are_kept(void **state) {
    (void)state;
    for (size_t d = 1; d <= 9; d += 4)
        assert_int_equal(check_scene(d, 1, 0, true), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_in_a_few_columns_are_squared_as_they_are),
        cmocka_unit_test(small_leaves_in_many_columns_are_taken_apart),
        cmocka_unit_test(an_offset_costs_no_digits),
        cmocka_unit_test(large_leaves_are_squared_as_they_are),
        cmocka_unit_test(factors_of_their_own_are_kept),
        cmocka_unit_test(small_leaves_side_by_side_are_taken_as_one),
        cmocka_unit_test(leaves_that_are_not_centred_are_not_taken_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
