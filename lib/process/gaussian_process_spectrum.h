/* A covariance matrix in the eigenbasis where scaling it is cheap: for y = sqrt(s) f + e,
 *
 *     C_s = s K + N = N^(1/2) U (s W + I) U' N^(1/2),    N^(-1/2) K N^(-1/2) = U W U',
 *
 * with V = U' N^(-1/2), y~ = V y, H~ = V H: b_s = (H~' D H~)^-1 H~' D y~, D = 1 / (1 + s W), r~ = y~ - H~
 * b_s,
 *
 *     log p(Y | s) = -q/2 [sum log N_i + sum log(1 + s w_i) + n log 2 pi] - sum_c r~' D r~ / 2.
 *
 * One decomposition, O(n^3), then O(n) for every s. All noise must be positive. */
#ifndef PROCESS_GAUSSIAN_PROCESS_SPECTRUM_H
#define PROCESS_GAUSSIAN_PROCESS_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_evidence.h"

struct gaussian_process_spectrum {
    const struct gaussian_process_data *data;
    size_t basis_count;
    double *values;   /* rows: w_i >= 0 */
    double *vectors;  /* rows x rows: V, an eigenvector a row */
    double *targets;  /* outputs x rows: y~ */
    double *basis;    /* basis_count x rows: H~, the inputs centred */
    double *centres;  /* inputs: what was taken off them */
    double *noise;    /* rows: N_i */
    double log_noise; /* sum log N_i */
    double *room;     /* of a solve */
};

/* Room, and the basis. Returns 0, or -1 with nothing to close: "input column 2: the linear mean is not
 * determined". */
__attribute__((warn_unused_result)) int
gaussian_process_spectrum_open(struct gaussian_process_spectrum *spectrum,
                               const struct gaussian_process_data *data, size_t basis_count,
                               struct error *error);

/* An all-zero one is fine. */
void gaussian_process_spectrum_close(struct gaussian_process_spectrum *spectrum);

/* Takes K(X, X) apart (its lower triangle in vectors, which are overwritten), noise the same for all rows
 * beside what the data say. Returns 1; 0 where the matrix or the noise is none to work with; or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_spectrum_decompose(struct gaussian_process_spectrum *spectrum, double noise,
                                    struct error *error);

/* Makes targets and basis from values and vectors that are already there, as those of a model. */
void gaussian_process_spectrum_turn(struct gaussian_process_spectrum *spectrum);

/* log p of outputs first .. first + count - 1 at s. */
double gaussian_process_spectrum_likelihood(struct gaussian_process_spectrum *spectrum, size_t first,
                                            size_t count, double s);

/* Of one output at s: D r~ (rows), and the coefficients b_s (basis_count) for the inputs as they are. Returns
 * r~' D r~, or nan where the basis is not determined. */
double gaussian_process_spectrum_solve(struct gaussian_process_spectrum *spectrum, size_t output, double s,
                                       double *weights, double *coefficients);

#endif
