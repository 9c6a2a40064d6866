/* Assignments against all permutations. */

#include "num/assignment.h"

#include <math.h>
#include <stdbool.h>

#include "base/random.h"
#include "support/assertions.h"

enum { SIZE_MOST = 7 };

/* The least cost of the rows from `row` on, over all columns not yet taken. */
static double least_cost(size_t rows, size_t columns, const double *cost, size_t row, unsigned taken) {
    double least = INFINITY;
    if (row == rows)
        return 0;
    for (size_t j = 0; j < columns; j++)
        if ((taken >> j & 1) == 0)
            least = fmin(least,
                         cost[row * columns + j] + least_cost(rows, columns, cost, row + 1, taken | 1U << j));
    return least;
}

static double solve(size_t rows, size_t columns, const double *cost) {
    size_t column[100];
    bool taken[100] = {false};
    double sum = 0;
    struct error error = {0};
    if (assignment_solve(rows, columns, cost, column, &error) < 0)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < rows; i++) {
        assert_true(column[i] < columns && !taken[column[i]]);
        taken[column[i]] = true;
        sum += cost[i * columns + column[i]];
    }
    return sum;
}

static void no_permutation_costs_less(void **state) {
    (void)state;
    struct random_stream stream;
    double cost[SIZE_MOST * SIZE_MOST];
    for (uint64_t seed = 0; seed < 300; seed++) {
        random_start(&stream, seed, "test", "costs", 0);
        size_t columns = 1 + random_below(&stream, SIZE_MOST), rows = 1 + random_below(&stream, columns);
        for (size_t i = 0; i < rows * columns; i++) /* whole numbers: ties, and exact sums */
            cost[i] = seed % 2 ? (double)random_below(&stream, 5) - 2 : random_normal(&stream);
        assert_within(solve(rows, columns, cost), least_cost(rows, columns, cost, 0, 0),
                      1e-14); /* sums of 7 numbers near 1 in another order */
    }
}

/* c_ij = a_i b_j with ascending a, b: the least sum pairs the largest with the least (rearrangement). */
static void a_hundred_rows_are_sorted(void **state) {
    (void)state;
    static double cost[100 * 100];
    for (size_t i = 0; i < 100; i++)
        for (size_t j = 0; j < 100; j++)
            cost[i * 100 + j] = (double)((i + 1) * (j + 1));
    assert_close(solve(100, 100, cost), 100 * 101 * 102 / 6.0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_permutation_costs_less),
        cmocka_unit_test(a_hundred_rows_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
