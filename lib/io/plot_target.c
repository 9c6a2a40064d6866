#include "io/plot_target.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "io/plot_process.h"
#include "io/plot_script.h"
#include "io/plot_text.h"

const char *const plot_target_words[] = {"dumb", "text", "block", "braille", "sixel",
                                         "png",  "svg",  "pdf",   NULL};

/* Larger pictures are refused: gnuplot would ask for gigabytes. */
enum { PIXELS_MIN = 100, PIXELS_MAX = 10000, CHARACTERS_MAX = 1000 };

/* Pixels a side of the cells in which points are counted. */
enum { CELL_PIXELS = 5 };

static bool in_characters(enum plot_target_kind kind) {
    return kind < PLOT_TARGET_SIXEL;
}

int plot_target_of_path(const char *path, enum plot_target_kind *kind, struct error *error) {
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name != NULL ? name + 1 : path, '.');
    for (int k = PLOT_TARGET_PNG; dot != NULL && k <= PLOT_TARGET_PDF; k++) {
        if (strcasecmp(dot + 1, plot_target_words[k]) == 0) {
            *kind = (enum plot_target_kind)k;
            return 0;
        }
    }
    char quoted[ERROR_QUOTE_SIZE];
    return error_set_usage(error, "--output: expected a name that ends in .png, .svg or .pdf, got '%s'",
                           error_quote(quoted, path, strlen(path)));
}

bool plot_target_binary(enum plot_target_kind kind) {
    return kind == PLOT_TARGET_PNG || kind == PLOT_TARGET_PDF;
}

/* Digits, below 100000. */
static bool read_count(const char **text, size_t *count) {
    const char *begin = *text;
    for (*count = 0; **text >= '0' && **text <= '9' && *text - begin < 5; (*text)++)
        *count = *count * 10 + (size_t)(**text - '0');
    return *text > begin;
}

static int read_size(struct plot_target *target, const char *typed, struct error *error) {
    const char *at = typed;
    size_t least_wide = in_characters(target->kind) ? PLOT_TEXT_COLUMNS_MIN : PIXELS_MIN;
    size_t least_high = in_characters(target->kind) ? PLOT_TEXT_ROWS_MIN : PIXELS_MIN;
    size_t most = in_characters(target->kind) ? CHARACTERS_MAX : PIXELS_MAX;
    char quoted[ERROR_QUOTE_SIZE];
    if (!read_count(&at, &target->width) || *at++ != 'x' || !read_count(&at, &target->height) ||
        *at != '\0' || target->width < least_wide || target->height < least_high || target->width > most ||
        target->height > most)
        return error_set_usage(error, "--size: expected WxH from %zux%zu to %zux%zu %s, got '%s'", least_wide,
                               least_high, most, most, in_characters(target->kind) ? "characters" : "pixels",
                               error_quote(quoted, typed, strlen(typed)));
    return 0;
}

/* The size of the terminal, without the line for the prompt. */
static void take_terminal_size(struct plot_target *target, int descriptor) {
    struct winsize window;
    if (ioctl(descriptor, TIOCGWINSZ, &window) < 0)
        return;
    if (window.ws_col >= PLOT_TEXT_COLUMNS_MIN && window.ws_col <= CHARACTERS_MAX)
        target->width = window.ws_col;
    if (window.ws_row > PLOT_TEXT_ROWS_MIN && window.ws_row <= CHARACTERS_MAX)
        target->height = window.ws_row - 1u;
}

int plot_target_measure(struct plot_target *target, const char *size, int descriptor, struct error *error) {
    const char *no_colour = getenv("NO_COLOR");
    target->width = in_characters(target->kind) ? 80 : 900;
    target->height = in_characters(target->kind) ? 24 : 600;
    target->coloured = isatty(descriptor) && (no_colour == NULL || no_colour[0] == '\0');
    if (size != NULL)
        return read_size(target, size, error);
    if (in_characters(target->kind) && isatty(descriptor))
        take_terminal_size(target, descriptor);
    return 0;
}

void plot_target_dots(const struct plot_target *target, size_t *across, size_t *down, size_t *cell) {
    bool block = target->kind == PLOT_TARGET_BLOCK, braille = target->kind == PLOT_TARGET_BRAILLE;
    *across = target->width * (block || braille ? 2 : 1);
    *down = target->height * (block ? 2 : braille ? 4 : 1);
    *cell = block || braille ? 2 : in_characters(target->kind) ? 1 : CELL_PIXELS;
}

int plot_target_check(enum plot_target_kind kind, struct error *error) {
    if (in_characters(kind) || plot_process_available())
        return 0;
    return error_set(error, "%s is drawn by gnuplot, which is not installed (Debian's package gnuplot-nox)",
                     plot_target_words[kind]);
}

char *plot_target_draw(const struct plot *plot, const struct plot_target *target, size_t *length,
                       struct error *error) {
    /* Of cells, gnuplot's characters show the borders alone. */
    bool cells = plot->grid.columns > 0;
    bool here =
        target->kind == PLOT_TARGET_DUMB ? cells || !plot_process_available() : in_characters(target->kind);
    if (here) {
        const struct plot_text_settings settings = {
            .columns = target->width,
            .rows = target->height,
            .dots = target->kind == PLOT_TARGET_BLOCK     ? PLOT_DOTS_BLOCK
                    : target->kind == PLOT_TARGET_BRAILLE ? PLOT_DOTS_BRAILLE
                                                          : PLOT_DOTS_ASCII,
            .coloured = target->coloured,
        };
        return plot_text(plot, &settings, length, error);
    }
    size_t script_length;
    char *script = plot_script(plot, target, &script_length, error);
    char *picture = script != NULL ? plot_process_draw(script, script_length, length, error) : NULL;
    free(script);
    return picture;
}
