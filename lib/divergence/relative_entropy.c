#include "divergence/relative_entropy.h"

#include "divergence/divergence_rows.h"

/* Returns whether an entry was too small for it. */
static INSTRUCTION_SETS bool regular_ratios(double w, size_t count, const double *x, const double *y,
                                            double *result) {
    double irregular = 0;
#pragma omp simd reduction(+ : irregular)
    for (size_t i = 0; i < count; i++) {
        double m = (1 - w) * y[i] + w * x[i];
        double least = x[i] < m ? x[i] : m;
        result[i] = relative_entropy_log_ratio_regular(x[i], m, (1 - w) * (y[i] - x[i]));
        irregular += least < RELATIVE_ENTROPY_SMALL ? 1.0 : 0.0;
    }
    return irregular > 0;
}

static void careful_ratios(double w, size_t count, const double *x, const double *y, double *result) {
    for (size_t i = 0; i < count; i++) {
        double m = relative_entropy_mixed(w, x[i], y[i]);
        if (x[i] == m)
            result[i] = 0;
        else if (x[i] < RELATIVE_ENTROPY_SMALL || m < RELATIVE_ENTROPY_SMALL)
            result[i] = elementary_log(x[i]) - elementary_log(m);
        else
            result[i] = relative_entropy_log_ratio_regular(x[i], m, (1 - w) * (y[i] - x[i]));
    }
}

static INSTRUCTION_SETS void logarithmic_ratios(size_t count, const double *x, const double *y,
                                                double *result) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        result[i] = relative_entropy_log_ratio_of_logs(x[i], y[i]);
}

/* d = log q - log p, and e^-|d| - 1 in effect: seen from the larger of the two where e^d might overflow. */
static INSTRUCTION_SETS void differences(size_t count, const double *log_p, const double *log_q, double *d,
                                         double *excess) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        d[i] = relative_entropy_log_ratio_of_logs(log_q[i], log_p[i]);
        excess[i] = elementary_expm1(d[i] > 1 ? -d[i] : d[i]);
    }
}

static INSTRUCTION_SETS void mixtures(double w, size_t count, const double *d, double *excess) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        excess[i] = elementary_log1p((d[i] > 1 ? 1 - w : w) * excess[i]);
}

static INSTRUCTION_SETS void mixtures_from_either(size_t count, double *from_p, double *from_q) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double d = from_q[i], excess = from_p[i];
        from_p[i] = d > 1 ? d + excess : excess;
        from_q[i] = d > 1 ? excess : excess - d;
    }
}

void relative_entropy_log_mixtures(double w, size_t count, const double *log_p, const double *log_q,
                                   double *from_p, double *from_q) {
    /* A loop for each function: in one, the chain of both is longer than what a processor sees at a time. */
    differences(count, log_p, log_q, from_q, from_p);
    mixtures(w, count, from_q, from_p);
    mixtures_from_either(count, from_p, from_q);
}

static void mixed_logarithmic_ratios(double w, size_t count, const double *x, const double *y,
                                     double *result) {
    double from_y[DIVERGENCE_ROWS_PIECE];
    relative_entropy_log_mixtures(1 - w, count, x, y, result, from_y);
    for (size_t i = 0; i < count; i++)
        result[i] = -result[i];
}

void relative_entropy_log_ratios(double w, bool logarithms, size_t count, const double *x, const double *y,
                                 double *result) {
    if (logarithms && w > 0)
        mixed_logarithmic_ratios(w, count, x, y, result);
    else if (logarithms)
        logarithmic_ratios(count, x, y, result);
    else if (regular_ratios(w, count, x, y, result))
        careful_ratios(w, count, x, y, result);
}
