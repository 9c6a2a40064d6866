#include "divergence/distillation_targets.h"

#include <math.h>

#include "divergence/relative_entropy.h"

/* log sum exp over all but one. */
static double log_rest(size_t count, const double *logs, size_t left_out) {
    double largest = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        if (i != left_out && logs[i] > largest)
            largest = logs[i];
    if (largest == -INFINITY)
        return largest;
    for (size_t i = 0; i < count; i++)
        sum += i != left_out ? exp(logs[i] - largest) : 0;
    return largest + log(sum);
}

/* p (log p - log q) - p + q of logarithms: not negative, and p and q do not matter where they sum to 1. */
static double divergence_term(double log_p, double log_q) {
    return relative_entropy_from_logs(log_p, log_q - log_p, exp(log_p), exp(log_q));
}

enum { DECOUPLED_ALPHA, DECOUPLED_BETA };

/* log(1 - p_y) comes from the other classes, as 1 - p_y may have lost all its digits. */
static double decoupled(const struct distillation_term *term, const struct distillation_row *row,
                        double *gradient) {
    size_t y = row->label;
    double t = row->temperature, alpha = term->keys[DECOUPLED_ALPHA], beta = term->keys[DECOUPLED_BETA];
    double rest_p = log_rest(row->columns, row->log_p, y), rest_q = log_rest(row->columns, row->log_q, y);
    double target = divergence_term(row->log_p[y], row->log_q[y]) + divergence_term(rest_p, rest_q);
    double others = 0;
    for (size_t i = 0; i < row->columns; i++) {
        if (i == y)
            continue;
        /* A teacher that is certain of the label says nothing of the rest. */
        double log_p = rest_p > -INFINITY ? row->log_p[i] - rest_p : row->log_q[i] - rest_q;
        double log_q = row->log_q[i] - rest_q;
        others += divergence_term(log_p, log_q);
        if (gradient != NULL)
            gradient[i] =
                t * (alpha * (row->p[y] - row->q[y]) * exp(log_q) + beta * (exp(log_q) - exp(log_p)));
    }
    if (gradient != NULL)
        gradient[y] = t * alpha * (row->q[y] - row->p[y]);
    return t * t * (alpha * target + beta * others);
}

enum { ENHANCED_GAMMA, ENHANCED_SCOPE };

static double enhanced(const struct distillation_term *term, const struct distillation_row *row,
                       double *gradient) {
    double gamma = term->keys[ENHANCED_GAMMA], value = 0, total = 0;
    bool all = term->keys[ENHANCED_SCOPE] == 1;
    for (size_t i = 0; i < row->columns; i++) {
        double weight = i == row->label ? expm1(gamma * log1p(row->p[i]))
                        : all           ? pow(row->p[i], gamma)
                                        : row->p[i];
        value -= weight * row->log_q[i];
        total += weight;
        row->scratch[i] = weight;
    }
    for (size_t i = 0; gradient != NULL && i < row->columns; i++)
        gradient[i] = (total * row->q[i] - row->scratch[i]) / row->temperature;
    return value;
}

/* The k-th largest of count values, by Hoare's selection; their order is lost. */
static double select_largest(size_t count, double *values, size_t k) {
    size_t low = 0, high = count - 1, wanted = k - 1;
    while (low < high) {
        double pivot = values[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;; i++, j--) {
            while (values[i] > pivot)
                i++;
            while (values[j] < pivot)
                j--;
            if (i >= j)
                break;
            double kept = values[i];
            values[i] = values[j];
            values[j] = kept;
        }
        if (wanted <= j)
            high = j;
        else
            low = j + 1;
    }
    return values[low];
}

/* Marks the k largest of the teacher's logits with 1, the others with 0. */
static void mark_largest(const struct distillation_row *row, size_t k, double *marks) {
    size_t room = k;
    for (size_t i = 0; i < row->columns; i++)
        marks[i] = row->teacher[i];
    double least = select_largest(row->columns, marks, k);
    for (size_t i = 0; i < row->columns; i++)
        room -= row->teacher[i] > least;
    for (size_t i = 0; i < row->columns; i++) {
        bool tie = row->teacher[i] == least && room > 0;
        room -= tie;
        marks[i] = row->teacher[i] > least || tie ? 1 : 0;
    }
}

static double log_marked(size_t count, const double *logs, const double *marks) {
    double largest = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        if (marks[i] > 0 && logs[i] > largest)
            largest = logs[i];
    for (size_t i = 0; i < count; i++)
        sum += marks[i] > 0 ? exp(logs[i] - largest) : 0;
    return sum > 0 ? largest + log(sum) : largest;
}

enum { TOP_K, TOP_RENORMALIZE };

static double top(const struct distillation_term *term, const struct distillation_row *row,
                  double *gradient) {
    size_t k = term->keys[TOP_K] < (double)row->columns ? (size_t)term->keys[TOP_K] : row->columns;
    bool renormalize = term->keys[TOP_RENORMALIZE] == 1;
    double t = row->temperature, value = 0, mass = 0;
    mark_largest(row, k, row->scratch);
    double kept_p = renormalize ? log_marked(row->columns, row->log_p, row->scratch) : 0;
    double kept_q = renormalize ? log_marked(row->columns, row->log_q, row->scratch) : 0;
    for (size_t i = 0; i < row->columns; i++) {
        if (row->scratch[i] == 0)
            continue;
        double log_p = row->log_p[i] - kept_p, log_q = row->log_q[i] - kept_q, p = exp(log_p);
        if (renormalize)
            value += divergence_term(log_p, log_q);
        else if (log_p > -INFINITY)
            value += p * (log_p - log_q);
        mass += p;
    }
    for (size_t i = 0; gradient != NULL && i < row->columns; i++) {
        double marked = row->scratch[i];
        double q = marked > 0 || !renormalize ? exp(row->log_q[i] - kept_q) : 0;
        gradient[i] = t * (mass * q - (marked > 0 ? exp(row->log_p[i] - kept_p) : 0));
    }
    return t * t * value;
}

enum { PAIR = DISTILLATION_TEACHER | DISTILLATION_LOGITS };

const struct distillation_kind distillation_targets_dkd = {
    .name = "dkd",
    .needs = PAIR | DISTILLATION_LABELS,
    .row = decoupled,
    .keys = {{.name = "alpha", .value = 1, .high = INFINITY}, {.name = "beta", .value = 8, .high = INFINITY}},
};

static const char *const scopes[] = {"target", "all", NULL};

const struct distillation_kind distillation_targets_ofa = {
    .name = "ofa",
    .needs = PAIR | DISTILLATION_LABELS,
    .row = enhanced,
    .temperature = 1,
    .keys = {{.name = "gamma", .value = 1.5, .high = INFINITY, .low_open = true},
             {.name = "scope", .words = scopes}},
};

const struct distillation_kind distillation_targets_kl_top = {
    .name = "kl-top",
    .needs = PAIR,
    .row = top,
    .keys = {{.name = "k", .value = 1000, .low = 1, .high = 1e15, .whole = true},
             {.name = "renormalize", .value = 1, .high = 1, .whole = true}},
};
