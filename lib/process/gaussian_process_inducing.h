/* Where the inducing inputs of a sparse Gaussian process start. */
#ifndef PROCESS_GAUSSIAN_PROCESS_INDUCING_H
#define PROCESS_GAUSSIAN_PROCESS_INDUCING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "process/gaussian_process_evidence.h"

/* As spelled in options, in the order of the enumeration, ended by NULL. */
extern const char *const gaussian_process_inducing_words[];

enum gaussian_process_inducing_start {
    GAUSSIAN_PROCESS_INDUCING_KMEANS,   /* the centres of Lloyd's iteration from seeds of k-means++ */
    GAUSSIAN_PROCESS_INDUCING_FARTHEST, /* each the row that is farthest from those before */
    GAUSSIAN_PROCESS_INDUCING_RANDOM,   /* rows drawn without replacement, in their order */
    GAUSSIAN_PROCESS_INDUCING_FIRST     /* the first rows */
};

/* Chooses count <= data->rows inputs and writes them to z, count x inputs. Distances are in deviations of the
 * columns; kmeans and farthest look at no more than max(16384, 4 count) rows, evenly spaced. Sources: Arthur
 * and Vassilvitskii 2007 (SODA, 1027-1035); Gonzalez 1985 (Theoretical Computer Science 38, 293-306).
 * Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int
gaussian_process_inducing_choose(const struct gaussian_process_data *data,
                                 enum gaussian_process_inducing_start start, size_t count, uint64_t seed,
                                 size_t threads, double *z, struct error *error);

#endif
