#include "io/plot_labels.h"

#include <math.h>
#include <string.h>

#include "io/decimal.h"
#include "io/plot_ticks.h"

/* Pixels, for the fonts of plot_script: a letter, a line, and what is beside the axes: numbers on the left,
 * on the right a scale of colours or the sample of a legend, title and label above and below. */
enum { LETTER = 9, LINE = 20, LEFT = 90, SCALE = 185, SAMPLE = 70, RIGHT = 30, ABOVE_AND_BELOW = 130 };

/* Words are slanted by 40 degrees: what a letter takes then, across and down, and what keeps two words apart.
 */
static const double slanted_across = 6.9, slanted_down = 5.8, slanted_apart = 26;

/* The least room for a number under the horizontal axis, in pixels and in characters. */
enum { TICK_PIXELS = 120, TICK_CHARACTERS = 12, WORD_CHARACTERS = 8 };

enum { QUOTED_MAX = 200 };

/* Where labels go: the room within the axes, estimated. */
struct room {
    double width, height;
    double letter, line; /* what a letter takes across, a label down */
    bool dumb;
};

static bool is_dumb(const struct plot_target *target) {
    return target->kind <= PLOT_TARGET_BRAILLE;
}

static double letters_of_legend(const struct plot *plot) {
    size_t longest = 0;
    for (size_t k = 0; k < plot->curve_count; k++) {
        size_t length = plot->curves[k].name != NULL ? strlen(plot->curves[k].name) : 0;
        longest = length > longest ? length : longest;
    }
    return (double)longest;
}

static struct room room_of(const struct plot *plot, const struct plot_target *target) {
    if (is_dumb(target))
        return (struct room){(double)target->width - TICK_CHARACTERS, (double)target->height, 1, 3, true};
    double legend = letters_of_legend(plot);
    double right = plot->grid.columns > 0 ? SCALE : legend > 0 ? SAMPLE + LETTER * legend : RIGHT;
    struct room room = {.width = fmax((double)target->width - LEFT - right, 1),
                        .height = fmax((double)target->height - ABOVE_AND_BELOW, 1),
                        .letter = LETTER,
                        .line = LINE};
    double ratio = (plot->x.high - plot->x.low) / (plot->y.high - plot->y.low);
    if (plot->equal_units) {
        double width = room.width;
        room.width = fmin(room.width, room.height * ratio);
        room.height = fmin(room.height, width / ratio);
    }
    return room;
}

void plot_labels_quote(struct text_buffer *stream, const char *text, size_t letters, bool ascii) {
    char line[QUOTED_MAX];
    plot_line_of_text(line, letters + 1 < sizeof line ? letters + 1 : sizeof line, text, ascii);
    text_buffer_character(stream, '\'');
    for (const char *at = line; *at != '\0'; at++)
        text_buffer_text(stream, *at == '\'' ? "''" : (char[]){*at, '\0'});
    text_buffer_character(stream, '\'');
}

void plot_labels_format(struct text_buffer *stream, const char *name, const struct plot_axis *axis) {
    double values[PLOT_TICKS_MAX];
    int digits = plot_ticks_digits(values, plot_ticks(axis, PLOT_TICKS_MAX, values));
    text_buffer_print(stream, "set format %s '%%.%dg'\n", name, digits > 6 ? digits : 6);
}

/* Whether neighbours run into each other. */
static bool words_collide(const struct plot *plot, const struct room *room) {
    double slot = room->width / (double)plot->category_count;
    for (size_t i = 1; i < plot->category_count; i++) {
        double letters = (double)(strlen(plot->categories[i]) + strlen(plot->categories[i - 1])) / 2 + 2;
        if (letters * room->letter > slot)
            return true;
    }
    return false;
}

/* How many of so many places are passed over, and how many letters a word has. */
struct spacing {
    size_t step, letters;
};

/* Slanted words, not longer than a third of the picture allows; the first reaches to the left of the axis. */
static struct spacing slant_words(struct text_buffer *stream, const struct plot *plot,
                                  const struct plot_target *target, const struct room *room) {
    double across = (double)target->width / 4 / slanted_across,
           down = (double)target->height / 3 / slanted_down;
    struct spacing spacing = {.step =
                                  (size_t)ceil((double)plot->category_count * slanted_apart / room->width),
                              .letters = (size_t)fmin(across, down)};
    size_t longest = 0;
    for (size_t i = 0; i < plot->category_count; i += spacing.step) {
        size_t length = strlen(plot->categories[i]);
        longest = length > longest ? length : longest;
    }
    longest = longest < spacing.letters ? longest : spacing.letters;
    text_buffer_print(stream, "set xtics () rotate by 40 right\nset lmargin %zu\n",
                      longest < 30 ? longest / 2 + 5 : 20);
    return spacing;
}

