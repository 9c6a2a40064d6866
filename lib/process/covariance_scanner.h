/* A kernel expression's text, read from left to right. */
#ifndef PROCESS_COVARIANCE_SCANNER_H
#define PROCESS_COVARIANCE_SCANNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct covariance_scanner {
    const char *text;
    size_t position; /* from 0; messages count from 1 */
    struct error *error;
};

/* A stretch of the text. */
struct covariance_word {
    const char *text;
    size_t length, position;
};

/* `key=value` or `key:=value`; a vector's brackets belong to the value. */
struct covariance_argument {
    struct covariance_word key, value;
    bool fixed;
};

/* Skips blanks and returns the next character, 0 at the end. */
int covariance_scanner_peek(struct covariance_scanner *scanner);

/* Takes that character if it comes next. */
bool covariance_scanner_take(struct covariance_scanner *scanner, char character);

/* Takes letters, digits, '_' and '-'; an empty word where none come. */
struct covariance_word covariance_scanner_word(struct covariance_scanner *scanner);

/* Takes a number. Returns false where there is none. */
bool covariance_scanner_number(struct covariance_scanner *scanner, double *number);

/* Takes an argument. Returns 0 or -1. */
int covariance_scanner_argument(struct covariance_scanner *scanner, struct covariance_argument *argument);

/* A usage error, the position before it. Returns -1. */
__attribute__((format(printf, 3, 4))) int covariance_scanner_refuse(struct covariance_scanner *scanner,
                                                                    size_t position, const char *format, ...);

bool covariance_word_is(const struct covariance_word *word, const char *text);

/* Reads a value as numbers: one, or [v, ...]. Writes at most `capacity` of them. Returns how many there are,
 * or 0 where it is not numbers. */
size_t covariance_word_numbers(const struct covariance_word *value, size_t capacity, double *numbers);

#endif
