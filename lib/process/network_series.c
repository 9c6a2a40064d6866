#include "process/network_series.h"

#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"

enum {
    WIDTH = NETWORK_DUAL_WIDTH,
    TERMS = NETWORK_SERIES_TERMS,
    ORDERS = NETWORK_SERIES_ORDERS,
    NODES = NETWORK_SERIES_NODES,
    PADDED_NODES = NODES + 7,
};

#define REACH 9.0
#define LEFT 1e-14 /* of E[act^2] */
#define INVERSE_ROOT_TWO_PI 0.39894228040143267794

size_t network_series_room(size_t orders) {
    return orders * TERMS * WIDTH;
}

/* Nodes, two Hermite polynomials, the orders of act. */
size_t network_series_work_room(void) {
    return (size_t)(3 + ORDERS) * PADDED_NODES;
}

/* y = tanh z: y' = 1 - y^2. */
static void hyperbolic_tangent(double z, double *values) {
    double y = tanh(z), e = exp(-2 * fabs(z));
    values[0] = y;
    values[1] = 4 * e / ((1 + e) * (1 + e)); /* 1 - y^2, which cancels */
    values[2] = -2 * y * values[1];
    values[3] = -2 * (values[1] * values[1] + y * values[2]);
    values[4] = -6 * values[1] * values[2] - 2 * y * values[3];
}

/* 1/(1 + e^-z) = (1 + tanh(z/2))/2 */
static void logistic(double z, double *values) {
    hyperbolic_tangent(z / 2, values);
    values[0] = z < 0 ? exp(z) / (1 + exp(z)) : 1 / (1 + exp(-z));
    double factor = 0.5;
    for (size_t o = 1; o < ORDERS; o++)
        values[o] *= factor *= 0.5;
}

/* log(1 + e^z), whose derivative is the logistic function. */
static void softplus(double z, double *values) {
    double inner[ORDERS];
    logistic(z, inner);
    values[0] = fmax(z, 0) + log1p(exp(-fabs(z)));
    memcpy(values + 1, inner, (ORDERS - 1) * sizeof *values);
}

/* z Phi(z) */
static void gelu(double z, double *values) {
    double density = INVERSE_ROOT_TWO_PI * exp(-z * z / 2), below = 0.5 * erfc(-z * M_SQRT1_2), s = z * z;
    values[0] = z * below;
    values[1] = below + z * density;
    values[2] = (2 - s) * density;
    values[3] = (s - 4) * z * density;
    values[4] = ((7 - s) * s - 4) * density;
}

void network_series_activation(enum network_dual_activation activation, double z, double values[ORDERS]) {
    if (activation == NETWORK_DUAL_TANH)
        hyperbolic_tangent(z, values);
    else if (activation == NETWORK_DUAL_SIGMOID)
        logistic(z, values);
    else if (activation == NETWORK_DUAL_SOFTPLUS)
        softplus(z, values);
    else
        gelu(z, values);
}

/* The 64 rows' coefficients of a term. */
static double *term_of(const struct network_series *series, size_t order, size_t k) {
    return series->coefficients + (order * series->capacity + k) * WIDTH;
}

size_t network_series_longest(const struct network_series *series) {
    size_t longest = 0;
    for (size_t i = 0; i < series->rows; i++)
        longest = series->terms[i] > longest ? series->terms[i] : longest;
    return longest;
}

/* The rule for one row. */
struct rule {
    size_t nodes; /* a multiple of eight; the last have weight 0 */
    double *x, *earlier, *present;
    double *weighted[ORDERS]; /* act^(o)(sqrt(q) x) times the weight of the node */
};

INSTRUCTION_SETS static double sum_of_products(size_t count, const double *a, const double *b) {
    double lanes[8] = {0}, sum = 0;
    for (size_t i = 0; i < count; i += 8)
#pragma omp simd
        for (size_t lane = 0; lane < 8; lane++)
            lanes[lane] += a[i + lane] * b[i + lane];
    for (size_t lane = 0; lane < 8; lane++)
        sum += lanes[lane];
    return sum;
}

/* Where the i-th of half nodes on one side lies, and the width it stands for. With all of the nodes that
 * there is room for, and act steeper at 0 than their distance shows, x = sinh(t)/root in equal steps of t:
 * act sees sinh(t), whatever root, and x^2 remains what the weight sees. */
struct spacing {
    double root, step;
    bool stretched;
};

static struct spacing choose_spacing(double q, size_t *half) {
    struct spacing spacing = {.root = sqrt(q)};
    double step = fmin(0.1, 0.3 / spacing.root);
    spacing.stretched = ceil(REACH / step) > NODES / 2;
    *half = spacing.stretched ? NODES / 2 : (size_t)ceil(REACH / step);
    spacing.step = (spacing.stretched ? asinh(REACH * spacing.root) : REACH) / (double)*half;
    return spacing;
}

static double node_at(const struct spacing *spacing, double i, double *width) {
    double t = i * spacing->step;
    *width = spacing->stretched ? spacing->step * cosh(t) / spacing->root : spacing->step;
    return spacing->stretched ? sinh(t) / spacing->root : t;
}

