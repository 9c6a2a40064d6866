#include "num/fourier.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"

static const double PI = 3.14159265358979323846;

struct fourier {
    size_t size;
    double *cosines, *sines;            /* size: cos and sin of 2 pi k / size */
    double *real, *imaginary;           /* size: what a pass writes */
    double *kept_real, *kept_imaginary; /* size: packed reals */
};

size_t fourier_size(size_t count) {
    size_t size = 2;
    while (size != 0 && size < count)
        size *= 2;
    return size;
}

/* The angle is reduced to an eighth of the circle, so that symmetric values are equal to the last bit. */
static void set_angle(struct fourier *plan, size_t k) {
    size_t size = plan->size, quarter = (8 * k / size + 1) / 2;
    double angle = 2 * PI * ((double)k / (double)size - 0.25 * (double)quarter);
    double c = cos(angle), s = sin(angle);
    const double turned_cosine[4] = {c, -s, -c, s}, turned_sine[4] = {s, c, -s, -c};
    plan->cosines[k] = turned_cosine[quarter % 4];
    plan->sines[k] = turned_sine[quarter % 4];
}

struct fourier *fourier_create(size_t size, struct error *error) {
    struct fourier *plan = memory_zeros(error, 1, sizeof *plan);
    if (plan == NULL)
        return NULL;
    double *tables = memory_matrix(error, size, 6, sizeof *tables);
    if (tables == NULL) {
        free(plan);
        return NULL;
    }
    *plan = (struct fourier){.size = size,
                             .cosines = tables,
                             .sines = tables + size,
                             .real = tables + 2 * size,
                             .imaginary = tables + 3 * size,
                             .kept_real = tables + 4 * size,
                             .kept_imaginary = tables + 5 * size};
    for (size_t k = 0; k < size; k++)
        set_angle(plan, k);
    return plan;
}

void fourier_free(struct fourier *plan) {
    if (plan != NULL)
        free(plan->cosines);
    free(plan);
}

/* One pass: `half` pairs of runs of `run` numbers each, a pair's sum and turned difference side by side. */
INSTRUCTION_SETS static void butterflies(const struct fourier *plan, size_t half, size_t run,
                                         const double *restrict from_real,
                                         const double *restrict from_imaginary, double *restrict to_real,
                                         double *restrict to_imaginary) {
    size_t step = plan->size / (2 * half);
    for (size_t p = 0; p < half; p++) {
        double c = plan->cosines[p * step], s = plan->sines[p * step];
        const double *ar = from_real + run * p, *br = ar + run * half;
        const double *ai = from_imaginary + run * p, *bi = ai + run * half;
        double *sr = to_real + 2 * run * p, *si = to_imaginary + 2 * run * p;
#pragma omp simd
        for (size_t q = 0; q < run; q++) {
            double dr = ar[q] - br[q], di = ai[q] - bi[q];
            sr[q] = ar[q] + br[q];
            si[q] = ai[q] + bi[q];
            sr[run + q] = dr * c + di * s;
            si[run + q] = di * c - dr * s;
        }
    }
}

/* count, a divisor of the plan's size, complex numbers in place. */
static void transform(const struct fourier *plan, size_t count, double *real, double *imaginary) {
    double *from_real = real, *from_imaginary = imaginary;
    double *to_real = plan->real, *to_imaginary = plan->imaginary;
    for (size_t half = count / 2, run = 1; half > 0; half /= 2, run *= 2) {
        butterflies(plan, half, run, from_real, from_imaginary, to_real, to_imaginary);
        double *swapped = from_real;
        from_real = to_real;
        to_real = swapped;
        swapped = from_imaginary;
        from_imaginary = to_imaginary;
        to_imaginary = swapped;
    }
    if (from_real != real) {
        memcpy(real, from_real, count * sizeof *real);
        memcpy(imaginary, from_imaginary, count * sizeof *imaginary);
    }
}

