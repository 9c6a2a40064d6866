/* Generalised least squares for a Gaussian process's mean where something whitens row by row: with W'W =
 * C^-1, b = (H' C^-1 H)^-1 H' C^-1 Y is least squares of W Y on W H, and all that is needed of these are the
 * products of their columns.
 *
 * Columns are centred, so that little cancels in what is left of the squares. */
#ifndef PROCESS_GAUSSIAN_PROCESS_WHITENING_H
#define PROCESS_GAUSSIAN_PROCESS_WHITENING_H

#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_evidence.h"

struct gaussian_process_whitening {
    size_t inputs, outputs, basis_count;
    double *design;       /* rows x (basis_count + outputs): ones, centred inputs, centred targets */
    double *centres;      /* inputs + outputs: what was taken off; off the targets where there is a basis */
    double *coefficients; /* basis_count x outputs: b, for the columns of the design */
    double *gram;         /* basis_count x basis_count lower: the factor of H' C^-1 H, for the same columns */
};

/* How many columns of a basis a mean has. */
size_t gaussian_process_whitening_basis(enum gaussian_process_mean mean, size_t inputs);

/* Lays the rows out in an order. Returns 0, or -1 with nothing to close. */
__attribute__((warn_unused_result)) int
gaussian_process_whitening_open(struct gaussian_process_whitening *whitening,
                                const struct gaussian_process_data *data, enum gaussian_process_mean mean,
                                const size_t *order, struct error *error);

/* An all-zero one is fine. */
void gaussian_process_whitening_close(struct gaussian_process_whitening *whitening);

/* Sets the coefficients and gram.
 *
 *   products  width x width, lower: of the whitened columns, width = basis_count + outputs
 *   squares   written: the sum of squares of what is left of the targets
 *
 * Returns 0, or -1: "input column 2: the linear mean is not determined". */
__attribute__((warn_unused_result)) int
gaussian_process_whitening_solve(struct gaussian_process_whitening *whitening, const double *products,
                                 double *squares, struct error *error);

/* What the mean leaves of a centred target, of the row that stands there in the order. */
double gaussian_process_whitening_residual(const struct gaussian_process_whitening *whitening, size_t row,
                                           size_t output);

/* The coefficients for inputs and targets as they are, basis_count x outputs. */
void gaussian_process_whitening_coefficients(const struct gaussian_process_whitening *whitening,
                                             double *coefficients);

/* The factor of H' C^-1 H for inputs as they are, basis_count x basis_count: with H = H_centred T it is T'
 * times the other, and nothing cancels. The second writes it from the factor and the centres alone. */
void gaussian_process_whitening_factor(const struct gaussian_process_whitening *whitening, double *factor);
void gaussian_process_whitening_shift(size_t basis_count, const double *centres, const double *gram,
                                      double *factor);

#endif
