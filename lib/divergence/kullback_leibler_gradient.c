#include "divergence/kullback_leibler.h"
#include "divergence/relative_entropy.h"

struct gradient_settings {
    struct kullback_leibler_settings divergence;
    enum divergence_gradient variable;
};

/* One entry of KL(x, m), m = (1 - A) y + A x. */
struct entry {
    double x, y, m;
    double difference;       /* m - x */
    double log_ratio, ratio; /* of x to m; 0 / 0 is 1 to the logarithm, 0 here */
    double y_ratio;          /* y / m */
};

ALWAYS_INLINE struct entry entry_of_probabilities(double skew, double x, double y) {
    double m = relative_entropy_mixed(skew, x, y);
    double difference = (1 - skew) * (y - x);
    return (struct entry){
        .x = x,
        .y = y,
        .m = m,
        .difference = difference,
        .log_ratio = relative_entropy_log_ratio(x, m, difference),
        .ratio = x == 0 ? 0 : x / m,
        .y_ratio = skew == 0 ? 1
                   : y == 0  ? 0
                             : y / m,
    };
}

ALWAYS_INLINE struct entry entry_of_logarithms(double skew, double log_x, double log_y) {
    double d = relative_entropy_log_ratio_of_logs(log_y, log_x);
    double mixed = skew > 0 ? relative_entropy_log_mixture(d, 1 - skew) : d; /* log m - log x */
    double x = elementary_exp(log_x), y = elementary_exp(log_y);
    double difference = fabs(d) < 1 ? (1 - skew) * (x * elementary_expm1(d)) : (1 - skew) * (y - x);
    return (struct entry){
        .x = x,
        .y = y,
        .m = (1 - skew) * y + skew * x,
        .difference = difference,
        .log_ratio = -mixed,
        .ratio = log_x == -INFINITY ? 0 : elementary_exp(-mixed),
        .y_ratio = skew == 0            ? 1
                   : log_y == -INFINITY ? 0
                                        : elementary_exp(d - mixed),
    };
}

/* The derivative of KL(x, m) by x, or times x and less a constant, which the softmax does not see. */
ALWAYS_INLINE double by_first(double skew, bool logits, const struct entry *entry) {
    if (!logits)
        return entry->log_ratio + (skew > 0 ? 1 - skew * entry->ratio : 1);
    if (entry->x == 0)
        return 0;
    return entry->x * entry->log_ratio + (skew > 0 ? skew * entry->ratio * entry->difference : 0);
}

/* The derivative by y, or times y and less a constant. */
ALWAYS_INLINE double by_second(double skew, bool logits, const struct entry *entry) {
    if (!logits)
        return 0 - (1 - skew) * entry->ratio;
    return (1 - skew) * (entry->difference * entry->y_ratio);
}

ALWAYS_INLINE double derivative(const struct gradient_settings *settings, const struct entry *forward,
                                const struct entry *back) {
    double skew = settings->divergence.skew;
    bool logits = settings->variable == GRADIENT_P_LOGITS || settings->variable == GRADIENT_Q_LOGITS;
    bool by_p = settings->variable == GRADIENT_P || settings->variable == GRADIENT_P_LOGITS;
    double value = by_p ? by_first(skew, logits, forward) : by_second(skew, logits, forward);
    if (settings->divergence.symmetric)
        value += by_p ? by_second(skew, logits, back) : by_first(skew, logits, back);
    return value;
}

static INSTRUCTION_SETS void kernel_probabilities(const void *context, size_t count, const double *p,
                                                  const double *q, double *result) {
    const struct gradient_settings *settings = context;
    double skew = settings->divergence.skew;
    for (size_t i = 0; i < count; i++) {
        struct entry forward = entry_of_probabilities(skew, p[i], q[i]);
        struct entry back = entry_of_probabilities(skew, q[i], p[i]);
        result[i] = derivative(settings, &forward, &back);
    }
}

static INSTRUCTION_SETS void kernel_logarithms(const void *context, size_t count, const double *p,
                                               const double *q, double *result) {
    const struct gradient_settings *settings = context;
    double skew = settings->divergence.skew;
    for (size_t i = 0; i < count; i++) {
        struct entry forward = entry_of_logarithms(skew, p[i], q[i]);
        struct entry back = entry_of_logarithms(skew, q[i], p[i]);
        result[i] = derivative(settings, &forward, &back);
    }
}

void kullback_leibler_gradient(const struct divergence_rows *rows,
                               const struct kullback_leibler_settings *settings,
                               enum divergence_gradient variable, double temperature, double *result) {
    struct gradient_settings gradient = {*settings, variable};
    divergence_kernel *kernel =
        divergence_rows_in_logarithms(rows) ? kernel_logarithms : kernel_probabilities;
    divergence_rows_gradient(rows, kernel, &gradient, variable, temperature, result);
}
