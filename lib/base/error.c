#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { QUOTE_LENGTH_MAX = 40 };

int error_set(struct error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->usage = false;
    return -1;
}

int error_set_system(struct error *error, const char *format, ...) {
    int reason = errno;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->usage = false;
    size_t length = strlen(error->text);
    snprintf(error->text + length, sizeof error->text - length, ": %s", strerror(reason));
    return -1;
}

int error_set_usage(struct error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->usage = true;
    return -1;
}

int error_prefix(struct error *error, const char *format, ...) {
    char prefix[512];
    char text[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    memcpy(text, error->text, sizeof text);
    snprintf(error->text, sizeof error->text, "%.510s: %.500s", prefix, text);
    return -1;
}

char *error_quote(char *quoted, const char *text, unsigned long length) {
    unsigned long kept = length < QUOTE_LENGTH_MAX ? length : QUOTE_LENGTH_MAX;
    for (unsigned long i = 0; i < kept; i++)
        quoted[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    memcpy(quoted + kept, length > kept ? "..." : "", length > kept ? 4 : 1);
    return quoted;
}
