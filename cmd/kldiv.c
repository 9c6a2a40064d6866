/* kldiv - Kullback-Leibler divergence between rows, samples, Gaussians or mixture models. */

#include <math.h>
#include <stdio.h>

#include "base/command.h"
#include "density/density_ratio.h"
#include "divergence/divergence_options.h"
#include "divergence/divergence_partial.h"
#include "divergence/gaussian_divergence.h"
#include "divergence/gaussian_pair.h"
#include "divergence/kullback_leibler.h"
#include "divergence/mixture_bounds.h"
#include "divergence/mixture_quadrature.h"
#include "divergence/model_divergence.h"
#include "divergence/pairwise_stream.h"
#include "divergence/row_divergence.h"
#include "divergence/sample_divergence.h"

struct settings {
    struct divergence_options common;
    struct kullback_leibler_settings divergence;
    double temperature;
    struct mixture_divergence_settings draws;
    struct command *command;
};

/* Of samples up to gaussian, of models from mc on; those from variational to matched in the order of enum
 * mixture_bounds_method. */
enum method {
    METHOD_RATIO,
    METHOD_ADAPTIVE,
    METHOD_KDE,
    METHOD_GAUSSIAN,
    METHOD_MC,
    METHOD_VARIATIONAL,
    METHOD_MATCHED = METHOD_VARIATIONAL + 5,
    METHOD_UNSCENTED,
    METHOD_QUADRATURE
};
static const char *const method_words[] = {
    "ratio", "adaptive",          "kde",     "gaussian",  "mc",         "variational", "product", "lower",
    "upper", "variational-upper", "matched", "unscented", "quadrature", NULL,
};

static const struct option_entry own_options[] = {
    DIVERGENCE_OPTIONS_INPUT(struct settings, common),
    OPTION_FLAG(0, "symmetric", struct settings, divergence.symmetric, "KL(p, q) + KL(q, p) (Jeffreys)"),
    OPTION_HEADING("rows"),
    DIVERGENCE_OPTIONS_ROWS(struct settings, common),
    {.name = "skew",
     .kind = OPTION_KIND_NUMBER,
     .offset = offsetof(struct settings, divergence.skew),
     .argument = "A",
     .high = 1,
     .high_open = true,
     .help = "against (1-A) q + A p in place of q"},
    OPTION_HEADING("samples and models"),
    OPTION_CHOICE(0, "method", struct settings, common.method, method_words,
                  "estimator (default: ratio for samples, mc for models)"),
    DIVERGENCE_OPTIONS_SAMPLES(struct settings, common),
    DIVERGENCE_OPTIONS_MODELS(struct settings, common),
    OPTION_END,
};

static const char *const examples[] = {
    "kldiv p.csv q.csv                       one value for each pair of rows",
    "kldiv --mean --logits teacher.npy student.npy",
    "kldiv --samples x.csv y.csv             from points, by nearest neighbours",
    NULL,
};

static const struct command_description description = {
    .name = "kldiv",
    .operands = "[options] [P] Q\n--samples|--gaussian|--models [options] [P] Q",
    .purpose = "Kullback-Leibler divergence of P from Q: of rows, samples, Gaussians or mixture models.",
    .own_options = own_options,
    .shared_options =
        OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_DISTRIBUTION | OPTIONS_LOGARITHM | OPTIONS_OUTCOME,
    .examples = examples,
    .operands_min = 1,
    .operands_max = 2,
};

/* What a row of the result holds: the value, its terms, or its derivative. */
static void compare_rows(const void *context, const struct divergence_rows *rows, double *result) {
    const struct settings *settings = context;
    if (settings->common.terms)
        kullback_leibler_terms(rows, &settings->divergence, result);
    else if (settings->common.gradient >= 0)
        kullback_leibler_gradient(rows, &settings->divergence,
                                  (enum divergence_gradient)settings->common.gradient, settings->temperature,
                                  result);
    else
        kullback_leibler_rows(rows, &settings->divergence, result);
}

/* The options that parts must agree in. */
static int partial_options(const void *context, struct partial_options *options, struct error *error) {
    const struct kullback_leibler_settings *divergence = &((const struct settings *)context)->divergence;
    if (partial_options_number(options, "symmetric", divergence->symmetric, error) < 0)
        return -1;
    return partial_options_number(options, "skew", divergence->skew, error);
}

static int run_rows(struct command *command, struct settings *settings) {
    settings->temperature = command->distribution.temperature;
    const struct row_divergence divergence = {
        .function = compare_rows,
        .context = settings,
        .column = "kl",
        .wide = settings->common.terms || settings->common.gradient >= 0,
        .partial = &divergence_partial_kl,
        .partial_options = partial_options,
    };
    return row_divergence_run(command, &settings->common, &divergence);
}

