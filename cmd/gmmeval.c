/* gmmeval - densities, responsibilities, scores and more of a Gaussian mixture, row by row. */

#include "base/command.h"
#include "density/mixture_entropy.h"
#include "density/mixture_evaluation.h"
#include "density/mixture_model.h"
#include "density/mixture_regression.h"
#include "density/mixture_sum.h"
#include "io/row_writer.h"
#include "num/gaussian_mixture_reduce.h"
#include "num/gaussian_mixture_writer.h"

struct settings {
    struct mixture_evaluation_columns columns;
    struct mixture_model_settings model;
    bool mean, sum, partial, entropy;
    const char *given;
    size_t reduce, samples;
};

#define COLUMN_FLAG(name, field, help) OPTION_FLAG(0, name, struct settings, columns.field, help)

static const struct option_entry own_options[] = {
    OPTION_HEADING("columns"),
    COLUMN_FLAG("log-density", log_density, "log f (the default)"),
    COLUMN_FLAG("responsibilities", responsibilities, "r1 .. rK: the components' shares in f"),
    COLUMN_FLAG("labels", labels, "the likeliest component, from 1"),
    COLUMN_FLAG("score", score, "the gradient of log f"),
    COLUMN_FLAG("denoise", denoise, "E[X] given A X + S Z, with --sigma"),
    COLUMN_FLAG("mahalanobis", mahalanobis, "squared distances from the components"),
    COLUMN_FLAG("components", components, "log w_k + log N_k"),
    COLUMN_FLAG("hessian-trace", laplacian, "the Laplacian of log f"),
    OPTION_HEADING("one number"),
    OPTION_FLAG('m', "mean", struct settings, mean, "print the mean of log f over rows"),
    OPTION_FLAG(0, "sum", struct settings, sum, "print its sum: the log-likelihood"),
    OPTION_FLAG(0, "partial", struct settings, partial, "write the mergeable sums of either (NPZ)"),
    OPTION_FLAG(0, "entropy", struct settings, entropy, "print the entropy, from draws; no DATA"),
    OPTION_COUNT(0, "samples", struct settings, samples, "N", 2, 0x1p62, "draws of --entropy"),
    OPTION_HEADING("the model"),
    OPTION_NUMBER(0, "sigma", struct settings, model.sigma, "S", 0, 1e150, "take that of A X + S Z"),
    OPTION_NUMBER(0, "alpha", struct settings, model.alpha, "A", 0, 1e150, "A of --sigma"),
    OPTION_TEXT(0, "marginal", struct settings, model.marginal, "LIST", "drop all columns but these"),
    OPTION_TEXT(0, "given", struct settings, given, "LIST", "mean, variance of the columns DATA lack"),
    OPTION_COUNT(0, "reduce", struct settings, reduce, "K", 1, 0x1p62, "write a mixture of K components"),
    OPTION_END,
};

static const char *const examples[] = {
    "gmmeval m.npz x.csv                     log densities",
    "gmmeval --labels m.npz x.csv            the likeliest component of each row",
    "gmmeval --sigma 0.5 --denoise m.npz noisy.csv",
    NULL,
};

static const struct command_description description = {
    .name = "gmmeval",
    .operands = "[options] MODEL [DATA]\n--entropy [options] MODEL\n--reduce K [options] MODEL",
    .purpose = "What a Gaussian mixture says of each row of DATA.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED,
    .examples = examples,
    .operands_min = 1,
    .operands_max = 2,
};

static const char *const column_options[] = {"log-density", "responsibilities", "labels",
                                             "score",       "denoise",          "mahalanobis",
                                             "components",  "hessian-trace",    NULL};
static const char *const number_options[] = {"mean", "sum", "partial", NULL};
static const char *const row_options[] = {"mean", "sum", "partial", "given", NULL};

/* Refuses what has no meaning beside the choice made. */
static int check(struct command *command, const struct settings *settings) {
    bool whole = settings->entropy || settings->reduce != OPTION_COUNT_NONE;
    const char *where = settings->entropy                       ? "with --entropy"
                        : settings->reduce != OPTION_COUNT_NONE ? "with --reduce"
                        : settings->given != NULL               ? "with --given"
                        : settings->mean                        ? "with --mean"
                                                                : "with --sum";
    if (settings->entropy && settings->reduce != OPTION_COUNT_NONE)
        return error_set_usage(&command->error, "--reduce has no meaning with --entropy");
    if ((whole || settings->given != NULL || settings->mean || settings->sum) &&
        command_refuse(command, column_options, where) < 0)
        return -1;
    if (whole && command_refuse(command, row_options, where) < 0)
        return -1;
    if (settings->given != NULL &&
        (command_refuse(command, number_options, where) < 0 ||
         command_refuse(command, (const char *const[]){"marginal", NULL}, where) < 0))
        return -1;
    if (settings->mean && settings->sum)
        return error_set_usage(&command->error, "--sum has no meaning with --mean");
    if (settings->partial && !settings->mean && !settings->sum)
        return error_set_usage(&command->error, "--partial needs --mean or --sum");
    if (!settings->entropy && command_given(command, "samples"))
        return error_set_usage(&command->error, "--samples has no meaning without --entropy");
    if (whole && command->operand_count > 1)
        return error_set_usage(&command->error, "%s takes a MODEL alone", where + sizeof "with");
    if (settings->columns.denoise && !command_given(command, "sigma"))
        return error_set_usage(&command->error, "--denoise needs --sigma");
    if (settings->columns.denoise && settings->model.alpha == 0)
        return error_set_usage(&command->error, "--denoise needs --alpha above 0");
    return 0;
}

