#include "io/plot_script.h"

#include <math.h>
#include <string.h>

#include "io/decimal.h"
#include "io/plot_blocks.h"
#include "io/plot_ticks.h"
#include "io/text_buffer.h"

/* More curves than this get no legend: it would take the whole picture. */
enum { LEGEND_MAX = 24 };

/* At most so many words are written under an axis; of more, every other, every third, ... */
enum { CATEGORY_LABELS_MAX = 40, CATEGORY_LABELS_MAX_DUMB = 12, LABEL_SIZE = 200 };

/* Viewers of SVG and PDF blur the cells of an image: fewer cells than this are drawn one by one there. */
enum { CELLS_DRAWN_SINGLY = 2500 };

/* The least room for a number under the horizontal axis. */
enum { TICK_PIXELS = 120 };

/* Shapes of points: filled circle, triangle, square, triangle downwards, diamond. */
static const int shapes[] = {7, 9, 5, 11, 13};
static const char marks[] = "*+ox#@%&";

struct script {
    struct text_buffer *stream;
    const struct plot *plot;
    const struct plot_target *target;
    bool begun; /* the plot command has its first part */
};

static bool is_dumb(const struct script *script) {
    return script->target->kind <= PLOT_TARGET_BRAILLE;
}

/* A string in single quotes, where a quote is written twice and nothing else is special. */
static void write_text(const struct script *script, const char *text) {
    char line[LABEL_SIZE];
    plot_line_of_text(line, sizeof line, text, is_dumb(script));
    text_buffer_character(script->stream, '\'');
    for (const char *at = line; *at != '\0'; at++)
        text_buffer_text(script->stream, *at == '\'' ? "''" : (char[]){*at, '\0'});
    text_buffer_character(script->stream, '\'');
}

/* A command with one string: "set title 'x'". */
static void write_label(const struct script *script, const char *command, const char *text,
                        const char *rest) {
    if (text == NULL)
        return;
    text_buffer_print(script->stream, "%s ", command);
    write_text(script, text);
    text_buffer_print(script->stream, "%s\n", rest);
}

static void write_terminal(const struct script *script) {
    struct text_buffer *stream = script->stream;
    int width = (int)script->target->width, height = (int)script->target->height;
    switch (script->target->kind) {
    case PLOT_TARGET_PNG:
        text_buffer_print(stream,
                          "set terminal pngcairo noenhanced size %d,%d font 'Sans,13' linewidth 1.5\n", width,
                          height);
        break;
    case PLOT_TARGET_SVG:
        text_buffer_print(
            stream,
            "set terminal svg noenhanced size %d,%d font 'Sans,16' linewidth 1.5 background '#ffffff'\n",
            width, height);
        break;
    case PLOT_TARGET_PDF:
        text_buffer_print(
            stream, "set terminal pdfcairo noenhanced size %.2fin,%.2fin font 'Sans,12' linewidth 1.5\n",
            width / 100.0, height / 100.0);
        break;
    case PLOT_TARGET_SIXEL:
        text_buffer_print(stream, "set terminal sixelgd noenhanced size %d,%d font 'Sans,12' linewidth 1.5\n",
                          width, height);
        break;
    default:
        text_buffer_print(stream, "set terminal dumb noenhanced size %d,%d\n", width, height);
        break;
    }
}

static void write_range(const struct script *script, const char *axis, double low, double high,
                        bool logarithmic) {
    text_buffer_print(script->stream, "set %srange [", axis);
    plot_blocks_number(script->stream, low);
    text_buffer_character(script->stream, ':');
    plot_blocks_number(script->stream, high);
    text_buffer_text(script->stream, "] noextend\n");
    if (logarithmic)
        text_buffer_print(script->stream, "set logscale %s\n", axis);
}

