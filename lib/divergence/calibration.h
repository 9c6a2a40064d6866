/* How well the probabilities of a classifier are calibrated: sums over rows, and what is read from them.
 *
 * The confidence c of a row is its largest probability, and the row is correct where that class (the lowest
 * of equal ones) is its label. Rows fall into M bins: by width, ((m-1)/M, m/M], or by mass, ranks
 * [floor(m n / M), floor((m+1) n / M)) of c, ties in the order of the rows.
 *
 *     ece            sum_m (n_m / n) |mean correct - mean c|
 *     mce            the largest |mean correct - mean c| of a bin that is not empty
 *     classwise ece  (1/C) sum_k sum_m (n_mk / n) |share of label k - mean P_k|, width bins of P_k
 *     brier          the mean of sum_k (P_k - [label = k])^2
 *     nll            the mean of -log P_label
 *
 * Sources: Naeini, Cooper and Hauskrecht 2015, AAAI (ece, mce); Guo, Pleiss, Sun and Weinberger 2017, ICML;
 * Kull et al. 2019, NeurIPS (classwise). */
#ifndef DIVERGENCE_CALIBRATION_H
#define DIVERGENCE_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "num/running_sum.h"

struct calibration_bin {
    double lower, upper;   /* the edges; of mass bins the least and largest confidence, nan where empty */
    double rows, correct;  /* counts */
    double confidence_sum; /* rounded once, and what rounding left */
    double confidence_rest;
};

struct calibration {
    size_t classes, bin_count;
    uint64_t rows, correct;
    struct running_sum confidence, brier, nll;
    struct calibration_bin *bins, *mass_bins; /* by width; by mass, once asked for */
    struct running_sum *bin_confidences;      /* theirs, bin_count */
    struct running_sum *class_gaps;           /* classes x bin_count: of P_k less the rows of label k, by
                                                 the bin of P_k; or NULL */
    bool keeps;                               /* what mass bins need */
    double *confidences;                      /* of all rows, negative where not correct */
    size_t confidences_capacity;
};

/* What is summed beside the bins by width. */
struct calibration_settings {
    size_t classes, bins;
    bool classwise;
    bool keep; /* 8 bytes a row, for bins by mass */
};

/* Returns 0 or -1; free it in either case. */
__attribute__((warn_unused_result)) int calibration_create(struct calibration *calibration,
                                                           const struct calibration_settings *settings,
                                                           struct error *error);

/* Adds rows x classes probabilities, their logarithms (NULL: taken from them) and labels. The sums do not
 * depend on how rows come in blocks. Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int calibration_add(struct calibration *calibration, size_t rows,
                                                        const double *probabilities, const double *logarithms,
                                                        const size_t *labels, struct error *error);

/* The bins by width, from the sums, or by mass, of a calibration that keeps; valid as long as it, until rows
 * are added. Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int calibration_bins(struct calibration *calibration, bool by_mass,
                                                         const struct calibration_bin **bins,
                                                         struct error *error);

/* The edges of bins by width, all else 0. */
void calibration_bins_clear(size_t count, struct calibration_bin *bins);

/* The expected calibration error of bins of rows >= 1 rows in all; the largest error to *largest. */
double calibration_bins_error(size_t count, const struct calibration_bin *bins, double rows, double *largest);

/* The same of a calibration's own bins. Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int calibration_error(struct calibration *calibration, bool by_mass,
                                                          double *value, double *largest,
                                                          struct error *error);

double calibration_classwise_error(const struct calibration *calibration);

/* The bin by width of a confidence, from 0: the least m with c <= (m + 1) / M, as divided in doubles. */
size_t calibration_width_bin(double confidence, size_t count);

void calibration_free(struct calibration *calibration);

#endif
