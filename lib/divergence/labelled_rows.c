#include "divergence/labelled_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "io/row_reader.h"
#include "num/distribution_rows.h"

/* Rows at a time: what is prepared stays in the cache, and readers' blocks may be large. */
enum { BLOCK_VALUES = 65536 };

struct side {
    struct row_reader *reader;
    size_t used; /* rows of its block that were handed out */
};

struct labelled_rows {
    struct row_stream stream;
    const struct distribution_options *distribution;
    struct side rows, labels; /* labels.reader NULL: the last column of rows */
    uint64_t total;
    double *given, *prepared, *joined;
    size_t given_capacity, prepared_capacity, joined_capacity;
};

static size_t left(const struct side *side) {
    return side->reader->row_count - side->used;
}

/* One matrix has ended, the other may have `rows` rows at hand: it must have none. Returns 0 or -1. */
static int check_ends(const struct labelled_rows *labelled, bool labels_ended, uint64_t rows,
                      struct error *error) {
    struct row_reader *other = labels_ended ? labelled->rows.reader : labelled->labels.reader;
    int status;
    while ((status = row_reader_next(other, error)) > 0)
        rows += other->row_count;
    if (status < 0 || rows == 0)
        return status;
    uint64_t total = labelled->total, longer = total + rows, of_rows = labels_ended ? longer : total;
    return error_set(error, "%s has %" PRIu64 " row%s, %s %" PRIu64, labelled->rows.reader->name, of_rows,
                     of_rows == 1 ? "" : "s", labelled->labels.reader->name, labels_ended ? total : longer);
}

/* Sees to it that both matrices have rows at hand. Returns 1, 0 at the end of both, or -1. */
static int fill(struct labelled_rows *labelled, struct error *error) {
    struct side *sides[] = {&labelled->rows, &labelled->labels};
    for (size_t i = 0; i < 2; i++) {
        struct side *side = sides[i], *other = sides[1 - i];
        if (side->reader == NULL || left(side) > 0)
            continue;
        int status = row_reader_next(side->reader, error);
        side->used = 0;
        if (status < 0)
            return -1;
        if (status == 0)
            return other->reader == NULL ? 0 : check_ends(labelled, i == 1, left(other), error);
    }
    return 1;
}

static int take_label(const struct row_reader *reader, size_t row, double *label, struct error *error) {
    char number[DECIMAL_SIZE];
    *label = reader->rows[(row + 1) * reader->columns - 1];
    if (*label >= 0 && *label < LABELLED_ROWS_CLASSES_MAX && *label == floor(*label))
        return 0;
    number[decimal_print(number, *label)] = '\0';
    return row_reader_error(reader, error, row, reader->columns - 1,
                            "expected a label, a whole number from 0 to %d, got '%s'",
                            LABELLED_ROWS_CLASSES_MAX - 1, number);
}

/* The next `rows` rows of both, checked, in joined. */
static int take_rows(struct labelled_rows *labelled, size_t rows, struct error *error) {
    const struct side *source = &labelled->rows;
    const struct side *labels = labelled->labels.reader != NULL ? &labelled->labels : source;
    size_t classes = labelled->stream.columns - 1, width = source->reader->columns;
    struct distribution_fault fault;
    const double *prepared;
    for (size_t i = 0; i < rows; i++)
        memcpy(labelled->given + i * classes, source->reader->rows + (source->used + i) * width,
               classes * sizeof(double));
    if (!distribution_rows_prepare(labelled->distribution, rows, classes, labelled->given, labelled->prepared,
                                   &prepared, &fault))
        return row_reader_error(source->reader, error, source->used + fault.row, fault.column, "%s",
                                fault.text);
    for (size_t i = 0; i < rows; i++) {
        double *row = labelled->joined + i * (classes + 1);
        memcpy(row, prepared + i * classes, classes * sizeof *row);
        if (take_label(labels->reader, labels->used + i, &row[classes], error) < 0)
            return -1;
    }
    return 0;
}

