/* csdiv - Cauchy-Schwarz divergence of rows, samples, conditionals or mixtures, and mutual information. */

#include <math.h>

#include "base/command.h"
#include "base/memory.h"
#include "divergence/cauchy_schwarz_input.h"
#include "divergence/cauchy_schwarz_options.h"
#include "divergence/cauchy_schwarz_output.h"
#include "divergence/cauchy_schwarz_permutations.h"
#include "divergence/divergence_partial.h"
#include "divergence/mixture_bounds.h"
#include "divergence/model_divergence.h"
#include "divergence/row_divergence.h"
#include "num/vector.h"

static const struct option_entry own_options[] = {
    OPTION_HEADING("what is compared (default: rows that are distributions)"),
    OPTION_FLAG(0, "samples", struct cauchy_schwarz_options, common.samples, "two samples of points"),
    OPTION_COUNT(0, "conditional", struct cauchy_schwarz_options, conditional, "D", 1, 1e9,
                 "two samples of (x, y), the first D columns x: y given x"),
    OPTION_COUNT(0, "mutual-information", struct cauchy_schwarz_options, information, "D", 1, 1e9,
                 "one sample of (x, t): between the first D columns and the others"),
    OPTION_FLAG(0, "models", struct cauchy_schwarz_options, common.models,
                "two mixture models (NPZ, kind gmm or kde)"),
    OPTION_FLAG('m', "mean", struct cauchy_schwarz_options, common.mean,
                "of rows: their mean in place of a column"),
    OPTION_FLAG(0, "partial", struct cauchy_schwarz_options, common.partial,
                "with --mean: write its mergeable sums (NPZ)"),
    OPTION_FLAG(0, "paired", struct cauchy_schwarz_options, paired, "--conditional of equal x, row by row"),
    OPTION_FLAG(0, "normalized", struct cauchy_schwarz_options, normalized,
                "--mutual-information over sqrt(I(x, x) I(t, t))"),
    OPTION_FLAG(0, "mmd", struct cauchy_schwarz_options, mmd,
                "--samples: the squared maximum mean discrepancy"),
    OPTION_HEADING("kernels"),
    OPTION_TEXT(0, "bandwidth", struct cauchy_schwarz_options, widths.bandwidth, "S",
                "width of the kernels, or median"),
    OPTION_TEXT(0, "bandwidth-x", struct cauchy_schwarz_options, widths.x, "S",
                "of x (default: as --bandwidth)"),
    OPTION_TEXT(0, "bandwidth-y", struct cauchy_schwarz_options, widths.y, "S",
                "of y or t (default: as --bandwidth)"),
    OPTION_HEADING("in place of the number"),
    OPTION_FLAG(0, "gradient", struct cauchy_schwarz_options, gradient,
                "its derivative by P, by Q's y (--paired), by t"),
    OPTION_COUNT(0, "permutations", struct cauchy_schwarz_options, permutations, "N", 1, 1e9,
                 "statistic,p_value,permutations of --samples or --mutual-information"),
    OPTION_END,
};

static const char *const examples[] = {
    "csdiv p.csv q.csv                       one value for each pair of rows",
    "csdiv --samples --permutations 999 x.csv y.csv",
    "csdiv --mutual-information 2 --normalized xt.csv",
    NULL,
};

static const struct command_description description = {
    .name = "csdiv",
    .operands = "[options] [P] Q\n--samples|--conditional D|--models [options] [P] Q\n--mutual-information D "
                "[options] [XT]",
    .purpose = "Cauchy-Schwarz divergence of P and Q: of rows, samples, conditionals or mixture models.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_DISTRIBUTION | OPTIONS_LOGARITHM,
    .examples = examples,
    .operands_max = 2,
};

static void compare_rows(const void *context, const struct divergence_rows *rows, double *result) {
    (void)context;
    cauchy_schwarz_rows(rows, result);
}

static int compare_models(const void *context, const struct gaussian_mixture *f,
                          const struct gaussian_mixture *g, struct mixture_divergence_estimate *estimate,
                          struct error *error) {
    size_t threads = ((const struct command *)context)->threads;
    double ff, gg, fg;
    if (mixture_bounds_log_overlap(f, f, threads, &ff, error) < 0 ||
        mixture_bounds_log_overlap(g, g, threads, &gg, error) < 0 ||
        mixture_bounds_log_overlap(f, g, threads, &fg, error) < 0)
        return -1;
    estimate->value = ff + gg - 2 * fg;
    return 0;
}

