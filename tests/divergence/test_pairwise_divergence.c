#include "divergence/pairwise_divergence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "divergence/jensen_shannon.h"
#include "num/vector.h"
#include "support/assertions.h"

static const struct kullback_leibler_settings PLAIN = {0};

/* Dirichlet(1) rows; a share `sparse` of the entries is 0. */
static double *random_rows(unsigned seed, size_t rows, size_t columns, double sparse) {
    struct random_stream stream;
    double *p = malloc(rows * columns * sizeof *p);
    assert_non_null(p);
    random_start(&stream, seed, "tests", "pairs", columns);
    for (size_t i = 0; i < rows; i++) {
        double sum = 0;
        for (size_t k = 0; k < columns; k++) {
            double value = random_exponential(&stream);
            p[i * columns + k] = k > 0 && random_uniform(&stream) < sparse ? 0 : value;
            sum += p[i * columns + k];
        }
        for (size_t k = 0; k < columns; k++)
            p[i * columns + k] /= sum;
    }
    return p;
}

static struct pairwise_divergence *create(size_t m, size_t columns, const double *q, bool logarithms,
                                          double smooth, const struct kullback_leibler_settings *settings,
                                          size_t threads) {
    struct error error = {0};
    struct pairwise_divergence *pairs =
        pairwise_divergence_create(m, columns, q, logarithms, smooth, settings, threads, &error);
    assert_non_null(pairs);
    return pairs;
}

static void compare(struct pairwise_divergence *pairs, size_t rows, const double *p, double *result) {
    struct error error = {0};
    assert_int_equal(pairwise_divergence_kl(pairs, rows, p, result, &error), 0);
}

/* One pair by the row-wise function. */
static double row_wise(size_t columns, const double *p, const double *q, bool logarithms, double smooth,
                       const struct kullback_leibler_settings *settings) {
    struct divergence_rows rows = {
        .rows = 1, .columns = columns, .p = p, .q = q, .logarithms = logarithms, .smooth = smooth};
    double result;
    kullback_leibler_rows(&rows, settings, &result);
    return result;
}

static void check_pairs(size_t n, size_t m, size_t columns, double sparse, bool logarithms) {
    double *p = random_rows(1, n, columns, sparse), *q = random_rows(2, m, columns, sparse / 4);
    double *result = malloc(n * m * sizeof *result);
    if (logarithms) {
        vector_log(n * columns, p, p);
        vector_log(m * columns, q, q);
    }
    struct pairwise_divergence *pairs = create(m, columns, q, logarithms, 0, &PLAIN, 2);
    compare(pairs, n, p, result);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            assert_close(result[i * m + j],
                         row_wise(columns, p + i * columns, q + j * columns, logarithms, 0, &PLAIN), 1e-11);
    pairwise_divergence_free(pairs);
    free(p);
    free(q);
    free(result);
}

static void products_agree_with_rows(void **state) {
    (void)state;
    for (int logarithms = 0; logarithms < 2; logarithms++) {
        check_pairs(1, 1, 1, 0, logarithms == 1);
        check_pairs(5, 3, 2, 0, logarithms == 1);
        check_pairs(17, 65, 64, 0, logarithms == 1);
        check_pairs(33, 130, 300, 0, logarithms == 1);
        check_pairs(20, 40, 5, 0.5, logarithms == 1); /* zeros on either side, many pairs infinite */
        check_pairs(20, 40, 130, 0.02, logarithms == 1);
    }
}

static void zeros_of_q_make_infinity_and_zeros_of_p_do_not(void **state) {
    (void)state;
    double p[] = {0.5, 0.5, 0, 1, 0, 0}, q[] = {0.25, 0.75, 0, 0, 0.5, 0.5}, result[4];
    struct pairwise_divergence *pairs = create(2, 3, q, false, 0, &PLAIN, 1);
    compare(pairs, 2, p, result);
    assert_close(result[0], 0.5 * log(2) + 0.5 * log(0.5 / 0.75), 1e-14);
    assert_ulps(result[1], INFINITY, 0);
    assert_close(result[2], log(4), 1e-14);
    assert_ulps(result[3], INFINITY, 0);
    pairwise_divergence_free(pairs);
}

static void equal_rows_are_at_zero_and_near_ones_keep_their_digits(void **state) {
    (void)state;
    size_t n = 40, columns = 50;
    double *p = random_rows(3, n, columns, 0), *q = random_rows(3, n, columns, 0),
           *result = malloc(n * n * sizeof *result);
    for (size_t i = 20; i < n; i++) { /* move a millionth of the first entry to the second */
        q[i * columns] = p[i * columns] * (1 - 1e-6);
        q[i * columns + 1] = p[i * columns + 1] + p[i * columns] * 1e-6;
    }
    struct pairwise_divergence *pairs = create(n, columns, q, false, 0, &PLAIN, 1);
    compare(pairs, n, p, result);
    for (size_t i = 0; i < n; i++) {
        double exact = row_wise(columns, p + i * columns, q + i * columns, false, 0, &PLAIN);
        assert_ulps(result[i * n + i], exact, 0);
        assert_true(i < 20 ? exact == 0 : exact > 0);
    }
    for (size_t i = 0; i < n * n; i++)
        assert_true(result[i] >= 0);
    pairwise_divergence_free(pairs);
    free(p);
    free(q);
    free(result);
}

