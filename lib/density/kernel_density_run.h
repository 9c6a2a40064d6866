/* The tasks of `kde`, from a density to what is printed. */
#ifndef DENSITY_KERNEL_DENSITY_RUN_H
#define DENSITY_KERNEL_DENSITY_RUN_H

#include "base/command.h"
#include "density/kernel_density_data.h"
#include "density/kernel_density_options.h"

/* Densities (or the distribution function) at queries, at the points each left out, or on a grid; or their
 * mean or sum as one number. Queries are streamed. Returns 0, or -1 with command->error set. */
int kernel_density_run_values(struct command *command, const struct kernel_density_options *options,
                              enum kernel_density_task task, const struct kernel_density_data *data);

/* Draws. */
int kernel_density_run_sample(struct command *command, const struct kernel_density_options *options,
                              const struct kernel_density_data *data);

/* A table probability,quantile. */
int kernel_density_run_quantiles(struct command *command, const struct kernel_density_options *options,
                                 const struct kernel_density_data *data);

/* One row: h1..hd where the factor is diagonal and no full covariance was asked for, else the factor's d x d
 * entries. */
int kernel_density_run_bandwidth(struct command *command, const struct kernel_density_options *options,
                                 const struct kernel_density_data *data);

#endif
