#include "num/ground_cost.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/nearest_name.h"
#include "io/decimal.h"

/* In the order of enum ground_cost_kind. */
static const char *const names[] = {"sqeuclidean", "euclidean", "cityblock", "chebyshev",
                                    "minkowski",   "cosine",    "power"};

enum { KINDS = sizeof names / sizeof *names };

static bool takes_power(enum ground_cost_kind kind) {
    return kind == GROUND_COST_MINKOWSKI || kind == GROUND_COST_POWER;
}

static int refuse_name(const char *text, size_t length, struct error *error) {
    char typed[64], quoted[ERROR_QUOTE_SIZE];
    size_t kept = length < sizeof typed - 1 ? length : sizeof typed - 1;
    memcpy(typed, text, kept);
    typed[kept] = '\0';
    const char *near = nearest_name(typed, names, KINDS);
    error_quote(quoted, typed, (unsigned long)kept);
    if (near != NULL)
        return error_set_usage(error, "no ground cost '%s'; did you mean '%s'?", quoted, near);
    return error_set_usage(error, "no ground cost '%s'", quoted);
}

/* Reads what stands behind the colon. */
static int parse_power(struct ground_cost *cost, const char *text, struct error *error) {
    const char *end = text + strlen(text);
    double least = cost->kind == GROUND_COST_MINKOWSKI ? 1 : 0;
    bool number = decimal_parse(text, end, '.', &cost->power) == end && isfinite(cost->power);
    if (number && (cost->kind == GROUND_COST_MINKOWSKI ? cost->power >= 1 : cost->power > 0))
        return 0;
    char quoted[ERROR_QUOTE_SIZE];
    return error_set_usage(error, "%s takes a number %s %g, got '%s'", names[cost->kind],
                           cost->kind == GROUND_COST_MINKOWSKI ? ">=" : ">", least,
                           error_quote(quoted, text, strlen(text)));
}

int ground_cost_parse(struct ground_cost *cost, const char *text, struct error *error) {
    size_t length = strcspn(text, ":"), kind = 0;
    while (kind < KINDS && (strlen(names[kind]) != length || memcmp(names[kind], text, length) != 0))
        kind++;
    if (kind == KINDS)
        return refuse_name(text, length, error);
    *cost = (struct ground_cost){.kind = (enum ground_cost_kind)kind, .power = 2, .scale = 1};
    if (takes_power(cost->kind)) {
        if (text[length] == ':')
            return parse_power(cost, text + length + 1, error);
        return error_set_usage(error, "%s needs its power: %s:1.5", names[kind], names[kind]);
    }
    if (text[length] == ':')
        return error_set_usage(error, "%s takes no number", names[kind]);
    return 0;
}

static double squared_distance(size_t dimension, const double *x, const double *y) {
    double sum = 0;
    for (size_t k = 0; k < dimension; k++)
        sum += (x[k] - y[k]) * (x[k] - y[k]);
    return sum;
}

static double largest_difference(size_t dimension, const double *x, const double *y) {
    double largest = 0;
    for (size_t k = 0; k < dimension; k++)
        largest = fmax(largest, fabs(x[k] - y[k]));
    return largest;
}

static double city_distance(size_t dimension, const double *x, const double *y) {
    double sum = 0;
    for (size_t k = 0; k < dimension; k++)
        sum += fabs(x[k] - y[k]);
    return sum;
}

/* Powers are taken of ratios to the largest difference, so that they do not overflow. */
static double minkowski_distance(double power, size_t dimension, const double *x, const double *y) {
    double largest = largest_difference(dimension, x, y), sum = 0;
    if (largest == 0)
        return 0;
    for (size_t k = 0; k < dimension; k++)
        sum += pow(fabs(x[k] - y[k]) / largest, power);
    return largest * pow(sum, 1 / power);
}

static double length_of(size_t dimension, const double *x) {
    double sum = 0;
    for (size_t k = 0; k < dimension; k++)
        sum += x[k] * x[k];
    return sqrt(sum);
}

/* 1 - cos = |x/|x| - y/|y||^2 / 2, which keeps its digits where the directions are close. */
static double cosine_distance(size_t dimension, const double *x, const double *y) {
    double x_factor = 1 / length_of(dimension, x), y_factor = 1 / length_of(dimension, y), sum = 0;
    for (size_t k = 0; k < dimension; k++) {
        double difference = x[k] * x_factor - y[k] * y_factor;
        sum += difference * difference;
    }
    return sum / 2;
}

