/* Rows with missing entries, grouped by which entries are there.
 *
 * What a mixture says of a row follows from the marginal of the columns that the row has; rows of one pattern
 * share it, and so the factorisations of its covariances. */
#ifndef DENSITY_MIXTURE_PATTERNS_H
#define DENSITY_MIXTURE_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { MIXTURE_PATTERNS_TILE = 64 }; /* rows */

/* Up to 64 rows of one pattern. */
struct mixture_patterns_tile {
    size_t pattern, from, count; /* rows order[from] .. */
};

struct mixture_patterns {
    size_t count, dimensions;
    bool *observed; /* count x dimensions */
    size_t *order;  /* the rows by pattern, in each as they stood; those with no value at all are left out */
    size_t empty;   /* how many those are */
    size_t tile_count;
    struct mixture_patterns_tile *tiles;
    size_t complete;         /* rows with all values */
    double *complete_values; /* complete x dimensions: theirs */
    double *complete_weights;
};

/* Of rows x dimensions values, nan where missing. NULL: error says why ("column 2 has no values"); a column
 * counts by its rows of positive weight.
 *
 *   weights  rows, or NULL */
struct mixture_patterns *mixture_patterns_create(size_t rows, size_t dimensions, const double *values,
                                                 const double *weights, struct error *error);

/* Copies the complete rows, and puts `filling` in the place of what is missing. */
__attribute__((warn_unused_result)) int mixture_patterns_fill(struct mixture_patterns *patterns, size_t rows,
                                                              double *values, const double *weights,
                                                              double filling, struct error *error);

/* NULL does nothing. */
void mixture_patterns_free(struct mixture_patterns *patterns);

#endif
