#include "divergence/class_information_stream.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "divergence/labelled_rows.h"
#include "io/matrix.h"
#include "io/row_replay.h"
#include "io/row_writer.h"
#include "num/distribution_rows.h"
#include "num/simplex.h"
#include "num/vector.h"

struct state {
    struct command *command;
    const struct class_information_request *request;
    struct row_stream *stream;
    struct class_information information;
    struct matrix given; /* centroids from a file */
    double *own;         /* centroids of the data, for rows */
    bool logarithms;
};

static int read_centroids(struct state *state) {
    const char *path = state->request->centroids_path;
    struct error *error = &state->command->error;
    struct simplex_fault fault;
    const struct row_format format = {0};
    if (matrix_read(&state->given, path, &format, error) < 0)
        return -1;
    if (state->given.columns != state->information.columns)
        return error_set(error, "%s has %zu columns, but there are %zu probabilities a row", path,
                         state->given.columns, state->information.columns);
    if (!simplex_check(state->given.rows, state->given.columns, state->given.values, &fault))
        return error_set(error, "%s: row %zu is no distribution", path, fault.row + 1);
    return 0;
}

static int no_rows(struct command *command) {
    return error_set(&command->error, "%s: no rows", command->operand_count > 0 ? command->operands[0] : "-");
}

/* Labels of the block at hand are below the number of classes, given or of the centroids. */
static int check_labels(const struct state *state) {
    const struct row_stream *stream = state->stream;
    struct error *error = &state->command->error;
    bool given = state->given.values != NULL;
    size_t classes = given ? state->given.rows : state->request->classes;
    for (size_t i = 0; i < stream->row_count; i++) {
        double label = stream->rows[(i + 1) * stream->columns - 1];
        if (label >= (double)classes && given)
            return error_set(error, "there is a label %.0f, but %s has %zu rows", label,
                             state->request->centroids_path, classes);
        if (label >= (double)classes)
            return error_set(error, "there is a label %.0f, but --classes %zu", label, classes);
    }
    return 0;
}

static int add_all(struct state *state) {
    struct command *command = state->command;
    struct row_stream *stream = state->stream;
    int status;
    while ((status = row_stream_next(stream, &command->error)) > 0) {
        if (check_labels(state) < 0 ||
            class_information_add(&state->information, stream->row_count, stream->rows, state->logarithms,
                                  &command->error) < 0)
            return -1;
        progress_show(&command->progress, "rows", state->information.rows, 0);
    }
    return status;
}

static int write_block(struct state *state, struct row_writer *writer, const double *centroids,
                       double *values) {
    struct error *error = &state->command->error;
    const struct row_stream *stream = state->stream;
    if (class_information_rows(&state->information, stream->row_count, stream->rows, state->logarithms,
                               centroids, values, error) < 0)
        return -1;
    vector_scale(stream->row_count, state->command->units_per_nat, values);
    return row_writer_rows(writer, values, stream->row_count, error);
}

/* A column of divergences from the centroids of the first pass, or from those given, without one. */
static int write_rows(struct state *state, const double *centroids) {
    static const char *const names[] = {"kl"};
    struct error *error = &state->command->error;
    struct row_stream *stream = state->stream;
    struct row_writer *writer = row_writer_open(&state->command->output, 1, names, stream->rows_total, error);
    double *values = NULL;
    size_t capacity = 0;
    uint64_t rows = 0;
    int status = -1, found = 1;
    if (writer == NULL)
        return -1;
    while (found > 0) {
        if (!row_stream_ready(stream) && row_writer_flush(writer, error) < 0)
            goto done;
        found = row_stream_next(stream, error);
        if (found > 0 && (row_stream_reserve(&values, &capacity, stream->row_count, 1, error) < 0 ||
                          check_labels(state) < 0 || write_block(state, writer, centroids, values) < 0))
            goto done;
        rows += found > 0 ? stream->row_count : 0;
    }
    status = found;
    if (status == 0 && rows == 0)
        status = no_rows(state->command);

done:
    free(values);
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

static int take_own_centroids(struct state *state) {
    const struct class_information *information = &state->information;
    state->own =
        memory_matrix(&state->command->error, information->classes, information->columns, sizeof(double));
    if (state->own == NULL)
        return -1;
    for (size_t c = 0; c < information->classes; c++)
        class_information_centroid(information, c, state->own + c * information->columns);
    return 0;
}

static int run(struct state *state) {
    struct command *command = state->command;
    const struct class_information_request *request = state->request;
    struct error *error = &command->error;
    if ((state->stream = labelled_rows_open(command)) == NULL)
        return -1;
    state->information.columns = state->stream->columns - 1;
    state->logarithms = distribution_rows_in_logarithms(&command->distribution);
    if (request->centroids_path != NULL && read_centroids(state) < 0)
        return -1;
    if (request->rows && request->centroids_path != NULL)
        return write_rows(state, state->given.values);
    if (request->rows && row_replay_push(&state->stream, ROW_REPLAY_BYTES, error) < 0)
        return -1;
    if (request->classes != SIZE_MAX &&
        class_information_reserve(&state->information, request->classes, error) < 0)
        return -1;
    state->information.outputs_only = request->rows;
    if (add_all(state) < 0)
        return -1;
    report_number(&command->report, "rows", (double)state->information.rows);
    report_number(&command->report, "classes", (double)state->information.classes);
    if (request->partial)
        return class_information_partial_write(command, &state->information, request->result);
    if (state->information.rows == 0)
        return no_rows(command);
    if (request->rows)
        return take_own_centroids(state) < 0 || row_stream_rewind(state->stream, error) < 0
                   ? -1
                   : write_rows(state, state->own);
    return class_information_settle(&state->information, error) < 0
               ? -1
               : class_information_output(command, &state->information, request->result, state->given.values,
                                          command->units_per_nat);
}

int class_information_stream(struct command *command, const struct class_information_request *request) {
    struct state state = {.command = command, .request = request};
    int status = run(&state);
    if (status == 0)
        row_stream_print_notes(state.stream, command);
    row_stream_free(state.stream);
    class_information_free(&state.information);
    matrix_free(&state.given);
    free(state.own);
    return status;
}
