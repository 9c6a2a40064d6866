#include "num/row_sampling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/array_stream.h"
#include "support/assertions.h"

enum { ROWS_MAX = 1000, SEEDS = 2000 };

static const double *numbered_rows(void) {
    static double values[ROWS_MAX];
    for (size_t i = 0; i < ROWS_MAX; i++)
        values[i] = (double)i;
    return values;
}

static struct row_stream *open_rows(size_t rows, size_t block) {
    return array_stream_open(&(struct array_stream_settings){
        .rows = rows, .columns = 1, .values = numbered_rows(), .block = block, .rewindable = true});
}

/* Each kind of sampling by one signature. */
typedef int push(struct row_stream **chain, uint64_t seed, struct error *error);

static int push_three(struct row_stream **chain, uint64_t seed, struct error *error) {
    return row_sampling_push_count(chain, 3, seed, "test", error);
}

static int push_third(struct row_stream **chain, uint64_t seed, struct error *error) {
    return row_sampling_push_fraction(chain, 0.3, seed, "test", error);
}

static int push_bootstrap(struct row_stream **chain, uint64_t seed, struct error *error) {
    return row_sampling_push_bootstrap(chain, seed, "test", error);
}

static int push_shuffle(struct row_stream **chain, uint64_t seed, struct error *error) {
    return row_sampling_push_shuffle(chain, seed, "test", error);
}

static double *draw(push *push_stage, size_t rows, size_t block, uint64_t seed, size_t *count) {
    struct error error = {0};
    struct row_stream *chain = open_rows(rows, block);
    assert_int_equal(push_stage(&chain, seed, &error), 0);
    double *values = array_stream_gather(chain, count);
    row_stream_free(chain);
    return values;
}

/* How often each of ten rows comes, over all seeds, within five standard errors of the mean and variance of
 * the number of times that it should come at a draw. */
static void check_frequencies(push *push_stage, double mean, double variance) {
    double times[10] = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        size_t count;
        double *values = draw(push_stage, 10, 4, seed, &count);
        for (size_t i = 0; i < count; i++)
            times[(size_t)values[i]]++;
        free(values);
    }
    for (size_t i = 0; i < 10; i++)
        assert_within(times[i] / SEEDS, mean, 5 * sqrt(variance / SEEDS));
}

static void each_row_is_sampled_as_often(void **state) {
    (void)state;
    check_frequencies(push_three, 0.3, 0.3 * 0.7);
    check_frequencies(push_third, 0.3, 0.3 * 0.7);
    check_frequencies(push_bootstrap, 1, 0.9); /* binomial of 10 draws at 1/10 */
}

/* Each of the 45 pairs is in a sample with probability 3/45; chi square over pairs. */
static void each_pair_is_sampled_as_often(void **state) {
    (void)state;
    double times[10][10] = {{0}}, chi_square = 0, expected = SEEDS * 3.0 / 45;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        size_t count;
        double *values = draw(push_three, 10, 10, seed, &count);
        assert_int_equal(count, 3);
        for (size_t i = 0; i < 3; i++)
            for (size_t j = i + 1; j < 3; j++)
                times[(size_t)values[i]][(size_t)values[j]]++;
        free(values);
    }
    for (size_t i = 0; i < 10; i++)
        for (size_t j = i + 1; j < 10; j++)
            chi_square += pow(times[i][j] - expected, 2) / expected;
    /* mean below 44, deviation below sqrt(88): five of these */
    assert_true(chi_square < 44 + 5 * sqrt(88));
}

static void each_row_comes_first_as_often_when_shuffled(void **state) {
    (void)state;
    double times[10] = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        size_t count;
        double *values = draw(push_shuffle, 10, 3, seed, &count), sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += values[i] * values[i];
        assert_true(count == 10 && sum == 285); /* every row once: the squares' sum is that of 0 .. 9 */
        times[(size_t)values[0]]++;
        free(values);
    }
    for (size_t i = 0; i < 10; i++)
        assert_within(times[i] / SEEDS, 0.1, 5 * sqrt(0.09 / SEEDS));
}

