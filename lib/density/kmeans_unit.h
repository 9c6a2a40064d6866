/* Rows as unit vectors, for the cosine. */
#ifndef DENSITY_KMEANS_UNIT_H
#define DENSITY_KMEANS_UNIT_H

#include <stdbool.h>
#include <stddef.h>

/* Divides each of rows x columns values by its row's length. Returns `rows`, or the number (from 0) of the
 * first row that is all 0, the rows before it being done. */
size_t kmeans_unit(size_t rows, size_t columns, double *points);

#endif
