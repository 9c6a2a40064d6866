/* Kernels: the densities that a kernel estimate puts on each point.
 *
 * Radial:  K(z) = c k(|z|), product:  K(z) = prod_a c_1 k(|z_a|), with the profiles
 *
 *     gaussian exp(-r^2/2)     epanechnikov 1 - r^2     biweight (1 - r^2)^2     triweight (1 - r^2)^3
 *     uniform 1                triangular 1 - r         cosine cos(pi r/2)       exponential exp(-r)
 *
 * All but gaussian and exponential are 0 for r > 1 (r = 1 up to rounding is inside): a compact kernel's
 * bandwidth is its half-width. The
 * gaussian is the same in both forms. Source: Wand and Jones 1995, Kernel Smoothing, chapters 2 and 4. */
#ifndef DENSITY_KERNEL_H
#define DENSITY_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

enum kernel_name {
    KERNEL_GAUSSIAN,
    KERNEL_EPANECHNIKOV,
    KERNEL_BIWEIGHT,
    KERNEL_TRIWEIGHT,
    KERNEL_UNIFORM,
    KERNEL_TRIANGULAR,
    KERNEL_COSINE,
    KERNEL_EXPONENTIAL
};

enum kernel_form { KERNEL_RADIAL, KERNEL_PRODUCT };

/* The largest r^2 that counts as inside: a point at exactly one half-width, as decimal data have them, stays
 * in the uniform kernel whatever rounding makes of 3 - 2.3. The other compact kernels are 0 there. */
#define KERNEL_RIM (1 + 1e-12)

/* As typed, in the order of the enums, ended by NULL. */
extern const char *const kernel_names[];
extern const char *const kernel_form_names[];

struct kernel {
    enum kernel_name name;
    enum kernel_form form; /* KERNEL_RADIAL for the gaussian, and where dimensions is 1 */
    size_t dimensions;
    double log_constant; /* log c, or d log c_1 for the product form */
};

/* The kernel in d >= 1 dimensions, with its constant. */
struct kernel kernel_make(enum kernel_name name, enum kernel_form form, size_t dimensions);

/* Whether the kernel is 0 for r > 1. */
bool kernel_compact(enum kernel_name name);

/* k(r) for r^2 >= 0. */
double kernel_profile(enum kernel_name name, double squared);

/* log k(r); -inf outside a compact kernel. Keeps its digits where k(r) itself underflows. */
double kernel_log_profile(enum kernel_name name, double squared);

/* d log k / d(r^2), so that the gradient of log k(|z|) is 2 z times this. 0 where the profile has no
 * derivative (triangular and exponential at the centre) and outside a compact kernel. */
double kernel_log_slope(enum kernel_name name, double squared);

/* log K(z) with its constant, for a point of kernel->dimensions values. */
double kernel_log_value(const struct kernel *kernel, const double *z);

/* delta(K) / delta(gaussian), delta(K) = (R(K) / mu_2(K)^2)^(1/(d+4)): what a bandwidth for the gaussian is
 * multiplied by to smooth as much with this kernel (Marron and Nolan 1988, Canonical kernels for density
 * estimation). 1 for the gaussian. */
double kernel_canonical_ratio(const struct kernel *kernel);

/* mu_2(K), the variance of each coordinate. */
double kernel_variance(const struct kernel *kernel);

#endif
