#include "divergence/f_divergence.h"

#include <math.h>

#include "divergence/jensen_shannon.h"
#include "divergence/kullback_leibler.h"
#include "divergence/relative_entropy.h"
#include "num/vector.h"

/* Kernels from probabilities. A division 0 / 0 of entries that both are 0 is never chosen. */

static INSTRUCTION_SETS void hellinger_terms(size_t count, const double *p, const double *q, double *terms) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double roots = sqrt(p[i]) + sqrt(q[i]);
        double difference = (p[i] - q[i]) / roots; /* sqrt p - sqrt q */
        terms[i] = roots == 0 ? 0 : difference * difference / 2;
    }
}

static INSTRUCTION_SETS void chi2_terms(size_t count, const double *p, const double *q, double *terms) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double difference = p[i] - q[i];
        terms[i] = difference == 0 ? 0 : fabs(difference) * (fabs(difference) / q[i]);
    }
}

static INSTRUCTION_SETS void le_cam_terms(size_t count, const double *p, const double *q, double *terms) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double difference = p[i] - q[i];
        terms[i] = difference == 0 ? 0 : difference * (difference / (p[i] + q[i])) / 2;
    }
}

static INSTRUCTION_SETS void tv_terms(size_t count, const double *p, const double *q, double *terms) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        terms[i] = fabs(p[i] - q[i]) / 2;
}

/* 2 (m log(m / p) - m + p), m = (p + q) / 2. Returns whether an entry was too small for it. */
static INSTRUCTION_SETS bool softened_terms(size_t count, const double *p, const double *q, double *terms) {
    double irregular = 0;
#pragma omp simd reduction(+ : irregular)
    for (size_t i = 0; i < count; i++) {
        double m = (p[i] + q[i]) / 2;
        terms[i] = 2 * relative_entropy_mixture_regular(m, p[i], (p[i] - q[i]) / 2);
        irregular += relative_entropy_irregular(m, p[i]);
    }
    return irregular != 0;
}

static void careful_softened_terms(size_t count, const double *p, const double *q, double *terms) {
    for (size_t i = 0; i < count; i++)
        terms[i] = 2 * relative_entropy((p[i] + q[i]) / 2, p[i], (p[i] - q[i]) / 2);
}

/* What the loop of alpha needs beside A: 1 / A, 1 / (A - 1), and its terms where p or q is 0. */
struct alpha_constants {
    double alpha, inverse, inverse_less_1, at_zero, at_infinity;
};

/* q (r^A - A r + A - 1) / (A (A - 1)) from L = log r. Near L = 0 by the tail of the exponential series, as in
 * f_generator.c; else from q (r^A - 1) = q h (h + 2), h = e^(A L / 2) - 1. */
ALWAYS_INLINE double alpha_term(const struct alpha_constants *constants, double p, double q,
                                double logarithm) {
    double alpha = constants->alpha, exponent = alpha * logarithm;
    double tails = alpha * elementary_exp_tail(exponent) - elementary_exp_tail(logarithm);
    double near = q * (logarithm * logarithm) * tails;
    double half = elementary_expm1(exponent / 2);
    double far = (q * half) * (half + 2) * constants->inverse - (p - q);
    double largest = fabs(logarithm) > fabs(exponent) ? fabs(logarithm) : fabs(exponent);
    double term = (largest < 0.34 ? near : far) * constants->inverse_less_1;
    return term < 0 ? 0 : term; /* rounding among subnormals; a nan stays */
}

/* The same with its limits where p or q is 0. */
ALWAYS_INLINE double alpha_term_or_limit(const struct alpha_constants *constants, double p, double q,
                                         double logarithm) {
    double term = alpha_term(constants, p, q, logarithm);
    term = p == 0 ? q * constants->at_zero : term;
    term = q == 0 ? p * constants->at_infinity : term;
    return p == q ? 0 : term;
}

static INSTRUCTION_SETS bool alpha_terms(const struct alpha_constants *constants, size_t count,
                                         const double *p, const double *q, double *terms) {
    struct alpha_constants own = *constants;
    double irregular = 0;
#pragma omp simd reduction(+ : irregular)
    for (size_t i = 0; i < count; i++) {
        double logarithm = relative_entropy_log_ratio_regular(p[i], q[i], q[i] - p[i]);
        terms[i] = alpha_term_or_limit(&own, p[i], q[i], logarithm);
        double least = p[i] < q[i] ? p[i] : q[i];
        double small = least < RELATIVE_ENTROPY_SMALL ? 1.0 : 0.0;
        irregular += least == 0 ? 0.0 : small;
    }
    return irregular != 0;
}

