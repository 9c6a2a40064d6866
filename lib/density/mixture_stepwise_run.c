#include "density/mixture_stepwise_run.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "density/mixture_batches.h"
#include "density/mixture_checkpoint.h"
#include "density/mixture_output.h"
#include "density/mixture_source.h"
#include "density/mixture_start.h"
#include "density/mixture_stepwise.h"
#include "io/row_input.h"

enum {
    FIRST_ROWS = 10000, /* of which the start is made */
    FIRST_STEPS = 30,   /* of EM on them */
    PASSES = 10,
};
static const double TOLERANCE = 1e-4;

struct run {
    struct command *command;
    struct mixture_batches batches;
    struct mixture_input input; /* the first rows and their mean, which belong to the batches */
    struct mixture_checkpoint checkpoint;
    struct mixture_constraints constraints;
    struct gaussian_mixture *whole; /* of the first rows */
    struct mixture_stepwise *stepwise;
    struct mixture_fit fit; /* its path: log-likelihoods by pass, each row's before its batch's step */
    size_t passes, passes_max;
    double tolerance;
};

/* The mixture that the first rows, or a file, begin with. */
static int make_start(struct run *run, const struct mixture_options *options, struct mixture_choice *choice) {
    struct command *command = run->command;
    struct error *error = &command->error;
    struct mixture_source source = {0};
    struct mixture_restarts *restarts = &choice->restarts;
    const struct mixture_rows *rows = &run->input.rows;
    const char *path = mixture_options_source(options);
    if (path != NULL && mixture_source_read(&source, path, &run->input, command_given(command, "covariance"),
                                            choice, error) < 0)
        return -1;
    restarts->components = choice->least;
    while (!choice->types[restarts->type])
        restarts->type++;
    restarts->fit.max_iterations = path != NULL ? 0 : FIRST_STEPS;
    restarts->fit.tolerance = TOLERANCE;
    restarts->fit.checkpoint = NULL;
    int status = -1;
    if (source.model == NULL && restarts->components > rows->rows)
        error_set(error, "%zu components but %zu rows", restarts->components, rows->rows);
    else if (source.model != NULL && source.model->noise_weight > 0)
        error_set(error, "%s: a uniform component has no place in --method stepwise", path);
    else
        status = mixture_restarts_run(rows, restarts, &run->fit, error);
    mixture_source_free(&source);
    if (status < 0)
        return -1;
    run->whole = mixture_start_whole(rows, restarts->type, command->threads, error);
    if (run->whole == NULL)
        return -1;
    run->constraints = restarts->fit.constraints;
    run->constraints.whole = run->whole;
    run->constraints.floor = options->floor * mixture_start_variance(run->whole);
    run->fit.path_count = run->fit.iterations = 0;
    run->fit.converged = false;
    return 0;
}

/* All batches once. *sum: of log f of the rows. */
static int run_pass(struct run *run, double *sum) {
    struct command *command = run->command;
    double log_likelihood;
    int status;
    *sum = 0;
    while ((status = mixture_batches_next(&run->batches, &command->error)) > 0) {
        if (mixture_stepwise_step(run->stepwise, &log_likelihood, &command->error) < 0)
            return -1;
        *sum += log_likelihood;
        run->fit.iterations = mixture_stepwise_steps(run->stepwise);
        run->input.rows.total = (double)run->batches.rows;
        mixture_checkpoint_step(&run->checkpoint, &run->fit);
        progress_show(&command->progress, "rows", run->batches.rows, 0);
    }
    return status;
}

/* Passes until the mean log f of one is no longer above that of the one before, or there are enough. */
static int run_passes(struct run *run) {
    struct error *error = &run->command->error;
    struct mixture_fit *fit = &run->fit;
    double before = -INFINITY, sum;
    fit->log_likelihood = fit->entropy = NAN; /* of parameters that move on */
    while (run->passes < run->passes_max && !(fit->converged && run->tolerance > 0)) {
        if (run->passes > 0 && mixture_batches_rewind(&run->batches, error) < 0)
            return -1;
        if (run_pass(run, &sum) < 0 || memory_reserve(error, &fit->path, &fit->path_capacity,
                                                      fit->path_count + 1, sizeof *fit->path) < 0)
            return -1;
        fit->path[fit->path_count++] = sum;
        fit->converged = fabs(sum - before) < run->tolerance * (double)run->batches.rows;
        before = sum;
        run->passes++;
    }
    return 0;
}

/* The figures of the last parameters, by one more pass where there can be one. */
static int evaluate(struct run *run) {
    struct error *error = &run->command->error;
    int status;
    if (!run->batches.stream->rewindable)
        return 0;
    if (mixture_batches_rewind(&run->batches, error) < 0)
        return -1;
    run->fit.log_likelihood = run->fit.entropy = 0;
    while ((status = mixture_batches_next(&run->batches, error)) > 0)
        mixture_stepwise_evaluate(run->stepwise, &run->fit.log_likelihood, &run->fit.entropy);
    return status;
}

