/* Adaptive integration over an interval or a rectangle.
 *
 * Kronrod's 15 points, in two dimensions their tensor product, on boxes that are halved along every axis
 * where the estimated error is large. The estimate compares with Gauss's 7 points among them and is scaled as
 * QUADPACK does (Piessens, de Doncker-Kapenga, Ueberhuber and Kahaner 1983). Boxes are refined generation by
 * generation, evaluated in parallel and summed in order: the same bytes for any number of threads. */
#ifndef NUM_QUADRATURE_H
#define NUM_QUADRATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { QUADRATURE_DIMENSIONS_MAX = 2 };

/* Writes the integrand's values at `count` <= 225 points (count x dimensions, row-major). `worker` is below
 * the number of threads. */
typedef void quadrature_integrand(void *context, size_t count, const double *points, double *values,
                                  size_t worker);

/* Whether a box, given by its centre and half widths, must be halved before it is evaluated: its points might
 * miss something narrow. Called from several threads. */
typedef bool quadrature_refine(const void *context, const double *centre, const double *half);

struct quadrature_problem {
    size_t dimensions; /* 1 or 2 */
    double lower[QUADRATURE_DIMENSIONS_MAX], upper[QUADRATURE_DIMENSIONS_MAX];
    quadrature_integrand *integrand;
    quadrature_refine *refine; /* or NULL */
    void *context;
    double tolerance; /* of the integral, absolute */
    size_t boxes_max; /* evaluated, some millions at most */
    size_t threads;
};

struct quadrature_result {
    double value;
    double error;   /* estimated, and as a rule far above the true one */
    size_t boxes;   /* evaluated */
    bool converged; /* error <= tolerance */
};

/* Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int quadrature_integrate(const struct quadrature_problem *problem,
                                                             struct quadrature_result *result,
                                                             struct error *error);

#endif
