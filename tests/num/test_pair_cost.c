#include "num/pair_cost.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { SOURCES = 70, TARGETS = 150, DIMENSION_MAX = 40 };

static const char *const costs[] = {"sqeuclidean", "euclidean", "cityblock", "chebyshev",
                                    "minkowski:3", "cosine",    "power:1.5"};
enum { COSTS = sizeof costs / sizeof *costs };

static double x[SOURCES * DIMENSION_MAX], y[TARGETS * DIMENSION_MAX];
static double whole[SOURCES * TARGETS], part[SOURCES * TARGETS];

static struct pair_cost random_cost(const char *text, size_t dimension, double offset, double spread) {
    struct random_stream stream;
    struct error error = {0};
    struct pair_cost cost = {.sources = SOURCES, .targets = TARGETS, .x = x, .y = y, .dimension = dimension};
    assert_int_equal(ground_cost_parse(&cost.ground, text, &error), 0);
    cost.ground.scale = 0.5;
    random_start(&stream, 1, "test", "pair cost", dimension);
    random_normals(&stream, SOURCES * dimension, x);
    random_normals(&stream, TARGETS * dimension, y);
    for (size_t i = 0; i < SOURCES * dimension; i++)
        x[i] = offset + spread * x[i];
    for (size_t i = 0; i < TARGETS * dimension; i++)
        y[i] = offset + spread * y[i];
    return cost;
}

static void fill(const struct pair_cost *cost, double *tile) {
    pair_cost_tile(cost, &(struct pair_cost_window){0, cost->sources, 0, cost->targets}, tile);
}

/* Far from the origin too, where |x|^2 + |y|^2 - 2 xy would keep four digits of sixteen. */
static void a_tile_holds_the_cost_of_each_pair(void **state) {
    (void)state;
    static const size_t dimensions[] = {1, 2, 5, 16, 17, 40};
    for (size_t c = 0; c < COSTS; c++)
        for (size_t d = 0; d < sizeof dimensions / sizeof *dimensions; d++)
            for (size_t far = 0; far < 2; far++) {
                struct pair_cost cost = random_cost(costs[c], dimensions[d], far ? 1e6 : 0, 1);
                fill(&cost, whole);
                for (size_t i = 0; i < SOURCES; i++)
                    for (size_t j = 0; j < TARGETS; j++) {
                        double expected = ground_cost_between(&cost.ground, dimensions[d],
                                                              x + i * dimensions[d], y + j * dimensions[d]);
                        /* A few roundings per coordinate; a cosine's differences of unit vectors carry 1e-16
                         * each, at 1e6 where the angle is 1e-6 that is 1e-10 of it. */
                        if (cost.ground.kind == GROUND_COST_COSINE)
                            assert_within(whole[i * TARGETS + j], expected, 1e-15);
                        else
                            assert_close(whole[i * TARGETS + j], expected, 2e-14);
                    }
            }
}

static void a_pair_costs_the_same_in_every_window(void **state) {
    (void)state;
    static const struct pair_cost_window windows[] = {
        {0, 1, 0, 1}, {3, 7, 1, 149}, {69, 1, 63, 66}, {10, 30, 64, 64}, {0, 70, 149, 1}};
    for (size_t c = 0; c < COSTS; c++) {
        struct pair_cost cost = random_cost(costs[c], 17, 0, 1);
        fill(&cost, whole);
        for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
            const struct pair_cost_window *window = windows + w;
            pair_cost_tile(&cost, window, part);
            for (size_t i = 0; i < window->source_count; i++)
                assert_same_bits(part + i * window->target_count,
                                 whole + (window->first_source + i) * TARGETS + window->first_target,
                                 window->target_count);
        }
    }
}

static void the_reversed_problem_costs_the_same(void **state) {
    (void)state;
    for (size_t c = 0; c < COSTS; c++) {
        struct pair_cost cost = random_cost(costs[c], 5, 0, 1), reversed = pair_cost_reversed(&cost);
        fill(&cost, whole);
        fill(&reversed, part);
        for (size_t i = 0; i < SOURCES; i++)
            for (size_t j = 0; j < TARGETS; j++)
                assert_close(part[j * SOURCES + i], whole[i * TARGETS + j], 1e-15);
    }
}

static void equal_points_cost_nothing(void **state) {
    (void)state;
    for (size_t c = 0; c < COSTS; c++) {
        struct pair_cost cost = random_cost(costs[c], 5, 1e6, 1);
        cost.y = x;
        cost.targets = SOURCES;
        fill(&cost, whole);
        for (size_t i = 0; i < SOURCES; i++)
            assert_within(whole[i * SOURCES + i], 0, 0);
    }
}

