/* A run of `gpfit` once its command line is understood: kernel and data to a model, or to the objective at
 * the parameters as they are written. */
#ifndef PROCESS_GAUSSIAN_PROCESS_RUN_H
#define PROCESS_GAUSSIAN_PROCESS_RUN_H

#include "base/command.h"
#include "process/gaussian_process_fit.h"
#include "process/gaussian_process_input.h"
#include "process/gaussian_process_options.h"

/* Sets model->covariance, its parameters at their starts: the kernel as typed, with starts from the data
 * where a search follows, or that of --init's model, whose noise is taken where none was given. Returns 0 or
 * -1. */
__attribute__((warn_unused_result)) int
gaussian_process_run_start(struct command *command, const struct gaussian_process_options *options,
                           const struct gaussian_process_input *input,
                           struct gaussian_process_fit_settings *settings,
                           struct gaussian_process_model *model);

/* Fits, reports and writes the model. Returns 0 or -1. */
__attribute__((warn_unused_result)) int gaussian_process_run_fit(struct command *command,
                                                                 const struct gaussian_process_task *task);

/* Writes the objective, in the units of the targets as they were given, or the table name,value,gradient.
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_run_evaluate(struct command *command, const struct gaussian_process_task *task,
                              bool gradient);

#endif
