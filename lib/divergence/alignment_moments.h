/* Sums of features as they are read, rows a of p columns and b of q, and of products of their columns, about
 * 0: parts of them add up exactly, but for double-double's rounding. */
#ifndef DIVERGENCE_ALIGNMENT_MOMENTS_H
#define DIVERGENCE_ALIGNMENT_MOMENTS_H

#include <stddef.h>

#include "base/error.h"
#include "num/running_sum.h"

struct alignment_moments {
    size_t p, q, rows_max;
    struct running_sum *a, *b, *aa, *bb,
        *ab;         /* p, q, p x p, q x q, p x q; those after a in one array with it */
    double *columns; /* (p + q) x rows_max: of a block */
};

/* Room for so many rows at a time. Returns 0 or -1, with nothing to free. */
__attribute__((warn_unused_result)) int alignment_moments_create(struct alignment_moments *moments, size_t p,
                                                                 size_t q, size_t rows_max,
                                                                 struct error *error);

/* Adds rows x p and rows x q values. Rows of b and a may be the same. */
void alignment_moments_add(struct alignment_moments *moments, size_t rows, const double *a, const double *b);

/* Of an all-zero struct nothing. */
void alignment_moments_free(struct alignment_moments *moments);

#endif
