#include "divergence/distillation_robust.h"

#include <math.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "num/elementary.h"
#include "num/vector.h"

enum { SCORES_RAW, SCORES_L1, SCORES_SOFTPLUS };
enum { ROBUST_LAMBDA, ROBUST_MARGIN, ROBUST_SCORES, ROBUST_CAP, ROBUST_MARGINS };
enum { ADAPTIVE_ALPHA = ROBUST_CAP, ADAPTIVE_STEPS };

static double softplus(double z) {
    return z > 0 ? z + log1p(exp(-z)) : log1p(exp(z));
}

/* f, in place of scores; returns their divisor, the sum of sizes (1 where they are raw). nan: all are 0. */
static double take_scores(int kind, size_t count, const double *z, double *scores) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        scores[i] = kind == SCORES_SOFTPLUS ? softplus(z[i]) : z[i];
        sum += fabs(scores[i]);
    }
    if (kind == SCORES_RAW)
        return 1;
    for (size_t i = 0; i < count; i++)
        scores[i] *= (double)count / sum;
    return sum > 0 ? sum : NAN;
}

/* From the derivative in f, where it stands, to that in z. */
static void pull_scores(int kind, size_t count, const double *z, const double *scores, double sum,
                        double *gradient) {
    double along = 0;
    if (kind == SCORES_RAW)
        return;
    for (size_t i = 0; i < count; i++)
        along += gradient[i] * scores[i];
    for (size_t i = 0; i < count; i++) {
        double inner = kind == SCORES_L1 ? (double)((z[i] > 0) - (z[i] < 0)) : 1 / (1 + exp(-z[i]));
        double own = kind == SCORES_L1 ? 1 : inner;
        gradient[i] = ((double)count * gradient[i] * own - inner * along) / sum;
    }
}

/* The largest gap of those that are not capped yet, the label first among equals, then the lowest class. */
static size_t next_largest(size_t count, const double *gaps, size_t label, const double *weights) {
    size_t best = count;
    if (weights[label] < 0)
        best = label;
    for (size_t i = 0; i < count; i++)
        if (weights[i] < 0 && (best == count || gaps[i] > gaps[best]))
            best = i;
    return best;
}

/* Shares `mass` among the entries below 0 by softmax(gaps / lambda); returns the largest of the shares. */
static double share(size_t count, const double *gaps, double lambda, double mass, double largest,
                    const double *weights, double *shares) {
    double sum = 0, most = 0;
    for (size_t i = 0; i < count; i++) {
        shares[i] = weights[i] < 0 ? exp((gaps[i] - largest) / lambda) : 0;
        sum += shares[i];
    }
    for (size_t i = 0; i < count; i++) {
        shares[i] *= mass / sum;
        most = shares[i] > most ? shares[i] : most;
    }
    return most;
}

/* The maximiser w under w_k <= cap: the m largest gaps at the cap, m the least for which the rest obeys it.
 * scratch: count. */
static void find_weights(size_t count, const double *gaps, size_t label, double lambda, double cap,
                         double *weights, double *scratch) {
    double mass = 1;
    for (size_t i = 0; i < count; i++)
        weights[i] = -1;
    for (;;) {
        size_t next = next_largest(count, gaps, label, weights);
        if (next == count)
            return;
        if (lambda > 0 && share(count, gaps, lambda, mass, gaps[next], weights, scratch) <= cap * (1 + 1e-15))
            break;
        weights[next] = mass < cap ? mass : cap;
        mass = mass > cap ? mass - cap : 0;
    }
    for (size_t i = 0; i < count; i++)
        weights[i] = weights[i] < 0 ? scratch[i] : weights[i];
}

static double divergence_from_uniform(size_t count, const double *weights) {
    double sum = log((double)count);
    for (size_t i = 0; i < count; i++)
        sum += weights[i] > 0 ? weights[i] * log(weights[i]) : 0;
    return sum;
}

/* lambda ln((1/C) sum e^(d / lambda)) */
static double soft_maximum(size_t count, const double *gaps, double lambda) {
    double largest = gaps[0], sum = 0;
    for (size_t i = 1; i < count; i++)
        largest = gaps[i] > largest ? gaps[i] : largest;
    for (size_t i = 0; i < count; i++)
        sum += exp((gaps[i] - largest) / lambda);
    return largest + lambda * log(sum / (double)count);
}

