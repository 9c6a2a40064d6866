/* jsdiv - Jensen-Shannon divergence between rows, samples, Gaussians or mixture models. */

#include "base/command.h"
#include "density/density_ratio.h"
#include "divergence/jensen_shannon_run.h"
#include "divergence/model_divergence.h"
#include "divergence/sample_divergence.h"

static const struct option_entry own_options[] = {
    DIVERGENCE_OPTIONS_INPUT(struct jensen_shannon_request, common),
    OPTION_NUMBER(0, "weight", struct jensen_shannon_request, weight, "W", 0, 1, "mixture (1-W) p + W q"),
    OPTION_FLAG('r', "distance", struct jensen_shannon_request, distance,
                "square roots: a metric at W = 1/2"),
    OPTION_HEADING("rows"),
    DIVERGENCE_OPTIONS_ROWS(struct jensen_shannon_request, common),
    OPTION_FLAG(0, "joint", struct jensen_shannon_request, joint,
                "one number for all rows of P: entropy of their mean less mean entropy"),
    OPTION_TEXT(0, "weights", struct jensen_shannon_request, weights, "FILE",
                "weights of the rows for --joint (default: equal)"),
    OPTION_HEADING("samples, Gaussians and models"),
    OPTION_CHOICE(0, "method", struct jensen_shannon_request, common.method, jensen_shannon_run_methods,
                  "estimator (default: ratio for samples, mc for models, quadrature for Gaussians of one or "
                  "two dimensions)"),
    OPTION_FLAG(0, "geometric", struct jensen_shannon_request, geometric,
                "the closed-form geometric divergence of two Gaussians"),
    DIVERGENCE_OPTIONS_SAMPLES(struct jensen_shannon_request, common),
    DIVERGENCE_OPTIONS_MODELS(struct jensen_shannon_request, common),
    OPTION_END,
};

static const char *const examples[] = {
    "jsdiv p.csv q.csv                       one value for each pair of rows",
    "jsdiv --samples x.csv y.csv             from points, by nearest neighbours",
    NULL,
};

static const struct command_description description = {
    .name = "jsdiv",
    .operands =
        "[options] [P] Q\n--pairs|--joint [options] [P]\n--samples|--gaussian|--models [options] [P] Q",
    .purpose = "Jensen-Shannon divergence of P and Q: of rows, samples, Gaussians or mixture models.",
    .own_options = own_options,
    .shared_options =
        OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_DISTRIBUTION | OPTIONS_LOGARITHM | OPTIONS_OUTCOME,
    .examples = examples,
    .operands_max = 2,
};

static int compare_samples(const void *context, const struct sample_pair *pair, size_t threads, double *value,
                           struct error *error) {
    const struct jensen_shannon_request *request = context;
    if (request->common.method == JENSEN_SHANNON_GAUSSIAN) {
        struct gaussian_pair gaussians;
        struct mixture_divergence_estimate estimate = {0};
        int status = gaussian_pair_from_samples(&gaussians, pair, request->common.mle, error);
        if (status == 0)
            status = jensen_shannon_run_pair(request, &gaussians, &estimate, error);
        gaussian_pair_free(&gaussians);
        *value = estimate.value;
        return status;
    }
    if (request->common.method == JENSEN_SHANNON_KDE) {
        const struct density_ratio ratio = {
            .command = request->command,
            .bandwidth_p = request->common.bandwidth_p,
            .bandwidth_q = request->common.bandwidth_q,
            .x = pair->x,
            .y = pair->y,
            .x_count = pair->x_count,
            .y_count = pair->y_count,
            .columns = pair->columns,
            .threads = threads,
        };
        return density_ratio_js(&ratio, value, error);
    }
    const struct neighbour_divergence problem =
        sample_divergence_neighbours(pair, &request->common, NEIGHBOUR_DIVERGENCE_JENSEN_SHANNON, threads);
    return neighbour_divergence_estimate(&problem, NULL, NULL, value, error);
}

/* Choices that only jsdiv has. */
static int check(struct command *command, const struct jensen_shannon_request *request,
                 enum divergence_input input) {
    static const char *const not_joint[] = {"reverse", "mean",     "sum", "mean-weights", "partial",  "pairs",
                                            "terms",   "gradient", "by",  "weight",       "distance", NULL};
    static const char *const not_geometric[] = {"method", "draws", NULL};
    struct error *error = &command->error;
    for (const char *const *name = not_joint; request->joint && *name != NULL; name++)
        if (command_given(command, *name))
            return error_set_usage(error, "--joint and --%s exclude each other", *name);
    if (request->weights != NULL && !request->joint)
        return error_set_usage(error, "--weights needs --joint");
    if (input == DIVERGENCE_SAMPLES && request->common.method != JENSEN_SHANNON_GAUSSIAN &&
        command_given(command, "weight"))
        return error_set_usage(error, "--weight has no meaning with --samples");
    if (request->geometric && command_refuse(command, not_geometric, "with --geometric") < 0)
        return -1;
    bool one_operand = input == DIVERGENCE_ROWS && (request->joint || request->common.pairs);
    if (request->joint && command->operand_count > 1)
        return error_set_usage(error, "--joint takes one operand, got %zu", command->operand_count);
    if (command->operand_count == 0 && !one_operand)
        return error_set_usage(error, "an operand is missing (usage: jsdiv [options] [P] Q)");
    return 0;
}

static int run(struct command *command, struct jensen_shannon_request *request) {
    enum divergence_input input;
    if (divergence_options_check(command, &request->common, &input) < 0 ||
        divergence_options_method(command, &request->common, input, jensen_shannon_run_methods,
                                  JENSEN_SHANNON_MC) < 0 ||
        check(command, request, input) < 0)
        return -1;
    request->command = command;
    request->draws = model_divergence_draws(command, &request->common);
    if (input == DIVERGENCE_GAUSSIAN)
        return jensen_shannon_run_gaussians(request);
    if (input == DIVERGENCE_SAMPLES)
        return sample_divergence_run(command, &request->common,
                                     &(struct sample_divergence){compare_samples, request, "js"});
    return input == DIVERGENCE_MODELS ? jensen_shannon_run_models(request) : jensen_shannon_run_rows(request);
}

int main(int argc, char **argv) {
    struct jensen_shannon_request request = {.common = DIVERGENCE_OPTIONS_DEFAULT, .weight = 0.5};
    struct command command;
    command_start(&command, &description, &request, argc, argv);
    return command_finish(&command, run(&command, &request));
}
