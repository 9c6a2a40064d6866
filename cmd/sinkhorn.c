/* sinkhorn - optimal transport, entropic or exact. */

#include <float.h>

#include "base/checkpoint.h"
#include "base/command.h"
#include "transport/transport_batch.h"
#include "transport/transport_closed.h"
#include "transport/transport_input.h"
#include "transport/transport_options.h"
#include "transport/transport_output.h"
#include "transport/transport_solution.h"

static const struct option_entry own_options[] = {
    OPTION_HEADING("what is transported"),
    OPTION_TEXT(0, "cost", struct transport_options, cost, "NAME",
                "of a pair of points: sqeuclidean, euclidean, cityblock, chebyshev, minkowski:P, cosine, "
                "power:P"),
    OPTION_NUMBER(0, "cost-scale", struct transport_options, cost_scale, "S", DBL_MIN, DBL_MAX,
                  "multiply costs by S"),
    OPTION_TEXT(0, "cost-matrix", struct transport_options, cost_matrix, "FILE",
                "costs, a row a source, in place of points"),
    OPTION_TEXT(0, "cost-pairs", struct transport_options, cost_pairs, "FILE",
                "costs as rows i,j,cost; other pairs are forbidden"),
    OPTION_TEXT(0, "cost-source", struct transport_options, cost_source, "FILE",
                "costs among the sources, for a divergence"),
    OPTION_TEXT(0, "cost-target", struct transport_options, cost_target, "FILE", "costs among the targets"),
    OPTION_TEXT(0, "source-weights", struct transport_options, source_weights, "FILE",
                "weights of the sources (default: equal)"),
    OPTION_TEXT(0, "target-weights", struct transport_options, target_weights, "FILE",
                "weights of the targets"),
    OPTION_COUNT(0, "block", struct transport_options, block, "N", 1, TRANSPORT_BLOCK_MAX,
                 "a problem for each block of N rows"),
    OPTION_FLAG(0, "rows", struct transport_options, rows,
                "a problem for each row of P and Q, weights over the costs"),
    OPTION_HEADING("the problem"),
    OPTION_NUMBER('e', "epsilon", struct transport_options, epsilon, "E", 0, DBL_MAX,
                  "regularisation, in units of the cost"),
    OPTION_TEXT(0, "epsilon-relative", struct transport_options, epsilon_relative, "E",
                "E times the median cost; E:mean, E:std times its mean, deviation"),
    OPTION_TEXT(0, "unbalanced", struct transport_options, unbalanced, "R[,R2]",
                "penalties on the marginals, inf: exact"),
    OPTION_CHOICE(0, "marginal-penalty", struct transport_options, penalty, transport_options_penalties,
                  "which penalty"),
    OPTION_NUMBER(0, "partial-mass", struct transport_options, partial_mass, "M", DBL_MIN, DBL_MAX,
                  "transport this much of the mass"),
    OPTION_FLAG(0, "exact", struct transport_options, exact, "no regularisation"),
    OPTION_COUNT(0, "sliced", struct transport_options, sliced, "N", 1, 0x1p53,
                 "distance over N random directions"),
    OPTION_FLAG(0, "sliced-max", struct transport_options, sliced_max, "the largest of them"),
    OPTION_FLAG(0, "gaussian", struct transport_options, gaussian,
                "closed form for Gaussians fitted to X and Y"),
    {.name = "barycenter",
     .alias = "barycentre",
     .kind = OPTION_KIND_FLAG,
     .offset = offsetof(struct transport_options, barycentre),
     .help = "barycenter of the rows of H"},
    OPTION_FLAG(0, "debiased", struct transport_options, debiased, "barycenter without entropic blur"),
    {.name = "barycenter-weights",
     .alias = "barycentre-weights",
     .kind = OPTION_KIND_TEXT,
     .argument = "FILE",
     .offset = offsetof(struct transport_options, barycentre_weights),
     .help = "weights of the rows of H"},
    OPTION_HEADING("what to print"),
    OPTION_CHOICE(0, "value", struct transport_options, value, transport_options_values,
                  "which number, and what gradients are of"),
    OPTION_FLAG(0, "divergence", struct transport_options, divergence, "the same as --value divergence"),
    OPTION_FLAG(0, "plan", struct transport_options, plan, "the plan, a row a source"),
    OPTION_NUMBER(0, "sparse", struct transport_options, sparse, "T", 0, DBL_MAX,
                  "plan as rows i,j,mass, masses above T"),
    OPTION_NUMBER(0, "sparse-mass", struct transport_options, sparse_mass, "F", 0, 1,
                  "the same, a row's largest that hold a share F of it"),
    OPTION_FLAG(0, "round", struct transport_options, round, "mend the plan to exact marginals"),
    OPTION_FLAG(0, "potentials", struct transport_options, potentials, "rows side,index,potential"),
    OPTION_FLAG(0, "map", struct transport_options, map, "where each source goes on average"),
    OPTION_FLAG(0, "map-target", struct transport_options, map_target, "where each target comes from"),
    OPTION_FLAG(0, "gradient", struct transport_options, gradient, "of the value, in the points X"),
    OPTION_FLAG(0, "gradient-target", struct transport_options, gradient_target, "in the points Y"),
    OPTION_FLAG(0, "gradient-weights", struct transport_options, gradient_weights, "in the sources' weights"),
    OPTION_FLAG(0, "gradient-cost", struct transport_options, gradient_cost, "in each cost"),
    OPTION_FLAG(0, "gradient-epsilon", struct transport_options, gradient_epsilon, "in epsilon"),
    OPTION_FLAG(0, "unroll", struct transport_options, unroll, "gradients of the N steps of --tolerance 0"),
    OPTION_HEADING("how to iterate"),
    OPTION_NUMBER(0, "scaling", struct transport_options, scaling, "S", 0, 1,
                  "factor of epsilon scaling, from the largest cost down"),
    OPTION_FLAG(0, "no-scaling", struct transport_options, no_scaling, "start at the final epsilon"),
    OPTION_CHOICE(0, "accelerate", struct transport_options, acceleration, transport_options_accelerations,
                  "beyond plain steps"),
    OPTION_TEXT(0, "init", struct transport_options, init, "@FILE",
                "start from potentials as --potentials writes them"),
    OPTION_CHOICE(0, "online", struct transport_options, storage, transport_options_storages,
                  "recompute costs in place of holding them"),
    OPTION_END,
};

