#include "divergence/kullback_leibler.h"

#include "divergence/relative_entropy.h"
#include "num/vector.h"

/* The fast loops return whether an entry was too small for them: then the careful loop does it again. */

static INSTRUCTION_SETS bool plain_terms(size_t count, const double *p, const double *q, double *terms) {
    double irregular = 0;
#pragma omp simd reduction(+ : irregular)
    for (size_t i = 0; i < count; i++) {
        terms[i] = relative_entropy_regular(p[i], q[i]);
        irregular += relative_entropy_irregular(p[i], q[i]);
    }
    return irregular != 0;
}

static INSTRUCTION_SETS bool skewed_terms(double skew, size_t count, const double *p, const double *q,
                                          double *terms) {
    double irregular = 0;
#pragma omp simd reduction(+ : irregular)
    for (size_t i = 0; i < count; i++) {
        double m = (1 - skew) * q[i] + skew * p[i];
        terms[i] = relative_entropy_mixture_regular(p[i], m, (1 - skew) * (q[i] - p[i]));
        irregular += relative_entropy_irregular(p[i], m);
    }
    return irregular != 0;
}

static void careful_terms(double skew, size_t count, const double *p, const double *q, double *terms) {
    for (size_t i = 0; i < count; i++)
        terms[i] =
            relative_entropy(p[i], relative_entropy_mixed(skew, p[i], q[i]), (1 - skew) * (q[i] - p[i]));
}

static INSTRUCTION_SETS void logarithmic_terms(size_t count, const double *log_p, const double *log_q,
                                               const double *p, const double *q, double *terms) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        terms[i] = relative_entropy_from_logs(
            log_p[i], relative_entropy_log_ratio_of_logs(log_q[i], log_p[i]), p[i], q[i]);
}

static INSTRUCTION_SETS void skewed_logarithmic_terms(double skew, size_t count, const double *log_p,
                                                      const double *from_p, const double *p, const double *q,
                                                      double *terms) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        terms[i] = relative_entropy_from_logs(log_p[i], from_p[i], p[i], (1 - skew) * q[i] + skew * p[i]);
}

static void kernel_one_way(const void *context, size_t count, const double *p, const double *q,
                           double *terms) {
    double skew = ((const struct kullback_leibler_settings *)context)->skew;
    if (skew > 0 ? skewed_terms(skew, count, p, q, terms) : plain_terms(count, p, q, terms))
        careful_terms(skew, count, p, q, terms);
}

static void kernel_one_way_logarithms(const void *context, size_t count, const double *log_p,
                                      const double *log_q, double *terms) {
    double skew = ((const struct kullback_leibler_settings *)context)->skew;
    double p[DIVERGENCE_ROWS_PIECE], q[DIVERGENCE_ROWS_PIECE];
    vector_exp(count, log_p, p);
    vector_exp(count, log_q, q);
    if (skew > 0) {
        double from_p[DIVERGENCE_ROWS_PIECE], from_q[DIVERGENCE_ROWS_PIECE];
        relative_entropy_log_mixtures((struct relative_entropy_shares){skew, 1 - skew}, count, log_p, log_q,
                                      from_p, from_q);
        skewed_logarithmic_terms(skew, count, log_p, from_p, p, q, terms);
    } else {
        logarithmic_terms(count, log_p, log_q, p, q, terms);
    }
}

static void add(size_t count, const double *x, double *sum) {
    for (size_t i = 0; i < count; i++)
        sum[i] += x[i];
}

static void kernel_symmetric(const void *context, size_t count, const double *p, const double *q,
                             double *terms) {
    double back[DIVERGENCE_ROWS_PIECE];
    kernel_one_way(context, count, p, q, terms);
    kernel_one_way(context, count, q, p, back);
    add(count, back, terms);
}

static void kernel_symmetric_logarithms(const void *context, size_t count, const double *p, const double *q,
                                        double *terms) {
    double back[DIVERGENCE_ROWS_PIECE];
    kernel_one_way_logarithms(context, count, p, q, terms);
    kernel_one_way_logarithms(context, count, q, p, back);
    add(count, back, terms);
}

static divergence_kernel *choose_kernel(const struct divergence_rows *rows,
                                        const struct kullback_leibler_settings *settings) {
    if (divergence_rows_in_logarithms(rows))
        return settings->symmetric ? kernel_symmetric_logarithms : kernel_one_way_logarithms;
    return settings->symmetric ? kernel_symmetric : kernel_one_way;
}

void kullback_leibler_rows(const struct divergence_rows *rows,
                           const struct kullback_leibler_settings *settings, double *result) {
    divergence_rows_sums(rows, choose_kernel(rows, settings), settings, result);
}

void kullback_leibler_terms(const struct divergence_rows *rows,
                            const struct kullback_leibler_settings *settings, double *result) {
    divergence_rows_terms(rows, choose_kernel(rows, settings), settings, result);
}