static double value_at(size_t count, const double *gaps, double lambda, double cap, const double *weights) {
    if (lambda > 0 && isfinite(lambda) && cap >= 1)
        return soft_maximum(count, gaps, lambda);
    double value = vector_plain_dot(count, weights, gaps);
    return lambda > 0 && isfinite(lambda) ? value - lambda * divergence_from_uniform(count, weights) : value;
}

/* KL(w | 1/C) of w = softmax(gaps / lambda): sum w_k (d_k - max d) / lambda - ln(Z / C). Two rooms. */
INSTRUCTION_SETS static double softmax_divergence(size_t count, const double *gaps, double lambda,
                                                  double largest, double *exponents, double *scratch) {
    double sum = 0, along = 0;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        exponents[i] = (gaps[i] - largest) / lambda;
        scratch[i] = elementary_exp(exponents[i]);
    }
    for (size_t i = 0; i < count; i++) {
        sum += scratch[i];
        along += scratch[i] > 0 ? scratch[i] * exponents[i] : 0;
    }
    return along / sum - log(sum / (double)count);
}

/* The row's lambda. The two rooms are left in any state. The map is monotone, so that it falls to the
 * root nearest below lambda_0; a Newton step might pass it. */
static double settle(const struct distillation_term *term, size_t count, const double *gaps, double *room,
                     double *scratch) {
    enum { STEPS_MAX = 10000 };
    double start = term->keys[ROBUST_LAMBDA], lambda = start, largest = gaps[0];
    double curvature = term->keys[ADAPTIVE_ALPHA] * log((double)count) / start;
    size_t wanted = (size_t)term->keys[ADAPTIVE_STEPS], steps = wanted > 0 ? wanted : STEPS_MAX;
    for (size_t i = 1; i < count; i++)
        largest = gaps[i] > largest ? gaps[i] : largest;
    for (size_t i = 0; count > 1 && i < steps; i++) {
        double before = lambda;
        lambda = start - softmax_divergence(count, gaps, lambda, largest, room, scratch) / curvature;
        if (wanted == 0 && fabs(lambda - before) < 1e-14 * before)
            break;
    }
    return lambda;
}

/* Turns scores into gaps. */
static void take_gaps(const struct distillation_term *term, size_t count, size_t label, double *scores) {
    double own = scores[label], margin = term->keys[ROBUST_MARGIN];
    for (size_t i = 0; i < count; i++)
        scores[i] += (term->table != NULL ? term->table[i * count + label] : margin) - own;
    scores[label] = 0;
}

bool distillation_robust_has_lambda(const struct distillation_term *term) {
    return term->kind == &distillation_robust_aldr;
}

bool distillation_robust_has_weights(const struct distillation_term *term) {
    return term->kind == &distillation_robust_ldr || distillation_robust_has_lambda(term);
}

int distillation_robust_check(const struct distillation_term *term, size_t classes, struct error *error) {
    if (term->kind == &distillation_robust_aldr && classes < 2)
        return error_set(error, "aldr: one class has no worst case");
    if (term->kind != &distillation_robust_ldr || term->keys[ROBUST_CAP] <= (double)classes)
        return 0;
    return error_set(error, "ldr: k is %.0f, but there are %zu classes", term->keys[ROBUST_CAP], classes);
}

/* Where the worst case of a row is kept. */
struct worst_case {
    double *weights, *gaps;
    double lambda, divisor;
};

