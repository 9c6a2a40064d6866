#include "process/class_likelihood.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/random.h"
#include "num/elementary.h"
#include "num/gauss_rule.h"
#include "num/normal_quantile.h"

/* Slopes in a variance divide by its root. */
static const double variance_least = 1e-14;

void class_likelihood_start(struct class_likelihood *likelihood, bool softmax, size_t functions) {
    *likelihood = (struct class_likelihood){
        .softmax = softmax, .functions = functions, .scale_count = 1, .scales = {1}, .weights = {1}};
    gauss_rule_normal(CLASS_LIKELIHOOD_NODES, likelihood->normal_nodes, likelihood->normal_weights);
}

/* 1/s is Gamma with that shape and rate: s = rate / t. */
void class_likelihood_set_scale(struct class_likelihood *likelihood, double shape, double rate) {
    double nodes[CLASS_LIKELIHOOD_NODES], slopes[CLASS_LIKELIHOOD_NODES];
    likelihood->scale_count = CLASS_LIKELIHOOD_NODES;
    gauss_rule_gamma(shape, CLASS_LIKELIHOOD_NODES, nodes, likelihood->weights, slopes,
                     likelihood->weight_slopes);
    for (size_t j = 0; j < CLASS_LIKELIHOOD_NODES; j++) {
        likelihood->scales[j] = rate / nodes[j];
        likelihood->scale_slopes[j] = -rate / (nodes[j] * nodes[j]) * slopes[j];
    }
}

static void mirror(size_t functions, size_t count, double *draws) {
    for (size_t c = 0; c < functions; c++)
        for (size_t d = 0; d < count / 2; d++)
            draws[c * count + count / 2 + d] = -draws[c * count + d];
}

void class_likelihood_draw(const struct class_likelihood *likelihood, uint64_t row, size_t count,
                           double *draws) {
    struct random_stream stream;
    random_start(&stream, 1, "gpfit", "classes", row);
    for (size_t c = 0; c < likelihood->functions; c++)
        random_normals(&stream, count / 2, draws + c * count);
    mirror(likelihood->functions, count, draws);
}

void class_likelihood_spread(const struct class_likelihood *likelihood, size_t count, double *draws) {
    size_t functions = likelihood->functions;
    double root = 1.5, step = 1; /* root^(functions + 1) = root + 1 */
    for (int i = 0; i < 64; i++)
        root = pow(1 + root, 1 / (double)(functions + 1));
    for (size_t c = 0; c < functions; c++) {
        step /= root;
        for (size_t d = 0; d < count / 2; d++) {
            double u = 0.5 + (double)(d + 1) * step;
            draws[c * count + d] = normal_quantile(fmin(fmax(u - floor(u), 1e-10), 1 - 1e-10));
        }
    }
    mirror(functions, count, draws);
}

int class_likelihood_open(struct class_likelihood_room *room, const struct class_likelihood *likelihood,
                          size_t count, struct error *error) {
    size_t functions = likelihood->functions;
    *room = (struct class_likelihood_room){.count = count};
    room->draws = memory_matrix(error, 2 * functions + 2, count, sizeof(double));
    room->slopes = memory_matrix(error, 2, functions, sizeof(double));
    if (room->draws == NULL || room->slopes == NULL) {
        class_likelihood_close(room);
        return -1;
    }
    room->terms = room->draws + functions * count;
    room->largest = room->terms + functions * count;
    room->sums = room->largest + count;
    return 0;
}

void class_likelihood_close(struct class_likelihood_room *room) {
    free(room->draws);
    free(room->slopes);
    *room = (struct class_likelihood_room){0};
}

/* log p and its slope in f, p = 1 / (1 + exp(-f)), at the nodes f = mean + deviation z. */
INSTRUCTION_SETS static void fill_logistic(const double *z, double mean, double deviation, double *values,
                                           double *slopes) {
#pragma omp simd
    for (size_t h = 0; h < CLASS_LIKELIHOOD_NODES; h++) {
        double f = mean + deviation * z[h], e = elementary_exp(-fabs(f));
        values[h] = (f < 0 ? f : 0) - elementary_log1p(e);
        slopes[h] = (f < 0 ? 1 : e) / (1 + e);
    }
}

/* E[log p] of one function, its slopes in mean and variance. */
static double expect_logistic(const struct class_likelihood *likelihood, size_t label, double mean,
                              double variance, double *slopes) {
    double values[CLASS_LIKELIHOOD_NODES], first[CLASS_LIKELIHOOD_NODES];
    double deviation = sqrt(variance), sign = label == 1 ? 1 : -1, sum = 0, spread = 0;
    fill_logistic(likelihood->normal_nodes, sign * mean, deviation, values, first);
    slopes[0] = 0;
    for (size_t h = 0; h < CLASS_LIKELIHOOD_NODES; h++) {
        double weight = likelihood->normal_weights[h];
        sum += weight * values[h];
        slopes[0] += weight * first[h];
        spread += weight * first[h] * likelihood->normal_nodes[h];
    }
    slopes[0] *= sign;
    slopes[1] = spread / (2 * deviation);
    return sum;
}

