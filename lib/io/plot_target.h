/* Where and how a plot is drawn: in characters, or as a picture by gnuplot. */
#ifndef IO_PLOT_TARGET_H
#define IO_PLOT_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "io/plot.h"

enum plot_target_kind {
    PLOT_TARGET_DUMB, /* by gnuplot; where there is none, and for grids, as text */
    PLOT_TARGET_TEXT, /* characters, drawn here */
    PLOT_TARGET_BLOCK,
    PLOT_TARGET_BRAILLE,
    PLOT_TARGET_SIXEL, /* by gnuplot, all from here on */
    PLOT_TARGET_PNG,
    PLOT_TARGET_SVG,
    PLOT_TARGET_PDF
};

/* The kinds as typed, in their order; ended by NULL. */
extern const char *const plot_target_words[];

struct plot_target {
    enum plot_target_kind kind;
    size_t width, height; /* characters, or pixels (of PDF, hundredths of an inch) */
    bool coloured;        /* text for a terminal that shows colours */
};

/* The kind that the end of a file's name asks for (.png, .svg, .pdf), or a usage error. */
__attribute__((warn_unused_result)) int plot_target_of_path(const char *path, enum plot_target_kind *kind,
                                                            struct error *error);

/* Whether the bytes of a kind are no text. */
bool plot_target_binary(enum plot_target_kind kind);

/* Sets the size: as typed ("80x24"), or NULL for that of the terminal behind the descriptor or of the kind,
 * and the colours. A malformed or absurd size is a usage error. */
__attribute__((warn_unused_result)) int plot_target_measure(struct plot_target *target, const char *size,
                                                            int descriptor, struct error *error);

/* Dots that can be told apart, across and down, and the side of a cell for counting points. */
void plot_target_dots(const struct plot_target *target, size_t *across, size_t *down, size_t *cell);

/* Whether the kind can be drawn here: an error names the package that is missing. */
__attribute__((warn_unused_result)) int plot_target_check(enum plot_target_kind kind, struct error *error);

/* Draws. Returns the picture, which the caller frees, and its length; or NULL. */
__attribute__((warn_unused_result)) char *plot_target_draw(const struct plot *plot,
                                                           const struct plot_target *target, size_t *length,
                                                           struct error *error);

#endif
