/* The data of a plot as blocks of numbers in a script for gnuplot: $grid, $curve1, $curve2, ..., $overlay. */
#ifndef IO_PLOT_BLOCKS_H
#define IO_PLOT_BLOCKS_H

#include "io/plot.h"
#include "io/text_buffer.h"

/* A number as gnuplot reads it. */
void plot_blocks_number(struct text_buffer *text, double value);

/* Each block that is not empty. A curve has a line x, y (of an overlay without y, x alone; of a band, its
 * ends too) for each point; the grid x, y, value for each cell, with the ends of the cell before the value
 * where the grid is uneven, and a blank line behind each row. */
void plot_blocks_write(struct text_buffer *text, const struct plot *plot);

#endif
