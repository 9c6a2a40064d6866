/* The median of the Euclidean distances between all pairs of rows i < j, exactly, in one pass over the pairs
 * and memory for some 110 distances a row: a sample of pairs gives two fences, between which distances are
 * kept (Floyd and Rivest's idea). Where these are too many, as where many distances are alike, squares are
 * selected by radix, 16 bits of them a pass. */
#ifndef NUM_MEDIAN_DISTANCE_H
#define NUM_MEDIAN_DISTANCE_H

#include <stddef.h>

#include "base/error.h"

/* Of count >= 2 finite rows of `width` values, `stride` apart. Of an even number of distances it is the mean
 * of the middle two. O(count^2 width). Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int median_distance(size_t count, size_t width, const double *rows,
                                                        size_t stride, size_t threads, double *median,
                                                        struct error *error);

#endif