/* Puts f = mean + deviation draw in terms, and its largest over functions in largest. */
INSTRUCTION_SETS static void place_terms(size_t count, double mean, double deviation, const double *draws,
                                         double *terms, double *largest) {
#pragma omp simd
    for (size_t d = 0; d < count; d++) {
        terms[d] = mean + deviation * draws[d];
        largest[d] = terms[d] > largest[d] ? terms[d] : largest[d];
    }
}

INSTRUCTION_SETS static void raise_terms(size_t count, double *terms, const double *largest, double *sums) {
#pragma omp simd
    for (size_t d = 0; d < count; d++) {
        terms[d] = elementary_exp(terms[d] - largest[d]);
        sums[d] += terms[d];
    }
}

/* terms becomes softmax, class by class, of all draws; sums that which it was divided by. */
static void fill_softmax(const struct class_likelihood *likelihood, struct class_likelihood_room *room,
                         const double *mean, const double *variance, double scale) {
    size_t count = room->count, functions = likelihood->functions;
    for (size_t d = 0; d < count; d++) {
        room->largest[d] = -INFINITY;
        room->sums[d] = 0;
    }
    for (size_t c = 0; c < functions; c++)
        place_terms(count, mean[c], sqrt(fmax(scale * variance[c], variance_least)), room->draws + c * count,
                    room->terms + c * count, room->largest);
    for (size_t c = 0; c < functions; c++)
        raise_terms(count, room->terms + c * count, room->largest, room->sums);
}

static double expect_softmax(const struct class_likelihood *likelihood, struct class_likelihood_room *room,
                             const struct class_likelihood_row *row, double scale) {
    size_t count = room->count, functions = likelihood->functions, label = row->label;
    double sum = 0;
    fill_softmax(likelihood, room, row->mean, row->variance, scale);
    double own = sqrt(fmax(scale * row->variance[label], variance_least));
    for (size_t d = 0; d < count; d++) {
        double f = row->mean[label] + own * room->draws[label * count + d];
        sum += f - room->largest[d] - log(room->sums[d]);
    }
    for (size_t c = 0; c < functions; c++) {
        double deviation = sqrt(fmax(scale * row->variance[c], variance_least)), first = 0, spread = 0;
        for (size_t d = 0; d < count; d++) {
            double slope = (double)(c == label) - room->terms[c * count + d] / room->sums[d];
            first += slope;
            spread += slope * room->draws[c * count + d];
        }
        room->slopes[2 * c] = first / (double)count;
        room->slopes[2 * c + 1] = spread / (2 * deviation * (double)count);
    }
    return sum / (double)count;
}

double class_likelihood_expect(const struct class_likelihood *likelihood, struct class_likelihood_room *room,
                               const struct class_likelihood_row *row) {
    double total = 0;
    memset(row->mean_slopes, 0, likelihood->functions * sizeof(double));
    memset(row->variance_slopes, 0, likelihood->functions * sizeof(double));
    for (size_t j = 0; j < likelihood->scale_count; j++) {
        double scale = likelihood->scales[j], weight = likelihood->weights[j];
        double value = likelihood->softmax
                           ? expect_softmax(likelihood, room, row, scale)
                           : expect_logistic(likelihood, row->label, row->mean[0],
                                             fmax(scale * row->variance[0], variance_least), room->slopes);
        total += weight * value;
        row->values[j] += value;
        for (size_t c = 0; c < likelihood->functions; c++) {
            row->mean_slopes[c] += weight * room->slopes[2 * c];
            row->variance_slopes[c] += weight * scale * room->slopes[2 * c + 1];
            row->by_scale[j] += row->variance[c] * room->slopes[2 * c + 1];
        }
    }
    return total;
}

static void add_logistic(const struct class_likelihood *likelihood, double mean, double deviation,
                         double weight, double *probabilities) {
    for (size_t h = 0; h < CLASS_LIKELIHOOD_NODES; h++) {
        double f = mean + deviation * likelihood->normal_nodes[h], e = exp(-fabs(f));
        double share = weight * likelihood->normal_weights[h] / (1 + e);
        probabilities[f >= 0] += share;
        probabilities[f < 0] += share * e;
    }
}

void class_likelihood_probabilities(const struct class_likelihood *likelihood,
                                    struct class_likelihood_room *room, const double *mean,
                                    const double *variance, double *probabilities) {
    size_t count = room->count, functions = likelihood->functions;
    memset(probabilities, 0, (likelihood->softmax ? functions : 2) * sizeof *probabilities);
    for (size_t j = 0; j < likelihood->scale_count; j++) {
        double scale = likelihood->scales[j], weight = likelihood->weights[j];
        if (!likelihood->softmax) {
            add_logistic(likelihood, mean[0], sqrt(scale * variance[0]), weight, probabilities);
            continue;
        }
        fill_softmax(likelihood, room, mean, variance, scale);
        for (size_t c = 0; c < functions; c++) {
            double sum = 0;
            for (size_t d = 0; d < count; d++)
                sum += room->terms[c * count + d] / room->sums[d];
            probabilities[c] += weight * sum / (double)count;
        }
    }
}
