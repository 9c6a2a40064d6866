/* Draws from a Gaussian mixture as a stream of rows. */
#ifndef DENSITY_MIXTURE_DRAWS_H
#define DENSITY_MIXTURE_DRAWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/row_stream.h"
#include "num/gaussian_mixture.h"

struct mixture_draws_settings {
    const struct gaussian_mixture *mixture; /* prepared, without noise; kept by the caller */
    size_t count;                           /* of rows */
    bool labels;                            /* a last column with the component, from 1 */
    bool stratified;                        /* count x w_k rows of component k, in order */
    const char *const *names;               /* of the columns, kept by the caller */
    uint64_t seed;
    size_t threads;
};

/* The beginning of a chain, in bounded memory. A stream of fewer rows holds the first of a longer one, where
 * they are not stratified. NULL: error says why. */
struct row_stream *mixture_draws_open(const struct mixture_draws_settings *settings, struct error *error);

#endif
