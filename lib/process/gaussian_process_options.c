#include "process/gaussian_process_options.h"

#include <float.h>
#include <math.h>

#include "io/column_list.h"
#include "process/covariance_states.h"
#include "process/gaussian_process_classes_fit.h"
#include "process/gaussian_process_exact.h"
#include "process/gaussian_process_kalman_fit.h"
#include "process/gaussian_process_scale_fit.h"
#include "process/gaussian_process_sparse_fit.h"
#include "process/gaussian_process_vecchia.h"
#include "process/gaussian_process_vecchia_fit.h"

static const char *const posterior_words[] = {"quadrature", "importance", NULL};
static const char *const objective_words[] = {"ml", "loo", NULL};
static const char *const method_words[] = {"auto", "exact", "kalman", NULL};

/* Rows from which on a Kalman filter is taken: a factor takes seconds there. */
enum { KALMAN_ROWS = 3000 };

const struct option_entry gaussian_process_options_table[] = {
    OPTION_HEADING("the process"),
    OPTION_TEXT('k', "kernel", struct gaussian_process_options, kernel, "EXPR",
                "sums and products of kernels, as 'rbf(ard=true) + 2*periodic'"),
    OPTION_NUMBER(0, "noise", struct gaussian_process_options, noise, "V", 0, DBL_MAX,
                  "noise variance to start from (default: a tenth of the targets' variance)"),
    OPTION_FLAG(0, "fix-noise", struct gaussian_process_options, fix_noise, "hold it there"),
    OPTION_TEXT(0, "noise-column", struct gaussian_process_options, noise_column, "COL",
                "column of known noise variances, a row each"),
    OPTION_CHOICE(0, "mean", struct gaussian_process_options, mean, gaussian_process_model_mean_names,
                  "mean function, its coefficients by generalised least squares"),
    OPTION_FLAG(0, "universal", struct gaussian_process_options, universal,
                "predictions carry the uncertainty of those coefficients"),
    OPTION_HEADING("the data"),
    OPTION_TEXT('y', "target", struct gaussian_process_options, targets, "LIST",
                "target columns (default: the last)"),
    OPTION_TEXT('x', "inputs", struct gaussian_process_options, inputs, "LIST",
                "input columns (default: all others)"),
    OPTION_FLAG(0, "standardize", struct gaussian_process_options, standardize,
                "centre and scale inputs and targets first"),
    OPTION_HEADING("the fit"),
    OPTION_CHOICE(0, "objective", struct gaussian_process_options, objective, objective_words,
                  "marginal likelihood, or leave-one-out log density"),
    OPTION_CHOICE(0, "method", struct gaussian_process_options, method, method_words,
                  "matrix, or Kalman filter for matern of one input (auto: of many rows)"),
    OPTION_COUNT(0, "vecchia", struct gaussian_process_options, vecchia, "M", 1, GAUSSIAN_PROCESS_VECCHIA_MAX,
                 "approximate: each row given its M nearest before it"),
    OPTION_TEXT('i', "init", struct gaussian_process_options, init, "@FILE",
                "start from a model's kernel and noise"),
    OPTION_COUNT(0, "restarts", struct gaussian_process_options, restarts, "N", 0, 1 << 24,
                 "further starts, drawn about the first"),
    OPTION_NUMBER(0, "jitter", struct gaussian_process_options, jitter, "V", 0, DBL_MAX,
                  "add exactly V to the diagonal (default: as little as needed)"),
    OPTION_FLAG(0, "no-optimize", struct gaussian_process_options, no_optimize,
                "keep the parameters as written"),
    OPTION_FLAG(0, "evaluate", struct gaussian_process_options, evaluate,
                "print the objective there, no model"),
    OPTION_FLAG(0, "gradient", struct gaussian_process_options, gradient,
                "print name,value,gradient there, no model"),
    OPTION_HEADING("sparse fits"),
    OPTION_COUNT(0, "inducing", struct gaussian_process_options, inducing, "M", 1, 1 << 15,
                 "stand M inducing inputs in for the rows"),
    OPTION_CHOICE(0, "inducing-method", struct gaussian_process_options, inducing_method,
                  gaussian_process_sparse_rows_methods, "what is made large"),
    OPTION_CHOICE(0, "inducing-init", struct gaussian_process_options, inducing_start,
                  gaussian_process_inducing_words, "where they start"),
    OPTION_TEXT(0, "inducing-file", struct gaussian_process_options, inducing_file, "Z",
                "start from the rows of Z"),
    OPTION_FLAG(0, "fix-inducing", struct gaussian_process_options, fix_inducing, "leave them there"),
    OPTION_HEADING("mixtures over a scale"),
    OPTION_TEXT(0, "scale-prior", struct gaussian_process_options, scale_prior, "PRIOR",
                "prior of a factor s of the variance: invgamma:A,B gamma:A,B burr:C,K halfcauchy:T "
                "lognormal:M,S"),
    OPTION_CHOICE(0, "scale-noise", struct gaussian_process_options, scale_noise,
                  gaussian_process_scale_noises, "whether s scales the noise too"),
    OPTION_FLAG(0, "fix-scale-prior", struct gaussian_process_options, fix_scale_prior,
                "hold the prior's parameters"),
    OPTION_FLAG(0, "scale-per-output", struct gaussian_process_options, scale_per_output,
                "an s of its own for every target"),
    OPTION_CHOICE(0, "posterior", struct gaussian_process_options, scale_posterior, posterior_words,
                  "how s is integrated out"),
    OPTION_COUNT(0, "draws", struct gaussian_process_options, draws, "S", 1, 1 << 20,
                 "draws of s for importance"),
    OPTION_HEADING("classes"),
    OPTION_CHOICE(0, "likelihood", struct gaussian_process_options, likelihood,
                  gaussian_process_classes_likelihoods, "targets: numbers; classes, two or any number"),
    OPTION_COUNT(0, "epochs", struct gaussian_process_options, epochs, "N", 1, 1 << 24,
                 "fit by Adam, N times over the rows (200)"),
    OPTION_COUNT(0, "batch", struct gaussian_process_options, batch, "B", 1, 1 << 30,
                 "by Adam, B rows a step (256)"),
    OPTION_NUMBER(0, "learning-rate", struct gaussian_process_options, learning_rate, "R", DBL_MIN, DBL_MAX,
                  "by Adam, steps of R (0.01)"),
    OPTION_END,
};

