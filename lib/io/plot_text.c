#include "io/plot_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/decimal.h"
#include "io/plot_ticks.h"

/* Characters along the axis for a number, and the least for a word. */
enum { NUMBER_ROOM = 12, WORD_ROOM = 8, LABEL_SIZE = DECIMAL_SIZE + 1, LINE_MAX = 400 };

/* Asked for so many, plot_ticks gives two at least. */
enum { LEAST_TICKS = 5 };

/* An axis with what is written along it. */
struct scale {
    double values[PLOT_TICKS_MAX];
    char labels[PLOT_TICKS_MAX][LABEL_SIZE];
    size_t count;
    size_t widest;
};

struct drawing {
    const struct plot *plot;
    const struct plot_text_settings *settings;
    struct plot_canvas canvas;
    struct scale x, y;
    struct text_buffer *stream;
};

static void measure(struct scale *scale) {
    scale->widest = 0;
    for (size_t i = 0; i < scale->count; i++) {
        size_t length = strlen(scale->labels[i]);
        scale->widest = length > scale->widest ? length : scale->widest;
    }
}

static void choose_numbers(struct scale *scale, const struct plot_axis *axis, size_t wanted) {
    scale->count = plot_ticks(axis, wanted, scale->values);
    while (scale->count < 2 && wanted < LEAST_TICKS) /* a number alone measures nothing */
        scale->count = plot_ticks(axis, ++wanted, scale->values);
    int digits = plot_ticks_digits(scale->values, scale->count) + 1;
    for (size_t i = 0; i < scale->count; i++)
        scale->labels[i][decimal_print_rounded(scale->labels[i], scale->values[i], digits)] = '\0';
    measure(scale);
}

/* Words at 0, 1, ...: as many as have room, cut to the room that each has. */
static void choose_words(struct scale *scale, const struct plot *plot, size_t room) {
    size_t most = room / WORD_ROOM + 1, count = plot->category_count;
    most = most < PLOT_TICKS_MAX ? most : PLOT_TICKS_MAX;
    size_t step = (count + most - 1) / most, shown = (count + step - 1) / step;
    size_t size = room / shown < LABEL_SIZE ? room / shown : LABEL_SIZE;
    scale->count = 0;
    for (size_t i = 0; i < count; i += step) {
        scale->values[scale->count] = (double)i;
        plot_line_of_text(scale->labels[scale->count++], size > 2 ? size : 2, plot->categories[i], true);
    }
    measure(scale);
}

/* Columns of a matrix, or its rows, which begin at the top, are counted from 1. */
static void choose_counts(struct scale *scale, size_t count, size_t wanted, bool reversed) {
    size_t step = plot_ticks_step(count, wanted < PLOT_TICKS_MAX ? wanted : PLOT_TICKS_MAX);
    scale->count = 0;
    for (size_t i = step - 1; i < count; i += step) {
        scale->values[scale->count] = (double)(reversed ? count - 1 - i : i);
        snprintf(scale->labels[scale->count++], LABEL_SIZE, "%zu", i + 1);
    }
    measure(scale);
}

static double dot_x(const struct drawing *drawing, double x) {
    return plot_axis_place(&drawing->plot->x, x) * (double)drawing->canvas.dot_columns;
}

/* From the top. The upper end belongs to the first row of dots. */
static double dot_y(const struct drawing *drawing, double y) {
    return (1 - plot_axis_place(&drawing->plot->y, y)) * (double)drawing->canvas.dot_rows;
}

/* The right and the lower end of the axes are the last dots, not the ones beyond. */
static void place(const struct drawing *drawing, double x, double y, double point[2]) {
    point[0] = dot_x(drawing, x);
    point[1] = dot_y(drawing, y);
    if (point[0] == (double)drawing->canvas.dot_columns)
        point[0] -= 0.5;
    if (point[1] == (double)drawing->canvas.dot_rows)
        point[1] -= 0.5;
}

