#include "divergence/jensen_shannon_run.h"

#include <math.h>

#include "divergence/divergence_partial.h"
#include "divergence/gaussian_divergence.h"
#include "divergence/joint_stream.h"
#include "divergence/mixture_bounds.h"
#include "divergence/model_divergence.h"
#include "divergence/pairwise_stream.h"
#include "divergence/row_divergence.h"

const char *const jensen_shannon_run_methods[] = {
    "ratio", "kde",   "gaussian",          "mc",      "variational", "product",
    "lower", "upper", "variational-upper", "matched", "quadrature",  NULL,
};

/* What a row of the result holds: the value, its terms, or its derivative. */
static void compare_rows(const void *context, const struct divergence_rows *rows, double *result) {
    const struct jensen_shannon_request *request = context;
    if (request->common.terms)
        jensen_shannon_terms(rows, request->weight, result);
    else if (request->common.gradient >= 0)
        jensen_shannon_gradient(rows, request->weight, (enum divergence_gradient)request->common.gradient,
                                request->temperature, result);
    else
        jensen_shannon_rows(rows, request->weight, result);
}

/* The options that parts must agree in. */
static int partial_options(const void *context, struct partial_options *options, struct error *error) {
    const struct jensen_shannon_request *request = context;
    if (partial_options_number(options, "weight", request->weight, error) < 0)
        return -1;
    return partial_options_number(options, "distance", request->distance, error);
}

static int run_each(struct jensen_shannon_request *request) {
    struct command *command = request->command;
    request->temperature = command->distribution.temperature;
    const struct row_divergence divergence = {
        .function = compare_rows,
        .context = request,
        .column = "js",
        .wide = request->common.terms || request->common.gradient >= 0,
        .square_root = request->distance,
        .partial = &divergence_partial_js,
        .partial_options = partial_options,
    };
    return row_divergence_run(command, &request->common, &divergence);
}

static int run_pairs(const struct jensen_shannon_request *request) {
    struct command *command = request->command;
    const struct pairwise_stream stream = {.weight = request->weight, .square_root = request->distance};
    return pairwise_stream_run(command, &request->common, &stream, command->operand_count < 2);
}

int jensen_shannon_run_rows(struct jensen_shannon_request *request) {
    if (request->joint)
        return joint_stream_run(request->command, request->weights, request->common.smooth);
    return request->common.pairs ? run_pairs(request) : run_each(request);
}

static int compare_mixtures(const void *context, const struct gaussian_mixture *f,
                            const struct gaussian_mixture *g, struct mixture_divergence_estimate *estimate,
                            struct error *error) {
    const struct jensen_shannon_request *request = context;
    int method = request->common.method;
    if (method == JENSEN_SHANNON_MC)
        return mixture_divergence_js(f, g, request->weight, &request->draws, estimate, error);
    if (method == JENSEN_SHANNON_QUADRATURE)
        return model_divergence_quadrature(request->command, f, g, request->weight, &estimate->value, error);
    enum mixture_bounds_method bound = (enum mixture_bounds_method)(method - JENSEN_SHANNON_VARIATIONAL);
    return mixture_bounds_js(bound, f, g, request->weight, request->command->threads, &estimate->value,
                             error);
}

int jensen_shannon_run_pair(const struct jensen_shannon_request *request, const struct gaussian_pair *pair,
                            struct mixture_divergence_estimate *estimate, struct error *error) {
    const struct gaussian *p = &pair->p, *q = &pair->q;
    if (request->geometric)
        return gaussian_divergence_geometric(p, q, request->weight, &estimate->value, error);
    struct jensen_shannon_request chosen = *request;
    if (chosen.common.method <= JENSEN_SHANNON_GAUSSIAN)
        chosen.common.method = p->dimensions <= 2 ? JENSEN_SHANNON_QUADRATURE : JENSEN_SHANNON_MC;
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

int jensen_shannon_run_gaussians(const struct jensen_shannon_request *request) {
    struct command *command = request->command;
    struct gaussian_pair pair;
    struct mixture_divergence_estimate estimate = {0};
    int status = gaussian_pair_read(&pair, command, &request->common);
    if (status == 0)
        status = jensen_shannon_run_pair(request, &pair, &estimate, &command->error);
    gaussian_pair_free(&pair);
    return status < 0 ? -1
                      : model_divergence_write(command, &estimate, "js",
                                               request->common.method == JENSEN_SHANNON_MC);
}

int jensen_shannon_run_models(const struct jensen_shannon_request *request) {
    return model_divergence_run(request->command, &request->common, compare_mixtures, request, "js",
                                request->common.method == JENSEN_SHANNON_MC);
}