/* The ways without a factor do less. */
static int check_method(struct command *command, const struct gaussian_process_options *options) {
    static const char *const exact[] = {"objective", NULL};
    bool vecchia = options->vecchia > 0;
    if (vecchia && options->method == GAUSSIAN_PROCESS_OPTIONS_KALMAN)
        return error_set_usage(&command->error, "--vecchia and --method kalman exclude each other");
    if (vecchia && command_refuse(command, exact, "with --vecchia") < 0)
        return -1;
    return options->method == GAUSSIAN_PROCESS_OPTIONS_KALMAN
               ? command_refuse(command, exact, "with --method kalman")
               : 0;
}

static void take_inducing(const struct command *command, const struct gaussian_process_options *options,
                          struct gaussian_process_fit_settings *settings) {
    settings->inducing = (struct gaussian_process_inducing_settings){
        .count = options->inducing,
        .method = (enum gaussian_process_sparse_method)options->inducing_method,
        .start = (enum gaussian_process_inducing_start)options->inducing_start,
        .file = options->inducing_file,
        .fixed = options->fix_inducing,
        .keep = !command_given(command, "inducing-init") && options->inducing_file == NULL,
    };
}

/* A sparse fit, where one is asked for. */
static int check_sparse(struct command *command, const struct gaussian_process_options *options,
                        struct gaussian_process_fit_settings *settings) {
    static const char *const sparse_only[] = {"inducing-method", "inducing-init", "fix-inducing", NULL};
    static const char *const exact_only[] = {"objective", "method", "vecchia", NULL};
    static const char *const starting[] = {"inducing-init", NULL};
    if (options->inducing == 0 && options->inducing_file == NULL)
        return command_refuse(command, sparse_only, "without --inducing");
    if (command_refuse(command, exact_only, "with --inducing") < 0)
        return -1;
    if (options->inducing_file != NULL && command_refuse(command, starting, "with --inducing-file") < 0)
        return -1;
    settings->kind = &gaussian_process_sparse_fit_kind;
    take_inducing(command, options, settings);
    if (settings->inducing.method != GAUSSIAN_PROCESS_SPARSE_VFE && !options->fix_inducing &&
        !command_given(command, "max-iterations"))
        settings->max_iterations = 2000; /* inducing inputs that near each other make narrow valleys */
    return 0;
}

