#include "transport/transport_options.h"

#include <string.h>

#include "io/decimal.h"

const char *const transport_options_values[] = {"transport", "objective", "divergence", NULL};
const char *const transport_options_penalties[] = {"kl", "tv", NULL};
const char *const transport_options_accelerations[] = {"auto",     "none",   "overrelax",
                                                       "anderson", "newton", NULL};
const char *const transport_options_storages[] = {"auto", "always", "never", NULL};

static const char *const tasks[] = {"for one problem", "with --block",    "with --rows",
                                    "with --sliced",   "with --gaussian", "with --barycenter"};
static const char *const outputs[] = {NULL,
                                      "plan",
                                      "potentials",
                                      "map",
                                      "map-target",
                                      "gradient",
                                      "gradient-target",
                                      "gradient-weights",
                                      "gradient-cost",
                                      "gradient-epsilon"};

enum { OUTPUTS = sizeof outputs / sizeof *outputs };

enum {
    ONE = 1 << TRANSPORT_ONE,
    BLOCKS = 1 << TRANSPORT_BLOCKS,
    ROWS = 1 << TRANSPORT_ROWS,
    SLICED = 1 << TRANSPORT_SLICED,
    GAUSSIAN = 1 << TRANSPORT_GAUSSIAN,
    BARYCENTRE = 1 << TRANSPORT_BARYCENTRE,
    BATCH = BLOCKS | ROWS,
    SOLVED = ONE | BATCH,
};

/* Options that have a meaning for some tasks only. */
static const struct {
    const char *name;
    unsigned tasks;
} limited[] = {
    {"cost", ONE | BLOCKS | SLICED},
    {"cost-matrix", ONE | BATCH | BARYCENTRE},
    {"cost-pairs", ONE},
    {"cost-source", ONE},
    {"cost-target", ONE},
    {"cost-scale", ONE | BATCH | SLICED | BARYCENTRE},
    {"source-weights", ONE | BLOCKS | SLICED | GAUSSIAN},
    {"target-weights", ONE | BLOCKS | SLICED | GAUSSIAN},
    {"normalize", ONE | BATCH | SLICED | GAUSSIAN | BARYCENTRE},
    {"logits", ONE | BATCH | BARYCENTRE},
    {"log-probs", ONE | BATCH | BARYCENTRE},
    {"temperature", ONE | BATCH | BARYCENTRE},
    {"epsilon", SOLVED | GAUSSIAN | BARYCENTRE},
    {"epsilon-relative", ONE | BARYCENTRE},
    {"unbalanced", SOLVED},
    {"marginal-penalty", SOLVED},
    {"partial-mass", ONE},
    {"value", SOLVED | GAUSSIAN},
    {"divergence", ONE | BLOCKS | GAUSSIAN},
    {"plan", SOLVED},
    {"potentials", ONE},
    {"map", ONE},
    {"map-target", ONE},
    {"gradient", ONE | BLOCKS},
    {"gradient-target", ONE},
    {"gradient-weights", ONE},
    {"gradient-cost", ONE | BATCH},
    {"gradient-epsilon", ONE},
    {"round", ONE},
    {"sparse", ONE},
    {"sparse-mass", ONE},
    {"unroll", ONE | BLOCKS},
    {"init", ONE},
    {"exact", SOLVED},
    {"scaling", SOLVED},
    {"no-scaling", SOLVED},
    {"accelerate", SOLVED},
    {"online", ONE},
    {"seed", SLICED},
    {"shard", BLOCKS},
    {"sliced-max", SLICED},
    {"debiased", BARYCENTRE},
    {"barycenter-weights", BARYCENTRE},
    {"tolerance", SOLVED | BARYCENTRE},
    {"max-iterations", SOLVED | BARYCENTRE},
};

/* Pairs of options that exclude each other. */
static const char *const exclusive[][2] = {
    {"cost-matrix", "cost-pairs"},   {"cost-matrix", "cost"},   {"cost-pairs", "cost"},
    {"epsilon", "epsilon-relative"}, {"scaling", "no-scaling"}, {"sparse", "sparse-mass"},
    {"unbalanced", "partial-mass"},  {"divergence", "value"},   {"logits", "log-probs"},
};