static void careful_alpha_terms(const struct alpha_constants *constants, size_t count, const double *p,
                                const double *q, double *terms) {
    for (size_t i = 0; i < count; i++) {
        double least = p[i] < q[i] ? p[i] : q[i];
        double logarithm = least < RELATIVE_ENTROPY_SMALL
                               ? elementary_log(p[i]) - elementary_log(q[i])
                               : relative_entropy_log_ratio_regular(p[i], q[i], q[i] - p[i]);
        terms[i] = alpha_term_or_limit(constants, p[i], q[i], logarithm);
    }
}

static struct alpha_constants constants_of(const struct f_generator *generator) {
    return (struct alpha_constants){generator->alpha, 1 / generator->alpha, 1 / (generator->alpha - 1),
                                    f_generator_at_zero(generator), f_generator_slope_at_infinity(generator)};
}

static void kernel_probabilities(const void *context, size_t count, const double *p, const double *q,
                                 double *terms) {
    const struct f_generator *generator = context;
    if (generator->kind == F_GENERATOR_HELLINGER) {
        hellinger_terms(count, p, q, terms);
    } else if (generator->kind == F_GENERATOR_CHI2) {
        chi2_terms(count, p, q, terms);
    } else if (generator->kind == F_GENERATOR_LE_CAM) {
        le_cam_terms(count, p, q, terms);
    } else if (generator->kind == F_GENERATOR_TV) {
        tv_terms(count, p, q, terms);
    } else if (generator->kind == F_GENERATOR_SOFTENED_RKL) {
        if (softened_terms(count, p, q, terms))
            careful_softened_terms(count, p, q, terms);
    } else {
        struct alpha_constants constants = constants_of(generator);
        if (alpha_terms(&constants, count, p, q, terms))
            careful_alpha_terms(&constants, count, p, q, terms);
    }
}

/* Kernels from logarithms: d = log p - log q, e = exp(-|d|) - 1, and the larger of p and q. */

/* `kind` is known where this is inlined, so that the loop has no branch. */
ALWAYS_INLINE void logarithmic_loop(enum f_generator_kind kind, size_t count, const double *log_p,
                                    const double *log_q, double *terms) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double d = relative_entropy_log_ratio_of_logs(log_p[i], log_q[i]);
        double larger = d > 0 ? log_p[i] : log_q[i];
        if (kind == F_GENERATOR_CHI2) /* (p - q)^2 / q is p (p / q) e^2: nothing but the result overflows */
            larger = d > 0 ? larger + d : larger;
        double e = elementary_expm1(kind == F_GENERATOR_HELLINGER ? -fabs(d) / 2 : -fabs(d)); /* of roots */
        double scale = elementary_exp(larger);
        terms[i] = kind == F_GENERATOR_TV       ? -scale * e / 2
                   : kind == F_GENERATOR_CHI2   ? scale * (e * e)
                   : kind == F_GENERATOR_LE_CAM ? scale * (e * e) / (2 * (2 + e))
                                                : scale * (e * e) / 2;
    }
}

static INSTRUCTION_SETS void hellinger_of_logarithms(size_t count, const double *log_p, const double *log_q,
                                                     double *terms) {
    logarithmic_loop(F_GENERATOR_HELLINGER, count, log_p, log_q, terms);
}

static INSTRUCTION_SETS void chi2_of_logarithms(size_t count, const double *log_p, const double *log_q,
                                                double *terms) {
    logarithmic_loop(F_GENERATOR_CHI2, count, log_p, log_q, terms);
}

static INSTRUCTION_SETS void le_cam_of_logarithms(size_t count, const double *log_p, const double *log_q,
                                                  double *terms) {
    logarithmic_loop(F_GENERATOR_LE_CAM, count, log_p, log_q, terms);
}

static INSTRUCTION_SETS void tv_of_logarithms(size_t count, const double *log_p, const double *log_q,
                                              double *terms) {
    logarithmic_loop(F_GENERATOR_TV, count, log_p, log_q, terms);
}

static INSTRUCTION_SETS void softened_loop(size_t count, const double *log_p, const double *log_q,
                                           const double *from_p, const double *from_q, double *terms) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double log_m = log_p[i] > log_q[i] ? log_p[i] + from_p[i] : log_q[i] + from_q[i];
        terms[i] = 2 * relative_entropy_from_logs(log_m, -from_p[i], elementary_exp(log_m),
                                                  elementary_exp(log_p[i]));
    }
}

static void softened_of_logarithms(size_t count, const double *log_p, const double *log_q, double *terms) {
    double from_p[DIVERGENCE_ROWS_PIECE], from_q[DIVERGENCE_ROWS_PIECE];
    relative_entropy_log_mixtures((struct relative_entropy_shares){0.5, 0.5}, count, log_p, log_q, from_p,
                                  from_q);
    softened_loop(count, log_p, log_q, from_p, from_q, terms);
}

