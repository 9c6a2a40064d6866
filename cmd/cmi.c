/* cmi - conditional mutual information: of a classifier's output given the class, or from samples. */

#include <stdint.h>

#include "base/command.h"
#include "divergence/class_information_stream.h"
#include "divergence/sample_information.h"

struct settings {
    bool normalized, rows, per_class, centroids, partial, samples, discrete, bias_correct;
    const char *centroids_from;
    size_t classes, x, y, neighbours, permutations;
};

static const struct option_entry own_options[] = {
    OPTION_HEADING("of a classifier's outputs (default: one number)"),
    OPTION_FLAG(0, "normalized", struct settings, normalized, "divided by the separation of the classes"),
    OPTION_FLAG(0, "rows", struct settings, rows, "the divergence of each row from its class's centroid"),
    OPTION_FLAG(0, "per-class", struct settings, per_class, "a table class,count,cmi,gamma"),
    OPTION_FLAG(0, "centroids", struct settings, centroids, "the mean output of each class"),
    OPTION_TEXT(0, "centroids-from", struct settings, centroids_from, "FILE",
                "centroids in place of the data's own"),
    OPTION_COUNT(0, "classes", struct settings, classes, "K", 1, 1000000,
                 "how many classes labels are of (default: as they tell)"),
    OPTION_FLAG(0, "partial", struct settings, partial, "write mergeable sums (NPZ)"),
    OPTION_HEADING("of samples"),
    OPTION_FLAG(0, "samples", struct settings, samples, "I(X;Y|Z) of points, by nearest neighbours"),
    OPTION_COUNT(0, "x", struct settings, x, "A", 1, 1e9, "the first A columns are x"),
    OPTION_COUNT(0, "y", struct settings, y, "B", 1, 1e9, "the next B are y, those left z"),
    {.letter = 'k',
     .name = "neighbours",
     .alias = "neighbors",
     .kind = OPTION_KIND_COUNT,
     .offset = offsetof(struct settings, neighbours),
     .argument = "K",
     .low = 1,
     .high = 0x1p31,
     .help = "which neighbour's distance"},
    OPTION_FLAG(0, "discrete", struct settings, discrete, "I(X;Y|Z) of columns x, y, z of whole numbers"),
    OPTION_FLAG(0, "bias-correct", struct settings, bias_correct, "Miller-Madow, with --discrete"),
    OPTION_COUNT(0, "permutations", struct settings, permutations, "N", 1, 1e9,
                 "a table cmi,p_value,permutations"),
    OPTION_END,
};

static const char *const examples[] = {
    "cmi probabilities.npy labels.npy        how far outputs of a class spread",
    "cmi --samples --x 2 --y 1 xyz.csv       two columns of x, one of y, others z",
    NULL,
};

static const struct command_description description = {
    .name = "cmi",
    .operands = "[options] [P] LABELS\n[options] P-AND-LABEL\n--samples|--discrete [options] [XYZ]",
    .purpose = "Conditional mutual information of a classifier's outputs P given LABELS, or of samples.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_DISTRIBUTION | OPTIONS_LOGARITHM,
    .examples = examples,
    .operands_max = 2,
};

static int check_samples(struct command *command, const struct settings *settings) {
    static const char *const of_outputs[] = {"normalized",     "rows",      "per-class",   "centroids",
                                             "centroids-from", "classes",   "partial",     "normalize",
                                             "logits",         "log-probs", "temperature", NULL};
    static const char *const of_points[] = {"x", "y", "neighbours", NULL};
    struct error *error = &command->error;
    if (settings->samples && settings->discrete)
        return error_set_usage(error, "--samples and --discrete exclude each other");
    if (command->operand_count > 1)
        return error_set_usage(error, "--%s takes one operand", settings->samples ? "samples" : "discrete");
    if (settings->bias_correct && settings->samples)
        return error_set_usage(error, "--bias-correct has no meaning with --samples");
    if (settings->discrete && command_refuse(command, of_points, "with --discrete") < 0)
        return -1;
    return command_refuse(command, of_outputs, settings->samples ? "with --samples" : "with --discrete");
}

static int check_outputs(struct command *command, const struct settings *settings) {
    static const char *const of_samples[] = {"x", "y", "neighbours", "bias-correct", "permutations", NULL};
    static const char *const of_tables[] = {"no-names", "binary", "float32", "gzip", "digits", NULL};
    struct error *error = &command->error;
    if (settings->normalized + settings->rows + settings->per_class + settings->centroids > 1)
        return error_set_usage(error,
                               "--normalized, --rows, --per-class and --centroids exclude one another");
    if (settings->partial && (settings->rows || settings->centroids_from != NULL))
        return error_set_usage(error, "--partial has no meaning with --%s",
                               settings->rows ? "rows" : "centroids-from");
    if (settings->centroids && settings->centroids_from != NULL)
        return error_set_usage(error, "--centroids and --centroids-from exclude each other");
    if (settings->centroids_from != NULL && settings->classes != OPTION_COUNT_NONE)
        return error_set_usage(error, "--classes has no meaning with --centroids-from");
    if (settings->partial && command_refuse(command, of_tables, "with --partial") < 0)
        return -1;
    return command_refuse(command, of_samples, "without --samples or --discrete");
}

static int run(struct command *command, const struct settings *settings) {
    if (settings->samples || settings->discrete) {
        const struct sample_information_request request = {
            .discrete = settings->discrete,
            .corrected = settings->bias_correct,
            .x = settings->x,
            .y = settings->y,
            .neighbours = settings->neighbours,
            .permutations = settings->permutations == OPTION_COUNT_NONE ? 0 : settings->permutations,
        };
        return check_samples(command, settings) < 0 ? -1 : sample_information_run(command, &request);
    }
    struct class_information_request request = {
        .rows = settings->rows,
        .partial = settings->partial,
        .centroids_path = settings->centroids_from,
        .classes = settings->classes,
    };
    if (settings->normalized)
        request.result = CLASS_RESULT_NORMALIZED;
    if (settings->per_class)
        request.result = CLASS_RESULT_PER_CLASS;
    if (settings->centroids)
        request.result = CLASS_RESULT_CENTROIDS;
    return check_outputs(command, settings) < 0 ? -1 : class_information_stream(command, &request);
}

int main(int argc, char **argv) {
    struct settings settings = {
        .classes = OPTION_COUNT_NONE, .x = 1, .y = 1, .neighbours = 5, .permutations = OPTION_COUNT_NONE};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
