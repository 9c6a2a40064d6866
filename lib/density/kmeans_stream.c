#include "density/kmeans_stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/row_reader.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"

static const char *const names[] = {"label", "distance"};

static int close_writer(struct row_writer *writer, int status, struct error *error) {
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

int kmeans_stream_write_labels(struct command *command, const struct kmeans_model *model,
                               const struct kmeans_data *data, bool by_model) {
    struct error *error = &command->error;
    size_t fault;
    double *answers = memory_matrix(error, data->rows, 2, sizeof *answers);
    if (answers == NULL)
        return -1;
    struct row_writer *writer = row_writer_open(&command->output, 2, names, (int64_t)data->rows, error);
    int status = -1;
    if (writer != NULL) {
        status = by_model
                     ? kmeans_model_label(model, data->rows, data->points, command->threads, answers, &fault,
                                          error)
                     : kmeans_model_measure(model, data->rows, data->points, model->labels, answers, error);
        if (status == 0)
            status = row_writer_rows(writer, answers, data->rows, error);
        status = close_writer(writer, status, error);
    }
    free(answers);
    return status;
}

/* One reading from the first row to the last. */
struct labelling {
    struct command *command;
    struct kmeans_model model;
    struct row_reader *reader;
    struct row_writer *writer;
    double *answers;
    size_t capacity;
};

static int answer_block(struct labelling *labelling) {
    struct error *error = &labelling->command->error;
    const struct row_reader *reader = labelling->reader;
    size_t fault;
    if (memory_reserve(error, &labelling->answers, &labelling->capacity, 2 * reader->row_count,
                       sizeof *labelling->answers) < 0)
        return -1;
    if (kmeans_model_label(&labelling->model, reader->row_count, reader->rows, labelling->command->threads,
                           labelling->answers, &fault, error) < 0) {
        struct error found = *error;
        if (fault != SIZE_MAX)
            row_reader_error(reader, error, fault, ROW_READER_NO_COLUMN, "%s", found.text);
        return -1;
    }
    return row_writer_rows(labelling->writer, labelling->answers, reader->row_count, error);
}

static int answer_rows(struct labelling *labelling) {
    struct command *command = labelling->command;
    struct error *error = &command->error;
    int status;
    for (;;) {
        if (!row_reader_ready(labelling->reader) && row_writer_flush(labelling->writer, error) < 0)
            return -1;
        status = row_reader_next(labelling->reader, error);
        if (status <= 0)
            break;
        if (answer_block(labelling) < 0)
            return -1;
        progress_show(&command->progress, "rows",
                      labelling->reader->rows_before + labelling->reader->row_count, 0);
    }
    if (status == 0 && labelling->reader->rows_before + labelling->reader->row_count == 0)
        return error_set(error, "%s: no rows", labelling->reader->name);
    if (status == 0)
        skipped_rows_note(command, labelling->reader->name, labelling->reader->rows_skipped);
    return status;
}

static int open_streams(struct labelling *labelling) {
    struct command *command = labelling->command;
    struct error *error = &command->error;
    labelling->reader = row_reader_open(command_operand(command, 0, 1), &command->input, error);
    if (labelling->reader == NULL)
        return -1;
    if (labelling->reader->columns != labelling->model.columns)
        return error_set(error, "%s has %zu columns, the model %zu", labelling->reader->name,
                         labelling->reader->columns, labelling->model.columns);
    labelling->writer = row_writer_open(&command->output, 2, names, -1, error);
    return labelling->writer == NULL ? -1 : 0;
}

int kmeans_stream_run(struct command *command, const char *model_path) {
    struct labelling labelling = {.command = command};
    if (kmeans_model_read(&labelling.model, model_path, &command->error) < 0)
        return -1;
    int status = open_streams(&labelling);
    if (status == 0)
        status = close_writer(labelling.writer, answer_rows(&labelling), &command->error);
    row_reader_close(labelling.reader);
    kmeans_model_free(&labelling.model);
    free(labelling.answers);
    return status;
}