static void draw_line(struct drawing *drawing, const struct plot_curve *curve, const double *y, size_t k) {
    double from[2], to[2];
    for (size_t i = 0; i < curve->count; i++) {
        place(drawing, curve->x[i], y[i], to);
        if (i == 0) {
            plot_canvas_dot(&drawing->canvas, to[0], to[1], k);
        } else if (drawing->plot->mode == PLOT_STEPS) {
            const double corner[] = {to[0], from[1]};
            plot_canvas_line(&drawing->canvas, from, corner, k);
            plot_canvas_line(&drawing->canvas, corner, to, k);
        } else {
            plot_canvas_line(&drawing->canvas, from, to, k);
        }
        memcpy(from, to, sizeof from);
    }
}

static void draw_points(struct drawing *drawing, const struct plot_curve *curve, size_t k) {
    double point[2];
    for (size_t i = 0; i < curve->count; i++) {
        place(drawing, curve->x[i], curve->y != NULL ? curve->y[i] : drawing->plot->y.low, point);
        plot_canvas_dot(&drawing->canvas, point[0], point[1], k);
    }
}

/* All columns of dots whose middle the bar covers, or the one at its own middle, from zero or the lower end.
 */
static void draw_bars(struct drawing *drawing, const struct plot_curve *curve, size_t k) {
    const struct plot *plot = drawing->plot;
    double base = plot->y.logarithmic ? plot->y.low : fmin(fmax(0, plot->y.low), plot->y.high);
    for (size_t i = 0; i < curve->count; i++) {
        double foot[2], top[2];
        double left = ceil(dot_x(drawing, curve->x[i] - plot->bar_width / 2) - 0.5);
        double right = ceil(dot_x(drawing, curve->x[i] + plot->bar_width / 2) - 0.5);
        if (curve->y[i] == 0 || (plot->y.logarithmic && curve->y[i] < plot->y.low))
            continue;
        place(drawing, curve->x[i], base, foot);
        place(drawing, curve->x[i], curve->y[i], top);
        if (right <= left) {
            left = floor(foot[0]);
            right = left + 1;
        }
        for (double x = fmax(left, 0); x < right && x < (double)drawing->canvas.dot_columns; x++)
            plot_canvas_line(&drawing->canvas, (double[]){x, foot[1]}, (double[]){x, top[1]}, k);
    }
}

/* The index of the ascending value that is nearest. */
static size_t nearest(const double *values, size_t count, double wanted) {
    size_t low = 0, high = count - 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (values[middle] <= wanted)
            low = middle;
        else
            high = middle;
    }
    return fabs(values[low] - wanted) <= fabs(values[high] - wanted) ? low : high;
}

/* Each character shows the grid's value nearest to its middle. */
static void draw_grid(struct drawing *drawing) {
    const struct plot *plot = drawing->plot;
    const struct plot_grid *grid = &plot->grid;
    struct plot_canvas *canvas = &drawing->canvas;
    for (size_t row = 0; row < canvas->rows; row++) {
        double down = ((double)row + 0.5) / (double)canvas->rows;
        size_t j = nearest(grid->y, grid->rows, plot->y.high + (plot->y.low - plot->y.high) * down);
        for (size_t column = 0; column < canvas->columns; column++) {
            double across = ((double)column + 0.5) / (double)canvas->columns;
            size_t i = nearest(grid->x, grid->columns, plot->x.low + (plot->x.high - plot->x.low) * across);
            double value = grid->values[j * grid->columns + i];
            double shade = grid->counts
                               ? (log(value) - log(grid->low) + 1) / (log(grid->high / grid->low) + 1)
                               : (value - grid->low) / (grid->high - grid->low);
            plot_canvas_shade(canvas, column, row, isnan(value) ? 0 : shade);
        }
    }
}

static void draw_curve(struct drawing *drawing, size_t k) {
    const struct plot_curve *curve = &drawing->plot->curves[k];
    switch (drawing->plot->mode) {
    case PLOT_POINTS:
        draw_points(drawing, curve, k);
        break;
    case PLOT_BARS:
    case PLOT_HISTOGRAM:
        draw_bars(drawing, curve, k);
        break;
    default:
        if (curve->lower != NULL) { /* of several bands each keeps to its own mark */
            size_t mark = drawing->plot->curve_count > 1 ? k : k + 1;
            draw_line(drawing, curve, curve->lower, mark);
            draw_line(drawing, curve, curve->upper, mark);
        }
        draw_line(drawing, curve, curve->y, k);
        break;
    }
}

