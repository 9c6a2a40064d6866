/* Gaussian mixtures as model files (NPZ) of kind "gmm": `kind`, `version`, `covariance_type`, `weights` (K),
 * `means` (K, d), `covariances` of the shape that the type says, and `noise` (2: weight and log density)
 * where there is a uniform component. num/gaussian_mixture_model.h reads them. */
#ifndef NUM_GAUSSIAN_MIXTURE_WRITER_H
#define NUM_GAUSSIAN_MIXTURE_WRITER_H

#include "base/error.h"
#include "io/npz.h"
#include "num/gaussian_mixture.h"

/* Adds the arrays to an archive that is open; a fit adds its figures behind them. Components with scales
 * become full ones. Of the mixture only what its caller fills is read: it need not be prepared. Returns 0 or
 * -1. */
__attribute__((warn_unused_result)) int gaussian_mixture_writer_arrays(struct npz_writer *writer,
                                                                       const struct gaussian_mixture *mixture,
                                                                       struct error *error);

/* Writes a model of these arrays alone. path NULL or "-": standard output. Returns 0, or -1 with nothing left
 * under the name. */
__attribute__((warn_unused_result)) int
gaussian_mixture_writer_file(const char *path, const struct gaussian_mixture *mixture, struct error *error);

#endif
