#include "num/ground_cost.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { DIMENSION = 5 };

static const char *const costs[] = {"sqeuclidean",   "euclidean", "cityblock", "chebyshev", "minkowski:3",
                                    "minkowski:1.5", "cosine",    "power:1.5", "power:3"};
enum { COSTS = sizeof costs / sizeof *costs };

static struct ground_cost parsed(const char *text) {
    struct ground_cost cost;
    struct error error = {0};
    assert_int_equal(ground_cost_parse(&cost, text, &error), 0);
    return cost;
}

static double between(const char *text, size_t dimension, const double *x, const double *y) {
    struct ground_cost cost = parsed(text);
    return ground_cost_between(&cost, dimension, x, y);
}

static void costs_of_a_right_triangle_are_known(void **state) {
    (void)state;
    double x[] = {1, 2}, y[] = {4, -2}; /* legs 3 and 4 */
    assert_close(between("sqeuclidean", 2, x, y), 25, 0);
    assert_close(between("euclidean", 2, x, y), 5, 0);
    assert_close(between("cityblock", 2, x, y), 7, 0);
    assert_close(between("chebyshev", 2, x, y), 4, 0);
    assert_close(between("minkowski:3", 2, x, y), cbrt(27 + 64), 1e-15);
    assert_close(between("power:3", 2, x, y), 125, 1e-15);
    assert_close(between("cosine", 2, x, y), 1, 1e-15); /* (1, 2) and (4, -2) are at right angles */
}

static void minkowski_joins_the_named_distances(void **state) {
    (void)state;
    struct random_stream stream;
    double x[DIMENSION], y[DIMENSION];
    random_start(&stream, 1, "test", "minkowski", 0);
    random_normals(&stream, DIMENSION, x);
    random_normals(&stream, DIMENSION, y);
    assert_close(between("minkowski:1", DIMENSION, x, y), between("cityblock", DIMENSION, x, y), 1e-15);
    assert_close(between("minkowski:2", DIMENSION, x, y), between("euclidean", DIMENSION, x, y), 1e-15);
    assert_close(between("power:2", DIMENSION, x, y), between("sqeuclidean", DIMENSION, x, y), 1e-15);
    assert_close(between("minkowski:1e4", DIMENSION, x, y), between("chebyshev", DIMENSION, x, y), 1e-3);
}

static void large_powers_do_not_overflow(void **state) {
    (void)state;
    double x[] = {1e200, 0}, y[] = {0, 1e200};
    assert_close(between("minkowski:3", 2, x, y), cbrt(2) * 1e200, 1e-15);
}

/* The textbook form leaves nothing of 5e-19. */
static void nearly_parallel_vectors_keep_the_digits_of_their_cosine(void **state) {
    (void)state;
    double x[] = {1, 0}, y[] = {1, 1e-9};
    assert_close(between("cosine", 2, x, y), 5e-19, 1e-6);
}

static void gradients_agree_with_central_differences(void **state) {
    (void)state;
    struct random_stream stream;
    const double step = 1e-5;
    for (size_t c = 0; c < COSTS; c++) {
        struct ground_cost cost = parsed(costs[c]);
        cost.scale = 0.75;
        double x[DIMENSION], y[DIMENSION], gradient[DIMENSION];
        random_start(&stream, 2, "test", "gradients", c);
        random_normals(&stream, DIMENSION, x);
        random_normals(&stream, DIMENSION, y);
        for (size_t k = 0; k < DIMENSION; k++)
            gradient[k] = 10; /* added to, not overwritten */
        ground_cost_add_gradient(&cost, DIMENSION, x, y, 2, gradient);
        for (size_t k = 0; k < DIMENSION; k++) {
            double kept = x[k];
            x[k] = kept + step;
            double above = ground_cost_between(&cost, DIMENSION, x, y);
            x[k] = kept - step;
            double below = ground_cost_between(&cost, DIMENSION, x, y);
            x[k] = kept;
            /* Rounding, 1e-16 of the cost / step, and the third derivative times step^2: below 1e-8. */
            assert_within(gradient[k] - 10, 2 * (above - below) / (2 * step), 1e-8);
        }
    }
}

static void at_coincidence_the_gradient_is_zero(void **state) {
    (void)state;
    double x[] = {1, -2}, gradient[] = {0, 0};
    for (size_t c = 0; c < COSTS; c++) {
        struct ground_cost cost = parsed(costs[c]);
        ground_cost_add_gradient(&cost, 2, x, x, 1, gradient);
        assert_within(gradient[0], 0, 1e-16); /* the cosine's two terms cancel to a rounding */
        assert_within(gradient[1], 0, 1e-16);
    }
}

static void names_are_read_and_wrong_ones_explained(void **state) {
    (void)state;
    static const struct {
        const char *text, *said;
    } wrong[] = {
        {"euclidian", "no ground cost 'euclidian'; did you mean 'euclidean'?"},
        {"zzzzzzzzzzzz", "no ground cost 'zzzzzzzzzzzz'"},
        {"minkowski", "minkowski needs its power: minkowski:1.5"},
        {"minkowski:0.5", "minkowski takes a number >= 1, got '0.5'"},
        {"power:0", "power takes a number > 0, got '0'"},
        {"power:inf", "power takes a number > 0, got 'inf'"},
        {"power:", "power takes a number > 0, got ''"},
        {"power:2x", "power takes a number > 0, got '2x'"},
        {"cosine:2", "cosine takes no number"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ground_cost cost;
        struct error error = {0};
        assert_int_equal(ground_cost_parse(&cost, wrong[i].text, &error), -1);
        assert_string_equal(error.text, wrong[i].said);
        assert_true(error.usage);
    }
    assert_int_equal(parsed("minkowski:2.5").kind, GROUND_COST_MINKOWSKI);
    assert_close(parsed("minkowski:2.5").power, 2.5, 0);
    assert_close(parsed("cosine").scale, 1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_of_a_right_triangle_are_known),
        cmocka_unit_test(minkowski_joins_the_named_distances),
        cmocka_unit_test(large_powers_do_not_overflow),
        cmocka_unit_test(nearly_parallel_vectors_keep_the_digits_of_their_cosine),
        cmocka_unit_test(gradients_agree_with_central_differences),
        cmocka_unit_test(at_coincidence_the_gradient_is_zero),
        cmocka_unit_test(names_are_read_and_wrong_ones_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
