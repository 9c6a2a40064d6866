/* fdiv - f-divergences between rows of two matrices, and the weights of their ratios. */

#include <stdio.h>
#include <string.h>

#include "base/command.h"
#include "divergence/divergence_partial.h"
#include "divergence/f_divergence.h"
#include "divergence/f_ratio.h"
#include "divergence/row_divergence.h"
#include "io/row_input.h"

enum { GENERATORS_MAX = 64, NAME_SIZE = 32 };

struct settings {
    struct option_texts divergences;
    bool weights, ratio, function, derivative, conjugate;
    struct divergence_options common;
    struct f_generator generators[GENERATORS_MAX];
    size_t count;
    char names[GENERATORS_MAX][NAME_SIZE]; /* of the columns */
    const char *name_list[GENERATORS_MAX];
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

static int add_generator(struct settings *settings, const char *text, struct error *error) {
    if (settings->count == GENERATORS_MAX)
        return error_set_usage(error, "--divergence: more than %d columns", GENERATORS_MAX);
    if (f_generator_parse(&settings->generators[settings->count], text, error) < 0)
        return -1;
    settings->count++;
    return 0;
}

/* The generators asked for, in the order given. */
static int find_generators(struct settings *settings, struct error *error) {
    const struct option_texts *given = &settings->divergences;
    if (given->count == 0)
        return add_generator(settings, "js", error);
    for (size_t i = 0; i < given->count; i++) {
        if (strcmp(given->texts[i], "all") != 0) {
            if (add_generator(settings, given->texts[i], error) < 0)
                return -1;
            continue;
        }
        for (int kind = 0; kind < F_GENERATOR_ALPHA; kind++) {
            struct f_generator generator = {.kind = (enum f_generator_kind)kind};
            if (add_generator(settings, f_generator_name(&generator), error) < 0)
                return -1;
        }
    }
    return 0;
}

/* softened_rkl, alpha, alpha_2, ... */
static void name_columns(struct settings *settings) {
    for (size_t i = 0; i < settings->count; i++) {
        size_t before = 0;
        char *name = settings->names[i];
        for (size_t j = 0; j < i; j++)
            before += settings->generators[j].kind == settings->generators[i].kind;
        int length = snprintf(name, NAME_SIZE, "%s", f_generator_name(&settings->generators[i]));
        if (before > 0)
            snprintf(name + length, NAME_SIZE - (size_t)length, "_%zu", before + 1);
        for (char *dash = name; (dash = strchr(dash, '-')) != NULL;)
            *dash = '_';
        settings->name_list[i] = name;
    }
}

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
    if ((settings->weights || settings->ratio) && settings->count > 1)
        return error_set_usage(error, "%s takes one divergence, %zu are given",
                               settings->ratio ? "--ratio" : "--weights", settings->count);
    bool weight = settings->weights ||
                  (settings->ratio && !settings->function && !settings->derivative && !settings->conjugate);
    if (weight && !f_generator_has_weight(settings->generators))
        return error_set_usage(error, "no weight for %s", f_generator_name(settings->generators));
    if (settings->ratio && command->operand_count > 1)
        return error_set_usage(error, "--ratio takes one matrix");
    if (!settings->ratio && command->operand_count == 0)
        return error_set_usage(error, "an operand is missing (--help shows the usage)");
    return 0;
}

/* A value of each divergence for each row, side by side. */
static void compare_rows(const void *context, const struct divergence_rows *rows, double *result) {
    enum { STRETCH = 256 };
    const struct settings *settings = context;
    double values[STRETCH];
    if (settings->weights) {
        f_divergence_weights(rows, settings->generators, result);
        return;
    }
    for (size_t first = 0; first < rows->rows; first += STRETCH) {
        struct divergence_rows stretch = *rows;
        stretch.rows = rows->rows - first < STRETCH ? rows->rows - first : STRETCH;
        stretch.p += rows->p_repeated ? 0 : first * rows->columns;
        stretch.q += rows->q_repeated ? 0 : first * rows->columns;
        for (size_t j = 0; j < settings->count; j++) {
            f_divergence_rows(&stretch, &settings->generators[j], values);
            for (size_t i = 0; i < stretch.rows; i++)
                result[(first + i) * settings->count + j] = values[i];
        }
    }
}

/* Which divergences, and what their columns are called. */
static int partial_options(const void *context, struct partial_options *options, struct error *error) {
    const struct settings *settings = context;
    char names[GENERATORS_MAX * (NAME_SIZE + 1)], alpha[NAME_SIZE + sizeof "_alpha"];
    size_t length = 0;
    for (size_t i = 0; i < settings->count; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? "," : "",
                                   settings->names[i]);
    if (partial_options_text(options, "names", names, error) < 0)
        return -1;
    for (size_t i = 0; i < settings->count; i++) {
        snprintf(alpha, sizeof alpha, "%s_alpha", settings->names[i]);
        if (settings->generators[i].kind == F_GENERATOR_ALPHA &&
            partial_options_number(options, alpha, settings->generators[i].alpha, error) < 0)
            return -1;
    }
    return 0;
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
    int status =
        stream == NULL ? -1 : f_ratio_push(&stream, settings->generators, output, command->threads, error);
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
    if (find_generators(settings, &command->error) < 0 || check(command, settings) < 0)
        return -1;
    if (settings->ratio)
        return run_ratios(command, settings);
    name_columns(settings);
    const struct row_divergence divergence = {
        .function = compare_rows,
        .context = settings,
        .column = settings->name_list[0],
        .wide = settings->weights,
        .names = settings->count > 1 ? settings->name_list : NULL,
        .names_count = settings->count,
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
