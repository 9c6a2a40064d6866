/* How a missing value is spelled: nothing at all, nan, NaN, NA, N/A, null, and what --na-values adds. */
#ifndef IO_MISSING_WORDS_H
#define IO_MISSING_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct missing_words {
    const char *added; /* as typed, comma-separated; the caller's; NULL: none */
};

/* Whether the text of a field, blanks and quotes taken off, is one of them. */
bool missing_words_match(const struct missing_words *words, const char *text, size_t length);

#endif
