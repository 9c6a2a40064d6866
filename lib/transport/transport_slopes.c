#include "transport/transport_slopes.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "io/column_names.h"
#include "io/row_generator.h"
#include "io/row_writer.h"
#include "num/sinkhorn_steps.h"
#include "transport/sinkhorn_gradient.h"
#include "transport/transport_output.h"

enum { BLOCK_VALUES = 1 << 16 };

/* Plans up to this size are held for conjugate gradients. */
#define HELD_BYTES ((size_t)1 << 30)

static const char *const single_name[] = {"g"};

/* The slopes of one problem by implicit differentiation or envelope. */
struct slopes {
    struct command *command;
    const struct transport_input *input;
    const struct transport_solution *solution;
    struct transport_plan plan; /* the main one, perhaps held */
    struct sinkhorn_gradient main;
    bool divergence;
};

static void subtract(size_t count, const double *from, double *values) {
    for (size_t i = 0; i < count; i++)
        values[i] -= from[i];
}

static int print_points(const struct slopes *slopes, bool of_targets) {
    struct command *command = slopes->command;
    struct error *error = &command->error;
    size_t count = of_targets ? slopes->input->targets : slopes->input->sources;
    size_t d = slopes->input->x.columns;
    double *sum = memory_zeros(error, count, d * sizeof *sum);
    int status = -1;
    if (sum != NULL)
        status = of_targets ? sinkhorn_gradient_targets(&slopes->main, 1, sum, error)
                            : sinkhorn_gradient_sources(&slopes->main, 1, sum, error);
    if (status == 0 && slopes->divergence) {
        const struct transport_part *self =
            of_targets ? &slopes->solution->target_self : &slopes->solution->source_self;
        /* half of the self term, twice: points stand on both sides of it */
        struct sinkhorn_gradient of_self = sinkhorn_gradient_of_objective(&self->plan);
        status = sinkhorn_gradient_sources(&of_self, -1, sum, error);
    }
    if (status == 0)
        status = transport_output_table(command, "g", count, d, sum);
    free(sum);
    return status;
}

/* Balanced weights move on the simplex: the derivative is up to a constant, chosen so that sum a g = 0. */
static void centre(size_t count, const double *weights, double *values) {
    double sum = 0, total = 0;
    for (size_t i = 0; i < count; i++) {
        sum += weights[i] > 0 ? weights[i] * values[i] : 0;
        total += weights[i];
    }
    for (size_t i = 0; i < count; i++)
        values[i] -= sum / total;
}

static int write_column(struct command *command, size_t count, const double *values) {
    return row_writer_table(&command->output, 1, single_name, count, values, &command->error);
}

static double total_difference(const struct sinkhorn_problem *problem) {
    double difference = 0;
    for (size_t i = 0; i < problem->cost.sources; i++)
        difference += problem->source_weights[i];
    for (size_t j = 0; j < problem->cost.targets; j++)
        difference -= problem->target_weights[j];
    return difference;
}

static int print_weights(const struct slopes *slopes) {
    struct command *command = slopes->command;
    struct error *error = &command->error;
    const struct sinkhorn_problem *problem = slopes->plan.problem;
    size_t n = slopes->input->sources;
    double *values = memory_array(error, n, sizeof *values), *self = memory_array(error, n, sizeof *self);
    int status = -1;
    if (values != NULL && self != NULL)
        status = sinkhorn_gradient_weights(&slopes->main, values, error);
    if (status == 0 && slopes->divergence) {
        struct sinkhorn_gradient of_self =
            sinkhorn_gradient_of_objective(&slopes->solution->source_self.plan);
        status = sinkhorn_gradient_weights(&of_self, self, error);
        subtract(n, self, values);
        double mass_term = problem->epsilon * total_difference(problem); /* of (eps/2) (sum a - sum b)^2 */
        for (size_t i = 0; i < n; i++)
            values[i] += mass_term;
    }
    if (status == 0 && isinf(problem->source_penalty))
        centre(n, problem->source_weights, values);
    if (status == 0)
        status = write_column(command, n, values);
    free(values);
    free(self);
    return status;
}

