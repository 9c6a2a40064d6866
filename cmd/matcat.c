/* matcat - bring tables into shape: convert, join, select, sample, scale, describe; pack models. */

#include <math.h>

#include "base/command.h"
#include "base/option_words.h"
#include "density/kernel_density.h"
#include "density/kmeans_model.h"
#include "io/matrix_info.h"
#include "io/row_input.h"
#include "io/word_list.h"
#include "num/column_description.h"
#include "num/column_scale.h"
#include "num/gaussian_mixture_model.h"
#include "num/model_check.h"
#include "num/row_pipeline.h"
#include "num/row_pipeline_options.h"

#define ROWS_FLAG(name, field, help) OPTION_FLAG(0, name, struct row_pipeline_options, rows.field, help)
#define ROWS_TEXT(name, field, argument, help)                                                               \
    OPTION_TEXT(0, name, struct row_pipeline_options, rows.field, argument, help)
#define ROWS_COUNT(name, field, argument, low, high, help)                                                   \
    OPTION_COUNT(0, name, struct row_pipeline_options, rows.field, argument, low, high, help)
#define ROWS_FRACTION(name, field, argument, help)                                                           \
    OPTION_NUMBER(0, name, struct row_pipeline_options, rows.field, argument, 0, 1, help)

static const struct option_entry own_options[] = {
    OPTION_HEADING("columns"),
    OPTION_TEXT(0, "names", struct row_pipeline_options, names, "LIST", "names of the output's columns"),
    ROWS_FLAG("paste", paste, "put the files side by side"),
    ROWS_TEXT("factor", factor, "LIST", "columns of words become codes 0, 1, ..."),
    ROWS_TEXT("levels", levels, "LIST", "the words in the order of their codes (default: as they appear)"),
    OPTION_TEXT(0, "print-levels", struct row_pipeline_options, print_levels, "FILE",
                "write code,level to FILE"),
    ROWS_TEXT("one-hot", one_hot, "COL", "replace a column of 0 .. C-1 by C columns of 0 and 1"),
    ROWS_COUNT("classes", classes, "C", 1, 1 << 20, "C of --one-hot (default: counted, or of --levels)"),
    OPTION_HEADING("rows"),
    ROWS_TEXT("rows", rows, "A:B,...", "keep rows A to B; negative: from the end"),
    ROWS_COUNT("head", head, "N", 0, 0x1p62, "keep the first N rows"),
    ROWS_COUNT("tail", tail, "N", 0, 0x1p62, "keep the last N rows"),
    ROWS_COUNT("every", every, "N", 1, 0x1p62, "keep the first of every N rows"),
    ROWS_COUNT("sample", sample, "N", 0, 0x1p62, "draw N rows, keep them in input order"),
    ROWS_FRACTION("sample-fraction", sample_fraction, "F", "keep each row with probability F"),
    ROWS_FLAG("bootstrap", bootstrap, "draw as many rows as there are, with replacement"),
    ROWS_FLAG("shuffle", shuffle, "put rows in a random order"),
    ROWS_FRACTION("split", split, "F", "write round(F n) random rows to operand A, the others to B"),
    ROWS_TEXT("stratify", stratify, "COL", "split so within each value of COL"),
    OPTION_HEADING("values"),
    ROWS_FLAG("center", center, "subtract the mean of each column"),
    ROWS_FLAG("standardize", standardize, "divide by its deviation (n - 1) too"),
    ROWS_TEXT("save-scale", save_scale, "S.npz", "keep what was subtracted and divided by"),
    ROWS_TEXT("scale", scale, "S.npz", "apply a kept scale"),
    ROWS_TEXT("unscale", unscale, "S.npz", "undo it"),
    ROWS_FLAG("normalize", normalize, "divide each row by its sum"),
    ROWS_FLAG("softmax", softmax, "softmax of each row"),
    ROWS_FLAG("log-softmax", log_softmax, "its logarithm"),
    ROWS_FLAG("log", log, "natural logarithm of every value"),
    ROWS_FLAG("exp", exp, "exponential of every value"),
    ROWS_FLAG("transpose", transpose, "rows become columns"),
    OPTION_HEADING("in place of the rows"),
    OPTION_FLAG(0, "describe", struct row_pipeline_options, describe,
                "counts, mean, deviation, quartiles of each column"),
    OPTION_FLAG(0, "info", struct row_pipeline_options, info, "format, type and size of each file"),
    OPTION_FLAG(0, "list", struct row_pipeline_options, list, "the arrays of an NPZ"),
    OPTION_FLAG(0, "pack", struct row_pipeline_options, pack, "write an NPZ of the arrays named"),
    OPTION_TEXT(0, "shape", struct row_pipeline_options, shape, "NAME=2x3,...", "shapes of packed arrays"),
    OPTION_END,
};

static const char *const examples[] = {
    "matcat -b data.csv.gz > data.npy",
    "matcat --split 0.8 --stratify species train.csv test.csv iris.csv",
    "matcat --pack kind:=gmm weights=w.csv means=m.csv covariances=c.npy -o m.npz",
    NULL,
};

