#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DRAWS = 100000 };

/* Critical values at one in a thousand or rarer. Seeds are fixed, so a right generator passes always. */
static const double KOLMOGOROV_CRITICAL = 1.95; /* sqrt(n) D, probability 0.001 */
static const double NORMAL_CRITICAL = 4;        /* standard deviations, probability 6e-5 */

static double draws[DRAWS];

typedef double distribution(double x, double parameter);

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* sqrt(n) times the greatest distance between the empirical distribution of draws and F. */
static double kolmogorov(distribution *cumulative, double parameter) {
    double distance = 0;
    qsort(draws, DRAWS, sizeof *draws, ascending);
    for (size_t i = 0; i < DRAWS; i++) {
        double f = cumulative(draws[i], parameter);
        distance = fmax(distance, fmax(f - (double)i / DRAWS, (double)(i + 1) / DRAWS - f));
    }
    return distance * sqrt(DRAWS);
}

static double uniform_cumulative(double x, double parameter) {
    (void)parameter;
    return x;
}

static double normal_cumulative(double x, double parameter) {
    (void)parameter;
    return 0.5 * erfc(-x / M_SQRT2);
}

static double exponential_cumulative(double x, double parameter) {
    (void)parameter;
    return -expm1(-x);
}

/* x^a e^-x / Gamma(a + 1) (1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) + ..). */
static double gamma_cumulative(double x, double shape) {
    if (x <= 0)
        return 0;
    double term = 1, sum = 1;
    for (int i = 1; i < 1000 && term > 1e-17 * sum; i++) {
        term *= x / (shape + i);
        sum += term;
    }
    return exp(shape * log(x) - x - lgamma(shape + 1)) * sum;
}

/* The vectors published with Random123 (kat_vectors, philox4x32 10). */
static void philox_gives_the_published_words(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], output[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t output[4];
        random_philox(known[i].counter, known[i].key, output);
        assert_memory_equal(output, known[i].output, sizeof output);
    }
}

static void equal_names_give_equal_draws(void **state) {
    (void)state;
    struct random_stream one, other;
    random_start(&one, 7, "kldiv", "draws", 3);
    random_start(&other, 7, "kldiv", "draws", 3);
    for (int i = 0; i < 1000; i++)
        assert_true(random_bits32(&one) == random_bits32(&other));
}

static void the_counter_carries(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test", "carry", 0);
    stream.counter[0] = UINT32_MAX;
    random_bits32(&stream);
    assert_int_equal(stream.counter[0], 0);
    assert_int_equal(stream.counter[1], 1);
}

/* A draw of 64 bits takes a whole pair of words, whatever was drawn before. */
static void mixed_widths_never_reuse_a_word(void **state) {
    (void)state;
    struct random_stream stream;
    uint32_t words[8];
    random_start(&stream, 1, "test", "widths", 0);
    for (size_t i = 0; i < 8; i++)
        words[i] = random_bits32(&stream);
    random_start(&stream, 1, "test", "widths", 0);
    assert_true(random_bits32(&stream) == words[0]);
    assert_true(random_bits64(&stream) == ((uint64_t)words[3] << 32 | words[2]));
    assert_true(random_bits32(&stream) == words[4]);
    assert_true(random_bits64(&stream) == ((uint64_t)words[7] << 32 | words[6]));
}

/* Of the bits of two independent streams half agree. Returns the excess in standard deviations. */
static double agreement(struct random_stream *one, struct random_stream *other) {
    double agreeing = 0, bits = 64.0 * DRAWS;
    for (size_t i = 0; i < DRAWS; i++)
        agreeing += 64 - __builtin_popcountll(random_bits64(one) ^ random_bits64(other));
    return (agreeing - bits / 2) / sqrt(bits / 4);
}

