/* cka - centred kernel alignment of two representations of the same rows. */

#include <float.h>
#include <stdint.h>

#include "base/command.h"
#include "divergence/alignment_run.h"

enum kernel { KERNEL_LINEAR, KERNEL_RBF };
static const char *const kernel_words[] = {"linear", "rbf", NULL};

struct settings {
    int kernel;
    double bandwidth;
    bool unbiased, hsic, partial;
    size_t batch, permutations;
    const char *split, *split_second;
};

static const struct option_entry own_options[] = {
    OPTION_CHOICE(0, "kernel", struct settings, kernel, kernel_words,
                  "products of rows, or a Gaussian of their distance"),
    {.name = "bandwidth",
     .kind = OPTION_KIND_NUMBER,
     .offset = offsetof(struct settings, bandwidth),
     .argument = "F",
     .low = 0,
     .low_open = true,
     .high = DBL_MAX,
     .help = "rbf: s is F times the median distance"},
    OPTION_FLAG(0, "unbiased", struct settings, unbiased, "by the unbiased HSIC_1"),
    OPTION_COUNT(0, "batch", struct settings, batch, "B", 4, 1e9,
                 "sums of HSIC_1 over batches of B rows, in bounded memory"),
    OPTION_TEXT(0, "split", struct settings, split, "LIST", "widths of the layers side by side in A and B"),
    OPTION_TEXT(0, "split-second", struct settings, split_second, "LIST", "those of B, where they differ"),
    OPTION_FLAG(0, "hsic", struct settings, hsic, "the criterion in place of the alignment"),
    OPTION_COUNT(0, "permutations", struct settings, permutations, "N", 1, 1e9,
                 "a table cka,p_value,permutations"),
    OPTION_FLAG(0, "partial", struct settings, partial, "write mergeable sums (NPZ)"),
    OPTION_END,
};

static const char *const examples[] = {
    "cka student.npy teacher.npy             one number from 0 to 1",
    "cka --split 64,64,10 a.npy b.npy | klplot --heat -",
    NULL,
};

static const struct command_description description = {
    .name = "cka",
    .operands = "[options] [A] B",
    .purpose = "Centred kernel alignment of features A and B of the same rows.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED,
    .examples = examples,
    .operands_min = 1,
    .operands_max = 2,
};

static int check(struct command *command, const struct settings *settings) {
    static const char *const of_tests[] = {"hsic", "batch", "split", "split-second", "partial", NULL};
    static const char *const of_moments[] = {"unbiased", "split", "split-second", NULL};
    static const char *const of_tables[] = {"no-names", "binary", "float32", "gzip", "digits", NULL};
    struct error *error = &command->error;
    if (command_given(command, "bandwidth") && settings->kernel != KERNEL_RBF)
        return error_set_usage(error, "--bandwidth needs --kernel rbf");
    if (settings->split_second != NULL && settings->split == NULL)
        return error_set_usage(error, "--split-second needs --split");
    if (settings->permutations != OPTION_COUNT_NONE &&
        command_refuse(command, of_tests, "with --permutations") < 0)
        return -1;
    if (!settings->partial)
        return 0;
    if (settings->batch == OPTION_COUNT_NONE && settings->kernel != KERNEL_LINEAR)
        return error_set_usage(error, "--partial needs --kernel linear or --batch");
    if (settings->batch == OPTION_COUNT_NONE &&
        command_refuse(command, of_moments, "with --partial but for --batch") < 0)
        return -1;
    return command_refuse(command, of_tables, "with --partial");
}

static int run(struct command *command, const struct settings *settings) {
    const struct alignment_request request = {
        .gaussian = settings->kernel == KERNEL_RBF,
        .bandwidth = settings->bandwidth,
        .unbiased = settings->unbiased,
        .hsic = settings->hsic,
        .partial = settings->partial,
        .batch = settings->batch == OPTION_COUNT_NONE ? 0 : settings->batch,
        .split = settings->split,
        .split_second = settings->split_second,
        .permutations = settings->permutations == OPTION_COUNT_NONE ? 0 : settings->permutations,
    };
    return check(command, settings) < 0 ? -1 : alignment_run(command, &request);
}

int main(int argc, char **argv) {
    struct settings settings = {
        .bandwidth = 1, .batch = OPTION_COUNT_NONE, .permutations = OPTION_COUNT_NONE};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
