#include "io/row_writer.h"

#include <stdlib.h>

#include "base/memory.h"
#include "io/array_writer.h"
#include "io/byte_sink.h"
#include "io/csv_writer.h"

/* One of csv and array is open. */
struct row_writer {
    struct byte_sink *sink;
    struct csv_writer *csv;
    struct array_writer *array;
};

/* names: name_count of them, or NULL */
static int open_csv(struct row_writer *writer, const struct row_layout *layout, size_t columns,
                    const char *const *names, size_t name_count, struct error *error) {
    struct csv_print_style style = {layout->float32, layout->digits};
    writer->csv = csv_writer_create(writer->sink, columns, &style, layout->threads, error);
    if (writer->csv == NULL)
        return -1;
    return names != NULL && !layout->no_names ? csv_writer_names(writer->csv, names, name_count, error) : 0;
}

static struct row_writer *open_sink(const struct row_layout *layout, struct error *error) {
    struct byte_sink_settings settings = {layout->gzip, layout->binary, layout->threads};
    struct row_writer *writer = memory_zeros(error, 1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->sink = byte_sink_open(layout->path, &settings, error);
    if (writer->sink != NULL)
        return writer;
    free(writer);
    return NULL;
}

struct row_writer *row_writer_open(const struct row_layout *layout, size_t columns, const char *const *names,
                                   int64_t rows, struct error *error) {
    struct row_writer *writer = open_sink(layout, error);
    if (writer == NULL)
        return NULL;
    if (layout->binary) {
        writer->array = array_writer_open(writer->sink, columns, layout->float32, rows, error);
        if (writer->array == NULL)
            goto failed;
    } else if (open_csv(writer, layout, columns, names, columns, error) < 0) {
        goto failed;
    }
    return writer;

failed:
    row_writer_discard(writer);
    return NULL;
}

struct row_writer *row_writer_open_labelled(const struct row_layout *layout, size_t columns,
                                            const char *const *names, struct error *error) {
    if (layout->binary) {
        error_set_usage(error, "a table with a column of words can only be written as CSV");
        return NULL;
    }
    struct row_writer *writer = open_sink(layout, error);
    if (writer != NULL && open_csv(writer, layout, columns, names, columns + 1, error) < 0) {
        row_writer_discard(writer);
        return NULL;
    }
    return writer;
}

int row_writer_rows(struct row_writer *writer, const double *rows, size_t row_count, struct error *error) {
    if (writer->array != NULL)
        return array_writer_rows(writer->array, rows, row_count, error);
    return csv_writer_rows(writer->csv, NULL, rows, row_count, error);
}

int row_writer_labelled(struct row_writer *writer, const char *const *texts, const double *rows,
                        size_t row_count, struct error *error) {
    return csv_writer_rows(writer->csv, texts, rows, row_count, error);
}

int row_writer_flush(struct row_writer *writer, struct error *error) {
    return writer->array != NULL ? array_writer_flush(writer->array, error)
                                 : byte_sink_flush(writer->sink, error);
}

static void free_parts(struct row_writer *writer) {
    csv_writer_free(writer->csv);
    array_writer_free(writer->array);
    free(writer);
}

int row_writer_close(struct row_writer *writer, struct error *error) {
    if (writer->array != NULL && array_writer_finish(writer->array, error) < 0) {
        row_writer_discard(writer);
        return -1;
    }
    int status = byte_sink_close(writer->sink, error);
    free_parts(writer);
    return status;
}

void row_writer_discard(struct row_writer *writer) {
    if (writer == NULL)
        return;
    byte_sink_discard(writer->sink);
    free_parts(writer);
}

int row_writer_table(const struct row_layout *layout, size_t columns, const char *const *names,
                     size_t row_count, const double *rows, struct error *error) {
    struct row_writer *writer = row_writer_open(layout, columns, names, (int64_t)row_count, error);
    if (writer == NULL)
        return -1;
    if (row_writer_rows(writer, rows, row_count, error) == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

int row_writer_number(const struct row_layout *layout, double value, struct error *error) {
    return row_writer_table(layout, 1, NULL, 1, &value, error);
}