static void streams_that_differ_in_one_name_are_independent(void **state) {
    (void)state;
    static const struct {
        uint64_t seed;
        const char *filter, *purpose;
        uint64_t block;
    } names[] = {
        {1, "kldiv", "draws", 0}, {2, "kldiv", "draws", 0},          {3, "kldiv", "draws", 0},
        {0, "kldiv", "draws", 0}, {1, "kldiv", "draws", 1},          {1, "kldiv", "draws", 2},
        {1, "jsdiv", "draws", 0}, {1, "kldiv", "jitter", 0},         {1, "kldivdraws", "", 0},
        {1, "", "kldivdraws", 0}, {1, "kldiv", "draws", 1ull << 32}, {1ull << 32, "kldiv", "draws", 0},
    };
    enum { NAMES = sizeof names / sizeof *names };
    for (size_t i = 0; i < NAMES; i++)
        for (size_t j = 0; j < i; j++) {
            struct random_stream one, other;
            random_start(&one, names[i].seed, names[i].filter, names[i].purpose, names[i].block);
            random_start(&other, names[j].seed, names[j].filter, names[j].purpose, names[j].block);
            assert_true(fabs(agreement(&one, &other)) < NORMAL_CRITICAL);
        }
}

/* The first draws of consecutive blocks are themselves a sample of the uniform distribution. */
static void first_draws_of_blocks_are_uniform(void **state) {
    (void)state;
    struct random_stream stream;
    for (size_t i = 0; i < DRAWS; i++) {
        random_start(&stream, 1, "test", "blocks", i);
        draws[i] = random_uniform(&stream);
    }
    double product = 0;
    for (size_t i = 1; i < DRAWS; i++)
        product += (draws[i] - 0.5) * (draws[i - 1] - 0.5);
    assert_true(fabs(product * 12 / sqrt(DRAWS)) < NORMAL_CRITICAL);
    assert_true(kolmogorov(uniform_cumulative, 0) < KOLMOGOROV_CRITICAL);
}

static void uniform_draws_are_uniform(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test", "uniform", 0);
    for (size_t i = 0; i < DRAWS; i++) {
        draws[i] = random_uniform(&stream);
        assert_true(draws[i] > 0 && draws[i] < 1);
    }
    assert_true(kolmogorov(uniform_cumulative, 0) < KOLMOGOROV_CRITICAL);
}

/* With all bits 0 or 1 the draw is 2^-53 or 1 - 2^-53. */
static void the_ends_of_the_unit_interval_are_never_drawn(void **state) {
    (void)state;
    struct random_stream zeros = {.used = 0};
    struct random_stream ones = {.words = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}};
    assert_true(random_uniform(&zeros) == 0x1p-53);
    assert_true(random_uniform(&ones) == 1 - 0x1p-53);
}

/* Chi-square with 9 degrees of freedom exceeds 27.9 once in a thousand. */
static void bounded_draws_are_even(void **state) {
    (void)state;
    enum { BOUND = 10 };
    double counts[BOUND] = {0}, chi_square = 0;
    struct random_stream stream;
    random_start(&stream, 1, "test", "below", 0);
    for (size_t i = 0; i < DRAWS; i++) {
        uint64_t draw = random_below(&stream, BOUND);
        assert_true(draw < BOUND);
        counts[draw]++;
    }
    for (size_t i = 0; i < BOUND; i++)
        chi_square += (counts[i] - DRAWS / BOUND) * (counts[i] - DRAWS / BOUND) / (DRAWS / BOUND);
    assert_true(chi_square < 27.9);
}

/* bound = 3 x 2^62: a plain high product would give the multiples of 3 twice as often as the others. */
static void large_bounds_are_without_bias(void **state) {
    (void)state;
    double multiples = 0;
    struct random_stream stream;
    random_start(&stream, 1, "test", "below", 1);
    for (size_t i = 0; i < DRAWS; i++)
        multiples += random_below(&stream, 3ull << 62) % 3 == 0;
    assert_true(fabs(multiples - DRAWS / 3.0) < NORMAL_CRITICAL * sqrt(DRAWS * 2.0 / 9));
    assert_true(random_below(&stream, 1) == 0);
}

static void normal_draws_are_normal(void **state) {
    (void)state;
    struct random_stream stream;
    for (uint64_t block = 0; block < 10; block++) {
        random_start(&stream, 1, "test", "normal", block);
        random_normals(&stream, DRAWS, draws);
        assert_true(kolmogorov(normal_cumulative, 0) < KOLMOGOROV_CRITICAL);
    }
}

