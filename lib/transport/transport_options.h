/* What the command line of `sinkhorn` asks for. Texts are as typed. */
#ifndef TRANSPORT_TRANSPORT_OPTIONS_H
#define TRANSPORT_TRANSPORT_OPTIONS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"
#include "num/ground_cost.h"
#include "transport/sinkhorn.h"

enum transport_value { TRANSPORT_VALUE_TRANSPORT, TRANSPORT_VALUE_OBJECTIVE, TRANSPORT_VALUE_DIVERGENCE };

struct transport_options {
    /* what is transported */
    const char *cost, *cost_matrix, *cost_pairs; /* files but for the first */
    const char *cost_source, *cost_target;       /* costs among sources, among targets */
    double cost_scale;
    const char *source_weights, *target_weights;
    size_t block; /* rows of a problem; OPTION_COUNT_NONE: one problem */
    bool rows;

    /* the problem */
    double epsilon; /* nan: the default, 0.05 */
    const char *epsilon_relative;
    const char *unbalanced;
    int penalty;         /* 0 kl, 1 tv */
    double partial_mass; /* nan: all */
    bool exact, gaussian, sliced_max, barycentre, debiased;
    size_t sliced; /* directions; OPTION_COUNT_NONE: not sliced */
    const char *barycentre_weights;

    /* what is printed */
    int value; /* enum transport_value */
    bool divergence;
    bool plan, potentials, map, map_target, round;
    double sparse, sparse_mass; /* nan: the plan is dense */
    bool gradient, gradient_target, gradient_weights, gradient_cost, gradient_epsilon, unroll;

    /* the iteration */
    double scaling;
    bool no_scaling;
    int acceleration, storage;
    const char *init;
};

enum { TRANSPORT_MAX_ITERATIONS = 10000 };

/* Rows of a block: its costs, held whole, then take 2 GiB. */
enum { TRANSPORT_BLOCK_MAX = 1 << 14 };

#define TRANSPORT_OPTIONS_DEFAULT                                                                            \
    {                                                                                                        \
        .cost = "sqeuclidean", .cost_scale = 1, .block = OPTION_COUNT_NONE, .epsilon = 0.05,                 \
        .partial_mass = NAN, .sliced = OPTION_COUNT_NONE, .sparse = NAN, .sparse_mass = NAN, .scaling = 0.5  \
    }

/* The words of options, in the order of the enums. */
extern const char *const transport_options_values[], *const transport_options_penalties[],
                                                         *const transport_options_accelerations[],
                                                             *const transport_options_storages[];

/* What a run does. */
enum transport_task {
    TRANSPORT_ONE,    /* one problem of points, or of a matrix of costs */
    TRANSPORT_BLOCKS, /* a problem for each block of rows */
    TRANSPORT_ROWS,   /* a problem for each row of weights */
    TRANSPORT_SLICED,
    TRANSPORT_GAUSSIAN,
    TRANSPORT_BARYCENTRE
};

/* What is written. */
enum transport_output {
    TRANSPORT_PRINT_VALUE,
    TRANSPORT_PRINT_PLAN,
    TRANSPORT_PRINT_POTENTIALS,
    TRANSPORT_PRINT_MAP,
    TRANSPORT_PRINT_MAP_TARGET,
    TRANSPORT_PRINT_GRADIENT,
    TRANSPORT_PRINT_GRADIENT_TARGET,
    TRANSPORT_PRINT_GRADIENT_WEIGHTS,
    TRANSPORT_PRINT_GRADIENT_COST,
    TRANSPORT_PRINT_GRADIENT_EPSILON
};

/* The options understood. */
struct transport_choice {
    enum transport_task task;
    enum transport_output output;
    enum transport_value value;
    struct ground_cost ground;
    bool sparse; /* the plan as triples */
    enum transport_scale {
        TRANSPORT_SCALE_NONE,
        TRANSPORT_SCALE_MEDIAN,
        TRANSPORT_SCALE_MEAN,
        TRANSPORT_SCALE_DEVIATION
    } scale;
    double epsilon;                        /* a factor of the scale where there is one */
    double source_penalty, target_penalty; /* inf: exact */
    bool balanced;                         /* both are */
    size_t operands;                       /* how many are read */
};

/* Refuses what does not go together. Returns 0, or -1 with a usage error in command->error. */
__attribute__((warn_unused_result)) int transport_options_check(struct command *command,
                                                                const struct transport_options *options,
                                                                struct transport_choice *choice);

/* How the solver is to work, but for potentials to start from and checkpoints. */
struct sinkhorn_settings transport_options_settings(struct command *command,
                                                    const struct transport_options *options);

#endif