/* What an unregularised cost has no use for. */
static const char *const of_entropy[] = {
    "epsilon", "epsilon-relative", "divergence",       "unbalanced", "marginal-penalty", "scaling",
    "init",    "no-scaling",       "gradient-epsilon", "accelerate", "online",           "tolerance",
    "round",   "max-iterations",   "unroll",           NULL,
};

static int find_task(struct command *command, const struct transport_options *options,
                     enum transport_task *task) {
    const struct {
        bool wanted;
        const char *name;
        enum transport_task task;
    } candidates[] = {
        {options->block != OPTION_COUNT_NONE, "block", TRANSPORT_BLOCKS},
        {options->rows, "rows", TRANSPORT_ROWS},
        {options->sliced != OPTION_COUNT_NONE, "sliced", TRANSPORT_SLICED},
        {options->gaussian, "gaussian", TRANSPORT_GAUSSIAN},
        {options->barycentre, "barycenter", TRANSPORT_BARYCENTRE},
    };
    const char *found = NULL;
    *task = TRANSPORT_ONE;
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        if (!candidates[i].wanted)
            continue;
        if (found != NULL)
            return error_set_usage(&command->error, "--%s and --%s exclude each other", found,
                                   candidates[i].name);
        found = candidates[i].name;
        *task = candidates[i].task;
    }
    return 0;
}

static int find_output(struct command *command, const struct transport_options *options,
                       struct transport_choice *choice) {
    choice->sparse = !isnan(options->sparse) || !isnan(options->sparse_mass);
    choice->output = choice->sparse ? TRANSPORT_PRINT_PLAN : TRANSPORT_PRINT_VALUE;
    for (size_t i = 1; i < OUTPUTS; i++) {
        if (!command_given(command, outputs[i]))
            continue;
        bool other = choice->output != TRANSPORT_PRINT_VALUE && choice->output != (enum transport_output)i;
        if (other)
            return error_set_usage(&command->error, "--%s and --%s exclude each other",
                                   outputs[choice->output], outputs[i]);
        choice->output = (enum transport_output)i;
    }
    choice->value = options->divergence ? TRANSPORT_VALUE_DIVERGENCE : (enum transport_value)options->value;
    return 0;
}

static int check_tables(struct command *command, enum transport_task task) {
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++)
        if ((limited[i].tasks & 1U << task) == 0 && command_given(command, limited[i].name))
            return error_set_usage(&command->error, "--%s has no meaning %s", limited[i].name, tasks[task]);
    for (size_t i = 0; i < sizeof exclusive / sizeof *exclusive; i++)
        if (command_given(command, exclusive[i][0]) && command_given(command, exclusive[i][1]))
            return error_set_usage(&command->error, "--%s and --%s exclude each other", exclusive[i][0],
                                   exclusive[i][1]);
    return 0;
}

static int read_number(struct command *command, const char *option, const char *text, size_t length,
                       double *number) {
    char quoted[ERROR_QUOTE_SIZE];
    if (length > 0 && decimal_parse(text, text + length, '.', number) == text + length && *number > 0)
        return 0;
    return error_set_usage(&command->error, "%s: expected a number above 0, got '%s'", option,
                           error_quote(quoted, text, length));
}

/* "R" or "R,R2". */
static int read_penalties(struct command *command, const char *typed, struct transport_choice *choice) {
    choice->source_penalty = choice->target_penalty = INFINITY;
    choice->balanced = true;
    if (typed == NULL)
        return 0;
    size_t length = strcspn(typed, ",");
    if (read_number(command, "--unbalanced", typed, length, &choice->source_penalty) < 0)
        return -1;
    choice->target_penalty = choice->source_penalty;
    if (typed[length] == ',' && read_number(command, "--unbalanced", typed + length + 1,
                                            strlen(typed + length + 1), &choice->target_penalty) < 0)
        return -1;
    choice->balanced = isinf(choice->source_penalty) && isinf(choice->target_penalty);
    return 0;
}

/* "E" or "E:median", "E:mean", "E:std". */
static int read_relative(struct command *command, const char *typed, struct transport_choice *choice) {
    static const char *const scales[] = {"median", "mean", "std"};
    size_t length = strcspn(typed, ":");
    if (read_number(command, "--epsilon-relative", typed, length, &choice->epsilon) < 0)
        return -1;
    choice->scale = TRANSPORT_SCALE_MEDIAN;
    if (typed[length] == '\0')
        return 0;
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(typed + length + 1, scales[i]) == 0) {
            choice->scale = (enum transport_scale)(TRANSPORT_SCALE_MEDIAN + i);
            return 0;
        }
    }
    char quoted[ERROR_QUOTE_SIZE];
    return error_set_usage(&command->error,
                           "--epsilon-relative: expected E:median, E:mean or E:std, got '%s'",
                           error_quote(quoted, typed, strlen(typed)));
}

