#include "density/kernel_sums_powers.h"

#include <math.h>

#include "base/random.h"
#include "support/assertions.h"

enum { LEAF = KD_TREE_LEAF, EIGHT = KERNEL_SUMS_EIGHT, ROWS = 5, ROUNDS = 200 };

struct table {
    double terms[ROWS * LEAF], sums[ROWS * EIGHT];
    struct kernel_sums_limits limits[ROWS];
};

/* Terms even in from .. to. */
static void fill(struct table *table, uint64_t seed, double from, double to,
                 struct kernel_sums_limits limits) {
    struct random_stream stream;
    random_start(&stream, seed, "test_kernel_sums_powers", "terms", 0);
    for (size_t i = 0; i < ROWS * LEAF; i++)
        table->terms[i] = from + (to - from) * random_uniform(&stream);
    for (size_t i = 0; i < ROWS * EIGHT; i++)
        table->sums[i] = 0;
    for (size_t i = 0; i < ROWS; i++)
        table->limits[i] = limits;
}

static void add_all(struct table *table) {
    const size_t rows[ROWS] = {3, 0, 4, 1, 2};
    kernel_sums_powers_add(ROWS, rows, table->terms, table->limits, table->sums);
}

static long double true_sum(const struct table *table, size_t row, size_t lane) {
    long double sum = 0;
    for (size_t i = lane; i < LEAF; i += EIGHT)
        sum += exp2l(table->terms[row * LEAF + i]);
    return sum;
}

/* Two ulp a power, and four additions. */
static void powers_above_the_first_limit_are_exact(void **state) {
    (void)state;
    struct table table;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        double centre = 10 * ((double)seed - ROUNDS / 2);
        fill(&table, seed, centre - 20, centre + 20, (struct kernel_sums_limits){-2000, -2000});
        add_all(&table);
        for (size_t i = 0; i < ROWS * EIGHT; i++)
            assert_close(table.sums[i], (double)true_sum(&table, i / EIGHT, i % EIGHT), 1e-15);
    }
}

/* And rough: were they finer, more of them could be taken so. */
static void powers_between_the_limits_are_within_their_roughness(void **state) {
    (void)state;
    struct table table;
    double worst = 0;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        fill(&table, seed, -126, 0, (struct kernel_sums_limits){0, -2000});
        add_all(&table);
        for (size_t i = 0; i < ROWS * EIGHT; i++) {
            double right = (double)true_sum(&table, i / EIGHT, i % EIGHT);
            worst = fmax(worst, fabs(table.sums[i] / right - 1));
        }
    }
    assert_true(worst <= KERNEL_SUMS_ROUGHNESS);
    assert_true(worst > KERNEL_SUMS_ROUGHNESS / 32);
}

static void eights_below_both_limits_add_nothing(void **state) {
    (void)state;
    struct table table;
    fill(&table, 1, -60, -50, (struct kernel_sums_limits){-20, -50});
    add_all(&table);
    for (size_t i = 0; i < ROWS * EIGHT; i++)
        assert_true(table.sums[i] == 0);
}

/* The other seven are then as exact as it is. */
static void one_large_term_makes_its_eight_exact(void **state) {
    (void)state;
    struct table table;
    fill(&table, 2, -60, -50, (struct kernel_sums_limits){-20, -50});
    table.terms[2 * LEAF + 11] = -1;
    add_all(&table);
    for (size_t lane = 0; lane < EIGHT; lane++)
        assert_close(table.sums[2 * EIGHT + lane], exp2(table.terms[2 * LEAF + 8 + lane]), 1e-15);
    for (size_t i = 0; i < ROWS * EIGHT; i++)
        assert_true((table.sums[i] > 0) == (i / EIGHT == 2));
}

/* The claim of the header, with terms as numerous near each limit as they can be. */
static void limits_keep_a_sum_to_twice_its_share(void **state) {
    (void)state;
    const double shares[] = {1e-3, 1e-6, 1e-10, 0x1p-48};
    struct table table;
    for (size_t s = 0; s < sizeof shares / sizeof *shares; s++)
        for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
            double rough = log2(shares[s] / LEAF), exact = fmin(rough - log2(KERNEL_SUMS_ROUGHNESS), 0);
            fill(&table, seed, rough - 6, exact + 2, (struct kernel_sums_limits){exact, rough});
            for (size_t row = 0; row < ROWS; row++) {
                for (size_t k = 8 * row; k < LEAF; k++) /* eights of one kind */
                    table.terms[row * LEAF + k] -= table.terms[row * LEAF + k] > rough ? 7 : 0;
                table.terms[row * LEAF + 8 * (seed % 4)] = 0; /* the sum is at least 1 */
            }
            add_all(&table);
            for (size_t row = 0; row < ROWS; row++) {
                long double sum = 0, right = 0;
                for (size_t lane = 0; lane < EIGHT; lane++) {
                    sum += table.sums[row * EIGHT + lane];
                    right += true_sum(&table, row, lane);
                }
                assert_within((double)(sum / right), 1, 2 * shares[s] + 1e-15);
            }
        }
}

