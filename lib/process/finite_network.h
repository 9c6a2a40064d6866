/* Networks of finite width, of which the kernels of process/covariance_network.h are the limit. With standard
 * normal parameters W, b
 *
 *     z_1 = sqrt(wv/d) W_1 x + sqrt(bv) b_1,    a_l = gain act(z_l),    z_(l+1) = sqrt(wv/width) W_(l+1) a_l
 * + sqrt(bv) b_(l+1),    f(x) = sqrt(variance) z_(depth+1).
 *
 * The tangent kernel sums df(x)/dp df(x')/dp over all parameters p; with g_l = df/dz_l that is
 * sum_l (wv/width a_(l-1).a'_(l-1) + bv) (g_l.g'_l), a_0 = x: no Jacobian is formed. */
#ifndef PROCESS_FINITE_NETWORK_H
#define PROCESS_FINITE_NETWORK_H

#include "base/random.h"
#include "process/covariance_network.h"

/* One layer of parameters, and what rows make of it. */
struct finite_network_layer {
    size_t inputs, outputs;
    double scale, bias;       /* sqrt(wv/inputs), sqrt(bv) or 0 */
    double *weights, *biases; /* outputs x inputs, outputs */
    double *a, *slope, *g;    /* rows x outputs: gain act(z), gain act'(z), df/dz */
};

struct finite_network {
    struct covariance_network network;
    size_t rows, layer_count; /* depth + 1 */
    struct finite_network_layer *layers;
    const double *x;                     /* rows x inputs, the caller's */
    double *products, *gradients, *step; /* rows x rows twice; the most weights of a layer */
};

/* A network of the given widths (depth of them) at rows x inputs points x. The largest of rows, inputs and
 * widths is an order for blas_load_for, which must have been called. Returns 0, or -1 with nothing to close.
 */
__attribute__((warn_unused_result)) int finite_network_open(struct finite_network *finite,
                                                            const struct covariance_network *network,
                                                            const size_t *widths, size_t rows, size_t inputs,
                                                            const double *x, struct error *error);

/* An all-zero one is fine. */
void finite_network_close(struct finite_network *finite);

/* Draws all parameters, layer by layer, weights before biases. */
void finite_network_draw(struct finite_network *finite, struct random_stream *stream);

/* f at all rows: rows values. */
void finite_network_outputs(struct finite_network *finite, double *f);

/* The tangent kernel of all rows, rows x rows. */
void finite_network_kernel(struct finite_network *finite, double *kernel);

/* Steps of gradient descent on 1/(2n) sum (f(x_i) - y_i)^2 over the first n rows. Returns 0, or the step
 * (from 1) at which the cost was not finite or 1e12 times what it was. */
size_t finite_network_train(struct finite_network *finite, size_t n, const double *y, size_t steps,
                            double rate);

#endif
