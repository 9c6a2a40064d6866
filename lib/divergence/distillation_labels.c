#include "divergence/distillation_labels.h"

#include <math.h>

static void clear(size_t count, double *gradient) {
    for (size_t i = 0; gradient != NULL && i < count; i++)
        gradient[i] = 0;
}

static double crammer_singer(const struct distillation_term *term, const struct distillation_row *row,
                             double *gradient) {
    size_t best = row->label;
    double largest = 0;
    for (size_t i = 0; i < row->columns; i++) {
        double gap = row->student[i] - row->student[row->label] + term->keys[0];
        if (i != row->label && gap > largest) {
            largest = gap;
            best = i;
        }
    }
    clear(row->columns, gradient);
    if (gradient != NULL && best != row->label) {
        gradient[best] = 1;
        gradient[row->label] = -1;
    }
    return largest;
}

static double weston_watkins(const struct distillation_term *term, const struct distillation_row *row,
                             double *gradient) {
    double sum = 0, share = 1 / (double)row->columns;
    clear(row->columns, gradient);
    for (size_t i = 0; i < row->columns; i++) {
        double gap = row->student[i] - row->student[row->label] + term->keys[0];
        if (i == row->label || gap <= 0)
            continue;
        sum += gap;
        if (gradient != NULL) {
            gradient[i] += share;
            gradient[row->label] -= share;
        }
    }
    return sum * share;
}

/* 1 - p_y without loss of digits, as the sum of the others. */
static double other_mass(const struct distillation_row *row) {
    double sum = 0;
    for (size_t i = 0; i < row->columns; i++)
        sum += i != row->label ? row->q[i] : 0;
    return sum;
}

/* gradient += factor d(1 - p_y)/dz = factor p_y (p - onehot) */
static void add_mass_gradient(const struct distillation_row *row, double factor, double *gradient) {
    double scale = factor * row->q[row->label];
    if (gradient == NULL)
        return;
    for (size_t i = 0; i < row->columns; i++)
        gradient[i] += scale * (i == row->label ? -other_mass(row) : row->q[i]);
}

static void add_entropy_gradient(const struct distillation_row *row, double factor, double *gradient) {
    if (gradient == NULL)
        return;
    for (size_t i = 0; i < row->columns; i++)
        gradient[i] += factor * (i == row->label ? -other_mass(row) : row->q[i]);
}

static double generalised(const struct distillation_term *term, const struct distillation_row *row,
                          double *gradient) {
    double q = term->keys[0], floor = term->keys[1], power = exp(q * row->log_q[row->label]);
    clear(row->columns, gradient);
    if (floor > 0 && row->q[row->label] <= floor)
        return (1 - pow(floor, q)) / q;
    add_entropy_gradient(row, power, gradient);
    return -expm1(q * row->log_q[row->label]) / q;
}

static double reverse_entropy(const struct distillation_term *term, const struct distillation_row *row,
                              double *gradient) {
    clear(row->columns, gradient);
    add_mass_gradient(row, term->keys[0], gradient);
    return term->keys[0] * other_mass(row);
}

static double symmetric(const struct distillation_term *term, const struct distillation_row *row,
                        double *gradient) {
    double balance = term->keys[0], a = term->keys[1];
    clear(row->columns, gradient);
    add_entropy_gradient(row, 1 - balance, gradient);
    add_mass_gradient(row, balance * a, gradient);
    return -(1 - balance) * row->log_q[row->label] + balance * a * other_mass(row);
}

/* With u = -ln p_y and S = -sum ln p_c, whose derivatives are p - onehot and C p - 1. */
static double normalised(const struct distillation_term *term, const struct distillation_row *row,
                         double *gradient) {
    double own = -row->log_q[row->label], sum = 0, count = (double)row->columns;
    (void)term;
    for (size_t i = 0; i < row->columns; i++)
        sum -= row->log_q[i];
    clear(row->columns, gradient);
    if (row->columns == 1)
        return 1;
    add_entropy_gradient(row, 1 / sum, gradient);
    for (size_t i = 0; gradient != NULL && i < row->columns; i++)
        gradient[i] -= own / sum / sum * (count * row->q[i] - 1);
    return own / sum;
}

static double absolute(const struct distillation_term *term, const struct distillation_row *row,
                       double *gradient) {
    (void)term;
    clear(row->columns, gradient);
    add_mass_gradient(row, 2, gradient);
    return 2 * other_mass(row);
}

static double squared(const struct distillation_term *term, const struct distillation_row *row,
                      double *gradient) {
    double rest = other_mass(row), sum = rest * rest;
    (void)term;
    for (size_t i = 0; i < row->columns; i++) {
        double difference = i == row->label ? -rest : row->q[i];
        sum += i == row->label ? 0 : difference * difference;
        if (gradient != NULL)
            gradient[i] = difference;
    }
    if (gradient != NULL)
        distillation_term_through_softmax(row->columns, row->q, gradient, 2, gradient);
    return sum;
}

static double robust_log(const struct distillation_term *term, const struct distillation_row *row,
                         double *gradient) {
    double a = term->keys[0], value = 0, share = row->columns > 1 ? 1 / (double)(row->columns - 1) : 0;
    for (size_t i = 0; i < row->columns; i++) {
        double factor = i == row->label ? -1 : share;
        value += factor * log(a + row->q[i]);
        if (gradient != NULL)
            gradient[i] = factor / (a + row->q[i]);
    }
    if (gradient != NULL)
        distillation_term_through_softmax(row->columns, row->q, gradient, 1, gradient);
    return value;
}

enum { LABELLED = DISTILLATION_LABELS | DISTILLATION_LOGITS | DISTILLATION_UNTEMPERED };

const struct distillation_kind distillation_labels_cs = {
    .name = "cs",
    .needs = LABELLED,
    .row = crammer_singer,
    .keys = {{.name = "margin", .value = 1, .low = -1e300, .high = 1e300}},
};
const struct distillation_kind distillation_labels_ww = {
    .name = "ww",
    .needs = LABELLED,
    .row = weston_watkins,
    .keys = {{.name = "margin", .value = 1, .low = -1e300, .high = 1e300}},
};
const struct distillation_kind distillation_labels_gce = {
    .name = "gce",
    .needs = LABELLED,
    .row = generalised,
    .keys = {{.name = "q", .value = 0.7, .high = 1, .low_open = true}, {.name = "k", .high = 1}},
};
const struct distillation_kind distillation_labels_sce = {
    .name = "sce",
    .needs = LABELLED,
    .row = symmetric,
    .keys = {{.name = "balance", .value = 0.5, .high = 1}, {.name = "a", .value = 4, .high = 1e300}},
};
const struct distillation_kind distillation_labels_nce = {
    .name = "nce", .needs = LABELLED, .row = normalised};
const struct distillation_kind distillation_labels_rce = {
    .name = "rce",
    .needs = LABELLED,
    .row = reverse_entropy,
    .keys = {{.name = "a", .value = 4, .high = 1e300}},
};
const struct distillation_kind distillation_labels_class_mae = {
    .name = "class-mae", .needs = LABELLED, .row = absolute};
const struct distillation_kind distillation_labels_class_mse = {
    .name = "class-mse", .needs = LABELLED, .row = squared};
const struct distillation_kind distillation_labels_rll = {
    .name = "rll",
    .needs = LABELLED,
    .row = robust_log,
    .keys = {{.name = "a", .value = 1, .high = 1e300, .low_open = true}},
};
