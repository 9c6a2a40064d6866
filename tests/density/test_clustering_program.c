/* The semidefinite program against all partitions, one by one. */
#include "density/clustering_program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "density/clustering_costs.h"
#include "density/clustering_solution.h"
#include "density/clustering_solve.h"
#include "num/eigenvalues.h"
#include "support/assertions.h"

enum { N = 9, D = 2, N_MAX = 48 };

/* Rows in two groups that overlap more or less. */
static void draw_rows(uint64_t seed, size_t n, double separation, double *values) {
    struct random_stream stream;
    random_start(&stream, seed, "test", "rows", 0);
    for (size_t i = 0; i < n; i++) {
        values[2 * i] = 0.5 * random_normal(&stream) + (i % 2 == 0 ? 0 : separation);
        values[2 * i + 1] = (i % 2 == 0 ? 2 : 0.3) * random_normal(&stream);
    }
}

/* Two clusters of given variances; equal ones make one block of trace 2. */
static struct gaussian_mixture *make_mixture(const double variances[4]) {
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(2, D, GAUSSIAN_MIXTURE_DIAGONAL, &error);
    assert_non_null(mixture);
    for (size_t i = 0; i < 4; i++) {
        mixture->means[i] = 0;
        mixture->covariances[i] = variances[i];
        mixture->weights[i / 2] = 0.5;
    }
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    return mixture;
}

static const double unequal[] = {0.3, 4, 0.3, 0.1}, equal[] = {0.5, 1, 0.5, 1};

struct solved {
    struct clustering_costs costs;
    struct clustering_program *program;
    struct clustering_solution solution;
    struct clustering_outcome outcome;
};

/* Solves for n rows from an alternating partition. */
static void solve(struct solved *solved, size_t n, const double *values, const double variances[4],
                  double tolerance, size_t threads) {
    struct error error = {0};
    struct gaussian_mixture *mixture = make_mixture(variances);
    const struct clustering_costs_model model = {mixture, false, false};
    const struct clustering_solver solver = {
        .tolerance = tolerance, .gap = tolerance, .steps = 20000, .seed = 1, .threads = threads};
    assert_int_equal(clustering_costs_create(&solved->costs, n, D, 2, &error), 0);
    assert_int_equal(clustering_costs_set(&solved->costs, &model, values, &error), 0);
    assert_int_equal(clustering_solution_create(&solved->solution, n, 2, &error), 0);
    for (size_t i = 0; i < n; i++)
        solved->solution.labels[i] = i % 3 == 0;
    solved->program =
        clustering_program_create(n, solved->costs.blocks, solved->costs.traces, threads, &error);
    assert_non_null(solved->program);
    assert_int_equal(clustering_solve(solved->program, true, &solved->costs, &solver, &solved->solution,
                                      &solved->outcome, &error),
                     0);
    gaussian_mixture_free(mixture);
}

static void release(struct solved *solved) {
    clustering_costs_free(&solved->costs);
    clustering_program_free(solved->program);
    clustering_solution_free(&solved->solution);
}

/* The least F of all partitions in two clusters that are not empty. */
static double least(const struct clustering_costs *costs) {
    size_t labels[N_MAX];
    double best = INFINITY, within;
    for (unsigned long code = 1; code + 1 < 1ul << costs->n; code++) {
        for (size_t i = 0; i < costs->n; i++)
            labels[i] = code >> i & 1;
        best = fmin(best, clustering_costs_partition(costs, labels, &within));
    }
    return best;
}

/* bound <= value <= the best partition <= the rounded one, and where the program certifies, they are one. */
static void the_value_lies_between_bound_and_partitions(void **state) {
    (void)state;
    size_t certified = 0, loose = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        double values[N * D];
        struct solved solved;
        draw_rows(seed, N, (double)(seed % 4), values);
        solve(&solved, N, values, seed % 3 == 0 ? equal : unequal, 1e-7, 1);
        const struct clustering_outcome *outcome = &solved.outcome;
        double best = least(&solved.costs), scale = outcome->within;
        assert_true(outcome->converged);
        assert_true(outcome->bound <= outcome->objective);
        assert_true(outcome->bound <= best);
        assert_true(outcome->objective <= best + 1e-6 * scale); /* the solver's tolerance, n and all */
        assert_true(best <= outcome->partition + 1e-12 * scale);
        assert_true(outcome->objective - outcome->bound <= 1e-5 * scale);
        if (outcome->certified)
            assert_within(outcome->partition, best, 1e-7 * scale);
        certified += outcome->certified;
        loose += outcome->partition - outcome->bound > 1e-2 * scale;
        release(&solved);
    }
    assert_true(certified >= 3); /* both kinds are seen: */
    assert_true(loose >= 1);     /* the program is no exact method */
}