static void a_matrix_is_cut_as_it_stands(void **state) {
    (void)state;
    double matrix[] = {0, 1, INFINITY, 3, 4, 5}, tile[2];
    struct pair_cost cost = {.sources = 2, .targets = 3, .matrix = matrix};
    pair_cost_tile(&cost, &(struct pair_cost_window){0, 2, 2, 1}, tile);
    assert_close(tile[0], INFINITY, 0);
    assert_close(tile[1], 5, 0);
}

static void a_small_summary_is_exact(void **state) {
    (void)state;
    double matrix[] = {0, 1, INFINITY, 3, 4, 10}, a[] = {0.5, 0.5}, b[] = {0.5, 0.5, 0};
    struct pair_cost cost = {.sources = 2, .targets = 3, .matrix = matrix};
    struct pair_cost_summary summary = {.sample = PAIR_COST_SAMPLE};
    struct error error = {0};
    assert_int_equal(pair_cost_summarise(&cost, NULL, NULL, 2, &summary, &error), 0);
    assert_close(summary.largest, 10, 0);
    assert_close(summary.mean, 18.0 / 5, 1e-15);
    assert_close(summary.median, 3, 0);
    assert_close(summary.deviation, sqrt((126 - 18.0 * 18 / 5) / 5), 1e-14);
    assert_int_equal(pair_cost_summarise(&cost, a, b, 1, &summary, &error), 0);
    assert_close(summary.mean, 2, 1e-15);
    assert_close(summary.median, 2, 1e-15); /* half way between 1 and 3 */
}

/* Squared distances of two standard normals in five dimensions: 2 chi^2_5, mean 10, deviation 2 sqrt 10,
 * median 8.7029. */
static void a_large_summary_is_that_of_a_sample(void **state) {
    (void)state;
    enum { LARGE = 2000 };
    struct random_stream stream;
    struct error error = {0};
    struct pair_cost_summary summary = {.sample = PAIR_COST_SAMPLE};
    double *points = malloc(2 * LARGE * 5 * sizeof *points);
    assert_non_null(points);
    random_start(&stream, 3, "test", "summary", 0);
    random_normals(&stream, 2 * LARGE * 5, points);
    struct pair_cost cost = {
        .sources = LARGE, .targets = LARGE, .x = points, .y = points + LARGE * 5, .dimension = 5};
    cost.ground = (struct ground_cost){GROUND_COST_SQEUCLIDEAN, 2, 1};
    assert_int_equal(pair_cost_summarise(&cost, NULL, NULL, 2, &summary, &error), 0);
    /* Four deviations of the mean over 2000 points: 4 * 6.3 / sqrt(2000) = 0.56. */
    assert_within(summary.mean, 10, 0.56);
    assert_within(summary.median, 8.7029, 0.6);
    assert_within(summary.deviation, 2 * sqrt(10), 0.6);
    assert_true(summary.largest > 40 && summary.largest < 120);
    free(points);
}

static void points_without_a_way_are_named(void **state) {
    (void)state;
    double matrix[] = {0, INFINITY, INFINITY, INFINITY}, a[] = {1, 0}, b[] = {1, 0}, zeros[] = {1, 2, 0, 0};
    struct pair_cost cost = {.sources = 2, .targets = 2, .matrix = matrix};
    struct pair_cost_summary summary = {.sample = PAIR_COST_SAMPLE};
    struct error error = {0};
    assert_int_equal(pair_cost_summarise(&cost, NULL, NULL, 1, &summary, &error), -1);
    assert_string_equal(error.text, "no finite cost from source 2");
    assert_int_equal(pair_cost_summarise(&cost, a, NULL, 1, &summary, &error), -1);
    assert_string_equal(error.text, "no finite cost to target 2");
    assert_int_equal(pair_cost_summarise(&cost, a, b, 1, &summary, &error), 0);
    struct pair_cost angles = {.sources = 2, .targets = 2, .x = zeros, .y = zeros, .dimension = 2};
    angles.ground = (struct ground_cost){GROUND_COST_COSINE, 2, 1};
    assert_int_equal(pair_cost_summarise(&angles, NULL, NULL, 1, &summary, &error), -1);
    assert_string_equal(error.text, "source 2 is zero and has no cosine");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tile_holds_the_cost_of_each_pair),
        cmocka_unit_test(a_pair_costs_the_same_in_every_window),
        cmocka_unit_test(the_reversed_problem_costs_the_same),
        cmocka_unit_test(equal_points_cost_nothing),
        cmocka_unit_test(a_matrix_is_cut_as_it_stands),
        cmocka_unit_test(a_small_summary_is_exact),
        cmocka_unit_test(a_large_summary_is_that_of_a_sample),
        cmocka_unit_test(points_without_a_way_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
