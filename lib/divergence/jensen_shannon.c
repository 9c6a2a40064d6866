#include "divergence/jensen_shannon.h"

#include "divergence/relative_entropy.h"
#include "num/vector.h"

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

/* log p, log m - log p, and p; or the same of q. */
struct side {
    const double *logarithms, *to_mixture, *probabilities;
};

static INSTRUCTION_SETS void logarithmic_terms(double weight, size_t count, const struct side *of_p,
                                               const struct side *of_q, double *terms) {
    const double *log_p = of_p->logarithms, *from_p = of_p->to_mixture, *p = of_p->probabilities;
    const double *log_q = of_q->logarithms, *from_q = of_q->to_mixture, *q = of_q->probabilities;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double m = (1 - weight) * p[i] + weight * q[i];
        terms[i] = (1 - weight) * relative_entropy_from_logs(log_p[i], from_p[i], p[i], m) +
                   weight * relative_entropy_from_logs(log_q[i], from_q[i], q[i], m);
    }
}

static void kernel_probabilities(const void *weight, size_t count, const double *p, const double *q,
                                 double *terms) {
    if (fast_terms(*(const double *)weight, count, p, q, terms))
        careful_terms(*(const double *)weight, count, p, q, terms);
}

static void kernel_logarithms(const void *context, size_t count, const double *log_p, const double *log_q,
                              double *terms) {
    double weight = *(const double *)context;
    double p[DIVERGENCE_ROWS_PIECE], q[DIVERGENCE_ROWS_PIECE];
    double from_p[DIVERGENCE_ROWS_PIECE], from_q[DIVERGENCE_ROWS_PIECE];
    vector_exp(count, log_p, p);
    vector_exp(count, log_q, q);
    relative_entropy_log_mixtures((struct relative_entropy_shares){1 - weight, weight}, count, log_p, log_q,
                                  from_p, from_q);
    logarithmic_terms(weight, count, &(struct side){log_p, from_p, p}, &(struct side){log_q, from_q, q},
                      terms);
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
    double less = weight < 0.5 ? weight : 1 - weight;
    double bound = -((1 - less) * elementary_log1p(-less) + less * elementary_log(less));
    for (size_t row = 0; row < rows->rows; row++)
        result[row] = result[row] > bound ? bound : result[row];
}

void jensen_shannon_terms(const struct divergence_rows *rows, double weight, double *result) {
    divergence_rows_terms(rows, choose_kernel(rows, weight), &weight, result);
}

struct gradient_settings {
    double weight;
    enum divergence_gradient variable;
    bool logarithms;
};

/* weight log(x / m), times x for logits. */
static void gradient_kernel(const void *context, size_t count, const double *p, const double *q,
                            double *result) {
    const struct gradient_settings *settings = context;
    bool by_p = settings->variable == GRADIENT_P || settings->variable == GRADIENT_P_LOGITS;
    double of_q = settings->weight, weight = by_p ? 1 - of_q : of_q;
    const struct relative_entropy_shares shares = {weight, by_p ? of_q : 1 - of_q};
    const double *x = by_p ? p : q, *y = by_p ? q : p;
    relative_entropy_log_ratios(shares, settings->logarithms, count, x, y, result);
    if (settings->variable == GRADIENT_P || settings->variable == GRADIENT_Q) {
        for (size_t i = 0; i < count; i++)
            result[i] = weight * result[i] + 0; /* not -0 */
        return;
    }
    double powers[DIVERGENCE_ROWS_PIECE];
    if (settings->logarithms) {
        vector_exp(count, x, powers);
        x = powers;
    }
    for (size_t i = 0; i < count; i++)
        result[i] = x[i] == 0 ? 0 : weight * (x[i] * result[i]);
}

void jensen_shannon_gradient(const struct divergence_rows *rows, double weight,
                             enum divergence_gradient variable, double temperature, double *result) {
    struct gradient_settings settings = {weight, variable, divergence_rows_in_logarithms(rows)};
    divergence_rows_gradient(rows, weight == 0 || weight == 1 ? kernel_zero : gradient_kernel, &settings,
                             variable, temperature, result);
}
