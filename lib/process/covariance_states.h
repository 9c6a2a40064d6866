/* Covariances of one input as Markov processes: a half-integer Matern is a linear stochastic differential
 * equation, of order nu + 1/2 (Hartikainen and Sarkka 2010, Kalman filtering and smoothing solutions to
 * temporal Gaussian process regression models, MLSP).
 *
 * The state is f and its derivatives in units of the rate sqrt(2 nu) / lengthscale, so that all depends on
 * steps t in these units alone: with N nilpotent and w the last column of exp(N t),
 *
 *     A(t) = e^-t exp(N t),    Q(t) = q int_0^t e^-2s w(s) w(s)' ds,    P(0) = P_inf.
 *
 * A sum is the states of its summands one below another. */
#ifndef PROCESS_COVARIANCE_STATES_H
#define PROCESS_COVARIANCE_STATES_H

#include <stdbool.h>
#include <stddef.h>

#include "process/covariance.h"

enum {
    COVARIANCE_STATES_TERMS = 8,
    COVARIANCE_STATES_MAX = 12, /* of the whole */
    COVARIANCE_STATES_AREA = COVARIANCE_STATES_MAX * COVARIANCE_STATES_MAX,
};

struct covariance_states_term {
    size_t first, order;          /* its states; order 1 .. 3 */
    size_t variance, lengthscale; /* numbers of its parameters */
    double scale;                 /* what multiplies the kernel in the expression */
};

struct covariance_states {
    const struct covariance *covariance;
    size_t order; /* of the whole */
    size_t term_count;
    struct covariance_states_term terms[COVARIANCE_STATES_TERMS];
};

/* The states of an expression; false where it is not made of summands `matern(nu=.5|1.5|2.5)` of a single
 * input, with a number before each at most, and COVARIANCE_STATES_MAX states. */
bool covariance_states_read(struct covariance_states *states, const struct covariance *covariance);

/* A step of length d >= 0: A and Q, order x order. Matrices have a stride of COVARIANCE_STATES_MAX. */
void covariance_states_step(const struct covariance_states *states, double d, double *a, double *q);

/* Their derivatives in a lengthscale of term (Q's in the variance is Q / variance, within the term). What is
 * outside of the term is 0. */
void covariance_states_step_slope(const struct covariance_states *states, size_t term, double d, double *a,
                                  double *q);

/* The rate of a term: its second state times this is its derivative, where it has one (order > 1). */
double covariance_states_rate(const struct covariance_states *states, size_t term);

/* P_inf, the covariance of the state before any data. */
void covariance_states_prior(const struct covariance_states *states, double *p);

#endif
