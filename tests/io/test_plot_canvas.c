#include "io/plot_canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"

/* The rows of a canvas, each with a newline. */
static char *rows_of(struct plot_canvas *canvas) {
    struct text_buffer text = {0};
    struct error error = {0};
    size_t length;
    for (size_t row = 0; row < canvas->rows; row++) {
        plot_canvas_write_row(canvas, row, false, &text);
        text_buffer_character(&text, '\n');
    }
    text_buffer_character(&text, '\0');
    plot_canvas_close(canvas);
    char *bytes = text_buffer_take(&text, &length, &error);
    assert_non_null(bytes);
    return bytes;
}

static void check(struct plot_canvas *canvas, const char *expected) {
    char *rows = rows_of(canvas);
    assert_string_equal(rows, expected);
    free(rows);
}

static struct plot_canvas open_canvas(size_t columns, size_t rows, enum plot_dots dots) {
    struct plot_canvas canvas;
    struct error error = {0};
    assert_int_equal(plot_canvas_open(&canvas, columns, rows, dots, &error), 0);
    return canvas;
}

static void lines_join_their_ends(void **state) {
    (void)state;
    struct plot_canvas canvas = open_canvas(4, 4, PLOT_DOTS_ASCII);
    plot_canvas_line(&canvas, (double[]){0, 3}, (double[]){3, 0}, 0);
    plot_canvas_line(&canvas, (double[]){0, 0}, (double[]){1, 0}, 1);
    check(&canvas, "++ *\n  *\n *\n*\n");
}

/* Dots 1 to 8 of braille, and the quarters of a block, one a character. */
static void dots_have_the_characters_of_unicode(void **state) {
    (void)state;
    struct plot_canvas canvas = open_canvas(8, 1, PLOT_DOTS_BRAILLE);
    const double dots[8][2] = {{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}};
    for (size_t i = 0; i < 8; i++)
        plot_canvas_dot(&canvas, 2 * (double)i + dots[i][0], dots[i][1], 0);
    check(&canvas, "\u2801\u2802\u2804\u2808\u2810\u2820\u2840\u2880\n");

    canvas = open_canvas(4, 1, PLOT_DOTS_BLOCK);
    for (size_t i = 0; i < 4; i++)
        plot_canvas_dot(&canvas, 2 * (double)i + (double)(i % 2), (double)(i / 2), 0);
    check(&canvas, "\u2598\u259d\u2596\u2597\n");
}

static void what_lies_outside_is_cut_off(void **state) {
    (void)state;
    struct plot_canvas canvas = open_canvas(3, 3, PLOT_DOTS_ASCII);
    plot_canvas_dot(&canvas, -1, 0, 0);
    plot_canvas_dot(&canvas, 3, 0, 0);
    plot_canvas_dot(&canvas, NAN, 0, 0);
    plot_canvas_line(&canvas, (double[]){-1e300, 1}, (double[]){1e300, 1}, 0);
    plot_canvas_line(&canvas, (double[]){-5, -5}, (double[]){-5, 50}, 1);
    plot_canvas_line(&canvas, (double[]){0, 0}, (double[]){INFINITY, 1}, 1);
    check(&canvas, "\n***\n\n");
}

static void shades_go_from_blank_to_full(void **state) {
    (void)state;
    struct plot_canvas canvas = open_canvas(5, 1, PLOT_DOTS_ASCII);
    for (size_t i = 0; i < 5; i++)
        plot_canvas_shade(&canvas, i, 0, (double)i / 4);
    plot_canvas_dot(&canvas, 1, 0, 0);
    check(&canvas, " *+#@\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_join_their_ends),
        cmocka_unit_test(dots_have_the_characters_of_unicode),
        cmocka_unit_test(what_lies_outside_is_cut_off),
        cmocka_unit_test(shades_go_from_blank_to_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