/* In characters words are cut to the room that each has. */
static struct spacing cut_words(const struct plot *plot, const struct room *room) {
    double count = (double)plot->category_count, step = ceil(count * WORD_CHARACTERS / room->width);
    return (struct spacing){(size_t)step, (size_t)fmax(room->width * step / count - 1, 1)};
}

/* Words at 0, 1, ... */
static void write_words(struct text_buffer *stream, const struct plot *plot, const struct plot_target *target,
                        const struct room *room) {
    struct spacing spacing = {.step = 1, .letters = QUOTED_MAX};
    if (words_collide(plot, room))
        spacing = room->dumb ? cut_words(plot, room) : slant_words(stream, plot, target, room);
    text_buffer_text(stream, "set xtics (");
    for (size_t i = 0; i < plot->category_count; i += spacing.step) {
        text_buffer_text(stream, i > 0 ? ", " : "");
        plot_labels_quote(stream, plot->categories[i], spacing.letters, room->dumb);
        text_buffer_print(stream, " %zu", i);
    }
    text_buffer_text(stream, ")\n");
}

/* Numbers from 1 at every step-th row (from the top) or column. */
static void write_counts(struct text_buffer *stream, const char *axis, size_t count, double most,
                         bool reversed) {
    size_t step = plot_ticks_step(count, (size_t)fmax(most, 1));
    text_buffer_print(stream, "set %stics (", axis);
    for (size_t i = step - 1; i < count; i += step)
        text_buffer_print(stream, "%s'%zu' %zu", i >= step ? ", " : "", i + 1, reversed ? count - 1 - i : i);
    text_buffer_text(stream, ")\n");
}

/* Columns of a matrix, with room for the largest number and a letter and a half beside it. */
static void write_column_numbers(struct text_buffer *stream, size_t count, const struct room *room) {
    double letters = floor(log10((double)count)) + 2.5;
    write_counts(stream, "x", count, floor(room->width / (letters * room->letter)), false);
}

static double longest_number(const double *values, size_t count) {
    char number[DECIMAL_SIZE];
    int digits = plot_ticks_digits(values, count) + 1;
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = decimal_print_rounded(number, values[i], digits);
        longest = length > longest ? length : longest;
    }
    return (double)longest;
}

/* Left to itself gnuplot puts long numbers too close to one another, in characters all of them, and hardly
 * any on a logarithmic axis of a few decades. There the step is a factor, and decades are labelled anyway. */
static void write_numbers(struct text_buffer *stream, const char *name, const struct plot_axis *axis,
                          size_t count, const double *values) {
    char number[DECIMAL_SIZE];
    if (count < 2)
        return;
    text_buffer_print(stream, "set %stics ", name);
    if (!axis->logarithmic || values[1] / values[0] > 11) {
        /* Rounded, since the ends of a step carry rounding errors. */
        double step = axis->logarithmic ? values[1] / values[0] : values[1] - values[0];
        text_buffer_add(stream, number, decimal_print_rounded(number, step, 6));
    } else {
        text_buffer_text(stream, "add (");
        for (size_t i = 0; i < count; i++) {
            text_buffer_text(stream, i > 0 ? ", " : "");
            text_buffer_add(stream, number, decimal_print_rounded(number, values[i], 6));
        }
        text_buffer_character(stream, ')');
    }
    text_buffer_character(stream, '\n');
}

/* Fewer where they are long. */
static void write_numbers_across(struct text_buffer *stream, const struct plot_axis *axis, size_t wanted,
                                 const struct room *room) {
    double values[PLOT_TICKS_MAX];
    size_t count = plot_ticks(axis, wanted, values);
    while (wanted > 2 &&
           (double)count * (longest_number(values, count) + 2) * room->letter > room->width + room->letter)
        count = plot_ticks(axis, --wanted, values);
    write_numbers(stream, "x", axis, count, values);
}

void plot_labels_write(struct text_buffer *stream, const struct plot *plot,
                       const struct plot_target *target) {
    struct room room = room_of(plot, target);
    double values[PLOT_TICKS_MAX];
    if (plot->category_count > 0)
        write_words(stream, plot, target, &room);
    else if (plot->mode == PLOT_MATRIX)
        write_column_numbers(stream, plot->grid.columns, &room);
    else
        write_numbers_across(stream, &plot->x,
                             target->width / (room.dumb ? TICK_CHARACTERS : TICK_PIXELS) + 1, &room);
    /* Of more than ten lines gnuplot labels enough by itself. */
    if (plot->mode == PLOT_MATRIX)
        write_counts(stream, "y", plot->grid.rows, floor(room.height / room.line), true);
    else if (room.dumb || plot->y.logarithmic || room.height < 10 * room.line) {
        size_t wanted = room.dumb             ? target->height / 3
                        : plot->y.logarithmic ? target->height / 60
                                              : (size_t)(room.height / 30) + 1;
        write_numbers(stream, "y", &plot->y, plot_ticks(&plot->y, wanted, values), values);
    }
}
