/* The distribution of some columns of a Gaussian mixture given the others.
 *
 * With given columns g and the rest h, responsibilities r_k(x) from the marginal on g, and
 *
 *     m_k = mu_kh + B_k (x - mu_kg),   B_k = C_hg C_gg^-1,   V_k = C_hh - B_k C_gh,
 *
 * it is the mixture of N(m_k, V_k) with weights r_k: mean sum r m, variance sum r (V + (m - mean)^2), which
 * is Gaussian mixture regression (Ghahramani and Jordan 1994, NIPS 6). */
#ifndef NUM_GAUSSIAN_MIXTURE_CONDITIONAL_H
#define NUM_GAUSSIAN_MIXTURE_CONDITIONAL_H

#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

struct gaussian_mixture_conditional {
    size_t given_count, other_count;
    size_t *others;                    /* the columns that are not given, ascending, counted from 0 */
    struct gaussian_mixture *marginal; /* of the given columns */
    double *means;                     /* K x h: mu_kh */
    double *slopes;                    /* K x h x g: B_k */
    double *covariances;               /* K x h x h: V_k */
};

/* Conditions a prepared mixture on columns (counted from 0, none twice, not all). Returns 0, or -1 with
 * nothing to free. */
__attribute__((warn_unused_result)) int
gaussian_mixture_conditional_create(struct gaussian_mixture_conditional *conditional,
                                    const struct gaussian_mixture *mixture, const size_t *given, size_t count,
                                    struct error *error);

/* Values of workspace that gaussian_mixture_conditional_rows needs for so many rows. */
size_t gaussian_mixture_conditional_workspace(const struct gaussian_mixture_conditional *conditional,
                                              size_t rows);

/* Mean and variance of each column that is not given, side by side.
 *
 *   points   rows x g, the given columns in the order they were given
 *   results  rows x 2 h, written: mean and variance of the first, of the second, ... */
void gaussian_mixture_conditional_rows(const struct gaussian_mixture_conditional *conditional, size_t rows,
                                       const double *points, double *results, double *workspace);

/* The distribution itself at one point (g values): a prepared mixture of full components. NULL: error says
 * why; a point so far that all terms underflow a double's range is refused. */
struct gaussian_mixture *
gaussian_mixture_conditional_mixture(const struct gaussian_mixture_conditional *conditional,
                                     const double *point, struct error *error);

/* Frees what it holds; all zero is fine. */
void gaussian_mixture_conditional_free(struct gaussian_mixture_conditional *conditional);

#endif
