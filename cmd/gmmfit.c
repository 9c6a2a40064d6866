/* gmmfit - fits Gaussian mixtures by expectation maximisation. */

#include "base/command.h"
#include "base/memory.h"
#include "density/clustering_run.h"
#include "density/mixture_checkpoint.h"
#include "density/mixture_choice.h"
#include "density/mixture_input.h"
#include "density/mixture_options.h"
#include "density/mixture_output.h"
#include "density/mixture_partial.h"
#include "density/mixture_source.h"
#include "density/mixture_stepwise_run.h"

static const char *const examples[] = {
    "gmmfit -k 2 faithful.csv -o m.npz       two components",
    "gmmfit -k 1:8 --covariance all --table t.csv x.npy -o m.npz",
    "gmmfit --init @m.npz more.csv -o m2.npz goes on from a model",
    "gmmfit --partial --init @m.npz --shard 3/8 x.npy -o part.3.npz",
    NULL,
};

static const struct command_description description = {
    .name = "gmmfit",
    .operands = "[options] [DATA]",
    .purpose = "Fits a Gaussian mixture to the rows of DATA and writes the model (NPZ).",
    .own_options = mixture_options_table,
    .shared_options = OPTIONS_INPUT_OF_MODEL | OPTIONS_SEED | OPTIONS_ITERATION,
    .examples = examples,
    .operands_max = 1,
    .tolerance = 1e-8,
    .max_iterations = 1000,
};

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
    report_number(figures, "reseeded", (double)fit->mended.reseeded);
    report_number(figures, "dropped", (double)fit->mended.dropped);
    report_numbers(figures, "path", fit->path_count, fit->path);
}

/* What standard error and the exit status say of the fit. */
static void judge(struct command *command, const struct mixture_fit *fit) {
    if (fit->mended.dropped > 0)
        command_note(command, "%zu component%s left without rows %s dropped", fit->mended.dropped,
                     fit->mended.dropped == 1 ? "" : "s", fit->mended.dropped == 1 ? "was" : "were");
    if (fit->lifted > 0)
        command_note(command, "%zu variance%s at the floor: columns of unlike scale, or rows on a plane",
                     fit->lifted, fit->lifted == 1 ? " is" : "s are");
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
static int write_results(struct command *command, const struct mixture_options *options,
                         const struct mixture_input *input, const struct mixture_source *source,
                         struct mixture_fit *fit, const struct mixture_criteria *criteria) {
    struct error *error = &command->error;
    const struct mixture_rows *rows = &input->rows;
    if (options->labels != NULL && mixture_output_labels(options->labels, rows, fit->mixture, error) < 0)
        return -1;
    if (options->responsibilities != NULL &&
        mixture_output_responsibilities(options->responsibilities, rows, fit->mixture, error) < 0)
        return -1;
    mixture_source_restore(source, input, fit->mixture);
    return mixture_output_model(command->output.path, fit, criteria, rows->total, error);
}

static int fit_rows(struct command *command, const struct mixture_options *options,
                    const struct mixture_input *input, const struct mixture_source *source,
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
    if (status == 0 && options->table != NULL)
        status = mixture_output_table(options->table, count, candidates, error);
    if (status == 0) {
        report(command, &input->rows, &best, &candidates[chosen].criteria);
        judge(command, &best);
        status = write_results(command, options, input, source, &best, &candidates[chosen].criteria);
    }
    mixture_fit_free(&best);
    free(candidates);
    return status;
}

static int run(struct command *command, const struct mixture_options *options) {
    struct mixture_choice choice = {0};
    struct mixture_input input = {0};
    struct mixture_source source = {0};
    const char *start = mixture_options_source(options);
    int status = -1;
    struct mixture_checkpoint checkpoint;
    if (mixture_options_check(command, options) < 0 || mixture_options_choice(command, options, &choice) < 0)
        return -1;
    if (options->partial)
        return mixture_partial_run(command, options);
    if (options->method == MIXTURE_METHOD_STEPWISE)
        return mixture_stepwise_run(command, options, &choice);
    if (options->method == MIXTURE_METHOD_SDP)
        return clustering_run(command, options, &choice);
    mixture_checkpoint_start(&checkpoint, command, &input);
    choice.restarts.fit.checkpoint = &checkpoint;
    if (mixture_input_read(&input, command, command_operand(command, 0, 1), options->weights,
                           options->weight_column) < 0)
        goto done;
    if (options->noise &&
        mixture_start_box(&input.rows, &choice.restarts.noise_log_density, &command->error) < 0)
        goto done;
    if (start != NULL && mixture_source_read(&source, start, &input, command_given(command, "covariance"),
                                             &choice, &command->error) < 0)
        goto done;
    status = fit_rows(command, options, &input, &source, &choice);

done:
    mixture_checkpoint_free(&checkpoint);
    mixture_source_free(&source);
    mixture_input_free(&input);
    return status;
}

int main(int argc, char **argv) {
    struct mixture_options options = MIXTURE_OPTIONS_DEFAULT;
    struct command command;
    command_start(&command, &description, &options, argc, argv);
    return command_finish(&command, run(&command, &options));
}
