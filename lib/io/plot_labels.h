/* What a script for gnuplot writes along the axes: numbers, or the words under bars and matrices, no more of
 * them than stand beside one another. */
#ifndef IO_PLOT_LABELS_H
#define IO_PLOT_LABELS_H

#include "io/plot.h"
#include "io/plot_target.h"
#include "io/text_buffer.h"

/* A string in single quotes, where a quote is written twice and nothing else is special: one line of at most
 * `letters` bytes. ascii: what is not becomes '?'. */
void plot_labels_quote(struct text_buffer *stream, const char *text, size_t letters, bool ascii);

/* The format of the numbers along an axis ("x", "y", "cb"): as many digits as tell them apart. */
void plot_labels_format(struct text_buffer *stream, const char *name, const struct plot_axis *axis);

/* The commands that place labels on both axes. */
void plot_labels_write(struct text_buffer *stream, const struct plot *plot, const struct plot_target *target);

#endif