/* Numbers along an axis: as many digits as tell them apart. */
static void write_format(const struct script *script, const char *name, const struct plot_axis *axis) {
    double values[PLOT_TICKS_MAX];
    int digits = plot_ticks_digits(values, plot_ticks(axis, PLOT_TICKS_MAX, values));
    text_buffer_print(script->stream, "set format %s '%%.%dg'\n", name, digits > 6 ? digits : 6);
}

static void write_frame(const struct script *script) {
    const struct plot *plot = script->plot;
    struct text_buffer *stream = script->stream;
    bool grid = plot->grid.columns > 0;
    bool filled = grid || plot->mode == PLOT_BARS || plot->mode == PLOT_HISTOGRAM;
    if (!is_dumb(script)) {
        text_buffer_text(stream, "set encoding utf8\n");
        text_buffer_print(stream, "set border %d linewidth 0.7 linecolor '#404040' %s\n", grid ? 15 : 3,
                          filled ? "front" : "back");
        text_buffer_text(stream, "set tics out nomirror\n");
        if (!grid)
            text_buffer_print(stream, "set grid %sytics back linetype 1 linewidth 0.5 linecolor '#dddddd'\n",
                              plot->mode == PLOT_BARS ? "" : "xtics ");
    }
    if (plot->equal_units && !is_dumb(script))
        text_buffer_text(stream, "set size ratio -1\n");
    write_label(script, "set title", plot->title, "");
    write_label(script, "set xlabel", plot->x.label, "");
    /* In characters a label beside the axis would cover its numbers. */
    if (is_dumb(script))
        write_label(script, "set label", plot->y.label, " at character 0, screen 0.97");
    else
        write_label(script, "set ylabel", plot->y.label, "");
    write_format(script, "x", &plot->x);
    write_format(script, "y", &plot->y);
    write_range(script, "x", plot->x.low, plot->x.high, plot->x.logarithmic);
    write_range(script, "y", plot->y.low, plot->y.high, plot->y.logarithmic);
}

static void write_palette(const struct script *script) {
    const struct plot_grid *grid = &script->plot->grid;
    const struct plot_palette *palette = &plot_palettes[script->plot->palette];
    text_buffer_text(script->stream, "set palette defined (");
    for (size_t i = 0; i < palette->count; i++)
        text_buffer_print(script->stream, "%s%zu '%s'", i > 0 ? ", " : "", i, palette->colours[i]);
    text_buffer_text(script->stream, ")\n");
    text_buffer_text(script->stream, "set format cb '%g'\n");
    write_range(script, "cb", grid->low, grid->high, grid->counts);
    write_label(script, "set cblabel", script->plot->value_label, " offset 1.2,0");
    if (!is_dumb(script)) /* which would let the label and the numbers overlap */
        text_buffer_text(script->stream, "set rmargin 7\n");
}

static void write_legend(const struct script *script) {
    const struct plot *plot = script->plot;
    bool named = false;
    for (size_t k = 0; k < plot->curve_count; k++)
        named = named || plot->curves[k].name != NULL;
    if (!named || plot->curve_count > LEGEND_MAX)
        text_buffer_text(script->stream, "unset key\n");
    else if (is_dumb(script))
        text_buffer_text(script->stream, "set key bottom center outside horizontal\n");
    else
        text_buffer_text(script->stream,
                         "set key outside right top vertical Left reverse samplen 1.5 spacing 1.2\n");
}

