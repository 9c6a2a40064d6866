/* Agreement of partitions against counting all pairs of rows. */

#include "num/partition_agreement.h"

#include "base/random.h"
#include "support/assertions.h"

enum { ROWS = 60, PARTS = 5 };

static double rand_index(size_t rows, const uint32_t *first, const uint32_t *second, const double *weights) {
    double table[PARTS * PARTS];
    const struct partition_pair pair = {rows, PARTS, PARTS, first, second, weights};
    partition_agreement_table(&pair, table);
    return partition_agreement_rand(PARTS, PARTS, table);
}

/* scikit-learn's adjusted_rand_score says so too. */
static void a_known_pair_of_labellings(void **state) {
    (void)state;
    const uint32_t first[] = {0, 0, 1, 1, 2, 2}, second[] = {0, 0, 0, 1, 1, 1};
    assert_close(rand_index(6, first, second, NULL), 0.24242424242424243, 1e-15);
    assert_close(rand_index(6, first, first, NULL), 1, 0);
}

/* The index from its definition: pairs of rows that are together in both, in the one, in the other. */
static double by_pairs(size_t rows, const uint32_t *first, const uint32_t *second) {
    double both = 0, one = 0, other = 0, pairs = (double)rows * (double)(rows - 1) / 2;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < i; j++) {
            both += first[i] == first[j] && second[i] == second[j];
            one += first[i] == first[j];
            other += second[i] == second[j];
        }
    }
    return (both - one * other / pairs) / ((one + other) / 2 - one * other / pairs);
}

static void the_table_gives_what_pairs_of_rows_give(void **state) {
    (void)state;
    struct random_stream stream;
    uint32_t first[ROWS], second[ROWS];
    for (uint64_t seed = 0; seed < 50; seed++) {
        random_start(&stream, seed, "test", "labels", 0);
        for (size_t i = 0; i < ROWS; i++) {
            first[i] = (uint32_t)random_below(&stream, PARTS);
            second[i] = i % 3 == 0 ? first[i] : (uint32_t)random_below(&stream, PARTS);
        }
        /* counts are exact; a few divisions */
        assert_within(rand_index(ROWS, first, second, NULL), by_pairs(ROWS, first, second), 1e-14);
    }
}

static void names_of_parts_and_order_of_partitions_do_not_matter(void **state) {
    (void)state;
    const uint32_t first[] = {0, 0, 1, 1, 2, 2, 2}, renamed[] = {4, 4, 0, 0, 3, 3, 3},
                   second[] = {0, 1, 1, 1, 2, 2, 0};
    assert_close(rand_index(7, first, second, NULL), rand_index(7, renamed, second, NULL), 1e-15);
    assert_close(rand_index(7, first, second, NULL), rand_index(7, second, first, NULL), 1e-15);
    assert_close(rand_index(7, first, renamed, NULL), 1, 0);
}

static void one_part_agrees_with_one_part(void **state) {
    (void)state;
    const uint32_t none[] = {0, 0, 0}, own[] = {0, 1, 2};
    assert_close(rand_index(3, none, none, NULL), 1, 0);
    assert_close(rand_index(3, own, own, NULL), 1, 0);
    assert_close(rand_index(3, none, own, NULL), 0, 0);
}

static void a_weight_of_two_is_a_row_twice_and_a_row_of_no_part_is_none(void **state) {
    (void)state;
    const uint32_t first[] = {0, 1, 1, 2, 9}, second[] = {0, 0, 1, 1, 0};
    const double weights[] = {2, 1, 2, 1, 1};
    const uint32_t first_rows[] = {0, 0, 1, 1, 1, 2}, second_rows[] = {0, 0, 0, 1, 1, 1};
    assert_close(rand_index(5, first, second, weights), rand_index(6, first_rows, second_rows, NULL), 0);
}

static void parts_are_matched_by_what_they_share(void **state) {
    (void)state;
    const double table[] = {5, 6, 0, 1, 5, 0}; /* 2 x 3: greedily 6 + 1, best 5 + 5 */
    size_t match[3];
    double jaccard[6];
    struct error error = {0};
    assert_int_equal(partition_agreement_match(2, 3, table, match, &error), 0);
    assert_int_equal(match[0], 0);
    assert_int_equal(match[1], 1);
    assert_true(match[2] == SIZE_MAX);
    partition_agreement_jaccard(2, 3, table, jaccard);
    assert_close(jaccard[0], 5 / 12.0, 1e-15);
    assert_close(jaccard[4], 5 / 12.0, 1e-15);
    assert_close(jaccard[5], 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_pair_of_labellings),
        cmocka_unit_test(the_table_gives_what_pairs_of_rows_give),
        cmocka_unit_test(names_of_parts_and_order_of_partitions_do_not_matter),
        cmocka_unit_test(one_part_agrees_with_one_part),
        cmocka_unit_test(a_weight_of_two_is_a_row_twice_and_a_row_of_no_part_is_none),
        cmocka_unit_test(parts_are_matched_by_what_they_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
