/* Steps of Lloyd from one start until the centres rest. */
#ifndef DENSITY_KMEANS_STEPS_H
#define DENSITY_KMEANS_STEPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kmeans.h"

/* Moves result->centers, which hold the start, and fills in the rest of result, whose arrays are there. Rows
 * are unit vectors where settings->distance is the cosine. spread: the rows' root mean square distance from
 * their mean. Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int kmeans_steps(const struct kmeans_data *data,
                                                     const struct kmeans_settings *settings, double spread,
                                                     struct kmeans *result, struct error *error);

#endif
