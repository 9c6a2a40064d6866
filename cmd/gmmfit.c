/* gmmfit - fits Gaussian mixtures by expectation maximisation. */

#include <math.h>

#include "base/command.h"
#include "base/memory.h"
#include "density/mixture_choice.h"
#include "density/mixture_input.h"
#include "density/mixture_output.h"
#include "density/mixture_source.h"
#include "density/mixture_words.h"

struct settings {
    const char *components, *covariance, *init, *weights, *weight_column, *fix;
    const char *labels, *responsibilities, *table;
    int criterion, method, prior;
    size_t folds, restarts;
    double floor, ridge, dirichlet;
    bool noise;
};

static const char *const criterion_words[] = {"bic", "icl", "aic", "aicc", "cv", NULL};
static const char *const method_words[] = {"em", "cem", NULL};
static const char *const prior_words[] = {"none", "conjugate", NULL};

static const struct option_entry own_options[] = {
    OPTION_HEADING("what is fitted"),
    OPTION_TEXT('k', "components", struct settings, components, "K|LO:HI",
                "components; the criterion chooses from a range"),
    OPTION_TEXT(0, "covariance", struct settings, covariance, "TYPE[,TYPE..]",
                "full, tied, diagonal, tied-diagonal, spherical, tied-spherical; several, or all"),
    OPTION_CHOICE(0, "criterion", struct settings, criterion, criterion_words, "what the choice is made by"),
    OPTION_COUNT(0, "folds", struct settings, folds, "F", 2, 1e6, "parts of the rows for cv"),
    OPTION_FLAG(0, "noise", struct settings, noise, "a uniform component over the rows' box"),
    OPTION_HEADING("how"),
    OPTION_CHOICE(0, "method", struct settings, method, method_words, "EM, or classification EM"),
    OPTION_TEXT(0, "init", struct settings, init, "START", "kmeans, kmeans++, random, or @FILE: a model"),
    OPTION_COUNT(0, "restarts", struct settings, restarts, "R", 1, 1e6, "starts, of which the best counts"),
    OPTION_NUMBER(0, "floor", struct settings, floor, "F", 0, 1,
                  "least variance in any direction, over the columns' mean variance"),
    OPTION_NUMBER(0, "ridge", struct settings, ridge, "R", 0, 1e300, "added to all variances"),
    OPTION_CHOICE(0, "prior", struct settings, prior, prior_words, "prior on means and covariances"),
    OPTION_NUMBER(0, "dirichlet", struct settings, dirichlet, "A", 0, 1e300,
                  "Dirichlet(A) prior on the weights"),
    OPTION_TEXT(0, "fix", struct settings, fix, "LIST", "weights, means, covariances: stay as in @FILE"),
    OPTION_HEADING("rows"),
    OPTION_TEXT(0, "weights", struct settings, weights, "FILE", "a weight for each row"),
    OPTION_TEXT(0, "weight-column", struct settings, weight_column, "J", "the column that holds weights"),
    OPTION_HEADING("further output"),
    OPTION_TEXT(0, "labels", struct settings, labels, "FILE", "each row's component"),
    OPTION_TEXT(0, "responsibilities", struct settings, responsibilities, "FILE",
                "each row's share in the components"),
    OPTION_TEXT(0, "table", struct settings, table, "FILE", "the figures of all that was tried"),
    OPTION_END,
};

static const char *const examples[] = {
    "gmmfit -k 2 faithful.csv -o m.npz       two components",
    "gmmfit -k 1:8 --covariance all --table t.csv x.npy -o m.npz",
    "gmmfit --init @m.npz more.csv -o m2.npz goes on from a model",
    NULL,
};

static const struct command_description description = {
    .name = "gmmfit",
    .operands = "[options] [DATA]",
    .purpose = "Fits a Gaussian mixture to the rows of DATA and writes the model (NPZ).",
    .own_options = own_options,
    .shared_options = OPTIONS_INPUT | OPTIONS_SEED | OPTIONS_ITERATION,
    .examples = examples,
    .operands_max = 1,
    .tolerance = 1e-8,
    .max_iterations = 1000,
};

/* The options, but for what needs the data or a model. */
static int prepare(struct command *command, const struct settings *settings, struct mixture_choice *choice) {
    static const char *const of_model[] = {"components", "restarts", NULL};
    struct error *error = &command->error;
    struct mixture_constraints *constraints = &choice->restarts.fit.constraints;
    bool from_model = settings->init[0] == '@';
    choice->criterion = (enum mixture_criterion)settings->criterion;
    choice->folds = settings->folds;
    choice->restarts = (struct mixture_restarts){
        .restarts = settings->restarts,
        .seed = command->seed,
        .noise_log_density = -INFINITY,
        .threads = command->threads,
        .floor = settings->floor,
        .fit = {.mode = settings->method == 1 ? MIXTURE_STEP_HARD : MIXTURE_STEP_SOFT,
                .tolerance = command->tolerance,
                .max_iterations = command->max_iterations,
                .constraints = {.ridge = settings->ridge,
                                .dirichlet = settings->dirichlet,
                                .conjugate = settings->prior == 1}},
    };
    if (settings->weights != NULL && settings->weight_column != NULL)
        return error_set_usage(error, "--weights and --weight-column exclude each other");
    if (settings->fix != NULL && !from_model)
        return error_set_usage(error, "--fix needs --init @FILE");
    if (settings->fix != NULL && settings->prior == 1)
        return error_set_usage(error, "--fix and --prior exclude each other");
    if (mixture_words_types(settings->covariance, choice, error) < 0)
        return -1;
    if (from_model && command_refuse(command, of_model, "with --init @FILE") < 0)
        return -1;
    if (from_model)
        return settings->fix != NULL ? mixture_words_fixed(settings->fix, constraints, error) : 0;
    if (mixture_words_components(settings->components, choice, error) < 0)
        return -1;
    return mixture_words_start(settings->init, &choice->restarts.kind, error);
}