static int next(struct row_stream *stream, struct error *error) {
    struct labelled_rows *labelled = (struct labelled_rows *)stream;
    size_t classes = stream->columns - 1, most = classes < BLOCK_VALUES ? BLOCK_VALUES / classes : 1;
    int status = fill(labelled, error);
    stream->row_count = 0;
    if (status <= 0)
        return status;
    size_t rows = left(&labelled->rows);
    if (labelled->labels.reader != NULL && left(&labelled->labels) < rows)
        rows = left(&labelled->labels);
    rows = rows < most ? rows : most;
    if (row_stream_reserve(&labelled->given, &labelled->given_capacity, rows, classes, error) < 0 ||
        row_stream_reserve(&labelled->prepared, &labelled->prepared_capacity, rows, classes, error) < 0 ||
        row_stream_reserve(&labelled->joined, &labelled->joined_capacity, rows, stream->columns, error) < 0 ||
        take_rows(labelled, rows, error) < 0)
        return -1;
    labelled->rows.used += rows;
    labelled->labels.used += rows;
    labelled->total += rows;
    stream->rows = labelled->joined;
    stream->row_count = rows;
    return 1;
}

static bool ready(struct row_stream *stream) {
    struct labelled_rows *labelled = (struct labelled_rows *)stream;
    struct side *rows = &labelled->rows, *labels = &labelled->labels;
    return (left(rows) > 0 || row_reader_ready(rows->reader)) &&
           (labels->reader == NULL || left(labels) > 0 || row_reader_ready(labels->reader));
}

static void note(const struct row_stream *stream, char *text, size_t size) {
    const struct row_reader *reader = ((const struct labelled_rows *)stream)->rows.reader;
    if (reader->rows_skipped > 0)
        snprintf(text, size, "%s: %" PRIu64 " row%s with missing values skipped", reader->name,
                 reader->rows_skipped, reader->rows_skipped == 1 ? "" : "s");
}

static void free_rows(struct row_stream *stream) {
    struct labelled_rows *labelled = (struct labelled_rows *)stream;
    row_reader_close(labelled->rows.reader);
    row_reader_close(labelled->labels.reader);
    free(labelled->given);
    free(labelled->prepared);
    free(labelled->joined);
    free(labelled);
}

static const struct row_stream_kind labelled_kind = {
    .next = next, .ready = ready, .note = note, .free = free_rows};

static int open_labels(struct labelled_rows *labelled, const struct command *command, struct error *error) {
    struct row_format format = command->input;
    const char *name = labelled->rows.reader->name;
    if (format.missing == MISSING_SKIP)
        return error_set_usage(error, "--na skip drops rows of P, not their labels: put both in one matrix");
    if (format.shards > 0 && labelled->rows.reader->format == MATRIX_CSV)
        return error_set_usage(error,
                               "--shard cuts %s by bytes, which parts its rows from their labels: put both "
                               "in one matrix",
                               name);
    format.columns = format.exclude = NULL;
    struct row_reader *reader = row_reader_open(command_operand(command, 1, 2), &format, error);
    labelled->labels.reader = reader;
    if (reader == NULL)
        return -1;
    return reader->columns == 1 ? 0
                                : error_set(error, "%s has %zu columns, one of labels is needed",
                                            reader->name, reader->columns);
}

static int open_sides(struct labelled_rows *labelled, struct command *command) {
    struct error *error = &command->error;
    bool apart = command->operand_count == 2;
    struct row_reader *reader =
        row_reader_open(command_operand(command, 0, apart ? 2 : 1), &command->input, error);
    labelled->rows.reader = reader;
    if (reader == NULL || (apart && open_labels(labelled, command, error) < 0))
        return -1;
    labelled->stream.columns = reader->columns + apart;
    labelled->stream.rows_total = row_reader_rows_ahead(reader);
    return reader->columns + apart > 1
               ? 0
               : error_set(error, "%s has one column: probabilities and a label are needed", reader->name);
}

struct row_stream *labelled_rows_open(struct command *command) {
    struct labelled_rows *labelled = memory_zeros(&command->error, 1, sizeof *labelled);
    if (labelled == NULL)
        return NULL;
    labelled->stream = (struct row_stream){.kind = &labelled_kind, .rows_total = -1};
    labelled->distribution = &command->distribution;
    if (open_sides(labelled, command) < 0) {
        free_rows(&labelled->stream);
        return NULL;
    }
    return &labelled->stream;
}
