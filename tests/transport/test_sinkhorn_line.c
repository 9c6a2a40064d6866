/* Sums of linear time on a line are those over all pairs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"
#include "transport/sinkhorn.h"
#include "transport/sinkhorn_line_cells.h"

enum { SOURCES = 4200, TARGETS = 4100 };

static double x[SOURCES], y[TARGETS], a[SOURCES], b[TARGETS], row[TARGETS], columns[TARGETS];

/* Two clouds apart, with points in common and some without weight. */
static struct sinkhorn_problem problem_of(enum ground_cost_kind kind, double epsilon, double apart) {
    struct random_stream stream;
    double sum_a = 0, sum_b = 0;
    random_start(&stream, 5, "test", "line", 0);
    random_normals(&stream, SOURCES, x);
    random_normals(&stream, TARGETS, y);
    for (size_t j = 0; j < TARGETS; j++)
        y[j] = j < 50 ? x[j % 20] : y[j] + apart;
    for (size_t i = 0; i < SOURCES; i++)
        sum_a += a[i] = i % 40 == 7 ? 0 : 0.1 + random_uniform(&stream);
    for (size_t j = 0; j < TARGETS; j++)
        sum_b += b[j] = j % 30 == 3 ? 0 : 0.1 + random_uniform(&stream);
    for (size_t i = 0; i < SOURCES; i++)
        a[i] /= sum_a;
    for (size_t j = 0; j < TARGETS; j++)
        b[j] /= sum_b;
    struct sinkhorn_problem problem = {
        .cost = {.sources = SOURCES, .targets = TARGETS, .x = x, .y = y, .dimension = 1},
        .source_weights = a,
        .target_weights = b,
        .epsilon = epsilon,
        .source_penalty = INFINITY,
        .target_penalty = INFINITY,
    };
    problem.cost.ground = (struct ground_cost){kind, 2, 1.5};
    return problem;
}

static struct sinkhorn_result solved(const struct sinkhorn_problem *problem, size_t threads) {
    struct sinkhorn_settings settings = {
        .tolerance = 1e-6, .max_iterations = 1000, .scaling = 0.5, .threads = threads};
    struct sinkhorn_result result;
    struct error error = {0};
    assert_int_equal(sinkhorn_solve(problem, &settings, &result, &error), 0);
    assert_true(result.converged);
    return result;
}

/* The figures that are claimed, from the plan's rows. Potentials over eps of some hundreds leave 1e-13 of
 * each entry, and sums along the line as much. */
static void assert_figures(const struct sinkhorn_problem *problem, const struct sinkhorn_result *result) {
    double transport = 0, mass = 0, source_error = 0, target_error = 0, scale = problem->cost.ground.scale;
    memset(columns, 0, sizeof columns);
    for (size_t i = 0; i < SOURCES; i++) {
        double sum = 0;
        sinkhorn_plan_rows(problem, result->source_potentials, result->target_potentials, i, 1, row);
        for (size_t j = 0; j < TARGETS; j++) {
            double distance = fabs(x[i] - y[j]);
            bool squared = problem->cost.ground.kind == GROUND_COST_SQEUCLIDEAN;
            transport += row[j] * scale * (squared ? distance * distance : distance);
            columns[j] += row[j];
            sum += row[j];
        }
        mass += sum;
        source_error += fabs(sum - a[i]);
    }
    for (size_t j = 0; j < TARGETS; j++)
        target_error += fabs(columns[j] - b[j]);
    assert_within(result->mass, mass, 1e-11);
    assert_within(result->transport, transport, 1e-11 * fmax(1, transport));
    if (isinf(problem->source_penalty)) {
        assert_within(result->source_error, source_error, 1e-11);
        assert_within(result->target_error, target_error, 1e-11);
        assert_true(source_error < 1e-6 && target_error < 1e-11);
    }
}

