#include "num/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"

enum { COLUMNS_MAX = 4 };

/* A table over arrays of the caller: the first column horizontal, where there is one, the others vertical. */
struct sample {
    struct plot_table table;
    size_t y[COLUMNS_MAX];
};

static struct plot_table *set_table(struct sample *sample, size_t rows, size_t columns, double *values,
                                    bool horizontal) {
    sample->table = (struct plot_table){.matrix = {.values = values, .rows = rows, .columns = columns},
                                        .x = horizontal ? 0 : PLOT_TABLE_NO_COLUMN,
                                        .y = sample->y,
                                        .by = PLOT_TABLE_NO_COLUMN};
    for (size_t i = horizontal ? 1 : 0; i < columns; i++)
        sample->y[sample->table.y_count++] = i;
    return &sample->table;
}

static const struct picture_settings by_columns = {.mode = -1,
                                                   .x_range = {NAN, NAN},
                                                   .y_range = {NAN, NAN},
                                                   .width = 90,
                                                   .height = 60,
                                                   .cell = 5,
                                                   .levels = 10};

static struct plot make(const struct plot_table *table, const struct picture_settings *settings,
                        struct picture_notes *notes) {
    struct plot plot = {0};
    struct error error = {0};
    assert_int_equal(picture_make(&plot, table, NULL, settings, notes, &error), 0);
    return plot;
}

static void ranges_hold_the_data_with_some_room(void **state) {
    (void)state;
    double values[] = {0, 10, 1, 30, 2, 20};
    struct sample sample = {0};
    struct picture_notes notes;
    struct plot plot = make(set_table(&sample, 3, 2, values, true), &by_columns, &notes);
    assert_int_equal(plot.mode, PLOT_LINES);
    assert_true(plot.x.low == 0 && plot.x.high == 2); /* lines reach the ends */
    assert_close(plot.y.low, 10 - 0.03 * 20, 1e-15);
    assert_close(plot.y.high, 30 + 0.03 * 20, 1e-15);
    assert_string_equal(notes.dropped, "");
    plot_free(&plot);
}

static void one_value_still_has_a_range(void **state) {
    (void)state;
    double values[] = {3, 0};
    struct sample sample = {0};
    struct picture_notes notes;
    struct plot plot = make(set_table(&sample, 1, 2, values, true), &by_columns, &notes);
    assert_true(plot.x.low < 3 && plot.x.high > 3 && plot.y.low < 0 && plot.y.high > 0);
    plot_free(&plot);
}

/* Cells reach half a step beyond the grid; the value of (u, v) is 10 u + v. */
static void a_grid_in_any_order_is_heat(void **state) {
    (void)state;
    double values[] = {1, 5, 15, 0, 4, 4, 1, 4, 14, 0, 5, 5, 2, 4, 24, 2, 5, 25};
    struct sample sample = {0};
    struct picture_notes notes;
    struct plot plot = make(set_table(&sample, 6, 3, values, true), &by_columns, &notes);
    assert_int_equal(plot.mode, PLOT_HEAT);
    assert_int_equal(plot.grid.columns, 3);
    assert_int_equal(plot.grid.rows, 2);
    for (size_t j = 0; j < 2; j++)
        for (size_t i = 0; i < 3; i++)
            assert_true(plot.grid.values[j * 3 + i] == 10 * plot.grid.x[i] + plot.grid.y[j]);
    assert_true(plot.x.low == -0.5 && plot.x.high == 2.5 && plot.y.low == 3.5 && plot.y.high == 5.5);
    plot_free(&plot);
}

/* Counts add up to the values, whatever the bins; densities to area 1. */
static void histograms_hold_every_value(void **state) {
    (void)state;
    double values[100], total = 0, area = 0;
    struct sample sample = {0};
    struct picture_notes notes;
    struct picture_settings settings = by_columns;
    for (size_t i = 0; i < 100; i++)
        values[i] = sqrt((double)i);
    for (settings.bins = 0; settings.bins < 50; settings.bins += 7) {
        struct plot plot = make(set_table(&sample, 100, 1, values, false), &settings, &notes);
        assert_int_equal(plot.mode, PLOT_HISTOGRAM);
        total = area = 0;
        for (size_t b = 0; b < plot.curves[0].count; b++)
            total += plot.curves[0].y[b];
        assert_true(total == 100);
        assert_true(plot.y.low == 0);
        plot_free(&plot);
    }
    settings.density = true;
    struct plot plot = make(set_table(&sample, 100, 1, values, false), &settings, &notes);
    for (size_t b = 0; b < plot.curves[0].count; b++)
        area += plot.curves[0].y[b] * plot.bar_width;
    assert_close(area, 1, 1e-14);
    plot_free(&plot);
}

static void what_cannot_be_drawn_is_counted(void **state) {
    (void)state;
    double values[] = {0, 1, 1, INFINITY, 2, -3, 3, 5};
    struct sample sample = {0};
    struct picture_notes notes;
    struct picture_settings settings = by_columns;
    struct plot plot = make(set_table(&sample, 4, 2, values, true), &settings, &notes);
    assert_int_equal(plot.curves[0].count, 3);
    assert_string_equal(notes.dropped, "1 point not drawn: not finite");
    plot_free(&plot);
    settings.log_y = true;
    plot = make(set_table(&sample, 4, 2, values, true), &settings, &notes);
    assert_int_equal(plot.curves[0].count, 2);
    assert_true(plot.y.low > 0 && plot.y.low < 1);
    plot_free(&plot);
}

static void the_first_row_of_a_matrix_is_at_the_top(void **state) {
    (void)state;
    double values[] = {1, 2, 3, 4, 5, 6};
    struct sample sample = {0};
    struct picture_notes notes;
    struct picture_settings settings = by_columns;
    settings.mode = PLOT_MATRIX;
    struct plot plot = make(set_table(&sample, 3, 2, values, false), &settings, &notes);
    const double expected[] = {5, 6, 3, 4, 1, 2}; /* from the lowest y up */
    assert_same_bits(plot.grid.values, expected, 6);
    plot_free(&plot);
}

static void a_long_line_is_thinned_to_what_the_width_shows(void **state) {
    (void)state;
    enum { ROWS = 100000 };
    struct sample sample = {0};
    struct picture_notes notes;
    double *values = malloc(2 * ROWS * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < ROWS; i++) {
        values[2 * i] = (double)i;
        values[2 * i + 1] = i == 77777 ? 1000 : sin((double)i);
    }
    struct plot plot = make(set_table(&sample, ROWS, 2, values, true), &by_columns, &notes);
    bool peak = false;
    assert_true(plot.curves[0].count <= 4 * (by_columns.width + 1));
    for (size_t k = 0; k < plot.curves[0].count; k++)
        peak = peak || (plot.curves[0].x[k] == 77777 && plot.curves[0].y[k] == 1000);
    assert_true(peak);
    assert_true(strncmp(notes.thinned, "100000 points thinned to ", 25) == 0);
    plot_free(&plot);
    free(values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_hold_the_data_with_some_room),
        cmocka_unit_test(one_value_still_has_a_range),
        cmocka_unit_test(a_grid_in_any_order_is_heat),
        cmocka_unit_test(histograms_hold_every_value),
        cmocka_unit_test(what_cannot_be_drawn_is_counted),
        cmocka_unit_test(the_first_row_of_a_matrix_is_at_the_top),
        cmocka_unit_test(a_long_line_is_thinned_to_what_the_width_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
