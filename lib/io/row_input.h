/* The rows of operand after operand, as the beginning of a chain of stages.
 *
 * All must have the same number of columns. The names are those of the first; another that has names too must
 * have the same. Regular files are looked at beforehand, so that a wrong one is refused before the first row
 * is handed out; rewindable where all operands are regular files. */
#ifndef IO_ROW_INPUT_H
#define IO_ROW_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/row_stream.h"
#include "io/word_codes.h"

struct row_input_settings {
    const struct row_format *format; /* copied; its lists are kept by the caller until the stream is freed */
    const char *levels;              /* the words of text columns in the order of their codes, or NULL */
    bool any_names;                  /* names need not agree */
};

/* Opens count >= 1 operands, kept by the caller. NULL: error says why. */
struct row_stream *row_input_open(const char *const *operands, size_t count,
                                  const struct row_input_settings *settings, struct error *error);

/* The words met so far in a text column, or NULL where the column is none. stream: from row_input_open. */
const struct word_codes *row_input_words(const struct row_stream *stream, size_t column);

/* Writes the table code,level of the one text column to a path; none or several are a usage error. Returns 0
 * or -1. */
__attribute__((warn_unused_result)) int row_input_write_levels(const struct row_stream *stream,
                                                               const char *path, struct error *error);

/* Whether an operand is a regular file (or an array of one, "m.npz:array"), which can be opened any number of
 * times, without waiting. */
bool row_input_is_regular(const char *operand);

#endif
