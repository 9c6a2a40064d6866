/* With x the first and y the second row, m = (1 - A) y + A x and L = log(x / m):
 *
 *     d KL(x, m) / dx = L + 1 - A x / m,     d KL(x, m) / dy = -(1 - A) x / m
 *
 * For logits a constant may be left out, which the softmax does not see: what is written is
 *
 *     x (L + A (1 - x / m)) = x (L - A expm1 L)     and     y (1 - A) (1 - x / m) = (1 - A)^2 (y - x) y / m
 *
 * so that nearly equal rows keep their digits. */
#include "divergence/kullback_leibler.h"

#include "divergence/relative_entropy.h"
#include "num/vector.h"

enum { PIECE = DIVERGENCE_ROWS_PIECE };

struct gradient_settings {
    double skew;
    bool symmetric, logarithms, by_p, logits;
};

static struct relative_entropy_shares shares_of(const struct gradient_settings *settings) {
    return (struct relative_entropy_shares){settings->skew, 1 - settings->skew};
}

static const double *probabilities(bool logarithms, size_t count, const double *x, double *buffer) {
    if (!logarithms)
        return x;
    vector_exp(count, x, buffer);
    return buffer;
}

static INSTRUCTION_SETS void first_entries(double skew, size_t count, double *log_ratios) {
    if (skew == 0)
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            log_ratios[i] += 1;
    else
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            log_ratios[i] += 1 - skew * elementary_exp(log_ratios[i]);
}

static INSTRUCTION_SETS void first_logits(double skew, size_t count, const double *x, double *log_ratios) {
    if (skew > 0)
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            log_ratios[i] -= skew * elementary_expm1(log_ratios[i]);
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        log_ratios[i] = x[i] == 0 ? 0 : x[i] * log_ratios[i];
}

static void by_first(const struct gradient_settings *settings, size_t count, const double *x, const double *y,
                     double *result) {
    double powers[PIECE];
    relative_entropy_log_ratios(shares_of(settings), settings->logarithms, count, x, y, result);
    if (settings->logits)
        first_logits(settings->skew, count, probabilities(settings->logarithms, count, x, powers), result);
    else
        first_entries(settings->skew, count, result);
}

static INSTRUCTION_SETS void second_entries(double skew, size_t count, const double *x, const double *y,
                                            double *result) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double m = (1 - skew) * y[i] + skew * x[i];
        result[i] = x[i] == 0 ? 0 : (skew - 1) * (x[i] / m);
    }
}

static INSTRUCTION_SETS void second_entries_from_logs(double skew, size_t count, double *log_ratios) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        log_ratios[i] = 0 - (1 - skew) * elementary_exp(log_ratios[i]); /* not -0 */
}

static INSTRUCTION_SETS void second_logits(double skew, size_t count, const double *x, const double *y,
                                           double *result) {
    if (skew == 0)
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            result[i] = y[i] - x[i];
    else
#pragma omp simd
        for (size_t i = 0; i < count; i++) {
            double share = y[i] / ((1 - skew) * y[i] + skew * x[i]);
            result[i] = y[i] == 0 ? 0 : (1 - skew) * (1 - skew) * (y[i] - x[i]) * share;
        }
}

static void by_second(const struct gradient_settings *settings, size_t count, const double *x,
                      const double *y, double *result) {
    double x_powers[PIECE], y_powers[PIECE];
    if (settings->logits) {
        const double *x_probabilities = probabilities(settings->logarithms, count, x, x_powers);
        second_logits(settings->skew, count, x_probabilities,
                      probabilities(settings->logarithms, count, y, y_powers), result);
    } else if (settings->logarithms) {
        relative_entropy_log_ratios(shares_of(settings), true, count, x, y, result);
        second_entries_from_logs(settings->skew, count, result);
    } else {
        second_entries(settings->skew, count, x, y, result);
    }
}

static void kernel(const void *context, size_t count, const double *p, const double *q, double *result) {
    const struct gradient_settings *settings = context;
    double back[PIECE];
    if (settings->by_p)
        by_first(settings, count, p, q, result);
    else
        by_second(settings, count, p, q, result);
    if (!settings->symmetric)
        return;
    if (settings->by_p)
        by_second(settings, count, q, p, back);
    else
        by_first(settings, count, q, p, back);
    for (size_t i = 0; i < count; i++)
        result[i] += back[i];
}

void kullback_leibler_gradient(const struct divergence_rows *rows,
                               const struct kullback_leibler_settings *settings,
                               enum divergence_gradient variable, double temperature, double *result) {
    struct gradient_settings gradient = {
        .skew = settings->skew,
        .symmetric = settings->symmetric,
        .logarithms = divergence_rows_in_logarithms(rows),
        .by_p = variable == GRADIENT_P || variable == GRADIENT_P_LOGITS,
        .logits = variable == GRADIENT_P_LOGITS || variable == GRADIENT_Q_LOGITS,
    };
    divergence_rows_gradient(rows, kernel, &gradient, variable, temperature, result);
}
