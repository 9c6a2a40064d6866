#include "divergence/labelled_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "divergence/labelled_reader.h"
#include "io/row_input.h"
#include "num/distribution_rows.h"

/* Rows at a time: what is prepared stays in the cache, and readers' blocks may be large. */
enum { BLOCK_VALUES = 65536 };

struct labelled_rows {
    struct row_stream stream;
    struct command *command;
    struct labelled_reader reader;
    double *given, *prepared, *joined;
    size_t given_capacity, prepared_capacity, joined_capacity;
};

/* The next `rows` rows, checked, in joined. */
static int take_rows(struct labelled_rows *labelled, size_t rows, struct error *error) {
    const struct labelled_reader *reader = &labelled->reader;
    size_t classes = reader->columns;
    struct distribution_fault fault;
    const double *prepared;
    const double *given = labelled_reader_row(reader, 0);
    if (reader->labels == NULL) { /* labels stand between the rows */
        for (size_t i = 0; i < rows; i++)
            memcpy(labelled->given + i * classes, labelled_reader_row(reader, i), classes * sizeof(double));
        given = labelled->given;
    }
    if (!distribution_rows_prepare(&labelled->command->distribution, rows, classes, given, labelled->prepared,
                                   &prepared, &fault))
        return labelled_reader_error(reader, error, fault.row, fault.column, "%s", fault.text);
    for (size_t i = 0; i < rows; i++) {
        double *row = labelled->joined + i * (classes + 1);
        memcpy(row, prepared + i * classes, classes * sizeof *row);
        if (labelled_reader_label(reader, i, LABELLED_ROWS_CLASSES_MAX, &row[classes], error) < 0)
            return -1;
    }
    return 0;
}

static int next(struct row_stream *stream, struct error *error) {
    struct labelled_rows *labelled = (struct labelled_rows *)stream;
    size_t classes = labelled->reader.columns, most = classes < BLOCK_VALUES ? BLOCK_VALUES / classes : 1;
    int64_t found = labelled_reader_fill(&labelled->reader, error);
    stream->row_count = 0;
    if (found <= 0)
        return (int)found;
    size_t rows = (size_t)found < most ? (size_t)found : most;
    if (row_stream_reserve(&labelled->given, &labelled->given_capacity, rows, classes, error) < 0 ||
        row_stream_reserve(&labelled->prepared, &labelled->prepared_capacity, rows, classes, error) < 0 ||
        row_stream_reserve(&labelled->joined, &labelled->joined_capacity, rows, stream->columns, error) < 0 ||
        take_rows(labelled, rows, error) < 0)
        return -1;
    labelled_reader_take(&labelled->reader, rows);
    stream->rows = labelled->joined;
    stream->row_count = rows;
    return 1;
}

static bool ready(struct row_stream *stream) {
    return labelled_reader_ready(&((struct labelled_rows *)stream)->reader);
}

static int rewind_rows(struct row_stream *stream, struct error *error) {
    struct labelled_rows *labelled = (struct labelled_rows *)stream;
    labelled_reader_close(&labelled->reader);
    (void)error; /* the command's */
    return labelled_reader_open(&labelled->reader, labelled->command, true);
}

static void note(const struct row_stream *stream, char *text, size_t size) {
    const struct row_reader *reader = ((const struct labelled_rows *)stream)->reader.rows;
    if (reader->rows_skipped > 0)
        snprintf(text, size, "%s: %" PRIu64 " row%s with missing values skipped", reader->name,
                 reader->rows_skipped, reader->rows_skipped == 1 ? "" : "s");
}

static void free_rows(struct row_stream *stream) {
    struct labelled_rows *labelled = (struct labelled_rows *)stream;
    labelled_reader_close(&labelled->reader);
    free(labelled->given);
    free(labelled->prepared);
    free(labelled->joined);
    free(labelled);
}

static const struct row_stream_kind labelled_kind = {
    .next = next, .ready = ready, .rewind = rewind_rows, .note = note, .free = free_rows};

struct row_stream *labelled_rows_open(struct command *command) {
    struct labelled_rows *labelled = memory_zeros(&command->error, 1, sizeof *labelled);
    if (labelled == NULL)
        return NULL;
    labelled->stream = (struct row_stream){.kind = &labelled_kind};
    labelled->command = command;
    if (labelled_reader_open(&labelled->reader, command, true) < 0) {
        free_rows(&labelled->stream);
        return NULL;
    }
    labelled->stream.columns = labelled->reader.columns + 1;
    labelled->stream.rewindable = command->operand_count > 0;
    for (size_t i = 0; i < command->operand_count; i++)
        labelled->stream.rewindable =
            labelled->stream.rewindable && row_input_is_regular(command->operands[i]);
    labelled->stream.rows_total = row_reader_rows_ahead(labelled->reader.rows);
    return &labelled->stream;
}
