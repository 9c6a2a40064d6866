#include "divergence/labelled_reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "io/decimal.h"

static int open_labels(struct labelled_reader *reader, const struct command *command, struct error *error) {
    struct row_format format = command->input;
    if (format.missing == MISSING_SKIP)
        return error_set_usage(error, "--na skip drops rows of P, not their labels: put both in one matrix");
    if (format.shards > 0 && reader->rows->format == MATRIX_CSV)
        return error_set_usage(error,
                               "--shard cuts %s by bytes, which parts its rows from their labels: put both "
                               "in one matrix",
                               reader->rows->name);
    format.columns = format.exclude = NULL;
    reader->labels = row_reader_open(command_operand(command, 1, 2), &format, error);
    if (reader->labels == NULL)
        return -1;
    return reader->labels->columns == 1 ? 0
                                        : error_set(error, "%s has %zu columns, one of labels is needed",
                                                    reader->labels->name, reader->labels->columns);
}

int labelled_reader_open(struct labelled_reader *reader, struct command *command, bool labelled) {
    struct error *error = &command->error;
    bool apart = labelled && command->operand_count == 2;
    *reader = (struct labelled_reader){0};
    reader->rows = row_reader_open(command_operand(command, 0, apart ? 2 : 1), &command->input, error);
    if (reader->rows == NULL || (apart && open_labels(reader, command, error) < 0))
        return -1;
    reader->columns = reader->rows->columns - (labelled && !apart);
    return reader->columns > 0 ? 0
                               : error_set(error, "%s has one column: probabilities and a label are needed",
                                           reader->rows->name);
}

/* One matrix has ended, the other may have `rows` rows at hand: it must have none. Returns 0 or -1. */
static int check_ends(const struct labelled_reader *reader, bool labels_ended, uint64_t rows,
                      struct error *error) {
    struct row_reader *other = labels_ended ? reader->rows : reader->labels;
    int status;
    while ((status = row_reader_next(other, error)) > 0)
        rows += other->row_count;
    if (status < 0 || rows == 0)
        return status;
    uint64_t total = reader->total, longer = total + rows, of_rows = labels_ended ? longer : total;
    return error_set(error, "%s has %" PRIu64 " row%s, %s %" PRIu64, reader->rows->name, of_rows,
                     of_rows == 1 ? "" : "s", reader->labels->name, labels_ended ? total : longer);
}

int64_t labelled_reader_fill(struct labelled_reader *reader, struct error *error) {
    struct row_reader *rows = reader->rows, *labels = reader->labels;
    int status;
    if (reader->rows_used == rows->row_count) {
        reader->rows_used = 0;
        if ((status = row_reader_next(rows, error)) < 0)
            return -1;
        if (status == 0)
            return labels == NULL ? 0
                                  : check_ends(reader, false, labels->row_count - reader->labels_used, error);
    }
    if (labels != NULL && reader->labels_used == labels->row_count) {
        reader->labels_used = 0;
        if ((status = row_reader_next(labels, error)) < 0)
            return -1;
        if (status == 0)
            return check_ends(reader, true, rows->row_count - reader->rows_used, error);
    }
    size_t left = rows->row_count - reader->rows_used;
    size_t of_labels = labels != NULL ? labels->row_count - reader->labels_used : left;
    return (int64_t)(left < of_labels ? left : of_labels);
}

const double *labelled_reader_row(const struct labelled_reader *reader, size_t row) {
    return reader->rows->rows + (reader->rows_used + row) * reader->rows->columns;
}

int labelled_reader_label(const struct labelled_reader *reader, size_t row, size_t classes, double *label,
                          struct error *error) {
    const struct row_reader *source = reader->labels != NULL ? reader->labels : reader->rows;
    char number[DECIMAL_SIZE];
    row += reader->labels != NULL ? reader->labels_used : reader->rows_used;
    *label = source->rows[(row + 1) * source->columns - 1];
    if (*label >= 0 && *label < (double)classes && *label == floor(*label))
        return 0;
    number[decimal_print(number, *label)] = '\0';
    return row_reader_error(source, error, row, source->columns - 1,
                            "expected a label, a whole number from 0 to %zu, got '%s'", classes - 1, number);
}

int labelled_reader_error(const struct labelled_reader *reader, struct error *error, size_t row,
                          size_t column, const char *format, ...) {
    char text[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return row_reader_error(reader->rows, error, reader->rows_used + row, column, "%s", text);
}

void labelled_reader_take(struct labelled_reader *reader, size_t rows) {
    reader->rows_used += rows;
    reader->labels_used += rows;
    reader->total += rows;
}

bool labelled_reader_ready(struct labelled_reader *reader) {
    struct row_reader *rows = reader->rows, *labels = reader->labels;
    return (reader->rows_used < rows->row_count || row_reader_ready(rows)) &&
           (labels == NULL || reader->labels_used < labels->row_count || row_reader_ready(labels));
}

void labelled_reader_close(struct labelled_reader *reader) {
    row_reader_close(reader->rows);
    row_reader_close(reader->labels);
    *reader = (struct labelled_reader){0};
}