static int print_epsilon(const struct slopes *slopes) {
    struct error *error = &slopes->command->error;
    double slope, self;
    if (sinkhorn_gradient_epsilon(&slopes->main, &slope, error) < 0)
        return -1;
    if (slopes->divergence) {
        const struct transport_part *const parts[] = {&slopes->solution->source_self,
                                                      &slopes->solution->target_self};
        double difference = total_difference(slopes->plan.problem);
        for (size_t k = 0; k < 2; k++) {
            struct sinkhorn_gradient of_self = sinkhorn_gradient_of_objective(&parts[k]->plan);
            if (sinkhorn_gradient_epsilon(&of_self, &self, error) < 0)
                return -1;
            slope -= self / 2;
        }
        slope += difference * difference / 2;
    }
    return row_writer_number(&slopes->command->output, slope, error);
}

/* Rows of the derivative in costs. */
struct cost_rows {
    const struct sinkhorn_gradient *gradient; /* or NULL: the matrix */
    const double *matrix;
    size_t targets;
    double *room;
};

static void write_cost_rows(void *context, uint64_t first, size_t count, double *rows) {
    const struct cost_rows *source = context;
    if (source->gradient != NULL)
        sinkhorn_gradient_costs(source->gradient, (size_t)first, count, rows, source->room);
    else
        memcpy(rows, source->matrix + first * source->targets, count * source->targets * sizeof *rows);
}

static int print_costs(struct command *command, size_t sources, struct cost_rows *rows) {
    struct error *error = &command->error;
    struct column_names names = {0};
    struct row_stream *stream = NULL;
    uint64_t written;
    size_t block = rows->targets < BLOCK_VALUES ? BLOCK_VALUES / rows->targets : 1;
    int status = column_names_add_range(&names, "y", rows->targets, error);
    rows->room = memory_matrix(error, block, rows->targets, sizeof *rows->room);
    const struct row_generator_settings settings = {.columns = rows->targets,
                                                    .names = (const char *const *)names.names,
                                                    .rows = sources,
                                                    .block = block,
                                                    .write = write_cost_rows,
                                                    .context = rows};
    if (status == 0 && rows->room != NULL)
        stream = row_generator_open(&settings, error);
    status =
        stream != NULL ? row_stream_write(stream, &command->output, &command->progress, &written, error) : -1;
    row_stream_free(stream);
    free(rows->room);
    column_names_free(&names);
    return status;
}

static int print_slopes(const struct slopes *slopes, enum transport_output output) {
    struct cost_rows rows = {.gradient = &slopes->main, .targets = slopes->input->targets};
    switch (output) {
    case TRANSPORT_PRINT_GRADIENT_WEIGHTS:
        return print_weights(slopes);
    case TRANSPORT_PRINT_GRADIENT_EPSILON:
        return print_epsilon(slopes);
    case TRANSPORT_PRINT_GRADIENT_COST:
        return print_costs(slopes->command, slopes->input->sources, &rows);
    default:
        return print_points(slopes, output == TRANSPORT_PRINT_GRADIENT_TARGET);
    }
}

/* Differentiates a problem's own steps. Writes the derivative in every cost, sources x targets. */
static int unroll(struct command *command, const struct sinkhorn_problem *problem,
                  enum sinkhorn_steps_value value, double *slopes) {
    const struct pair_cost *cost = &problem->cost;
    struct error *error = &command->error;
    size_t n = cost->sources, m = cost->targets;
    const struct pair_cost_window all = {0, n, 0, m};
    struct sinkhorn_steps *steps = sinkhorn_steps_create(n, m, command->max_iterations, error);
    double *costs = memory_matrix(error, n, m, sizeof *costs);
    int status = -1;
    if (steps != NULL && costs != NULL) {
        const struct sinkhorn_steps_problem unrolled = {.rows = n,
                                                        .columns = m,
                                                        .cost = costs,
                                                        .row_weights = problem->source_weights,
                                                        .column_weights = problem->target_weights,
                                                        .epsilon = problem->epsilon,
                                                        .iterations = command->max_iterations};
        pair_cost_tile(cost, &all, costs);
        sinkhorn_steps_run(steps, &unrolled);
        sinkhorn_steps_gradient(steps, value, slopes);
        status = 0;
    }
    sinkhorn_steps_free(steps);
    free(costs);
    return status;
}