static int samples_one_way(const struct settings *settings, const struct sample_pair *pair, size_t threads,
                           double *value, struct error *error) {
    if (settings->common.method == METHOD_GAUSSIAN) {
        struct gaussian_pair gaussians;
        int status = gaussian_pair_from_samples(&gaussians, pair, settings->common.mle, error);
        if (status == 0)
            status = gaussian_divergence_kl(&gaussians.p, &gaussians.q, value, error);
        gaussian_pair_free(&gaussians);
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
        return density_ratio_kl(&ratio, value, error);
    }
    const struct neighbour_divergence problem = sample_divergence_neighbours(
        pair, &settings->common,
        settings->common.method == METHOD_ADAPTIVE ? NEIGHBOUR_DIVERGENCE_ADAPTIVE
                                                   : NEIGHBOUR_DIVERGENCE_RATIO,
        threads);
    return neighbour_divergence_estimate(&problem, NULL, NULL, value, error);
}

static int compare_samples(const void *context, const struct sample_pair *pair, size_t threads, double *value,
                           struct error *error) {
    const struct settings *settings = context;
    const struct sample_pair back = {pair->y, pair->x, pair->y_count, pair->x_count, pair->columns};
    struct settings swapped = *settings; /* a bandwidth stays with its sample */
    swapped.common.bandwidth_p = settings->common.bandwidth_q;
    swapped.common.bandwidth_q = settings->common.bandwidth_p;
    double other = 0;
    if (samples_one_way(settings, pair, threads, value, error) < 0)
        return -1;
    if (settings->divergence.symmetric && samples_one_way(&swapped, &back, threads, &other, error) < 0)
        return -1;
    *value += other;
    return 0;
}

static int models_one_way(const struct settings *settings, const struct gaussian_mixture *f,
                          const struct gaussian_mixture *g, struct mixture_divergence_estimate *estimate,
                          struct error *error) {
    int method = settings->common.method;
    size_t threads = settings->command->threads;
    *estimate = (struct mixture_divergence_estimate){0};
    if (method == METHOD_MC)
        return mixture_divergence_kl(f, g, &settings->draws, estimate, error);
    if (method == METHOD_UNSCENTED)
        return mixture_divergence_unscented(f, g, threads, &estimate->value, error);
    if (method == METHOD_QUADRATURE)
        return model_divergence_quadrature(settings->command, f, g, NAN, &estimate->value, error);
    enum mixture_bounds_method bound = (enum mixture_bounds_method)(method - METHOD_VARIATIONAL);
    return mixture_bounds_kl(bound, f, g, threads, &estimate->value, error);
}

static int compare_models(const void *context, const struct gaussian_mixture *f,
                          const struct gaussian_mixture *g, struct mixture_divergence_estimate *estimate,
                          struct error *error) {
    const struct settings *settings = context;
    struct mixture_divergence_estimate other = {0};
    if (models_one_way(settings, f, g, estimate, error) < 0)
        return -1;
    if (settings->divergence.symmetric && models_one_way(settings, g, f, &other, error) < 0)
        return -1;
    estimate->value += other.value;
    estimate->standard_error = hypot(estimate->standard_error, other.standard_error);
    estimate->draws += other.draws;
    return 0;
}

static int run_gaussians(struct command *command, const struct settings *settings) {
    struct gaussian_pair pair;
    struct mixture_divergence_estimate estimate = {0};
    double other = 0;
    int status = gaussian_pair_read(&pair, command, &settings->common);
    if (status == 0)
        status = gaussian_divergence_kl(&pair.p, &pair.q, &estimate.value, &command->error);
    if (status == 0 && settings->divergence.symmetric)
        status = gaussian_divergence_kl(&pair.q, &pair.p, &other, &command->error);
    gaussian_pair_free(&pair);
    estimate.value += other;
    return status < 0 ? -1 : model_divergence_write(command, &estimate, "kl", false);
}

static int run_pairs(struct command *command, const struct settings *settings) {
    const struct pairwise_stream stream = {.kullback_leibler = &settings->divergence};
    return pairwise_stream_run(command, &settings->common, &stream, false);
}

static int run(struct command *command, struct settings *settings) {
    enum divergence_input input;
    if (divergence_options_check(command, &settings->common, &input) < 0)
        return -1;
    if (divergence_options_method(command, &settings->common, input, method_words, METHOD_MC) < 0)
        return -1;
    settings->command = command;
    if (input == DIVERGENCE_GAUSSIAN && settings->common.method >= 0)
        return error_set_usage(&command->error,
                               "--method has no meaning with --gaussian: it is a closed form");
    if (input == DIVERGENCE_GAUSSIAN)
        return run_gaussians(command, settings);
    if (input == DIVERGENCE_SAMPLES)
        return sample_divergence_run(command, &settings->common,
                                     &(struct sample_divergence){compare_samples, settings, "kl"});
    if (input == DIVERGENCE_MODELS) {
        settings->draws = model_divergence_draws(command, &settings->common);
        return model_divergence_run(command, &settings->common, compare_models, settings, "kl",
                                    settings->common.method == METHOD_MC);
    }
    return settings->common.pairs ? run_pairs(command, settings) : run_rows(command, settings);
}

int main(int argc, char **argv) {
    struct settings settings = {.common = DIVERGENCE_OPTIONS_DEFAULT};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
