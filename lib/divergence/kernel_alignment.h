/* Hilbert-Schmidt independence criteria of blocks of features ("layers") of the same n rows.
 *
 * With K and L their Gram matrices, centred by H = I - 11'/n, the biased criterion is tr(KHLH) / (n - 1)^2
 * (Gretton et al. 2005, Measuring statistical dependence with Hilbert-Schmidt norms); the unbiased one is
 *
 *     HSIC_1 = 1/(n (n - 3)) sum_{i != j} K~_ij L~_ij,
 *     K~_ij = K_ij - k_i/(n - 2) - k_j/(n - 2) + sum k/((n - 1)(n - 2)),   k_i = sum_{j != i} K_ij
 *
 * (Song et al. 2012, Feature selection via dependence maximization, in the form of Szekely and Rizzo 2014).
 * Centred kernel alignment is HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) (Kornblith et al. 2019, Similarity of
 * neural network representations revisited). Gram matrices are made tile by tile and never kept. */
#ifndef DIVERGENCE_KERNEL_ALIGNMENT_H
#define DIVERGENCE_KERNEL_ALIGNMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct kernel_layer {
    const double *rows; /* n rows of `width` values, `stride` apart */
    size_t width, stride;
    double rate; /* the kernel is exp(-rate |x - y|^2); 0: x . y; in either case the columns have mean 0 */
};

struct kernel_alignment {
    size_t count;                      /* n; 2 or, unbiased, 4 at the least */
    size_t left, right;                /* how many layers of each side */
    const struct kernel_layer *layers; /* left + right */
    bool unbiased;
    size_t threads;
};

/* The criteria of all layers of the left with those of the right, and of each with itself.
 *
 *   cross  left x right, written
 *   self   left + right, written
 *
 * Linear kernels go by products of columns where that is cheaper (kernel_alignment_by_products tells), else
 * by tiles in O(n^2 columns). The same for any number of threads. Returns 0, or -1: out of memory, or no
 * BLAS.
 */
__attribute__((warn_unused_result)) int kernel_alignment_criteria(const struct kernel_alignment *problem,
                                                                  double *cross, double *self,
                                                                  struct error *error);

bool kernel_alignment_by_products(const struct kernel_alignment *problem);

#endif
