/* What `kde` says of estimates in many dimensions: thresholds, the regime of each query, the curve over
 * bandwidths (density/large_dimension.h, density/condensation.h). */
#ifndef DENSITY_LARGE_DIMENSION_RUN_H
#define DENSITY_LARGE_DIMENSION_RUN_H

#include "base/command.h"
#include "density/kernel_density_data.h"
#include "density/kernel_density_options.h"

/* One row n,d,alpha,h_clt,h_g,h_kl,delta of the spectrum of DATA or of a spectrum that is given; with --at a
 * row h,tail_index,regime,log_density_rate,kl_rate for each bandwidth. Reads its operand itself. Returns 0,
 * or -1 with command->error set. */
int large_dimension_run_thresholds(struct command *command, const struct kernel_density_options *options);

/* A row density_concentration,variance_concentration,max_weight for each query (or each point, left out), or
 * their means. With --whiten the density's factor is first multiplied by that of the covariance. */
int large_dimension_run_regime(struct command *command, const struct kernel_density_options *options,
                               const struct kernel_density_data *data);

/* A row h,mean_log_density,density_concentration,variance_concentration,standard_error for each bandwidth of
 * --bandwidth-range, of a density with L = I; means over the queries, the error that of the mean log density.
 */
int large_dimension_run_curve(struct command *command, const struct kernel_density_options *options,
                              const struct kernel_density_data *data);

#endif