static void report(const struct run *run, const struct mixture_criteria *criteria) {
    struct report *figures = &run->command->report;
    const struct mixture_fit *fit = &run->fit;
    report_number(figures, "rows", (double)run->batches.rows);
    report_number(figures, "columns", (double)run->batches.stream->columns);
    report_number(figures, "components", (double)fit->mixture->components);
    report_text(figures, "covariance", gaussian_mixture_type_names[fit->mixture->type]);
    report_number(figures, "passes", (double)run->passes);
    report_number(figures, "iterations", (double)fit->iterations);
    report_number(figures, "converged", fit->converged);
    report_number(figures, "reseeded", (double)fit->mended.reseeded);
    report_number(figures, "dropped", (double)fit->mended.dropped);
    report_number(figures, "parameters", criteria->parameters);
    if (run->batches.stream->rewindable) {
        report_number(figures, "log_likelihood", fit->log_likelihood);
        report_number(figures, "bic", criteria->bic);
        report_number(figures, "aic", criteria->aic);
        report_number(figures, "icl", criteria->icl);
    }
    report_numbers(figures, "path", fit->path_count, fit->path);
}

static int finish(struct run *run) {
    struct command *command = run->command;
    struct mixture_fit *fit = &run->fit;
    struct gaussian_mixture *mixture = fit->mixture;
    double rows = (double)run->batches.rows;
    double parameters = mixture_criterion_parameters(mixture->type, mixture->components, mixture->dimensions,
                                                     mixture->noise_weight > 0);
    struct mixture_criteria criteria =
        mixture_criterion_all(parameters, fit->log_likelihood, fit->entropy, rows);
    fit->mended = mixture_stepwise_mended(run->stepwise);
    row_stream_print_notes(run->batches.stream, command);
    report(run, &criteria);
    if (fit->mended.dropped > 0)
        command_note(command, "%zu components left without rows were dropped", fit->mended.dropped);
    if (run->batches.stream->rewindable && !fit->converged && run->tolerance > 0) {
        command->unconverged = true;
        command_note(command, "not converged in %zu passes: raise --max-iterations or --tolerance",
                     run->passes);
    }
    if (mixture_fit_sort(mixture, &command->error) < 0)
        return -1;
    mixture_input_restore(&run->input, mixture);
    return mixture_output_model(command->output.path, fit, &criteria, rows, &command->error);
}

/* Opens the rows and sets the first of them apart. */
static int open_rows(struct run *run, const char *const *operand, size_t size) {
    struct command *command = run->command;
    const struct row_input_settings settings = {.format = &command->input};
    struct row_stream *stream = row_input_open(operand, 1, &settings, &command->error);
    if (stream == NULL)
        return -1;
    if (mixture_batches_start(&run->batches, stream, size > FIRST_ROWS ? size : FIRST_ROWS, size,
                              &command->error) < 0)
        return -1;
    run->input.mean = run->batches.mean;
    run->input.rows = (struct mixture_rows){.rows = run->batches.first_rows,
                                            .dimensions = stream->columns,
                                            .values = run->batches.first,
                                            .total = (double)run->batches.first_rows};
    run->passes_max = command_given(command, "max-iterations") ? command->max_iterations : PASSES;
    if (!stream->rewindable && run->passes_max > 1)
        run->passes_max = 1;
    run->tolerance = command_given(command, "tolerance") ? command->tolerance : TOLERANCE;
    return 0;
}

int mixture_stepwise_run(struct command *command, const struct mixture_options *options,
                         struct mixture_choice *choice) {
    struct run run = {.command = command};
    const char *operand = command_operand(command, 0, 1);
    struct error *error = &command->error;
    int status = -1;
    mixture_checkpoint_start(&run.checkpoint, command, &run.input);
    if (open_rows(&run, &operand, options->batch) < 0 || make_start(&run, options, choice) < 0)
        goto done;
    run.stepwise = mixture_stepwise_create(run.fit.mixture, &run.batches.batch, options->batch,
                                           &run.constraints, command->threads, error);
    if (run.stepwise != NULL && run_passes(&run) == 0 && evaluate(&run) == 0)
        status = finish(&run);

done:
    mixture_checkpoint_free(&run.checkpoint);
    mixture_stepwise_free(run.stepwise);
    mixture_fit_free(&run.fit);
    gaussian_mixture_free(run.whole);
    row_stream_free(run.batches.stream);
    mixture_batches_free(&run.batches);
    return status;
}
