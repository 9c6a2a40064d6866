/* The nearest matrix of the spectral simplex: the symmetric X with X positive semidefinite and tr X = c that
 * is nearest to A in the Frobenius norm. With A = sum_i a_i v_i v_i^T,
 *
 *     X = sum_i max(a_i + t, 0) v_i v_i^T,     t so that the trace is c:
 *
 * the eigenvalues go to the nearest point of the simplex (Held, Wolfe and Crowder 1974, Validation of
 * subgradient optimization, Mathematical Programming 6, 62-88). Where few of them stay above 0, those alone
 * are computed, beginning with the vectors of the call before. */
#ifndef NUM_SPECTRAL_SIMPLEX_H
#define NUM_SPECTRAL_SIMPLEX_H

#include <stddef.h>

#include "base/error.h"
#include "num/block_krylov.h"

struct spectral_simplex;

/* Loads BLAS where the order needs it. NULL: error says why. */
struct spectral_simplex *spectral_simplex_create(size_t order, struct error *error);

/* X, as long as the object is not used again: sum_r roots_r roots_r^T. */
struct spectral_simplex_point {
    double shift; /* t */
    size_t rank;
    const double *roots; /* rank x order */
    double residual;     /* of the eigenvectors in use, the largest |A v - a v| */
};

/* Projects `matrix`; its residual will be at most `tolerance`, or at rounding where all eigenvectors had to
 * be computed. The same bytes for the same calls. Returns 0, or -1: out of memory, or A is not finite. */
__attribute__((warn_unused_result)) int spectral_simplex_project(struct spectral_simplex *simplex,
                                                                 const struct block_krylov_matrix *matrix,
                                                                 double trace, double tolerance,
                                                                 struct spectral_simplex_point *point,
                                                                 struct error *error);

/* The largest eigenvalue of `matrix`, from below, its residual at most `tolerance` if that could be reached.
 * An estimate: vectors that all lie apart from its eigenvector would miss it. The point stands. Returns 0 or
 * -1. */
__attribute__((warn_unused_result)) int spectral_simplex_largest(struct spectral_simplex *simplex,
                                                                 const struct block_krylov_matrix *matrix,
                                                                 double tolerance, double *value,
                                                                 struct error *error);

/* NULL does nothing. */
void spectral_simplex_free(struct spectral_simplex *simplex);

#endif
