/* What the command line of `gpfit` asks for. Texts are as typed. */
#ifndef PROCESS_GAUSSIAN_PROCESS_OPTIONS_H
#define PROCESS_GAUSSIAN_PROCESS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/checkpoint.h"
#include "base/command.h"
#include "process/gaussian_process_fit.h"

enum gaussian_process_options_method {
    GAUSSIAN_PROCESS_OPTIONS_AUTO,
    GAUSSIAN_PROCESS_OPTIONS_EXACT,
    GAUSSIAN_PROCESS_OPTIONS_KALMAN
};

struct gaussian_process_options {
    const char *kernel, *targets, *inputs, *noise_column, *init;
    double noise, jitter;        /* nan: none */
    int mean, objective, method; /* enum gaussian_process_options_method */
    bool fix_noise, universal, standardize;
    bool no_optimize, evaluate, gradient;
    size_t restarts;
    size_t vecchia;  /* neighbours; 0: no approximation */
    size_t inducing; /* 0: exact, unless there is a file */
    int inducing_method, inducing_start;
    const char *inducing_file;
    bool fix_inducing;
    const char *scale_prior; /* NULL: no mixture */
    int scale_noise, scale_posterior;
    bool fix_scale_prior, scale_per_output;
    size_t draws;
    int likelihood; /* enum gaussian_process_likelihood */
    size_t epochs, batch;
    double learning_rate;
};

#define GAUSSIAN_PROCESS_OPTIONS_DEFAULT                                                                     \
    {                                                                                                        \
        .kernel = "rbf", .noise = NAN, .jitter = NAN, .mean = GAUSSIAN_PROCESS_MEAN_CONSTANT, .draws = 1000, \
        .epochs = 200, .batch = 256, .learning_rate = 0.01                                                   \
    }

/* The option table, to be ended by OPTION_END within the filter's own. */
extern const struct option_entry gaussian_process_options_table[];

/* Refuses what cannot go together, and fills in the fit's settings. Returns 0, or -1 with a usage error. */
int gaussian_process_options_check(struct command *command, const struct gaussian_process_options *options,
                                   struct checkpoint *checkpoint,
                                   struct gaussian_process_fit_settings *settings);

/* Sets the kind of a fit that is not sparse, once kernel and data are known: Vecchia's approximation where it
 * was asked for, the Kalman filter where it was, or from some thousands of rows on where it applies. Returns
 * 0, or -1:
 * "--method kalman: the kernel is no sum of matern of nu 0.5, 1.5 or 2.5 of one input". */
int gaussian_process_options_choose(const struct gaussian_process_options *options,
                                    const struct covariance *covariance, size_t rows,
                                    struct gaussian_process_fit_settings *settings, struct error *error);

#endif
