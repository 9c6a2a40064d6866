/* A plot as plain text, without gnuplot: every kind of picture, with axes, title and legend.
 *
 * Contours are drawn as heat, a band as three lines. Text that is not ASCII becomes '?'. */
#ifndef IO_PLOT_TEXT_H
#define IO_PLOT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/plot.h"
#include "io/plot_canvas.h"

enum { PLOT_TEXT_COLUMNS_MIN = 24, PLOT_TEXT_ROWS_MIN = 8 };

struct plot_text_settings {
    size_t columns, rows; /* of the whole, at least the least of them */
    enum plot_dots dots;
    bool coloured; /* with a terminal's escape sequences */
};

/* Draws. Returns the text, which the caller frees, and its length; or NULL. */
char *plot_text(const struct plot *plot, const struct plot_text_settings *settings, size_t *length,
                struct error *error);

#endif
