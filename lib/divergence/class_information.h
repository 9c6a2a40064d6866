/* Conditional mutual information of a classifier's output with its input, given the class: Y -> X -> Yhat is
 * a Markov chain with Yhat drawn from P_i at row i, so that
 *
 *     I(X; Yhat | Y) = (1/n) sum_i KL(P_i || Q_{y_i}),    Q_c = (1/n_c) sum_{y_i = c} P_i
 *                    = (1/n) sum_c [ sum_{y_i = c} sum_k P_ik log P_ik - n_c sum_k Q_ck log Q_ck ],
 *
 * the least over all Q (Ye, Hamidi, Tan and Yang 2024, Bayes conditional distribution estimation for
 * knowledge distillation based on conditional mutual information, ICLR). The separation
 *
 *     Gamma = -(1/n^2) sum_c (sum_{y_i = c} P_i) . sum_{y_j != c} log P_j
 *
 * is the mean cross-entropy between outputs of different classes, by which the information is normalised
 * (Yang, Hamidi, Ye, Tan and Yang 2023, Conditional mutual information constrained deep learning for
 * classification). All is made of sums over rows, kept in double-double: the same whatever the blocks. */
#ifndef DIVERGENCE_CLASS_INFORMATION_H
#define DIVERGENCE_CLASS_INFORMATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct class_information {
    size_t columns, classes; /* C; K, one more than the largest label */
    size_t capacity;         /* of the sums, in doubles */
    uint64_t rows;
    double *sums; /* by class, as class_information_sum finds them */
    double *
        totals; /* by column: sum log P over all classes but those where it is -inf, and how many these are */
    double *room; /* for probabilities and logarithms of some rows */
    size_t room_capacity;
    bool outputs_only; /* what centroids are made of is wanted: logarithms may be left out */
};

/* The sums of a class, in the order in which they are kept. */
enum class_information_sum {
    CLASS_COUNT,      /* n_c */
    CLASS_NEGENTROPY, /* sum P log P */
    CLASS_OUTPUTS,    /* sum P, C of them, */
    CLASS_LOGARITHMS  /* and then sum log P, C of them, -inf where a P is 0 */
};

/* All zero but for columns is empty. Grows to at least so many classes. Returns 0 or -1. */
__attribute__((warn_unused_result)) int class_information_reserve(struct class_information *information,
                                                                  size_t classes, struct error *error);

/* Adds rows x (columns + 1) values: probabilities, or their logarithms, and a label each (labelled_rows).
 * Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int class_information_add(struct class_information *information,
                                                              size_t rows, const double *labelled,
                                                              bool logarithms, struct error *error);

/* The address of a sum's value, followed by that of its carry, of entry k < columns where it has entries. */
double *class_information_sum(const struct class_information *information, size_t c,
                              enum class_information_sum sum, size_t k);

/* To be called after the last row, before what follows. Returns 0 or -1. */
__attribute__((warn_unused_result)) int class_information_settle(struct class_information *information,
                                                                 struct error *error);

/* What a class holds: count, its share of the information and of Gamma over its share of the rows. */
struct class_information_part {
    double count, information, separation; /* nan where the class has no rows */
};

/* Of class c.
 *
 *   centroids  classes x columns in place of the data's own, or NULL */
struct class_information_part class_information_part(const struct class_information *information, size_t c,
                                                     const double *centroids);

/* The information, in nats, and Gamma. What is but rounding beside the entropies is 0. */
void class_information_whole(const struct class_information *information, const double *centroids,
                             double *value, double *separation);

/* Q_c, columns values; nan where the class has no rows. */
void class_information_centroid(const struct class_information *information, size_t c, double *centroid);

/* KL(P_i || Q_{y_i}) of each of the rows, as class_information_add takes them.
 *
 *   centroids  classes x columns */
__attribute__((warn_unused_result)) int class_information_rows(struct class_information *information,
                                                               size_t rows, const double *labelled,
                                                               bool logarithms, const double *centroids,
                                                               double *result, struct error *error);

void class_information_free(struct class_information *information);

#endif
