/* kde - kernel density estimates. */

#include <float.h>
#include <math.h>

#include "base/command.h"
#include "density/bandwidth.h"
#include "density/kernel.h"
#include "density/kernel_density_data.h"
#include "density/kernel_density_options.h"
#include "density/kernel_density_run.h"
#include "density/kernel_partial.h"
#include "density/kernel_sums.h"
#include "density/large_dimension_run.h"

static const struct option_entry own_options[] = {
    OPTION_HEADING("the estimate"),
    OPTION_CHOICE('k', "kernel", struct kernel_density_options, kernel, kernel_names, "kernel"),
    OPTION_CHOICE(0, "kernel-form", struct kernel_density_options, form, kernel_form_names,
                  "in several dimensions"),
    OPTION_TEXT('w', "bandwidth", struct kernel_density_options, bandwidth, "H",
                "number, list, @FILE (factor L), or rule"),
    OPTION_CHOICE(0, "covariance", struct kernel_density_options, covariance, bandwidth_shape_names,
                  "shape that rules scale"),
    OPTION_NUMBER(0, "bandwidth-scale", struct kernel_density_options, scale, "S", DBL_MIN, DBL_MAX,
                  "multiply the bandwidth by S"),
    OPTION_FLAG(0, "lcv-each", struct kernel_density_options, each, "lcv: a bandwidth for each column"),
    OPTION_NUMBER(0, "adaptive", struct kernel_density_options, adaptive, "A", 0, 1,
                  "local bandwidths, density to the power -A"),
    OPTION_TEXT(0, "weights", struct kernel_density_options, weights, "FILE", "weights of the rows of DATA"),
    OPTION_TEXT(0, "weight-column", struct kernel_density_options, weight_column, "J",
                "the column of DATA that holds them"),
    OPTION_TEXT(0, "lower", struct kernel_density_options, lower, "L",
                "lower bound of each column, by reflection"),
    OPTION_TEXT(0, "upper", struct kernel_density_options, upper, "U", "upper bounds"),
    OPTION_TEXT(0, "periodic", struct kernel_density_options, period, "P", "period of each column"),
    OPTION_TEXT('m', "model", struct kernel_density_options, model, "FILE", "a model in place of DATA"),
    OPTION_HEADING("what to do with it"),
    OPTION_FLAG(0, "loo", struct kernel_density_options, leave_one_out,
                "densities of DATA, each row left out"),
    OPTION_TEXT(0, "grid", struct kernel_density_options, grid, "N",
                "on a grid: N or LO:HI:N, or one a column"),
    OPTION_NUMBER(0, "extend", struct kernel_density_options, extend, "E", 0, DBL_MAX,
                  "grid N: E bandwidths beyond the data"),
    OPTION_COUNT(0, "sample", struct kernel_density_options, sample, "N", 1, 0x1p53, "N draws"),
    OPTION_FLAG(0, "cdf", struct kernel_density_options, cdf, "the distribution function (1 column)"),
    OPTION_TEXT(0, "quantile", struct kernel_density_options, quantile, "P",
                "quantiles at the list P (1 column)"),
    OPTION_FLAG(0, "fit", struct kernel_density_options, fit, "write the model"),
    OPTION_FLAG(0, "print-bandwidth", struct kernel_density_options, print_bandwidth, "print the bandwidth"),
    OPTION_HEADING("in many dimensions"),
    OPTION_FLAG(0, "thresholds", struct kernel_density_options, thresholds,
                "bandwidths at which the regime changes"),
    OPTION_TEXT(0, "spectrum", struct kernel_density_options, spectrum, "FILE",
                "of these variances, not of DATA"),
    OPTION_COUNT(0, "points", struct kernel_density_options, spectrum_points, "N", 2, 0x1p53,
                 "spectrum: the sample's size"),
    OPTION_TEXT(0, "at", struct kernel_density_options, at, "H,..",
                "rates and tail index at these bandwidths"),
    OPTION_FLAG(0, "drop-null", struct kernel_density_options, drop_null, "leave out variances of 0"),
    OPTION_FLAG(0, "regime", struct kernel_density_options, regime, "how few points carry each query"),
    OPTION_FLAG(0, "kl-curve", struct kernel_density_options, curve,
                "mean log density against the bandwidth"),
    OPTION_TEXT(0, "bandwidth-range", struct kernel_density_options, bandwidth_range, "LO:HI:N",
                "kl-curve: N bandwidths"),
    OPTION_FLAG(0, "whiten", struct kernel_density_options, whiten,
                "bandwidths scale the covariance's factor"),
    OPTION_HEADING("what to print"),
    OPTION_FLAG('l', "log", struct kernel_density_options, log, "log_density in place of density"),
    OPTION_FLAG(0, "score", struct kernel_density_options, score, "add the gradient of the log density"),
    OPTION_FLAG(0, "diagnostics", struct kernel_density_options, diagnostics,
                "add effective_points, max_weight"),
    OPTION_FLAG(0, "standard-error", struct kernel_density_options, standard_error,
                "add the density's standard error"),
    OPTION_TEXT(0, "given", struct kernel_density_options, given, "LIST",
                "density of the other columns given these"),
    OPTION_FLAG(0, "mean", struct kernel_density_options, mean, "the mean over queries as one number"),
    OPTION_FLAG(0, "sum", struct kernel_density_options, sum, "the sum"),
    OPTION_FLAG(0, "partial", struct kernel_density_options, partial, "mergeable sums (NPZ), for klmerge"),
    OPTION_HEADING("how to sum"),
    OPTION_NUMBER(0, "rtol", struct kernel_density_options, relative, "R", 0, 1, "relative error allowed"),
    OPTION_NUMBER(0, "atol", struct kernel_density_options, absolute, "A", 0, DBL_MAX,
                  "absolute error allowed"),
    OPTION_FLAG(0, "exact", struct kernel_density_options, exact, "every term of every sum"),
    OPTION_CHOICE(0, "method", struct kernel_density_options, method, kernel_sums_method_names, "how"),
    OPTION_COUNT(0, "bins", struct kernel_density_options, bins, "N", 8, 1 << 28, "fft: bins a column"),
    OPTION_END,
};