static void an_entry_depends_on_its_rows_alone(void **state) {
    (void)state;
    size_t n = 37, m = 70, columns = 200;
    double *p = random_rows(1, n, columns, 0.1), *q = random_rows(2, m, columns, 0);
    double *all = malloc(n * m * sizeof *all), *some = malloc(n * m * sizeof *some);
    struct pairwise_divergence *pairs = create(m, columns, q, false, 0, &PLAIN, 1);
    compare(pairs, n, p, all);
    for (size_t i = 0; i < n; i++)
        compare(pairs, 1, p + i * columns, some + i * m);
    assert_same_bits(some, all, n * m);
    pairwise_divergence_free(pairs);

    pairs = create(m, columns, q, false, 0, &PLAIN, 3);
    compare(pairs, n, p, some);
    assert_same_bits(some, all, n * m);
    pairwise_divergence_free(pairs);

    pairs = create(1, columns, q + 69 * columns, false, 0, &PLAIN, 1); /* the last row of Q alone */
    compare(pairs, n, p, some);
    for (size_t i = 0; i < n; i++)
        assert_ulps(some[i], all[i * m + 69], 0);
    pairwise_divergence_free(pairs);
    free(p);
    free(q);
    free(all);
    free(some);
}

/* p = (1/2, 1/2) in logarithms, q with a probability of e^-800, 0 as a double: finite. */
static void what_underflows_is_not_zero(void **state) {
    (void)state;
    double p[] = {-log(2), -log(2), -log(2), -log(2)}, q[] = {0, -800, -800, 0}, result[4];
    struct pairwise_divergence *pairs = create(2, 2, q, true, 0, &PLAIN, 1);
    compare(pairs, 2, p, result);
    for (size_t i = 0; i < 4; i++)
        assert_close(result[i], 400 - log(2), 1e-14);
    compare(pairs, 1, q, result); /* (1, e^-800) against itself and its mirror */
    assert_ulps(result[0], 0, 0);
    assert_close(result[1], 800, 1e-14);
    pairwise_divergence_free(pairs);
    double none[] = {0, -INFINITY};
    pairs = create(1, 2, none, true, 0, &PLAIN, 1);
    compare(pairs, 1, q, result); /* mass where q has none, though it underflows */
    assert_ulps(result[0], INFINITY, 0);
    pairwise_divergence_free(pairs);
}

static void other_forms_go_row_by_row(void **state) {
    (void)state;
    static const struct {
        struct kullback_leibler_settings settings;
        double smooth;
    } forms[] = {{{.skew = 0.2}, 0}, {{.symmetric = true}, 0}, {{0}, 0.01}};
    size_t n = 20, m = 67, columns = 30;
    double *p = random_rows(1, n, columns, 0.2), *q = random_rows(2, m, columns, 0.2);
    double *result = malloc(n * m * sizeof *result);
    for (size_t form = 0; form < sizeof forms / sizeof forms[0]; form++) {
        struct pairwise_divergence *pairs =
            create(m, columns, q, false, forms[form].smooth, &forms[form].settings, 2);
        compare(pairs, n, p, result);
        for (size_t i = 0; i < n * m; i++)
            assert_ulps(result[i],
                        row_wise(columns, p + i / m * columns, q + i % m * columns, false, forms[form].smooth,
                                 &forms[form].settings),
                        0);
        pairwise_divergence_free(pairs);
    }
    free(p);
    free(q);
    free(result);
}

static void jensen_shannon_pairs_are_those_of_rows(void **state) {
    (void)state;
    size_t n = 20, m = 67, columns = 30;
    double *p = random_rows(1, n, columns, 0.2), *q = random_rows(2, m, columns, 0.2), expected;
    double *result = malloc(n * m * sizeof *result);
    struct pairwise_divergence *pairs = create(m, columns, q, false, 0, NULL, 2);
    pairwise_divergence_js(pairs, n, p, 0.3, result);
    for (size_t i = 0; i < n * m; i++) {
        struct divergence_rows rows = {
            .rows = 1, .columns = columns, .p = p + i / m * columns, .q = q + i % m * columns};
        jensen_shannon_rows(&rows, 0.3, &expected);
        assert_ulps(result[i], expected, 0);
    }
    pairwise_divergence_free(pairs);
    free(p);
    free(q);
    free(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_agree_with_rows),
        cmocka_unit_test(zeros_of_q_make_infinity_and_zeros_of_p_do_not),
        cmocka_unit_test(equal_rows_are_at_zero_and_near_ones_keep_their_digits),
        cmocka_unit_test(an_entry_depends_on_its_rows_alone),
        cmocka_unit_test(what_underflows_is_not_zero),
        cmocka_unit_test(other_forms_go_row_by_row),
        cmocka_unit_test(jensen_shannon_pairs_are_those_of_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
