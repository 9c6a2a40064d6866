#include "process/covariance_scanner.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/decimal.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

int covariance_scanner_peek(struct covariance_scanner *scanner) {
    while (is_blank(scanner->text[scanner->position]))
        scanner->position++;
    return (unsigned char)scanner->text[scanner->position];
}

bool covariance_scanner_take(struct covariance_scanner *scanner, char character) {
    if (covariance_scanner_peek(scanner) != (unsigned char)character)
        return false;
    scanner->position++;
    return true;
}

struct covariance_word covariance_scanner_word(struct covariance_scanner *scanner) {
    covariance_scanner_peek(scanner);
    struct covariance_word word = {scanner->text + scanner->position, 0, scanner->position};
    while (is_word(word.text[word.length]))
        word.length++;
    scanner->position += word.length;
    return word;
}

bool covariance_scanner_number(struct covariance_scanner *scanner, double *number) {
    covariance_scanner_peek(scanner);
    const char *text = scanner->text + scanner->position;
    if (!isdigit((unsigned char)*text) && *text != '.')
        return false;
    const char *end = decimal_parse(text, text + strlen(text), '.', number);
    if (end == NULL)
        return false;
    scanner->position += (size_t)(end - text);
    return true;
}

int covariance_scanner_refuse(struct covariance_scanner *scanner, size_t position, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set_usage(scanner->error, "kernel: position %zu: %s", position + 1, text);
}

/* A value goes to the comma or parenthesis behind it; commas within brackets belong to it. */
static struct covariance_word take_value(struct covariance_scanner *scanner) {
    covariance_scanner_peek(scanner);
    struct covariance_word value = {scanner->text + scanner->position, 0, scanner->position};
    bool bracketed = value.text[0] == '[';
    while (value.text[value.length] != '\0') {
        char c = value.text[value.length];
        if (!bracketed && (c == ',' || c == ')'))
            break;
        value.length++;
        if (bracketed && c == ']')
            break;
    }
    scanner->position += value.length;
    while (value.length > 0 && is_blank(value.text[value.length - 1]))
        value.length--;
    return value;
}

int covariance_scanner_argument(struct covariance_scanner *scanner, struct covariance_argument *argument) {
    argument->key = covariance_scanner_word(scanner);
    if (argument->key.length == 0)
        return covariance_scanner_refuse(scanner, scanner->position, "expected a parameter's name");
    argument->fixed = covariance_scanner_take(scanner, ':');
    if (!covariance_scanner_take(scanner, '='))
        return covariance_scanner_refuse(scanner, scanner->position, "expected '=' behind '%.*s'",
                                         (int)(argument->key.length > 40 ? 40 : argument->key.length),
                                         argument->key.text);
    argument->value = take_value(scanner);
    if (argument->value.length == 0)
        return covariance_scanner_refuse(scanner, argument->value.position, "expected a value");
    if (argument->value.text[0] == '[' && argument->value.text[argument->value.length - 1] != ']')
        return covariance_scanner_refuse(scanner, argument->value.position, "'[' is never closed");
    return 0;
}

bool covariance_word_is(const struct covariance_word *word, const char *text) {
    return strlen(text) == word->length && memcmp(word->text, text, word->length) == 0;
}

size_t covariance_word_numbers(const struct covariance_word *value, size_t capacity, double *numbers) {
    const char *at = value->text, *end = value->text + value->length;
    bool bracketed = *at == '[';
    if (bracketed)
        at++, end--;
    size_t count = 0;
    for (;;) {
        while (at < end && is_blank(*at))
            at++;
        double number;
        const char *after = decimal_parse(at, end, '.', &number);
        if (after == NULL)
            return 0;
        if (count < capacity)
            numbers[count] = number;
        count++;
        at = after;
        while (at < end && is_blank(*at))
            at++;
        if (at == end)
            return count;
        if (!bracketed || *at++ != ',')
            return 0;
    }
}
