#include "transport/transport_closed.h"

#include <math.h>

#include "base/memory.h"
#include "io/row_weights.h"
#include "io/row_writer.h"
#include "num/blas.h"
#include "transport/barycentre.h"
#include "transport/gaussian_transport.h"
#include "transport/sliced_transport.h"
#include "transport/transport_input.h"
#include "transport/transport_output.h"

static int solve_sliced(struct command *command, const struct transport_options *options,
                        const struct transport_choice *choice, const struct transport_input *input) {
    struct sliced_transport_problem problem = {.x = input->x.values,
                                               .y = input->y.values,
                                               .sources = input->sources,
                                               .targets = input->targets,
                                               .dimension = input->x.columns,
                                               .source_weights = input->source_weights,
                                               .target_weights = input->target_weights,
                                               .scale = choice->ground.scale,
                                               .directions = options->sliced,
                                               .seed = command->seed,
                                               .threads = command->threads,
                                               .progress = &command->progress};
    struct sliced_transport result;
    if (sliced_transport_power(&choice->ground, &problem.power, &command->error) < 0 ||
        sliced_transport_solve(&problem, &result, &command->error) < 0)
        return -1;
    report_number(&command->report, "directions", (double)options->sliced);
    report_number(&command->report, "power", problem.power);
    report_number(&command->report, "distance", result.distance);
    report_number(&command->report, "mean", result.mean);
    report_number(&command->report, "standard_error", result.standard_error);
    report_number(&command->report, "largest", result.largest);
    return row_writer_number(&command->output, options->sliced_max ? result.largest : result.distance,
                             &command->error);
}

int transport_closed_sliced(struct command *command, const struct transport_options *options,
                            const struct transport_choice *choice) {
    struct transport_input input;
    int status = transport_input_read(&input, command, options, choice);
    if (status == 0)
        status = solve_sliced(command, options, choice, &input);
    transport_input_free(&input);
    return status;
}

/* Both sides' moments: mean, then covariance. */
static int fit(struct command *command, const struct transport_input *input, double **moments,
               struct gaussian_transport_side sides[2]) {
    size_t d = input->x.columns;
    const struct matrix *points[] = {&input->x, &input->y};
    const double *weights[] = {input->source_weights, input->target_weights};
    *moments = memory_matrix(&command->error, 2 * d, d + 1, sizeof **moments);
    if (*moments == NULL || blas_load_for(d, &command->error) < 0)
        return -1;
    for (size_t k = 0; k < 2; k++) {
        double *mean = *moments + k * d * (d + 1), *covariance = mean + d;
        gaussian_transport_fit(points[k]->rows, d, points[k]->values, weights[k], mean, covariance);
        sides[k] = (struct gaussian_transport_side){mean, covariance};
    }
    return 0;
}

static int solve_gaussian(struct command *command, const struct transport_choice *choice,
                          const struct transport_input *input) {
    struct gaussian_transport_side sides[2];
    struct gaussian_transport result;
    double *moments = NULL, value = 0;
    size_t d = input->x.columns;
    int status = fit(command, input, &moments, sides);
    if (status == 0)
        status = gaussian_transport_solve(d, &sides[0], &sides[1], choice->epsilon, &result, &command->error);
    if (status == 0) {
        value = choice->value == TRANSPORT_VALUE_OBJECTIVE ? result.objective : result.transport;
        report_number(&command->report, "epsilon", choice->epsilon);
        report_number(&command->report, "transport", result.transport);
        report_number(&command->report, "objective", result.objective);
    }
    if (status == 0 && choice->value == TRANSPORT_VALUE_DIVERGENCE)
        status =
            gaussian_transport_divergence(d, &sides[0], &sides[1], choice->epsilon, &value, &command->error);
    free(moments);
    return status == 0 ? row_writer_number(&command->output, value, &command->error) : -1;
}

