#include "divergence/distillation_rows.h"

#include <math.h>

#include "base/instruction_sets.h"
#include "divergence/relative_entropy.h"

/* sum p (log p - log q) - p + q, whose terms are not negative; inf where q is 0 and p is not. */
INSTRUCTION_SETS static double divergence(size_t count, const double *p, const double *log_p, const double *q,
                                          const double *log_q) {
    enum { EIGHT = 8 }; /* fixed lanes, for the same bytes on every instruction set */
    double sums[EIGHT] = {0};
    size_t i = 0;
    for (; i + EIGHT <= count; i += EIGHT)
#pragma omp simd
        for (size_t k = 0; k < EIGHT; k++)
            sums[k] +=
                relative_entropy_from_logs(log_p[i + k], log_q[i + k] - log_p[i + k], p[i + k], q[i + k]);
    for (size_t k = 0; i + k < count; k++)
        sums[k] += relative_entropy_from_logs(log_p[i + k], log_q[i + k] - log_p[i + k], p[i + k], q[i + k]);
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

static double cross_entropy(const struct distillation_term *term, const struct distillation_row *row,
                            double *gradient) {
    double smoothing = term->keys[0];
    double even = smoothing / (double)row->columns;
    double value = -(1 - smoothing) * row->log_q[row->label];
    for (size_t i = 0; smoothing > 0 && i < row->columns; i++)
        value -= even * row->log_q[i];
    if (gradient == NULL)
        return value;
    for (size_t i = 0; i < row->columns; i++)
        gradient[i] = row->q[i] - even;
    gradient[row->label] -= 1 - smoothing;
    return value;
}

/* gradient = factor (q - p) */
static void forward_gradient(const struct distillation_row *row, double factor, double *gradient) {
    for (size_t i = 0; i < row->columns; i++)
        gradient[i] = factor * (row->q[i] - row->p[i]);
}

/* gradient = factor J(log q - log p) */
static void reverse_gradient(const struct distillation_row *row, double factor, double *gradient) {
    for (size_t i = 0; i < row->columns; i++)
        gradient[i] = row->log_q[i] - row->log_p[i];
    distillation_term_through_softmax(row->columns, row->q, gradient, factor, gradient);
}

static double forward(const struct distillation_term *term, const struct distillation_row *row,
                      double *gradient) {
    double t = row->temperature;
    (void)term;
    if (gradient != NULL)
        forward_gradient(row, t, gradient);
    return t * t * divergence(row->columns, row->p, row->log_p, row->q, row->log_q);
}

static double reverse(const struct distillation_term *term, const struct distillation_row *row,
                      double *gradient) {
    double t = row->temperature;
    (void)term;
    if (gradient != NULL)
        reverse_gradient(row, t, gradient);
    return t * t * divergence(row->columns, row->q, row->log_q, row->p, row->log_p);
}

/* a KL(p, q) + b KL(q, p), times t^2. */
static double both(const struct distillation_row *row, double a, double b, double *gradient) {
    double t = row->temperature;
    double value = a * divergence(row->columns, row->p, row->log_p, row->q, row->log_q) +
                   b * divergence(row->columns, row->q, row->log_q, row->p, row->log_p);
    if (gradient != NULL) {
        reverse_gradient(row, t * b, gradient);
        for (size_t i = 0; i < row->columns; i++)
            gradient[i] += t * a * (row->q[i] - row->p[i]);
    }
    return t * t * value;
}

static double jeffreys(const struct distillation_term *term, const struct distillation_row *row,
                       double *gradient) {
    (void)term;
    return both(row, 0.5, 0.5, gradient);
}

static double jensen_shannon(const struct distillation_term *term, const struct distillation_row *row,
                             double *gradient) {
    double t = row->temperature, sum = 0;
    (void)term;
    for (size_t i = 0; i < row->columns; i++) {
        double p = row->p[i], q = row->q[i], middle = p + (q - p) / 2;
        sum += relative_entropy(p, middle, (q - p) / 2) + relative_entropy(q, middle, (p - q) / 2);
        if (gradient != NULL)
            gradient[i] = q > 0 ? row->log_q[i] - log(middle) : 0;
    }
    if (gradient != NULL)
        distillation_term_through_softmax(row->columns, row->q, gradient, t / 2, gradient);
    return t * t * sum / 2;
}

static double total_variation(const struct distillation_term *term, const struct distillation_row *row,
                              double *gradient) {
    double sum = 0;
    (void)term;
    for (size_t i = 0; i < row->columns; i++)
        sum += fabs(row->p[i] - row->q[i]);
    if (gradient == NULL)
        return sum / 2;
    for (size_t i = 0; i < row->columns; i++)
        gradient[i] = (double)((row->q[i] > row->p[i]) - (row->q[i] < row->p[i])) / 2;
    distillation_term_through_softmax(row->columns, row->q, gradient, 1 / row->temperature, gradient);
    return sum / 2;
}

static double logit_squares(const struct distillation_term *term, const struct distillation_row *row,
                            double *gradient) {
    double sum = 0, scale = 1 / (double)row->columns;
    (void)term;
    for (size_t i = 0; i < row->columns; i++) {
        double difference = row->student[i] - row->teacher[i];
        sum += difference * difference;
        if (gradient != NULL)
            gradient[i] = 2 * scale * difference;
    }
    return sum * scale;
}

static double entropy(size_t count, const double *p, const double *log_p) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum -= p[i] > 0 ? p[i] * log_p[i] : 0;
    return sum;
}