/* Even moments are 1, 3, 15, 105, the variance of x^k is E x^2k - (E x^k)^2; shares beyond 3 and beyond the
 * ziggurat's base (3.654) are those of the normal tail. */
static void normal_moments_and_tails_are_right(void **state) {
    (void)state;
    enum { ROUNDS = 50 };
    static const double moments[] = {0, 1, 0, 3, 0, 15, 0, 105}; /* of x^1 .. x^8 */
    static const double bounds[] = {1, 2, 3, 3.7, 4.5};
    double sums[4] = {0}, beyond[5] = {0}, n = (double)ROUNDS * DRAWS;
    struct random_stream stream;
    random_start(&stream, 1, "test", "moments", 0);
    for (int round = 0; round < ROUNDS; round++) {
        random_normals(&stream, DRAWS, draws);
        for (size_t i = 0; i < DRAWS; i++) {
            double power = 1;
            for (size_t k = 0; k < 4; k++)
                sums[k] += power *= draws[i];
            for (size_t k = 0; k < 5; k++)
                beyond[k] += fabs(draws[i]) > bounds[k];
        }
    }
    for (size_t k = 0; k < 4; k++) {
        double variance = moments[2 * k + 1] - moments[k] * moments[k];
        assert_true(fabs(sums[k] / n - moments[k]) < NORMAL_CRITICAL * sqrt(variance / n));
    }
    for (size_t k = 0; k < 5; k++) {
        double share = erfc(bounds[k] / M_SQRT2);
        assert_true(fabs(beyond[k] - n * share) < NORMAL_CRITICAL * sqrt(n * share) + 1);
    }
}

static void normals_in_bulk_are_normals_one_by_one(void **state) {
    (void)state;
    struct random_stream one, bulk;
    random_start(&one, 1, "test", "bulk", 0);
    random_start(&bulk, 1, "test", "bulk", 0);
    random_normals(&bulk, 1001, draws);
    for (size_t i = 0; i < 1001; i++)
        assert_true(random_normal(&one) == draws[i]);
}

static void exponential_draws_are_exponential(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test", "exponential", 0);
    for (size_t i = 0; i < DRAWS; i++)
        draws[i] = random_exponential(&stream);
    assert_true(kolmogorov(exponential_cumulative, 0) < KOLMOGOROV_CRITICAL);
}

static void gamma_draws_have_the_gamma_distribution(void **state) {
    (void)state;
    static const double shapes[] = {0.05, 0.5, 1, 1.3, 3, 40};
    struct random_stream stream;
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        random_start(&stream, 1, "test", "gamma", k);
        for (size_t i = 0; i < DRAWS; i++)
            draws[i] = random_gamma(&stream, shapes[k]);
        assert_true(kolmogorov(gamma_cumulative, shapes[k]) < KOLMOGOROV_CRITICAL);
    }
}

/* Component i of Dirichlet(a), A = sum a: mean a_i / A, variance a_i (A - a_i) / (A^2 (A + 1)). */
static void dirichlet_draws_have_the_right_means_and_variances(void **state) {
    (void)state;
    static const double a[] = {0.2, 1, 2.5};
    const double total = 3.7, n = DRAWS;
    double sum[3] = {0}, squares[3] = {0}, point[3];
    struct random_stream stream;
    random_start(&stream, 1, "test", "dirichlet", 0);
    for (size_t i = 0; i < DRAWS; i++) {
        random_dirichlet(&stream, 3, a, point);
        assert_true(fabs(point[0] + point[1] + point[2] - 1) < 1e-15);
        for (size_t k = 0; k < 3; k++) {
            sum[k] += point[k];
            squares[k] += (point[k] - a[k] / total) * (point[k] - a[k] / total);
        }
    }
    for (size_t k = 0; k < 3; k++) {
        double variance = a[k] * (total - a[k]) / (total * total * (total + 1));
        assert_true(fabs(sum[k] / n - a[k] / total) < NORMAL_CRITICAL * sqrt(variance / n));
        assert_true(fabs(squares[k] / n / variance - 1) < 0.03); /* kurtosis below 10: 4 sqrt(9 / n) = 0.04 */
    }
}