/* Returns the loss. scratch: the row's columns. */
static double find_worst_case(const struct distillation_term *term, const struct distillation_row *row,
                              double *scratch, struct worst_case *worst) {
    bool adaptive = distillation_robust_has_lambda(term);
    size_t count = row->columns;
    double cap = adaptive ? 1 : 1 / term->keys[ROBUST_CAP];
    worst->divisor = take_scores((int)term->keys[ROBUST_SCORES], count, row->student, worst->gaps);
    take_gaps(term, count, row->label, worst->gaps);
    worst->lambda =
        adaptive ? settle(term, count, worst->gaps, worst->weights, scratch) : term->keys[ROBUST_LAMBDA];
    find_weights(count, worst->gaps, row->label, worst->lambda, cap, worst->weights, scratch);
    double value = value_at(count, worst->gaps, worst->lambda, cap, worst->weights);
    double off = worst->lambda - term->keys[ROBUST_LAMBDA];
    if (adaptive && count > 1)
        value -= term->keys[ADAPTIVE_ALPHA] * log((double)count) / term->keys[ROBUST_LAMBDA] / 2 * off * off;
    return value;
}

/* The derivative in f is w - onehot(y), by the envelope theorem. */
static double robust(const struct distillation_term *term, const struct distillation_row *row,
                     double *gradient) {
    struct worst_case worst = {.weights = row->room, .gaps = row->room + row->columns};
    double value = find_worst_case(term, row, row->scratch, &worst);
    int kind = (int)term->keys[ROBUST_SCORES];
    if (isnan(worst.divisor))
        return NAN;
    if (gradient == NULL)
        return value;
    for (size_t i = 0; i < row->columns; i++)
        gradient[i] = worst.weights[i];
    gradient[row->label] -= 1;
    take_scores(kind, row->columns, row->student, worst.gaps);
    pull_scores(kind, row->columns, row->student, worst.gaps, worst.divisor, gradient);
    return value;
}

int distillation_robust_worst_case(const struct distillation_term *term,
                                   const struct distillation_batch *batch, double *weights, double *lambdas,
                                   struct error *error) {
    size_t columns = batch->columns;
    double *room = memory_matrix(error, columns, 3, sizeof *room);
    if (room == NULL)
        return -1;
    struct worst_case worst = {.weights = room, .gaps = room + columns};
    for (size_t i = 0; i < batch->rows; i++) {
        const struct distillation_row row = {
            .columns = columns, .label = batch->labels[i], .student = batch->student + i * columns};
        if (weights != NULL)
            worst.weights = weights + i * columns;
        find_worst_case(term, &row, room + 2 * columns, &worst);
        if (lambdas != NULL)
            lambdas[i] = worst.lambda;
    }
    free(room);
    return 0;
}

enum { LABELLED = DISTILLATION_LABELS | DISTILLATION_LOGITS | DISTILLATION_UNTEMPERED };

static const char *const score_words[] = {"raw", "l1", "softplus", NULL};

static int check_margins(const struct distillation_term *term, struct error *error) {
    if (term->file != NULL && term->keys[ROBUST_MARGIN] != 0)
        return error_set_usage(error, "ldr: margin and margins exclude each other");
    return 0;
}

static int check_adaptive(const struct distillation_term *term, struct error *error) {
    if (!(term->keys[ADAPTIVE_ALPHA] < INFINITY) || !(term->keys[ROBUST_LAMBDA] < INFINITY))
        return error_set_usage(error, "aldr: alpha and lambda must be finite");
    return 0;
}

const struct distillation_kind distillation_robust_ldr = {
    .name = "ldr",
    .needs = LABELLED,
    .row = robust,
    .undefined = "all scores are 0, 'l1' cannot scale them",
    .check = check_margins,
    .keys = {{.name = "lambda", .value = 1, .high = INFINITY},
             {.name = "margin", .low = -1e300, .high = 1e300},
             {.name = "scores", .words = score_words},
             {.name = "k", .value = 1, .low = 1, .high = 1e15, .whole = true},
             {.name = "margins", .file = true}},
};

const struct distillation_kind distillation_robust_aldr = {
    .name = "aldr",
    .needs = LABELLED,
    .row = robust,
    .undefined = "all scores are 0, 'l1' cannot scale them",
    .check = check_adaptive,
    .keys = {{.name = "lambda", .value = 1, .high = INFINITY, .low_open = true},
             {.name = "margin", .low = -1e300, .high = 1e300},
             {.name = "scores", .words = score_words},
             {.name = "alpha", .value = 2, .low = 1, .high = INFINITY, .low_open = true},
             {.name = "steps", .high = 1e9, .whole = true}},
};
