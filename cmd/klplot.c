/* klplot - draws a table, in the terminal or as a picture. */

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "io/byte_sink.h"
#include "io/decimal.h"
#include "io/descriptor.h"
#include "io/input_tee.h"
#include "io/plot_script.h"
#include "io/plot_table.h"
#include "io/plot_target.h"
#include "io/skipped_rows.h"
#include "num/picture.h"

struct settings {
    struct picture_settings picture;
    struct plot_choice columns;
    const char *overlay, *x_range, *y_range, *size;
    int log, terminal;
    bool tee, dump;
};

static const char *const log_words[] = {"x", "y", "xy", NULL};

static const struct option_entry own_options[] = {
    OPTION_CHOICE('m', "mode", struct settings, picture.mode, plot_mode_words,
                  "what is drawn (default: by the columns)"),
    OPTION_HEADING("columns"),
    OPTION_TEXT('x', "x-column", struct settings, columns.x, "COL", "the horizontal column (default: first)"),
    OPTION_TEXT('y', "y-columns", struct settings, columns.y, "LIST",
                "the vertical columns (default: all others)"),
    OPTION_TEXT(0, "by", struct settings, columns.by, "COL", "one curve for each value of COL"),
    OPTION_TEXT(0, "overlay", struct settings, overlay, "FILE", "points of another table over it"),
    OPTION_HEADING("the picture"),
    OPTION_COUNT(0, "bins", struct settings, picture.bins, "N", 1, 100000,
                 "bins of a histogram (default: Freedman and Diaconis)"),
    OPTION_FLAG(0, "density", struct settings, picture.density, "histograms have area 1"),
    OPTION_COUNT(0, "levels", struct settings, picture.levels, "N", 1, 100, "how many contours"),
    OPTION_CHOICE(0, "log", struct settings, log, log_words, "logarithmic axes"),
    OPTION_TEXT(0, "x-range", struct settings, x_range, "LO:HI", "ends of the horizontal axis"),
    OPTION_TEXT(0, "y-range", struct settings, y_range, "LO:HI", "ends of the vertical axis"),
    OPTION_TEXT(0, "title", struct settings, picture.title, "TEXT", "title (default: the file's name)"),
    OPTION_TEXT(0, "x-label", struct settings, picture.x_label, "TEXT",
                "under the axis (default: the column's name)"),
    OPTION_TEXT(0, "y-label", struct settings, picture.y_label, "TEXT", "the same, vertically"),
    OPTION_TEXT(0, "size", struct settings, size, "WxH", "pixels, or characters (default: 900x600, 80x24)"),
    OPTION_CHOICE(0, "palette", struct settings, picture.palette, plot_palette_words, "colours of values"),
    OPTION_HEADING("where it goes"),
    OPTION_CHOICE(0, "terminal", struct settings, terminal, plot_target_words,
                  "how it is drawn (default: dumb, or as the file's name ends)"),
    OPTION_FLAG(0, "tee", struct settings, tee, "pass the table on, draw to standard error"),
    OPTION_FLAG(0, "dump", struct settings, dump, "print the script for gnuplot, data included"),
    OPTION_END,
};

static const char *const examples[] = {
    "klplot faithful.csv                     points in the terminal",
    "kde --grid 200 faithful.csv | klplot --overlay faithful.csv -o density.png",
    "klplot -x petal_length -y petal_width --by species -o iris.svg iris.csv",
    NULL,
};

static const struct command_description description = {
    .name = "klplot",
    .operands = "[options] [TABLE]",
    .purpose = "draws a table: in the terminal, or to the file given by -o (.png, .svg, .pdf)",
    .own_options = own_options,
    .shared_options = OPTIONS_INPUT,
    .examples = examples,
    .operands_max = 1,
};

/* "LO:HI", either end may be empty. */
static int read_range(const char *option, const char *typed, bool logarithmic, double range[2],
                      struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    const char *colon = typed != NULL ? strchr(typed, ':') : NULL;
    if (typed == NULL)
        return 0;
    const char *end = typed + strlen(typed);
    if (colon == NULL || (colon > typed && decimal_parse(typed, colon, '.', &range[0]) != colon) ||
        (colon + 1 < end && decimal_parse(colon + 1, end, '.', &range[1]) != end) || isinf(range[0]) ||
        isinf(range[1]) || range[0] >= range[1])
        return error_set_usage(error, "%s: expected LO:HI with LO < HI, got '%s'", option,
                               error_quote(quoted, typed, strlen(typed)));
    if (logarithmic && (range[0] <= 0 || range[1] <= 0))
        return error_set_usage(error, "%s: a logarithmic axis is positive", option);
    return 0;
}

/* Of a histogram the one column may be given either way; a matrix is drawn whole. */
static int choose_columns(struct settings *settings, struct error *error) {
    struct plot_choice *columns = &settings->columns;
    int mode = settings->picture.mode;
    columns->values_alone = mode == PLOT_HISTOGRAM || mode == PLOT_MATRIX;
    columns->words = mode == PLOT_BARS;
    if (columns->x != NULL && (mode == PLOT_MATRIX || (mode == PLOT_HISTOGRAM && columns->y != NULL)))
        return error_set_usage(error, "-x has no meaning with --mode %s", plot_mode_words[mode]);
    if (mode == PLOT_HISTOGRAM && columns->x != NULL) {
        columns->y = columns->x;
        columns->x = NULL;
    }
    if (columns->by != NULL && mode == PLOT_MATRIX)
        return error_set_usage(error, "--by has no meaning with --mode matrix");
    return 0;
}

