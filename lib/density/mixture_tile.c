#include "density/mixture_tile.h"

#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"

enum { POINTS = MIXTURE_TILE_POINTS, WIDE = MIXTURE_TILE_LANES, GROUPS = POINTS / WIDE };

typedef double wide __attribute__((vector_size(WIDE * sizeof(double))));

#define UNROLL _Pragma("GCC unroll 8")

ALWAYS_INLINE wide load(const double *values) {
    wide loaded;
    memcpy(&loaded, values, sizeof loaded);
    return loaded;
}

ALWAYS_INLINE void store(double *values, wide stored) {
    memcpy(values, &stored, sizeof stored);
}

/* term = constant - |L^-1 (x - mean)|^2 / 2, by forward substitution, of the first
 * groups of points. */
ALWAYS_INLINE void matrix_terms(const size_t groups, size_t d, double constant, const double *restrict factor,
                                const double *restrict mean, const double *restrict x, double *restrict y,
                                double *restrict term) {
    wide square[GROUPS] = {{0}};
    for (size_t i = 0; i < d; i++) {
        wide rest[GROUPS];
        double inverse = 1 / factor[i * d + i];
        UNROLL
        for (size_t g = 0; g < groups; g++)
            rest[g] = load(x + i * POINTS + g * WIDE) - mean[i];
        for (size_t j = 0; j < i; j++) {
            double entry = factor[i * d + j];
            UNROLL
            for (size_t g = 0; g < groups; g++)
                rest[g] -= entry * load(y + j * POINTS + g * WIDE);
        }
        UNROLL
        for (size_t g = 0; g < groups; g++) {
            rest[g] *= inverse;
            square[g] += rest[g] * rest[g];
            store(y + i * POINTS + g * WIDE, rest[g]);
        }
    }
    UNROLL
    for (size_t g = 0; g < groups; g++)
        store(term + g * WIDE, constant - 0.5 * square[g]);
}

INSTRUCTION_SETS static void all_matrix_terms(size_t d, double constant, const double *restrict factor,
                                              const double *restrict mean, const double *restrict x,
                                              double *restrict y, double *restrict term) {
    matrix_terms(GROUPS, d, constant, factor, mean, x, y, term);
}

INSTRUCTION_SETS static void few_matrix_terms(size_t d, double constant, const double *restrict factor,
                                              const double *restrict mean, const double *restrict x,
                                              double *restrict y, double *restrict term) {
    matrix_terms(1, d, constant, factor, mean, x, y, term);
}

/* term = constant - sum_i ((x_i - mean_i) / deviation_i)^2 / 2; `stride` 0 where all deviations are one. */
INSTRUCTION_SETS static void diagonal_terms(size_t d, double constant, const double *restrict deviations,
                                            size_t stride, const double *restrict mean,
                                            const double *restrict x, double *restrict term) {
    wide square[GROUPS] = {{0}};
    for (size_t i = 0; i < d; i++) {
        double inverse = 1 / deviations[i * stride];
        UNROLL
        for (size_t g = 0; g < GROUPS; g++) {
            wide scaled = (load(x + i * POINTS + g * WIDE) - mean[i]) * inverse;
            square[g] += scaled * scaled;
        }
    }
    UNROLL
    for (size_t g = 0; g < GROUPS; g++)
        store(term + g * WIDE, constant - 0.5 * square[g]);
}

void mixture_tile_terms(const struct gaussian_mixture *mixture, size_t k, const double *x, double *y,
                        double *term) {
    size_t d = mixture->dimensions;
    const double *mean = mixture->means + k * d, *factors = mixture->factors;
    double constant = mixture->log_weights[k] + mixture->normalisers[k];
    switch (mixture->type) {
    case GAUSSIAN_MIXTURE_FULL:
        all_matrix_terms(d, constant, factors + k * d * d, mean, x, y, term);
        break;
    case GAUSSIAN_MIXTURE_TIED:
        all_matrix_terms(d, constant, factors, mean, x, y, term);
        break;
    case GAUSSIAN_MIXTURE_DIAGONAL:
        diagonal_terms(d, constant, factors + k * d, 1, mean, x, term);
        break;
    case GAUSSIAN_MIXTURE_TIED_DIAGONAL:
        diagonal_terms(d, constant, factors, 1, mean, x, term);
        break;
    case GAUSSIAN_MIXTURE_SPHERICAL:
        diagonal_terms(d, constant, factors + k, 0, mean, x, term);
        break;
    default:
        diagonal_terms(d, constant, factors, 0, mean, x, term);
        break;
    }
}

void mixture_tile_few_terms(const struct gaussian_mixture *mixture, size_t k, const double *x, double *y,
                            double *term) {
    size_t d = mixture->dimensions;
    double constant = mixture->log_weights[k] + mixture->normalisers[k];
    if (mixture->type == GAUSSIAN_MIXTURE_FULL)
        few_matrix_terms(d, constant, mixture->factors + k * d * d, mixture->means + k * d, x, y, term);
    else if (mixture->type == GAUSSIAN_MIXTURE_TIED)
        few_matrix_terms(d, constant, mixture->factors, mixture->means + k * d, x, y, term);
    else
        mixture_tile_terms(mixture, k, x, y, term);
    for (size_t p = WIDE; p < POINTS; p++)
        term[p] = term[0];
}

