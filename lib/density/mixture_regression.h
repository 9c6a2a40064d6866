/* Gaussian mixture regression: mean and variance of the columns that rows do not give. */
#ifndef DENSITY_MIXTURE_REGRESSION_H
#define DENSITY_MIXTURE_REGRESSION_H

#include <stddef.h>

#include "base/error.h"
#include "io/column_names.h"
#include "io/row_stream.h"
#include "num/gaussian_mixture.h"
#include "num/gaussian_mixture_conditional.h"

struct mixture_regression {
    struct gaussian_mixture_conditional conditional;
    struct column_names names; /* mean_j and variance_j of each column j (from 1) that is not given */
    size_t piece_rows;
};

/* For the columns `given` (counted from 0) of a prepared mixture. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int mixture_regression_create(struct mixture_regression *regression,
                                                                  const struct gaussian_mixture *mixture,
                                                                  const size_t *given, size_t count,
                                                                  struct error *error);

/* Puts a stage on top of a chain of rows of the given columns; the regression stays the caller's. Returns 0
 * or -1. */
__attribute__((warn_unused_result)) int mixture_regression_push(struct row_stream **chain,
                                                                const struct mixture_regression *regression,
                                                                size_t threads, struct error *error);

/* Frees what it holds; all zero is fine. */
void mixture_regression_free(struct mixture_regression *regression);

#endif
