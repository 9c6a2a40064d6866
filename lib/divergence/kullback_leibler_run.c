#include "divergence/kullback_leibler_run.h"

#include <math.h>

#include "divergence/divergence_partial.h"
#include "divergence/gaussian_divergence.h"
#include "divergence/gaussian_pair.h"
#include "divergence/mixture_bounds.h"
#include "divergence/mixture_quadrature.h"
#include "divergence/model_divergence.h"
#include "divergence/pairwise_stream.h"
#include "divergence/row_divergence.h"

const char *const kullback_leibler_run_methods[] = {
    "ratio", "adaptive",          "kde",     "gaussian",  "mc",         "variational", "product", "lower",
    "upper", "variational-upper", "matched", "unscented", "quadrature", NULL,
};

/* What a row of the result holds: the value, its terms, or its derivative. */
static void compare_rows(const void *context, const struct divergence_rows *rows, double *result) {
    const struct kullback_leibler_request *request = context;
    if (request->common.terms)
        kullback_leibler_terms(rows, &request->divergence, result);
    else if (request->common.gradient >= 0)
        kullback_leibler_gradient(rows, &request->divergence,
                                  (enum divergence_gradient)request->common.gradient, request->temperature,
                                  result);
    else
        kullback_leibler_rows(rows, &request->divergence, result);
}

/* The options that parts must agree in. */
static int partial_options(const void *context, struct partial_options *options, struct error *error) {
    const struct kullback_leibler_settings *divergence =
        &((const struct kullback_leibler_request *)context)->divergence;
    if (partial_options_number(options, "symmetric", divergence->symmetric, error) < 0)
        return -1;
    return partial_options_number(options, "skew", divergence->skew, error);
}

static int run_each(struct kullback_leibler_request *request) {
    struct command *command = request->command;
    request->temperature = command->distribution.temperature;
    const struct row_divergence divergence = {
        .function = compare_rows,
        .context = request,
        .column = "kl",
        .wide = request->common.terms || request->common.gradient >= 0,
        .partial = &divergence_partial_kl,
        .partial_options = partial_options,
    };
    return row_divergence_run(command, &request->common, &divergence);
}

static int run_pairs(const struct kullback_leibler_request *request) {
    const struct pairwise_stream stream = {.kullback_leibler = &request->divergence};
    return pairwise_stream_run(request->command, &request->common, &stream, false);
}

int kullback_leibler_run_rows(struct kullback_leibler_request *request) {
    return request->common.pairs ? run_pairs(request) : run_each(request);
}

int kullback_leibler_run_gaussians(const struct kullback_leibler_request *request) {
    struct command *command = request->command;
    struct gaussian_pair pair;
    struct mixture_divergence_estimate estimate = {0};
    double other = 0;
    int status = gaussian_pair_read(&pair, command, &request->common);
    if (status == 0)
        status = gaussian_divergence_kl(&pair.p, &pair.q, &estimate.value, &command->error);
    if (status == 0 && request->divergence.symmetric)
        status = gaussian_divergence_kl(&pair.q, &pair.p, &other, &command->error);
    gaussian_pair_free(&pair);
    estimate.value += other;
    return status < 0 ? -1 : model_divergence_write(command, &estimate, "kl", false);
}

static int models_one_way(const struct kullback_leibler_request *request, const struct gaussian_mixture *f,
                          const struct gaussian_mixture *g, struct mixture_divergence_estimate *estimate,
                          struct error *error) {
    int method = request->common.method;
    size_t threads = request->command->threads;
    *estimate = (struct mixture_divergence_estimate){0};
    if (method == KULLBACK_LEIBLER_MC)
        return mixture_divergence_kl(f, g, &request->draws, estimate, error);
    if (method == KULLBACK_LEIBLER_UNSCENTED)
        return mixture_divergence_unscented(f, g, threads, &estimate->value, error);
    if (method == KULLBACK_LEIBLER_QUADRATURE)
        return model_divergence_quadrature(request->command, f, g, NAN, &estimate->value, error);
    enum mixture_bounds_method bound = (enum mixture_bounds_method)(method - KULLBACK_LEIBLER_VARIATIONAL);
    return mixture_bounds_kl(bound, f, g, threads, &estimate->value, error);
}

static int compare_models(const void *context, const struct gaussian_mixture *f,
                          const struct gaussian_mixture *g, struct mixture_divergence_estimate *estimate,
                          struct error *error) {
    const struct kullback_leibler_request *request = context;
    struct mixture_divergence_estimate other = {0};
    if (models_one_way(request, f, g, estimate, error) < 0)
        return -1;
    if (request->divergence.symmetric && models_one_way(request, g, f, &other, error) < 0)
        return -1;
    estimate->value += other.value;
    estimate->standard_error = hypot(estimate->standard_error, other.standard_error);
    estimate->draws += other.draws;
    return 0;
}

int kullback_leibler_run_models(struct kullback_leibler_request *request) {
    struct command *command = request->command;
    request->draws = model_divergence_draws(command, &request->common);
    return model_divergence_run(command, &request->common, compare_models, request, "kl",
                                request->common.method == KULLBACK_LEIBLER_MC);
}
