/* jsdiv - Jensen-Shannon divergence between rows, samples, Gaussians or mixture models. */

#include <math.h>
#include <stdio.h>

#include "base/command.h"
#include "divergence/divergence_options.h"
#include "divergence/gaussian_divergence.h"
#include "divergence/gaussian_pair.h"
#include "divergence/jensen_shannon.h"
#include "divergence/mixture_bounds.h"
#include "divergence/model_divergence.h"
#include "divergence/neighbour_divergence.h"
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
    METHOD_GAUSSIAN,
    METHOD_MC,
    METHOD_VARIATIONAL,
    METHOD_QUADRATURE = METHOD_VARIATIONAL + 6
};
static const char *const method_words[] = {
    "ratio", "gaussian",          "mc",      "variational", "product", "lower",
    "upper", "variational-upper", "matched", "quadrature",  NULL,
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
    "jsdiv --mean --distance --base 2 p.npy q.npy",
    "jsdiv --samples x.csv y.csv             from points, by nearest neighbours",
    NULL,
};

static const struct command_description description = {
    .name = "jsdiv",
    .operands =
        "[options] [P] Q\n--pairs|--joint [options] [P]\n--samples|--gaussian|--models [options] [P] Q",
    .purpose = "Jensen-Shannon divergence of P and Q: of rows, samples, Gaussians or mixture models.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_DISTRIBUTION | OPTIONS_LOGARITHM,
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

static int run_rows(struct command *command, struct settings *settings) {
    char partial_options[64];
    snprintf(partial_options, sizeof partial_options, "weight=%.17g distance=%d", settings->weight,
             settings->distance);
    settings->temperature = command->distribution.temperature;
    const struct row_divergence divergence = {
        .function = compare_rows,
        .context = settings,
        .column = "js",
        .wide = settings->common.terms || settings->common.gradient >= 0,
        .square_root = settings->distance,
        .partial_options = partial_options,
    };
    return row_divergence_run(command, &settings->common, &divergence);
}

static int compare_mixtures(const struct settings *settings, const struct gaussian_mixture *f,
                            const struct gaussian_mixture *g, struct mixture_divergence_estimate *estimate,
                            struct error *error) {
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
