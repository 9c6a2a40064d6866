#include "io/plot_script.h"

#include <math.h>

#include "io/plot_blocks.h"
#include "io/plot_labels.h"
#include "io/text_buffer.h"

/* More curves than this get no legend: it would take the whole picture. */
enum { LEGEND_MAX = 24 };

/* At most so much of a name or a title is written. */
enum { LABEL_LETTERS = 199 };

/* Viewers of SVG and PDF blur the cells of an image: fewer cells than this are drawn one by one there. */
enum { CELLS_DRAWN_SINGLY = 2500 };

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

/* A string, on one line. */
static void write_text(const struct script *script, const char *text) {
    plot_labels_quote(script->stream, text, LABEL_LETTERS, is_dumb(script));
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
    plot_labels_format(stream, "x", &plot->x);
    plot_labels_format(stream, "y", &plot->y);
    write_range(script, "x", plot->x.low, plot->x.high, plot->x.logarithmic);
    write_range(script, "y", plot->y.low, plot->y.high, plot->y.logarithmic);
}

static void write_palette(const struct script *script) {
    const struct plot_grid *grid = &script->plot->grid;
    const struct plot_palette *palette = &plot_palettes[script->plot->palette];
    const struct plot_axis colours = {.low = grid->low, .high = grid->high, .logarithmic = grid->counts};
    text_buffer_text(script->stream, "set palette defined (");
    for (size_t i = 0; i < palette->count; i++)
        text_buffer_print(script->stream, "%s%zu '%s'", i > 0 ? ", " : "", i, palette->colours[i]);
    text_buffer_text(script->stream, ")\n");
    plot_labels_format(script->stream, "cb", &colours);
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
    plot_labels_write(script->stream, plot, script->target);
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
