/* Ward's clusters (density/ward.h) as a mixture's start. */
#ifndef DENSITY_MIXTURE_WARD_H
#define DENSITY_MIXTURE_WARD_H

#include <stddef.h>

#include "base/error.h"
#include "base/random.h"
#include "density/mixture_step.h"

/* Of more rows only so many, drawn, make the tree: its time grows with their square. */
enum { MIXTURE_WARD_ROWS_MAX = 10000 };

/* The weighted means of the clusters that Ward's tree of the rows, those of weight 0 apart, is cut into.
 *
 *   stream   draws the rows where there are too many
 *   centres  components x dimensions, written
 *
 * Returns 0, or -1: out of memory, or fewer distinct rows than components. */
__attribute__((warn_unused_result)) int mixture_ward_centres(const struct mixture_rows *rows,
                                                             size_t components, struct random_stream *stream,
                                                             double *centres, struct error *error);

#endif
