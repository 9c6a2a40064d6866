/* jsdiv - Jensen-Shannon divergence between rows, samples, Gaussians or mixture models. */

#include <math.h>
#include <stdio.h>

#include "base/command.h"
#include "density/density_ratio.h"
#include "divergence/divergence_options.h"
#include "divergence/divergence_partial.h"
#include "divergence/gaussian_divergence.h"
#include "divergence/gaussian_pair.h"
#include "divergence/jensen_shannon.h"
#include "divergence/joint_stream.h"
#include "divergence/mixture_bounds.h"
#include "divergence/model_divergence.h"
#include "divergence/pairwise_stream.h"
#include "divergence/row_divergence.h"
#include "divergence/sample_divergence.h"

struct settings {
    struct divergence_options common;
    double weight;
    bool distance, joint, geometric;
    const char *weights;
    double temperature;
    struct mixture_divergence_settings draws;
    struct command *command;
};

/* Of samples up to gaussian, of models from mc on; those from variational to matched in the order of enum
 * mixture_bounds_method. */
enum method {
    METHOD_RATIO,
    METHOD_KDE,
    METHOD_GAUSSIAN,
    METHOD_MC,
    METHOD_VARIATIONAL,
    METHOD_QUADRATURE = METHOD_VARIATIONAL + 6
};
static const char *const method_words[] = {
    "ratio", "kde",   "gaussian",          "mc",      "variational", "product",
    "lower", "upper", "variational-upper", "matched", "quadrature",  NULL,
};

