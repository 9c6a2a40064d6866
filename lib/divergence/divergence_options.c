#include "divergence/divergence_options.h"

#include <stdio.h>
#include <string.h>

const char *const divergence_gradient_words[] = {"p", "q", "p-logits", "q-logits", NULL};

/* Options that have a meaning for some kinds of input only. */
static const struct {
    const char *name;
    unsigned inputs; /* a bit for each enum divergence_input */
} limited[] = {
    {"sum", 1 << DIVERGENCE_ROWS},
    {"mean", 1 << DIVERGENCE_ROWS},
    {"mean-weights", 1 << DIVERGENCE_ROWS},
    {"partial", 1 << DIVERGENCE_ROWS},
    {"pairs", 1 << DIVERGENCE_ROWS},
    {"smooth", 1 << DIVERGENCE_ROWS},
    {"skew", 1 << DIVERGENCE_ROWS},
    {"terms", 1 << DIVERGENCE_ROWS},
    {"gradient", 1 << DIVERGENCE_ROWS},
    {"joint", 1 << DIVERGENCE_ROWS},
    {"distance", 1 << DIVERGENCE_ROWS},
    {"weights", 1 << DIVERGENCE_ROWS},
    {"normalize", 1 << DIVERGENCE_ROWS},
    {"logits", 1 << DIVERGENCE_ROWS},
    {"log-probs", 1 << DIVERGENCE_ROWS},
    {"neighbours", 1 << DIVERGENCE_SAMPLES},
    {"jitter", 1 << DIVERGENCE_SAMPLES},
    {"bandwidth-p", 1 << DIVERGENCE_SAMPLES},
    {"bandwidth-q", 1 << DIVERGENCE_SAMPLES},
    {"jackknife", 1 << DIVERGENCE_SAMPLES},
    {"bootstrap", 1 << DIVERGENCE_SAMPLES},
    {"by", 1 << DIVERGENCE_ROWS | 1 << DIVERGENCE_SAMPLES},
    {"mle", 1 << DIVERGENCE_GAUSSIAN | 1 << DIVERGENCE_SAMPLES},
    {"geometric", 1 << DIVERGENCE_GAUSSIAN},
    {"draws", 1 << DIVERGENCE_MODELS | 1 << DIVERGENCE_GAUSSIAN | 1 << DIVERGENCE_SAMPLES},
    {"stratified", 1 << DIVERGENCE_MODELS},
};

static const char *const where[] = {"for rows of distributions", "with --samples", "with --gaussian",
                                    "with --models"};

/* Pairs of options that exclude each other. */
static const char *const exclusive[][2] = {
    {"mean", "sum"},           {"terms", "gradient"},        {"pairs", "mean"},     {"pairs", "sum"},
    {"pairs", "mean-weights"}, {"pairs", "terms"},           {"pairs", "gradient"}, {"terms", "mean"},
    {"terms", "sum"},          {"terms", "mean-weights"},    {"gradient", "mean"},  {"gradient", "sum"},
    {"by", "pairs"},           {"gradient", "mean-weights"}, {"by", "terms"},       {"by", "gradient"},
    {"by", "partial"},         {"jackknife", "bootstrap"},   {"pairs", "partial"},  {"distance", "terms"},
    {"distance", "gradient"},
};

int divergence_options_check(struct command *command, const struct divergence_options *options,
                             enum divergence_input *input) {
    struct error *error = &command->error;
    if (options->samples + options->gaussian + options->models > 1)
        return error_set_usage(error, "--samples, --gaussian and --models exclude one another");
    *input = options->samples    ? DIVERGENCE_SAMPLES
             : options->gaussian ? DIVERGENCE_GAUSSIAN
             : options->models   ? DIVERGENCE_MODELS
                                 : DIVERGENCE_ROWS;
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++) {
        const char *const name[] = {limited[i].name, NULL};
        if ((limited[i].inputs >> *input & 1) == 0 && command_refuse(command, name, where[*input]) < 0)
            return -1;
    }
    for (size_t i = 0; i < sizeof exclusive / sizeof *exclusive; i++)
        if (command_given(command, exclusive[i][0]) && command_given(command, exclusive[i][1]))
            return error_set_usage(error, "--%s and --%s exclude each other", exclusive[i][0],
                                   exclusive[i][1]);
    bool one_number = options->mean || options->sum || options->mean_weights != NULL;
    if (options->partial && !one_number)
        return error_set_usage(error, "--partial needs --mean or --sum");
    if (options->by != NULL && *input == DIVERGENCE_ROWS && !one_number)
        return error_set_usage(error, "--by needs --mean, --sum or --samples");
    return 0;
}

int divergence_options_method(struct command *command, struct divergence_options *options,
                              enum divergence_input input, const char *const *words, int first_of_models) {
    static const char *const of_draws[] = {"draws", "stratified", NULL};
    static const char *const of_neighbours[] = {"neighbours", "jitter", NULL};
    static const char *const of_kernels[] = {"bandwidth-p", "bandwidth-q", NULL};
    static const char *const of_gaussians[] = {"mle", "draws", NULL};
    char place[64];
    if (options->method < 0 && input == DIVERGENCE_SAMPLES)
        options->method = 0;
    else if (options->method < 0 && input == DIVERGENCE_MODELS)
        options->method = first_of_models;
    if (options->method < 0)
        return 0;
    bool gaussian = strcmp(words[options->method], "gaussian") == 0;
    bool of_models = options->method >= first_of_models;
    if (input == DIVERGENCE_ROWS || of_models != (input != DIVERGENCE_SAMPLES))
        return error_set_usage(&command->error, "--method %s has no meaning %s", words[options->method],
                               where[input]);
    snprintf(place, sizeof place, "with --method %s", words[options->method]);
    if (of_models && options->method != first_of_models && command_refuse(command, of_draws, place) < 0)
        return -1;
    bool kernels = strcmp(words[options->method], "kde") == 0;
    if (!kernels && command_refuse(command, of_kernels, place) < 0)
        return -1;
    if ((kernels || gaussian) && command_refuse(command, of_neighbours, place) < 0)
        return -1;
    if (input == DIVERGENCE_SAMPLES && !gaussian && command_refuse(command, of_gaussians, place) < 0)
        return -1;
    return 0;
}