static const char *const examples[] = {
    "sinkhorn -e 0.1 x.csv y.csv              what the transport costs",
    "sinkhorn --divergence x.npy y.npy        a distance between samples",
    "sinkhorn --exact --plan --sparse 0 x y   who goes where",
    NULL,
};

static const struct command_description description = {
    .name = "sinkhorn",
    .operands = "[options] [X] Y\n"
                "--cost-matrix C [--block N] [options]\n"
                "--rows --cost-matrix C [options] [P] Q\n"
                "--barycenter --cost-matrix C [options] [H]",
    .purpose = "Optimal transport between weighted points, entropic or exact.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_DISTRIBUTION | OPTIONS_ITERATION,
    .examples = examples,
    .operands_max = 2,
    .tolerance = 1e-6,
    .max_iterations = TRANSPORT_MAX_ITERATIONS,
};

static int run_one(struct command *command, const struct transport_options *options,
                   const struct transport_choice *choice) {
    struct transport_input input;
    struct transport_solution solution = {0};
    struct checkpoint checkpoint;
    checkpoint_start(&checkpoint, command);
    int status = transport_input_read(&input, command, options, choice);
    if (status == 0)
        status = transport_solution_find(&solution, command, options, choice, &input, &checkpoint);
    if (status == 0)
        status = transport_output_write(command, options, choice, &input, &solution);
    transport_solution_free(&solution);
    transport_input_free(&input);
    return status;
}

static int run(struct command *command, const struct transport_options *options) {
    struct transport_choice choice;
    if (transport_options_check(command, options, &choice) < 0)
        return -1;
    switch (choice.task) {
    case TRANSPORT_BLOCKS:
    case TRANSPORT_ROWS:
        return transport_batch_run(command, options, &choice);
    case TRANSPORT_SLICED:
        return transport_closed_sliced(command, options, &choice);
    case TRANSPORT_GAUSSIAN:
        return transport_closed_gaussian(command, options, &choice);
    case TRANSPORT_BARYCENTRE:
        return transport_closed_barycentre(command, options, &choice);
    default:
        return run_one(command, options, &choice);
    }
}

int main(int argc, char **argv) {
    struct transport_options options = TRANSPORT_OPTIONS_DEFAULT;
    struct command command;
    command_start(&command, &description, &options, argc, argv);
    return command_finish(&command, run(&command, &options));
}
