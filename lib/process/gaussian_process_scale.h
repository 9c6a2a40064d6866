/* The scale of a mixture of Gaussian processes, as a model keeps it: f | s ~ GP(0, s k), s from a prior.
 *
 * NPZ, beside the arrays of an exact model: scale_prior (text), scale_parameters, scale_fixed (0 or 1),
 * scale_noise (`shared`: y = sqrt(s) (f + e), `separate`: y = sqrt(s) f + e), scale_nodes, scale_weights (u,
 * J: the posterior of each of u = 1 scale for all outputs, or u = q, one for each; unused nodes have weight
 * 0), scale_posterior (u, 2: a', b' of the inverse gamma it is, where it is one). Where the noise is separate
 * scale_values (n) and scale_vectors (n, n) take the place of chol and alpha: eigenvalues w_i of N^(-1/2) K
 * N^(-1/2) and rows u_i' N^(-1/2), N the noise (process/gaussian_process_spectrum.h). */
#ifndef PROCESS_GAUSSIAN_PROCESS_SCALE_H
#define PROCESS_GAUSSIAN_PROCESS_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/npz.h"
#include "process/scale_posterior.h"
#include "process/scale_prior.h"

/* As spelled in models and options: shared, separate. */
extern const char *const gaussian_process_scale_noises[];

/* Arrays belong to it. */
struct gaussian_process_scale {
    struct scale_prior prior;
    bool fixed, separate;
    size_t units, count;          /* scales, and nodes of each */
    double *nodes, *weights;      /* units x count */
    double *closed;               /* units x 2: a', b', or NULL */
    double *values, *vectors;     /* rows, rows x rows: where separate, else NULL */
    double effective_sample_size; /* the least of all units; 0 where nothing was drawn. Not stored */
};

/* The unit that an output belongs to. */
size_t gaussian_process_scale_unit(const struct gaussian_process_scale *scale, size_t output);

/* E[s | Y] of a unit: infinite for an inverse gamma of shape 1 and below. */
double gaussian_process_scale_mean(const struct gaussian_process_scale *scale, size_t unit);

/* Takes the posteriors of all units over in place of what is there. Returns 0 or -1. */
__attribute__((warn_unused_result)) int gaussian_process_scale_take(struct gaussian_process_scale *scale,
                                                                    const struct scale_posterior *posteriors,
                                                                    struct error *error);

__attribute__((warn_unused_result)) int
gaussian_process_scale_write(const struct gaussian_process_scale *scale, size_t rows,
                             struct npz_writer *writer, struct error *error);

/* Reads and checks it. NULL: error says why. */
struct gaussian_process_scale *gaussian_process_scale_read(struct npz *npz, size_t rows, size_t outputs,
                                                           struct error *error);

/* NULL does nothing. */
void gaussian_process_scale_free(struct gaussian_process_scale *scale);

#endif
