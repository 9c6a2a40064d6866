/* kde - kernel density estimates. */

#include <float.h>
#include <math.h>

#include "base/command.h"
#include "density/bandwidth.h"
#include "density/kernel.h"
#include "density/kernel_density_data.h"
#include "density/kernel_density_options.h"
#include "density/kernel_density_run.h"
#include "density/kernel_sums.h"

#define FIELD(name) struct kernel_density_options, name

static const struct option_entry own_options[] = {
    OPTION_HEADING("the estimate"),
    OPTION_CHOICE('k', "kernel", FIELD(kernel), kernel_names, "kernel"),
    OPTION_CHOICE(0, "kernel-form", FIELD(form), kernel_form_names, "in several dimensions"),
    OPTION_TEXT('w', "bandwidth", FIELD(bandwidth), "H", "number, list, @FILE (factor L), or rule"),
    OPTION_CHOICE(0, "covariance", FIELD(covariance), bandwidth_shape_names, "shape that rules scale"),
    OPTION_NUMBER(0, "bandwidth-scale", FIELD(scale), "S", DBL_MIN, DBL_MAX, "multiply the bandwidth by S"),
    OPTION_FLAG(0, "lcv-each", FIELD(each), "lcv: a bandwidth for each column"),
    OPTION_NUMBER(0, "adaptive", FIELD(adaptive), "A", 0, 1, "local bandwidths, density to the power -A"),
    OPTION_TEXT(0, "weights", FIELD(weights), "FILE", "weights of the rows of DATA"),
    OPTION_TEXT(0, "weight-column", FIELD(weight_column), "J", "the column of DATA that holds them"),
    OPTION_TEXT(0, "lower", FIELD(lower), "L", "lower bound of each column, by reflection"),
    OPTION_TEXT(0, "upper", FIELD(upper), "U", "upper bounds"),
    OPTION_TEXT(0, "periodic", FIELD(period), "P", "period of each column"),
    OPTION_TEXT('m', "model", FIELD(model), "FILE", "a model in place of DATA"),
    OPTION_HEADING("what to do with it"),
    OPTION_FLAG(0, "loo", FIELD(leave_one_out), "densities of DATA, each row left out"),
    OPTION_TEXT(0, "grid", FIELD(grid), "N", "on a grid: N or LO:HI:N, or one a column"),
    OPTION_NUMBER(0, "extend", FIELD(extend), "E", 0, DBL_MAX, "grid N: E bandwidths beyond the data"),
    OPTION_COUNT(0, "sample", FIELD(sample), "N", 1, 0x1p53, "N draws"),
    OPTION_FLAG(0, "cdf", FIELD(cdf), "the distribution function (1 column)"),
    OPTION_TEXT(0, "quantile", FIELD(quantile), "P", "quantiles at the list P (1 column)"),
    OPTION_FLAG(0, "fit", FIELD(fit), "write the model"),
    OPTION_FLAG(0, "print-bandwidth", FIELD(print_bandwidth), "print the bandwidth"),
    OPTION_HEADING("what to print"),
    OPTION_FLAG('l', "log", FIELD(log), "log_density in place of density"),
    OPTION_FLAG(0, "score", FIELD(score), "add the gradient of the log density"),
    OPTION_FLAG(0, "diagnostics", FIELD(diagnostics), "add effective_points, max_weight"),
    OPTION_FLAG(0, "standard-error", FIELD(standard_error), "add the density's standard error"),
    OPTION_TEXT(0, "given", FIELD(given), "LIST", "density of the other columns given these"),
    OPTION_FLAG(0, "mean", FIELD(mean), "the mean over queries as one number"),
    OPTION_FLAG(0, "sum", FIELD(sum), "the sum"),
    OPTION_HEADING("how to sum"),
    OPTION_NUMBER(0, "rtol", FIELD(relative), "R", 0, 1, "relative error allowed"),
    OPTION_NUMBER(0, "atol", FIELD(absolute), "A", 0, DBL_MAX, "absolute error allowed"),
    OPTION_FLAG(0, "exact", FIELD(exact), "every term of every sum"),
    OPTION_CHOICE(0, "method", FIELD(method), kernel_sums_method_names, "how"),
    OPTION_COUNT(0, "bins", FIELD(bins), "N", 8, 1 << 28, "fft: bins a column"),
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
    .operands = "[options] [DATA [QUERIES]]\n--model FILE [options] [QUERIES]",
    .purpose = "Kernel density estimate of DATA at QUERIES.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED,
    .examples = examples,
    .operands_max = 2,
};

static int run(struct command *command, const struct kernel_density_options *options) {
    enum kernel_density_task task;
    struct kernel_density_data data = {0};
    if (kernel_density_options_check(command, options, &task) < 0 ||
        kernel_density_data_read(&data, command, options) < 0)
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
    default:
        status = kernel_density_run_values(command, options, task, &data);
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
