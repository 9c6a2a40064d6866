/* A picture before it is drawn: curves or a grid of values, ranges, labels. num/picture.h makes it from
 * tables; plot_script and plot_text draw it. */
#ifndef IO_PLOT_H
#define IO_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum plot_mode {
    PLOT_LINES,
    PLOT_POINTS,
    PLOT_STEPS,
    PLOT_BARS,
    PLOT_HISTOGRAM,
    PLOT_HEAT,
    PLOT_CONTOUR,
    PLOT_BAND,
    PLOT_MATRIX
};

/* As typed after --mode, in the order of enum plot_mode; ended by NULL. */
extern const char *const plot_mode_words[];

/* Finite points in the order they are joined. */
struct plot_curve {
    char *name; /* NULL: none */
    size_t count;
    double *x, *y;
    double *lower, *upper; /* of a band, else NULL */
};

/* values[j * columns + i] belongs to x[i], y[j]; nan: nothing is drawn there. x and y ascend. */
struct plot_grid {
    size_t columns, rows; /* 0: there is no grid */
    double *x, *y, *values;
    bool counts;      /* values are numbers of points, on a logarithmic scale of colours */
    bool uniform;     /* x and y are evenly spaced */
    double low, high; /* of the values that are finite */
};

struct plot_axis {
    char *label; /* NULL: none */
    double low, high;
    bool logarithmic; /* low > 0 */
};

/* All zero is an empty plot. */
struct plot {
    enum plot_mode mode;
    struct plot_curve *curves;
    size_t curve_count, curve_capacity;
    struct plot_grid grid;
    struct plot_curve overlay; /* points over the rest; without y: a mark on the horizontal axis each */
    char *title, *value_label; /* NULL: none */
    struct plot_axis x, y;
    char **categories; /* under the bars at x = 0, 1, ..., or of the columns of a matrix; NULL: none */
    size_t category_count;
    double bar_width; /* of bars and histograms, in units of x */
    size_t levels;    /* contours */
    int palette;      /* index in plot_palette_words */
    bool equal_units; /* a unit of x is drawn as long as a unit of y */
};

/* A scale of colours at even steps, the first for the lowest value. */
struct plot_palette {
    const char *const *colours; /* "#rrggbb" */
    size_t count;
};

extern const char *const plot_palette_words[]; /* ended by NULL */
extern const struct plot_palette plot_palettes[];

/* Colours of curves, told apart by colour-blind readers too (Okabe and Ito 2008, Color universal design). */
enum { PLOT_COLOURS = 8 };
extern const char *const plot_colours[PLOT_COLOURS];

/* A new curve with room for count points (and for a band), none in it yet; the plot owns it. name is copied;
 * NULL: none. NULL: out of memory. */
struct plot_curve *plot_add_curve(struct plot *plot, const char *name, size_t count, bool band,
                                  struct error *error);

/* Where a value lies between the ends of an axis: 0 at low, 1 at high, beyond outside. */
double plot_axis_place(const struct plot_axis *axis, double value);

/* Writes text as one line: control characters and what is no UTF-8 become '?', and where ascii is set all
 * that is not ASCII, a '?' a character. At most size - 1 bytes. Returns line. */
char *plot_line_of_text(char *line, size_t size, const char *text, bool ascii);

/* Frees what a plot holds. */
void plot_free(struct plot *plot);

#endif
