#include "process/covariance_states.h"

#include <math.h>
#include <string.h>

#include "process/covariance_kernel.h"

enum { STRIDE = COVARIANCE_STATES_MAX, ORDER_MAX = 3 };

/* By order: N, P_inf and q of unit variance and rate. */
static const double nilpotent[ORDER_MAX][ORDER_MAX][ORDER_MAX] = {
    {{0}},
    {{1, 1}, {-1, -1}},
    {{1, 1, 0}, {0, 1, 1}, {-1, -3, -2}},
};
static const double stationary[ORDER_MAX][ORDER_MAX][ORDER_MAX] = {
    {{1}},
    {{1, 0}, {0, 1}},
    {{1, 0, -1.0 / 3}, {0, 1.0 / 3, 0}, {-1.0 / 3, 0, 1}},
};
static const double intensity[ORDER_MAX] = {2, 4, 16.0 / 3};

static bool read_leaf(struct covariance_states *states, const struct covariance_node *leaf, double scale) {
    double nu = leaf->settings[0];
    if (strcmp(leaf->kernel->name, "matern") != 0 || (nu != 0.5 && nu != 1.5 && nu != 2.5) ||
        leaf->parameter_count != 2 || states->term_count == COVARIANCE_STATES_TERMS)
        return false;
    size_t order = (size_t)(nu + 0.5);
    if (states->order + order > COVARIANCE_STATES_MAX)
        return false;
    states->terms[states->term_count++] = (struct covariance_states_term){
        states->order, order, leaf->first_parameter, leaf->first_parameter + 1, scale};
    states->order += order;
    return true;
}

/* A leaf, or numbers times a leaf. */
static bool read_term(struct covariance_states *states, int at) {
    const struct covariance_node *nodes = states->covariance->nodes, *leaf = NULL;
    double scale = 1;
    if (nodes[at].kind == COVARIANCE_LEAF)
        return read_leaf(states, &nodes[at], 1);
    if (nodes[at].kind != COVARIANCE_PRODUCT)
        return false;
    for (int child = nodes[at].first_child; child != COVARIANCE_NONE; child = nodes[child].next_sibling) {
        if (nodes[child].kind == COVARIANCE_NUMBER)
            scale *= nodes[child].number;
        else if (nodes[child].kind == COVARIANCE_LEAF && leaf == NULL)
            leaf = &nodes[child];
        else
            return false;
    }
    return leaf != NULL && scale > 0 && read_leaf(states, leaf, scale);
}

bool covariance_states_read(struct covariance_states *states, const struct covariance *covariance) {
    const struct covariance_node *root = &covariance->nodes[covariance->root];
    *states = (struct covariance_states){.covariance = covariance};
    if (covariance->inputs != 1)
        return false;
    if (root->kind != COVARIANCE_SUM)
        return read_term(states, covariance->root);
    for (int child = root->first_child; child != COVARIANCE_NONE;
         child = covariance->nodes[child].next_sibling)
        if (!read_term(states, child))
            return false;
    return true;
}

static double variance_of(const struct covariance_states *states, const struct covariance_states_term *term) {
    return term->scale * states->covariance->parameters[term->variance].value;
}

static double rate_of(const struct covariance_states *states, const struct covariance_states_term *term) {
    return sqrt((double)(2 * term->order - 1)) / states->covariance->parameters[term->lengthscale].value;
}

double covariance_states_rate(const struct covariance_states *states, size_t term) {
    return rate_of(states, &states->terms[term]);
}

/* int_0^t s^k e^-2s ds for k = 0 .. 4. The highest by a series of positive terms and the others down from
 * it, nothing cancelling; far out up from the lowest. */
static void integrals(double t, double *integral) {
    double decay = exp(-2 * t);
    if (t > 12) {
        double power = 1;
        integral[0] = -0.5 * expm1(-2 * t);
        for (int k = 1; k <= 4; k++) {
            power = isfinite(t) && decay > 0 ? power * t : 0;
            integral[k] = 0.5 * (k * integral[k - 1] - power * decay);
        }
        return;
    }
    double term = 1.0 / 5, sum = term;
    for (int j = 6; term > 1e-17 * sum; j++) {
        term *= 2 * t / j;
        sum += term;
    }
    integral[4] = t * t * t * t * t * decay * sum;
    double power = t * t * t * t * decay;
    for (int k = 4; k > 0; k--) {
        integral[k - 1] = (2 * integral[k] + power) / k;
        power = t > 0 ? power / t : 0;
    }
    integral[0] = -0.5 * expm1(-2 * t);
}