static const char *const examples[] = {
    "kde --log data.csv queries.csv            log densities at the queries",
    "kde --loo --log --mean data.csv           cross-validated log-likelihood",
    "kde -w 250 --grid 0:5000:101 incomes.csv  a bandwidth in the data's units",
    NULL,
};

static const struct command_description description = {
    .name = "kde",
    .operands = "[options] [DATA [QUERIES]]\n--model FILE [options] [QUERIES]\n--thresholds [options] [DATA]",
    .purpose = "Kernel density estimate of DATA at QUERIES.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED,
    .examples = examples,
    .operands_max = 2,
    .columns_letter = 'c',
};

static int run(struct command *command, struct kernel_density_options *options) {
    enum kernel_density_task task;
    struct kernel_density_data data = {0};
    if (kernel_density_options_check(command, options, &task) < 0)
        return -1;
    if (task == KERNEL_DENSITY_THRESHOLDS)
        return large_dimension_run_thresholds(command, options);
    if (task == KERNEL_DENSITY_CURVE)
        options->bandwidth = "1"; /* each bandwidth of the curve multiplies it */
    if (kernel_density_data_read(&data, command, options) < 0)
        return -1;
    int status;
    switch (task) {
    case KERNEL_DENSITY_FIT:
        status = kernel_density_write(data.density, command->output.path, &command->error);
        break;
    case KERNEL_DENSITY_PRINT_BANDWIDTH:
        status = kernel_density_run_bandwidth(command, options, &data);
        break;
    case KERNEL_DENSITY_SAMPLE:
        status = kernel_density_run_sample(command, options, &data);
        break;
    case KERNEL_DENSITY_QUANTILE:
        status = kernel_density_run_quantiles(command, options, &data);
        break;
    case KERNEL_DENSITY_REGIME:
        status = large_dimension_run_regime(command, options, &data);
        break;
    case KERNEL_DENSITY_CURVE:
        status = large_dimension_run_curve(command, options, &data);
        break;
    default:
        status = options->partial ? kernel_partial_run(command, options, &data)
                                  : kernel_density_run_values(command, options, task, &data);
    }
    kernel_density_data_free(&data);
    return status;
}

int main(int argc, char **argv) {
    struct kernel_density_options options = KERNEL_DENSITY_OPTIONS_DEFAULT;
    struct command command;
    command_start(&command, &description, &options, argc, argv);
    return command_finish(&command, run(&command, &options));
}