static void report(struct command *command, const struct mixture_rows *rows, const struct mixture_fit *fit,
                   const struct mixture_criteria *criteria) {
    struct report *figures = &command->report;
    report_number(figures, "rows", (double)rows->rows);
    report_number(figures, "columns", (double)rows->dimensions);
    report_number(figures, "weight", rows->total);
    report_number(figures, "components", (double)fit->mixture->components);
    report_text(figures, "covariance", gaussian_mixture_type_names[fit->mixture->type]);
    report_number(figures, "log_likelihood", fit->log_likelihood);
    report_number(figures, "objective", fit->objective);
    report_number(figures, "parameters", criteria->parameters);
    report_number(figures, "bic", criteria->bic);
    report_number(figures, "aic", criteria->aic);
    report_number(figures, "aicc", criteria->aicc);
    report_number(figures, "icl", criteria->icl);
    report_number(figures, "iterations", (double)fit->iterations);
    report_number(figures, "converged", fit->converged);
    report_number(figures, "floored", (double)fit->lifted);
    report_number(figures, "reseeded", (double)fit->reseeded);
    report_number(figures, "dropped", (double)fit->dropped);
    report_numbers(figures, "path", fit->path_count, fit->path);
}

/* What standard error and the exit status say of the fit. */
static void judge(struct command *command, const struct mixture_fit *fit) {
    if (fit->dropped > 0)
        command_note(command, "%zu component%s left without rows %s dropped", fit->dropped,
                     fit->dropped == 1 ? "" : "s", fit->dropped == 1 ? "was" : "were");
    if (fit->fell) {
        command->unconverged = true;
        command_note(command, "the log-likelihood fell in step %zu: raise --floor or --ridge",
                     fit->iterations);
    } else if (!fit->converged && command->tolerance > 0) {
        command->unconverged = true;
        command_note(command, "not converged in %zu steps: raise --max-iterations or --tolerance",
                     fit->iterations);
    }
}

/* Writes all that was asked for; the mixture's means are put back to where the data were. */
static int write_results(struct command *command, const struct settings *settings,
                         const struct mixture_input *input, struct mixture_fit *fit,
                         const struct mixture_criteria *criteria) {
    struct error *error = &command->error;
    const struct mixture_rows *rows = &input->rows;
    if (settings->labels != NULL && mixture_output_labels(settings->labels, rows, fit->mixture, error) < 0)
        return -1;
    if (settings->responsibilities != NULL &&
        mixture_output_responsibilities(settings->responsibilities, rows, fit->mixture, error) < 0)
        return -1;
    mixture_input_restore(input, fit->mixture);
    return mixture_output_model(command->output.path, fit, criteria, rows->total, error);
}

static int fit_rows(struct command *command, const struct settings *settings, struct mixture_input *input,
                    struct mixture_choice *choice) {
    struct error *error = &command->error;
    struct mixture_fit best = {0};
    size_t chosen, count = mixture_choice_count(choice);
    if (choice->most > input->rows.rows && choice->restarts.model == NULL)
        return error_set(error, "%zu components but %zu rows", choice->most, input->rows.rows);
    if (count == 1)
        choice->restarts.fit.progress = &command->progress;
    else
        choice->progress = &command->progress;
    struct mixture_candidate *candidates = memory_array(error, count, sizeof *candidates);
    if (candidates == NULL)
        return -1;
    int status = mixture_choice_run(&input->rows, choice, candidates, &best, &chosen, error);
    if (status == 0 && settings->table != NULL)
        status = mixture_output_table(settings->table, count, candidates, error);
    if (status == 0) {
        report(command, &input->rows, &best, &candidates[chosen].criteria);
        judge(command, &best);
        status = write_results(command, settings, input, &best, &candidates[chosen].criteria);
    }
    mixture_fit_free(&best);
    free(candidates);
    return status;
}

static int run(struct command *command, const struct settings *settings) {
    struct mixture_choice choice = {0};
    struct mixture_input input = {0};
    struct mixture_source source = {0};
    int status = -1;
    if (prepare(command, settings, &choice) < 0)
        return -1;
    if (mixture_input_read(&input, command, command_operand(command, 0, 1), settings->weights,
                           settings->weight_column) < 0)
        goto done;
    if (settings->noise &&
        mixture_start_box(&input.rows, &choice.restarts.noise_log_density, &command->error) < 0)
        goto done;
    if (settings->init[0] == '@' &&
        mixture_source_read(&source, settings->init + 1, &input, command_given(command, "covariance"),
                            &choice, &command->error) < 0)
        goto done;
    status = fit_rows(command, settings, &input, &choice);

done:
    mixture_source_free(&source);
    mixture_input_free(&input);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {.components = "1",
                                .covariance = "full",
                                .init = "kmeans",
                                .folds = 10,
                                .restarts = 10,
                                .floor = 1e-6,
                                .dirichlet = 1};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