int transport_closed_gaussian(struct command *command, const struct transport_options *options,
                              const struct transport_choice *choice) {
    struct transport_input input;
    int status = transport_input_read(&input, command, options, choice);
    if (status == 0)
        status = solve_gaussian(command, choice, &input);
    transport_input_free(&input);
    return status;
}

/* What a barycentre is made of. */
struct histograms {
    struct matrix values, costs, weights;
};

static int read_histograms(struct histograms *histograms, struct command *command,
                           const struct transport_options *options) {
    struct error *error = &command->error;
    const char *name = command_operand(command, 0, 1), *weights = options->barycentre_weights;
    const struct row_format plain = transport_input_plain(&command->input);
    if (transport_input_costs(&histograms->costs, options->cost_matrix, &plain, options->cost_scale, error) <
            0 ||
        matrix_read(&histograms->values, name, &command->input, error) < 0 ||
        transport_input_distributions(command, &histograms->values, name, true, error) < 0)
        return -1;
    if (histograms->values.columns != histograms->costs.rows)
        return error_set(error, "%s has %zu columns; %s has %zu rows", name, histograms->values.columns,
                         options->cost_matrix, histograms->costs.rows);
    if (weights == NULL)
        return 0;
    if (row_weights_read(&histograms->weights, weights, error) < 0)
        return -1;
    return row_weights_check(&histograms->weights, weights, histograms->values.rows, name, error);
}

static int scale_epsilon(struct command *command, const struct transport_choice *choice,
                         const struct matrix *costs, double *epsilon) {
    const struct pair_cost pairs = {
        .sources = costs->rows, .targets = costs->columns, .matrix = costs->values};
    struct pair_cost_summary summary = {.sample = PAIR_COST_SAMPLE};
    if (choice->scale == TRANSPORT_SCALE_NONE) {
        *epsilon = choice->epsilon;
        return 0;
    }
    if (pair_cost_summarise(&pairs, NULL, NULL, command->threads, &summary, &command->error) < 0)
        return -1;
    *epsilon = transport_input_epsilon(choice, &summary, &command->error);
    return *epsilon > 0 ? 0 : -1;
}

static int solve_barycentre(struct command *command, const struct transport_options *options,
                            const struct transport_choice *choice, const struct histograms *histograms) {
    struct barycentre_problem problem = {.histograms = histograms->values.rows,
                                         .bins = histograms->values.columns,
                                         .support = histograms->costs.columns,
                                         .values = histograms->values.values,
                                         .weights = histograms->weights.values,
                                         .cost = histograms->costs.values,
                                         .debiased = options->debiased,
                                         .tolerance = command->tolerance,
                                         .max_iterations = command->max_iterations,
                                         .threads = command->threads,
                                         .progress = &command->progress};
    struct barycentre result;
    if (scale_epsilon(command, choice, &histograms->costs, &problem.epsilon) < 0)
        return -1;
    double *values = memory_array(&command->error, problem.support, sizeof *values);
    int status = values != NULL ? barycentre_solve(&problem, values, &result, &command->error) : -1;
    if (status == 0) {
        report_number(&command->report, "epsilon", problem.epsilon);
        report_number(&command->report, "iterations", (double)result.iterations);
        report_number(&command->report, "change", result.change);
        report_text(&command->report, "converged", result.converged ? "yes" : "no");
        command->unconverged = !result.converged && command->tolerance > 0;
        if (command->unconverged)
            command_note(command, "not converged after %zu iterations: raise --max-iterations",
                         result.iterations);
        status = transport_output_table(command, "y", 1, problem.support, values);
    }
    free(values);
    return status;
}

int transport_closed_barycentre(struct command *command, const struct transport_options *options,
                                const struct transport_choice *choice) {
    struct histograms histograms = {{0}, {0}, {0}};
    int status = read_histograms(&histograms, command, options);
    if (status == 0)
        status = solve_barycentre(command, options, choice, &histograms);
    matrix_free(&histograms.values);
    matrix_free(&histograms.costs);
    matrix_free(&histograms.weights);
    return status;
}