/* w(s), the last column of exp(N s), as polynomials: coefficients of 1, s, s^2. */
static void last_column(size_t order, double w[ORDER_MAX][ORDER_MAX]) {
    static const double columns[ORDER_MAX][ORDER_MAX][ORDER_MAX] = {
        {{1, 0, 0}},
        {{0, 1, 0}, {1, -1, 0}},
        {{0, 0, 0.5}, {0, 1, -0.5}, {1, -2, 0.5}},
    };
    memcpy(w, columns[order - 1], sizeof columns[0]);
}

/* e^-t exp(N t), and times F = N - I where the slope is wanted. */
static void transition(size_t order, double t, bool slope, double a[ORDER_MAX][ORDER_MAX]) {
    const double(*n)[ORDER_MAX] = nilpotent[order - 1];
    double decay = exp(-t);
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j < order; j++) {
            double square = 0, identity = i == j;
            for (size_t k = 0; k < order; k++)
                square += n[i][k] * n[k][j];
            /* d/dt: -A + e^-t (N + N^2 t) */
            double value = decay > 0 ? identity + t * n[i][j] + 0.5 * t * t * square : 0;
            double rise = decay > 0 ? n[i][j] + t * square : 0;
            a[i][j] = decay * (slope ? rise - value : value);
        }
}

void covariance_states_step(const struct covariance_states *states, double d, double *a, double *q) {
    memset(a, 0, COVARIANCE_STATES_AREA * sizeof *a);
    memset(q, 0, COVARIANCE_STATES_AREA * sizeof *q);
    for (size_t k = 0; k < states->term_count; k++) {
        const struct covariance_states_term *term = &states->terms[k];
        double t = d * rate_of(states, term), own[ORDER_MAX][ORDER_MAX], w[ORDER_MAX][ORDER_MAX], integral[5];
        double factor = variance_of(states, term) * intensity[term->order - 1];
        transition(term->order, t, false, own);
        last_column(term->order, w);
        integrals(t, integral);
        for (size_t i = 0; i < term->order; i++)
            for (size_t j = 0; j < term->order; j++) {
                size_t at = (term->first + i) * STRIDE + term->first + j;
                double sum = 0;
                for (size_t b = 0; b < term->order; b++)
                    for (size_t c = 0; c < term->order; c++)
                        sum += w[i][b] * w[j][c] * integral[b + c];
                a[at] = own[i][j];
                q[at] = factor * sum;
            }
    }
}

void covariance_states_step_slope(const struct covariance_states *states, size_t which, double d, double *a,
                                  double *q) {
    const struct covariance_states_term *term = &states->terms[which];
    double t = d * rate_of(states, term), own[ORDER_MAX][ORDER_MAX], w[ORDER_MAX][ORDER_MAX];
    double turn = -t / states->covariance->parameters[term->lengthscale].value; /* dt/dlengthscale */
    double factor = turn * variance_of(states, term) * intensity[term->order - 1] * exp(-2 * t);
    double values[ORDER_MAX] = {0};
    memset(a, 0, COVARIANCE_STATES_AREA * sizeof *a);
    memset(q, 0, COVARIANCE_STATES_AREA * sizeof *q);
    if (!(exp(-t) > 0)) /* forgotten: nothing moves, and powers of t may overflow */
        return;
    transition(term->order, t, true, own);
    last_column(term->order, w);
    for (size_t i = 0; i < term->order; i++)
        values[i] = w[i][0] + t * (w[i][1] + t * w[i][2]);
    for (size_t i = 0; i < term->order; i++)
        for (size_t j = 0; j < term->order; j++) {
            size_t at = (term->first + i) * STRIDE + term->first + j;
            a[at] = turn * own[i][j];
            q[at] = factor * values[i] * values[j];
        }
}

void covariance_states_prior(const struct covariance_states *states, double *p) {
    memset(p, 0, COVARIANCE_STATES_AREA * sizeof *p);
    for (size_t k = 0; k < states->term_count; k++) {
        const struct covariance_states_term *term = &states->terms[k];
        double variance = variance_of(states, term);
        for (size_t i = 0; i < term->order; i++)
            for (size_t j = 0; j < term->order; j++)
                p[(term->first + i) * STRIDE + term->first + j] =
                    variance * stationary[term->order - 1][i][j];
    }
}
