/* The distribution function of a kernel density in one dimension, and its inverse.
 *
 *     F(x) = sum_i w_i G((x - y_i) / (h lam_i)),     G the kernel's own distribution function
 *
 * Points are sorted, so that those whose kernel lies wholly on one side cost nothing, and gaussian ones with
 * one bandwidth are summed by cells wherever F is not small. Reflection at bounds is undone term by term:
 * with a lower bound b, F(x) - F(2b - x). */
#ifndef DENSITY_KERNEL_DISTRIBUTION_H
#define DENSITY_KERNEL_DISTRIBUTION_H

#include <stddef.h>

#include "base/error.h"
#include "density/kernel_density.h"
#include "density/kernel_distribution_cells.h"

/* G(u) of the kernel in one dimension, with its relative accuracy kept in the lower tail. */
double kernel_distribution_of_kernel(enum kernel_name name, double u);

struct kernel_distribution {
    const struct kernel_density *density;
    double *points, *weights, *scales; /* n each, by ascending point; scales: h lam_i */
    double *weight_below;              /* n + 1: sums of the weights */
    double largest_scale;
    struct kernel_distribution_cells cells; /* of a gaussian kernel with one bandwidth; or none */
};

/* The density, prepared, stays the caller's. More than one dimension, or a period, is a usage error. Returns
 * 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int kernel_distribution_create(struct kernel_distribution *distribution,
                                                                   const struct kernel_density *density,
                                                                   struct error *error);

/* F at each of `count` places. */
void kernel_distribution_values(const struct kernel_distribution *distribution, size_t threads, size_t count,
                                const double *x, double *values);

/* The smallest x with F(x) >= p, p in [0, 1], by Newton steps within a bracket that halves; at 0 and 1 the
 * ends of the support, infinite or not. */
double kernel_distribution_quantile(const struct kernel_distribution *distribution, double p);

/* An all-zero one is fine. */
void kernel_distribution_free(struct kernel_distribution *distribution);

#endif
