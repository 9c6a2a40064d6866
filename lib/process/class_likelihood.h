/* What latent functions say of a class, under a factor s of their variance:
 *
 *     E_s E[log p(label | f)],    f_c | s ~ N(mean_c, s variance_c), independent,
 *
 * with p = 1 / (1 + exp(-f)) of the second of two classes (logistic, one function), or p = softmax(f), a
 * function for each class. s is 1, or InvGamma(shape, rate): 20 nodes of the generalised Gauss-Laguerre rule
 * over 1/s. Within, logistic takes 20 Gauss-Hermite nodes, softmax draws of standard normals in antithetic
 * pairs, which the caller keeps: all derivatives are those of the figure as it is computed. */
#ifndef PROCESS_CLASS_LIKELIHOOD_H
#define PROCESS_CLASS_LIKELIHOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    CLASS_LIKELIHOOD_NODES = 20,
    CLASS_LIKELIHOOD_DRAWS = 64, /* of a row in a fit */
    CLASS_LIKELIHOOD_FUNCTIONS_MAX = 1000,
};

struct class_likelihood {
    bool softmax;
    size_t functions; /* 1 where logistic */
    size_t scale_count;
    double scales[CLASS_LIKELIHOOD_NODES], weights[CLASS_LIKELIHOOD_NODES];             /* of s */
    double scale_slopes[CLASS_LIKELIHOOD_NODES], weight_slopes[CLASS_LIKELIHOOD_NODES]; /* in the shape */
    double normal_nodes[CLASS_LIKELIHOOD_NODES], normal_weights[CLASS_LIKELIHOOD_NODES];
};

/* s is 1 until it is set. */
void class_likelihood_start(struct class_likelihood *likelihood, bool softmax, size_t functions);

/* s ~ InvGamma(shape, rate). */
void class_likelihood_set_scale(struct class_likelihood *likelihood, double shape, double rate);

/* Draws of a softmax: functions x count, count even, the second half the first with the other sign. */
void class_likelihood_draw(const struct class_likelihood *likelihood, uint64_t row, size_t count,
                           double *draws);

/* The same evenly spread (Roberts's additive recurrence), for predictions: every row has the same. */
void class_likelihood_spread(const struct class_likelihood *likelihood, size_t count, double *draws);

/* Room for a thread, for draws of softmax. */
struct class_likelihood_room {
    size_t count;           /* of draws */
    double *draws;          /* functions x count; the caller fills them */
    double *terms;          /* functions x count */
    double *largest, *sums; /* count */
    double *slopes;         /* 2 x functions */
};

/* Returns 0, or -1 with nothing to close. */
__attribute__((warn_unused_result)) int class_likelihood_open(struct class_likelihood_room *room,
                                                              const struct class_likelihood *likelihood,
                                                              size_t count, struct error *error);

/* An all-zero one is fine. */
void class_likelihood_close(struct class_likelihood_room *room);

/* A row of a fit; arrays are the caller's. */
struct class_likelihood_row {
    size_t label;
    const double *mean, *variance;         /* functions; variances >= 0 */
    double *mean_slopes, *variance_slopes; /* functions, written */
    double *values;                        /* scale_count: E[log p | s] is added */
    double *by_scale;                      /* scale_count: its derivative in s is added */
};

/* The expectation of the row. */
double class_likelihood_expect(const struct class_likelihood *likelihood, struct class_likelihood_room *room,
                               const struct class_likelihood_row *row);

/* E_s E[p(c | f)] of each class, which sum to 1 but for rounding; probabilities has 2 values where the
 * likelihood is logistic. */
void class_likelihood_probabilities(const struct class_likelihood *likelihood,
                                    struct class_likelihood_room *room, const double *mean,
                                    const double *variance, double *probabilities);

#endif