void fourier_complex(struct fourier *plan, double *real, double *imaginary) {
    transform(plan, plan->size, real, imaginary);
}

void fourier_complex_inverse(struct fourier *plan, double *real, double *imaginary) {
    /* Real and imaginary parts exchanged turn the transform the other way round. */
    transform(plan, plan->size, imaginary, real);
    double factor = 1 / (double)plan->size; /* exact */
    for (size_t k = 0; k < plan->size; k++) {
        real[k] *= factor;
        imaginary[k] *= factor;
    }
}

/* Even entries are real parts, odd ones imaginary parts of half as many numbers Z; then
 * X_k = (Z_k + conj Z_(N/2-k)) / 2 - i w^k (Z_k - conj Z_(N/2-k)) / 2 with w = exp(-2 pi i / N). */
void fourier_real(struct fourier *plan, const double *x, double *real, double *imaginary) {
    size_t half = plan->size / 2;
    for (size_t j = 0; j < half; j++) {
        plan->kept_real[j] = x[2 * j];
        plan->kept_imaginary[j] = x[2 * j + 1];
    }
    transform(plan, half, plan->kept_real, plan->kept_imaginary);
    for (size_t k = 0; k <= half; k++) {
        size_t here = k % half, mirror = (half - k) % half;
        double sum_real = plan->kept_real[here] + plan->kept_real[mirror];
        double sum_imaginary = plan->kept_imaginary[here] - plan->kept_imaginary[mirror];
        double difference_real = plan->kept_real[here] - plan->kept_real[mirror];
        double difference_imaginary = plan->kept_imaginary[here] + plan->kept_imaginary[mirror];
        double c = plan->cosines[k], s = plan->sines[k];
        real[k] = 0.5 * (sum_real + (c * difference_imaginary - s * difference_real));
        imaginary[k] = 0.5 * (sum_imaginary - (c * difference_real + s * difference_imaginary));
    }
}

void fourier_real_inverse(struct fourier *plan, double *real, double *imaginary, double *x) {
    size_t half = plan->size / 2;
    double factor = 1 / (double)plan->size; /* 1 / 2 of the formula, 1 / half of the transform: exact */
    for (size_t k = 0; k < half; k++) {
        double sum_real = real[k] + real[half - k], sum_imaginary = imaginary[k] - imaginary[half - k];
        double difference_real = real[k] - real[half - k];
        double difference_imaginary = imaginary[k] + imaginary[half - k];
        double c = plan->cosines[k], s = plan->sines[k];
        plan->kept_real[k] = factor * (sum_real - (c * difference_imaginary + s * difference_real));
        plan->kept_imaginary[k] = factor * (sum_imaginary + (c * difference_real - s * difference_imaginary));
    }
    transform(plan, half, plan->kept_imaginary, plan->kept_real);
    for (size_t j = 0; j < half; j++) {
        x[2 * j] = plan->kept_real[j];
        x[2 * j + 1] = plan->kept_imaginary[j];
    }
}

/* Entries with even numbers forwards, then odd ones backwards: C_k is the real part of exp(-i pi k / (2 N))
 * times their transform. */
void fourier_cosine(struct fourier *plan, const double *x, double *cosines) {
    size_t size = plan->size, half = size / 2;
    double *real = plan->real, *imaginary = plan->imaginary;
    for (size_t j = 0; j < half; j++) {
        cosines[j] = x[2 * j];
        cosines[size - 1 - j] = x[2 * j + 1];
    }
    fourier_real(plan, cosines, real, imaginary);
    for (size_t k = 0; k <= half; k++) {
        double angle = PI * (double)k / (2 * (double)size), c = cos(angle), s = sin(angle);
        double value_real = real[k], value_imaginary = imaginary[k];
        cosines[k] = c * value_real + s * value_imaginary;
        if (k > 0 && k < half)
            cosines[size - k] = s * value_real - c * value_imaginary;
    }
}