static void rows_not_named_are_left_alone(void **state) {
    (void)state;
    const size_t rows[2] = {4, 1};
    struct table table;
    fill(&table, 3, -5, 5, (struct kernel_sums_limits){0, -50});
    for (size_t i = 0; i < EIGHT; i++)
        table.sums[EIGHT + i] = 100;
    kernel_sums_powers_add(2, rows, table.terms, table.limits, table.sums);
    for (size_t i = 0; i < ROWS * EIGHT; i++) {
        double before = i / EIGHT == 1 ? 100 : 0;
        assert_true((table.sums[i] > before) == (i / EIGHT == 4 || i / EIGHT == 1));
    }
}

static void infinite_terms_add_nothing_and_huge_ones_tell(void **state) {
    (void)state;
    struct table table;
    fill(&table, 4, -1, 1, (struct kernel_sums_limits){-10, -50});
    for (size_t i = 0; i < 2 * LEAF; i++)
        table.terms[i] = -INFINITY;
    table.terms[5] = 3;
    table.terms[2 * LEAF] = 5000;
    add_all(&table);
    for (size_t lane = 0; lane < EIGHT; lane++) {
        assert_within(table.sums[lane], lane == 5 ? 8 : 0, 1e-300);
        assert_true(table.sums[EIGHT + lane] == 0);
    }
    assert_true(table.sums[2 * EIGHT] >= 0x1p1023);
}

/* Terms from below all powers to their largest; two ulp a power, and 32 additions. */
static void all_are_exact_where_all_are_added(void **state) {
    (void)state;
    enum { WIDTH = KERNEL_SUMS_ROWS };
    struct random_stream stream;
    double terms[LEAF * WIDTH], sums[WIDTH];
    int64_t active[WIDTH];
    random_start(&stream, 5, "test_kernel_sums_powers", "terms", 0);
    for (size_t q = 0; q < WIDTH; q++) {
        active[q] = q % 5 != 2;
        sums[q] = 100;
        for (size_t i = 0; i < LEAF; i++)
            terms[i * WIDTH + q] = active[q] ? 20 * (double)q * (random_uniform(&stream) - 0.5) : NAN;
    }
    terms[3 * WIDTH] = -INFINITY;
    terms[3 * WIDTH + 1] = 5000;
    kernel_sums_powers_add_all(terms, active, sums);
    assert_true(sums[1] >= 0x1p1023);
    for (size_t q = 0; q < WIDTH; q += q == 0 ? 2 : 1) {
        long double right = 100;
        for (size_t i = 0; active[q] && i < LEAF; i++)
            right += exp2l(terms[i * WIDTH + q]);
        assert_close(sums[q], (double)right, 4e-15);
    }
}

/* From one end of the range to the other. */
static void terms_within_the_range_make_the_same_bytes_in_less_time(void **state) {
    (void)state;
    enum { WIDTH = KERNEL_SUMS_ROWS };
    struct random_stream stream;
    double terms[LEAF * WIDTH], sums[WIDTH], within[WIDTH];
    int64_t active[WIDTH];
    random_start(&stream, 6, "test_kernel_sums_powers", "terms", 0);
    for (size_t q = 0; q < WIDTH; q++) {
        active[q] = q != 7;
        sums[q] = within[q] = (double)q;
        for (size_t i = 0; i < LEAF; i++)
            terms[i * WIDTH + q] =
                active[q] ? -1022 + 2045 * (double)q / WIDTH * random_uniform(&stream) : INFINITY;
    }
    terms[0] = KERNEL_SUMS_NOTHING;
    terms[WIDTH - 1] = 1023;
    kernel_sums_powers_add_all(terms, active, sums);
    kernel_sums_powers_add_within(terms, active, within);
    assert_memory_equal(sums, within, sizeof sums);
    assert_true(within[7] == 7 && within[WIDTH - 1] >= 0x1p1023);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_above_the_first_limit_are_exact),
        cmocka_unit_test(powers_between_the_limits_are_within_their_roughness),
        cmocka_unit_test(eights_below_both_limits_add_nothing),
        cmocka_unit_test(one_large_term_makes_its_eight_exact),
        cmocka_unit_test(limits_keep_a_sum_to_twice_its_share),
        cmocka_unit_test(rows_not_named_are_left_alone),
        cmocka_unit_test(all_are_exact_where_all_are_added),
        cmocka_unit_test(terms_within_the_range_make_the_same_bytes_in_less_time),
        cmocka_unit_test(infinite_terms_add_nothing_and_huge_ones_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