static int read_epsilon(struct command *command, const struct transport_options *options,
                        struct transport_choice *choice) {
    choice->scale = TRANSPORT_SCALE_NONE;
    choice->epsilon = options->epsilon;
    if (options->epsilon_relative != NULL)
        return read_relative(command, options->epsilon_relative, choice);
    if (options->epsilon > 0 || choice->task == TRANSPORT_GAUSSIAN)
        return 0;
    return error_set_usage(&command->error,
                           "--epsilon must be above 0: --exact and --gaussian are without it");
}

static bool wants_points(enum transport_output output) {
    return output >= TRANSPORT_PRINT_MAP && output <= TRANSPORT_PRINT_GRADIENT_TARGET;
}

/* What derivatives and the rest of the output ask of the problem. */
static int check_output(struct command *command, const struct transport_options *options,
                        const struct transport_choice *choice) {
    struct error *error = &command->error;
    enum transport_output output = choice->output;
    const char *matrix = options->cost_matrix != NULL  ? "cost-matrix"
                         : options->cost_pairs != NULL ? "cost-pairs"
                                                       : NULL;
    bool slope = output >= TRANSPORT_PRINT_GRADIENT;
    bool divergence = choice->value == TRANSPORT_VALUE_DIVERGENCE;
    if (matrix != NULL && wants_points(output))
        return error_set_usage(error, "--%s needs points: there are none with --%s", outputs[output], matrix);
    if (options->unroll && !slope)
        return error_set_usage(error, "--unroll has no meaning without a gradient");
    if (options->unroll && (output == TRANSPORT_PRINT_GRADIENT_WEIGHTS ||
                            output == TRANSPORT_PRINT_GRADIENT_EPSILON || !choice->balanced))
        return error_set_usage(error, "--unroll gives derivatives in points and costs of balanced problems");
    if (options->round && (!choice->balanced || slope || output == TRANSPORT_PRINT_POTENTIALS || divergence))
        return error_set_usage(error, "--round is for the plan, maps and the transport of balanced problems");
    if (options->unroll && command->tolerance > 0)
        return error_set_usage(error, "--unroll needs --tolerance 0: it goes back through --max-iterations "
                                      "plain steps");
    if (slope && !isnan(options->partial_mass))
        return error_set_usage(error, "--partial-mass and --%s exclude each other", outputs[output]);
    if (divergence && !isnan(options->partial_mass))
        return error_set_usage(error, "--partial-mass and --divergence exclude each other");
    if (divergence &&
        ((output != TRANSPORT_PRINT_VALUE && !slope) || output == TRANSPORT_PRINT_GRADIENT_COST))
        return error_set_usage(error, "--%s is of one plan: the divergence has three", outputs[output]);
    if (divergence && matrix != NULL && (options->cost_source == NULL || options->cost_target == NULL))
        return error_set_usage(error, "a divergence by --%s needs --cost-source and --cost-target", matrix);
    if (divergence && choice->source_penalty != choice->target_penalty)
        return error_set_usage(error, "a divergence needs the same --unbalanced on both sides");
    if (slope && choice->value == TRANSPORT_VALUE_TRANSPORT && options->penalty == 1 && !choice->balanced)
        return error_set_usage(error, "the transport is not differentiated with --marginal-penalty tv: use "
                                      "--value objective");
    if (slope && options->exact && output == TRANSPORT_PRINT_GRADIENT_WEIGHTS)
        return error_set_usage(error, "--exact: the derivative in weights is --potentials");
    return 0;
}

