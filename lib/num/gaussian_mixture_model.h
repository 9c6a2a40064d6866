/* Gaussian mixtures from model files (NPZ).
 *
 * kind "gmm": weights (K), means (K, d), covariances of the shape that covariance_type says (full where it is
 * missing), and noise (2: weight and log density) where there is a uniform component. kind "kde" with the
 * Gaussian kernel and no bounds or periods: points (n, d), weights (n), factor L (d, d), local (n), as the
 * mixture of N(points_i, local_i^2 L L^T). Other arrays are left alone. Refused: nan, weights that do not sum
 * to 1 within 1e-6, covariances that are not positive definite, shapes that do not fit. */
#ifndef NUM_GAUSSIAN_MIXTURE_MODEL_H
#define NUM_GAUSSIAN_MIXTURE_MODEL_H

#include "base/error.h"
#include "io/npz.h"
#include "num/gaussian_mixture.h"
#include "num/model_check.h"

/* Reads an operand (a path or "-"). NULL: error says why, beginning with the file's name. */
struct gaussian_mixture *gaussian_mixture_model_read(const char *operand, struct error *error);

/* The same from arrays that were read. */
struct gaussian_mixture *gaussian_mixture_model_from_arrays(const struct npz *npz, struct error *error);

/* Of kind gmm. */
extern const struct model_check gaussian_mixture_model_check;

#endif
