/* The words behind the codes 0, 1, ... of a text column, across files.
 *
 * A reader numbers the words of each file by itself; here they get the same code wherever they stand: in
 * order of first appearance, or in an order that is given, where any other word is an error. */
#ifndef IO_WORD_CODES_H
#define IO_WORD_CODES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct word_codes {
    char **words; /* by code */
    size_t count;
    bool fixed; /* no further words */

    size_t capacity;
    size_t *slots; /* a hash table: code + 1, or 0 */
    size_t slot_count;
};

#define WORD_CODES_NONE                                                                                      \
    { NULL, 0, false, 0, NULL, 0 }

/* Starts with a list as typed, "setosa,versicolor" (NULL: no words, more may come). A word twice is an error.
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int word_codes_start(struct word_codes *codes, const char *list,
                                                         struct error *error);

/* The code of the word, which is given the next one where it is new. Returns 1; 0 where the words are fixed
 * and this is none of them; -1. */
__attribute__((warn_unused_result)) int word_codes_find(struct word_codes *codes, const char *word,
                                                        size_t *code, struct error *error);

/* An all-zero one is fine. */
void word_codes_free(struct word_codes *codes);

#endif
