/* The outer loop, the rounding, the costs and the factors, on the specification's rows. */
#include "density/clustering_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "density/clustering_factors.h"
#include "density/clustering_start.h"
#include "density/mixture_start.h"
#include "support/assertions.h"

enum { N = 10, D = 2 };

static const double rows_given[N * D] = {0, 0,  .4,  1,   -.3, -1.2, .2,  2, .1,  -2,
                                         3, .1, 3.6, -.1, 2.5, .2,   4.2, 0, 3.1, -.3};
static const size_t halves[N] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
static const double oracle[2 * D * D] = {.3, 0, 0, 2.5, .6, 0, 0, .1};

static struct gaussian_mixture *oracle_mixture(void) {
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(2, D, GAUSSIAN_MIXTURE_FULL, &error);
    assert_non_null(mixture);
    memcpy(mixture->covariances, oracle, sizeof oracle);
    for (size_t i = 0; i < 2 * D; i++)
        mixture->means[i] = i == 2 ? 3 : 0;
    mixture->weights[0] = mixture->weights[1] = 0.5;
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    return mixture;
}

static struct mixture_rows rows_of(const double *values) {
    return (struct mixture_rows){.rows = N, .dimensions = D, .values = values, .total = N};
}

static struct clustering_settings settings_of(double tolerance, enum gaussian_mixture_type type,
                                              const struct gaussian_mixture *whole) {
    return (struct clustering_settings){
        .solver = {.tolerance = tolerance, .gap = tolerance, .steps = 20000, .seed = 1, .threads = 1},
        .type = type,
        .outer = 50,
        .outer_tolerance = 1e-4,
        .constraints = {.floor = 1e-6, .whole = whole}};
}

/* F is the profile log-likelihood times -2, less n d log 2 pi: -6.17933061 in the specification; and
 * <C, Z> of the partition's Z, entry by entry, is the same. */
static void the_objective_is_that_of_the_partition(void **state) {
    (void)state;
    struct error error = {0};
    struct clustering_costs costs;
    struct clustering_solution solution;
    struct gaussian_mixture *mixture = oracle_mixture();
    const struct clustering_costs_model model = {mixture, false, false};
    double within, cost[N * N], sum = 0;
    assert_int_equal(clustering_costs_create(&costs, N, D, 2, &error), 0);
    assert_int_equal(clustering_costs_set(&costs, &model, rows_given, &error), 0);
    assert_int_equal(clustering_solution_create(&solution, N, 2, &error), 0);
    memcpy(solution.labels, halves, sizeof halves);
    assert_within(clustering_costs_partition(&costs, halves, &within), -6.17933061, 6e-9);
    assert_int_equal(costs.blocks, 2);
    assert_int_equal(clustering_solution_settle(&solution, &costs, &error), 0);
    for (size_t b = 0; b < 2; b++) {
        clustering_costs_fill(&costs, b, cost);
        for (size_t i = 0; i < N * N; i++)
            for (size_t r = 0; r < solution.blocks[b].rank; r++)
                sum += cost[i] * solution.blocks[b].roots[r * N + i / N] *
                       solution.blocks[b].roots[r * N + i % N];
    }
    assert_within(sum + N * costs.offset, -6.17933061, 6e-9);
    for (size_t i = 0; i < N; i++)
        solution.labels[i] = 1;
    assert_int_equal(clustering_solution_round(&solution, &costs, 1, &error), 0);
    assert_memory_equal(solution.labels, halves, sizeof halves); /* Z says it all */
    gaussian_mixture_free(mixture);
    clustering_costs_free(&costs);
    clustering_solution_free(&solution);
}

/* Starts from the halves, but for one row. */
static void fit(struct clustering_fit *result, const double *values, enum gaussian_mixture_type type,
                bool identity) {
    struct error error = {0};
    const struct mixture_rows rows = rows_of(values);
    struct gaussian_mixture *whole = mixture_start_whole(&rows, type, 1, &error);
    assert_non_null(whole);
    struct clustering_settings settings = settings_of(1e-8, type, whole);
    const struct clustering_start start = {.components = 2, .kind = MIXTURE_START_KMEANS};
    size_t labels[N];
    memcpy(labels, halves, sizeof labels);
    labels[3] = 1;
    settings.identity = identity;
    struct gaussian_mixture *mixture = clustering_start_mixture(&start, &rows, &settings, labels, &error);
    assert_non_null(mixture);
    assert_int_equal(clustering_fit_run(result, &rows, &settings, mixture, labels, &error), 0);
    gaussian_mixture_free(whole);
}

/* The specification's fixed point, from a start that is not it. */
static void covariances_come_to_stand(void **state) {
    (void)state;
    static const double expected[2 * D * D] = {.0536, .1952, .1952, 2.0864, .3336, -.0324, -.0324, .0296};
    struct clustering_fit result;
    fit(&result, rows_given, GAUSSIAN_MIXTURE_FULL, false);
    assert_true(result.stands && result.outcome.converged);
    assert_within(result.outcome.partition, -16.68780986, 6e-9);
    assert_memory_equal(result.solution.labels, halves, sizeof halves);
    for (size_t i = 0; i < 2 * D * D; i++)
        assert_within(result.mixture->covariances[i], expected[i], 1e-12); /* exact decimals */
    clustering_fit_free(&result);
}

