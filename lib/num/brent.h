/* The minimum and the root of a function of one variable, without derivatives.
 *
 * Source: Brent 1973, Algorithms for Minimization without Derivatives, chapters 4 (root: inverse quadratic
 * interpolation, safeguarded by bisection) and 5 (minimum: parabolas, safeguarded by golden sections). */
#ifndef NUM_BRENT_H
#define NUM_BRENT_H

#include <stdbool.h>
#include <stddef.h>

/* The function's value at x. A nan counts as +infinity in a minimisation and ends a search for a root. */
typedef double brent_function(void *context, double x);

struct brent_result {
    double x, value;    /* the best point and the function there */
    size_t evaluations; /* of the function */
    bool converged;     /* else: the steps ran out, or no sign change was given */
};

/* A local minimiser within [lower, upper]: the minimum where the function has but one there.
 *
 *   tolerance  of x, absolute; below some 1.5e-8 |x| a minimum of a smooth function is lost in rounding, and
 *              that is what is used then
 *
 * The ends are never evaluated; a minimum at an end is come within the tolerance of. */
struct brent_result brent_minimize(brent_function *function, void *context, double lower, double upper,
                                   double tolerance);

/* A sharper minimiser of a smooth function, from brent_minimize's: values alone tell a minimum to some 1e-8,
 * differences between values `step` away tell the zero of the derivative to some 1e-14 / step. Sixth-order
 * differences are used, so the step may be as large as a tenth of the scale on which the function bends.
 * Where that leads further than a step away, or to a value that is larger by more than rounding, the minimum
 * given is returned. */
struct brent_result brent_polish(brent_function *function, void *context, struct brent_result minimum,
                                 double step);

/* A root within [lower, upper], where the function must have opposite signs at the ends (or be 0 at one);
 * converged is false where it has not. x is within tolerance + 4 epsilon |x| of a change of sign. */
struct brent_result brent_root(brent_function *function, void *context, double lower, double upper,
                               double tolerance);

#endif
