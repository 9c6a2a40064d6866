/* The ratio of two densities at the points of two samples, by kernel estimates with the own point left out.
 *
 * X, n points from p, and Y, m points from q; f and g are Gaussian kernel estimates from them:
 *
 *     a(x_i) = log g(x_i) - log f_{-i}(x_i),     b(y_j) = log f(y_j) - log g_{-j}(y_j),
 *
 * which estimate log q/p at points of p, and log p/q at points of q. So
 *
 *     KL(p, q) = -mean a,     JS(p, q) = mean log(2 / (1 + e^a)) / 2 + mean log(2 / (1 + e^b)) / 2. */
#ifndef DENSITY_DENSITY_RATIO_H
#define DENSITY_DENSITY_RATIO_H

#include <stddef.h>

#include "base/command.h"
#include "base/error.h"

struct density_ratio {
    const struct command *command;         /* whose options are asked which of them were typed */
    const char *bandwidth_p, *bandwidth_q; /* as --bandwidth of kde; a rule is applied to each sample */
    const double *x, *y;                   /* x_count x columns, y_count x columns */
    size_t x_count, y_count, columns;
    size_t threads;
};

/* Each writes its estimate. Points so far off that a logarithm is infinite are refused. Callable from several
 * threads at once. Returns 0, or -1 with the error set. */
__attribute__((warn_unused_result)) int density_ratio_kl(const struct density_ratio *ratio,
                                                         double *divergence, struct error *error);
__attribute__((warn_unused_result)) int density_ratio_js(const struct density_ratio *ratio,
                                                         double *divergence, struct error *error);

#endif