/* A mixture over a scale, where one is asked for. */
static int check_scale(struct command *command, const struct gaussian_process_options *options,
                       struct gaussian_process_fit_settings *settings) {
    static const char *const mixture_only[] = {"scale-noise", "fix-scale-prior", "scale-per-output",
                                               "posterior",   "draws",           NULL};
    static const char *const others[] = {"inducing", "inducing-file", "objective", "method", "vecchia", NULL};
    static const char *const shared_only[] = {"universal", "jitter", NULL};
    static const char *const drawing[] = {"draws", NULL};
    bool importance = options->scale_posterior == 1;
    if (options->scale_prior == NULL)
        return command_refuse(command, mixture_only, "without --scale-prior");
    if (command_refuse(command, others, "with --scale-prior") < 0 ||
        (options->scale_noise == 1 &&
         command_refuse(command, shared_only, "with --scale-noise separate") < 0) ||
        (!importance && command_refuse(command, drawing, "without --posterior importance") < 0))
        return -1;
    if (importance && settings->optimize && !options->fix_scale_prior)
        return error_set_usage(
            &command->error, "--posterior importance cannot fit the prior it draws from: --fix-scale-prior");
    settings->kind = &gaussian_process_scale_fit_kind;
    settings->scale = (struct gaussian_process_scale_settings){
        .fixed = options->fix_scale_prior || importance,
        .separate = options->scale_noise == 1,
        .per_output = options->scale_per_output,
        .draws = importance ? options->draws : 0,
    };
    return scale_prior_parse(&settings->scale.prior, options->scale_prior, &command->error);
}

/* Whether the column of labels can be read as words: lists of words count columns before any are chosen. */
static int check_label_column(struct command *command, const struct gaussian_process_options *options) {
    bool chosen = command->input.columns != NULL || command->input.exclude != NULL;
    if (chosen && (options->targets == NULL || !column_list_names(options->targets)))
        return error_set_usage(
            &command->error, "--likelihood with --columns or --exclude: name the classes' column (--target)");
    return 0;
}

/* What a fit to classes has no use for. */
static int refuse_beside_classes(struct command *command, const struct gaussian_process_options *options) {
    static const char *const numbers_only[] = {
        "noise",           "fix-noise",   "noise-column",     "universal", "objective", "method", "vecchia",
        "inducing-method", "scale-noise", "scale-per-output", "posterior", "draws",     NULL};
    static const char *const adam[] = {"epochs", "batch", "learning-rate", NULL};
    static const char *const other[] = {"tolerance", "max-iterations", "restarts", NULL};
    static const char *const inducing[] = {"inducing-init", NULL};
    static const char *const mixture[] = {"fix-scale-prior", NULL};
    bool given = command_given(command, "epochs") || command_given(command, "batch") ||
                 command_given(command, "learning-rate");
    if (command_refuse(command, numbers_only, "where targets are classes") < 0 ||
        (given && command_refuse(command, other, "with Adam (--epochs)") < 0) ||
        (options->no_optimize && command_refuse(command, adam, "where nothing is optimized") < 0) ||
        (options->inducing_file != NULL && command_refuse(command, inducing, "with --inducing-file") < 0))
        return -1;
    if (command_given(command, "mean") && options->mean != GAUSSIAN_PROCESS_MEAN_ZERO)
        return error_set_usage(&command->error, "--mean: classes have functions of mean zero");
    return options->scale_prior == NULL ? command_refuse(command, mixture, "without --scale-prior") : 0;
}

