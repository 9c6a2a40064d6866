/* What the command line of `kde` asks for. Texts are as typed. */
#ifndef DENSITY_KERNEL_DENSITY_OPTIONS_H
#define DENSITY_KERNEL_DENSITY_OPTIONS_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"

struct kernel_density_options {
    /* the estimate */
    int kernel, form, covariance;
    const char *bandwidth; /* a number, a list, @FILE or a rule */
    bool each;             /* lcv frees every column's bandwidth */
    double scale;          /* multiplies the bandwidth */
    double adaptive;       /* Abramson's exponent; nan: none */
    const char *weights, *weight_column;
    const char *lower, *upper, *period;
    const char *model; /* read in place of DATA */

    /* what is done with it; nothing: densities at queries */
    bool fit, print_bandwidth, leave_one_out, cdf;
    const char *quantile, *grid;
    double extend;
    size_t sample; /* OPTION_COUNT_NONE: none */

    /* many dimensions */
    bool thresholds, regime, curve;
    const char *spectrum;   /* file of variances */
    size_t spectrum_points; /* OPTION_COUNT_NONE: none */
    const char *at;         /* list of bandwidths */
    const char *bandwidth_range;
    bool drop_null, whiten;

    /* what is printed of a query */
    bool log, score, diagnostics, standard_error, mean, sum;
    bool partial; /* mergeable sums in place of densities */
    const char *given;

    /* how sums are taken */
    double relative, absolute;
    bool exact;
    int method;
    size_t bins;
};

#define KERNEL_DENSITY_OPTIONS_DEFAULT                                                                       \
    {                                                                                                        \
        .bandwidth = "scott", .covariance = 1, .scale = 1, .adaptive = NAN, .extend = 3,                     \
        .sample = OPTION_COUNT_NONE, .spectrum_points = OPTION_COUNT_NONE, .relative = 1e-10,                \
        .bins = OPTION_COUNT_NONE                                                                            \
    }

enum kernel_density_task {
    KERNEL_DENSITY_AT_QUERIES,
    KERNEL_DENSITY_LEAVE_ONE_OUT,
    KERNEL_DENSITY_FIT,
    KERNEL_DENSITY_PRINT_BANDWIDTH,
    KERNEL_DENSITY_SAMPLE,
    KERNEL_DENSITY_QUANTILE,
    KERNEL_DENSITY_GRID,
    KERNEL_DENSITY_THRESHOLDS,
    KERNEL_DENSITY_REGIME, /* of queries, or with leave_one_out of the points */
    KERNEL_DENSITY_CURVE   /* the same */
};

/* Which task is asked for. Refuses two at once, options that have no meaning with it or beside a model, and
 * operands that do not fit. Returns 0, or -1 with a usage error in command->error. */
int kernel_density_options_check(struct command *command, const struct kernel_density_options *options,
                                 enum kernel_density_task *task);

/* The operands of data and queries; NULL where there is none. Without operands data, or beside a model
 * queries, are standard input. */
const char *kernel_density_options_data(const struct command *command,
                                        const struct kernel_density_options *options);
const char *kernel_density_options_queries(const struct command *command,
                                           const struct kernel_density_options *options);

#endif