static INSTRUCTION_SETS void alpha_of_logarithms(const struct alpha_constants *constants, size_t count,
                                                 const double *log_p, const double *log_q, double *terms) {
    struct alpha_constants own = *constants;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double d = relative_entropy_log_ratio_of_logs(log_p[i], log_q[i]);
        double p = elementary_exp(log_p[i]), q = elementary_exp(log_q[i]);
        double term = alpha_term(&own, p, q, d);
        /* Far apart, q (r^A - 1) from the exponents' sum: q may be too small for a double, its product not.
         */
        double power = elementary_exp(log_q[i] + own.alpha * d);
        double far = ((power - q) * own.inverse - (p - q)) * own.inverse_less_1;
        term = fabs(own.alpha * d) > 1 ? far : term;
        term = d == -INFINITY ? q * own.at_zero : term;
        term = d == INFINITY ? p * own.at_infinity : term;
        terms[i] = d == 0 ? 0 : term;
    }
}

static void kernel_logarithms(const void *context, size_t count, const double *log_p, const double *log_q,
                              double *terms) {
    const struct f_generator *generator = context;
    if (generator->kind == F_GENERATOR_ALPHA) {
        struct alpha_constants constants = constants_of(generator);
        alpha_of_logarithms(&constants, count, log_p, log_q, terms);
    } else if (generator->kind == F_GENERATOR_SOFTENED_RKL) {
        softened_of_logarithms(count, log_p, log_q, terms);
    } else if (generator->kind == F_GENERATOR_HELLINGER) {
        hellinger_of_logarithms(count, log_p, log_q, terms);
    } else if (generator->kind == F_GENERATOR_CHI2) {
        chi2_of_logarithms(count, log_p, log_q, terms);
    } else if (generator->kind == F_GENERATOR_LE_CAM) {
        le_cam_of_logarithms(count, log_p, log_q, terms);
    } else {
        tv_of_logarithms(count, log_p, log_q, terms);
    }
}

/* p and q changed about. */
static struct divergence_rows swapped(const struct divergence_rows *rows) {
    struct divergence_rows back = *rows;
    back.p = rows->q;
    back.p_repeated = rows->q_repeated;
    back.q = rows->p;
    back.q_repeated = rows->p_repeated;
    return back;
}

void f_divergence_rows(const struct divergence_rows *rows, const struct f_generator *generator,
                       double *result) {
    static const struct kullback_leibler_settings one_way = {.symmetric = false}, both = {.symmetric = true};
    struct f_generator used = *generator;
    struct divergence_rows compared = *rows;
    if (used.kind == F_GENERATOR_RKL || used.kind == F_GENERATOR_NEYMAN) {
        used.kind = used.kind == F_GENERATOR_RKL ? F_GENERATOR_KL : F_GENERATOR_CHI2;
        compared = swapped(rows);
    }
    if (used.kind == F_GENERATOR_KL)
        kullback_leibler_rows(&compared, &one_way, result);
    else if (used.kind == F_GENERATOR_JEFFREYS)
        kullback_leibler_rows(&compared, &both, result);
    else if (used.kind == F_GENERATOR_JS)
        jensen_shannon_rows(&compared, 0.5, result);
    else
        divergence_rows_sums(&compared,
                             divergence_rows_in_logarithms(rows) ? kernel_logarithms : kernel_probabilities,
                             &used, result);
}

static void kernel_weights(const void *context, size_t count, const double *p, const double *q,
                           double *weights) {
    for (size_t i = 0; i < count; i++)
        weights[i] = f_generator_weight(context, p[i] / q[i]);
}

static void kernel_weights_of_logarithms(const void *context, size_t count, const double *log_p,
                                         const double *log_q, double *weights) {
    const struct f_generator *generator = context;
    for (size_t i = 0; i < count; i++) {
        double d = log_p[i] - log_q[i]; /* powers of the ratio stand where the ratio itself does not */
        weights[i] = generator->kind == F_GENERATOR_HELLINGER ? exp(d / 2) / 4
                     : generator->kind == F_GENERATOR_ALPHA   ? exp(generator->alpha * d)
                                                              : f_generator_weight(generator, exp(d));
    }
}

void f_divergence_weights(const struct divergence_rows *rows, const struct f_generator *generator,
                          double *result) {
    divergence_rows_terms(rows,
                          divergence_rows_in_logarithms(rows) ? kernel_weights_of_logarithms : kernel_weights,
                          generator, result);
}
