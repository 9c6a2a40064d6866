#include "base/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/temporary_file.h"

enum { NUMBER_SIZE = 40 };

static void append_bytes(struct report *report, struct report_buffer *text, const char *bytes, size_t count) {
    if (report->failed ||
        memory_reserve(&report->error, &text->bytes, &text->capacity, text->length + count + 1, 1) < 0) {
        report->failed = 1;
        return;
    }
    memcpy(text->bytes + text->length, bytes, count);
    text->length += count;
    text->bytes[text->length] = '\0';
}

static void append(struct report *report, const char *text) {
    append_bytes(report, &report->object, text, strlen(text));
}

static void append_line(struct report *report, const char *text) {
    append_bytes(report, &report->lines, text, strlen(text));
}

/* A JSON string: quotes, backslashes and control characters are escaped, other bytes (UTF-8) pass. */
static void append_string(struct report *report, const char *text) {
    append(report, "\"");
    for (; *text != '\0'; text++) {
        char escaped[8];
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            snprintf(escaped, sizeof escaped, "\\%c", byte);
        else if (byte < 0x20)
            snprintf(escaped, sizeof escaped, "\\u%04x", byte);
        else
            snprintf(escaped, sizeof escaped, "%c", byte);
        append(report, escaped);
    }
    append(report, "\"");
}

/* The fewest digits that read back to the same value. */
static void print_number(char text[NUMBER_SIZE], double value) {
    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
}

/* Numbers that JSON lacks are strings there. */
static void append_number(struct report *report, double value) {
    char text[NUMBER_SIZE];
    print_number(text, value);
    if (isfinite(value))
        append(report, text);
    else
        append_string(report, text);
    append_line(report, " ");
    append_line(report, text);
}

static void append_name(struct report *report, const char *name) {
    append(report, report->object.length == 0 ? "{\n  " : ",\n  ");
    append_string(report, name);
    append(report, ": ");
    append_line(report, name);
}

void report_number(struct report *report, const char *name, double value) {
    append_name(report, name);
    append_number(report, value);
    append_line(report, "\n");
}

void report_text(struct report *report, const char *name, const char *value) {
    append_name(report, name);
    append_string(report, value);
    append_line(report, " ");
    append_line(report, value);
    append_line(report, "\n");
}

void report_numbers(struct report *report, const char *name, size_t count, const double *values) {
    append_name(report, name);
    append(report, "[");
    for (size_t i = 0; i < count; i++) {
        append(report, i > 0 ? ", " : "");
        append_number(report, values[i]);
    }
    append(report, "]");
    append_line(report, "\n");
}

static int write_all(int descriptor, const char *bytes, size_t count, const char *path, struct error *error) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0)
            return error_set_system(error, "%s", path);
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

int report_write(struct report *report, const char *path, struct error *error) {
    append(report, report->object.length == 0 ? "{}\n" : "\n}\n");
    if (report->failed) {
        *error = report->error;
        return -1;
    }
    if (strcmp(path, "-") == 0)
        return write_all(STDERR_FILENO, report->object.bytes, report->object.length, "standard error", error);
    struct temporary_file *file = temporary_file_create(path, error);
    if (file == NULL)
        return -1;
    if (write_all(temporary_file_descriptor(file), report->object.bytes, report->object.length, path, error) <
        0) {
        temporary_file_discard(file);
        return -1;
    }
    return temporary_file_keep(file, error);
}

const char *report_lines(const struct report *report) {
    if (report->failed)
        return NULL;
    return report->lines.bytes != NULL ? report->lines.bytes : "";
}

void report_free(struct report *report) {
    free(report->object.bytes);
    free(report->lines.bytes);
    *report = (struct report){0};
}
