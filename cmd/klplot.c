/* klplot - draws a table, in the terminal or as a picture. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "io/byte_sink.h"
#include "io/descriptor.h"
#include "io/input_tee.h"
#include "io/plot_script.h"
#include "io/plot_table.h"
#include "io/plot_target.h"
#include "io/skipped_rows.h"
#include "num/picture.h"
#include "num/picture_options.h"
#include "num/picture_overlay.h"

static const struct option_entry own_options[] = {
    OPTION_CHOICE('m', "mode", struct picture_options, picture.mode, plot_mode_words,
                  "what is drawn (default: by the columns)"),
    OPTION_HEADING("columns"),
    OPTION_TEXT('x', "x-column", struct picture_options, columns.x, "COL",
                "the horizontal column (default: first)"),
    OPTION_TEXT('y', "y-columns", struct picture_options, columns.y, "LIST",
                "the vertical columns (default: all others)"),
    OPTION_TEXT(0, "by", struct picture_options, columns.by, "COL", "one curve for each value of COL"),
    OPTION_TEXT(0, "overlay", struct picture_options, overlay, "FILE", "points of another table over it"),
    OPTION_HEADING("the picture"),
    OPTION_COUNT(0, "bins", struct picture_options, picture.bins, "N", 1, 100000,
                 "bins of a histogram (default: Freedman and Diaconis)"),
    OPTION_FLAG(0, "density", struct picture_options, picture.density, "histograms have area 1"),
    OPTION_COUNT(0, "levels", struct picture_options, picture.levels, "N", 1, 100, "how many contours"),
    OPTION_CHOICE(0, "log", struct picture_options, log, picture_options_log_words, "logarithmic axes"),
    OPTION_TEXT(0, "x-range", struct picture_options, x_range, "LO:HI", "ends of the horizontal axis"),
    OPTION_TEXT(0, "y-range", struct picture_options, y_range, "LO:HI", "ends of the vertical axis"),
    OPTION_TEXT(0, "title", struct picture_options, picture.title, "TEXT",
                "title (default: the file's name)"),
    OPTION_TEXT(0, "x-label", struct picture_options, picture.x_label, "TEXT",
                "under the axis (default: the column's name)"),
    OPTION_TEXT(0, "y-label", struct picture_options, picture.y_label, "TEXT", "the same, vertically"),
    OPTION_TEXT(0, "size", struct picture_options, size, "WxH",
                "pixels, or characters (default: 900x600, 80x24)"),
    OPTION_CHOICE(0, "palette", struct picture_options, picture.palette, plot_palette_words,
                  "colours of values"),
    OPTION_HEADING("where it goes"),
    OPTION_CHOICE(0, "terminal", struct picture_options, terminal, plot_target_words,
                  "how it is drawn (default: dumb, or as the file's name ends)"),
    OPTION_FLAG(0, "tee", struct picture_options, tee, "pass the table on, draw to standard error"),
    OPTION_FLAG(0, "dump", struct picture_options, dump, "print the script for gnuplot, data included"),
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

/* The table and, with --tee, its passing on. Messages name the operand, not the copy that is read. */
static int read_table(struct command *command, const struct picture_options *options, const char *operand,
                      struct plot_table *table) {
    char copy[INPUT_TEE_PATH_SIZE];
    struct error *error = &command->error;
    if (!options->tee)
        return plot_table_read(table, operand, &command->input, &options->columns, error);
    int descriptor = input_tee_copy(operand, copy, error);
    if (descriptor < 0)
        return -1;
    int status = plot_table_read(table, copy, &command->input, &options->columns, error);
    size_t length = strlen(copy);
    if (status < 0 && strncmp(error->text, copy, length) == 0) {
        struct error named = *error;
        error_set(error, "%s%s", operand, named.text + length);
    }
    close(descriptor);
    return status;
}

/* The drawing, or the script of it. */
static char *draw(struct command *command, const struct picture_options *options, const struct plot *plot,
                  const struct plot_target *target, size_t *length) {
    return options->dump ? plot_script(plot, target, length, &command->error)
                         : plot_target_draw(plot, target, length, &command->error);
}

/* Reads, prepares, draws. Returns the picture, or NULL. */
static char *make(struct command *command, struct picture_options *options, const struct plot_target *target,
                  size_t *length) {
    struct plot_table table = {0}, overlay = {0};
    struct plot plot = {0};
    struct picture_notes notes;
    char *picture = NULL;
    const char *operand = command_operand(command, 0, 1), *slash = strrchr(operand, '/');
    options->picture.file = strcmp(operand, "-") == 0 ? NULL : slash != NULL ? slash + 1 : operand;
    if (read_table(command, options, operand, &table) == 0 &&
        (options->overlay == NULL || picture_overlay_read(&overlay, options->overlay, &command->input, &table,
                                                          &options->picture, &command->error) == 0) &&
        picture_make(&plot, &table, options->overlay != NULL ? &overlay : NULL, &options->picture, &notes,
                     &command->error) == 0)
        picture = draw(command, options, &plot, target, length);
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

static int run(struct command *command, struct picture_options *options) {
    struct plot_target target = {0};
    struct byte_sink *sink = NULL;
    size_t length = 0;
    struct error *error = &command->error;
    if (picture_options_check(command, options, &target) < 0)
        return -1;
    bool to_error = options->tee && (options->dump || command->output.path == NULL);
    const struct byte_sink_settings writing = {.binary = !options->dump && plot_target_binary(target.kind)};
    const char *path = options->dump ? NULL : command->output.path;
    if (!to_error && (sink = byte_sink_open(path, &writing, error)) == NULL)
        return -1;
    char *picture = make(command, options, &target, &length);
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
    struct picture_options options = PICTURE_OPTIONS_DEFAULT;
    struct command command;
    command_start(&command, &description, &options, argc, argv);
    return command_finish(&command, run(&command, &options));
}