/* The number, and its gradient where that is not NULL. */
static int estimate(const struct cauchy_schwarz_options *settings, enum cauchy_schwarz_form form,
                    const struct cauchy_schwarz_input *input, double *value, double *gradient,
                    struct error *error) {
    double divergence, discrepancy;
    int status = 0;
    if (form == CAUCHY_SCHWARZ_CONDITIONAL)
        return settings->paired ? cauchy_schwarz_paired(&input->joint, value, gradient, error)
                                : cauchy_schwarz_conditional(&input->joint, value, error);
    if (form == CAUCHY_SCHWARZ_SAMPLES) {
        status = cauchy_schwarz_of_samples(&input->samples, &divergence, &discrepancy, gradient, error);
        *value = settings->mmd ? discrepancy : divergence;
        return status;
    }
    status = cauchy_schwarz_information(&input->joint, settings->normalized, value, gradient, error);
    if (status == 0 && isnan(*value))
        return error_set(error, "--normalized, but x or t is constant, or nearly so beside its width");
    return status;
}

static int test(const struct cauchy_schwarz_options *settings, enum cauchy_schwarz_form form,
                const struct cauchy_schwarz_input *input, const struct permutation_test *test,
                size_t *reached, struct error *error) {
    if (form == CAUCHY_SCHWARZ_SAMPLES)
        return cauchy_schwarz_permute_samples(&input->samples, settings->mmd, test, reached, error);
    return cauchy_schwarz_permute_information(&input->joint, settings->normalized, test, reached, error);
}

static int write_estimate(struct command *command, const struct cauchy_schwarz_options *settings,
                          enum cauchy_schwarz_form form, const struct cauchy_schwarz_input *input) {
    size_t rows = form == CAUCHY_SCHWARZ_CONDITIONAL ? input->q.rows : input->p.rows, reached;
    size_t columns = form == CAUCHY_SCHWARZ_SAMPLES ? input->samples.columns : input->joint.y_columns;
    struct error *error = &command->error;
    const char *name = settings->mmd                        ? "mmd"
                       : form == CAUCHY_SCHWARZ_INFORMATION ? "mutual_information"
                                                            : "csdiv";
    double value = 0,
           *gradient = settings->gradient ? memory_matrix(error, rows, columns, sizeof *gradient) : NULL;
    int status = settings->gradient && gradient == NULL
                     ? -1
                     : estimate(settings, form, input, &value, gradient, error);
    struct permutation_test relabelled = {.observed = value,
                                          .count = settings->permutations,
                                          .seed = command->seed,
                                          .filter = description.name};
    if (status == 0 && settings->gradient) {
        vector_scale(rows * columns, command->units_per_nat, gradient);
        status = cauchy_schwarz_output_gradient(command, rows, columns, gradient);
    } else if (status == 0 && settings->permutations != OPTION_COUNT_NONE) {
        status = test(settings, form, input, &relabelled, &reached, error);
        if (status == 0)
            status = cauchy_schwarz_output_test(command, name, value * command->units_per_nat, reached,
                                                relabelled.count);
    } else if (status == 0) {
        status = cauchy_schwarz_output_number(command, name, value * command->units_per_nat);
    }
    free(gradient);
    return status;
}

static int run(struct command *command, const struct cauchy_schwarz_options *settings) {
    struct cauchy_schwarz_input input = CAUCHY_SCHWARZ_INPUT_EMPTY;
    const struct row_divergence rows = {
        .function = compare_rows, .column = "csdiv", .partial = &divergence_partial_cs};
    enum cauchy_schwarz_form form = CAUCHY_SCHWARZ_ROWS;
    if (cauchy_schwarz_options_form(command, settings, &form) < 0)
        return -1;
    if (form == CAUCHY_SCHWARZ_ROWS)
        return row_divergence_run(command, &settings->common, &rows);
    if (form == CAUCHY_SCHWARZ_MODELS)
        return model_divergence_run(command, &settings->common, compare_models, command, "csdiv", false);
    const struct cauchy_schwarz_wanted wanted = {
        .count = form == CAUCHY_SCHWARZ_INFORMATION ? 1 : 2,
        .first = form == CAUCHY_SCHWARZ_SAMPLES       ? 0
                 : form == CAUCHY_SCHWARZ_CONDITIONAL ? settings->conditional
                                                      : settings->information,
        .option = form == CAUCHY_SCHWARZ_CONDITIONAL ? "conditional" : "mutual-information",
        .paired = settings->paired,
    };
    int status = cauchy_schwarz_input_read(&input, command, &wanted, &settings->widths);
    if (status == 0)
        status = write_estimate(command, settings, form, &input);
    cauchy_schwarz_input_free(&input);
    return status;
}

int main(int argc, char **argv) {
    struct cauchy_schwarz_options settings = {.common = DIVERGENCE_OPTIONS_DEFAULT,
                                              .conditional = OPTION_COUNT_NONE,
                                              .information = OPTION_COUNT_NONE,
                                              .permutations = OPTION_COUNT_NONE,
                                              .widths = {.bandwidth = "median"}};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