/* Labels at 0, 1, ..., or of rows, which are numbered from 1 at the top. */
static void write_categories(const struct script *script) {
    const struct plot *plot = script->plot;
    size_t most = is_dumb(script) ? CATEGORY_LABELS_MAX_DUMB : CATEGORY_LABELS_MAX;
    size_t step = (plot->category_count + most - 1) / most, letters = 0, longest = 0;
    for (size_t i = 0; i < plot->category_count; i += step) {
        size_t length = strlen(plot->categories[i]);
        letters += length + 2;
        longest = length > longest ? length : longest;
    }
    /* Labels that would not fit side by side, at nine pixels a letter, are slanted. */
    bool slanted = !is_dumb(script) && letters * 9 > script->target->width * 8 / 10;
    if (slanted) /* the first label reaches to the left of the axis */
        text_buffer_print(script->stream, "set lmargin %zu\n", longest < 30 ? longest / 2 + 5 : 20);
    text_buffer_print(script->stream, "set xtics (%s", slanted ? ") rotate by 40 right\nset xtics (" : "");
    for (size_t i = 0; i < plot->category_count; i += step) {
        text_buffer_text(script->stream, i > 0 ? ", " : "");
        write_text(script, plot->categories[i]);
        text_buffer_print(script->stream, " %zu", i);
    }
    text_buffer_text(script->stream, ")\n");
}

/* Numbers from 1 at every step-th row (from the top) or column. */
static void write_matrix_numbers(const struct script *script, const char *axis, size_t count, bool reversed) {
    size_t most = is_dumb(script) ? CATEGORY_LABELS_MAX_DUMB : CATEGORY_LABELS_MAX / 2;
    size_t step = (count + most - 1) / most;
    text_buffer_print(script->stream, "set %stics (", axis);
    for (size_t i = step - 1; i < count; i += step)
        text_buffer_print(script->stream, "%s'%zu' %zu", i >= step ? ", " : "", i + 1,
                          reversed ? count - 1 - i : i);
    text_buffer_text(script->stream, ")\n");
}

/* Left to itself gnuplot puts long numbers too close to one another, in characters all of them, and hardly
 * any on a logarithmic axis of a few decades. */
static void write_numbers(const struct script *script, const char *name, const struct plot_axis *axis,
                          size_t wanted) {
    double values[PLOT_TICKS_MAX];
    char number[DECIMAL_SIZE];
    size_t count = plot_ticks(axis, wanted, values);
    if (count < 2)
        return;
    text_buffer_print(script->stream, "set %stics ", name);
    if (!axis->logarithmic) {
        /* Rounded, since the ends of a step carry rounding errors. */
        text_buffer_add(script->stream, number, decimal_print_rounded(number, values[1] - values[0], 6));
    } else {
        text_buffer_text(script->stream, "add (");
        for (size_t i = 0; i < count; i++) {
            text_buffer_text(script->stream, i > 0 ? ", " : "");
            text_buffer_add(script->stream, number, decimal_print_rounded(number, values[i], 6));
        }
        text_buffer_character(script->stream, ')');
    }
    text_buffer_character(script->stream, '\n');
}

static void write_tics(const struct script *script) {
    const struct plot *plot = script->plot;
    if (plot->category_count > 0)
        write_categories(script);
    else if (plot->mode == PLOT_MATRIX)
        write_matrix_numbers(script, "x", plot->grid.columns, false);
    else
        write_numbers(script, "x", &plot->x,
                      script->target->width / (is_dumb(script) ? 12 : TICK_PIXELS) + 1);
    if ((is_dumb(script) || plot->y.logarithmic) && plot->mode != PLOT_MATRIX)
        write_numbers(script, "y", &plot->y,
                      script->target->height / (is_dumb(script) ? 3 : TICK_PIXELS / 2));
    if (plot->mode == PLOT_MATRIX)
        write_matrix_numbers(script, "y", plot->grid.rows, true);
}

/* Begins the next part of the plot command. */
static struct text_buffer *next_part(struct script *script) {
    text_buffer_text(script->stream, script->begun ? ", \\\n     " : "plot ");
    script->begun = true;
    return script->stream;
}

