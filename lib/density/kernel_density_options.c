#include "density/kernel_density_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "io/word_list.h"

/* By enum kernel_density_task. */
static const char *const task_options[] = {NULL,       "loo",  "fit",        "print-bandwidth", "sample",
                                           "quantile", "grid", "thresholds", "regime",          "kl-curve"};
static const char *const task_places[] = {
    "at queries",      "with --loo",  "with --fit",        "with --print-bandwidth", "with --sample",
    "with --quantile", "with --grid", "with --thresholds", "with --regime",          "with --kl-curve",
};

enum {
    QUERIES = 1 << KERNEL_DENSITY_AT_QUERIES,
    LEAVE_ONE_OUT = 1 << KERNEL_DENSITY_LEAVE_ONE_OUT,
    FIT = 1 << KERNEL_DENSITY_FIT,
    GRID = 1 << KERNEL_DENSITY_GRID,
    SAMPLE = 1 << KERNEL_DENSITY_SAMPLE,
    QUANTILE = 1 << KERNEL_DENSITY_QUANTILE,
    THRESHOLDS = 1 << KERNEL_DENSITY_THRESHOLDS,
    REGIME = 1 << KERNEL_DENSITY_REGIME,
    CURVE = 1 << KERNEL_DENSITY_CURVE,
    ALL = (CURVE << 1) - 1,
    DENSITIES = QUERIES | LEAVE_ONE_OUT | GRID,
};

/* Options that have a meaning for some tasks only. */
static const struct {
    const char *name;
    unsigned tasks;
} limited[] = {
    {"log", DENSITIES},
    {"score", DENSITIES},
    {"diagnostics", DENSITIES},
    {"standard-error", DENSITIES},
    {"given", DENSITIES},
    {"partial", QUERIES},
    {"mean", QUERIES | LEAVE_ONE_OUT | REGIME},
    {"sum", QUERIES | LEAVE_ONE_OUT},
    {"cdf", QUERIES | GRID},
    {"extend", GRID},
    {"bins", DENSITIES},
    {"method", DENSITIES},
    {"rtol", DENSITIES | FIT | SAMPLE | QUANTILE}, /* the pilot of --adaptive */
    {"atol", DENSITIES},
    {"exact", DENSITIES | FIT | SAMPLE | QUANTILE},
    {"bandwidth", ALL & ~(THRESHOLDS | CURVE)},
    {"bandwidth-scale", ALL & ~(THRESHOLDS | CURVE)},
    {"covariance", ALL & ~CURVE},
    {"lcv-each", ALL & ~(THRESHOLDS | CURVE)},
    {"model", ALL & ~(THRESHOLDS | CURVE)},
    {"weights", ALL & ~THRESHOLDS},
    {"weight-column", ALL & ~THRESHOLDS},
    {"adaptive", ALL & ~(THRESHOLDS | REGIME | CURVE)},
    {"lower", ALL & ~(THRESHOLDS | REGIME | CURVE)},
    {"upper", ALL & ~(THRESHOLDS | REGIME | CURVE)},
    {"periodic", ALL & ~(THRESHOLDS | REGIME | CURVE)},
    {"spectrum", THRESHOLDS},
    {"points", THRESHOLDS},
    {"at", THRESHOLDS},
    {"drop-null", THRESHOLDS},
    {"whiten", REGIME | CURVE},
    {"bandwidth-range", CURVE},
};

/* What a model says already. */
static const char *const fitting[] = {
    "kernel",          "kernel-form", "bandwidth", "covariance",    "lcv-each",
    "bandwidth-scale", "adaptive",    "weights",   "weight-column", "lower",
    "upper",           "periodic",    NULL,
};

/* Pairs of options that exclude each other. */
static const char *const exclusive[][2] = {
    {"partial", "mean"},
    {"partial", "sum"},
    {"partial", "score"},
    {"partial", "diagnostics"},
    {"partial", "standard-error"},
    {"partial", "given"},
    {"partial", "cdf"},
    {"partial", "adaptive"},
    {"partial", "model"},
    {"mean", "sum"},
    {"cdf", "log"},
    {"cdf", "score"},
    {"cdf", "diagnostics"},
    {"cdf", "standard-error"},
    {"cdf", "given"},
    {"cdf", "method"},
    {"cdf", "atol"},
    {"mean", "score"},
    {"sum", "score"},
    {"mean", "diagnostics"},
    {"sum", "diagnostics"},
    {"exact", "rtol"},
    {"exact", "atol"},
    {"exact", "method"},
    {"weights", "weight-column"},
    {"mean", "standard-error"},
    {"sum", "standard-error"},
    {"spectrum", "drop-null"},
    {"whiten", "model"},
    {"whiten", "covariance"},
};

