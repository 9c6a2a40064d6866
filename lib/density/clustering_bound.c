#include "density/clustering_bound.h"

#include <float.h>
#include <math.h>

#include "num/blas.h"

enum { TRIES = 30 };

#define EIGEN_TOLERANCE 1e-11 /* of the estimate, over the size of C */
#define FIRST_SHIFT 1e-12     /* beyond the estimate, likewise; each try four times as far */

/* work = M + shift I, its lower triangle. Returns its trace; `largest` is that of the terms' sizes. */
static double form(const struct clustering_bound *bound, double shift, double *largest) {
    size_t n = bound->n;
    double trace = 0;
    *largest = fabs(shift);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            size_t at = i * n + j;
            double terms = fabs(bound->cost[at]) + fabs(bound->u[i]) + fabs(bound->u[j]) + bound->slack[at];
            *largest = terms > *largest ? terms : *largest;
            bound->work[at] = bound->cost[at] - (bound->u[i] + bound->u[j]) - bound->slack[at];
        }
        bound->work[i * n + i] += shift;
        trace += bound->work[i * n + i];
    }
    return trace;
}

/* How far below 0 an eigenvalue of the true matrix may be though the formed one has a computed factor:
 * entries are off by some ulp of their largest terms, which n of them make a norm of, and the factorisation
 * by (n + 1) / (1 - (n + 1) epsilon) epsilon of the trace (Rump 2006). */
static double allowance(size_t n, double trace, double largest) {
    double size = (double)(n + 2);
    return DBL_EPSILON * size * (trace + 4 * largest);
}

int clustering_bound_smallest(const struct clustering_bound *bound, double *smallest, struct error *error) {
    size_t n = bound->n;
    double estimate, largest, step = FIRST_SHIFT * bound->scale;
    const struct block_krylov_matrix negative = {n, bound->work, bound->u};
    for (size_t i = 0; i < n * n; i++)
        bound->work[i] = bound->slack[i] - bound->cost[i];
    if (spectral_simplex_largest(bound->simplex, &negative, EIGEN_TOLERANCE * bound->scale, &estimate,
                                 error) < 0)
        return -1;
    if (!isfinite(estimate))
        return error_set(error, "a matrix of order %zu is not finite", n);
    *smallest = -INFINITY;
    for (int i = 0; i < TRIES; i++, step *= 4) {
        double trace = form(bound, estimate + step, &largest);
        if (trace >= 0 && blas_cholesky(n, bound->work) == 0) {
            *smallest = -(estimate + step) - allowance(n, trace, largest);
            break;
        }
    }
    return 0;
}