enum { BALANCED_EMPHASIS, BALANCED_GATE, BALANCED_SLOPE };

static double balanced(const struct distillation_term *term, const struct distillation_row *row,
                       double *gradient) {
    double gap = entropy(row->columns, row->q, row->log_q) - entropy(row->columns, row->p, row->log_p);
    double more = term->keys[BALANCED_EMPHASIS] - 1;
    double gate =
        term->keys[BALANCED_GATE] == 0 ? (gap > 0 ? 1 : 0) : 1 / (1 + exp(-term->keys[BALANCED_SLOPE] * gap));
    return both(row, 1 + more * (1 - gate), 1 + more * gate, gradient);
}

enum { PAIR = DISTILLATION_TEACHER | DISTILLATION_LOGITS };

const struct distillation_kind distillation_rows_ce = {
    .name = "ce",
    .needs = DISTILLATION_LABELS | DISTILLATION_LOGITS | DISTILLATION_UNTEMPERED,
    .row = cross_entropy,
    .keys = {{.name = "smoothing", .high = 1}},
};
const struct distillation_kind distillation_rows_kl = {.name = "kl", .needs = PAIR, .row = forward};
const struct distillation_kind distillation_rows_rkl = {.name = "rkl", .needs = PAIR, .row = reverse};
const struct distillation_kind distillation_rows_js = {.name = "js", .needs = PAIR, .row = jensen_shannon};
const struct distillation_kind distillation_rows_tv = {.name = "tv", .needs = PAIR, .row = total_variation};
const struct distillation_kind distillation_rows_jeffreys = {
    .name = "jeffreys", .needs = PAIR, .row = jeffreys};
const struct distillation_kind distillation_rows_logit_mse = {
    .name = "logit-mse", .needs = PAIR | DISTILLATION_UNTEMPERED, .row = logit_squares};

static const char *const gates[] = {"hard", "soft", NULL};

const struct distillation_kind distillation_rows_bdkd = {
    .name = "bdkd",
    .needs = PAIR,
    .row = balanced,
    .keys = {{.name = "emphasis", .value = 2, .low = 1, .high = INFINITY},
             {.name = "gate", .words = gates},
             {.name = "slope", .value = 1, .high = INFINITY}},
};
