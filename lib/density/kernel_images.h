/* Bounds and periods of a kernel density: the density at x is the sum of the unbounded one over x's images.
 *
 * At a bound b the image is 2b - x, so that what the kernels put beyond it comes back (Schuster 1985,
 * Incorporating support constraints into nonparametric estimators of densities); outside the bounds the
 * density is 0. With a period P the images are x + kP, for all k within the kernels' reach of a point. Of
 * several such columns the images are combined. */
#ifndef DENSITY_KERNEL_IMAGES_H
#define DENSITY_KERNEL_IMAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/kernel_density.h"

struct kernel_images {
    const struct kernel_density *density; /* prepared */
    double *low, *high; /* d each: with a period, images below low or above high are too far from any point */
};

enum { KERNEL_IMAGES_MAX = 1 << 20 }; /* of one query */

/* Whether any column has a bound or a period. */
bool kernel_images_needed(const struct kernel_density *density);

/* Returns 0, or -1 with nothing to free. The density stays the caller's. */
__attribute__((warn_unused_result)) int
kernel_images_create(struct kernel_images *images, const struct kernel_density *density, struct error *error);

/* How many images a finite x has: 0 outside the bounds; above KERNEL_IMAGES_MAX, there are too many. */
size_t kernel_images_count(const struct kernel_images *images, const double *x);

/* Writes image number `index` of x.
 *
 *   image  d values
 *   signs  d values, each -1 where the column is reflected, else 1 */
void kernel_images_write(const struct kernel_images *images, const double *x, size_t index, double *image,
                         double *signs);

/* An all-zero one is fine. */
void kernel_images_free(struct kernel_images *images);

#endif
