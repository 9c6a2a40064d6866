#include "divergence/discrete_information.h"

#include <math.h>

#include "support/assertions.h"

enum { ROWS = 300 };

/* The symbols are numbers of any sign and size. */
static const double symbols[] = {-3, 0, 2, 1e300, 7};

static void draw(uint64_t seed, size_t columns, double *rows) {
    struct random_stream stream;
    random_start(&stream, seed, "test", "symbols", columns);
    for (size_t i = 0; i < ROWS; i++) {
        size_t z = (size_t)random_below(&stream, 3), x = (size_t)random_below(&stream, 2) + z;
        size_t y = (size_t)random_below(&stream, 2) + (x + z) / 2;
        double *row = rows + i * columns;
        row[0] = symbols[x];
        row[1] = symbols[y];
        if (columns == 3)
            row[2] = symbols[z];
    }
}

/* sum f log f over the distinct tuples of the columns in the mask, by comparing every row with every other:
 * each row adds log f / n. */
static long double negentropy(size_t columns, const double *rows, unsigned mask, size_t *cells) {
    long double sum = 0;
    *cells = 0;
    for (size_t i = 0; i < ROWS; i++) {
        size_t same = 0, before = 0;
        for (size_t j = 0; j < ROWS; j++) {
            bool equal = true;
            for (size_t c = 0; c < columns; c++)
                equal = equal && ((mask >> c & 1) == 0 || rows[i * columns + c] == rows[j * columns + c]);
            same += equal;
            before += equal && j < i;
        }
        sum += logl((long double)same / ROWS) / ROWS;
        *cells += before == 0;
    }
    return sum;
}

static double value_of(size_t columns, const double *rows, bool corrected) {
    struct error error;
    struct discrete_information *information = discrete_information_create(ROWS, columns, rows, &error);
    assert_non_null(information);
    double value = discrete_information_value(information, corrected);
    discrete_information_free(information);
    return value;
}

static void the_plug_in_is_the_difference_of_four_entropies(void **state) {
    (void)state;
    double rows[3 * ROWS];
    for (size_t columns = 2; columns <= 3; columns++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            size_t xz, yz, z, xyz;
            draw(seed, columns, rows);
            long double value = negentropy(columns, rows, 7, &xyz) - negentropy(columns, rows, 5, &xz) -
                                negentropy(columns, rows, 6, &yz) + negentropy(columns, rows, 4, &z);
            double bias = ((double)(xz + yz) - (double)(z + xyz)) / (2 * ROWS);
            assert_within(value_of(columns, rows, false), (double)value, 1e-15);
            assert_within(value_of(columns, rows, true), (double)value + bias, 1e-15);
        }
}

/* A product of counts has no information; a copy all of its entropy, here log 4 of even counts. */
static void independent_and_equal_columns(void **state) {
    (void)state;
    double rows[3 * ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        rows[2 * i] = (double)(i % 4);
        rows[2 * i + 1] = (double)(i / 4 % 3);
    }
    assert_ulps(value_of(2, rows, false), 0, 0);
    for (size_t i = 0; i < ROWS; i++)
        rows[2 * i + 1] = -rows[2 * i];
    assert_close(value_of(2, rows, false), log(4), 1e-15);
    for (size_t i = 0; i < ROWS; i++) { /* x = y given z, but z tells of both all there is */
        rows[3 * i] = rows[3 * i + 1] = (double)(i % 4);
        rows[3 * i + 2] = (double)(i % 4);
    }
    assert_ulps(value_of(3, rows, false), 0, 0);
}

/* Of x = y = 0 0 1 1 a third of all orders of x leaves log 2, and the others 0: 2000 shuffles are within four
 * standard deviations of a third. */
static void a_shuffle_without_z_is_any_order(void **state) {
    (void)state;
    enum { SHUFFLES = 2000 };
    static const double rows[] = {0, 0, 0, 0, 1, 1, 1, 1};
    struct error error;
    struct random_stream stream;
    size_t kept = 0;
    struct discrete_information *information = discrete_information_create(4, 2, rows, &error);
    assert_non_null(information);
    random_start(&stream, 1, "test", "shuffles", 0);
    for (size_t i = 0; i < SHUFFLES; i++) {
        discrete_information_shuffle(information, &stream);
        double value = discrete_information_value(information, false);
        kept += value > 0;
        assert_within(value, value > 0 ? log(2) : 0, 1e-15);
    }
    discrete_information_free(information);
    assert_within((double)kept / SHUFFLES, 1.0 / 3, 4 * sqrt(2.0 / 9 / SHUFFLES));
}

/* x is a function of z: whatever is shuffled within z, the information stays. With x = y free within z it
 * falls, and the counts of x with z, which the correction holds, stay. */
static void shuffles_stay_within_z(void **state) {
    (void)state;
    double rows[3 * ROWS];
    struct error error;
    struct random_stream stream;
    random_start(&stream, 1, "test", "shuffles", 1);
    for (int free_x = 0; free_x < 2; free_x++) {
        draw(9, 3, rows);
        for (size_t i = 0; i < ROWS; i++)
            rows[3 * i] = free_x ? rows[3 * i + 1] : -rows[3 * i + 2];
        struct discrete_information *information = discrete_information_create(ROWS, 3, rows, &error);
        assert_non_null(information);
        double before = discrete_information_value(information, false);
        for (size_t i = 0; i < 20; i++) {
            discrete_information_shuffle(information, &stream);
            double after = discrete_information_value(information, false);
            if (free_x)
                assert_true(before > 0.5 && after < 0.05);
            else
                assert_ulps(after, before, 0);
        }
        discrete_information_free(information);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plug_in_is_the_difference_of_four_entropies),
        cmocka_unit_test(independent_and_equal_columns),
        cmocka_unit_test(a_shuffle_without_z_is_any_order),
        cmocka_unit_test(shuffles_stay_within_z),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