INSTRUCTION_SETS void mixture_tile_softmax(size_t count, double *restrict terms, double *restrict lse,
                                           double *restrict largest, double *restrict entropy) {
    double sum[POINTS] = {0}, weighted[POINTS] = {0};
    for (size_t p = 0; p < POINTS; p++)
        largest[p] = terms[p];
    for (size_t k = 1; k < count; k++)
        for (size_t p = 0; p < POINTS; p++)
            largest[p] = terms[k * POINTS + p] > largest[p] ? terms[k * POINTS + p] : largest[p];
    for (size_t k = 0; k < count; k++) {
        for (size_t p = 0; p < POINTS; p++) {
            double gap = terms[k * POINTS + p] - largest[p];
            gap = gap < -750 ? -750 : gap; /* exp is 0 there; 0 times -inf would be nan */
            double value = elementary_exp(gap);
            sum[p] += value;
            weighted[p] += value * gap;
            terms[k * POINTS + p] = value;
        }
    }
    for (size_t p = 0; p < POINTS; p++) {
        double logarithm = elementary_log(sum[p]);
        double inverse = 1 / sum[p];
        lse[p] = largest[p] + logarithm;
        entropy[p] = logarithm - weighted[p] * inverse;
        sum[p] = inverse;
    }
    for (size_t k = 0; k < count; k++)
        for (size_t p = 0; p < POINTS; p++)
            terms[k * POINTS + p] *= sum[p];
}

void mixture_tile_harden(size_t count, double *terms) {
    for (size_t p = 0; p < POINTS; p++) {
        size_t best = 0;
        for (size_t k = 1; k < count; k++)
            if (terms[k * POINTS + p] > terms[best * POINTS + p])
                best = k;
        for (size_t k = 0; k < count; k++)
            terms[k * POINTS + p] = k == best;
    }
}

void mixture_tile_weigh(size_t count, const double *weights, double *responsibilities) {
    for (size_t k = 0; k < count; k++)
        for (size_t p = 0; p < POINTS; p++)
            responsibilities[k * POINTS + p] *= weights[p];
}

/* The sum of eight vectors by halves, or the only one. */
ALWAYS_INLINE wide add_groups(const size_t groups, const wide *terms) {
    if (groups == 1)
        return terms[0];
    return ((terms[0] + terms[1]) + (terms[2] + terms[3])) + ((terms[4] + terms[5]) + (terms[6] + terms[7]));
}

ALWAYS_INLINE void add_lane(const size_t groups, double *lanes, const wide *terms) {
    store(lanes, load(lanes) + add_groups(groups, terms));
}

/* Adds sum_p share_p u_p, share being a row of r or of r u_a. */
ALWAYS_INLINE void add_product(const size_t groups, double *lanes, const wide *share, const double *u) {
    wide product[GROUPS];
    UNROLL
    for (size_t g = 0; g < groups; g++)
        product[g] = share[g] * load(u + g * WIDE);
    add_lane(groups, lanes, product);
}

ALWAYS_INLINE void add_moments(const size_t groups, size_t d, bool matrix, const double *restrict mean,
                               const double *restrict responsibilities, const double *restrict x,
                               double *restrict u, double *restrict lanes) {
    double *first = lanes + WIDE, *second = first + d * WIDE;
    wide share[GROUPS];
    UNROLL
    for (size_t g = 0; g < groups; g++)
        share[g] = load(responsibilities + g * WIDE);
    add_lane(groups, lanes, share);
    for (size_t a = 0; a < d; a++) {
        UNROLL
        for (size_t g = 0; g < groups; g++) {
            wide difference = load(x + a * POINTS + g * WIDE) - mean[a];
            store(u + a * POINTS + g * WIDE, difference);
            share[g] = load(responsibilities + g * WIDE) * difference;
        }
        add_lane(groups, first + a * WIDE, share);
        for (size_t b = matrix ? 0 : a; b <= a; b++, second += WIDE)
            add_product(groups, second, share, u + b * POINTS);
    }
}

INSTRUCTION_SETS void mixture_tile_moments(size_t d, bool matrix, const double *restrict mean,
                                           const double *restrict responsibilities, const double *restrict x,
                                           double *restrict u, double *restrict lanes) {
    add_moments(GROUPS, d, matrix, mean, responsibilities, x, u, lanes);
}

INSTRUCTION_SETS void mixture_tile_few_moments(size_t d, bool matrix, const double *restrict mean,
                                               const double *restrict responsibilities,
                                               const double *restrict x, double *restrict u,
                                               double *restrict lanes) {
    add_moments(1, d, matrix, mean, responsibilities, x, u, lanes);
}
