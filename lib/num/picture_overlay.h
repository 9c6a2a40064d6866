/* Points of another table over a picture, or marks on its horizontal axis. */
#ifndef NUM_PICTURE_OVERLAY_H
#define NUM_PICTURE_OVERLAY_H

#include "num/picture_parts.h"

/* Reads the columns that are drawn over a picture of `table`; of a regular file the others are not parsed, so
 * that they may hold words. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int picture_overlay_read(struct plot_table *overlay, const char *operand,
                                                             const struct row_format *format,
                                                             const struct plot_table *table,
                                                             const struct picture_settings *settings,
                                                             struct error *error);

/* Adds the points to the plot, whose mode and curves or grid stand. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
picture_overlay_add(struct picture_parts *parts, const struct plot_table *overlay, struct error *error);

#endif
