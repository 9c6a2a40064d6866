#include "process/gaussian_process_inducing.h"

#include <math.h>
#include <stdbool.h>

#include "base/random.h"
#include "support/assertions.h"

enum { GROUPS = 8, EACH = 50, ROWS = GROUPS * EACH };

/* Groups of rows about (k, 1000 k^2), far narrower than they are apart. */
static double x[2 * ROWS], means[2 * GROUPS];

static int fill(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 9, "test", "groups", 0);
    for (size_t i = 0; i < ROWS; i++) {
        double group = (double)(i % GROUPS);
        x[2 * i] = group + 0.01 * random_normal(&stream);
        x[2 * i + 1] = 1000 * group * group + 10 * random_normal(&stream);
        for (size_t c = 0; c < 2; c++)
            means[2 * (i % GROUPS) + c] += x[2 * i + c] / EACH;
    }
    return 0;
}

static void choose(enum gaussian_process_inducing_start start, size_t count, size_t threads, double *z) {
    const struct gaussian_process_data data = {.rows = ROWS, .inputs = 2, .x = x};
    struct error error = {0};
    assert_int_equal(gaussian_process_inducing_choose(&data, start, count, 1, threads, z, &error), 0);
}

static size_t group_of(const double *z) {
    return (size_t)lround(z[0]);
}

/* k-means++ rarely misses one of so many groups so far apart; with this seed it does not. */
static void kmeans_finds_the_means_of_groups(void **state) {
    (void)state;
    double z[2 * GROUPS];
    bool met[GROUPS] = {false};
    choose(GAUSSIAN_PROCESS_INDUCING_KMEANS, GROUPS, 1, z);
    for (size_t k = 0; k < GROUPS; k++) {
        size_t group = group_of(z + 2 * k);
        assert_true(group < GROUPS && !met[group]);
        met[group] = true;
        assert_within(z[2 * k], means[2 * group], 1e-10);
        assert_within(z[2 * k + 1], means[2 * group + 1], 1e-7);
    }
}

static void threads_leave_no_trace(void **state) {
    (void)state;
    double a[2 * 30], b[2 * 30];
    choose(GAUSSIAN_PROCESS_INDUCING_KMEANS, 30, 1, a);
    choose(GAUSSIAN_PROCESS_INDUCING_KMEANS, 30, 3, b);
    assert_same_bits(a, b, 2 * 30);
}

/* The first row is of group 0, and every group is farther than what is left of those that are met. */
static void the_farthest_rows_are_of_all_groups(void **state) {
    (void)state;
    double z[2 * GROUPS];
    bool met[GROUPS] = {false};
    choose(GAUSSIAN_PROCESS_INDUCING_FARTHEST, GROUPS, 1, z);
    assert_within(z[0], x[0], 1e-12);
    assert_int_equal(group_of(z + 2), GROUPS - 1);
    for (size_t k = 0; k < GROUPS; k++) {
        assert_false(met[group_of(z + 2 * k)]);
        met[group_of(z + 2 * k)] = true;
    }
}

static void random_rows_are_different_rows(void **state) {
    (void)state;
    double z[2 * ROWS];
    choose(GAUSSIAN_PROCESS_INDUCING_RANDOM, ROWS, 1, z);
    assert_same_bits(z, x, 2 * ROWS); /* all of them, in order */
    choose(GAUSSIAN_PROCESS_INDUCING_RANDOM, 20, 1, z);
    size_t row = 0;
    for (size_t k = 0; k < 20; k++, row++) {
        while (row < ROWS && x[2 * row] != z[2 * k])
            row++;
        assert_true(row < ROWS);
    }
    assert_true(z[0] != x[0] || z[38] != x[38]);
}

static void the_first_rows_are_the_first(void **state) {
    (void)state;
    double z[2 * 5];
    choose(GAUSSIAN_PROCESS_INDUCING_FIRST, 5, 1, z);
    assert_same_bits(z, x, 2 * 5);
}

/* Every row as a centre: nothing is nearer to a centre than the centre itself. */
static void as_many_as_rows_are_the_rows(void **state) {
    (void)state;
    static double z[2 * ROWS];
    choose(GAUSSIAN_PROCESS_INDUCING_KMEANS, ROWS, 1, z);
    for (size_t i = 0; i < ROWS; i++) {
        double nearest = INFINITY;
        for (size_t k = 0; k < ROWS; k++)
            nearest = fmin(nearest, fabs(z[2 * k] - x[2 * i]));
        assert_true(nearest < 1e-10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kmeans_finds_the_means_of_groups),
        cmocka_unit_test(threads_leave_no_trace),
        cmocka_unit_test(the_farthest_rows_are_of_all_groups),
        cmocka_unit_test(random_rows_are_different_rows),
        cmocka_unit_test(the_first_rows_are_the_first),
        cmocka_unit_test(as_many_as_rows_are_the_rows),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