/* Contours become a block of lines at even levels between the lowest and the highest value. */
static void write_contours(struct script *script) {
    const struct plot *plot = script->plot;
    struct text_buffer *stream = script->stream;
    text_buffer_text(stream, "set contour base\nset cntrparam levels discrete ");
    for (size_t k = 1; k <= plot->levels; k++) {
        text_buffer_text(stream, k > 1 ? ", " : "");
        plot_blocks_number(script->stream, plot->grid.low + (plot->grid.high - plot->grid.low) * (double)k /
                                                                (double)(plot->levels + 1));
    }
    text_buffer_text(stream,
                     "\nunset surface\nset table $contours\nsplot $grid using 1:2:3 with lines\nunset table\n"
                     "unset contour\n");
    text_buffer_print(next_part(script),
                      "$contours using 1:2:3 with lines linewidth 1.5 linecolor palette notitle");
}

static void write_grid_part(struct script *script) {
    const struct plot_grid *grid = &script->plot->grid;
    bool vector = script->target->kind == PLOT_TARGET_SVG || script->target->kind == PLOT_TARGET_PDF;
    bool singly = vector && grid->columns * grid->rows < CELLS_DRAWN_SINGLY;
    if (script->plot->mode == PLOT_CONTOUR)
        write_contours(script);
    else if (grid->uniform && grid->columns > 1 && grid->rows > 1)
        text_buffer_print(next_part(script), "$grid using 1:2:3 with image %s notitle",
                          singly ? "pixels" : "");
    else if (grid->uniform)
        text_buffer_print(next_part(script),
                          "$grid using 1:2:(0.5):(0.5):3 with boxxyerror fillstyle solid noborder "
                          "fillcolor palette notitle");
    else
        text_buffer_print(next_part(script),
                          "$grid using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid noborder "
                          "fillcolor palette notitle");
}

static void write_title(const struct script *script, const struct plot_curve *curve) {
    if (curve->name == NULL) {
        text_buffer_text(script->stream, " notitle");
        return;
    }
    text_buffer_text(script->stream, " title ");
    write_text(script, curve->name);
}

static void write_points_part(struct script *script, size_t k) {
    const struct plot_curve *curve = &script->plot->curves[k];
    struct text_buffer *stream = next_part(script);
    text_buffer_print(stream, "$curve%zu using 1:2 with points ", k + 1);
    if (is_dumb(script))
        text_buffer_print(stream, "pointtype '%c'", marks[k % (sizeof marks - 1)]);
    else
        text_buffer_print(stream, "pointtype %d pointsize %s linecolor '%s'",
                          shapes[k % (sizeof shapes / sizeof *shapes)],
                          curve->count < 500    ? "0.8"
                          : curve->count < 5000 ? "0.5"
                                                : "0.3",
                          plot_colours[k % PLOT_COLOURS]);
    write_title(script, curve);
}

/* Beyond the colours, lines are told apart by dashes. */
static void write_line_part(struct script *script, size_t k, const char *style) {
    struct text_buffer *stream = next_part(script);
    text_buffer_print(stream, "$curve%zu using 1:2 with %s", k + 1, style);
    if (!is_dumb(script))
        text_buffer_print(stream, " linewidth 1.5 dashtype %zu linecolor '%s'", k / PLOT_COLOURS + 1,
                          plot_colours[k % PLOT_COLOURS]);
    write_title(script, &script->plot->curves[k]);
}

/* The interval as an area under the line, or in characters as two lines. */
static void write_band_part(struct script *script, size_t k) {
    const char *colour = plot_colours[k % PLOT_COLOURS];
    struct text_buffer *stream = next_part(script);
    if (is_dumb(script)) {
        text_buffer_print(stream,
                          "$curve%zu using 1:3 with dots notitle, \\\n     $curve%zu using 1:4 with dots",
                          k + 1, k + 1);
    } else {
        text_buffer_print(stream,
                          "$curve%zu using 1:3:4 with filledcurves fillstyle transparent solid 0.25 noborder "
                          "fillcolor '%s'",
                          k + 1, colour);
    }
    if (script->plot->curve_count == 1 && script->plot->value_label != NULL) {
        text_buffer_text(stream, " title ");
        write_text(script, script->plot->value_label);
    } else {
        text_buffer_text(stream, " notitle");
    }
    write_line_part(script, k, "lines");
}

