#include "num/column_scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/array_stream.h"
#include "support/assertions.h"
#include "support/filter_run.h"

enum { ROWS = 500, COLUMNS = 3 };

/* Columns of very different size and place. */
static const double *some_rows(void) {
    static double values[ROWS * COLUMNS];
    const double place[COLUMNS] = {0, 1e6, -3e-7}, size[COLUMNS] = {1, 1e-3, 1e-9};
    struct random_stream random;
    random_start(&random, 1, "test_column_scale", "rows", 0);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        values[i] = place[i % COLUMNS] + size[i % COLUMNS] * random_normal(&random);
    return values;
}

static struct row_stream *open_rows(void) {
    return array_stream_open(&(struct array_stream_settings){
        .rows = ROWS, .columns = COLUMNS, .values = some_rows(), .block = 64});
}

static struct column_scale fit(bool only_center) {
    struct error error = {0};
    struct column_scale scale;
    struct row_stream *chain = open_rows();
    assert_int_equal(column_scale_fit(&scale, chain, only_center, 2, &error), 0);
    row_stream_free(chain);
    return scale;
}

/* Puts the scale on some rows and gathers them; the scale is used up. */
static double *scaled(struct column_scale *scale, enum column_scale_direction direction, const double *rows) {
    struct error error = {0};
    size_t count;
    struct row_stream *chain = array_stream_open(
        &(struct array_stream_settings){.rows = ROWS, .columns = COLUMNS, .values = rows, .block = 99});
    assert_int_equal(column_scale_push(&chain, scale, direction, &error), 0);
    assert_null(scale->mean);
    double *values = array_stream_gather(chain, &count);
    row_stream_free(chain);
    return values;
}

/* Rounding moves x - mean by ulp(x): for the second column 1e-10 / 1e-3 deviations. */
static void scaled_columns_have_mean_0_and_deviation_1(void **state) {
    (void)state;
    struct column_scale scale = fit(false);
    double *values = scaled(&scale, COLUMN_SCALE_APPLY, some_rows());
    for (size_t i = 0; i < COLUMNS; i++) {
        double sum = 0, squares = 0;
        for (size_t row = 0; row < ROWS; row++) {
            sum += values[row * COLUMNS + i];
            squares += values[row * COLUMNS + i] * values[row * COLUMNS + i];
        }
        assert_within(sum / ROWS, 0, 1e-7);
        assert_close(squares / (ROWS - 1), 1, 1e-13);
    }
    free(values);
}

static void undoing_gives_the_data_back(void **state) {
    (void)state;
    struct column_scale there = fit(false), back = fit(false);
    double *values = scaled(&there, COLUMN_SCALE_APPLY, some_rows());
    double *again = scaled(&back, COLUMN_SCALE_UNDO, values);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        assert_close(again[i], some_rows()[i], 1e-12);
    free(values);
    free(again);
}

static void centring_leaves_the_size(void **state) {
    (void)state;
    struct column_scale scale = fit(true);
    for (size_t i = 0; i < COLUMNS; i++)
        assert_true(scale.deviation[i] == 1);
    column_scale_free(&scale);
}

static void a_model_comes_back_bit_by_bit(void **state) {
    (void)state;
    struct error error = {0};
    struct column_scale scale = fit(false), again;
    char *directory = filter_run_directory(NULL), path[4096];
    snprintf(path, sizeof path, "%s/s.npz", directory);
    assert_int_equal(column_scale_write(&scale, path, &error), 0);
    struct npz *npz = npz_read(path, &error);
    assert_non_null(npz);
    assert_int_equal(column_scale_take(&again, npz, &error), 0);
    assert_same_bits(again.mean, scale.mean, COLUMNS);
    assert_same_bits(again.deviation, scale.deviation, COLUMNS);
    npz_free(npz);
    column_scale_free(&scale);
    column_scale_free(&again);
    filter_run_remove(directory);
}

static void models_that_are_none_are_refused(void **state) {
    (void)state;
    double mean[] = {0, 1}, deviation[] = {1, 2};
    char kind[] = "scale", name_kind[] = "kind", name_mean[] = "mean", name_deviation[] = "deviation",
         path[] = "s.npz";
    struct npz_array arrays[] = {
        {.name = name_kind, .text = kind, .count = 1},
        {.name = name_mean, .rank = 1, .shape = {2}, .count = 2, .values = mean},
        {.name = name_deviation, .rank = 1, .shape = {2}, .count = 2, .values = deviation}};
    struct npz npz = {arrays, 3, path};
    struct column_scale scale;
    struct error error = {0};
    assert_int_equal(column_scale_take(&scale, &npz, &error), 0);
    column_scale_free(&scale);

    deviation[1] = 0;
    assert_int_equal(column_scale_take(&scale, &npz, &error), -1);
    assert_string_equal(error.text, "s.npz: deviation: value 2 is not a finite number above 0");
    deviation[1] = 2;
    mean[0] = INFINITY;
    assert_int_equal(column_scale_take(&scale, &npz, &error), -1);
    assert_string_equal(error.text, "s.npz: mean: value 1 is not finite");
    mean[0] = 0;
    arrays[2].count = arrays[2].shape[0] = 1;
    assert_int_equal(column_scale_take(&scale, &npz, &error), -1);
    assert_string_equal(error.text, "s.npz: mean has 2 values, but deviation has 1");
    npz.count = 2;
    assert_int_equal(column_scale_take(&scale, &npz, &error), -1);
    assert_string_equal(error.text, "s.npz: no array 'deviation'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scaled_columns_have_mean_0_and_deviation_1),
        cmocka_unit_test(undoing_gives_the_data_back),
        cmocka_unit_test(centring_leaves_the_size),
        cmocka_unit_test(a_model_comes_back_bit_by_bit),
        cmocka_unit_test(models_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
