/* Kernel densities at fixed queries as partial sums: of points in parts, each part's sum of unnormalised
 * terms.
 *
 *     log_sum   (m) log sum_i w~_i lam_i^-d |L|^-1 K(L^-1 (x - y_i) / lam_i), logarithmic
 *     weight    sum_i w~_i, w~_i the weights as given, or 1
 *
 * Parts finish as `density` = exp(log_sum) / weight, or `log_density`. They must agree in kernel, bandwidth,
 * bounds and queries. */
#ifndef DENSITY_KERNEL_PARTIAL_H
#define DENSITY_KERNEL_PARTIAL_H

#include "base/command.h"
#include "density/kernel_density_data.h"
#include "density/kernel_density_options.h"
#include "io/partial.h"

extern const struct partial_description kernel_partial_description;

/* Reads the queries, holds their sums, and writes the part. Returns 0, or -1 with command->error set. */
int kernel_partial_run(struct command *command, const struct kernel_density_options *options,
                       const struct kernel_density_data *data);

#endif
