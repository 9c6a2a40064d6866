/* Minimisation of a smooth function of many variables with its gradient, within bounds: limited-memory BFGS
 * with a strong Wolfe line search.
 *
 * A variable at a bound that the gradient pushes outwards is held there for the step; a step ends at the
 * first bound it meets. Sources: Nocedal and Wright 2006, Numerical Optimization, algorithms 7.4, 3.5
 * and 3.6; Bertsekas 1982 (SIAM J. Control Optim. 20, 221-246) for the held
 * variables; Hager and Zhang 2005 (SIAM J. Optim. 16, 170-192) where values differ by their rounding alone.
 */
#ifndef NUM_LIMITED_MEMORY_BFGS_H
#define NUM_LIMITED_MEMORY_BFGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The value at x; writes the gradient. Infinite or nan: x is out of the domain. */
typedef double limited_memory_bfgs_function(void *context, const double *x, double *gradient);

struct limited_memory_bfgs_problem {
    size_t dimensions;
    limited_memory_bfgs_function *function;
    void *context;
    const double *lower, *upper; /* dimensions each, or NULL: none; infinite entries are none */
    double tolerance;            /* of the largest entry of the gradient that may still go down, relative to
                                    max(1, |value|) */
    double step_first;           /* the first step is at most so long in any coordinate */
    size_t iterations_max;
    size_t pairs; /* of steps and changes of the gradient that are kept; 0: 10 */
    bool exactly; /* iterations_max steps, whatever the gradient */
    /* Called after each iteration, or NULL; a negative answer stops. */
    int (*after)(void *context, size_t iteration, double value, const double *x);
};

enum limited_memory_bfgs_end {
    LIMITED_MEMORY_BFGS_CONVERGED,  /* the gradient is within the tolerance */
    LIMITED_MEMORY_BFGS_FLAT,       /* no step lowers the value any more: rounding, or a wrong gradient */
    LIMITED_MEMORY_BFGS_ITERATIONS, /* they are used up */
    LIMITED_MEMORY_BFGS_STOPPED,
};

struct limited_memory_bfgs_result {
    double value, gradient_norm; /* the largest entry, without held variables */
    size_t iterations, evaluations;
    enum limited_memory_bfgs_end end;
};

/* Goes down from x, which must be within the bounds and where the function must be finite ("the function is
 * not finite at the start"), and leaves the best point there. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
limited_memory_bfgs_minimize(const struct limited_memory_bfgs_problem *problem, double *x,
                             struct limited_memory_bfgs_result *result, struct error *error);

#endif