/* X -> X A: the same labels, and F moves by 2 n log |det A|. */
static void affine_maps_leave_the_labels(void **state) {
    (void)state;
    double mapped[N * D];
    struct clustering_fit first, second;
    for (size_t i = 0; i < N; i++) {
        mapped[2 * i] = 3 * rows_given[2 * i] + rows_given[2 * i + 1] + 7;
        mapped[2 * i + 1] = -rows_given[2 * i] + 0.5 * rows_given[2 * i + 1] - 2;
    }
    fit(&first, rows_given, GAUSSIAN_MIXTURE_FULL, false);
    fit(&second, mapped, GAUSSIAN_MIXTURE_FULL, false);
    assert_memory_equal(first.solution.labels, second.solution.labels, sizeof halves);
    assert_within(second.outcome.partition - first.outcome.partition, 2 * N * log(2.5), 1e-8);
    clustering_fit_free(&first);
    clustering_fit_free(&second);
}

/* With S = I there is one block of trace K, and F is K-means's inertia: 12.8 + 1.48 ... of the halves. */
static void identity_is_the_k_means_program(void **state) {
    (void)state;
    struct clustering_fit result;
    double inertia = 0;
    fit(&result, rows_given, GAUSSIAN_MIXTURE_TIED_SPHERICAL, true);
    assert_int_equal(result.blocks, 1);
    assert_int_equal(result.traces[0], 2);
    assert_int_equal(result.round_count, 1);
    for (size_t k = 0; k < 2; k++) {
        for (size_t j = 0; j < D; j++) {
            double sum = 0, squares = 0, count = 0;
            for (size_t i = 0; i < N; i++) {
                double x = result.solution.labels[i] == k ? rows_given[i * D + j] : 0;
                sum += x;
                squares += x * x;
                count += result.solution.labels[i] == k;
            }
            inertia += squares - sum * sum / count;
        }
    }
    assert_close(result.outcome.partition, inertia, 1e-12);
    assert_true(result.outcome.bound <= inertia);
    assert_true(result.outcome.objective <= inertia * (1 + 1e-14));
    clustering_fit_free(&result);
}

/* One covariance for all makes one block too: its clusters are told apart by the rows of Z. */
static void a_tied_covariance_is_one_block(void **state) {
    (void)state;
    struct clustering_fit result;
    fit(&result, rows_given, GAUSSIAN_MIXTURE_TIED, false);
    assert_int_equal(result.blocks, 1);
    assert_true(result.solution.labels[0] != result.solution.labels[5]);
    clustering_fit_free(&result);
}

/* Factors of few columns reach the same value where the program is tight. */
static void factors_find_the_same_partition(void **state) {
    (void)state;
    struct error error = {0};
    struct clustering_costs costs;
    struct clustering_solution solution;
    struct clustering_outcome outcome = {0};
    struct gaussian_mixture *mixture = oracle_mixture();
    const struct clustering_costs_model model = {mixture, false, false};
    const struct clustering_solver solver = {
        .rank = 3, .tolerance = 1e-6, .gap = 1e-6, .steps = 20000, .seed = 1, .threads = 2};
    assert_int_equal(clustering_costs_create(&costs, N, D, 2, &error), 0);
    assert_int_equal(clustering_costs_set(&costs, &model, rows_given, &error), 0);
    assert_int_equal(clustering_solution_create(&solution, N, 2, &error), 0);
    memcpy(solution.labels, halves, sizeof halves);
    solution.labels[2] = 1;
    assert_int_equal(clustering_factors_solve(&costs, &solver, &solution, &outcome, &error), 0);
    assert_true(outcome.converged);
    assert_true(isnan(outcome.bound));
    assert_within(outcome.objective, -6.17933061, 1e-3); /* row sums are off by up to 1e-6 of costs near 50 */
    assert_within(outcome.partition, -6.17933061, 6e-9);
    for (size_t b = 0; b < 2; b++) {
        double trace = 0;
        for (size_t i = 0; i < solution.blocks[b].rank * N; i++) {
            assert_true(solution.blocks[b].roots[i] >= 0);
            trace += solution.blocks[b].roots[i] * solution.blocks[b].roots[i];
        }
        assert_close(trace, 1, 1e-12);
    }
    gaussian_mixture_free(mixture);
    clustering_costs_free(&costs);
    clustering_solution_free(&solution);
}

/* A cluster of two rows in two columns has a singular covariance where nothing is lifted. */
static void a_singular_cluster_is_named(void **state) {
    (void)state;
    struct error error = {0};
    const struct mixture_rows rows = rows_of(rows_given);
    struct gaussian_mixture *whole = mixture_start_whole(&rows, GAUSSIAN_MIXTURE_FULL, 1, &error);
    assert_non_null(whole);
    struct clustering_settings settings = settings_of(1e-6, GAUSSIAN_MIXTURE_FULL, whole);
    const struct clustering_start start = {.components = 2, .kind = MIXTURE_START_KMEANS};
    size_t labels[N] = {0};
    labels[5] = labels[6] = 1;
    settings.constraints.floor = 0;
    assert_null(clustering_start_mixture(&start, &rows, &settings, labels, &error));
    assert_string_equal(error.text,
                        "cluster 2 has fewer points than columns: --covariance diagonal or --floor");
    gaussian_mixture_free(whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_objective_is_that_of_the_partition),
        cmocka_unit_test(covariances_come_to_stand),
        cmocka_unit_test(affine_maps_leave_the_labels),
        cmocka_unit_test(identity_is_the_k_means_program),
        cmocka_unit_test(a_tied_covariance_is_one_block),
        cmocka_unit_test(factors_find_the_same_partition),
        cmocka_unit_test(a_singular_cluster_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