/* Adds what slopes in costs make of the points of one side. */
static void add_points(const struct pair_cost *cost, double factor, const double *slopes, bool of_targets,
                       double *sum) {
    size_t d = cost->dimension;
    for (size_t i = 0; i < cost->sources; i++) {
        for (size_t j = 0; j < cost->targets; j++) {
            const double *x = cost->x + i * d, *y = cost->y + j * d;
            double weight = factor * slopes[i * cost->targets + j];
            if (of_targets)
                ground_cost_add_gradient(&cost->ground, d, y, x, weight, sum + j * d);
            else
                ground_cost_add_gradient(&cost->ground, d, x, y, weight, sum + i * d);
        }
    }
}

/* The main problem's slopes in points, less half the self problem's on both of its sides. */
static int print_unrolled_points(struct command *command, const struct transport_input *input,
                                 const struct transport_solution *solution, bool of_targets, bool divergence,
                                 double *slopes) {
    size_t count = of_targets ? input->targets : input->sources, d = input->x.columns;
    double *sum = memory_zeros(&command->error, count, d * sizeof *sum);
    if (sum == NULL)
        return -1;
    int status = 0;
    add_points(&input->cost, 1, slopes, of_targets, sum);
    if (divergence) {
        const struct sinkhorn_problem *self =
            of_targets ? &solution->target_self.problem : &solution->source_self.problem;
        status = unroll(command, self, SINKHORN_STEPS_OBJECTIVE, slopes);
        if (status == 0) {
            add_points(&self->cost, -0.5, slopes, false, sum);
            add_points(&self->cost, -0.5, slopes, true, sum);
        }
    }
    if (status == 0)
        status = transport_output_table(command, "g", count, d, sum);
    free(sum);
    return status;
}

static int write_unrolled(struct command *command, const struct transport_choice *choice,
                          const struct transport_input *input, const struct transport_solution *solution) {
    size_t larger = input->sources > input->targets ? input->sources : input->targets;
    bool divergence = choice->value == TRANSPORT_VALUE_DIVERGENCE;
    double *slopes = memory_matrix(&command->error, larger, larger, sizeof *slopes);
    struct cost_rows rows = {.matrix = slopes, .targets = input->targets};
    if (slopes == NULL)
        return -1;
    int status = unroll(command, &solution->main.problem,
                        choice->value == TRANSPORT_VALUE_TRANSPORT ? SINKHORN_STEPS_TRANSPORT
                                                                   : SINKHORN_STEPS_OBJECTIVE,
                        slopes);
    if (status == 0 && choice->output == TRANSPORT_PRINT_GRADIENT_COST)
        status = print_costs(command, input->sources, &rows);
    else if (status == 0)
        status = print_unrolled_points(command, input, solution,
                                       choice->output == TRANSPORT_PRINT_GRADIENT_TARGET, divergence, slopes);
    free(slopes);
    return status;
}

int transport_slopes_write(struct command *command, const struct transport_options *options,
                           const struct transport_choice *choice, const struct transport_input *input,
                           const struct transport_solution *solution) {
    struct slopes slopes = {.command = command,
                            .input = input,
                            .solution = solution,
                            .plan = solution->main.plan,
                            .divergence = choice->value == TRANSPORT_VALUE_DIVERGENCE};
    bool bent = choice->value == TRANSPORT_VALUE_TRANSPORT && !options->exact;
    if (options->unroll)
        return write_unrolled(command, choice, input, solution);
    slopes.main = sinkhorn_gradient_of_objective(&slopes.plan);
    if (bent) {
        if (options->storage != SINKHORN_STORAGE_ALWAYS_ONLINE)
            transport_plan_hold(&slopes.plan, HELD_BYTES);
        if (sinkhorn_gradient_of_transport(&slopes.main, &slopes.plan, command->max_iterations,
                                           &command->error) < 0) {
            free(slopes.plan.held);
            return -1;
        }
        report_number(&command->report, "gradient_iterations", (double)slopes.main.iterations);
        if (!slopes.main.converged && command->tolerance > 0) {
            command_note(command, "the gradient is not converged after %zu steps of conjugate gradients",
                         slopes.main.iterations);
            command->unconverged = true;
        }
    }
    int status = print_slopes(&slopes, choice->output);
    if (bent) {
        sinkhorn_gradient_free(&slopes.main);
        free(slopes.plan.held);
    }
    return status;
}