/* The rows to evaluate: the second operand, or standard input. */
static int find_data(struct command *command, const char **data) {
    const char *model = command->operands[0];
    bool piped = model[0] == '-' && model[1] == '\0';
    if (command->operand_count > 1) {
        *data = command->operands[1];
    } else {
        command->operand_count = 0;
        *data = piped ? "-" : command_operand(command, 0, 1);
    }
    if (piped && (*data)[0] == '-' && (*data)[1] == '\0')
        return error_set_usage(&command->error, "the model comes from standard input: DATA must be a file");
    return 0;
}

/* Writes what the top of the chain makes. */
static int write_rows(struct command *command, struct row_stream *rows) {
    uint64_t count;
    if (row_stream_write(rows, &command->output, &command->progress, &count, &command->error) < 0)
        return -1;
    report_number(&command->report, "rows", (double)count);
    row_stream_print_notes(rows, command);
    return 0;
}

static int write_number(struct command *command, const char *name, double value) {
    report_number(&command->report, name, value);
    return row_writer_number(&command->output, value, &command->error);
}

static int evaluate(struct command *command, struct settings *settings, const struct mixture_model *model) {
    struct error *error = &command->error;
    struct mixture_evaluation evaluation = {0};
    struct row_stream *rows = NULL;
    const char *data;
    const struct mixture_sum sum = {settings->mean, settings->partial, model->mixture};
    struct mixture_evaluation_columns *columns = &settings->columns;
    if (!columns->responsibilities && !columns->labels && !columns->score && !columns->denoise &&
        !columns->mahalanobis && !columns->components && !columns->laplacian)
        columns->log_density = true;
    int status = find_data(command, &data);
    if (status == 0)
        status = mixture_evaluation_create(&evaluation, model->mixture, columns, settings->model.alpha,
                                           settings->model.sigma, error);
    if (status == 0)
        rows = mixture_model_open_rows(model, &data, &command->input, model->mixture->dimensions, error);
    status = rows == NULL ? -1 : mixture_evaluation_push(&rows, &evaluation, command->threads, error);
    if (status == 0)
        status = settings->mean || settings->sum ? mixture_sum_run(command, &sum, rows)
                                                 : write_rows(command, rows);
    row_stream_free(rows);
    mixture_evaluation_free(&evaluation);
    return status;
}

static int regress(struct command *command, const struct settings *settings,
                   const struct mixture_model *model) {
    struct error *error = &command->error;
    struct mixture_regression regression = {0};
    struct column_list given = {0};
    struct row_stream *rows = NULL;
    const char *data;
    int status = column_list_read(&given, settings->given, model->mixture->dimensions, NULL, error);
    if (status == 0)
        status = mixture_regression_create(&regression, model->mixture, given.indices, given.count, error);
    if (status < 0)
        error_prefix(error, "--given");
    if (status == 0 && (status = find_data(command, &data)) == 0)
        rows = mixture_model_open_rows(model, &data, &command->input, given.count, error);
    status = rows == NULL ? -1 : mixture_regression_push(&rows, &regression, command->threads, error);
    if (status == 0)
        status = write_rows(command, rows);
    row_stream_free(rows);
    mixture_regression_free(&regression);
    column_list_free(&given);
    return status;
}

static int reduce(struct command *command, const struct settings *settings,
                  const struct gaussian_mixture *mixture) {
    struct error *error = &command->error;
    struct gaussian_mixture *reduced =
        gaussian_mixture_reduce(mixture, settings->reduce, command->threads, error);
    if (reduced == NULL)
        return error_prefix(error, "--reduce");
    int status = gaussian_mixture_writer_file(command->output.path, reduced, error);
    gaussian_mixture_free(reduced);
    return status;
}

static int measure_entropy(struct command *command, const struct settings *settings,
                           const struct gaussian_mixture *mixture) {
    struct mixture_entropy_estimate estimate;
    double lower, upper;
    if (mixture_entropy_monte_carlo(mixture, settings->samples, command->seed, command->threads, &estimate,
                                    &command->error) < 0)
        return -1;
    report_number(&command->report, "standard_error", estimate.standard_error);
    if (command->verbose) {
        if (mixture_entropy_bounds(mixture, command->threads, &lower, &upper, &command->error) < 0)
            return -1;
        report_number(&command->report, "lower_bound", lower);
        report_number(&command->report, "upper_bound", upper);
    }
    return write_number(command, "entropy", estimate.value);
}

static int run(struct command *command, struct settings *settings) {
    struct mixture_model model;
    settings->model.operand = command->operands[0];
    if (check(command, settings) < 0 || mixture_model_read(&model, &settings->model, &command->error) < 0)
        return -1;
    report_number(&command->report, "components", (double)model.mixture->components);
    report_number(&command->report, "dimensions", (double)model.mixture->dimensions);
    int status;
    if (settings->reduce != OPTION_COUNT_NONE)
        status = reduce(command, settings, model.mixture);
    else if (settings->entropy)
        status = measure_entropy(command, settings, model.mixture);
    else if (settings->given != NULL)
        status = regress(command, settings, &model);
    else
        status = evaluate(command, settings, &model);
    mixture_model_free(&model);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {.model = {.alpha = 1}, .reduce = OPTION_COUNT_NONE, .samples = 100000};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
