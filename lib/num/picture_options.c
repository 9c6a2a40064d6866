#include "num/picture_options.h"

#include <string.h>
#include <unistd.h>

#include "io/decimal.h"

const char *const picture_options_log_words[] = {"x", "y", "xy", NULL};

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
static int choose_columns(struct picture_options *options, struct error *error) {
    struct plot_choice *columns = &options->columns;
    int mode = options->picture.mode;
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
static int choose_target(struct command *command, struct picture_options *options, int descriptor,
                         struct plot_target *target) {
    struct error *error = &command->error;
    const char *path = command->output.path;
    if (path != NULL && strcmp(path, "-") == 0)
        path = NULL;
    if (options->terminal >= 0)
        target->kind = (enum plot_target_kind)options->terminal;
    else if (path != NULL) {
        if (plot_target_of_path(path, &target->kind, error) < 0)
            return -1;
    } else if (options->dump)
        target->kind = PLOT_TARGET_PNG;
    else if (options->tee || isatty(descriptor))
        target->kind = PLOT_TARGET_DUMB;
    else
        return error_set_usage(error, "standard output is no terminal: name a file with -o, or a --terminal");
    if (!options->dump && plot_target_check(target->kind, error) < 0)
        return -1;
    return plot_target_measure(target, options->size, path == NULL ? descriptor : -1, error);
}

int picture_options_check(struct command *command, struct picture_options *options,
                          struct plot_target *target) {
    struct picture_settings *picture = &options->picture;
    struct error *error = &command->error;
    if (!command_given(command, "na"))
        command->input.missing = MISSING_KEEP; /* gaps in the picture */
    picture->log_x = options->log == 0 || options->log == 2;
    picture->log_y = options->log == 1 || options->log == 2;
    if (choose_columns(options, error) < 0 ||
        read_range("--x-range", options->x_range, picture->log_x, picture->x_range, error) < 0 ||
        read_range("--y-range", options->y_range, picture->log_y, picture->y_range, error) < 0 ||
        choose_target(command, options, options->tee ? STDERR_FILENO : STDOUT_FILENO, target) < 0)
        return -1;
    plot_target_dots(target, &picture->width, &picture->height, &picture->cell);
    return 0;
}
