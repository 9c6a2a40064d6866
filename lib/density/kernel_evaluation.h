/* What `kde` prints of a density at a point: the density or its logarithm, its gradient, how many points
 * carry it, its standard error; of points left out one by one too, and of some columns given the others.
 *
 * Leave one out:   f_{-i}(y_i) = sum_{j != i} t_j(y_i) / (1 - w_i), without subtraction.
 * Score:           grad log f(x).
 * Effective points, largest weight:  1 / sum_i p_i^2 and max_i p_i, p_i = t_i(x) / f(x); both 0 where f is 0.
 * Standard error:  s^2 = (sum_i t_i^2 - S f^2) / (1 - S), S = sum_i w_i^2: unbiased for the variance of f(x)
 *                  over independent points, weights, bandwidth and local factors held fixed; of the logarithm
 *                  s / f. It says nothing of the smoothing's bias.
 * Conditional:     f(x) / f_A(x), f_A the estimate of the given columns A alone, its marginal. */
#ifndef DENSITY_KERNEL_EVALUATION_H
#define DENSITY_KERNEL_EVALUATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/kernel_density.h"
#include "density/kernel_sums.h"

struct kernel_evaluation_settings {
    struct kernel_sums_settings sums; /* `terms` is set here */
    bool log, score, diagnostics, standard_error;
    const size_t *given; /* given_count columns, ascending; or NULL */
    size_t given_count;
};

struct kernel_evaluation;

/* The density, prepared, stays the caller's. Diagnostics and standard errors are refused with bounds, periods
 * and given columns, as are conditional densities of a kernel whose marginal is of another kind: usage
 * errors. NULL: error says why. */
struct kernel_evaluation *kernel_evaluation_create(const struct kernel_density *density,
                                                   const struct kernel_evaluation_settings *settings,
                                                   struct error *error);

/* Of a row of results: density or log_density, score_1 .. score_d, effective_points, max_weight,
 * standard_error, as asked for. The names are freed with the evaluation. */
size_t kernel_evaluation_columns(const struct kernel_evaluation *evaluation);
const char *const *kernel_evaluation_names(const struct kernel_evaluation *evaluation);

/* No point is left out. */
#define KERNEL_EVALUATION_ALL ((size_t)-1)

/* Evaluates.
 *
 *   x      rows x d
 *   first  row i leaves out point first + i; or KERNEL_EVALUATION_ALL
 *   result rows x columns, written
 *
 * A query that is not finite has density 0. Returns 0 or -1. */
__attribute__((warn_unused_result)) int kernel_evaluation_rows(struct kernel_evaluation *evaluation,
                                                               size_t rows, const double *x, size_t first,
                                                               double *result, struct error *error);

/* Of the sums so far. */
struct kernel_sums_figures kernel_evaluation_figures(const struct kernel_evaluation *evaluation);

/* NULL does nothing. */
void kernel_evaluation_free(struct kernel_evaluation *evaluation);

#endif