/* With tiny concentrations the mass is on one corner, corner i with probability a_i / A; no draw is nan. */
static void tiny_concentrations_choose_a_corner(void **state) {
    (void)state;
    static const double a[] = {1e-290, 3e-290};
    double first = 0, point[2];
    struct random_stream stream;
    random_start(&stream, 1, "test", "dirichlet", 1);
    for (size_t i = 0; i < DRAWS; i++) {
        random_dirichlet(&stream, 2, a, point);
        assert_true(point[0] + point[1] == 1);
        first += point[0];
    }
    assert_true(fabs(first - DRAWS / 4.0) < NORMAL_CRITICAL * sqrt(DRAWS * 3.0 / 16));
}

/* Chi-square with 2 degrees of freedom exceeds 13.8 once in a thousand. */
static void discrete_draws_follow_the_weights_and_skip_zeros(void **state) {
    (void)state;
    static const double weights[] = {0, 0.5, 0, 0, 2, 1, 0}, total = 3.5;
    double cumulative[7], counts[7] = {0}, sum = 0, chi_square = 0;
    struct random_stream stream;
    random_start(&stream, 1, "test", "discrete", 0);
    for (size_t i = 0; i < 7; i++)
        cumulative[i] = sum += weights[i];
    for (size_t i = 0; i < DRAWS; i++)
        counts[random_discrete(&stream, 7, cumulative)]++;
    for (size_t i = 0; i < 7; i++) {
        double expected = DRAWS * weights[i] / total;
        if (expected > 0)
            chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
        else
            assert_true(counts[i] == 0);
    }
    assert_true(chi_square < 13.8);
}

/* Chi-square with 23 degrees of freedom exceeds 49.7 once in a thousand. */
static void all_orders_are_equally_likely(void **state) {
    (void)state;
    double counts[256] = {0}, chi_square = 0;
    size_t order[4], seen = 0;
    struct random_stream stream;
    random_start(&stream, 1, "test", "permutation", 0);
    for (size_t i = 0; i < DRAWS; i++) {
        random_permutation(&stream, 4, order);
        counts[order[0] | order[1] << 2 | order[2] << 4 | order[3] << 6]++;
    }
    for (size_t i = 0; i < 256; i++)
        if (counts[i] > 0) {
            seen++;
            chi_square += (counts[i] - DRAWS / 24.0) * (counts[i] - DRAWS / 24.0) / (DRAWS / 24.0);
        }
    assert_int_equal(seen, 24);
    assert_true(chi_square < 49.7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_words),
        cmocka_unit_test(equal_names_give_equal_draws),
        cmocka_unit_test(the_counter_carries),
        cmocka_unit_test(mixed_widths_never_reuse_a_word),
        cmocka_unit_test(streams_that_differ_in_one_name_are_independent),
        cmocka_unit_test(first_draws_of_blocks_are_uniform),
        cmocka_unit_test(uniform_draws_are_uniform),
        cmocka_unit_test(the_ends_of_the_unit_interval_are_never_drawn),
        cmocka_unit_test(bounded_draws_are_even),
        cmocka_unit_test(large_bounds_are_without_bias),
        cmocka_unit_test(normal_draws_are_normal),
        cmocka_unit_test(normal_moments_and_tails_are_right),
        cmocka_unit_test(normals_in_bulk_are_normals_one_by_one),
        cmocka_unit_test(exponential_draws_are_exponential),
        cmocka_unit_test(gamma_draws_have_the_gamma_distribution),
        cmocka_unit_test(dirichlet_draws_have_the_right_means_and_variances),
        cmocka_unit_test(tiny_concentrations_choose_a_corner),
        cmocka_unit_test(discrete_draws_follow_the_weights_and_skip_zeros),
        cmocka_unit_test(all_orders_are_equally_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
