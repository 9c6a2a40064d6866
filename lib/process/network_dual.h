/* Dual activations: what a layer of infinitely many units makes of a pair of normal preactivations
 *
 *     (u, v) ~ N(0, [q1 c; c q2]),    E = E[act(u) act(v)],    D = E[act'(u) act'(v)],
 *
 * and their derivatives. By Price's theorem dE/dc = D; by the heat equation dE/dq1 = E[act''(u) act(v)]/2.
 * Closed forms: relu (Cho and Saul 2009, Kernel methods for deep learning, NIPS 22), erf (Williams 1997,
 * Computing with infinite networks, NIPS 9); those that have none are series (process/network_series.h). */
#ifndef PROCESS_NETWORK_DUAL_H
#define PROCESS_NETWORK_DUAL_H

#include <stdbool.h>
#include <stddef.h>

enum { NETWORK_DUAL_WIDTH = 64 };

enum network_dual_activation {
    NETWORK_DUAL_RELU,
    NETWORK_DUAL_LEAKY,
    NETWORK_DUAL_STEP,
    NETWORK_DUAL_ERF,
    NETWORK_DUAL_SIN,
    NETWORK_DUAL_LINEAR,
    NETWORK_DUAL_TANH,
    NETWORK_DUAL_SIGMOID,
    NETWORK_DUAL_GELU,
    NETWORK_DUAL_SOFTPLUS,
};

/* As spelled in expressions, in that order, ended by NULL. */
extern const char *const network_dual_names[];

/* Kernels of networks of relu, leaky and step have a kink where the angle between rows is 0. */
bool network_dual_is_kinked(enum network_dual_activation activation);

/* Whether it is a series. */
bool network_dual_is_series(enum network_dual_activation activation);

/* 64 pairs. The kinked ones are told (q1 + q2)/2 - c beside c, which is carried through the layers: their
 * angle is the root of a difference that c has lost for rows near each other. */
struct network_dual_pairs {
    const double *q1, *q2, *c;
    const double *deficit; /* (q1 + q2)/2 - c; kinked activations alone */
};

/* Of each pair. */
struct network_dual {
    double e[NETWORK_DUAL_WIDTH];
    double d[NETWORK_DUAL_WIDTH];       /* dE/dc */
    double deficit[NETWORK_DUAL_WIDTH]; /* (E(q1, q1) + E(q2, q2))/2 - E; kinked activations alone */
    double e_q1[NETWORK_DUAL_WIDTH], e_q2[NETWORK_DUAL_WIDTH]; /* dE/dq1, dE/dq2 */
    double d_c[NETWORK_DUAL_WIDTH], d_q1[NETWORK_DUAL_WIDTH], d_q2[NETWORK_DUAL_WIDTH];
};

/* Closed forms of 64 pairs; the derivatives below d only where they are asked for. Equal rows (c = q1 = q2,
 * deficit 0) get E and D of one variable to the last bit, and derivatives that are right along the diagonal.
 * A row with q = 0 is at a right angle to every other and to itself. `slope` is leaky's. */
void network_dual_closed(enum network_dual_activation activation, double slope,
                         const struct network_dual_pairs *pairs, bool derivatives, struct network_dual *dual);

#endif
