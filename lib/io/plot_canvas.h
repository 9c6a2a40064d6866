/* A picture of characters: marks, or dots several a character. */
#ifndef IO_PLOT_CANVAS_H
#define IO_PLOT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

#include "io/text_buffer.h"

/* What a character holds: a mark; 2 x 2 blocks; 2 x 4 dots of braille. */
enum plot_dots { PLOT_DOTS_ASCII, PLOT_DOTS_BLOCK, PLOT_DOTS_BRAILLE };

struct plot_canvas {
    size_t columns, rows; /* in characters */
    enum plot_dots dots;
    size_t dot_columns, dot_rows; /* columns and rows in dots */
    unsigned char *masks;         /* the dots set in each character; of marks, the mark */
    unsigned char *owners;        /* which curve drew in it last, from 1; 0: none, drawn without a colour */
};

/* Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int plot_canvas_open(struct plot_canvas *canvas, size_t columns,
                                                         size_t rows, enum plot_dots dots,
                                                         struct error *error);

/* Sets the dot in column x from the left and row y from the top; outside, nothing happens. curve counts from
 * 0; its mark is what PLOT_DOTS_ASCII shows. */
void plot_canvas_dot(struct plot_canvas *canvas, double x, double y, size_t curve);

/* All dots between two points, ends included. */
void plot_canvas_line(struct plot_canvas *canvas, const double from[2], const double to[2], size_t curve);

/* Fills a character with a shade, 0 (empty) to 1 (full), whatever the dots. */
void plot_canvas_shade(struct plot_canvas *canvas, size_t column, size_t row, double shade);

/* The mark of a curve. */
char plot_canvas_mark(size_t curve);

/* Writes the characters of a row, without a newline and without blanks at the end; coloured: each curve in a
 * colour of its own, by the terminal's escape sequences. */
void plot_canvas_write_row(const struct plot_canvas *canvas, size_t row, bool coloured,
                           struct text_buffer *stream);

/* Writes the sequence that begins a curve's colour, or (curve == (size_t)-1) ends all. */
void plot_canvas_write_colour(size_t curve, struct text_buffer *stream);

void plot_canvas_close(struct plot_canvas *canvas);

#endif
