#include "base/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/temporary_file.h"

static void append_bytes(struct report *report, const char *bytes, size_t count) {
    if (report->failed ||
        memory_reserve(&report->error, &report->text, &report->capacity, report->length + count + 1, 1) < 0) {
        report->failed = 1;
        return;
    }
    memcpy(report->text + report->length, bytes, count);
    report->length += count;
    report->text[report->length] = '\0';
}

static void append(struct report *report, const char *text) {
    append_bytes(report, text, strlen(text));
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

/* The fewest digits that read back to the same value. Numbers that JSON lacks are strings. */
static void append_number(struct report *report, double value) {
    char text[40];
    if (!isfinite(value)) {
        append(report, isnan(value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    append(report, text);
}

static void append_name(struct report *report, const char *name) {
    append(report, report->length == 0 ? "{\n  " : ",\n  ");
    append_string(report, name);
    append(report, ": ");
}

void report_number(struct report *report, const char *name, double value) {
    append_name(report, name);
    append_number(report, value);
}

void report_text(struct report *report, const char *name, const char *value) {
    append_name(report, name);
    append_string(report, value);
}

void report_numbers(struct report *report, const char *name, size_t count, const double *values) {
    append_name(report, name);
    append(report, "[");
    for (size_t i = 0; i < count; i++) {
        append(report, i > 0 ? ", " : "");
        append_number(report, values[i]);
    }
    append(report, "]");
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
    append(report, report->length == 0 ? "{}\n" : "\n}\n");
    if (report->failed) {
        *error = report->error;
        return -1;
    }
    if (strcmp(path, "-") == 0)
        return write_all(STDERR_FILENO, report->text, report->length, "standard error", error);
    struct temporary_file *file = temporary_file_create(path, error);
    if (file == NULL)
        return -1;
    if (write_all(temporary_file_descriptor(file), report->text, report->length, path, error) < 0) {
        temporary_file_discard(file);
        return -1;
    }
    return temporary_file_keep(file, error);
}

void report_free(struct report *report) {
    free(report->text);
    *report = (struct report){0};
}
