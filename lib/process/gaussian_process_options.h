/* What the command line of `gpfit` asks for. Texts are as typed. */
#ifndef PROCESS_GAUSSIAN_PROCESS_OPTIONS_H
#define PROCESS_GAUSSIAN_PROCESS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/checkpoint.h"
#include "base/command.h"
#include "process/gaussian_process_fit.h"

struct gaussian_process_options {
    const char *kernel, *targets, *inputs, *noise_column, *init;
    double noise, jitter; /* nan: none */
    int mean, objective;
    bool fix_noise, universal, standardize;
    bool no_optimize, evaluate, gradient;
    size_t restarts;
    size_t inducing; /* 0: exact, unless there is a file */
    int inducing_method, inducing_start;
    const char *inducing_file;
    bool fix_inducing;
    const char *scale_prior; /* NULL: no mixture */
    int scale_noise, scale_posterior;
    bool fix_scale_prior, scale_per_output;
    size_t draws;
};

#define GAUSSIAN_PROCESS_OPTIONS_DEFAULT                                                                     \
    { .kernel = "rbf", .noise = NAN, .jitter = NAN, .mean = GAUSSIAN_PROCESS_MEAN_CONSTANT, .draws = 1000 }

/* The option table, to be ended by OPTION_END within the filter's own. */
extern const struct option_entry gaussian_process_options_table[];

/* Refuses what cannot go together, and fills in the fit's settings. Returns 0, or -1 with a usage error. */
int gaussian_process_options_check(struct command *command, const struct gaussian_process_options *options,
                                   struct checkpoint *checkpoint,
                                   struct gaussian_process_fit_settings *settings);

#endif
