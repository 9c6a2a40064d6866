/* Gauss's quadrature rules for expectations: nodes t and weights w, which sum to 1, with
 *
 *     E g(t) = sum_k w_k g(t_k)
 *
 * exactly for polynomials of degree below 2 count. Nodes are the eigenvalues of the tridiagonal matrix of the
 * orthogonal polynomials' recurrence, weights the squares of its eigenvectors' first entries (Golub and
 * Welsch 1969, Calculation of Gauss quadrature rules, Math. Comp. 23, 221-230). Nodes ascend. */
#ifndef NUM_GAUSS_RULE_H
#define NUM_GAUSS_RULE_H

#include <stddef.h>

enum { GAUSS_RULE_MAX = 32 };

/* t is standard normal (Hermite's rule). count <= GAUSS_RULE_MAX. */
void gauss_rule_normal(size_t count, double *nodes, double *weights);

/* t is Gamma with this shape > 0 and rate 1 (Laguerre's generalised rule). Where they are not NULL the
 * derivatives of nodes and weights in the shape are written. */
void gauss_rule_gamma(double shape, size_t count, double *nodes, double *weights, double *node_slopes,
                      double *weight_slopes);

#endif
