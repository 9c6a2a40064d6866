#include "divergence/joint_stream.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "divergence/joint_divergence.h"
#include "io/matrix.h"
#include "io/row_weights.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "num/distribution_rows.h"
#include "num/vector.h"

struct state {
    struct command *command;
    struct row_reader *reader;
    struct matrix weights;
    struct joint_divergence *joint;
    double smooth;
    double *room; /* of the block at hand */
    size_t room_capacity;
    uint64_t rows;
};

/* Rows as probabilities, smoothed, in room. */
static int prepare_block(struct state *state) {
    const struct row_reader *reader = state->reader;
    struct command *command = state->command;
    struct distribution_fault fault;
    const double *prepared;
    size_t count = reader->row_count * reader->columns;
    if (memory_reserve(&command->error, &state->room, &state->room_capacity, count, sizeof *state->room) < 0)
        return -1;
    if (!distribution_rows_prepare(&command->distribution, reader->row_count, reader->columns, reader->rows,
                                   state->room, &prepared, &fault))
        return row_reader_error(reader, &command->error, fault.row, fault.column, "%s", fault.text);
    if (distribution_rows_in_logarithms(&command->distribution))
        vector_exp(count, prepared, state->room);
    else
        for (size_t i = 0; i < count; i++)
            state->room[i] = prepared[i];
    double smoothed_sum = 1 + (double)reader->columns * state->smooth;
    for (size_t i = 0; i < count && state->smooth > 0; i++)
        state->room[i] = (state->room[i] + state->smooth) / smoothed_sum;
    return 0;
}

static int add_block(struct state *state) {
    size_t rows = state->reader->row_count;
    const double *weights = NULL;
    if (prepare_block(state) < 0)
        return -1;
    if (state->weights.values != NULL) {
        if (state->rows + rows > state->weights.rows)
            return 0; /* too few: told at the end, with the number of rows */
        weights = state->weights.values + state->rows;
    }
    joint_divergence_add(state->joint, rows, state->room, weights);
    return 0;
}

static int write_value(struct state *state) {
    struct command *command = state->command;
    struct error *error = &command->error;
    double value = joint_divergence_value(state->joint) * command->units_per_nat;
    if (isnan(value))
        return error_set(error, "the weights sum to 0");
    report_number(&command->report, "rows", (double)state->rows);
    report_number(&command->report, "columns", (double)state->reader->columns);
    report_number(&command->report, "js", value);
    return row_writer_number(&command->output, value, error);
}

static int run(struct state *state, const char *weights_path) {
    struct command *command = state->command;
    struct error *error = &command->error;
    int status;
    if (weights_path != NULL && row_weights_read(&state->weights, weights_path, error) < 0)
        return -1;
    state->reader = row_reader_open(command_operand(command, 0, 1), &command->input, error);
    if (state->reader == NULL)
        return -1;
    state->joint = joint_divergence_create(state->reader->columns, error);
    if (state->joint == NULL)
        return -1;
    while ((status = row_reader_next(state->reader, error)) > 0) {
        if (add_block(state) < 0)
            return -1;
        state->rows += state->reader->row_count;
        progress_show(&command->progress, "rows", state->rows, 0);
    }
    if (status < 0)
        return -1;
    if (state->rows == 0)
        return error_set(error, "%s: no rows", state->reader->name);
    if (weights_path != NULL &&
        row_weights_check(&state->weights, weights_path, state->rows, state->reader->name, error) < 0)
        return -1;
    skipped_rows_note(command, state->reader->name, state->reader->rows_skipped);
    return write_value(state);
}

int joint_stream_run(struct command *command, const char *weights_path, double smooth) {
    struct state state = {.command = command, .smooth = smooth};
    int status = run(&state, weights_path);
    row_reader_close(state.reader);
    joint_divergence_free(state.joint);
    matrix_free(&state.weights);
    free(state.room);
    return status;
}
