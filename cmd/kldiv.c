/* kldiv - Kullback-Leibler divergence between rows, samples, Gaussians or mixture models. */

#include "base/command.h"
#include "density/density_ratio.h"
#include "divergence/gaussian_divergence.h"
#include "divergence/gaussian_pair.h"
#include "divergence/kullback_leibler_run.h"
#include "divergence/sample_divergence.h"

static const struct option_entry own_options[] = {
    DIVERGENCE_OPTIONS_INPUT(struct kullback_leibler_request, common),
    OPTION_FLAG(0, "symmetric", struct kullback_leibler_request, divergence.symmetric,
                "KL(p, q) + KL(q, p) (Jeffreys)"),
    OPTION_HEADING("rows"),
    DIVERGENCE_OPTIONS_ROWS(struct kullback_leibler_request, common),
    {.name = "skew",
     .kind = OPTION_KIND_NUMBER,
     .offset = offsetof(struct kullback_leibler_request, divergence.skew),
     .argument = "A",
     .high = 1,
     .high_open = true,
     .help = "against (1-A) q + A p in place of q"},
    OPTION_HEADING("samples and models"),
    OPTION_CHOICE(0, "method", struct kullback_leibler_request, common.method, kullback_leibler_run_methods,
                  "estimator (default: ratio for samples, mc for models)"),
    DIVERGENCE_OPTIONS_SAMPLES(struct kullback_leibler_request, common),
    DIVERGENCE_OPTIONS_MODELS(struct kullback_leibler_request, common),
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

static int samples_one_way(const struct kullback_leibler_request *request, const struct sample_pair *pair,
                           size_t threads, double *value, struct error *error) {
    if (request->common.method == KULLBACK_LEIBLER_GAUSSIAN) {
        struct gaussian_pair gaussians;
        int status = gaussian_pair_from_samples(&gaussians, pair, request->common.mle, error);
        if (status == 0)
            status = gaussian_divergence_kl(&gaussians.p, &gaussians.q, value, error);
        gaussian_pair_free(&gaussians);
        return status;
    }
    if (request->common.method == KULLBACK_LEIBLER_KDE) {
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
        return density_ratio_kl(&ratio, value, error);
    }
    const struct neighbour_divergence problem = sample_divergence_neighbours(
        pair, &request->common,
        request->common.method == KULLBACK_LEIBLER_ADAPTIVE ? NEIGHBOUR_DIVERGENCE_ADAPTIVE
                                                            : NEIGHBOUR_DIVERGENCE_RATIO,
        threads);
    return neighbour_divergence_estimate(&problem, NULL, NULL, value, error);
}

static int compare_samples(const void *context, const struct sample_pair *pair, size_t threads, double *value,
                           struct error *error) {
    const struct kullback_leibler_request *request = context;
    const struct sample_pair back = {pair->y, pair->x, pair->y_count, pair->x_count, pair->columns};
    struct kullback_leibler_request swapped = *request; /* a bandwidth stays with its sample */
    swapped.common.bandwidth_p = request->common.bandwidth_q;
    swapped.common.bandwidth_q = request->common.bandwidth_p;
    double other = 0;
    if (samples_one_way(request, pair, threads, value, error) < 0)
        return -1;
    if (request->divergence.symmetric && samples_one_way(&swapped, &back, threads, &other, error) < 0)
        return -1;
    *value += other;
    return 0;
}

static int run(struct command *command, struct kullback_leibler_request *request) {
    enum divergence_input input;
    if (divergence_options_check(command, &request->common, &input) < 0)
        return -1;
    if (divergence_options_method(command, &request->common, input, kullback_leibler_run_methods,
                                  KULLBACK_LEIBLER_MC) < 0)
        return -1;
    request->command = command;
    if (input != DIVERGENCE_MODELS &&
        command_refuse(command, (const char *const[]){"draws", NULL}, "without --models") < 0)
        return -1;
    if (input == DIVERGENCE_GAUSSIAN && request->common.method >= 0)
        return error_set_usage(&command->error,
                               "--method has no meaning with --gaussian: it is a closed form");
    if (input == DIVERGENCE_GAUSSIAN)
        return kullback_leibler_run_gaussians(request);
    if (input == DIVERGENCE_SAMPLES)
        return sample_divergence_run(command, &request->common,
                                     &(struct sample_divergence){compare_samples, request, "kl"});
    return input == DIVERGENCE_MODELS ? kullback_leibler_run_models(request)
                                      : kullback_leibler_run_rows(request);
}

int main(int argc, char **argv) {
    struct kullback_leibler_request request = {.common = DIVERGENCE_OPTIONS_DEFAULT};
    struct command command;
    command_start(&command, &description, &request, argc, argv);
    return command_finish(&command, run(&command, &request));
}
