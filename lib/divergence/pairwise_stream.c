#include "divergence/pairwise_stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "divergence/pairwise_divergence.h"
#include "io/matrix.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "num/distribution_rows.h"
#include "num/vector.h"

/* Results held at a time: 8 MiB. */
enum { RESULTS_MAX = 1 << 20 };

struct state {
    struct command *command;
    const struct divergence_options *options;
    const struct pairwise_stream *stream;
    struct row_reader *q_reader, *p_reader; /* p_reader NULL: the rows of Q */
    struct matrix q;
    struct pairwise_divergence *pairs;
    struct row_writer *writer;
    double *room, *results; /* slice_rows prepared rows, slice_rows x q.rows results */
    size_t slice_rows;
};

/* Checks the rows of Q and makes them distributions in place. */
static int prepare_q(struct state *state) {
    struct matrix *q = &state->q;
    struct error *error = &state->command->error;
    struct distribution_fault fault;
    const double *prepared;
    if (distribution_rows_prepare(&state->command->distribution, q->rows, q->columns, q->values, q->values,
                                  &prepared, &fault))
        return 0;
    /* the reader's place is gone: rows are counted */
    if (fault.column == ROW_READER_NO_COLUMN)
        return error_set(error, "%s: row %zu: %s", state->q_reader->name, fault.row + 1, fault.text);
    return error_set(error, "%s: row %zu: field %zu: %s", state->q_reader->name, fault.row + 1,
                     fault.column + 1, fault.text);
}

static int open_inputs(struct state *state, bool alone) {
    struct command *command = state->command;
    struct error *error = &command->error;
    bool reverse = state->options->reverse, sharded = command->input.shards > 0;
    const char *first = command_operand(command, 0, alone ? 1 : 2);
    const char *second = alone ? first : command_operand(command, 1, 2);
    struct row_format whole = command->input;
    whole.shards = 0; /* a part of P meets all of Q */
    state->q_reader = row_reader_open(reverse ? first : second, &whole, error);
    if (state->q_reader == NULL || matrix_read_rest(&state->q, state->q_reader, error) < 0 ||
        prepare_q(state) < 0)
        return -1;
    if (alone && !sharded)
        return 0;
    state->p_reader = row_reader_open(reverse ? second : first, &command->input, error);
    if (state->p_reader == NULL)
        return -1;
    if (state->p_reader->columns != state->q.columns)
        return row_reader_widths_error(error, state->p_reader->name, state->p_reader->columns,
                                       state->q_reader->name, state->q.columns);
    return 0;
}

/* The writer of columns q1 .. qm. */
static int open_writer(struct state *state) {
    struct error *error = &state->command->error;
    size_t count = state->q.rows, name_size = sizeof "q18446744073709551615";
    const char **names = memory_array(error, count, sizeof *names);
    char *text = memory_matrix(error, count, name_size, 1);
    for (size_t i = 0; i < count && names != NULL && text != NULL; i++) {
        snprintf(text + i * name_size, name_size, "q%zu", i + 1);
        names[i] = text + i * name_size;
    }
    if (names != NULL && text != NULL) {
        int64_t rows = state->p_reader != NULL ? row_reader_rows_ahead(state->p_reader) : (int64_t)count;
        state->writer = row_writer_open(&state->command->output, count, names, rows, error);
    }
    free(names);
    free(text);
    return state->writer == NULL ? -1 : 0;
}

