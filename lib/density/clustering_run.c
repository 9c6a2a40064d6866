#include "density/clustering_run.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "density/clustering_checkpoint.h"
#include "density/clustering_choice.h"
#include "density/clustering_output.h"
#include "density/clustering_program.h"
#include "density/mixture_input.h"
#include "density/mixture_output.h"
#include "density/mixture_source.h"

/* What the factors' solver takes; beyond, Ward's tree and the solver would be slow. */
enum { LOWRANK_ROWS_MAX = 10000 };

#define GIB 1073741824.0

static bool is_lowrank(const struct mixture_options *options) {
    return options->sdp.solver == CLUSTERING_SOLVER_LOWRANK;
}

/* The settings but for what a type brings. */
static struct clustering_settings settings_of(struct command *command,
                                              const struct mixture_options *options) {
    const struct clustering_options *sdp = &options->sdp;
    return (struct clustering_settings){
        .solver = {.rank = is_lowrank(options) ? sdp->rank : 0,
                   .tolerance = sdp->sdp_tolerance,
                   .gap = sdp->sdp_tolerance,
                   .steps = sdp->sdp_steps,
                   .seed = command->seed,
                   .threads = command->threads,
                   .progress = &command->progress},
        .identity = mixture_options_identity(options),
        .mixing = sdp->mixing,
        .fixed = sdp->fixed != NULL,
        .outer = sdp->outer,
        .outer_tolerance = sdp->outer_tolerance,
    };
}

/* The start that the command line names, or a model's. */
static int read_source(struct command *command, const struct mixture_options *options,
                       const struct mixture_input *input, struct mixture_source *source,
                       struct clustering_choice *choice) {
    const char *fixed = clustering_options_fixed(&options->sdp), *start = mixture_options_source(options);
    if (!command_given(command, "init"))
        choice->mixture.restarts.kind = MIXTURE_START_WARD;
    if (fixed == NULL && start == NULL)
        return 0;
    if (mixture_source_read(source, fixed != NULL ? fixed : start, input,
                            fixed == NULL && command_given(command, "covariance"), &choice->mixture,
                            &command->error) < 0)
        return -1;
    if (fixed != NULL && source->model == NULL)
        return error_set(&command->error, "%s: expected a Gaussian mixture", fixed);
    if (choice->settings.identity && source->model != NULL)
        return error_set_usage(&command->error, "--covariance identity has no meaning with a mixture's");
    if (source->model != NULL && source->model->noise_weight > 0)
        return error_set(&command->error, "%s: a mixture with noise is no start of --method sdp",
                         fixed != NULL ? fixed : start);
    return 0;
}

/* Refuses programs that are too large, with what to do. */
static int check_size(struct command *command, const struct mixture_options *options,
                      const struct clustering_choice *choice, size_t rows) {
    struct error *error = &command->error;
    size_t sample = choice->subsample > 0 && choice->subsample < rows ? choice->subsample : rows;
    size_t most = is_lowrank(options) ? LOWRANK_ROWS_MAX : CLUSTERING_PROGRAM_ROWS_MAX;
    double bytes = clustering_program_bytes(sample, choice->mixture.most), limit = options->sdp.memory * GIB;
    if (choice->mixture.most > sample)
        return error_set(error, "%zu components but %zu rows", choice->mixture.most, sample);
    if (sample > most)
        return error_set(error, "%zu rows are too many for --sdp-solver %s: --subsample 400%s", sample,
                         clustering_options_solvers[options->sdp.solver],
                         is_lowrank(options) ? "" : ", or --sdp-solver lowrank");
    if (!is_lowrank(options) && bytes > limit)
        return error_set(error,
                         "programs of %zu rows take %.1f GiB: --subsample fewer, or raise --max-memory",
                         sample, bytes / GIB);
    return 0;
}

