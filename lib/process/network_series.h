/* Dual activations by Hermite series, for activations without a closed form (Daniely, Frostig and Singer
 * 2016, Toward deeper understanding of neural networks, NIPS 29):
 *
 *     act(sqrt(q) z) = sum_k a_k(q) h_k(z),    E[act(u) act(v)] = sum_k a_k(q1) a_k(q2) rho^k,    rho =
 * c/sqrt(q1 q2),
 *
 * h_k orthonormal for the normal weight. The a_k are found by the trapezoid rule on [-9, 9], exponentially
 * accurate for functions analytic in a strip. A row's coefficients end where what is left of E[act^2] is
 * 1e-14 of it, at most at the 401st; the last then stands for all that is left, so that rows near each other
 * meet the diagonal.
 */
#ifndef PROCESS_NETWORK_SERIES_H
#define PROCESS_NETWORK_SERIES_H

#include <stddef.h>

#include "process/network_dual.h"

enum {
    NETWORK_SERIES_TERMS = 401,
    NETWORK_SERIES_ORDERS = 5, /* act and four derivatives */
    NETWORK_SERIES_NODES = 4097,
};

/* The coefficients of up to 64 rows. Orders are of derivatives of act. */
struct network_series {
    size_t rows, orders;
    size_t terms[NETWORK_DUAL_WIDTH];
    double squares[NETWORK_SERIES_ORDERS][NETWORK_DUAL_WIDTH]; /* E[act^(o) act^(o)] */
    double bends[NETWORK_DUAL_WIDTH];                          /* E[act act''] with three orders or more */
    size_t capacity;                                           /* of terms of each order */
    double *coefficients; /* orders x capacity x 64: by row last; zeros behind a row's last term */
};

/* Doubles that coefficients of so many orders take; and those that finding them needs. */
size_t network_series_room(size_t orders);
size_t network_series_work_room(void);

/* Finds the coefficients of rows of variances q. Beyond q = 4660, where the rule has all of its nodes, they
 * lie closer about 0.
 *
 *   coefficients  network_series_room(orders) doubles, kept by the series
 *   work          network_series_work_room() doubles */
void network_series_find(struct network_series *series, enum network_dual_activation activation,
                         size_t orders, size_t rows, const double *q, double *coefficients, double *work);

/* How many terms the longest row has. */
size_t network_series_longest(const struct network_series *series);

/* Row i of x with the 64 rows of y, whose covariances are c. Derivatives need four orders, else two are
 * enough (one where d is of no interest). Equal rows get the rule's E and D. */
void network_series_dual(const struct network_series *x, size_t i, const double *q1,
                         const struct network_series *y, const double *q2, const double *c,
                         struct network_dual *dual);

/* Each row with itself. */
void network_series_diagonal(const struct network_series *series, struct network_dual *dual);

/* act and its first four derivatives at z; also of the closed activations that have them. */
void network_series_activation(enum network_dual_activation activation, double z,
                               double values[NETWORK_SERIES_ORDERS]);

#endif