double ground_cost_between(const struct ground_cost *cost, size_t dimension, const double *x,
                           const double *y) {
    switch (cost->kind) {
    case GROUND_COST_SQEUCLIDEAN:
        return cost->scale * squared_distance(dimension, x, y);
    case GROUND_COST_EUCLIDEAN:
        return cost->scale * sqrt(squared_distance(dimension, x, y));
    case GROUND_COST_CITYBLOCK:
        return cost->scale * city_distance(dimension, x, y);
    case GROUND_COST_CHEBYSHEV:
        return cost->scale * largest_difference(dimension, x, y);
    case GROUND_COST_MINKOWSKI:
        return cost->scale * minkowski_distance(cost->power, dimension, x, y);
    case GROUND_COST_COSINE:
        return cost->scale * cosine_distance(dimension, x, y);
    case GROUND_COST_POWER:
        return cost->scale * pow(squared_distance(dimension, x, y), cost->power / 2);
    }
    return NAN;
}

static double sign_of(double value) {
    return (double)(value > 0) - (double)(value < 0);
}

/* d |x - y|^p / dx = p |x - y|^(p - 2) (x - y); factor is what stands before x - y. */
static void add_difference(double factor, size_t dimension, const double *x, const double *y, double *sum) {
    for (size_t k = 0; k < dimension; k++)
        sum[k] += factor * (x[k] - y[k]);
}

static void add_cityblock(double weight, size_t dimension, const double *x, const double *y, double *sum) {
    for (size_t k = 0; k < dimension; k++)
        sum[k] += weight * sign_of(x[k] - y[k]);
}

/* Of several largest differences the first is taken. */
static void add_chebyshev(double weight, size_t dimension, const double *x, const double *y, double *sum) {
    size_t place = 0;
    for (size_t k = 1; k < dimension; k++)
        if (fabs(x[k] - y[k]) > fabs(x[place] - y[place]))
            place = k;
    if (dimension > 0)
        sum[place] += weight * sign_of(x[place] - y[place]);
}

static void add_minkowski(const struct ground_cost *cost, double weight, size_t dimension, const double *x,
                          const double *y, double *sum) {
    double distance = minkowski_distance(cost->power, dimension, x, y);
    if (distance == 0)
        return;
    for (size_t k = 0; k < dimension; k++)
        sum[k] += weight * sign_of(x[k] - y[k]) * pow(fabs(x[k] - y[k]) / distance, cost->power - 1);
}

/* d (1 - cos) / dx = -(v - (u.v) u) / |x| for the directions u of x and v of y. */
static void add_cosine(double weight, size_t dimension, const double *x, const double *y, double *sum) {
    double x_length = length_of(dimension, x), y_length = length_of(dimension, y);
    double cosine = 1 - cosine_distance(dimension, x, y);
    for (size_t k = 0; k < dimension; k++)
        sum[k] -= weight * (y[k] / y_length - cosine * x[k] / x_length) / x_length;
}

void ground_cost_add_gradient(const struct ground_cost *cost, size_t dimension, const double *x,
                              const double *y, double weight, double *sum) {
    double squared, scaled = weight * cost->scale;
    switch (cost->kind) {
    case GROUND_COST_SQEUCLIDEAN:
        add_difference(2 * scaled, dimension, x, y, sum);
        return;
    case GROUND_COST_EUCLIDEAN:
        squared = squared_distance(dimension, x, y);
        if (squared > 0)
            add_difference(scaled / sqrt(squared), dimension, x, y, sum);
        return;
    case GROUND_COST_CITYBLOCK:
        add_cityblock(scaled, dimension, x, y, sum);
        return;
    case GROUND_COST_CHEBYSHEV:
        add_chebyshev(scaled, dimension, x, y, sum);
        return;
    case GROUND_COST_MINKOWSKI:
        add_minkowski(cost, scaled, dimension, x, y, sum);
        return;
    case GROUND_COST_COSINE:
        add_cosine(scaled, dimension, x, y, sum);
        return;
    case GROUND_COST_POWER:
        squared = squared_distance(dimension, x, y);
        if (squared > 0)
            add_difference(scaled * cost->power * pow(squared, cost->power / 2 - 1), dimension, x, y, sum);
        return;
    }
}
