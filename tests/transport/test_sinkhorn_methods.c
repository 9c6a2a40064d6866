/* Every way to a solution leads to the same one: precisions, accelerations, storage. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"
#include "transport/sinkhorn.h"

enum { SOURCES = 170, TARGETS = 233, DIMENSION_MAX = 30 };

static double x[SOURCES * DIMENSION_MAX], y[TARGETS * DIMENSION_MAX], a[SOURCES], b[TARGETS];

static void draw_weights(struct random_stream *stream, size_t count, double *weights) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i] = 0.2 + random_uniform(stream);
    for (size_t i = 0; i < count; i++)
        weights[i] /= sum;
}

/* Normal points, those of the targets moved; their mean squared distance is near 2.25 dimension. */
static struct sinkhorn_problem random_problem(size_t dimension, double epsilon) {
    struct random_stream stream;
    random_start(&stream, 7, "test", "methods", dimension);
    random_normals(&stream, SOURCES * dimension, x);
    random_normals(&stream, TARGETS * dimension, y);
    for (size_t i = 0; i < TARGETS * dimension; i++)
        y[i] += 0.5;
    draw_weights(&stream, SOURCES, a);
    draw_weights(&stream, TARGETS, b);
    struct sinkhorn_problem problem = {
        .cost = {.sources = SOURCES, .targets = TARGETS, .x = x, .y = y, .dimension = dimension},
        .source_weights = a,
        .target_weights = b,
        .epsilon = epsilon,
        .source_penalty = INFINITY,
        .target_penalty = INFINITY,
    };
    problem.cost.ground = (struct ground_cost){GROUND_COST_SQEUCLIDEAN, 2, 1};
    return problem;
}

static struct sinkhorn_result solved(const struct sinkhorn_problem *problem, double tolerance,
                                     enum sinkhorn_acceleration acceleration, enum sinkhorn_storage storage) {
    struct sinkhorn_settings settings = {.tolerance = tolerance,
                                         .max_iterations = 100000,
                                         .scaling = 0.5,
                                         .acceleration = acceleration,
                                         .storage = storage,
                                         .threads = 2};
    struct sinkhorn_result result;
    struct error error = {0};
    assert_int_equal(sinkhorn_solve(problem, &settings, &result, &error), 0);
    assert_true(result.converged);
    return result;
}

/* Values of two results, relative to the larger scale of the problem. */
static void assert_agree(const struct sinkhorn_result *result, const struct sinkhorn_result *reference,
                         double tolerance, double scale) {
    assert_within(result->transport, reference->transport, tolerance * scale);
    assert_within(result->objective, reference->objective, tolerance * scale);
    assert_within(result->dual, reference->dual, tolerance * scale);
    assert_within(result->mass, reference->mass, tolerance);
    assert_within(result->entropy, reference->entropy, 20 * tolerance); /* |log P| is up to 20 */
}

/* An L1 error e of the marginals is mass e in the wrong place, worth at most the largest cost, here below 40
 * (at a distance of 4.5 deviations in three dimensions), with what follows from it. */
static void every_method_gives_the_same_balanced_plan(void **state) {
    (void)state;
    static const double epsilons[] = {2, 0.3, 0.05, 0.01};
    static const enum sinkhorn_acceleration methods[] = {SINKHORN_AUTO, SINKHORN_PLAIN, SINKHORN_OVERRELAX,
                                                         SINKHORN_ANDERSON, SINKHORN_NEWTON};
    static const char *const names[] = {NULL, "plain", "overrelaxed", "anderson", "newton"};
    for (size_t e = 0; e < 4; e++) {
        struct sinkhorn_problem problem = random_problem(3, epsilons[e]);
        struct sinkhorn_result reference =
            solved(&problem, 1e-9, SINKHORN_NEWTON, SINKHORN_STORAGE_NEVER_ONLINE);
        assert_false(reference.online);
        for (size_t k = 0; k < 5; k++)
            for (size_t online = 0; online < 2; online++) {
                if (epsilons[e] < 0.1 && methods[k] != SINKHORN_AUTO && methods[k] != SINKHORN_NEWTON)
                    continue; /* first-order steps take minutes */
                struct sinkhorn_result result =
                    solved(&problem, 1e-6, methods[k],
                           online ? SINKHORN_STORAGE_ALWAYS_ONLINE : SINKHORN_STORAGE_NEVER_ONLINE);
                assert_agree(&result, &reference, 3e-6, 40);
                assert_true(result.source_error < 1e-6);
                assert_true(result.target_error < 1e-13);
                assert_int_equal(result.online, online);
                if (names[k] != NULL)
                    assert_string_equal(result.method, names[k]);
                sinkhorn_result_free(&result);
            }
        sinkhorn_result_free(&reference);
    }
}

