/* Kernel densities to test with, and the definition to test them against. */
#ifndef SUPPORT_KERNEL_DENSITIES_H
#define SUPPORT_KERNEL_DENSITIES_H

#include <stdbool.h>
#include <stddef.h>

#include "density/kernel_density.h"

/* What a test asks for. */
struct kernel_densities_case {
    size_t count, dimensions;
    enum kernel_name kernel;
    enum kernel_form form;
    double bandwidth; /* of the factor's diagonal */
    double slant;     /* of its entries below */
    bool weighted, local;
};

/* A prepared density over normal points; weights and local factors between 1/2 and 2. Equal seeds give equal
 * densities. */
struct kernel_density *kernel_densities_random(unsigned seed, const struct kernel_densities_case *wanted);

/* A prepared density of these points (copied), factor h times the identity. */
struct kernel_density *kernel_densities_of(size_t count, size_t dimensions, enum kernel_name kernel, double h,
                                           const double *points);

/* sum_i t_i(x) in long double, point `skip` left out (SIZE_MAX: none), bounds and periods passed over. */
double kernel_densities_sum(const struct kernel_density *density, const double *x, size_t skip);

#endif