static int find_task(struct command *command, enum kernel_density_task *task) {
    *task = KERNEL_DENSITY_AT_QUERIES;
    for (size_t i = 1; i < sizeof task_options / sizeof *task_options; i++) {
        if (!command_given(command, task_options[i]))
            continue;
        bool left_out = *task == KERNEL_DENSITY_LEAVE_ONE_OUT &&
                        (i == KERNEL_DENSITY_REGIME || i == KERNEL_DENSITY_CURVE);
        if (*task != KERNEL_DENSITY_AT_QUERIES && !left_out)
            return error_set_usage(&command->error, "--%s and --%s exclude each other", task_options[*task],
                                   task_options[i]);
        *task = (enum kernel_density_task)i;
    }
    return 0;
}

static int check_options(struct command *command, enum kernel_density_task task) {
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++)
        if ((limited[i].tasks & 1U << task) == 0 && command_given(command, limited[i].name))
            return error_set_usage(&command->error, "--%s has no meaning %s", limited[i].name,
                                   task_places[task]);
    for (size_t i = 0; i < sizeof exclusive / sizeof *exclusive; i++)
        if (command_given(command, exclusive[i][0]) && command_given(command, exclusive[i][1]))
            return error_set_usage(&command->error, "--%s and --%s exclude each other", exclusive[i][0],
                                   exclusive[i][1]);
    return 0;
}

/* Whether a bandwidth is one number. */
static bool one_number(const char *typed) {
    double value;
    const char *end = typed + strlen(typed);
    return decimal_parse(typed, end, '.', &value) == end && end > typed;
}

/* What thresholds, regimes and curves ask for. */
static int check_many_dimensions(struct command *command, const struct kernel_density_options *options,
                                 enum kernel_density_task task) {
    struct error *error = &command->error;
    if (options->kernel != 0)
        return error_set_usage(error, "--%s is for the gaussian kernel", task_options[task]);
    if (task == KERNEL_DENSITY_THRESHOLDS &&
        command_given(command, "spectrum") != command_given(command, "points"))
        return error_set_usage(error, options->spectrum != NULL
                                          ? "--spectrum needs --points N, the sample's size"
                                          : "--points has no meaning without --spectrum");
    if (task == KERNEL_DENSITY_CURVE && options->bandwidth_range == NULL)
        return error_set_usage(error, "--kl-curve needs --bandwidth-range LO:HI:N");
    if (task == KERNEL_DENSITY_REGIME && options->whiten && !one_number(options->bandwidth))
        return error_set_usage(error, "--whiten needs --bandwidth H, one number");
    size_t least = options->model == NULL ? 2 : 1;
    if (task != KERNEL_DENSITY_THRESHOLDS && !options->leave_one_out && command->operand_count < least)
        return error_set_usage(error, "--%s needs QUERIES, or --loo", task_options[task]);
    return 0;
}

int kernel_density_options_check(struct command *command, const struct kernel_density_options *options,
                                 enum kernel_density_task *task) {
    if (find_task(command, task) < 0 || check_options(command, *task) < 0)
        return -1;
    if (options->model != NULL && command_refuse(command, fitting, "with --model, which says it already") < 0)
        return -1;
    if (options->model != NULL && *task == KERNEL_DENSITY_FIT)
        return error_set_usage(&command->error, "--fit and --model exclude each other");
    if (options->bins != OPTION_COUNT_NONE && !command_given(command, "method"))
        return error_set_usage(&command->error, "--bins has no meaning without --method fft");
    if (*task >= KERNEL_DENSITY_THRESHOLDS && check_many_dimensions(command, options, *task) < 0)
        return -1;
    bool measured = *task == KERNEL_DENSITY_REGIME || *task == KERNEL_DENSITY_CURVE;
    bool queries = *task == KERNEL_DENSITY_AT_QUERIES || (measured && !options->leave_one_out);
    size_t most = (size_t)(options->model == NULL && options->spectrum == NULL) + (size_t)queries;
    if (command->operand_count > most)
        return error_set_usage(&command->error, "unexpected operand '%s': %s", command->operands[most],
                               queries ? "queries are the only ones beside --model"
                                       : "no queries are read here");
    return 0;
}

const char *kernel_density_options_data(const struct command *command,
                                        const struct kernel_density_options *options) {
    if (options->model != NULL)
        return NULL;
    return command->operand_count > 0 ? command->operands[0] : command_operand(command, 0, 1);
}

const char *kernel_density_options_queries(const struct command *command,
                                           const struct kernel_density_options *options) {
    if (options->model != NULL)
        return command->operand_count > 0 ? command->operands[0] : command_operand(command, 0, 1);
    return command->operand_count > 1 ? command->operands[1] : NULL;
}
