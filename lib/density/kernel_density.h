/* A kernel density estimate: points with weights, and a kernel scaled by a factor around each.
 *
 *     f(x) = sum_i w_i lam_i^-d |L|^-1 K(L^-1 (x - y_i) / lam_i),     sum_i w_i = 1
 *
 * Sums over the points are in density/kernel_sums.h, which works in whitened coordinates z = L^-1 (x - o), o
 * a point amid them: there distances are Euclidean and digits are kept far from the origin. Bounds and
 * periods are no part of those sums: queries are reflected (density/kernel_images.h), points never. */
#ifndef DENSITY_KERNEL_DENSITY_H
#define DENSITY_KERNEL_DENSITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/random.h"
#include "density/kernel.h"
#include "io/npz.h"
#include "num/model_check.h"

struct kernel_density {
    size_t count, dimensions; /* n, d, both at least 1 */
    struct kernel kernel;
    double *points;                 /* n x d, row-major */
    double *weights;                /* n, not negative, sum 1 */
    double *factor;                 /* d x d, lower triangular, positive diagonal: L */
    double *local;                  /* n, positive: lam_i; NULL: all 1 */
    double *lower, *upper, *period; /* d each, nan where there is none; set by the caller, all nan at first */
    size_t threads;                 /* that prepare it; 1 at first */

    /* Set by kernel_density_prepare. */
    double *origin;         /* d: o */
    double *whitened;       /* n x d: L^-1 (y_i - o) */
    double log_determinant; /* log |L| */
    double sum_of_squares;  /* sum_i w_i^2: 1/n without weights */
};

/* Room for n points with weights 1/n, L = I, no local factors, no bounds; points are to be filled in. NULL:
 * error says why. */
struct kernel_density *kernel_density_create(size_t count, size_t dimensions, enum kernel_name kernel,
                                             enum kernel_form form, struct error *error);

/* Replaces the weights by given ones (not negative, finite, n of them), divided by their sum. All zero is an
 * error. Returns 0 or -1. */
__attribute__((warn_unused_result)) int kernel_density_weigh(struct kernel_density *density,
                                                             const double *weights, struct error *error);

/* Checks points, factor, local factors and bounds, and whitens the points; again after any of them changed.
 * Loads BLAS where d needs it. Returns 0 or -1. */
__attribute__((warn_unused_result)) int kernel_density_prepare(struct kernel_density *density,
                                                               struct error *error);

/* z = L^-1 (x - o) for each of `rows` rows; z may be x. */
void kernel_density_whiten(const struct kernel_density *density, size_t rows, const double *x, double *z);

/* g becomes L^-T g for each row: a gradient in whitened coordinates becomes one in those of the points. */
void kernel_density_unwhiten_gradient(const struct kernel_density *density, size_t rows, double *gradients);

/* Frees it; NULL does nothing. */
void kernel_density_free(struct kernel_density *density);

/* The model as NPZ: arrays kind = "kde", version, points (n, d), weights (n), factor (d, d), local (n; ones
 * where there are none), kernel, kernel_form, lower, upper, period (d). A reader takes models without local,
 * kernel_form and bounds as well. The model read is prepared. */
struct kernel_density *kernel_density_from_arrays(const struct npz *npz, struct error *error);
struct kernel_density *kernel_density_read(const char *operand, struct error *error);
__attribute__((warn_unused_result)) int kernel_density_write(const struct kernel_density *density,
                                                             const char *path, struct error *error);

extern const struct model_check kernel_density_check;

#endif