/* Histograms over one another are seen through; bars stand side by side. */
static void write_boxes_part(struct script *script, size_t k) {
    const struct plot *plot = script->plot;
    struct text_buffer *stream = next_part(script);
    bool over = plot->mode == PLOT_HISTOGRAM && plot->curve_count > 1;
    const char *colour = plot_colours[k % PLOT_COLOURS];
    text_buffer_print(stream, "$curve%zu using 1:2:(", k + 1);
    plot_blocks_number(script->stream, plot->bar_width);
    text_buffer_text(stream, ") with boxes");
    if (!is_dumb(script) && over)
        text_buffer_print(stream, " fillstyle transparent solid 0.35 border linecolor '%s' fillcolor '%s'",
                          colour, colour);
    else if (!is_dumb(script))
        text_buffer_print(stream, " fillstyle solid 1 border linecolor '#ffffff' fillcolor '%s'", colour);
    write_title(script, &plot->curves[k]);
}

/* Dots with a rim, to be seen on any colour; marks at the axis where the points have no height. */
static void write_overlay_part(struct script *script) {
    const struct plot *plot = script->plot;
    struct text_buffer *stream = next_part(script);
    if (plot->overlay.y == NULL) {
        struct plot_axis axis = plot->y;
        double top = axis.logarithmic ? exp(log(axis.low) + 0.03 * (log(axis.high) - log(axis.low)))
                                      : axis.low + 0.03 * (axis.high - axis.low);
        text_buffer_text(stream, "$overlay using 1:(");
        plot_blocks_number(script->stream, axis.low);
        text_buffer_text(stream, "):(0):(");
        plot_blocks_number(script->stream, top - axis.low);
        text_buffer_text(stream, ") with vectors nohead linecolor '#000000' linewidth 0.5 notitle");
    } else if (is_dumb(script)) {
        text_buffer_text(stream, "$overlay using 1:2 with points pointtype '.' notitle");
    } else if (plot->grid.columns > 0) {
        text_buffer_text(
            stream,
            "$overlay using 1:2 with points pointtype 7 pointsize 0.6 linecolor '#000000' notitle, \\\n"
            "     $overlay using 1:2 with points pointtype 7 pointsize 0.35 linecolor '#ffffff' notitle");
    } else {
        text_buffer_text(
            stream, "$overlay using 1:2 with points pointtype 7 pointsize 0.5 linecolor '#404040' notitle");
    }
}

static void write_curve_part(struct script *script, size_t k) {
    switch (script->plot->mode) {
    case PLOT_POINTS:
        write_points_part(script, k);
        break;
    case PLOT_STEPS:
        write_line_part(script, k, "steps");
        break;
    case PLOT_BARS:
    case PLOT_HISTOGRAM:
        write_boxes_part(script, k);
        break;
    case PLOT_BAND:
        write_band_part(script, k);
        break;
    default:
        write_line_part(script, k, "lines");
        break;
    }
}

static void write_script(struct script *script) {
    const struct plot *plot = script->plot;
    write_terminal(script);
    write_frame(script);
    write_legend(script);
    if (plot->grid.columns > 0)
        write_palette(script);
    write_tics(script);
    plot_blocks_write(script->stream, plot);
    if (plot->grid.columns > 0)
        write_grid_part(script);
    for (size_t k = 0; k < plot->curve_count; k++)
        if (plot->curves[k].count > 0)
            write_curve_part(script, k);
    if (plot->overlay.count > 0)
        write_overlay_part(script);
    text_buffer_character(script->stream, '\n');
}

char *plot_script(const struct plot *plot, const struct plot_target *target, size_t *length,
                  struct error *error) {
    struct text_buffer text = {0};
    struct script script = {.stream = &text, .plot = plot, .target = target};
    write_script(&script);
    return text_buffer_take(&text, length, error);
}
