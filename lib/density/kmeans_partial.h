/* One step of Lloyd as partial sums: of rows in parts, each part's rows by the nearest of the same centres.
 *
 *     parts     1
 *     start     (k, d) the centres c, once for each part
 *     counts    (k) sum v_i over the rows of each cluster
 *     sums      (k, d) sum v_i (x_i - c)
 *     squares   sum_i v_i |x_i - c_label(i)|^2
 *
 * Rows and centres are unit vectors where the distance is the cosine. Parts finish as the kmeans model of the
 * clusters' means; counts and inertia are those of the labels that the start gave. A cluster without rows
 * keeps its start. Parts must agree in start and distance. */
#ifndef DENSITY_KMEANS_PARTIAL_H
#define DENSITY_KMEANS_PARTIAL_H

#include "base/command.h"
#include "density/kmeans_input.h"
#include "density/kmeans_options.h"
#include "io/partial.h"

extern const struct partial_description kmeans_partial_description;

/* Writes the part of what was read. Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int kmeans_partial_run(struct command *command,
                                                           const struct kmeans_options *options,
                                                           const struct kmeans_input *input);

#endif