static void other_costs_go_the_same_ways(void **state) {
    (void)state;
    static const enum ground_cost_kind kinds[] = {GROUND_COST_SQEUCLIDEAN, GROUND_COST_CITYBLOCK};
    for (size_t k = 0; k < 2; k++) {
        struct sinkhorn_problem problem = random_problem(DIMENSION_MAX, 3);
        problem.cost.ground.kind = kinds[k];
        struct sinkhorn_result plain = solved(&problem, 1e-10, SINKHORN_PLAIN, SINKHORN_STORAGE_AUTO);
        for (size_t storage = SINKHORN_STORAGE_AUTO; storage <= SINKHORN_STORAGE_NEVER_ONLINE; storage++) {
            struct sinkhorn_result result =
                solved(&problem, 1e-7, SINKHORN_AUTO, (enum sinkhorn_storage)storage);
            assert_agree(&result, &plain, 3e-7, 200);
            sinkhorn_result_free(&result);
        }
        sinkhorn_result_free(&plain);
    }
}

/* Far from the origin single precision works on centred points. */
static void where_the_points_lie_does_not_matter(void **state) {
    (void)state;
    struct sinkhorn_problem problem = random_problem(3, 0.3);
    struct sinkhorn_result here = solved(&problem, 1e-7, SINKHORN_AUTO, SINKHORN_STORAGE_ALWAYS_ONLINE);
    for (size_t i = 0; i < SOURCES * 3; i++)
        x[i] += 1e6;
    for (size_t j = 0; j < TARGETS * 3; j++)
        y[j] += 1e6;
    struct sinkhorn_result far = solved(&problem, 1e-7, SINKHORN_AUTO, SINKHORN_STORAGE_ALWAYS_ONLINE);
    /* Points at 1e6 are rounded by 1e-10, squares of differences up to 6 by 1e-9. */
    assert_agree(&far, &here, 3e-7, 40);
    sinkhorn_result_free(&here);
    sinkhorn_result_free(&far);
}

/* The tolerance is on the change of potentials, which at a rate near 1/(1 + eps/R) leaves some R/eps of it.
 */
static void penalised_problems_agree_with_plain_steps(void **state) {
    (void)state;
    static const double penalties[][2] = {{1, 1}, {5, 0.5}, {2, INFINITY}, {INFINITY, 0.3}};
    for (size_t p = 0; p < 4; p++)
        for (size_t variation = 0; variation < 2; variation++) {
            struct sinkhorn_problem problem = random_problem(2, 0.2);
            problem.source_penalty = penalties[p][0];
            problem.target_penalty = penalties[p][1];
            problem.total_variation = variation;
            struct sinkhorn_result plain = solved(&problem, 1e-11, SINKHORN_PLAIN, SINKHORN_STORAGE_AUTO);
            struct sinkhorn_result result = solved(&problem, 1e-8, SINKHORN_AUTO, SINKHORN_STORAGE_AUTO);
            assert_agree(&result, &plain, 1e-6, 1);
            assert_close(result.objective, result.dual, 1e-6);
            sinkhorn_result_free(&plain);
            sinkhorn_result_free(&result);
        }
}

static void self_problems_agree_with_averaged_steps(void **state) {
    (void)state;
    static const double epsilons[] = {1, 0.1, 0.01};
    for (size_t e = 0; e < 3; e++) {
        struct sinkhorn_problem problem = random_problem(3, epsilons[e]);
        problem.cost.targets = SOURCES;
        problem.cost.y = x;
        problem.target_weights = a;
        problem.symmetric = true;
        struct sinkhorn_result averaged = solved(&problem, 1e-11, SINKHORN_PLAIN, SINKHORN_STORAGE_AUTO);
        struct sinkhorn_result result = solved(&problem, 1e-7, SINKHORN_AUTO, SINKHORN_STORAGE_AUTO);
        assert_agree(&result, &averaged, 3e-7, 30);
        assert_string_equal(averaged.method, "averaged");
        assert_true(averaged.iterations < 100);
        assert_same_bits(result.source_potentials, result.target_potentials, SOURCES);
        problem.symmetric = false; /* the same plan by two sides */
        struct sinkhorn_result sides = solved(&problem, 1e-9, SINKHORN_AUTO, SINKHORN_STORAGE_AUTO);
        assert_within(result.transport, sides.transport, 3e-7 * 30);
        sinkhorn_result_free(&averaged);
        sinkhorn_result_free(&result);
        sinkhorn_result_free(&sides);
    }
}

