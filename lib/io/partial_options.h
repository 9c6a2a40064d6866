/* The options of a filter that matter for its partial sums, as text: words "name=value" apart by blanks.
 * Parts are merged only where they agree in all of them. */
#ifndef IO_PARTIAL_OPTIONS_H
#define IO_PARTIAL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Being written. All zero is empty; the text is the caller's to free. */
struct partial_options {
    char *text; /* NULL while empty */
    size_t capacity;
};

/* Add one. Blanks and other bytes that would part words are written as %20 and so on; a text of NULL adds
 * nothing. Return 0 or -1. */
__attribute__((warn_unused_result)) int partial_options_text(struct partial_options *options,
                                                             const char *name, const char *value,
                                                             struct error *error);
__attribute__((warn_unused_result)) int
partial_options_number(struct partial_options *options, const char *name, double value, struct error *error);

/* Adds numbers that parts must agree in, a model say: a few as a list, many as their hash, by which parts
 * that were made with others do not agree. */
__attribute__((warn_unused_result)) int partial_options_numbers(struct partial_options *options,
                                                                const char *name, size_t count,
                                                                const double *values, struct error *error);

/* The (first) value of that name and its length; NULL where there is none. */
const char *partial_options_find(const char *options, const char *name, size_t *length);

/* The first option in which two texts differ.
 *
 *   name          where its name begins, of *name_length bytes
 *   one, other    the values, or NULL where a text lacks it
 *
 * Returns whether there is one. Texts are compared word by word, whatever the order, but for that of words of
 * one name. */
struct partial_options_difference {
    const char *name, *one, *other;
    size_t name_length, one_length, other_length;
};
bool partial_options_differ(const char *one, const char *other,
                            struct partial_options_difference *difference);

#endif
