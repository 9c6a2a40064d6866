#include "support/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

void reading_write_file(const char *path, const char *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

void reading_add(struct reading *reading, const char *format, ...) {
    if (reading->capacity - reading->length < 1100) {
        reading->capacity = 2 * reading->capacity + 4096;
        reading->text = realloc(reading->text, reading->capacity);
        assert_non_null(reading->text);
    }
    va_list arguments;
    va_start(arguments, format);
    reading->length += (size_t)vsnprintf(reading->text + reading->length, 1100, format, arguments);
    va_end(arguments);
}

void reading_add_row(struct reading *reading, const double *row, size_t columns) {
    for (size_t j = 0; j < columns; j++)
        reading_add(reading, "%s%.17g", j > 0 ? "," : "", row[j]);
    reading_add(reading, "\n");
}

void reading_of(struct reading *reading, const char *operand, const struct row_format *format) {
    struct error error = {.text = ""};
    int status;
    struct row_reader *reader = row_reader_open(operand, format, &error);
    reading->length = 0;
    reading_add(reading, "%s", "");
    if (reader == NULL) {
        reading_add(reading, "%s", error.text);
        return;
    }
    for (size_t j = 0; reader->names != NULL && j < reader->columns; j++)
        reading_add(reading, "%s%s", reader->names[j], j + 1 < reader->columns ? "," : "\n");
    while ((status = row_reader_next(reader, &error)) > 0) {
        assert_true(reader->row_count > 0);
        for (size_t i = 0; i < reader->row_count; i++)
            reading_add_row(reading, reader->rows + i * reader->columns, reader->columns);
    }
    if (status < 0)
        reading_add(reading, "%s", error.text);
    if (reader->rows_skipped > 0)
        reading_add(reading, "skipped %llu", (unsigned long long)reader->rows_skipped);
    row_reader_close(reader);
}

/* Standard input becomes a pipe that a child fills, so many bytes at a time. Returns the child. */
static pid_t open_pipe(const char *bytes, size_t count, size_t portion, int *old_input) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        for (size_t at = 0; at < count; at += portion) {
            size_t size = count - at < portion ? count - at : portion;
            if (write(ends[1], bytes + at, size) != (ssize_t)size)
                break;
        }
        _exit(0);
    }
    close(ends[1]);
    *old_input = dup(0);
    assert_int_equal(dup2(ends[0], 0), 0);
    close(ends[0]);
    return child;
}

static void close_pipe(pid_t child, int old_input) {
    dup2(old_input, 0);
    close(old_input);
    waitpid(child, NULL, 0);
}

void reading_of_pipe(struct reading *reading, const char *bytes, size_t count, size_t portion,
                     const struct row_format *format) {
    int old_input;
    pid_t child = open_pipe(bytes, count, portion, &old_input);
    reading_of(reading, "-", format);
    close_pipe(child, old_input);
}

void reading_free(struct reading *reading) {
    free(reading->text);
    *reading = (struct reading){0};
}