/* A fit to classes, where one is asked for. */
static int check_classes(struct command *command, const struct gaussian_process_options *options,
                         struct gaussian_process_fit_settings *settings) {
    const char *likelihood = gaussian_process_classes_likelihoods[options->likelihood];
    bool adam = command_given(command, "epochs") || command_given(command, "batch") ||
                command_given(command, "learning-rate");
    if (refuse_beside_classes(command, options) < 0 || check_label_column(command, options) < 0)
        return -1;
    if (options->inducing == 0 && options->inducing_file == NULL)
        return error_set_usage(&command->error, "--likelihood %s needs --inducing", likelihood);
    take_inducing(command, options, settings);
    settings->kind = &gaussian_process_classes_fit_kind;
    settings->mean = GAUSSIAN_PROCESS_MEAN_ZERO;
    settings->noise = 0;
    if (!command_given(command, "max-iterations"))
        settings->max_iterations = 2000; /* q(u) has many numbers, */
    if (!command_given(command, "tolerance"))
        settings->tolerance = 1e-4; /* and the bound is flat in many directions */
    settings->classes = (struct gaussian_process_class_settings){
        .likelihood = (enum gaussian_process_likelihood)options->likelihood,
        .mixture = options->scale_prior != NULL,
        .epochs = adam ? options->epochs : 0,
        .batch = options->batch,
        .rate = options->learning_rate,
    };
    if (options->scale_prior == NULL)
        return 0;
    settings->scale.fixed = options->fix_scale_prior;
    if (scale_prior_parse(&settings->scale.prior, options->scale_prior, &command->error) < 0)
        return -1;
    return settings->scale.prior.kind == SCALE_PRIOR_INVERSE_GAMMA
               ? 0
               : error_set_usage(&command->error, "--scale-prior: with --likelihood %s only invgamma",
                                 likelihood);
}

int gaussian_process_options_check(struct command *command, const struct gaussian_process_options *options,
                                   struct checkpoint *checkpoint,
                                   struct gaussian_process_fit_settings *settings) {
    static const char *const searching[] = {"restarts", "tolerance", "max-iterations", NULL};
    bool fixed = options->no_optimize || options->evaluate || options->gradient;
    if (options->evaluate && options->gradient)
        return error_set_usage(&command->error, "--evaluate and --gradient exclude each other");
    if (fixed && command_refuse(command, searching, "where nothing is optimized") < 0)
        return -1;
    if (options->init != NULL && options->init[0] != '@')
        return error_set_usage(&command->error, "--init: expected @FILE, got '%.40s'", options->init);
    if (options->init != NULL && command_given(command, "kernel"))
        return error_set_usage(&command->error, "--init brings a kernel of its own: no --kernel beside it");
    if (options->universal && options->mean == GAUSSIAN_PROCESS_MEAN_ZERO)
        return error_set_usage(&command->error, "--universal has no meaning with --mean zero");
    if (check_method(command, options) < 0)
        return -1;
    *settings = (struct gaussian_process_fit_settings){
        .kind = &gaussian_process_exact_kind,
        .neighbours = options->vecchia,
        .mean = (enum gaussian_process_mean)options->mean,
        .objective = (enum gaussian_process_objective)options->objective,
        .noise = options->noise,
        .fix_noise = options->fix_noise,
        .jitter = options->jitter,
        .optimize = !fixed,
        .restarts = options->restarts,
        .max_iterations = command->max_iterations,
        .tolerance = command->tolerance,
        .seed = command->seed,
        .threads = command->threads,
        .progress = &command->progress,
        .checkpoint = checkpoint,
    };
    static const char *const classes_only[] = {"epochs", "batch", "learning-rate", NULL};
    if (options->likelihood != GAUSSIAN_PROCESS_LIKELIHOOD_GAUSSIAN)
        return check_classes(command, options, settings);
    if (command_refuse(command, classes_only, "without --likelihood logistic or softmax") < 0 ||
        check_sparse(command, options, settings) < 0)
        return -1;
    return check_scale(command, options, settings);
}

int gaussian_process_options_choose(const struct gaussian_process_options *options,
                                    const struct covariance *covariance, size_t rows,
                                    struct gaussian_process_fit_settings *settings, struct error *error) {
    struct covariance_states states;
    bool able = covariance_states_read(&states, covariance), wanted = rows >= KALMAN_ROWS;
    if (settings->kind != &gaussian_process_exact_kind)
        return 0;
    if (options->vecchia > 0) {
        settings->kind = &gaussian_process_vecchia_fit_kind;
        return 0;
    }
    if (options->method == GAUSSIAN_PROCESS_OPTIONS_KALMAN && !able)
        return error_set_usage(error, "--method kalman: the kernel is no sum of matern of nu 0.5, 1.5 or 2.5 "
                                      "of one input");
    if (options->objective == GAUSSIAN_PROCESS_LEAVE_ONE_OUT)
        wanted = false;
    if (options->method == GAUSSIAN_PROCESS_OPTIONS_KALMAN ||
        (options->method == GAUSSIAN_PROCESS_OPTIONS_AUTO && able && wanted))
        settings->kind = &gaussian_process_kalman_fit_kind;
    return 0;
}
