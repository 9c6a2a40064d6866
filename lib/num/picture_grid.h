/* The grid of a picture: heat, contours, a matrix, or how densely points lie. Used by num/picture alone. */
#ifndef NUM_PICTURE_GRID_H
#define NUM_PICTURE_GRID_H

#include "num/picture_parts.h"

/* Whether the first two of the three columns drawn form a full grid: 1, 0, or -1 (memory). */
int picture_grid_found(const struct plot_table *table, struct error *error);

/* Fills in the plot's grid and labels. Returns 0 or -1. */
int picture_grid_add(struct picture_parts *parts, struct error *error); /* heat, contour */
int picture_grid_add_matrix(struct picture_parts *parts, struct error *error);

/* Turns the one curve of points, ranges set, into counts of points in cells. Returns 0 or -1. */
int picture_grid_of_points(struct picture_parts *parts, struct error *error);

#endif