/* A line in the middle of the drawing, or nothing. */
static void write_middle(struct drawing *drawing, const char *text) {
    char line[LINE_MAX];
    if (text == NULL)
        return;
    plot_line_of_text(
        line, drawing->settings->columns + 1 < sizeof line ? drawing->settings->columns + 1 : sizeof line,
        text, true);
    size_t left = (drawing->settings->columns - strlen(line)) / 2;
    text_buffer_print(drawing->stream, "%*s%s\n", (int)left, "", line);
}

/* The label of the tick in a row of characters, or NULL. */
static const char *label_in_row(const struct drawing *drawing, size_t row) {
    for (size_t i = 0; i < drawing->y.count; i++) {
        double point[2];
        place(drawing, drawing->plot->x.low, drawing->y.values[i], point);
        double wanted = point[1] * (double)drawing->canvas.rows / (double)drawing->canvas.dot_rows;
        if ((size_t)wanted == row)
            return drawing->y.labels[i];
    }
    return NULL;
}

static void write_rows(struct drawing *drawing) {
    for (size_t row = 0; row < drawing->canvas.rows; row++) {
        const char *label = label_in_row(drawing, row);
        text_buffer_print(drawing->stream, "%*s %c", (int)drawing->y.widest, label != NULL ? label : "",
                          label != NULL ? '+' : '|');
        plot_canvas_write_row(&drawing->canvas, row, drawing->settings->coloured, drawing->stream);
        text_buffer_character(drawing->stream, '\n');
    }
}

static size_t tick_column(const struct drawing *drawing, size_t i) {
    double point[2];
    place(drawing, drawing->x.values[i], drawing->plot->y.low, point);
    double column = point[0] * (double)drawing->canvas.columns / (double)drawing->canvas.dot_columns;
    return column > 0 ? (size_t)column : 0;
}

/* The axis line, and the labels under their ticks; one without room is left out. */
static void write_x_axis(struct drawing *drawing) {
    size_t margin = drawing->y.widest + 2, width = drawing->canvas.columns, used = 0;
    text_buffer_print(drawing->stream, "%*s+", (int)margin - 1, "");
    for (size_t column = 0; column < width; column++) {
        bool tick = false;
        for (size_t i = 0; i < drawing->x.count; i++)
            tick = tick || tick_column(drawing, i) == column;
        text_buffer_character(drawing->stream, tick ? '+' : '-');
    }
    text_buffer_character(drawing->stream, '\n');
    for (size_t i = 0; i < drawing->x.count; i++) {
        size_t length = strlen(drawing->x.labels[i]), middle = margin + tick_column(drawing, i);
        size_t begin = middle > length / 2 ? middle - length / 2 : 0;
        if (begin + length > margin + width)
            begin = margin + width > length ? margin + width - length : 0;
        if (i > 0 && begin < used + 1)
            continue;
        text_buffer_print(drawing->stream, "%*s%s", (int)(begin - used), "", drawing->x.labels[i]);
        used = begin + length;
    }
    text_buffer_character(drawing->stream, '\n');
}

/* What the marks, or the colours, stand for. used: the characters of the line so far; beyond its end names
 * are cut, and left out. */
static void write_legend_entry(const struct drawing *drawing, size_t k, const char *name, size_t *used) {
    char line[LINE_MAX];
    bool coloured = drawing->settings->coloured, marked = drawing->settings->dots == PLOT_DOTS_ASCII;
    size_t before = marked || coloured ? 4 : 2, room = drawing->settings->columns - *used;
    if (room <= before)
        return;
    text_buffer_text(drawing->stream, "  ");
    if (coloured)
        plot_canvas_write_colour(k, drawing->stream);
    if (marked)
        text_buffer_print(drawing->stream, "%c ", plot_canvas_mark(k));
    else if (coloured)
        text_buffer_text(drawing->stream, "\u2588 ");
    if (coloured)
        plot_canvas_write_colour((size_t)-1, drawing->stream);
    size_t size = room - before < sizeof line ? room - before + 1 : sizeof line;
    text_buffer_text(drawing->stream, plot_line_of_text(line, size, name, true));
    *used += before + strlen(line);
}

