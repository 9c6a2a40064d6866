/* How far two partitions of the same rows agree: the contingency table and what is made of it.
 *
 *     n_ij = weight of the rows in part i of the one and part j of the other, n = sum n_ij
 *
 * Weights count rows: a weight of 2 is a row twice. */
#ifndef NUM_PARTITION_AGREEMENT_H
#define NUM_PARTITION_AGREEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A row whose label is not below the number of parts belongs to none, and is left out. */
struct partition_pair {
    size_t rows, first_parts, second_parts;
    const uint32_t *first, *second; /* rows labels each, from 0 */
    const double *weights;          /* rows; NULL: all 1 */
};

/* Writes n_ij, first_parts x second_parts, row-major. */
void partition_agreement_table(const struct partition_pair *pair, double *table);

/* The adjusted Rand index (Hubert and Arabie 1985, Comparing partitions, Journal of Classification 2,
 * 193-218), with C(x) = x (x - 1) / 2:
 *
 *     (sum_ij C(n_ij) - A B / C(n)) / ((A + B) / 2 - A B / C(n)),   A = sum_i C(n_i.), B = sum_j C(n_.j)
 *
 * 1 where the partitions are the same, near 0 where they know nothing of each other; 1 where the denominator
 * is 0. */
double partition_agreement_rand(size_t first_parts, size_t second_parts, const double *table);

/* The Jaccard index n_ij / (n_i. + n_.j - n_ij) of each pair of parts, 0 where both are empty; of the shape
 * of the table. */
void partition_agreement_jaccard(size_t first_parts, size_t second_parts, const double *table,
                                 double *jaccard);

/* Matches parts one to one so that the weight of the rows in matched parts is most.
 *
 *   match  second_parts values, written: the part of the first partition, or SIZE_MAX
 *
 * Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int partition_agreement_match(size_t first_parts, size_t second_parts,
                                                                  const double *table, size_t *match,
                                                                  struct error *error);

#endif