/* What standard error and the exit status say. */
static void judge(struct command *command, const struct mixture_options *options,
                  const struct clustering_fit *fit) {
    const struct clustering_outcome *outcome = &fit->outcome;
    const char *solver = clustering_options_solvers[options->sdp.solver];
    if (is_lowrank(options))
        command_note(command, "sdp objective %.10g, partition %.10g, no bound (%s, tolerance %g, %zu steps)",
                     outcome->objective, outcome->partition, solver, options->sdp.sdp_tolerance, fit->steps);
    else
        command_note(command, "sdp bound %.10g, partition %.10g, gap %.3g: %s (%s, tolerance %g, %zu steps)",
                     outcome->bound, outcome->partition, outcome->partition - outcome->bound,
                     outcome->certified ? "the best partition" : "not certified", solver,
                     options->sdp.sdp_tolerance, fit->steps);
    if (!outcome->converged)
        command_note(command, "residuals are above %g after %zu steps: raise --sdp-max-iter or --sdp-tol",
                     options->sdp.sdp_tolerance, outcome->steps);
    if (!fit->stands)
        command_note(command, "covariances still move after %zu programs: raise --outer or --outer-tol",
                     fit->round_count);
    command->unconverged = !outcome->converged || !fit->stands;
}

static void report(struct command *command, const struct mixture_rows *rows,
                   const struct mixture_options *options, const struct clustering_result *result) {
    struct report *figures = &command->report;
    const struct gaussian_mixture *mixture = result->fit.mixture;
    report_number(figures, "rows", (double)rows->rows);
    report_number(figures, "columns", (double)rows->dimensions);
    report_number(figures, "components", (double)mixture->components);
    report_text(figures, "covariance",
                mixture_options_identity(options) ? "identity" : gaussian_mixture_type_names[mixture->type]);
    report_number(figures, "log_likelihood", result->log_likelihood);
    report_number(figures, "parameters", result->criteria.parameters);
    report_number(figures, "bic", result->criteria.bic);
    report_number(figures, "aic", result->criteria.aic);
    report_number(figures, "aicc", result->criteria.aicc);
    report_number(figures, "icl", result->criteria.icl);
    report_number(figures, "floored", (double)result->fit.lifted);
    report_text(figures, "sdp_solver", clustering_options_solvers[options->sdp.solver]);
    report_number(figures, "sdp_tolerance", options->sdp.sdp_tolerance);
    clustering_output_report(figures, result);
}

static int write_results(struct command *command, const struct mixture_options *options,
                         const struct mixture_input *input, const struct clustering_result *result) {
    struct error *error = &command->error;
    size_t rows = input->rows.rows;
    if (options->labels != NULL && clustering_output_labels(options->labels, rows, result, error) < 0)
        return -1;
    if (options->responsibilities != NULL &&
        clustering_output_responsibilities(options->responsibilities, rows, result, error) < 0)
        return -1;
    if (options->sdp.history != NULL && clustering_output_history(options->sdp.history, result, error) < 0)
        return -1;
    mixture_input_restore(input, result->fit.mixture);
    return clustering_output_model(command->output.path, rows, result, error);
}

static int fit_rows(struct command *command, const struct mixture_options *options,
                    const struct mixture_input *input, const struct clustering_choice *choice) {
    struct error *error = &command->error;
    struct clustering_result best = {0};
    size_t chosen, count = mixture_choice_count(&choice->mixture);
    struct mixture_candidate *candidates = memory_array(error, count, sizeof *candidates);
    if (candidates == NULL)
        return -1;
    int status = clustering_choice_run(&input->rows, choice, candidates, &best, &chosen, error);
    if (status == 0 && options->table != NULL)
        status = mixture_output_table(options->table, count, candidates, error);
    if (status == 0) {
        report(command, &input->rows, options, &best);
        judge(command, options, &best.fit);
        status = write_results(command, options, input, &best);
    }
    clustering_choice_free(&best);
    free(candidates);
    return status;
}

int clustering_run(struct command *command, const struct mixture_options *options,
                   const struct mixture_choice *mixture) {
    struct mixture_input input = {0};
    struct mixture_source source = {0};
    struct clustering_choice choice = {
        .mixture = *mixture, .settings = settings_of(command, options), .subsample = options->sdp.subsample};
    struct clustering_checkpoint checkpoint;
    int status = -1;
    clustering_checkpoint_start(&checkpoint, command, &input);
    choice.settings.checkpoint = &checkpoint;
    if (is_lowrank(options) && !command_given(command, "subsample"))
        choice.subsample = LOWRANK_ROWS_MAX;
    if (mixture_input_read(&input, command, command_operand(command, 0, 1), NULL, NULL) == 0 &&
        read_source(command, options, &input, &source, &choice) == 0 &&
        check_size(command, options, &choice, input.rows.rows) == 0)
        status = fit_rows(command, options, &input, &choice);
    mixture_source_free(&source);
    mixture_input_free(&input);
    return status;
}
