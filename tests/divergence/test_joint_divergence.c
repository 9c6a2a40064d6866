#include "divergence/joint_divergence.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "divergence/jensen_shannon.h"
#include "support/assertions.h"

static double joint(size_t rows, size_t columns, const double *p, const double *weights, size_t block) {
    struct error error = {0};
    struct joint_divergence *divergence = joint_divergence_create(columns, &error);
    assert_non_null(divergence);
    for (size_t i = 0; i < rows; i += block)
        joint_divergence_add(divergence, i + block < rows ? block : rows - i, p + i * columns,
                             weights != NULL ? weights + i : NULL);
    double value = joint_divergence_value(divergence);
    joint_divergence_free(divergence);
    return value;
}

static double *random_rows(size_t rows, size_t columns) {
    struct random_stream stream;
    double *p = malloc(rows * columns * sizeof *p), *ones = malloc(columns * sizeof *ones);
    assert_true(p != NULL && ones != NULL);
    for (size_t j = 0; j < columns; j++)
        ones[j] = j % 3 == 0 ? 0.05 : 1; /* some entries tiny */
    random_start(&stream, 1, "tests", "joint", columns);
    for (size_t i = 0; i < rows; i++)
        random_dirichlet(&stream, columns, ones, p + i * columns);
    free(ones);
    return p;
}

static long double entropy_term(long double p) {
    return p > 0 ? -p * logl(p) : 0;
}

/* H(sum w p) - sum w H(p) in long double. */
static double by_entropies(size_t rows, size_t columns, const double *p, const double *weights) {
    long double total = 0, sum = 0;
    for (size_t i = 0; i < rows; i++)
        total += weights != NULL ? weights[i] : 1;
    for (size_t j = 0; j < columns; j++) {
        long double mean = 0;
        for (size_t i = 0; i < rows; i++) {
            long double w = (weights != NULL ? weights[i] : 1) / total;
            mean += w * p[i * columns + j];
            sum -= w * entropy_term(p[i * columns + j]);
        }
        sum += entropy_term(mean);
    }
    return (double)sum;
}

static void it_is_the_difference_of_entropies(void **state) {
    (void)state;
    static const size_t shapes[][2] = {{1, 3}, {2, 1}, {2, 5}, {30, 7}, {300, 100}};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        size_t rows = shapes[s][0], columns = shapes[s][1];
        double *p = random_rows(rows, columns), *weights = malloc(rows * sizeof *weights);
        for (size_t i = 0; i < rows; i++)
            weights[i] = (double)(i % 5);
        weights[0] = 2;
        assert_within(joint(rows, columns, p, NULL, rows), by_entropies(rows, columns, p, NULL), 1e-14);
        assert_within(joint(rows, columns, p, weights, rows), by_entropies(rows, columns, p, weights), 1e-14);
        free(p);
        free(weights);
    }
}

static void two_rows_are_the_jensen_shannon_divergence(void **state) {
    (void)state;
    double p[] = {0.1, 0.2, 0.7, 0.3, 0.3, 0.4}, expected;
    struct divergence_rows rows = {.rows = 1, .columns = 3, .p = p, .q = p + 3};
    jensen_shannon_rows(&rows, 0.5, &expected);
    assert_close(joint(2, 3, p, NULL, 2), expected, 1e-14);
    jensen_shannon_rows(&rows, 0.25, &expected);
    assert_close(joint(2, 3, p, (double[]){6, 2}, 2), expected, 1e-14);
}

/* (1 + e, 1 - e)/2 and its mirror: e^2/2 + e^4/12. Entropies near log 2 would leave four digits. */
static void nearly_equal_rows_keep_their_digits(void **state) {
    (void)state;
    double e = ldexp(1, -20);
    double p[] = {(1 + e) / 2, (1 - e) / 2, (1 - e) / 2, (1 + e) / 2};
    assert_close(joint(2, 2, p, NULL, 2), e * e / 2 + pow(e, 4) / 12, 1e-13);
    assert_ulps(joint(1, 2, p, NULL, 1), 0, 0);
    double same[] = {0.3, 0.7, 0.3, 0.7, 0.3, 0.7};
    assert_within(joint(3, 2, same, NULL, 1), 0, 1e-30); /* a third of 0.9 may be off by half a unit */
}

static void disjoint_rows_reach_the_entropy_of_their_weights(void **state) {
    (void)state;
    double p[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    assert_close(joint(3, 3, p, NULL, 3), log(3), 1e-15);
    assert_close(joint(3, 3, p, (double[]){1, 1, 2}, 3), 1.5 * log(2), 1e-15);
}

static void zeros_and_tiny_entries_of_the_first_row_do_no_harm(void **state) {
    (void)state;
    double p[] = {5e-324, 0, 1, 0.5, 0.25, 0.25, 0, 1, 0};
    assert_close(joint(3, 3, p, NULL, 3), by_entropies(3, 3, p, NULL), 1e-14);
}

static void blocks_do_not_matter(void **state) {
    (void)state;
    size_t rows = 500, columns = 60;
    double *p = random_rows(rows, columns), whole = joint(rows, columns, p, NULL, rows);
    for (size_t block = 1; block < rows; block = block * 3 + 1)
        assert_ulps(joint(rows, columns, p, NULL, block), whole, 0);
    free(p);
}

static void no_weight_at_all_is_nan(void **state) {
    (void)state;
    double p[] = {0.5, 0.5}, weight = 0;
    assert_true(isnan(joint(1, 2, p, &weight, 1)));
    assert_true(isnan(joint(0, 2, p, NULL, 1)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_difference_of_entropies),
        cmocka_unit_test(two_rows_are_the_jensen_shannon_divergence),
        cmocka_unit_test(nearly_equal_rows_keep_their_digits),
        cmocka_unit_test(disjoint_rows_reach_the_entropy_of_their_weights),
        cmocka_unit_test(zeros_and_tiny_entries_of_the_first_row_do_no_harm),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(no_weight_at_all_is_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
