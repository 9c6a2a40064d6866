/* klmerge - merges partial sums, and finishes them as the filter that wrote them would have. */

#include <inttypes.h>

#include "base/command.h"
#include "density/kernel_partial.h"
#include "density/kmeans_partial.h"
#include "density/mixture_partial.h"
#include "density/mixture_sum.h"
#include "divergence/alignment_partial.h"
#include "divergence/calibration_partial.h"
#include "divergence/class_information_output.h"
#include "divergence/distillation_run.h"
#include "divergence/divergence_partial.h"
#include "io/partial.h"
#include "io/partial_file.h"
#include "num/partial_merge.h"

/* Every filter that writes partial sums. */
static const struct partial_description *const known[] = {
    &divergence_partial_kl,
    &divergence_partial_js,
    &divergence_partial_cs,
    &divergence_partial_f,
    &calibration_partial_description,
    &class_information_partial,
    &alignment_partial_batches,
    &alignment_partial_moments,
    &distillation_run_partial,
    &kernel_partial_description,
    &kmeans_partial_description,
    &mixture_sum_partial,
    &mixture_partial_descriptions[GAUSSIAN_MIXTURE_FULL],
    &mixture_partial_descriptions[GAUSSIAN_MIXTURE_TIED],
    &mixture_partial_descriptions[GAUSSIAN_MIXTURE_DIAGONAL],
    &mixture_partial_descriptions[GAUSSIAN_MIXTURE_TIED_DIAGONAL],
    &mixture_partial_descriptions[GAUSSIAN_MIXTURE_SPHERICAL],
    &mixture_partial_descriptions[GAUSSIAN_MIXTURE_TIED_SPHERICAL],
};

struct settings {
    bool partial, allow_missing, allow_repeated;
    const char *finish;
};

static const struct option_entry own_options[] = {
    OPTION_FLAG(0, "partial", struct settings, partial,
                "write the merged sums again (NPZ), to be merged further"),
    OPTION_TEXT(0, "finish", struct settings, finish, "NAME",
                "which result: mean, sum (of rows: kldiv, ..., gmmeval); ece, table (calib); density, "
                "log_density (kde); gmm, start, "
                "objective (gmmfit); cmi, normalized, per-class, centroids (cmi); cka, hsic (cka)"),
    OPTION_FLAG(0, "allow-missing", struct settings, allow_missing, "go on without some of the N shards"),
    OPTION_FLAG(0, "allow-repeated", struct settings, allow_repeated,
                "count a shard as often as it is given"),
    OPTION_END,
};

static const char *const examples[] = {
    "kldiv --mean --partial --shard 3/8 p.npy q.npy -o part.3.npz",
    "klmerge part.*.npz                      what one kldiv --mean would print",
    "klmerge --partial part.?.npz -o tens.npz",
    NULL,
};

static const struct command_description description = {
    .name = "klmerge",
    .operands = "[options] PART.npz ...",
    .purpose = "Merges the partial sums that filters write with --partial, and prints their result.",
    .own_options = own_options,
    .shared_options = OPTIONS_TABLE,
    .examples = examples,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
};

/* Reads and adds one part after the other: memory holds two. */
static int merge_parts(struct command *command, const struct settings *settings, struct partial **merged) {
    struct error *error = &command->error;
    for (size_t i = 0; i < command->operand_count; i++) {
        struct partial *part = partial_file_read(command_operand(command, i, command->operand_count), known,
                                                 sizeof known / sizeof *known, error);
        int status = part == NULL ? -1 : partial_merge_add(merged, part, settings->allow_repeated, error);
        partial_free(part);
        if (status < 0)
            return -1;
        progress_show(&command->progress, "parts", i + 1, command->operand_count);
    }
    return 0;
}

static int check_whole(struct command *command, const struct settings *settings,
                       const struct partial *merged) {
    char missing[PARTIAL_MERGE_TEXT_SIZE];
    uint64_t count = partial_merge_missing(merged, missing);
    const char *shards = count == 1 ? "shard" : "shards", *are = count == 1 ? "is" : "are";
    if (count > 0 && !settings->allow_missing)
        return error_set(&command->error, "%s %s of %" PRIu64 " %s missing (--allow-missing)", shards,
                         missing, merged->shard_total, are);
    if (count > 0)
        command_note(command, "%s %s of %" PRIu64 " %s missing", shards, missing, merged->shard_total, are);
    if (merged->rows == 0)
        return error_set(&command->error, "%s: no rows%s", merged->name,
                         command->operand_count > 1 ? ", nor in other parts" : "");
    return 0;
}

static int run(struct command *command, const struct settings *settings) {
    static const char *const of_tables[] = {"no-names", "binary", "float32", "gzip", "digits", NULL};
    struct partial *merged = NULL;
    int status = -1;
    if (settings->partial && settings->finish != NULL)
        return error_set_usage(&command->error, "--partial and --finish exclude each other");
    if (settings->partial && command_refuse(command, of_tables, "with --partial") < 0)
        return -1;
    if (merge_parts(command, settings, &merged) < 0)
        goto done;
    report_number(&command->report, "parts", (double)command->operand_count);
    report_number(&command->report, "rows", (double)merged->rows);
    if (settings->partial) {
        status = partial_file_write(merged, command->output.path, &command->error);
        goto done;
    }
    const struct partial_finish *finish = partial_find_finish(merged, settings->finish, &command->error);
    if (finish != NULL && check_whole(command, settings, merged) == 0)
        status = finish->function(command, merged);

done:
    partial_free(merged);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {0};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
