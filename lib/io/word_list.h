/* A list as typed on the command line: words apart by commas; a word in double quotes may hold commas, and
 * quotes doubled ("a, b",c). */
#ifndef IO_WORD_LIST_H
#define IO_WORD_LIST_H

#include <stddef.h>

#include "base/error.h"

struct word_list {
    char **words;
    size_t count;
};

/* Splits the text; n commas make n + 1 words, which may be empty. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int word_list_split(struct word_list *list, const char *text,
                                                        struct error *error);

/* An all-zero one is fine. */
void word_list_free(struct word_list *list);

#endif