/* Weak duality: the bound holds in whatever state the iteration is. */
static void the_bound_holds_at_every_step(void **state) {
    (void)state;
    double values[N * D], last = -INFINITY;
    struct error error = {0};
    struct solved solved;
    bool converged;
    draw_rows(3, N, 1, values);
    solve(&solved, N, values, unequal, 1e-8, 1);
    double best = least(&solved.costs) - (double)N * solved.costs.offset;
    const size_t labels[N] = {0, 1};
    clustering_program_start(solved.program, labels, solved.costs.block_of);
    for (int step = 0; step < 200; step++) {
        assert_int_equal(clustering_program_run(solved.program, 1, 1e-12, &converged, &error), 0);
        assert_int_equal(clustering_program_bound(solved.program, &last, &error), 0);
        assert_true(last <= best);
    }
    assert_true(last > best - 1); /* and is of use in the end */
    release(&solved);
}

/* Z_b is semidefinite as a sum of squares; its trace, the row sums and the signs are what they must be. */
static void the_matrices_are_feasible(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        double values[N_MAX * D], sums[N_MAX] = {0}, lowest = 0;
        struct solved solved;
        draw_rows(seed, N_MAX, 2, values);
        solve(&solved, N_MAX, values, seed % 2 == 0 ? equal : unequal, 1e-7, 1);
        assert_true(solved.outcome.converged);
        for (size_t b = 0; b < solved.costs.blocks; b++) {
            const struct clustering_block *block = &solved.solution.blocks[b];
            double trace = 0;
            for (size_t i = 0; i < N_MAX * N_MAX; i++) {
                double z = 0;
                for (size_t r = 0; r < block->rank; r++)
                    z += block->roots[r * N_MAX + i / N_MAX] * block->roots[r * N_MAX + i % N_MAX];
                lowest = fmin(lowest, z);
                sums[i / N_MAX] += z;
                trace += i % (N_MAX + 1) == 0 ? z : 0;
            }
            assert_close(trace, (double)solved.costs.traces[b], 1e-12);
        }
        for (size_t i = 0; i < N_MAX; i++)
            assert_within(sums[i], 1, 1e-6);
        assert_true(lowest > -1e-6);
        release(&solved);
    }
}

/* C -> C + c J moves every value by c n; here through the offset, and rows in another order give the same
 * value. */
static void the_order_of_rows_does_not_matter(void **state) {
    (void)state;
    double values[N * D], turned[N * D];
    struct solved first, second;
    draw_rows(5, N, 1, values);
    for (size_t i = 0; i < N; i++)
        memcpy(turned + D * i, values + D * (N - 1 - i), D * sizeof *values);
    solve(&first, N, values, unequal, 1e-9, 1);
    solve(&second, N, turned, unequal, 1e-9, 1);
    assert_within(first.outcome.objective, second.outcome.objective, 1e-6 * first.outcome.within);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(first.solution.labels[i], second.solution.labels[N - 1 - i]);
    release(&first);
    release(&second);
}

static void threads_do_not_change_a_bit(void **state) {
    (void)state;
    double values[N_MAX * D];
    struct solved first, second;
    draw_rows(7, N_MAX, 2, values);
    solve(&first, N_MAX, values, unequal, 1e-7, 1);
    solve(&second, N_MAX, values, unequal, 1e-7, 3);
    assert_int_equal(first.outcome.steps, second.outcome.steps);
    assert_same_bits(&first.outcome.objective, &second.outcome.objective, 1);
    assert_same_bits(&first.outcome.bound, &second.outcome.bound, 1);
    assert_same_bits(first.solution.memberships, second.solution.memberships, 2 * N_MAX);
    release(&first);
    release(&second);
}

/* One cluster: Z is J / n whatever the costs, and the value their mean times n. */
static void one_cluster_is_all_rows(void **state) {
    (void)state;
    struct error error = {0};
    const size_t one = 1, block_of = 0, labels[N] = {0};
    bool converged;
    double mean = 0;
    struct clustering_program *program = clustering_program_create(N, 1, &one, 1, &error);
    assert_non_null(program);
    double *cost = clustering_program_cost(program, 0);
    for (size_t i = 0; i < N * N; i++) {
        cost[i] = (double)((i / N) * (i % N));
        mean += cost[i] / (N * N);
    }
    clustering_program_start(program, labels, &block_of);
    assert_int_equal(clustering_program_run(program, 5000, 1e-10, &converged, &error), 0);
    assert_true(converged);
    assert_close(clustering_program_objective(program), mean * N, 1e-7);
    clustering_program_free(program);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_value_lies_between_bound_and_partitions),
        cmocka_unit_test(the_bound_holds_at_every_step),
        cmocka_unit_test(the_matrices_are_feasible),
        cmocka_unit_test(the_order_of_rows_does_not_matter),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(one_cluster_is_all_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
