/* Fewer points for a picture that could not show them all. Used by num/picture alone. */
#ifndef NUM_PICTURE_THINNING_H
#define NUM_PICTURE_THINNING_H

#include "num/picture_parts.h"

/* Above so many points of one picture they are thinned. */
enum { PICTURE_POINTS_MAX = 50000 };

/* Thins all curves of the plot, whose ranges are set, where they hold too many points: of lines what each
 * pixel column shows, of points one a pixel. Returns 0 or -1. */
__attribute__((warn_unused_result)) int picture_thinning_apply(struct picture_parts *parts,
                                                               struct error *error);

#endif
