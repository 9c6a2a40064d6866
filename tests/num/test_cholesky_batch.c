/* Factors eight at a time against factors one by one. */

#include "num/cholesky_batch.h"

#include <math.h>

#include "base/random.h"
#include "num/cholesky.h"
#include "support/assertions.h"

enum { ORDER = 13, LANES_COUNT = CHOLESKY_BATCH };

static double matrices[LANES_COUNT][ORDER * ORDER];
static _Alignas(64) double batch[ORDER * (ORDER + 1) / 2 * CHOLESKY_BATCH];

/* B B' + 1 for random B, laid out in lanes as well. */
static void fill(void) {
    struct random_stream stream;
    random_start(&stream, 1, "test", "batch", 0);
    for (size_t lane = 0; lane < LANES_COUNT; lane++) {
        double b[ORDER * ORDER];
        for (size_t i = 0; i < ORDER * ORDER; i++)
            b[i] = random_normal(&stream);
        for (size_t i = 0; i < ORDER; i++)
            for (size_t j = 0; j < ORDER; j++) {
                double sum = i == j;
                for (size_t k = 0; k < ORDER; k++)
                    sum += b[i * ORDER + k] * b[j * ORDER + k];
                matrices[lane][i * ORDER + j] = sum;
                if (j <= i)
                    batch[cholesky_batch_at(i, j) + lane] = sum;
            }
    }
}

/* Condition numbers are some hundreds: 1e-12 is rounding. */
static void each_lane_has_the_factor_of_its_matrix(void **state) {
    (void)state;
    fill();
    assert_int_equal(cholesky_batch_factor(ORDER, batch), 0);
    for (size_t lane = 0; lane < LANES_COUNT; lane++) {
        assert_int_equal(cholesky_factor(ORDER, matrices[lane]), 0);
        for (size_t i = 0; i < ORDER; i++)
            for (size_t j = 0; j <= i; j++) {
                double value = matrices[lane][i * ORDER + j];
                assert_within(batch[cholesky_batch_at(i, j) + lane], i == j ? 1 / value : value, 1e-12);
            }
    }
}

static void solving_below_then_above_solves_the_system(void **state) {
    (void)state;
    static _Alignas(64) double b[ORDER * CHOLESKY_BATCH];
    double wanted[LANES_COUNT][ORDER];
    fill();
    assert_int_equal(cholesky_batch_factor(ORDER, batch), 0);
    for (size_t lane = 0; lane < LANES_COUNT; lane++) {
        for (size_t i = 0; i < ORDER; i++)
            b[i * CHOLESKY_BATCH + lane] = wanted[lane][i] = (double)(i * lane) - 5;
        assert_int_equal(cholesky_factor(ORDER, matrices[lane]), 0);
        cholesky_solve(ORDER, matrices[lane], 1, wanted[lane]);
    }
    cholesky_batch_solve_lower(ORDER, batch, b);
    cholesky_batch_solve_upper(ORDER, batch, b);
    for (size_t lane = 0; lane < LANES_COUNT; lane++)
        for (size_t i = 0; i < ORDER; i++)
            assert_within(b[i * CHOLESKY_BATCH + lane], wanted[lane][i], 1e-9);
}

static void one_bad_matrix_of_the_eight_is_told(void **state) {
    (void)state;
    fill();
    batch[cholesky_batch_at(7, 7) + 3] = -1;
    assert_int_equal(cholesky_batch_factor(ORDER, batch), -1);
    fill();
    batch[cholesky_batch_at(2, 1) + 6] = NAN;
    assert_int_equal(cholesky_batch_factor(ORDER, batch), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_lane_has_the_factor_of_its_matrix),
        cmocka_unit_test(solving_below_then_above_solves_the_system),
        cmocka_unit_test(one_bad_matrix_of_the_eight_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
