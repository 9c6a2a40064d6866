/* Minimisation of a smooth function of a few variables with its gradient: BFGS on a dense inverse Hessian,
 * with a backtracking line search that asks for a decrease and for curvature.
 *
 * Source: Nocedal and Wright 2006, Numerical Optimization, algorithm 6.1 and section 3.1. */
#ifndef NUM_QUASI_NEWTON_H
#define NUM_QUASI_NEWTON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The value at x; writes the gradient. Infinite or nan: x is out of the domain. */
typedef double quasi_newton_function(void *context, const double *x, double *gradient);

struct quasi_newton_problem {
    size_t dimensions;
    quasi_newton_function *function;
    void *context;
    double tolerance; /* of the largest entry of the gradient */
    double step_max;  /* no coordinate moves further in one step */
    size_t iterations_max;
};

struct quasi_newton_result {
    double value;
    size_t iterations, evaluations;
    bool converged; /* the gradient is within the tolerance, or no step lowers the value any more */
};

/* Goes down from x, where the function must be finite, and leaves the best point there. Returns 0, or -1: out
 * of memory. */
__attribute__((warn_unused_result)) int quasi_newton_minimize(const struct quasi_newton_problem *problem,
                                                              double *x, struct quasi_newton_result *result,
                                                              struct error *error);

#endif
