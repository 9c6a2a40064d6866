#include "divergence/relative_entropy.h"

#include "divergence/divergence_rows.h"

/* Below, 1 less the other share would lose more than some digits. */
static const double SMALL_SHARE = 0x1p-7;

/* Returns whether an entry was too small for it. */
static INSTRUCTION_SETS bool regular_ratios(struct relative_entropy_shares shares, size_t count,
                                            const double *x, const double *y, double *result) {
    double own = shares.first, other = shares.second;
    double irregular = 0;
#pragma omp simd reduction(+ : irregular)
    for (size_t i = 0; i < count; i++) {
        double m = other * y[i] + own * x[i];
        double least = x[i] < m ? x[i] : m;
        result[i] = relative_entropy_log_ratio_regular(x[i], m, other * (y[i] - x[i]));
        irregular += least < RELATIVE_ENTROPY_SMALL ? 1.0 : 0.0;
    }
    return irregular > 0;
}

static void careful_ratios(struct relative_entropy_shares shares, size_t count, const double *x,
                           const double *y, double *result) {
    for (size_t i = 0; i < count; i++) {
        double m = shares.second * y[i] + shares.first * x[i];
        if (m == 0 && shares.first > 0) /* as relative_entropy_mixed */
            m = x[i];
        if (x[i] == m)
            result[i] = 0;
        else if (x[i] < RELATIVE_ENTROPY_SMALL || m < RELATIVE_ENTROPY_SMALL)
            result[i] = elementary_log(x[i]) - elementary_log(m);
        else
            result[i] = relative_entropy_log_ratio_regular(x[i], m, shares.second * (y[i] - x[i]));
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

static INSTRUCTION_SETS void mixtures(struct relative_entropy_shares shares, size_t count, const double *d,
                                      double *excess) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        excess[i] = elementary_log1p((d[i] > 1 ? shares.first : shares.second) * excess[i]);
}

static INSTRUCTION_SETS void mixtures_from_either(size_t count, double *from_p, double *from_q) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double d = from_q[i], excess = from_p[i];
        from_p[i] = d > 1 ? d + excess : excess;
        from_q[i] = d > 1 ? excess : excess - d;
    }
}

/* log(own + other e^d), own + other = 1: where all of the other is gone, own is what is left, with its
 * digits. */
static double log_of_shares(double own, double other, double d) {
    double excess = other * elementary_expm1(d);
    if (excess > -0.5 && excess < 1)
        return elementary_log1p(excess);
    return d <= 0 ? elementary_log(own + other * elementary_exp(d))
                  : d + elementary_log(other + own * elementary_exp(-d));
}

void relative_entropy_log_mixtures(struct relative_entropy_shares shares, size_t count, const double *log_p,
                                   const double *log_q, double *from_p, double *from_q) {
    bool small = shares.first < SMALL_SHARE || shares.second < SMALL_SHARE;
    for (size_t i = 0; small && i < count; i++) {
        double d = relative_entropy_log_ratio_of_logs(log_q[i], log_p[i]);
        from_p[i] = log_of_shares(shares.first, shares.second, d);
        from_q[i] = log_of_shares(shares.second, shares.first, -d);
    }
    if (small)
        return;
    /* A loop for each function: in one, the chain of both is longer than what a processor sees at a time. */
    differences(count, log_p, log_q, from_q, from_p);
    mixtures(shares, count, from_q, from_p);
    mixtures_from_either(count, from_p, from_q);
}

static void mixed_logarithmic_ratios(struct relative_entropy_shares shares, size_t count, const double *x,
                                     const double *y, double *result) {
    double from_y[DIVERGENCE_ROWS_PIECE];
    relative_entropy_log_mixtures(shares, count, x, y, result, from_y);
    for (size_t i = 0; i < count; i++)
        result[i] = -result[i];
}

void relative_entropy_log_ratios(struct relative_entropy_shares shares, bool logarithms, size_t count,
                                 const double *x, const double *y, double *result) {
    if (logarithms && shares.first > 0)
        mixed_logarithmic_ratios(shares, count, x, y, result);
    else if (logarithms)
        logarithmic_ratios(count, x, y, result);
    else if (regular_ratios(shares, count, x, y, result))
        careful_ratios(shares, count, x, y, result);
}