static int prepare(struct state *state, bool alone) {
    struct command *command = state->command;
    struct error *error = &command->error;
    if (open_inputs(state, alone) < 0)
        return -1;
    const struct matrix *q = &state->q;
    state->slice_rows = q->rows < RESULTS_MAX ? RESULTS_MAX / q->rows : 1;
    if (state->slice_rows * q->columns > RESULTS_MAX)
        state->slice_rows = q->columns < RESULTS_MAX ? RESULTS_MAX / q->columns : 1;
    state->room = memory_matrix(error, state->slice_rows, q->columns, sizeof *state->room);
    state->results = memory_matrix(error, state->slice_rows, q->rows, sizeof *state->results);
    state->pairs = pairwise_divergence_create(
        q->rows, q->columns, q->values, distribution_rows_in_logarithms(&command->distribution),
        state->options->smooth, state->stream->kullback_leibler, command->threads, error);
    if (state->room == NULL || state->results == NULL || state->pairs == NULL)
        return -1;
    return open_writer(state);
}

/* Compares rows that are distributions and writes the results. */
static int compare_slice(struct state *state, size_t rows, const double *p) {
    struct command *command = state->command;
    size_t count = rows * state->q.rows;
    if (state->stream->kullback_leibler == NULL)
        pairwise_divergence_js(state->pairs, rows, p, state->stream->weight, state->results);
    else if (pairwise_divergence_kl(state->pairs, rows, p, state->results, &command->error) < 0)
        return -1;
    if (command->units_per_nat != 1)
        vector_scale(count, command->units_per_nat, state->results);
    if (state->stream->square_root)
        vector_sqrt(count, state->results);
    return row_writer_rows(state->writer, state->results, rows, &command->error);
}

static int compare_block(struct state *state) {
    const struct row_reader *reader = state->p_reader;
    struct command *command = state->command;
    struct distribution_fault fault;
    for (size_t first = 0; first < reader->row_count; first += state->slice_rows) {
        size_t rows =
            reader->row_count - first < state->slice_rows ? reader->row_count - first : state->slice_rows;
        const double *prepared;
        if (!distribution_rows_prepare(&command->distribution, rows, reader->columns,
                                       reader->rows + first * reader->columns, state->room, &prepared,
                                       &fault))
            return row_reader_error(reader, &command->error, first + fault.row, fault.column, "%s",
                                    fault.text);
        if (compare_slice(state, rows, prepared) < 0)
            return -1;
    }
    return row_reader_ready(state->p_reader) ? 0 : row_writer_flush(state->writer, &command->error);
}

static int compare_all(struct state *state) {
    struct command *command = state->command;
    uint64_t rows = 0;
    int status = 0;
    for (size_t first = 0; state->p_reader == NULL && first < state->q.rows && status == 0;
         first += state->slice_rows) {
        size_t count = state->q.rows - first < state->slice_rows ? state->q.rows - first : state->slice_rows;
        status = compare_slice(state, count, state->q.values + first * state->q.columns);
        progress_show(&command->progress, "rows", rows += count, state->q.rows);
    }
    while (state->p_reader != NULL && (status = row_reader_next(state->p_reader, &command->error)) > 0) {
        if (compare_block(state) < 0)
            return -1;
        progress_show(&command->progress, "rows", rows += state->p_reader->row_count, 0);
    }
    if (status == 0 && rows == 0)
        return error_set(&command->error, "%s: no rows", state->p_reader->name);
    if (state->p_reader != NULL)
        skipped_rows_note(command, state->p_reader->name, state->p_reader->rows_skipped);
    skipped_rows_note(command, state->q_reader->name, state->q.rows_skipped);
    report_number(&command->report, "rows", (double)rows);
    report_number(&command->report, "columns", (double)state->q.columns);
    return status;
}

int pairwise_stream_run(struct command *command, const struct divergence_options *options,
                        const struct pairwise_stream *stream, bool alone) {
    struct state state = {.command = command, .options = options, .stream = stream};
    int status = prepare(&state, alone);
    if (status == 0)
        status = compare_all(&state);
    if (status == 0)
        status = row_writer_close(state.writer, &command->error);
    else
        row_writer_discard(state.writer);
    pairwise_divergence_free(state.pairs);
    row_reader_close(state.p_reader);
    row_reader_close(state.q_reader);
    matrix_free(&state.q);
    free(state.room);
    free(state.results);
    return status;
}
