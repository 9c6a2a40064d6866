/* A kernel kept in 16 bits, for half steps between those on the true one; not for others.
 *
 * Making a kernel value takes five times as long as reading it again. Values with eight bits of mantissa are
 * off by up to 2^-9, sums of many by a tenth of that; and what the sums are off by at one point is taken from
 * them at others (sinkhorn_stored_refer), so that the map is off only by some thousandths of the distance
 * from that point. True steps between such series are as those of an outer iteration that gains three digits
 * at a time. */
#ifndef TRANSPORT_SINKHORN_STORED_H
#define TRANSPORT_SINKHORN_STORED_H

#include <stdint.h>

#include "transport/sinkhorn_parts.h"

/* Rows of a group, and values of it that stand together: as in struct sinkhorn_fused. */
enum { SINKHORN_GROUP = 8 };

/* Softmins are -log of sums, as sinkhorn_sweep_sources writes them. */
struct sinkhorn_stored {
    uint16_t *values; /* of the rows' kernels divided by their sums, the upper halves of floats: for each
                         group of each block strips x SINKHORN_GROUP x 64; NULL: nothing is to be stored */
    size_t strips, block_groups; /* groups of a block */
    bool filled;
    double *source_reference, *target_reference; /* offset less logarithm of the kernel: the softmin of the
                                                    row, log b_j + g_j/eps */
    double *source_shift, *target_shift;         /* what makes softmins right where they were referred to */
    float *scalings;                             /* of the columns, strips x 64 */
};

/* Returns 0, or -1: out of memory, with nothing to free. */
__attribute__((warn_unused_result)) int sinkhorn_stored_create(struct sinkhorn_stored *stored,
                                                               const struct sinkhorn_solver *solver,
                                                               struct error *error);
void sinkhorn_stored_free(struct sinkhorn_stored *stored);

/* Whether so much may be held for the problem. */
bool sinkhorn_stored_fits(const struct sinkhorn_solver *solver);

/* Keeps the kernel of the index-th group of a block: rows x strips, strip by strip, times factors (rows). */
void sinkhorn_stored_put(struct sinkhorn_stored *stored, size_t block, size_t index, size_t rows,
                         const float *kernel, const float *factors);

/* From target.potentials and source.potentials of a true pass, and its softmins, sets the shifts. Returns
 * false where the stored kernel does not reach there. */
bool sinkhorn_stored_refer(struct sinkhorn_stored *stored, struct sinkhorn_solver *solver,
                           const double *source_softmin, const double *target_softmin);

/* As sinkhorn_fused_pass, nearly. */
bool sinkhorn_stored_pass(struct sinkhorn_stored *stored, struct sinkhorn_solver *solver);

#endif
