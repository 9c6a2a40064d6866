#include "density/mixture_options.h"

#include <math.h>
#include <string.h>

#include "density/mixture_words.h"

static const char *const criterion_words[] = {"bic", "icl", "aic", "aicc", "cv", NULL};
static const char *const method_words[] = {"em", "cem", "stepwise", "sdp", NULL};
static const char *const prior_words[] = {"none", "conjugate", NULL};

const struct option_entry mixture_options_table[] = {
    OPTION_HEADING("what is fitted"),
    OPTION_TEXT('k', "components", struct mixture_options, components, "K|LO:HI",
                "components; the criterion chooses from a range"),
    OPTION_TEXT(0, "covariance", struct mixture_options, covariance, "TYPE[,TYPE..]",
                "full, tied, diagonal, tied-diagonal, spherical, tied-spherical; several, or all"),
    OPTION_CHOICE(0, "criterion", struct mixture_options, criterion, criterion_words,
                  "what the choice is made by"),
    OPTION_COUNT(0, "folds", struct mixture_options, folds, "F", 2, 1e6, "parts of the rows for cv"),
    OPTION_FLAG(0, "noise", struct mixture_options, noise, "a uniform component over the rows' box"),
    OPTION_HEADING("how"),
    OPTION_CHOICE(0, "method", struct mixture_options, method, method_words,
                  "EM, classification EM, EM of batches of rows, or semidefinite programs"),
    OPTION_COUNT(0, "batch", struct mixture_options, batch, "B", 1, 1e7, "rows of a batch for stepwise"),
    OPTION_FLAG(0, "accelerate", struct mixture_options, accelerate,
                "longer steps, kept where they are better"),
    OPTION_TEXT(0, "init", struct mixture_options, init, "START",
                "kmeans, kmeans++, random, ward, or @FILE: a model"),
    OPTION_COUNT(0, "restarts", struct mixture_options, restarts, "R", 1, 1e6,
                 "starts, of which the best counts"),
    OPTION_NUMBER(0, "floor", struct mixture_options, floor, "F", 0, 1,
                  "least variance in any direction, over the columns' mean variance"),
    OPTION_NUMBER(0, "ridge", struct mixture_options, ridge, "R", 0, 1e300, "added to all variances"),
    OPTION_CHOICE(0, "prior", struct mixture_options, prior, prior_words, "prior on means and covariances"),
    OPTION_NUMBER(0, "dirichlet", struct mixture_options, dirichlet, "A", 0, 1e300,
                  "Dirichlet(A) prior on the weights"),
    OPTION_TEXT(0, "fix", struct mixture_options, fix, "LIST",
                "weights, means, covariances: stay as in @FILE"),
    OPTION_HEADING("rows"),
    OPTION_TEXT(0, "weights", struct mixture_options, weights, "FILE", "a weight for each row"),
    OPTION_TEXT(0, "weight-column", struct mixture_options, weight_column, "J",
                "the column that holds weights"),
    OPTION_FLAG(0, "partial", struct mixture_options, partial,
                "with @FILE: the rows' sums for one step (NPZ), for klmerge"),
    OPTION_HEADING("further output"),
    OPTION_TEXT(0, "labels", struct mixture_options, labels, "FILE", "each row's component"),
    OPTION_TEXT(0, "responsibilities", struct mixture_options, responsibilities, "FILE",
                "each row's share in the components"),
    OPTION_TEXT(0, "table", struct mixture_options, table, "FILE", "the figures of all that was tried"),
    CLUSTERING_OPTIONS(struct mixture_options),
    OPTION_END,
};

/* Pairs of options that exclude each other. */
static const char *const exclusive[][2] = {
    {"weights", "weight-column"},
};

/* What is written beside the model. */
static const char *const further_results[] = {"labels", "responsibilities", "table", "history", NULL};

/* What a model says already. */
static const char *const of_model[] = {"components", "restarts", NULL};

/* What takes a choice, all rows at once, or their weights. */
static const char *const not_stepwise[] = {
    "criterion",        "folds",         "noise",  "prior", "dirichlet",
    "weights",          "weight-column", "labels", "table", "accelerate",
    "responsibilities", "partial",       NULL};

/* What the sums of one E step leave no room for: one mixture, of that file, and nothing for each row. */
static const char *const of_fits[] = {
    "covariance", "criterion",        "folds", "noise",     "method",         "accelerate",         "batch",
    "labels",     "responsibilities", "table", "tolerance", "max-iterations", "accept-unconverged", NULL};