/* --rows and --block. */
static int check_batch(struct command *command, const struct transport_options *options,
                       const struct transport_choice *choice) {
    struct error *error = &command->error;
    bool points = options->cost_matrix == NULL;
    if (command->input.missing == MISSING_SKIP)
        return error_set_usage(error, "--na skip would move rows to other problems");
    command->input.missing = MISSING_REFUSE;
    if (choice->task == TRANSPORT_ROWS && points)
        return error_set_usage(error, "--rows needs --cost-matrix");
    if (choice->output == TRANSPORT_PRINT_GRADIENT && choice->value == TRANSPORT_VALUE_TRANSPORT &&
        !options->unroll && !options->exact)
        return error_set_usage(error, "--block --gradient: the transport's is with --unroll; or take --value "
                                      "objective");
    if (choice->output == TRANSPORT_PRINT_GRADIENT_COST && choice->value == TRANSPORT_VALUE_TRANSPORT &&
        !options->unroll && !options->exact)
        return error_set_usage(error,
                               "%s --gradient-cost is the objective's, or with --unroll: the plan is "
                               "--plan",
                               choice->task == TRANSPORT_ROWS ? "--rows" : "--block");
    if (choice->value == TRANSPORT_VALUE_DIVERGENCE && (!points || choice->output == TRANSPORT_PRINT_PLAN))
        return error_set_usage(error,
                               "a divergence of many problems is of points, and a value or a gradient");
    return 0;
}

static int check_operands(struct command *command, const struct transport_options *options,
                          struct transport_choice *choice) {
    bool matrix = options->cost_matrix != NULL || options->cost_pairs != NULL;
    choice->operands = matrix ? 0 : 2;
    if (choice->task == TRANSPORT_ROWS)
        choice->operands = 2;
    if (choice->task == TRANSPORT_BARYCENTRE) {
        choice->operands = 1;
        if (!matrix)
            return error_set_usage(&command->error, "--barycenter needs --cost-matrix");
    }
    if (command->operand_count > choice->operands)
        return error_set_usage(&command->error, "unexpected operand '%s': %s",
                               command->operands[choice->operands],
                               choice->operands == 0   ? "costs are given, no points are read"
                               : choice->operands == 1 ? "a barycentre is of one matrix"
                                                       : "two are read");
    if (choice->operands == 2 && command->operand_count == 0)
        return error_set_usage(&command->error, choice->task == TRANSPORT_ROWS
                                                    ? "expected P and Q"
                                                    : "expected X and Y, or --cost-matrix");
    return 0;
}

int transport_options_check(struct command *command, const struct transport_options *options,
                            struct transport_choice *choice) {
    *choice = (struct transport_choice){0};
    if (command->max_iterations == 0)
        return error_set_usage(&command->error, "--max-iterations must be at least 1");
    if (options->init != NULL && options->init[0] != '@')
        return error_set_usage(&command->error, "--init takes @FILE");
    if (find_task(command, options, &choice->task) < 0 || find_output(command, options, choice) < 0 ||
        check_tables(command, choice->task) < 0)
        return -1;
    if (options->exact && command_refuse(command, of_entropy, "with --exact") < 0)
        return -1;
    if (options->exact && choice->value == TRANSPORT_VALUE_DIVERGENCE)
        return error_set_usage(&command->error, "--exact: the divergence is the transport");
    if (options->sliced_max && options->sliced == OPTION_COUNT_NONE)
        return error_set_usage(&command->error, "--sliced-max has no meaning without --sliced");
    if (ground_cost_parse(&choice->ground, options->cost, &command->error) < 0)
        return error_prefix(&command->error, "--cost");
    choice->ground.scale = options->cost_scale;
    if (read_penalties(command, options->unbalanced, choice) < 0 ||
        (!options->exact && read_epsilon(command, options, choice) < 0) ||
        check_operands(command, options, choice) < 0)
        return -1;
    if (choice->task == TRANSPORT_BLOCKS || choice->task == TRANSPORT_ROWS)
        if (check_batch(command, options, choice) < 0)
            return -1;
    return check_output(command, options, choice);
}

struct sinkhorn_settings transport_options_settings(struct command *command,
                                                    const struct transport_options *options) {
    return (struct sinkhorn_settings){
        .tolerance = command->tolerance,
        .max_iterations = command->max_iterations,
        .scaling = options->no_scaling ? 0 : options->scaling,
        .acceleration =
            command->tolerance == 0 ? SINKHORN_PLAIN : (enum sinkhorn_acceleration)options->acceleration,
        .storage = (enum sinkhorn_storage)options->storage,
        .threads = command->threads,
        .progress = &command->progress,
    };
}
