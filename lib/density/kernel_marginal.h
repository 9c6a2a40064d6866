/* The density of some columns alone: a kernel estimate over the points' values in those, with the kernel's
 * marginal. */
#ifndef DENSITY_KERNEL_MARGINAL_H
#define DENSITY_KERNEL_MARGINAL_H

#include <stddef.h>

#include "base/error.h"
#include "density/kernel_density.h"

/* The marginal over `count` columns, ascending, at least 1: weights, local factors, bounds and periods are
 * those of the density. With the gaussian kernel H_AA takes the place of H; a product kernel needs a diagonal
 * factor, and of others the marginal is no kernel estimate of the same kind: usage errors. Returned prepared.
 * NULL: error says why. */
struct kernel_density *kernel_marginal_create(const struct kernel_density *density, size_t count,
                                              const size_t *columns, struct error *error);

#endif