static int check_partial(struct command *command, const struct mixture_options *options) {
    if (mixture_options_source(options) == NULL)
        return error_set_usage(&command->error, "--partial needs --init @FILE");
    if (options->weights != NULL && command->input.shards > 0)
        return error_set_usage(&command->error, "--weights has no meaning with --shard: use --weight-column");
    return command_refuse(command, of_fits, "with --partial");
}

/* With --na model rows are held in memory, and a box has lost some of its sides. */
static int check_missing(struct command *command, const struct mixture_options *options) {
    static const char *const not_missing[] = {"noise", "partial", NULL};
    if (options->method != MIXTURE_METHOD_EM && options->method != MIXTURE_METHOD_CEM)
        return error_set_usage(&command->error, "--na model needs --method em or cem");
    return command_refuse(command, not_missing, "with --na model");
}

const char *mixture_options_source(const struct mixture_options *options) {
    return options->init[0] == '@' ? options->init + 1 : NULL;
}

bool mixture_options_identity(const struct mixture_options *options) {
    return strcmp(options->covariance, "identity") == 0;
}

int mixture_options_check(struct command *command, const struct mixture_options *options) {
    struct error *error = &command->error;
    for (size_t i = 0; i < sizeof exclusive / sizeof *exclusive; i++)
        if (command_given(command, exclusive[i][0]) && command_given(command, exclusive[i][1]))
            return error_set_usage(error, "--%s and --%s exclude each other", exclusive[i][0],
                                   exclusive[i][1]);
    if (options->fix != NULL && mixture_options_source(options) == NULL)
        return error_set_usage(error, "--fix needs --init @FILE");
    if (options->fix != NULL && options->prior == 1)
        return error_set_usage(error, "--fix and --prior exclude each other");
    if (command->input.missing == MISSING_KEEP && check_missing(command, options) < 0)
        return -1;
    if (options->method != MIXTURE_METHOD_STEPWISE && command_given(command, "batch"))
        return error_set_usage(error, "--batch needs --method stepwise");
    if (options->method == MIXTURE_METHOD_STEPWISE &&
        command_refuse(command, not_stepwise, "with --method stepwise") < 0)
        return -1;
    if (options->accelerate && options->method != MIXTURE_METHOD_EM)
        return error_set_usage(error, "--accelerate needs --method em");
    if (clustering_options_check(command, &options->sdp, options->method == MIXTURE_METHOD_SDP,
                                 options->criterion == MIXTURE_CRITERION_CV,
                                 mixture_options_identity(options)) < 0)
        return -1;
    if (options->partial && check_partial(command, options) < 0)
        return -1;
    if (command_refuse_mixed_output(command, further_results,
                                    (const char *const[]){options->labels, options->responsibilities,
                                                          options->table, options->sdp.history}) < 0)
        return -1;
    if (mixture_options_source(options) != NULL)
        return command_refuse(command, of_model, "with --init @FILE");
    return 0;
}

int mixture_options_choice(struct command *command, const struct mixture_options *options,
                           struct mixture_choice *choice) {
    struct error *error = &command->error;
    struct mixture_constraints *constraints = &choice->restarts.fit.constraints;
    choice->criterion = (enum mixture_criterion)options->criterion;
    choice->folds = options->folds;
    choice->restarts = (struct mixture_restarts){
        .restarts = options->restarts,
        .seed = command->seed,
        .noise_log_density = -INFINITY,
        .threads = command->threads,
        .floor = options->floor,
        .fit = {.mode = options->method == MIXTURE_METHOD_CEM ? MIXTURE_STEP_HARD : MIXTURE_STEP_SOFT,
                .tolerance = command->tolerance,
                .max_iterations = command->max_iterations,
                .accelerate = options->accelerate,
                .constraints = {.ridge = options->ridge,
                                .dirichlet = options->dirichlet,
                                .conjugate = options->prior == 1}},
    };
    bool identity = mixture_options_identity(options); /* centres and one variance come of it */
    if (mixture_words_types(identity ? "tied-spherical" : options->covariance, choice, error) < 0)
        return -1;
    if (options->fix != NULL && mixture_words_fixed(options->fix, constraints, error) < 0)
        return -1;
    if (mixture_options_source(options) == NULL &&
        (mixture_words_components(options->components, choice, error) < 0 ||
         mixture_words_start(options->init, &choice->restarts.kind, error) < 0))
        return -1;
    if (options->method == MIXTURE_METHOD_STEPWISE && mixture_choice_count(choice) > 1)
        return error_set_usage(error, "--method stepwise fits one size and one type");
    return 0;
}
