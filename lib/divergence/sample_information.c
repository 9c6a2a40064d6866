#include "divergence/sample_information.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "divergence/discrete_information.h"
#include "divergence/neighbour_information.h"
#include "io/decimal.h"
#include "io/matrix.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"

struct state {
    struct command *command;
    const struct sample_information_request *request;
    struct matrix sample;
    struct neighbour_information problem;
    struct discrete_information *cells; /* of a discrete sample */
    size_t *near, *order;               /* for shuffles of others */
};

/* The estimate, of x shuffled by the stream unless that is NULL. */
static int estimate(struct state *state, struct random_stream *stream, double *value) {
    struct error *error = &state->command->error;
    if (state->request->discrete) {
        if (stream != NULL)
            discrete_information_shuffle(state->cells, stream);
        *value = discrete_information_value(state->cells, state->request->corrected);
        return 0;
    }
    if (stream != NULL &&
        neighbour_information_shuffle(&state->problem, state->near, stream, state->order, error) < 0)
        return -1;
    return neighbour_information_estimate(&state->problem, stream != NULL ? state->order : NULL, value,
                                          error);
}

static int check_whole_numbers(const struct state *state, const char *name) {
    const struct matrix *sample = &state->sample;
    char number[DECIMAL_SIZE];
    for (size_t i = 0; i < sample->rows * sample->columns; i++) {
        double value = sample->values[i];
        if (value == floor(value) && isfinite(value))
            continue;
        number[decimal_print(number, value)] = '\0';
        return error_set(&state->command->error, "%s: row %zu: column %zu: expected a whole number, got '%s'",
                         name, i / sample->columns + 1, i % sample->columns + 1, number);
    }
    return 0;
}

static int prepare_discrete(struct state *state, const char *name) {
    const struct matrix *sample = &state->sample;
    struct error *error = &state->command->error;
    if (sample->columns < 2 || sample->columns > 3)
        return error_set(error, "%s has %zu column%s, --discrete takes x, y and z, or x and y", name,
                         sample->columns, sample->columns == 1 ? "" : "s");
    if (check_whole_numbers(state, name) < 0)
        return -1;
    state->cells = discrete_information_create(sample->rows, sample->columns, sample->values, error);
    return state->cells != NULL ? 0 : error_prefix(error, "%s", name);
}

static int prepare_neighbours(struct state *state, const char *name) {
    const struct sample_information_request *request = state->request;
    const struct matrix *sample = &state->sample;
    struct error *error = &state->command->error;
    if (request->x > sample->columns || request->y > sample->columns - request->x)
        return error_set(error, "%s has %zu column%s, --x and --y want %.0f", name, sample->columns,
                         sample->columns == 1 ? "" : "s", (double)request->x + (double)request->y);
    if (request->neighbours >= sample->rows)
        return error_set(error, "%s has %zu row%s, --neighbours %zu needs %zu", name, sample->rows,
                         sample->rows == 1 ? "" : "s", request->neighbours, request->neighbours + 1);
    state->problem = (struct neighbour_information){.points = sample->values,
                                                    .count = sample->rows,
                                                    .x = request->x,
                                                    .y = request->y,
                                                    .z = sample->columns - request->x - request->y,
                                                    .k = request->neighbours,
                                                    .threads = state->command->threads};
    if (request->permutations == 0)
        return 0;
    state->order = memory_array(error, sample->rows, sizeof *state->order);
    if (state->order == NULL)
        return -1;
    if (state->problem.z == 0)
        return 0;
    state->near = neighbour_information_near(&state->problem, error);
    return state->near != NULL ? 0 : error_prefix(error, "%s", name);
}

/* Shuffles; reached counts the estimates that are at least value. */
static int permute(struct state *state, double value, size_t *reached) {
    struct command *command = state->command;
    *reached = 0;
    for (size_t i = 0; i < state->request->permutations; i++) {
        struct random_stream stream;
        double shuffled;
        random_start(&stream, command->seed, "cmi", "permutation", i);
        if (estimate(state, &stream, &shuffled) < 0)
            return -1;
        *reached += shuffled >= value;
        progress_show(&command->progress, "permutations", i + 1, state->request->permutations);
    }
    return 0;
}

static int write_test(struct state *state, double value) {
    static const char *const names[] = {"cmi", "p_value", "permutations"};
    struct command *command = state->command;
    struct error *error = &command->error;
    size_t reached;
    if (permute(state, value, &reached) < 0)
        return -1;
    double permutations = (double)state->request->permutations;
    double p_value = (1 + (double)reached) / (1 + permutations);
    const double row[] = {value * command->units_per_nat, p_value, permutations};
    report_number(&command->report, "p_value", p_value);
    struct row_writer *writer = row_writer_open(&command->output, 3, names, 1, error);
    if (writer == NULL)
        return -1;
    if (row_writer_rows(writer, row, 1, error) == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

static int run(struct state *state) {
    struct command *command = state->command;
    const char *name = command_operand(command, 0, 1);
    double value;
    if (matrix_read(&state->sample, name, &command->input, &command->error) < 0)
        return -1;
    skipped_rows_note(command, name, state->sample.rows_skipped);
    int status = state->request->discrete ? prepare_discrete(state, name) : prepare_neighbours(state, name);
    if (status < 0)
        return -1;
    if (estimate(state, NULL, &value) < 0)
        return error_prefix(&command->error, "%s", name);
    report_number(&command->report, "rows", (double)state->sample.rows);
    report_number(&command->report, "cmi", value * command->units_per_nat);
    return state->request->permutations > 0
               ? write_test(state, value)
               : row_writer_number(&command->output, value * command->units_per_nat, &command->error);
}

int sample_information_run(struct command *command, const struct sample_information_request *request) {
    struct state state = {.command = command, .request = request};
    int status = run(&state);
    matrix_free(&state.sample);
    discrete_information_free(state.cells);
    free(state.near);
    free(state.order);
    return status;
}