static void points_without_weight_have_the_potentials_of_the_formula(void **state) {
    (void)state;
    struct sinkhorn_problem problem = random_problem(3, 0.3);
    a[4] = b[0] = b[9] = 0;
    double sums[2] = {0, 0};
    for (size_t i = 0; i < SOURCES; i++)
        sums[0] += a[i];
    for (size_t j = 0; j < TARGETS; j++)
        sums[1] += b[j];
    for (size_t j = 0; j < TARGETS; j++)
        b[j] *= sums[0] / sums[1];
    struct sinkhorn_result result = solved(&problem, 1e-9, SINKHORN_AUTO, SINKHORN_STORAGE_AUTO);
    double sum = 0;
    for (size_t j = 0; j < TARGETS; j++)
        sum += b[j] * exp((result.target_potentials[j] -
                           ground_cost_between(&problem.cost.ground, 3, x + 12, y + 3 * j)) /
                          0.3);
    assert_within(result.source_potentials[4], -0.3 * log(sum), 1e-8);
    sum = 0;
    for (size_t i = 0; i < SOURCES; i++)
        sum += a[i] * exp((result.source_potentials[i] -
                           ground_cost_between(&problem.cost.ground, 3, x + 3 * i, y + 27)) /
                          0.3);
    assert_within(result.target_potentials[9], -0.3 * log(sum), 1e-12);
    sinkhorn_result_free(&result);
}

static void weights_of_very_different_size_are_served(void **state) {
    (void)state;
    struct sinkhorn_problem problem = random_problem(3, 0.3);
    double sum = 0;
    for (size_t i = 0; i < SOURCES; i++)
        sum += a[i] = exp(-0.5 * (double)i); /* down to 1e-37 */
    for (size_t i = 0; i < SOURCES; i++)
        a[i] /= sum;
    struct sinkhorn_result result = solved(&problem, 1e-6, SINKHORN_AUTO, SINKHORN_STORAGE_AUTO);
    struct sinkhorn_result plain = solved(&problem, 1e-9, SINKHORN_PLAIN, SINKHORN_STORAGE_AUTO);
    assert_agree(&result, &plain, 3e-6, 40);
    sinkhorn_result_free(&result);
    sinkhorn_result_free(&plain);
}

static void accelerated_bytes_do_not_depend_on_threads(void **state) {
    (void)state;
    static const double epsilons[] = {0.3, 0.01};
    for (size_t e = 0; e < 2; e++) {
        struct sinkhorn_problem problem = random_problem(3, epsilons[e]);
        struct sinkhorn_settings settings = {
            .tolerance = 1e-6, .max_iterations = 10000, .scaling = 0.5, .threads = 1};
        struct sinkhorn_result one, five;
        struct error error = {0};
        assert_int_equal(sinkhorn_solve(&problem, &settings, &one, &error), 0);
        settings.threads = 5;
        assert_int_equal(sinkhorn_solve(&problem, &settings, &five, &error), 0);
        assert_int_equal(one.iterations, five.iterations);
        assert_same_bits(one.source_potentials, five.source_potentials, SOURCES);
        assert_same_bits(one.target_potentials, five.target_potentials, TARGETS);
        assert_same_bits(&one.transport, &five.transport, 1);
        sinkhorn_result_free(&one);
        sinkhorn_result_free(&five);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_gives_the_same_balanced_plan),
        cmocka_unit_test(other_costs_go_the_same_ways),
        cmocka_unit_test(where_the_points_lie_does_not_matter),
        cmocka_unit_test(penalised_problems_agree_with_plain_steps),
        cmocka_unit_test(self_problems_agree_with_averaged_steps),
        cmocka_unit_test(points_without_weight_have_the_potentials_of_the_formula),
        cmocka_unit_test(weights_of_very_different_size_are_served),
        cmocka_unit_test(accelerated_bytes_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