static void write_legend(const struct drawing *drawing) {
    const struct plot *plot = drawing->plot;
    size_t used = 0;
    for (size_t k = 0; k < plot->curve_count && k < sizeof "*+ox#@%&" - 1; k++)
        if (plot->curves[k].name != NULL)
            write_legend_entry(drawing, k, plot->curves[k].name, &used);
    if (plot->mode == PLOT_BAND && plot->curve_count == 1 && plot->value_label != NULL)
        write_legend_entry(drawing, 1, plot->value_label, &used);
    if (used > 0)
        text_buffer_character(drawing->stream, '\n');
}

/* The values that the lightest and the darkest character stand for, with fewer digits and without the name
 * where the line is short. */
static void write_shades(const struct drawing *drawing) {
    const struct plot_grid *grid = &drawing->plot->grid;
    bool ascii = drawing->settings->dots == PLOT_DOTS_ASCII;
    char low[DECIMAL_SIZE + 1], high[DECIMAL_SIZE + 1], line[LINE_MAX];
    size_t used, columns = drawing->settings->columns;
    if (grid->columns == 0)
        return;
    int digits = 4;
    do {
        low[decimal_print_rounded(low, grid->low, digits)] = '\0';
        high[decimal_print_rounded(high, grid->high, digits)] = '\0';
        used = strlen(low) + strlen(high) + strlen("   [] ") + (ascii ? 10 : 5);
    } while (used > columns && --digits > 0);
    const char *scale = ascii ? " .:-=+*#%@" : " \u2591\u2592\u2593\u2588";
    const char *name = drawing->plot->value_label != NULL ? drawing->plot->value_label : "";
    plot_line_of_text(line, sizeof line, name, true);
    if (used + strlen(line) + 2 > columns)
        line[0] = '\0';
    text_buffer_print(drawing->stream, "  %s%s%s [%s] %s\n", line, *line != '\0' ? ": " : "", low, scale,
                      high);
}

static int draw(struct drawing *drawing, struct error *error) {
    const struct plot *plot = drawing->plot;
    size_t rows = drawing->settings->rows, columns = drawing->settings->columns;
    bool legend = plot->grid.columns > 0 || (plot->curve_count > 0 && plot->curves[0].name != NULL);
    size_t lines = 2;
    lines += plot->title != NULL;
    lines += plot->x.label != NULL;
    lines += plot->y.label != NULL;
    lines += legend;
    size_t high = rows > lines + 1 ? rows - lines : 2;
    if (plot->mode == PLOT_MATRIX)
        choose_counts(&drawing->y, plot->grid.rows, high / 2 + 1, true);
    else
        choose_numbers(&drawing->y, &plot->y, high / 2 + 1);
    size_t wide = columns - drawing->y.widest - 2;
    if (plot->category_count > 0)
        choose_words(&drawing->x, plot, wide);
    else if (plot->mode == PLOT_MATRIX)
        choose_counts(&drawing->x, plot->grid.columns, wide / 6 + 1, false);
    else
        choose_numbers(&drawing->x, &plot->x, wide / (NUMBER_ROOM) + 1);
    if (plot_canvas_open(&drawing->canvas, wide, high, drawing->settings->dots, error) < 0)
        return -1;
    if (plot->grid.columns > 0)
        draw_grid(drawing);
    for (size_t k = 0; k < plot->curve_count; k++)
        draw_curve(drawing, k);
    if (plot->overlay.count > 0)
        draw_points(drawing, &plot->overlay, plot->curve_count + (plot->mode == PLOT_BAND));
    return 0;
}

static void write_all(struct drawing *drawing) {
    char line[LINE_MAX];
    write_middle(drawing, drawing->plot->title);
    if (drawing->plot->y.label != NULL)
        text_buffer_print(drawing->stream, "%s\n",
                          plot_line_of_text(line, sizeof line, drawing->plot->y.label, true));
    write_rows(drawing);
    write_x_axis(drawing);
    write_middle(drawing, drawing->plot->x.label);
    write_shades(drawing);
    write_legend(drawing);
}

char *plot_text(const struct plot *plot, const struct plot_text_settings *settings, size_t *length,
                struct error *error) {
    struct text_buffer text = {0};
    struct drawing drawing = {.plot = plot, .settings = settings, .stream = &text};
    if (draw(&drawing, error) < 0)
        return NULL;
    write_all(&drawing);
    plot_canvas_close(&drawing.canvas);
    return text_buffer_take(&text, length, error);
}
