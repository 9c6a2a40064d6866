/* Kernels of infinitely wide networks of `depth` hidden layers (Lee et al. 2018, Deep neural networks as
 * Gaussian processes, ICLR; Jacot, Gabriel and Hongler 2018, Neural tangent kernel, NeurIPS 31), for a leaf
 * nngp or ntk. With wv, bv the variances of weights and biases, d the number of inputs, E and D of
 * process/network_dual.h:
 *
 *     S_1 = wv x.y/d + bv,    T_1 = S_1,
 *     S_(l+1) = wv gain^2 E + bv,    T_(l+1) = S_(l+1) + wv gain^2 D T_l;    nngp = S_(depth+1), ntk =
 * T_(depth+1),
 *
 * each times the leaf's variance; with last_bias=false there is no bv in the last S. */
#ifndef PROCESS_COVARIANCE_NETWORK_H
#define PROCESS_COVARIANCE_NETWORK_H

#include "process/covariance_kernel.h"
#include "process/network_dual.h"

/* The leaf's parameters, in order. */
enum {
    COVARIANCE_NETWORK_VARIANCE,
    COVARIANCE_NETWORK_WEIGHTS,
    COVARIANCE_NETWORK_BIASES,
};

/* A leaf's settings and parameters by name. */
struct covariance_network {
    size_t depth;
    double gain, slope;
    bool last_bias, tangent;
    enum network_dual_activation activation;
    double variance, weights, biases; /* variances */
};

struct covariance_network covariance_network_of(const struct covariance_node *leaf, const double *parameters);

/* d2 k(x, y)/dx[input] dy[input] at y = x, for activations that are not kinked. */
double covariance_network_curvature(const struct covariance_node *leaf, const double *parameters,
                                    const double *x, size_t input);

#endif
