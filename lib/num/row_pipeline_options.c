#include "num/row_pipeline_options.h"

#include <string.h>

/* What works on rows, and has no meaning where there are none. */
static const char *const row_options[] = {
    "columns",   "exclude",     "names",     "paste",       "factor",  "levels",    "print-levels",
    "one-hot",   "classes",     "rows",      "head",        "tail",    "every",     "sample",
    "bootstrap", "shuffle",     "split",     "stratify",    "center",  "transpose", "sample-fraction",
    "scale",     "standardize", "normalize", "log-softmax", "unscale", "softmax",   "save-scale",
    "log",       "exp",         NULL,
};

/* The parts of a split are two files beside those that are read. */
static int check_parts(struct command *command, const struct row_pipeline_options *options) {
    const char **operands = command->operands;
    if (options->parts < 2)
        return error_set_usage(&command->error, "--split needs two files to write to: --split F A B");
    for (size_t i = 0; i < 2; i++)
        for (size_t j = i + 1; j < command->operand_count; j++)
            if (strcmp(operands[i], operands[j]) == 0)
                return error_set_usage(&command->error, "--split: %s is given twice", operands[i]);
    return 0;
}

/* Refuses what cannot go together. */
int row_pipeline_options_check(struct command *command, const struct row_pipeline_options *options) {
    static const char *const not_for_tables[] = {"binary", "float32", NULL};
    static const char *const not_for_models[] = {"binary", "float32", "gzip", "digits", "no-names", NULL};
    static const char *const not_for_split[] = {"output", "describe", NULL};
    bool models = options->pack, files = options->info || options->list;
    bool split = !isnan(options->rows.split);
    const char *mode = models          ? "with --pack"
                       : options->list ? "with --list"
                       : options->info ? "with --info"
                                       : "with --describe";
    if (options->describe + options->info + options->list + options->pack > 1)
        return error_set_usage(&command->error, "--describe, --info, --list and --pack exclude one another");
    if (((files || models) && command_refuse(command, row_options, mode) < 0) ||
        ((files || options->describe) && command_refuse(command, not_for_tables, mode) < 0) ||
        (models && command_refuse(command, not_for_models, mode) < 0) ||
        (split && command_refuse(command, not_for_split, "with --split") < 0))
        return -1;
    if (options->shape != NULL && !models)
        return error_set_usage(&command->error, "--shape needs --pack");
    if (options->print_levels != NULL && options->rows.factor == NULL)
        return error_set_usage(&command->error, "--print-levels needs --factor");
    if (models && command->operand_count == 0)
        return error_set_usage(&command->error, "--pack needs NAME=FILE or NAME:=VALUE");
    if (split && check_parts(command, options) < 0)
        return -1;
    return row_pipeline_check(&options->rows, &command->error);
}