static const struct command_description description = {
    .name = "matcat",
    .operands = "[options] [FILE ...]\n"
                "--paste [options] FILE FILE ...\n"
                "--split F A B [options] [FILE ...]\n"
                "--describe | --info | --list [options] [FILE ...]\n"
                "--pack NAME=FILE | NAME:=VALUE ... -o M.npz",
    .purpose = "the rows of FILE after FILE, converted, selected, sampled, scaled or described",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED,
    .examples = examples,
    .operands_max = SIZE_MAX,
    .columns_letter = 'c',
};

/* The operands from one on, or standard input where there are none. */
struct inputs {
    const char *standard_input;
    const char *const *operands;
    size_t count;
};

static void take_inputs(struct inputs *inputs, struct command *command, size_t first) {
    inputs->operands = command->operands + first;
    inputs->count = command->operand_count - first;
    if (inputs->count > 0)
        return;
    command->operand_count = 0;
    inputs->standard_input = command_operand(command, 0, 1);
    inputs->operands = &inputs->standard_input;
    inputs->count = 1;
}

/* Writes the rows, or both parts of a split, or what they are like. */
static int write_rows(struct command *command, const struct row_pipeline_options *options,
                      struct row_pipeline *pipeline) {
    struct error *error = &command->error;
    struct row_layout part = command->output;
    uint64_t rows = 0;
    if (options->describe)
        return column_description_write(pipeline->top, &command->output, command->threads, error);
    if (pipeline->split != NULL) {
        part.path = command->operands[0];
        if (row_stream_write(pipeline->top, &part, &command->progress, &rows, error) < 0 ||
            row_pipeline_take_rest(pipeline, error) < 0)
            return -1;
        report_number(&command->report, "rows_a", (double)rows);
        part.path = command->operands[1];
    }
    if (row_stream_write(pipeline->top, &part, &command->progress, &rows, error) < 0)
        return -1;
    report_number(&command->report, pipeline->split != NULL ? "rows_b" : "rows", (double)rows);
    report_number(&command->report, "columns", (double)pipeline->top->columns);
    return 0;
}

static int shape_rows(struct command *command, struct row_pipeline_options *options) {
    struct row_pipeline pipeline = {0};
    struct word_list names = {0};
    struct inputs inputs;
    struct error *error = &command->error;
    int status;

    options->rows.seed = command->seed;
    options->rows.filter = description.name;
    options->rows.threads = command->threads;
    options->rows.any_names = options->names != NULL || command->output.no_names;
    if (options->describe && !command_given(command, "na"))
        command->input.missing = MISSING_KEEP;
    if (options->names != NULL && word_list_split(&names, options->names, error) < 0)
        return error_prefix(error, "--names");

    take_inputs(&inputs, command, isnan(options->rows.split) ? 0 : 2);
    status =
        row_pipeline_open(&pipeline, inputs.operands, inputs.count, &command->input, &options->rows, error);
    if (status == 0 && options->names != NULL)
        status = row_stream_rename(pipeline.top, &names, error);
    if (status == 0)
        status = write_rows(command, options, &pipeline);
    if (status == 0 && options->print_levels != NULL)
        status = row_input_write_levels(pipeline.input, options->print_levels, error);
    if (status == 0)
        row_stream_print_notes(pipeline.top, command);
    row_pipeline_close(&pipeline);
    word_list_free(&names);
    return status;
}

static int tell_files(struct command *command, bool list) {
    struct inputs inputs;
    take_inputs(&inputs, command, 0);
    if (list)
        return matrix_info_list(&command->output, inputs.operands, inputs.count, &command->error);
    return matrix_info_write(&command->output, inputs.operands, inputs.count, &command->input,
                             &command->error);
}

static int pack(struct command *command, const struct row_pipeline_options *options) {
    static const struct model_check *const checks[] = {&gaussian_mixture_model_check, &column_scale_check,
                                                       &kernel_density_check, &kmeans_model_check};
    const char *path = command->output.path;
    const struct npz_pack_settings packing = {.operands = command->operands,
                                              .count = command->operand_count,
                                              .shapes = options->shape,
                                              .format = &command->input,
                                              .path = path != NULL ? path : "standard output"};
    return model_check_pack(&packing, path, checks, sizeof checks / sizeof *checks, &command->error);
}

static int run(struct command *command, struct row_pipeline_options *options) {
    if (row_pipeline_options_check(command, options) < 0)
        return -1;
    if (options->pack)
        return pack(command, options);
    if (options->info || options->list)
        return tell_files(command, options->list);
    return shape_rows(command, options);
}

int main(int argc, char **argv) {
    struct row_pipeline_options options = ROW_PIPELINE_OPTIONS_DEFAULT;
    struct command command;
    struct option_words parts;
    option_words_find(&parts, "--sp", argc, argv);
    command_start(&command, &description, &options, argc, argv);
    options.parts = option_words_bring_forward(&parts, &command, 2);
    return command_finish(&command, run(&command, &options));
}
