#include "num/sorted_order.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

static void check(size_t count, const double *values) {
    struct sorted_order_entry *entries = calloc(count, sizeof *entries);
    struct sorted_order_entry *workspace = calloc(count, sizeof *workspace);
    size_t *seen = calloc(count, sizeof *seen);
    sorted_order_find(count, values, entries, workspace);
    for (size_t k = 0; k < count; k++) {
        assert_int_equal(seen[entries[k].index]++, 0);
        if (k == 0)
            continue;
        size_t before = entries[k - 1].index, here = entries[k].index;
        assert_true(values[before] < values[here] || (values[before] == values[here] && before < here));
    }
    free(entries);
    free(workspace);
    free(seen);
}

static void values_ascend_and_ties_keep_their_order(void **state) {
    (void)state;
    for (size_t count = 1; count < 3000; count = count * 2 + 1) {
        double *values = calloc(count, sizeof *values);
        struct random_stream stream;
        random_start(&stream, count, "test_sorted_order", "values", 0);
        random_normals(&stream, count, values);
        check(count, values);
        for (size_t k = 0; k < count; k++)
            values[k] = (double)random_below(&stream, 7) - 3;
        check(count, values);
        free(values);
    }
}

static void the_whole_range_is_sorted(void **state) {
    (void)state;
    double values[100];
    for (int k = 0; k < 100; k++)
        values[k] = (k % 2 ? -1 : 1) * ldexp(1 + k / 128., k * 20 - 1040);
    values[50] = INFINITY;
    values[51] = -INFINITY;
    check(100, values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_ascend_and_ties_keep_their_order),
        cmocka_unit_test(the_whole_range_is_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
