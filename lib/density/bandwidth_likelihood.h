/* Bandwidths by likelihood cross-validation: the maximum of
 *
 *     CV(L) = sum_i w_i log f_{-i}(y_i),     f_{-i} the gaussian estimate without point i
 *
 * over L = h S, or over all column bandwidths h_a. With q_ij the weights of the other points in f_{-i}(y_i)
 * and z_ij = L^-1 (y_i - y_j):
 *
 *     d CV / d log h_a = sum_i w_i (sum_{j != i} q_ij z_ija^2 - 1)
 *
 * Equal rows predict each other without bound as h -> 0, and are refused.
 *
 * Sources: Habbema, Hermans and van den Broek 1974; Duin 1976, IEEE Trans. Computers 25, 1175-1179. */
#ifndef DENSITY_BANDWIDTH_LIKELIHOOD_H
#define DENSITY_BANDWIDTH_LIKELIHOOD_H

#include <stddef.h>

#include "base/error.h"
#include "density/bandwidth.h"

/* Scales S (d x d, lower triangular, in `factor`) by the best h, looked for from e^-4 to e^1.5: a scan of 60
 * values (where there are over 4000 points at some 2000 of them, against all), then Brent's method on log h.
 * Returns 0, or -1: equal rows, memory, or no maximum in that range. */
__attribute__((warn_unused_result)) int bandwidth_likelihood_scale(const struct bandwidth_data *data,
                                                                   size_t threads, double *factor,
                                                                   struct error *error);

/* Replaces the diagonal of `factor`, where the search starts, by the best column bandwidths; O(n^2 d) a step.
 * Returns as above. */
__attribute__((warn_unused_result)) int bandwidth_likelihood_each(const struct bandwidth_data *data,
                                                                  size_t threads, double *factor,
                                                                  struct error *error);

/* CV of column bandwidths exp(log_h), and its gradient. Returns 0, or -1: out of memory.
 *
 *   log_h, gradient  d each */
__attribute__((warn_unused_result)) int bandwidth_likelihood_value(const struct bandwidth_data *data,
                                                                   size_t threads, const double *log_h,
                                                                   double *value, double *gradient,
                                                                   struct error *error);

#endif
