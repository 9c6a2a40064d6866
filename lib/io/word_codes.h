/* The words behind the codes 0, 1, ... of a text column, across files.
 *
 * A reader numbers the words of each file by itself; here they get the same code wherever they stand: in
 * order of first appearance, or in an order that is given, where any other word is an error. */
#ifndef IO_WORD_CODES_H
#define IO_WORD_CODES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/word_table.h"

struct word_codes {
    struct word_table table;
    size_t fixed; /* how many words are allowed; 0: any number */
};

/* Starts with a list as typed, "setosa,versicolor" (NULL: no words, more may come). A word twice is a usage
 * error. Returns 0 or -1. */
__attribute__((warn_unused_result)) int word_codes_start(struct word_codes *codes, const char *list,
                                                         struct error *error);

/* The code of the word, which is given the next one where it is new. Returns 1; 0 where the words are fixed
 * and this is none of them; -1. */
__attribute__((warn_unused_result)) int word_codes_find(struct word_codes *codes, const char *word,
                                                        size_t *code, struct error *error);

/* An all-zero one is fine. */
void word_codes_free(struct word_codes *codes);

#endif
