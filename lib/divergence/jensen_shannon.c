#include "divergence/jensen_shannon.h"

#include "divergence/relative_entropy.h"

/* Returns whether an entry was too small for it: then the careful loop does it again. */
static INSTRUCTION_SETS bool fast_terms(double weight, size_t count, const double *p, const double *q,
                                        double *terms) {
    double irregular = 0;
#pragma omp simd reduction(+ : irregular)
    for (size_t i = 0; i < count; i++) {
        double m = (1 - weight) * p[i] + weight * q[i];
        double difference = q[i] - p[i];
        double of_p = relative_entropy_mixture_regular(p[i], m, weight * difference);
        double of_q = relative_entropy_mixture_regular(q[i], m, (weight - 1) * difference);
        terms[i] = (1 - weight) * of_p + weight * of_q;
        irregular += relative_entropy_irregular(p[i], m) + relative_entropy_irregular(q[i], m);
    }
    return irregular > 0;
}

static void careful_terms(double weight, size_t count, const double *p, const double *q, double *terms) {
    for (size_t i = 0; i < count; i++) {
        double m = (1 - weight) * p[i] + weight * q[i];
        double difference = q[i] - p[i];
        terms[i] = m == 0 ? 0
                          : (1 - weight) * relative_entropy(p[i], m, weight * difference) +
                                weight * relative_entropy(q[i], m, (weight - 1) * difference);
    }
}

static INSTRUCTION_SETS void logarithmic_terms(double weight, size_t count, const double *log_p,
                                               const double *log_q, double *terms) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double d = relative_entropy_log_ratio_of_logs(log_q[i], log_p[i]);
        double p = elementary_exp(log_p[i]), q = elementary_exp(log_q[i]);
        double m = (1 - weight) * p + weight * q;
        double from_p = relative_entropy_log_mixture(d, weight);
        double from_q = relative_entropy_log_mixture(-d, 1 - weight);
        terms[i] = (1 - weight) * relative_entropy_from_logs(log_p[i], from_p, p, m) +
                   weight * relative_entropy_from_logs(log_q[i], from_q, q, m);
    }
}

static void kernel_probabilities(const void *weight, size_t count, const double *p, const double *q,
                                 double *terms) {
    if (fast_terms(*(const double *)weight, count, p, q, terms))
        careful_terms(*(const double *)weight, count, p, q, terms);
}

static void kernel_logarithms(const void *weight, size_t count, const double *p, const double *q,
                              double *terms) {
    logarithmic_terms(*(const double *)weight, count, p, q, terms);
}

/* W = 0 and W = 1 compare a distribution with itself, whatever the other holds. */
static void kernel_zero(const void *weight, size_t count, const double *p, const double *q, double *terms) {
    (void)weight, (void)p, (void)q;
    for (size_t i = 0; i < count; i++)
        terms[i] = 0;
}

static divergence_kernel *choose_kernel(const struct divergence_rows *rows, double weight) {
    if (weight == 0 || weight == 1)
        return kernel_zero;
    return divergence_rows_in_logarithms(rows) ? kernel_logarithms : kernel_probabilities;
}

void jensen_shannon_rows(const struct divergence_rows *rows, double weight, double *result) {
    divergence_rows_sums(rows, choose_kernel(rows, weight), &weight, result);
    if (weight == 0 || weight == 1)
        return;
    /* Rounding, or rows a little off sum 1, must not pass the bound: its root is a distance. */
    double bound = -((1 - weight) * elementary_log(1 - weight) + weight * elementary_log(weight));
    for (size_t row = 0; row < rows->rows; row++)
        result[row] = result[row] > bound ? bound : result[row];
}

void jensen_shannon_terms(const struct divergence_rows *rows, double weight, double *result) {
    divergence_rows_terms(rows, choose_kernel(rows, weight), &weight, result);
}

struct gradient_settings {
    double weight;
    enum divergence_gradient variable;
};

/* weight log(x / m), times x for logits, given log(x / m). */
ALWAYS_INLINE double derivative(double weight, bool logits, double x, double log_ratio) {
    if (!logits)
        return weight * log_ratio + 0; /* -0 would be printed so */
    return x == 0 ? 0 : weight * (x * log_ratio);
}

static INSTRUCTION_SETS void gradient_of_probabilities(const void *context, size_t count, const double *p,
                                                       const double *q, double *result) {
    const struct gradient_settings *settings = context;
    bool by_p = settings->variable == GRADIENT_P || settings->variable == GRADIENT_P_LOGITS;
    bool logits = settings->variable == GRADIENT_P_LOGITS || settings->variable == GRADIENT_Q_LOGITS;
    double weight = by_p ? 1 - settings->weight : settings->weight;
    const double *x = by_p ? p : q, *y = by_p ? q : p;
    for (size_t i = 0; i < count; i++) {
        double m = relative_entropy_mixed(weight, x[i], y[i]);
        double log_ratio = relative_entropy_log_ratio(x[i], m, (1 - weight) * (y[i] - x[i]));
        result[i] = derivative(weight, logits, x[i], log_ratio);
    }
}

static INSTRUCTION_SETS void gradient_of_logarithms(const void *context, size_t count, const double *p,
                                                    const double *q, double *result) {
    const struct gradient_settings *settings = context;
    bool by_p = settings->variable == GRADIENT_P || settings->variable == GRADIENT_P_LOGITS;
    bool logits = settings->variable == GRADIENT_P_LOGITS || settings->variable == GRADIENT_Q_LOGITS;
    double weight = by_p ? 1 - settings->weight : settings->weight;
    const double *x = by_p ? p : q, *y = by_p ? q : p;
    for (size_t i = 0; i < count; i++) {
        double d = relative_entropy_log_ratio_of_logs(y[i], x[i]);
        result[i] =
            derivative(weight, logits, elementary_exp(x[i]), -relative_entropy_log_mixture(d, 1 - weight));
    }
}

void jensen_shannon_gradient(const struct divergence_rows *rows, double weight,
                             enum divergence_gradient variable, double temperature, double *result) {
    struct gradient_settings settings = {weight, variable};
    divergence_kernel *kernel = weight == 0 || weight == 1            ? kernel_zero
                                : divergence_rows_in_logarithms(rows) ? gradient_of_logarithms
                                                                      : gradient_of_probabilities;
    divergence_rows_gradient(rows, kernel, &settings, variable, temperature, result);
}
