/* fdiv - f-divergences between rows of two matrices, and the weights of their ratios. */

#include "base/command.h"
#include "divergence/divergence_partial.h"
#include "divergence/f_divergence.h"
#include "divergence/f_generator_list.h"
#include "divergence/f_ratio.h"
#include "divergence/row_divergence.h"
#include "io/row_input.h"

struct settings {
    struct option_texts divergences;
    bool weights, ratio, function, derivative, conjugate;
    struct divergence_options common;
    struct f_generator_list list;
};

static const struct option_entry own_options[] = {
    OPTION_TEXTS('f', "divergence", struct settings, divergences, "NAME",
                 "kl, rkl, softened-rkl, js, jeffreys, hellinger, chi2, neyman, le-cam, tv, alpha:alpha=A, "
                 "or all (but alpha); a column for each that is given (default js)"),
    OPTION_FLAG('m', "mean", struct settings, common.mean, "the mean over rows in place of a column"),
    OPTION_FLAG(0, "partial", struct settings, common.partial,
                "with --mean: write its mergeable sums (NPZ), for klmerge"),
    OPTION_FLAG(0, "weights", struct settings, weights, "h(p / q) = r^2 f''(r) of each entry"),
    OPTION_HEADING("one matrix in place of P and Q"),
    OPTION_FLAG(0, "ratio", struct settings, ratio, "entries are ratios r > 0: print h(r)"),
    OPTION_FLAG(0, "function", struct settings, function, "with --ratio: f(r)"),
    OPTION_FLAG(0, "derivative", struct settings, derivative, "with --ratio: f'(r)"),
    OPTION_FLAG(0, "conjugate", struct settings, conjugate,
                "with --ratio: entries are slopes t, print f*(t)"),
    OPTION_END,
};

static const char *const examples[] = {
    "fdiv -f hellinger p.csv q.csv           one value for each pair of rows",
    "fdiv -f all --mean --logits teacher.npy student.npy",
    "fdiv -f js --ratio r.csv                weights of density ratios",
    NULL,
};

static const struct command_description description = {
    .name = "fdiv",
    .operands = "[options] [P] Q\n--ratio [options] [R]",
    .purpose = "f-divergences of P from Q, row by row, or the weights r^2 f''(r) of ratios r.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_DISTRIBUTION,
    .examples = examples,
    .operands_max = 2,
};

static int check(struct command *command, const struct settings *settings) {
    static const char *const of_ratios[] = {"function", "derivative", "conjugate", NULL};
    static const char *const of_rows[] = {"mean",   "partial",   "weights",     "normalize",
                                          "logits", "log-probs", "temperature", NULL};
    struct error *error = &command->error;
    if (settings->ratio && command_refuse(command, of_rows, "with --ratio") < 0)
        return -1;
    if (!settings->ratio && command_refuse(command, of_ratios, "without --ratio") < 0)
        return -1;
    if (settings->weights && settings->common.mean)
        return error_set_usage(error, "--weights and --mean exclude each other");
    if (settings->common.partial && !settings->common.mean)
        return error_set_usage(error, "--partial needs --mean");
    if (settings->function + settings->derivative + settings->conjugate > 1)
        return error_set_usage(error, "--function, --derivative and --conjugate exclude one another");
    if ((settings->weights || settings->ratio) && settings->list.count > 1)
        return error_set_usage(error, "%s takes one divergence, %zu are given",
                               settings->ratio ? "--ratio" : "--weights", settings->list.count);
    bool weight = settings->weights ||
                  (settings->ratio && !settings->function && !settings->derivative && !settings->conjugate);
    if (weight && !f_generator_has_weight(settings->list.generators))
        return error_set_usage(error, "no weight for %s", f_generator_name(settings->list.generators));
    if (settings->ratio && command->operand_count > 1)
        return error_set_usage(error, "--ratio takes one matrix");
    if (!settings->ratio && command->operand_count == 0)
        return error_set_usage(error, "an operand is missing (--help shows the usage)");
    return 0;
}

static void compare_rows(const void *context, const struct divergence_rows *rows, double *result) {
    const struct settings *settings = context;
    if (settings->weights)
        f_divergence_weights(rows, settings->list.generators, result);
    else
        f_generator_list_rows(&settings->list, rows, result);
}

static int partial_options(const void *context, struct partial_options *options, struct error *error) {
    const struct settings *settings = context;
    return f_generator_list_describe(&settings->list, options, error);
}

static int run_ratios(struct command *command, const struct settings *settings) {
    struct error *error = &command->error;
    const char *operand = command_operand(command, 0, 1);
    const struct row_input_settings input = {.format = &command->input};
    enum f_ratio_output output = settings->function     ? F_RATIO_FUNCTION
                                 : settings->derivative ? F_RATIO_DERIVATIVE
                                 : settings->conjugate  ? F_RATIO_CONJUGATE
                                                        : F_RATIO_WEIGHT;
    uint64_t rows;
    struct row_stream *stream = row_input_open(&operand, 1, &input, error);
    int status = stream == NULL
                     ? -1
                     : f_ratio_push(&stream, settings->list.generators, output, command->threads, error);
    if (status == 0)
        status = row_stream_write(stream, &command->output, &command->progress, &rows, error);
    if (status == 0 && rows == 0)
        status = error_set(error, "%s: no rows", operand);
    if (status == 0) {
        report_number(&command->report, "rows", (double)rows);
        row_stream_print_notes(stream, command);
    }
    row_stream_free(stream);
    return status;
}

static int run(struct command *command, struct settings *settings) {
    if (f_generator_list_parse(&settings->list, &settings->divergences, &command->error) < 0 ||
        check(command, settings) < 0)
        return -1;
    if (settings->ratio)
        return run_ratios(command, settings);
    const struct row_divergence divergence = {
        .function = compare_rows,
        .context = settings,
        .column = settings->list.names[0],
        .wide = settings->weights,
        .names = settings->list.count > 1 ? settings->list.names : NULL,
        .names_count = settings->list.count,
        .partial = &divergence_partial_f,
        .partial_options = partial_options,
    };
    return row_divergence_run(command, &settings->common, &divergence);
}

int main(int argc, char **argv) {
    struct settings settings = {.common = DIVERGENCE_OPTIONS_DEFAULT};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