static void figures_are_those_of_all_pairs(void **state) {
    (void)state;
    static const struct {
        enum ground_cost_kind kind;
        double epsilon, apart;
    } cases[] = {
        {GROUND_COST_SQEUCLIDEAN, 0.05, 0.3}, {GROUND_COST_SQEUCLIDEAN, 0.2, 20},
        {GROUND_COST_EUCLIDEAN, 1, 0.3},      {GROUND_COST_CITYBLOCK, 0.05, 0.3},
        {GROUND_COST_MINKOWSKI, 0.1, 200},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct sinkhorn_problem problem = problem_of(cases[k].kind, cases[k].epsilon, cases[k].apart);
        struct sinkhorn_result result = solved(&problem, 2);
        assert_figures(&problem, &result);
        sinkhorn_result_free(&result);
    }
}

static void penalised_marginals_go_the_same_way(void **state) {
    (void)state;
    struct sinkhorn_problem problem = problem_of(GROUND_COST_SQEUCLIDEAN, 0.2, 0.5);
    problem.source_penalty = problem.target_penalty = 2;
    struct sinkhorn_result result = solved(&problem, 2);
    assert_true(result.mass < 1);
    assert_figures(&problem, &result);
    sinkhorn_result_free(&result);
}

static void threads_leave_no_trace(void **state) {
    (void)state;
    static const enum ground_cost_kind kinds[] = {GROUND_COST_SQEUCLIDEAN, GROUND_COST_EUCLIDEAN};
    for (size_t k = 0; k < 2; k++) {
        struct sinkhorn_problem problem = problem_of(kinds[k], 0.5, 0.3);
        struct sinkhorn_result one = solved(&problem, 1), three = solved(&problem, 3);
        assert_memory_equal(one.source_potentials, three.source_potentials, sizeof x);
        assert_memory_equal(one.target_potentials, three.target_potentials, sizeof y);
        assert_true(one.transport == three.transport);
        sinkhorn_result_free(&one);
        sinkhorn_result_free(&three);
    }
}

/* Offsets that rise as the square, so that each sum is made far off its point, and offsets at random; points
 * at both ends, alone in their cells. */
static void sums_over_cells_are_those_over_points(void **state) {
    (void)state;
    enum { FROM = 700, TO = 300 };
    double from[FROM], to[TO], offsets[FROM], logarithms[TO], means[TO];
    const double width = 0.7;
    const struct sinkhorn_line_points from_points = {FROM, from}, to_points = {TO, to};
    struct random_stream stream;
    random_start(&stream, 6, "test", "cells", 0);
    for (int kind = 0; kind < 3; kind++) {
        for (size_t j = 0; j < FROM; j++) {
            from[j] = 60 * (double)j / FROM + (j == FROM - 1 ? 9 : 0);
            offsets[j] = kind == 0 ? from[j] * from[j] : kind == 1 ? 300 * random_uniform(&stream) : -from[j];
            offsets[j] = j % 9 == 4 ? -INFINITY : offsets[j];
        }
        for (size_t i = 0; i < TO; i++)
            to[i] = i == 0 ? -0.5 : 30 + 20 * (double)i / TO;
        sinkhorn_line_cells_sum(&from_points, offsets, &to_points, width, 2, logarithms, means);
        for (size_t i = 0; i < TO; i++) {
            long double largest = -INFINITY, sum = 0, square = 0;
            for (size_t j = 0; j < FROM; j++) {
                long double z = ((long double)to[i] - (long double)from[j]) / (long double)width;
                largest = fmaxl(largest, (long double)offsets[j] - z * z);
            }
            for (size_t j = 0; j < FROM; j++) {
                long double z = ((long double)to[i] - (long double)from[j]) / (long double)width;
                long double term = expl((long double)offsets[j] - z * z - largest);
                sum += term;
                square += z * z * term;
            }
            /* exponents of up to 1e4 */
            assert_within(logarithms[i], (double)(largest + logl(sum)), 2e-12);
            assert_within(means[i], (double)(square / sum), 1e-11 * (double)(square / sum) + 1e-11);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_all_pairs),
        cmocka_unit_test(penalised_marginals_go_the_same_way),
        cmocka_unit_test(threads_leave_no_trace),
        cmocka_unit_test(sums_over_cells_are_those_over_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