/* What is drawn and how large, for a descriptor that shows it. */
static int choose_target(struct command *command, struct settings *settings, int descriptor,
                         struct plot_target *target) {
    struct error *error = &command->error;
    const char *path = command->output.path;
    if (path != NULL && strcmp(path, "-") == 0)
        path = NULL;
    if (settings->terminal >= 0)
        target->kind = (enum plot_target_kind)settings->terminal;
    else if (path != NULL) {
        if (plot_target_of_path(path, &target->kind, error) < 0)
            return -1;
    } else if (settings->dump)
        target->kind = PLOT_TARGET_PNG;
    else if (settings->tee || isatty(descriptor))
        target->kind = PLOT_TARGET_DUMB;
    else
        return error_set_usage(error, "standard output is no terminal: name a file with -o, or a --terminal");
    if (!settings->dump && plot_target_check(target->kind, error) < 0)
        return -1;
    return plot_target_measure(target, settings->size, path == NULL ? descriptor : -1, error);
}

static int check(struct command *command, struct settings *settings, struct plot_target *target) {
    struct picture_settings *picture = &settings->picture;
    struct error *error = &command->error;
    if (!command_given(command, "na"))
        command->input.missing = MISSING_KEEP; /* gaps in the picture */
    picture->log_x = settings->log == 0 || settings->log == 2;
    picture->log_y = settings->log == 1 || settings->log == 2;
    if (choose_columns(settings, error) < 0 ||
        read_range("--x-range", settings->x_range, picture->log_x, picture->x_range, error) < 0 ||
        read_range("--y-range", settings->y_range, picture->log_y, picture->y_range, error) < 0 ||
        choose_target(command, settings, settings->tee ? STDERR_FILENO : STDOUT_FILENO, target) < 0)
        return -1;
    plot_target_dots(target, &picture->width, &picture->height, &picture->cell);
    return 0;
}

/* The table and, with --tee, its passing on. Messages name the operand, not the copy that is read. */
static int read_table(struct command *command, const struct settings *settings, const char *operand,
                      struct plot_table *table) {
    char copy[INPUT_TEE_PATH_SIZE];
    struct error *error = &command->error;
    if (!settings->tee)
        return plot_table_read(table, operand, &command->input, &settings->columns, error);
    int descriptor = input_tee_copy(operand, copy, error);
    if (descriptor < 0)
        return -1;
    int status = plot_table_read(table, copy, &command->input, &settings->columns, error);
    size_t length = strlen(copy);
    if (status < 0 && strncmp(error->text, copy, length) == 0) {
        struct error named = *error;
        error_set(error, "%s%s", operand, named.text + length);
    }
    close(descriptor);
    return status;
}

static int read_overlay(struct command *command, const char *path, struct plot_table *overlay) {
    const struct plot_choice all = {0};
    struct row_format format = command->input;
    format.columns = format.exclude = NULL;
    if (path == NULL)
        return 0;
    return plot_table_read(overlay, path, &format, &all, &command->error);
}

/* The drawing, or the script of it. */
static char *draw(struct command *command, const struct settings *settings, const struct plot *plot,
                  const struct plot_target *target, size_t *length) {
    return settings->dump ? plot_script(plot, target, length, &command->error)
                          : plot_target_draw(plot, target, length, &command->error);
}

/* Reads, prepares, draws. Returns the picture, or NULL. */
static char *make(struct command *command, struct settings *settings, const struct plot_target *target,
                  size_t *length) {
    struct plot_table table = {0}, overlay = {0};
    struct plot plot = {0};
    struct picture_notes notes;
    char *picture = NULL;
    const char *operand = command_operand(command, 0, 1), *slash = strrchr(operand, '/');
    settings->picture.file = strcmp(operand, "-") == 0 ? NULL : slash != NULL ? slash + 1 : operand;
    if (read_table(command, settings, operand, &table) == 0 &&
        read_overlay(command, settings->overlay, &overlay) == 0 &&
        picture_make(&plot, &table, settings->overlay != NULL ? &overlay : NULL, &settings->picture, &notes,
                     &command->error) == 0)
        picture = draw(command, settings, &plot, target, length);
    if (picture != NULL) {
        skipped_rows_note(command, operand, table.matrix.rows_skipped);
        if (notes.dropped[0] != '\0')
            command_note(command, "%s", notes.dropped);
        if (notes.thinned[0] != '\0')
            command_note(command, "%s", notes.thinned);
        report_text(&command->report, "mode", plot_mode_words[plot.mode]);
        report_number(&command->report, "rows", (double)table.matrix.rows);
    }
    plot_free(&plot);
    plot_table_free(&overlay);
    plot_table_free(&table);
    return picture;
}

static int run(struct command *command, struct settings *settings) {
    struct plot_target target = {0};
    struct byte_sink *sink = NULL;
    size_t length = 0;
    struct error *error = &command->error;
    if (check(command, settings, &target) < 0)
        return -1;
    bool to_error = settings->tee && (settings->dump || command->output.path == NULL);
    const struct byte_sink_settings writing = {.binary = !settings->dump && plot_target_binary(target.kind)};
    const char *path = settings->dump ? NULL : command->output.path;
    if (!to_error && (sink = byte_sink_open(path, &writing, error)) == NULL)
        return -1;
    char *picture = make(command, settings, &target, &length);
    int status = picture != NULL ? 0 : -1;
    if (status == 0 && to_error && descriptor_write(STDERR_FILENO, picture, length) < 0)
        status = error_set_system(error, "standard error");
    if (status == 0 && sink != NULL)
        status = byte_sink_write(sink, picture, length, error);
    free(picture);
    if (status < 0)
        byte_sink_discard(sink);
    else if (sink != NULL)
        status = byte_sink_close(sink, error);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {
        .picture = {.mode = -1, .x_range = {NAN, NAN}, .y_range = {NAN, NAN}, .levels = 10},
        .log = -1,
        .terminal = -1,
    };
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
