/* Steps on a kernel kept in 16 bits lead where those on the true one lead. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"
#include "transport/sinkhorn.h"

enum { SOURCES = 403, TARGETS = 517, DIMENSION = 3 };

static double x[SOURCES * DIMENSION], y[TARGETS * DIMENSION], a[SOURCES], b[TARGETS];

/* Normal points, targets moved by `apart` along the first axis; some have no weight. */
static struct sinkhorn_problem problem_of(double epsilon, double apart) {
    struct random_stream stream;
    random_start(&stream, 11, "test", "stored", 0);
    random_normals(&stream, SOURCES * DIMENSION, x);
    random_normals(&stream, TARGETS * DIMENSION, y);
    for (size_t j = 0; j < TARGETS; j++)
        y[j * DIMENSION] += apart;
    for (size_t i = 0; i < SOURCES; i++)
        a[i] = i % 50 == 3 ? 0 : 1.0 / (SOURCES - 8); /* 3, 53, ..., 353 */
    for (size_t j = 0; j < TARGETS; j++)
        b[j] = j % 100 == 0 ? 0 : 1.0 / (TARGETS - 6);
    struct sinkhorn_problem problem = {
        .cost = {.sources = SOURCES, .targets = TARGETS, .x = x, .y = y, .dimension = DIMENSION},
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
                                     enum sinkhorn_storage storage, size_t threads) {
    struct sinkhorn_settings settings = {.tolerance = tolerance,
                                         .max_iterations = 2000,
                                         .scaling = 0.5,
                                         .acceleration = SINKHORN_ANDERSON,
                                         .storage = storage,
                                         .threads = threads};
    struct sinkhorn_result result;
    struct error error = {0};
    assert_int_equal(sinkhorn_solve(problem, &settings, &result, &error), 0);
    assert_true(result.converged);
    return result;
}

/* A marginal off by e in L1 is mass e at the wrong place: costs here are below 60 for clouds that overlap,
 * and (apart + 8)^2 for those that do not. */
static void assert_both_agree(double epsilon, double apart, double tolerance) {
    struct sinkhorn_problem problem = problem_of(epsilon, apart);
    struct sinkhorn_result stored = solved(&problem, tolerance, SINKHORN_STORAGE_AUTO, 2);
    struct sinkhorn_result online = solved(&problem, tolerance, SINKHORN_STORAGE_ALWAYS_ONLINE, 2);
    double scale = fmax(60, (apart + 8) * (apart + 8));
    assert_within(stored.transport, online.transport, 2 * tolerance * scale);
    assert_within(stored.dual, online.dual, 2 * tolerance * scale);
    assert_true(stored.source_error < tolerance && stored.target_error < tolerance);
    for (size_t i = 0; i < SOURCES; i++)
        assert_true(isfinite(stored.source_potentials[i]));
    sinkhorn_result_free(&stored);
    sinkhorn_result_free(&online);
}

static void results_agree_at_any_epsilon(void **state) {
    (void)state;
    static const double epsilons[] = {10, 1, 0.3, 0.1, 0.03};
    for (size_t e = 0; e < sizeof epsilons / sizeof *epsilons; e++) {
        assert_both_agree(epsilons[e], 0.5, 1e-6);
        assert_both_agree(epsilons[e], 0.5, 1e-4);
    }
}

/* The first kernel, at potentials 0, has rows with sums that single precision does not hold. */
static void clouds_far_apart_are_no_obstacle(void **state) {
    (void)state;
    assert_both_agree(0.5, 6, 1e-6);
    assert_both_agree(0.5, 40, 1e-6);
}

static void penalised_and_self_problems_agree(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct sinkhorn_problem problem = problem_of(0.2, 0.5);
        if (kind == 2) {
            problem.cost.y = x;
            problem.cost.targets = SOURCES;
            problem.target_weights = a;
            problem.symmetric = true;
        } else {
            problem.source_penalty = kind == 0 ? 1 : 5;
            problem.target_penalty = kind == 0 ? 1 : INFINITY;
        }
        struct sinkhorn_result stored = solved(&problem, 1e-7, SINKHORN_STORAGE_AUTO, 2);
        struct sinkhorn_result online = solved(&problem, 1e-7, SINKHORN_STORAGE_ALWAYS_ONLINE, 2);
        assert_within(stored.transport, online.transport, 1e-5);
        assert_within(stored.objective, online.objective, 1e-5);
        sinkhorn_result_free(&stored);
        sinkhorn_result_free(&online);
    }
}

static void bytes_do_not_depend_on_threads(void **state) {
    (void)state;
    struct sinkhorn_problem problem = problem_of(0.3, 0.5);
    struct sinkhorn_result one = solved(&problem, 1e-6, SINKHORN_STORAGE_AUTO, 1);
    struct sinkhorn_result three = solved(&problem, 1e-6, SINKHORN_STORAGE_AUTO, 3);
    assert_int_equal(one.iterations, three.iterations);
    assert_memory_equal(one.source_potentials, three.source_potentials, SOURCES * sizeof(double));
    assert_memory_equal(one.target_potentials, three.target_potentials, TARGETS * sizeof(double));
    sinkhorn_result_free(&one);
    sinkhorn_result_free(&three);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_agree_at_any_epsilon),
        cmocka_unit_test(clouds_far_apart_are_no_obstacle),
        cmocka_unit_test(penalised_and_self_problems_agree),
        cmocka_unit_test(bytes_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
