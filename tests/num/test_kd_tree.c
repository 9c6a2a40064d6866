#include "num/kd_tree.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

static struct kd_tree built(size_t count, size_t columns, const double *points, size_t threads) {
    struct kd_tree tree;
    struct error error;
    assert_int_equal(kd_tree_build(&tree, count, columns, points, threads, &error), 0);
    return tree;
}

static double *normals(size_t count) {
    double *values = malloc(count * sizeof *values);
    struct random_stream stream;
    assert_non_null(values);
    random_start(&stream, 1, "test", "points", 0);
    random_normals(&stream, count, values);
    return values;
}

/* Every row has one slot, and stands there scaled by the power of two; what is left of the last leaf is inf.
 */
static void check_slots(const struct kd_tree *tree, const double *points) {
    bool *seen = calloc(tree->count, sizeof *seen);
    assert_non_null(seen);
    for (size_t slot = 0; slot < tree->leaves * KD_TREE_LEAF; slot++) {
        const double *leaf = tree->points + slot / KD_TREE_LEAF * KD_TREE_LEAF * tree->columns;
        size_t row = slot < tree->count ? tree->order[slot] : 0;
        assert_true(row < tree->count && (slot >= tree->count || !seen[row]));
        for (size_t c = 0; c < tree->columns; c++) {
            double expected = ldexp(points[row * tree->columns + c], tree->exponent);
            assert_true(leaf[c * KD_TREE_LEAF + slot % KD_TREE_LEAF] ==
                        (slot < tree->count ? expected : INFINITY));
        }
        seen[row] = true;
    }
    free(seen);
}

/* A node's box is the least one around its points. */
static void check_boxes(const struct kd_tree *tree, struct kd_node node) {
    const double *low = tree->boxes + 2 * node.index * tree->columns, *high = low + tree->columns;
    for (size_t c = 0; c < tree->columns; c++) {
        double least = INFINITY, greatest = -INFINITY;
        for (size_t leaf = node.first; leaf < node.first + node.leaves; leaf++)
            for (size_t i = 0; i < kd_tree_leaf_size(tree, leaf); i++) {
                double value = tree->points[(leaf * tree->columns + c) * KD_TREE_LEAF + i];
                least = fmin(least, value);
                greatest = fmax(greatest, value);
            }
        assert_true(low[c] == least && high[c] == greatest);
    }
    if (node.leaves > 1) {
        check_boxes(tree, kd_tree_left(node));
        check_boxes(tree, kd_tree_right(node));
    }
}

static void each_row_has_a_slot_and_each_box_is_tight(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 31, 32, 33, 64, 65, 1000, 5000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t columns = 1; columns <= 7; columns += 3) {
            double *points = normals(counts[i] * columns);
            struct kd_tree tree = built(counts[i], columns, points, 2);
            check_slots(&tree, points);
            check_boxes(&tree, kd_tree_root(&tree));
            kd_tree_free(&tree);
            free(points);
        }
}

/* With one column the leaves are a sorted list: their boxes follow each other. */
static void a_node_is_cut_at_its_median(void **state) {
    (void)state;
    double *points = normals(4000);
    struct kd_tree tree = built(4000, 1, points, 2);
    double before = -INFINITY;
    for (size_t leaf = 0; leaf < tree.leaves; leaf++) {
        double least = INFINITY, greatest = -INFINITY;
        for (size_t i = 0; i < kd_tree_leaf_size(&tree, leaf); i++) {
            least = fmin(least, tree.points[leaf * KD_TREE_LEAF + i]);
            greatest = fmax(greatest, tree.points[leaf * KD_TREE_LEAF + i]);
        }
        assert_true(before <= least);
        before = greatest;
    }
    kd_tree_free(&tree);
    free(points);
}

static void any_number_of_threads_builds_the_same_tree(void **state) {
    (void)state;
    enum { COUNT = 20000, COLUMNS = 3 };
    double *points = normals((size_t)COUNT * COLUMNS);
    struct kd_tree one = built(COUNT, COLUMNS, points, 1);
    for (size_t threads = 2; threads <= 5; threads += 3) {
        struct kd_tree other = built(COUNT, COLUMNS, points, threads);
        assert_memory_equal(one.order, other.order, COUNT * sizeof *one.order);
        assert_memory_equal(one.points, other.points,
                            one.leaves * KD_TREE_LEAF * COLUMNS * sizeof *one.points);
        assert_memory_equal(one.boxes, other.boxes, (2 * one.leaves - 1) * 2 * COLUMNS * sizeof *one.boxes);
        kd_tree_free(&other);
    }
    kd_tree_free(&one);
    free(points);
}

/* Orders that defeat careless selection; each would take minutes at n^2. */
static void sorted_periodic_and_equal_data_are_built_in_time(void **state) {
    (void)state;
    enum { COUNT = 200000, KINDS = 6 };
    double *points = malloc(COUNT * sizeof *points);
    assert_non_null(points);
    for (size_t kind = 0; kind < KINDS; kind++) {
        for (size_t i = 0; i < COUNT; i++) {
            double values[KINDS] = {
                (double)i,          -(double)i,          0,
                (double)(i % 1000), (double)(i * i % 3), (double)(i < COUNT / 2 ? i : COUNT - i)};
            points[i] = values[kind];
        }
        struct kd_tree tree = built(COUNT, 1, points, 2);
        check_slots(&tree, points);
        kd_tree_free(&tree);
    }
    free(points);
}

static void coordinates_near_the_ends_of_the_range_are_scaled(void **state) {
    (void)state;
    static const double points[][3] = {{1.7e308, -1e308, 1e290}, {5e-324, 1e-323, 0}, {0, 0, 0}};
    for (size_t i = 0; i < 3; i++) {
        struct kd_tree tree = built(3, 1, points[i], 1);
        double largest = fmax(fabs(tree.boxes[0]), fabs(tree.boxes[1]));
        assert_true(i == 2 ? largest == 0 : largest >= 0x1p249 && largest <= 0x1p250);
        kd_tree_free(&tree);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_a_slot_and_each_box_is_tight),
        cmocka_unit_test(a_node_is_cut_at_its_median),
        cmocka_unit_test(any_number_of_threads_builds_the_same_tree),
        cmocka_unit_test(sorted_periodic_and_equal_data_are_built_in_time),
        cmocka_unit_test(coordinates_near_the_ends_of_the_range_are_scaled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