/* Lays out nodes and weighted values, and takes the sums that need no polynomial. */
static void fill_rule(struct network_series *series, enum network_dual_activation activation, size_t row,
                      double q, double *work, struct rule *rule) {
    size_t half;
    struct spacing spacing = choose_spacing(q, &half);
    rule->nodes = (2 * half + 1 + 7) / 8 * 8;
    rule->x = work;
    rule->earlier = work + PADDED_NODES;
    rule->present = work + 2 * PADDED_NODES;
    for (size_t o = 0; o < series->orders; o++) {
        rule->weighted[o] = work + (3 + o) * PADDED_NODES;
        series->squares[o][row] = 0;
    }
    series->bends[row] = 0;
    for (size_t i = 0; i < rule->nodes; i++) {
        double width, values[ORDERS], x = node_at(&spacing, (double)i - (double)half, &width);
        double weight = i <= 2 * half ? width * INVERSE_ROOT_TWO_PI * exp(-x * x / 2) : 0;
        network_series_activation(activation, spacing.root * x, values);
        rule->x[i] = x;
        rule->earlier[i] = 0;
        rule->present[i] = 1;
        for (size_t o = 0; o < series->orders; o++) {
            rule->weighted[o][i] = weight * values[o];
            series->squares[o][row] += weight * values[o] * values[o];
        }
        if (series->orders > 2)
            series->bends[row] += weight * values[0] * values[2];
    }
}

/* h_(k+1) = (x h_k - sqrt k h_(k-1)) / sqrt(k+1), in the place of h_(k-1). */
INSTRUCTION_SETS static void next_polynomial(size_t k, size_t nodes, const double *x, const double *present,
                                             double *earlier) {
    double root = sqrt((double)k), inverse = 1 / sqrt((double)k + 1);
#pragma omp simd
    for (size_t i = 0; i < nodes; i++)
        earlier[i] = (x[i] * present[i] - root * earlier[i]) * inverse;
}

/* The last coefficient stands for all that is left. */
static void find_row(struct network_series *series, struct rule *rule, size_t row) {
    double left[ORDERS];
    for (size_t o = 0; o < series->orders; o++)
        left[o] = series->squares[o][row];
    bool more = true;
    for (size_t k = 0; more; k++) {
        more = false;
        for (size_t o = 0; o < series->orders; o++) {
            double a = sum_of_products(rule->nodes, rule->weighted[o], rule->present);
            term_of(series, o, k)[row] = a;
            left[o] -= a * a;
            more = more || left[o] > LEFT * series->squares[o][row];
        }
        more = more && k + 1 < TERMS;
        series->terms[row] = k + 1;
        next_polynomial(k, rule->nodes, rule->x, rule->present, rule->earlier);
        double *swapped = rule->earlier;
        rule->earlier = rule->present;
        rule->present = swapped;
    }
    for (size_t o = 0; o < series->orders; o++) {
        double *last = &term_of(series, o, series->terms[row] - 1)[row];
        *last = copysign(sqrt(fmax(left[o] + *last * *last, 0)), *last);
    }
}

void network_series_find(struct network_series *series, enum network_dual_activation activation,
                         size_t orders, size_t rows, const double *q, double *coefficients, double *work) {
    series->rows = rows;
    series->orders = orders;
    series->capacity = TERMS;
    series->coefficients = coefficients;
    memset(coefficients, 0, network_series_room(orders) * sizeof *coefficients);
    for (size_t row = 0; row < rows; row++) {
        struct rule rule;
        fill_rule(series, activation, row, q[row], work, &rule);
        find_row(series, &rule, row);
    }
}

/* sums_j += factor a_j power_j */
ALWAYS_INLINE void add_term(double factor, const double *a, const double *power, double *sums) {
#pragma omp simd
    for (size_t j = 0; j < WIDTH; j++)
        sums[j] += factor * a[j] * power[j];
}

/* Terms behind the end of either are 0. */
INSTRUCTION_SETS static void add_series(const struct network_series *x, size_t i,
                                        const struct network_series *y, const double *rho,
                                        struct network_dual *dual) {
    double power[WIDTH];
    for (size_t j = 0; j < WIDTH; j++)
        power[j] = 1;
    for (size_t k = 0; k < x->terms[i] && k < y->capacity; k++) {
        double a[ORDERS];
        const double *b[ORDERS];
        for (size_t o = 0; o < x->orders; o++) {
            a[o] = x->coefficients[(o * x->capacity + k) * WIDTH + i];
            b[o] = y->coefficients + (o * y->capacity + k) * WIDTH;
        }
        add_term(a[0], b[0], power, dual->e);
        if (x->orders > 1)
            add_term(a[1], b[1], power, dual->d);
        if (x->orders > 3) {
            add_term(0.5 * a[2], b[0], power, dual->e_q1);
            add_term(0.5 * a[0], b[2], power, dual->e_q2);
            add_term(a[2], b[2], power, dual->d_c);
            add_term(0.5 * a[3], b[1], power, dual->d_q1);
            add_term(0.5 * a[1], b[3], power, dual->d_q2);
        }
#pragma omp simd
        for (size_t j = 0; j < WIDTH; j++)
            power[j] *= rho[j];
    }
}

void network_series_dual(const struct network_series *x, size_t i, const double *q1,
                         const struct network_series *y, const double *q2, const double *c,
                         struct network_dual *dual) {
    double rho[WIDTH];
    *dual = (struct network_dual){.d = {0}};
    for (size_t j = 0; j < WIDTH; j++) {
        double n = sqrt(q1[i] * q2[j]);
        rho[j] = n > 0 ? fmax(-1, fmin(1, c[j] / n)) : 0;
    }
    add_series(x, i, y, rho, dual);
    for (size_t j = 0; j < WIDTH; j++)
        if (c[j] == q1[i] && c[j] == q2[j]) {
            dual->e[j] = x->squares[0][i];
            dual->d[j] = x->orders > 1 ? x->squares[1][i] : 0;
        }
}

void network_series_diagonal(const struct network_series *series, struct network_dual *dual) {
    *dual = (struct network_dual){.d = {0}};
    for (size_t i = 0; i < series->rows; i++) {
        dual->e[i] = series->squares[0][i];
        dual->d[i] = series->orders > 1 ? series->squares[1][i] : 0;
        dual->e_q1[i] = dual->e_q2[i] = 0.5 * series->bends[i];
    }
}
