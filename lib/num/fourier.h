/* Discrete Fourier and cosine transforms of 2^k numbers.
 *
 *     X_k = sum_j x_j exp(-2 pi i j k / N),    C_k = sum_j x_j cos(pi k (2 j + 1) / (2 N))
 *
 * Complex numbers are two arrays, of real and of imaginary parts. Errors grow as log2 N x 1e-16 of the root
 * mean square of the result. A plan owns its workspace: one call at a time.
 *
 * Source: Stockham 1966, High-speed convolution and correlation, AFIPS 28, for the order of the passes;
 * Makhoul 1980, A fast cosine transform in one and two dimensions, IEEE Trans. ASSP 28, 27-34. */
#ifndef NUM_FOURIER_H
#define NUM_FOURIER_H

#include <stddef.h>

#include "base/error.h"

struct fourier;

/* The least power of two that is at least count (and 2); 0 where that does not fit a size_t. */
size_t fourier_size(size_t count);

/* A plan for `size` numbers, a power of two from 2 on; 48 bytes a number. NULL: out of memory. */
__attribute__((warn_unused_result)) struct fourier *fourier_create(size_t size, struct error *error);

/* fourier_free(NULL) does nothing. */
void fourier_free(struct fourier *plan);

/* size complex numbers, in place. */
void fourier_complex(struct fourier *plan, double *real, double *imaginary);

/* The inverse of that, with its factor 1 / size. */
void fourier_complex_inverse(struct fourier *plan, double *real, double *imaginary);

/* size reals to X_0 .. X_(size/2); the others are the conjugates of these.
 *
 *   x                 size values, not changed
 *   real, imaginary   size / 2 + 1 values each, written; may not overlap x */
void fourier_real(struct fourier *plan, const double *x, double *real, double *imaginary);

/* The inverse of that, with its factor 1 / size; real and imaginary are used up. */
void fourier_real_inverse(struct fourier *plan, double *real, double *imaginary, double *x);

/* The cosine transform (DCT-II, unscaled) of size reals; x and cosines may not overlap. */
void fourier_cosine(struct fourier *plan, const double *x, double *cosines);

#endif
