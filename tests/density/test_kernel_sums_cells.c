#include "density/kernel_sums_cells.h"

#include <math.h>

#include "support/assertions.h"

/* The polynomial through a gaussian about x at the nodes of the cell about 0, at v. */
static double interpolated(const struct kernel_sums_cells *cells, double x, double v) {
    double weights[KERNEL_SUMS_NODES], sum = 0, t = 2 * v / cells->width;
    for (size_t k = 0; k < cells->nodes; k++)
        weights[k] = cos((double)k * acos(t));
    kernel_sums_cells_weights(cells, 1, weights);
    for (size_t a = 0; a < cells->nodes; a++)
        sum += weights[a] * exp(-0.5 * (x - cells->places[a]) * (x - cells->places[a]));
    return sum;
}

static void check_errors(double relative, size_t dimensions) {
    struct kernel_sums_cells cells;
    assert_true(kernel_sums_cells_choose(&cells, dimensions, 1000, relative));
    for (size_t k = 0; k <= cells.reach; k++) {
        double worst = 0, largest = 0;
        for (double x = -0.5; x <= 0.5; x += 0.0625)
            for (double v = -0.5; v <= 0.5; v += 0.03125) {
                double at = cells.width * ((double)k + x),
                       gaussian = exp(-0.5 * pow(at - cells.width * v, 2));
                worst = fmax(worst, fabs(interpolated(&cells, at, cells.width * v) - gaussian));
                largest = fmax(largest, gaussian);
            }
        assert_true(worst <= cells.errors[k]);
        assert_true(largest <= cells.largest[k] * (1 + 1e-14));
    }
}

static void errors_are_within_their_bounds(void **state) {
    (void)state;
    for (double relative = 1e-1; relative > 5e-11; relative /= 10)
        for (size_t dimensions = 1; dimensions <= 2; dimensions++)
            check_errors(relative, dimensions);
}

static void bounds_are_not_far_above_the_errors(void **state) {
    (void)state;
    struct kernel_sums_cells cells;
    double worst = 0;
    assert_true(kernel_sums_cells_choose(&cells, 1, 1000, 1e-6));
    for (double x = -0.5; x <= 0.5; x += 0.0625)
        for (double v = -0.5; v <= 0.5; v += 0.03125) {
            double at = cells.width * x, from = cells.width * v;
            worst = fmax(worst, fabs(interpolated(&cells, at, from) - exp(-0.5 * pow(at - from, 2))));
        }
    assert_true(cells.errors[0] < 100 * worst);
}

static void tolerances_below_rounding_are_refused(void **state) {
    (void)state;
    struct kernel_sums_cells cells;
    assert_false(kernel_sums_cells_choose(&cells, 1, 1000, 1e-13));
    assert_false(kernel_sums_cells_choose(&cells, 1, 1000000000, 1e-10));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_within_their_bounds),
        cmocka_unit_test(bounds_are_not_far_above_the_errors),
        cmocka_unit_test(tolerances_below_rounding_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