static void samples_keep_input_order(void **state) {
    (void)state;
    size_t count;
    double *values = draw(push_three, ROWS_MAX, 100, 1, &count);
    assert_true(count == 3 && values[0] < values[1] && values[1] < values[2]);
    free(values);
    values = draw(push_third, ROWS_MAX, 100, 1, &count);
    for (size_t i = 1; i < count; i++)
        assert_true(values[i - 1] < values[i]);
    assert_within((double)count, 300, 5 * sqrt(ROWS_MAX * 0.21));
    free(values);
}

static void blocks_do_not_matter_and_seeds_do(void **state) {
    (void)state;
    push *const kinds[] = {push_three, push_third, push_bootstrap, push_shuffle};
    for (size_t k = 0; k < 4; k++) {
        size_t count, other_count;
        double *values = draw(kinds[k], 50, 50, 1, &count);
        double *blocks = draw(kinds[k], 50, 7, 1, &other_count);
        assert_int_equal(count, other_count);
        assert_same_bits(blocks, values, count);
        free(blocks);
        double *seeds = draw(kinds[k], 50, 50, 2, &other_count);
        assert_true(count != other_count || memcmp(seeds, values, count * sizeof *values) != 0);
        free(seeds);
        free(values);
    }
}

static void rewinding_draws_the_same_rows(void **state) {
    (void)state;
    push *const kinds[] = {push_three, push_third, push_bootstrap, push_shuffle};
    for (size_t k = 0; k < 4; k++) {
        struct error error = {0};
        size_t count, again_count;
        struct row_stream *chain = open_rows(50, 7);
        assert_int_equal(kinds[k](&chain, 1, &error), 0);
        double *values = array_stream_gather(chain, &count);
        assert_int_equal(row_stream_rewind(chain, &error), 0);
        double *again = array_stream_gather(chain, &again_count);
        assert_int_equal(count, again_count);
        assert_same_bits(again, values, count);
        free(values);
        free(again);
        row_stream_free(chain);
    }
}

static void fewer_rows_than_asked_for_are_noted(void **state) {
    (void)state;
    char text[128];
    struct error error = {0};
    struct row_stream *few = open_rows(2, 2), *enough = open_rows(3, 2);
    assert_int_equal(push_three(&few, 1, &error), 0);
    assert_int_equal(push_three(&enough, 1, &error), 0);
    row_stream_note(few, text, sizeof text);
    assert_string_equal(text, "only 2 rows to sample 3 from");
    row_stream_note(enough, text, sizeof text);
    assert_string_equal(text, "");
    row_stream_free(few);
    row_stream_free(enough);
}

static void the_ends_are_nothing_and_all(void **state) {
    (void)state;
    const double ends[] = {0, 1};
    for (size_t k = 0; k < 2; k++) {
        struct error error = {0};
        size_t rows;
        struct row_stream *fraction = open_rows(100, 9), *count = open_rows(100, 9);
        assert_int_equal(row_sampling_push_fraction(&fraction, ends[k], 1, "test", &error), 0);
        assert_int_equal(row_sampling_push_count(&count, (size_t)ends[k] * 100, 1, "test", &error), 0);
        free(array_stream_gather(fraction, &rows));
        assert_int_equal(rows, k * 100);
        free(array_stream_gather(count, &rows));
        assert_int_equal(rows, k * 100);
        row_stream_free(fraction);
        row_stream_free(count);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_sampled_as_often),
        cmocka_unit_test(each_pair_is_sampled_as_often),
        cmocka_unit_test(each_row_comes_first_as_often_when_shuffled),
        cmocka_unit_test(samples_keep_input_order),
        cmocka_unit_test(blocks_do_not_matter_and_seeds_do),
        cmocka_unit_test(rewinding_draws_the_same_rows),
        cmocka_unit_test(fewer_rows_than_asked_for_are_noted),
        cmocka_unit_test(the_ends_are_nothing_and_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
