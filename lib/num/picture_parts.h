/* What the makers of curves and grids work on. Used by num/picture alone. */
#ifndef NUM_PICTURE_PARTS_H
#define NUM_PICTURE_PARTS_H

#include "num/picture.h"

struct picture_parts {
    struct plot *plot;
    const struct plot_table *table;
    const struct picture_settings *settings;
    size_t dropped;                  /* points that are not finite, or not positive on a logarithmic axis */
    size_t thinned_from, thinned_to; /* points before and after thinning; equal: nothing was thinned */
    bool as_density;                 /* points became a grid of counts */
};

/* The smallest and the largest of values taken up; low > high while there is none. */
struct picture_extent {
    double low, high;
};
#define PICTURE_EXTENT_EMPTY                                                                                 \
    { INFINITY, -INFINITY }

static inline void picture_extent_add(struct picture_extent *extent, double value) {
    extent->low = value < extent->low ? value : extent->low;
    extent->high = value > extent->high ? value : extent->high;
}

/* The number in a row of a column. */
static inline double picture_value(const struct plot_table *table, size_t row, size_t column) {
    return table->matrix.values[row * table->matrix.columns + column];
}

#endif
