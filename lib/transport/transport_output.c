#include "transport/transport_output.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "io/column_names.h"
#include "io/row_generator.h"
#include "io/row_writer.h"
#include "transport/transport_potentials.h"
#include "transport/transport_slopes.h"
#include "transport/transport_sparse.h"

enum { BLOCK_VALUES = 1 << 16 };

int transport_output_table(struct command *command, const char *text, size_t rows, size_t columns,
                           const double *values) {
    struct error *error = &command->error;
    struct column_names names = {0};
    int status = column_names_add_range(&names, text, columns, error);
    if (status == 0)
        status = row_writer_table(&command->output, columns, (const char *const *)names.names, rows, values,
                                  error);
    column_names_free(&names);
    return status;
}

/* Rows of the plan without the slack. */
struct plan_rows {
    const struct transport_plan *plan;
    size_t targets;
    double *room; /* rows with slack, or NULL where there is none */
};

static void write_plan(void *context, uint64_t first, size_t count, double *rows) {
    const struct plan_rows *plan = context;
    size_t all = plan->plan->problem->cost.targets;
    transport_plan_rows(plan->plan, (size_t)first, count, plan->room != NULL ? plan->room : rows);
    for (size_t i = 0; plan->room != NULL && i < count; i++)
        memcpy(rows + i * plan->targets, plan->room + i * all, plan->targets * sizeof *rows);
}

static int print_plan(struct command *command, const struct transport_input *input,
                      const struct transport_solution *solution) {
    struct error *error = &command->error;
    struct plan_rows rows = {&solution->main.plan, input->targets, NULL};
    struct column_names names = {0};
    struct row_stream *stream = NULL;
    uint64_t written;
    size_t block = input->targets < BLOCK_VALUES ? BLOCK_VALUES / input->targets : 1;
    int status = column_names_add_range(&names, "y", input->targets, error);
    if (status == 0 && input->cost.targets != input->targets) {
        rows.room = memory_matrix(error, block, input->cost.targets, sizeof *rows.room);
        status = rows.room != NULL ? 0 : -1;
    }
    const struct row_generator_settings settings = {.columns = input->targets,
                                                    .names = (const char *const *)names.names,
                                                    .rows = input->sources,
                                                    .block = block,
                                                    .write = write_plan,
                                                    .context = &rows};
    if (status == 0)
        stream = row_generator_open(&settings, error);
    status =
        stream != NULL ? row_stream_write(stream, &command->output, &command->progress, &written, error) : -1;
    row_stream_free(stream);
    free(rows.room);
    column_names_free(&names);
    return status;
}

/* Barycentric projection: sums of the other side's points, and of mass behind them. */
struct map {
    const struct transport_input *input;
    double *sources; /* sources x (dimension + 1), or NULL: the targets are mapped */
};

static void map_row(void *context, size_t source, const double *plan, const double *cost, double *sums) {
    const struct map *map = context;
    size_t d = map->input->x.columns;
    (void)cost;
    for (size_t j = 0; source < map->input->sources && j < map->input->targets; j++) {
        const double *point =
            map->sources != NULL ? map->input->y.values + j * d : map->input->x.values + source * d;
        double *sum = map->sources != NULL ? map->sources + source * (d + 1) : sums + j * (d + 1);
        for (size_t k = 0; k < d; k++)
            sum[k] += plan[j] * point[k];
        sum[d] += plan[j];
    }
}

/* Weights of 0 as 1: where a point would go does not depend on how much of it there is. */
static int weigh_all(const struct sinkhorn_problem *problem, struct sinkhorn_problem *weighed,
                     double **weights, struct error *error) {
    size_t n = problem->cost.sources, m = problem->cost.targets;
    *weighed = *problem;
    *weights = memory_array(error, n + m, sizeof **weights);
    if (*weights == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        (*weights)[i] = problem->source_weights[i] > 0 ? problem->source_weights[i] : 1;
    for (size_t j = 0; j < m; j++)
        (*weights)[n + j] = problem->target_weights[j] > 0 ? problem->target_weights[j] : 1;
    weighed->source_weights = *weights;
    weighed->target_weights = *weights + n;
    return 0;
}

static int write_map(struct command *command, const struct transport_input *input, bool of_targets,
                     double *sums) {
    size_t count = of_targets ? input->targets : input->sources, d = input->x.columns;
    char *const *names = of_targets ? input->x.names : input->y.names;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < d; k++)
            sums[i * d + k] = sums[i * (d + 1) + k] / sums[i * (d + 1) + d];
    if (names == NULL)
        return transport_output_table(command, "x", count, d, sums);
    struct row_writer *writer =
        row_writer_open(&command->output, d, (const char *const *)names, (int64_t)count, &command->error);
    if (writer == NULL)
        return -1;
    if (row_writer_rows(writer, sums, count, &command->error) == 0)
        return row_writer_close(writer, &command->error);
    row_writer_discard(writer);
    return -1;
}

static int print_map(struct command *command, const struct transport_input *input,
                     const struct transport_solution *solution, bool of_targets) {
    struct error *error = &command->error;
    size_t values = input->x.columns + 1;
    size_t count = of_targets ? input->cost.targets : input->cost.sources;
    double *sums = memory_zeros(error, count, values * sizeof *sums), *weights = NULL;
    struct map map = {input, of_targets ? NULL : sums};
    struct transport_pass pass = {.row = map_row, .context = &map};
    struct transport_plan plan = solution->main.plan;
    struct sinkhorn_problem weighed;
    int status = sums != NULL ? 0 : -1;
    if (of_targets) {
        pass.sums_count = count * values;
        pass.sums = sums;
    }
    if (status == 0 && plan.exact == NULL && plan.row_factors == NULL) {
        status = weigh_all(plan.problem, &weighed, &weights, error);
        /* one side at a time: mass that is not there must not reach the other side's map */
        if (of_targets)
            weighed.source_weights = plan.problem->source_weights;
        else
            weighed.target_weights = plan.problem->target_weights;
        plan.problem = &weighed;
    }
    if (status == 0)
        status = transport_pass_run(&plan, &pass, error);
    if (status == 0)
        status = write_map(command, input, of_targets, sums);
    free(sums);
    free(weights);
    return status;
}

static int print_potentials(struct command *command, const struct transport_input *input,
                            const struct transport_solution *solution, bool exact) {
    const struct sinkhorn_result *result = &solution->main.result;
    const double *source = exact ? solution->exact.source_potentials : result->source_potentials;
    const double *target = exact ? solution->exact.target_potentials : result->target_potentials;
    return transport_potentials_write(&command->output, input->sources, source, input->targets, target,
                                      &command->error);
}

int transport_output_write(struct command *command, const struct transport_options *options,
                           const struct transport_choice *choice, const struct transport_input *input,
                           const struct transport_solution *solution) {
    switch (choice->output) {
    case TRANSPORT_PRINT_VALUE:
        return row_writer_number(&command->output, solution->value, &command->error);
    case TRANSPORT_PRINT_PLAN:
        return choice->sparse ? transport_sparse_write(command, options, input, solution)
                              : print_plan(command, input, solution);
    case TRANSPORT_PRINT_POTENTIALS:
        return print_potentials(command, input, solution, options->exact);
    case TRANSPORT_PRINT_MAP:
    case TRANSPORT_PRINT_MAP_TARGET:
        return print_map(command, input, solution, choice->output == TRANSPORT_PRINT_MAP_TARGET);
    default:
        return transport_slopes_write(command, options, choice, input, solution);
    }
}
