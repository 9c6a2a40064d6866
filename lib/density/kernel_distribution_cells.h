/* A gaussian kernel's distribution function and density from cells of near points, for one bandwidth h.
 *
 * About the centre c of a cell, with u = (x - c) / h, moments M_k = sum_i w_i ((y_i - c) / h)^k / k! and
 * Hermite polynomials He_k (He_k' = k He_{k-1}):
 *
 *     sum_i w_i Phi((x - y_i) / h) = M_0 Phi(u) - phi(u) sum_{k >= 1} He_{k-1}(u) M_k
 *     sum_i w_i phi((x - y_i) / h) = phi(u) sum_{k >= 0} He_k(u) M_k
 *
 * (Greengard and Strain 1991, The fast Gauss transform, SIAM J. Sci. Stat. Comput. 12, 79-94). Points are at
 * most h / 4 from their centre. By Cramer's bound, |He_k(u)| e^(-u^2/4) <= 1.0865 sqrt(k!), what is cut off
 * is below 1e-16 of a cell's weight. */
#ifndef DENSITY_KERNEL_DISTRIBUTION_CELLS_H
#define DENSITY_KERNEL_DISTRIBUTION_CELLS_H

#include <stddef.h>

#include "base/error.h"

enum { KERNEL_DISTRIBUTION_TERMS = 15 };

struct kernel_distribution_cells {
    size_t count;
    size_t *firsts;  /* count + 1: the first point of each, and the end */
    double *centres; /* count, ascending */
    double *moments; /* count x KERNEL_DISTRIBUTION_TERMS */
    double scale;    /* h */
};

/* Cells of `count` ascending points. Where they would hold few points each there are none, with count 0.
 * Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int
kernel_distribution_cells_create(struct kernel_distribution_cells *cells, size_t count, const double *points,
                                 const double *weights, double scale, struct error *error);

/* The sum of w_i Phi over all points of cells that may be within `reach` h of x; *first is the first such
 * point: all before it are further to the left. density, NULL or not, gets the sum of w_i phi / h. */
double kernel_distribution_cells_sum(const struct kernel_distribution_cells *cells, double x, double reach,
                                     size_t *first, double *density);

/* An all-zero one is fine. */
void kernel_distribution_cells_free(struct kernel_distribution_cells *cells);

#endif
