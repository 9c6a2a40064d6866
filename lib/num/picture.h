/* From tables to a plot: what kind of picture a table asks for, its curves or grid, ranges and labels, with
 * no more points than can be seen. */
#ifndef NUM_PICTURE_H
#define NUM_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "io/plot.h"
#include "io/plot_table.h"

struct picture_settings {
    int mode;     /* of enum plot_mode; -1: by the columns */
    size_t bins;  /* of histograms; 0: by Freedman and Diaconis's rule */
    bool density; /* histograms have area 1 */
    bool log_x, log_y;
    double x_range[2], y_range[2];         /* nan: by the data */
    const char *title, *x_label, *y_label; /* NULL: by file and columns; empty: none */
    const char *file;                      /* the default of the title; NULL: none */
    size_t width, height;                  /* of the picture in pixels or dots */
    size_t cell; /* a side of the cells in which points are counted, in the same unit */
    int palette;
    size_t levels;
};

enum { PICTURE_NOTE_SIZE = 200 };

/* What is left out of a picture and worth telling; empty texts where nothing is. */
struct picture_notes {
    char dropped[PICTURE_NOTE_SIZE], thinned[PICTURE_NOTE_SIZE];
};

/* The kind of picture that a table asks for where none was named: a histogram for one column; a band for
 * columns `mean` with `lower`, `upper` or `standard_deviation`; bars for a reliability diagram, a first
 * column `bin` with `accuracy` and `confidence`; heat for a full grid in the first two of three columns;
 * lines where the horizontal column ascends (within each group), points otherwise. Returns an enum plot_mode,
 * or -1 where memory does not suffice. */
__attribute__((warn_unused_result)) int picture_mode(const struct plot_table *table, struct error *error);

/* Fills in *plot (all zero before; freed by the caller whatever is returned). overlay: a table of points, or
 * NULL. Returns 0, or -1: the error says what the table lacks for the picture. */
__attribute__((warn_unused_result)) int picture_make(struct plot *plot, const struct plot_table *table,
                                                     const struct plot_table *overlay,
                                                     const struct picture_settings *settings,
                                                     struct picture_notes *notes, struct error *error);

#endif
