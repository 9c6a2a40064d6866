/* Sums of powers of two whose terms get the precision that their size deserves.
 *
 *     sums_q += sum_i 2^terms_qi
 *
 * Where a sum is known to be at least s, a term below s u / n adds less than u of it however many of the n
 * there are. Terms are taken by eights: those with one above `exact` in double precision, at most 2 ulp
 * each; of the others those with one above `rough` in single precision, off by at most KERNEL_SUMS_ROUGHNESS
 * of each; the rest not at all. With
 *
 *     rough = log2(s u / n),     exact = log2(s u / (n KERNEL_SUMS_ROUGHNESS)) <= 0
 *
 * what is left out and what is rough move the sum by at most u each. In many dimensions most terms are that
 * small: nearly all points are far away. */
#ifndef DENSITY_KERNEL_SUMS_POWERS_H
#define DENSITY_KERNEL_SUMS_POWERS_H

#include <stddef.h>
#include <stdint.h>

#include "num/kd_tree.h"

/* Eights are side by side in each row of terms and in each row of sums. */
enum { KERNEL_SUMS_EIGHT = 8, KERNEL_SUMS_ROWS = KD_TREE_LEAF };

/* Of a term -126 .. 0: rounding it to single precision is 2^-18 of an exponent in base 2, so 2^-18.5 of the
 * power; the polynomial is off by 2^-18.5, its evaluation by 2^-22. */
static const double KERNEL_SUMS_ROUGHNESS = 0x1p-17;

/* The logarithm to base 2 of what is nothing beside any sum. */
static const double KERNEL_SUMS_NOTHING = -1022;

/* What limits are for a row's sum, in logarithms to base 2. */
struct kernel_sums_limits {
    double exact, rough;
};

/* Adds to `count` rows of sums.
 *
 *   rows    their numbers, count <= KERNEL_SUMS_ROWS
 *   terms   a row of KD_TREE_LEAF for each number up to the largest; -inf adds nothing
 *   limits  likewise
 *   sums    likewise, rows of KERNEL_SUMS_EIGHT
 *
 * Terms above 1023 count as 1023: their sum is at least 2^1023 and tells. */
void kernel_sums_powers_add(size_t count, const size_t *rows, const double *terms,
                            const struct kernel_sums_limits *limits, double *sums);

/* Adds every term in double precision, where queries lie side by side: choosing costs more than it saves
 * where nearly every eight has a term to be taken exactly.
 *
 *   terms   KD_TREE_LEAF x KERNEL_SUMS_ROWS; KERNEL_SUMS_NOTHING and less add nothing that counts
 *   active  KERNEL_SUMS_ROWS: 0 where nothing is added, whatever the terms
 *   sums    KERNEL_SUMS_ROWS, one a query */
void kernel_sums_powers_add_all(const double *terms, const int64_t *active, double *sums);

/* The same bytes in less time, where each active query's terms are known to be -1022 .. 1023. */
void kernel_sums_powers_add_within(const double *terms, const int64_t *active, double *sums);

#endif
