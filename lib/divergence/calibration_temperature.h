/* The temperature T that makes softmax(log P / T) fit the labels best: the least negative log-likelihood.
 *
 * In b = 1 / T that is convex, the mean of log sum_k exp(b l_k) - b l_y, l = log P. A probability 0 stays 0
 * at every temperature; a row whose label has it is left out of the fit, as its loss is infinite at any.
 *
 * Source: Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks, ICML. */
#ifndef DIVERGENCE_CALIBRATION_TEMPERATURE_H
#define DIVERGENCE_CALIBRATION_TEMPERATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "divergence/calibration.h"

/* The rows, all held. */
struct calibration_logits {
    size_t rows, classes;
    double *logarithms; /* rows x classes, of probabilities */
    size_t *labels;     /* rows */
    size_t logarithms_capacity, labels_capacity;
};

/* Adds rows. Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int calibration_logits_add(struct calibration_logits *logits, size_t rows,
                                                               const double *logarithms, const size_t *labels,
                                                               struct error *error);

void calibration_logits_free(struct calibration_logits *logits);

#define CALIBRATION_TEMPERATURE_LEAST 1e-3
#define CALIBRATION_TEMPERATURE_LARGEST 1e3

struct calibration_temperature {
    double temperature; /* 1 where all give the same likelihood */
    size_t iterations;
    bool converged; /* else the steps ran out, or the likelihood only grows towards the bound that is given */
};

/* Newton's steps in log b, kept within a bracket of the minimum, until one changes T by less than a relative
 * tolerance (0: max_iterations steps). Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int
calibration_temperature_fit(const struct calibration_logits *logits, double tolerance, size_t max_iterations,
                            size_t threads, struct calibration_temperature *result, struct error *error);

/* Sums of the rows at softmax(log P / temperature), into a calibration made for them. Returns 0, or -1 where
 * memory fails. */
__attribute__((warn_unused_result)) int calibration_temperature_sums(const struct calibration_logits *logits,
                                                                     double temperature,
                                                                     struct calibration *calibration,
                                                                     struct error *error);

#endif
