/* Standard errors and intervals for estimators on two samples, X of n points and Y of m, that resampling with
 * replacement would break (repeated points are ties, at distance 0 from each other).
 *
 * Subsampling (Politis and Romano 1994, Large sample confidence regions based on subsamples under minimal
 * assumptions, Ann. Statist. 22, 2031-2050): B times, b = n^0.7 points of X and c = m^0.7 of Y are drawn
 * without replacement and the estimate t*_j is taken on them. For an estimator with rate sqrt(n) the law of t
 * - theta is that of s (t*_j - t), t the estimate on all points, with
 *
 *     s^2 = (1/n + 1/m) / ((1/b - 1/n) + (1/c - 1/m)),
 *
 * which is b/n for large samples of one size; -1/n and -1/m account for subsamples being drawn from a finite
 * sample. standard_error is s times the standard deviation of the t*_j, lower and upper are t less the 97.5 %
 * and the 2.5 % quantile of s (t*_j - t).
 *
 * Half-sample jackknife: the delete-d jackknife with d = n/2 (Shao and Wu 1989, A general theory for
 * jackknife variance estimation, Ann. Statist. 17, 1176-1197) over 20 pairs of complementary halves (McCarthy
 * 1969, Pseudo- replication: half samples, Rev. Int. Stat. Inst. 37, 239-264). Both samples are cut at random
 * into halves, and t, t' are the estimates on the first and on the second halves:
 *
 *     standard_error^2 = mean over cuts of (t - t')^2 / 4.
 *
 * t and t' are independent and their biases cancel, so that this is right for any estimator whose variance
 * falls as 1/n. Leaving out few points is not: neighbour distances react to each point left out, and their
 * jackknife is too large by half and more. The interval is that of Student's t with 20 degrees of freedom.
 *
 * Neither sees a bias that the estimator has at all sizes alike. */
#ifndef DIVERGENCE_SUBSAMPLING_H
#define DIVERGENCE_SUBSAMPLING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Rows of both samples, each at most once, in no order. */
struct subsample {
    const size_t *x, *y;
    size_t x_count, y_count;
};

/* An estimate on a subsample. Called from several threads at once: changes nothing in the context. Returns 0,
 * or -1 with the error set. */
typedef int subsampling_estimate(void *context, const struct subsample *subsample, double *value,
                                 struct error *error);

struct subsampling {
    subsampling_estimate *estimate;
    void *context;
    size_t x_count, y_count; /* n, m */
    uint64_t seed;
    const char *filter; /* draws come from the streams (seed, filter, "subsampling", replicate) */
    size_t threads;
};

struct subsampling_result {
    double standard_error, lower, upper;
};

/* Subsampling around `value`, the estimate on all points. replicates >= 2; some 200 are needed for an
 * interval. Returns 0, or -1 with the error of the first replicate that failed. */
__attribute__((warn_unused_result)) int subsampling_bootstrap(const struct subsampling *plan, double value,
                                                              size_t replicates,
                                                              struct subsampling_result *result,
                                                              struct error *error);

/* The half-sample jackknife around `value`. At least 20 points in each sample are needed. Returns 0 or -1. */
__attribute__((warn_unused_result)) int subsampling_jackknife(const struct subsampling *plan, double value,
                                                              struct subsampling_result *result,
                                                              struct error *error);

/* Copies the given rows of a matrix of `columns` columns one after another into `gathered`. */
void subsampling_gather(const size_t *rows, size_t count, size_t columns, const double *points,
                        double *gathered);

#endif