static const struct option_entry own_options[] = {
    DIVERGENCE_OPTIONS_INPUT(struct settings, common),
    OPTION_NUMBER(0, "weight", struct settings, weight, "W", 0, 1, "mixture (1-W) p + W q"),
    OPTION_FLAG('r', "distance", struct settings, distance, "square roots: a metric at W = 1/2"),
    OPTION_HEADING("rows"),
    DIVERGENCE_OPTIONS_ROWS(struct settings, common),
    OPTION_FLAG(0, "joint", struct settings, joint,
                "one number for all rows of P: entropy of their mean less mean entropy"),
    OPTION_TEXT(0, "weights", struct settings, weights, "FILE",
                "weights of the rows for --joint (default: equal)"),
    OPTION_HEADING("samples, Gaussians and models"),
    OPTION_CHOICE(0, "method", struct settings, common.method, method_words,
                  "estimator (default: ratio for samples, mc for models, quadrature for Gaussians of one or "
                  "two dimensions)"),
    OPTION_FLAG(0, "geometric", struct settings, geometric,
                "the closed-form geometric divergence of two Gaussians"),
    DIVERGENCE_OPTIONS_SAMPLES(struct settings, common),
    DIVERGENCE_OPTIONS_MODELS(struct settings, common),
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

/* What a row of the result holds: the value, its terms, or its derivative. */
static void compare_rows(const void *context, const struct divergence_rows *rows, double *result) {
    const struct settings *settings = context;
    if (settings->common.terms)
        jensen_shannon_terms(rows, settings->weight, result);
    else if (settings->common.gradient >= 0)
        jensen_shannon_gradient(rows, settings->weight, (enum divergence_gradient)settings->common.gradient,
                                settings->temperature, result);
    else
        jensen_shannon_rows(rows, settings->weight, result);
}

/* The options that parts must agree in. */
static int partial_options(const void *context, struct partial_options *options, struct error *error) {
    const struct settings *settings = context;
    if (partial_options_number(options, "weight", settings->weight, error) < 0)
        return -1;
    return partial_options_number(options, "distance", settings->distance, error);
}

static int run_rows(struct command *command, struct settings *settings) {
    settings->temperature = command->distribution.temperature;
    const struct row_divergence divergence = {
        .function = compare_rows,
        .context = settings,
        .column = "js",
        .wide = settings->common.terms || settings->common.gradient >= 0,
        .square_root = settings->distance,
        .partial = &divergence_partial_js,
        .partial_options = partial_options,
    };
    return row_divergence_run(command, &settings->common, &divergence);
}

static int run_pairs(struct command *command, const struct settings *settings) {
    const struct pairwise_stream stream = {.weight = settings->weight, .square_root = settings->distance};
    return pairwise_stream_run(command, &settings->common, &stream, command->operand_count < 2);
}

static int compare_mixtures(const void *context, const struct gaussian_mixture *f,
                            const struct gaussian_mixture *g, struct mixture_divergence_estimate *estimate,
                            struct error *error) {
    const struct settings *settings = context;
    int method = settings->common.method;
    if (method == METHOD_MC)
        return mixture_divergence_js(f, g, settings->weight, &settings->draws, estimate, error);
    if (method == METHOD_QUADRATURE)
        return model_divergence_quadrature(settings->command, f, g, settings->weight, &estimate->value,
                                           error);
    enum mixture_bounds_method bound = (enum mixture_bounds_method)(method - METHOD_VARIATIONAL);
    return mixture_bounds_js(bound, f, g, settings->weight, settings->command->threads, &estimate->value,
                             error);
}

/* Two Gaussians as mixtures of one component each: by quadrature where that serves, else by draws. */
static int compare_gaussians(const struct settings *settings, const struct gaussian_pair *pair,
                             struct mixture_divergence_estimate *estimate, struct error *error) {
    const struct gaussian *p = &pair->p, *q = &pair->q;
    if (settings->geometric)
        return gaussian_divergence_geometric(p, q, settings->weight, &estimate->value, error);
    struct settings chosen = *settings;
    if (chosen.common.method <= METHOD_GAUSSIAN)
        chosen.common.method = p->dimensions <= 2 ? METHOD_QUADRATURE : METHOD_MC;
    int status = -1;
    struct gaussian_mixture *f = gaussian_mixture_single(p->dimensions, p->mean, p->covariance, error);
    struct gaussian_mixture *g =
        f == NULL ? NULL : gaussian_mixture_single(q->dimensions, q->mean, q->covariance, error);
    if (g != NULL)
        status = compare_mixtures(&chosen, f, g, estimate, error);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
    return status;
}

static int run_gaussians(struct command *command, const struct settings *settings) {
    struct gaussian_pair pair;
    struct mixture_divergence_estimate estimate = {0};
    int status = gaussian_pair_read(&pair, command, &settings->common);
    if (status == 0)
        status = compare_gaussians(settings, &pair, &estimate, &command->error);
    gaussian_pair_free(&pair);
    return status < 0
               ? -1
               : model_divergence_write(command, &estimate, "js", settings->common.method == METHOD_MC);
}

static int compare_samples(const void *context, const struct sample_pair *pair, size_t threads, double *value,
                           struct error *error) {
    const struct settings *settings = context;
    if (settings->common.method == METHOD_GAUSSIAN) {
        struct gaussian_pair gaussians;
        struct mixture_divergence_estimate estimate = {0};
        int status = gaussian_pair_from_samples(&gaussians, pair, settings->common.mle, error);
        if (status == 0)
            status = compare_gaussians(settings, &gaussians, &estimate, error);
        gaussian_pair_free(&gaussians);
        *value = estimate.value;
        return status;
    }
    if (settings->common.method == METHOD_KDE) {
        const struct density_ratio ratio = {
            .command = settings->command,
            .bandwidth_p = settings->common.bandwidth_p,
            .bandwidth_q = settings->common.bandwidth_q,
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
        sample_divergence_neighbours(pair, &settings->common, NEIGHBOUR_DIVERGENCE_JENSEN_SHANNON, threads);
    return neighbour_divergence_estimate(&problem, NULL, NULL, value, error);
}

/* Choices that only jsdiv has. */
static int check(struct command *command, const struct settings *settings, enum divergence_input input) {
    static const char *const not_joint[] = {"reverse", "mean",     "sum", "mean-weights", "partial",  "pairs",
                                            "terms",   "gradient", "by",  "weight",       "distance", NULL};
    static const char *const not_geometric[] = {"method", "draws", NULL};
    struct error *error = &command->error;
    for (const char *const *name = not_joint; settings->joint && *name != NULL; name++)
        if (command_given(command, *name))
            return error_set_usage(error, "--joint and --%s exclude each other", *name);
    if (settings->weights != NULL && !settings->joint)
        return error_set_usage(error, "--weights needs --joint");
    if (input == DIVERGENCE_SAMPLES && settings->common.method != METHOD_GAUSSIAN &&
        command_given(command, "weight"))
        return error_set_usage(error, "--weight has no meaning with --samples");
    if (settings->geometric && command_refuse(command, not_geometric, "with --geometric") < 0)
        return -1;
    bool one_operand = input == DIVERGENCE_ROWS && (settings->joint || settings->common.pairs);
    if (settings->joint && command->operand_count > 1)
        return error_set_usage(error, "--joint takes one operand, got %zu", command->operand_count);
    if (command->operand_count == 0 && !one_operand)
        return error_set_usage(error, "an operand is missing (usage: jsdiv [options] [P] Q)");
    return 0;
}

static int run(struct command *command, struct settings *settings) {
    enum divergence_input input;
    if (divergence_options_check(command, &settings->common, &input) < 0 ||
        divergence_options_method(command, &settings->common, input, method_words, METHOD_MC) < 0 ||
        check(command, settings, input) < 0)
        return -1;
    settings->command = command;
    settings->draws = model_divergence_draws(command, &settings->common);
    if (input == DIVERGENCE_GAUSSIAN)
        return run_gaussians(command, settings);
    if (input == DIVERGENCE_SAMPLES)
        return sample_divergence_run(command, &settings->common,
                                     &(struct sample_divergence){compare_samples, settings, "js"});
    if (input == DIVERGENCE_MODELS)
        return model_divergence_run(command, &settings->common, compare_mixtures, settings, "js",
                                    settings->common.method == METHOD_MC);
    if (settings->joint)
        return joint_stream_run(command, settings->weights, settings->common.smooth);
    return settings->common.pairs ? run_pairs(command, settings) : run_rows(command, settings);
}

int main(int argc, char **argv) {
    struct settings settings = {.common = DIVERGENCE_OPTIONS_DEFAULT, .weight = 0.5};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
