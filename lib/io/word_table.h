/* Words and their codes 0, 1, ... in order of first appearance. */
#ifndef IO_WORD_TABLE_H
#define IO_WORD_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct word_table {
    char **words; /* count of them, by code, each ended by a zero byte */
    size_t count, capacity;
    uint64_t *hashes; /* of the words, by code */
    size_t hash_capacity;
    uint32_t *slots; /* code + 1, or 0 where free; a power of two of them, at most half in use */
    size_t slot_count;
};

enum { WORD_TABLE_MAX = 1 << 30 };

/* The code of the word, a new one where it is new, or -1 with the error set. */
int64_t word_table_code(struct word_table *table, const char *text, size_t length, struct error *error);

/* Frees the words; an all-zero table is fine. */
void word_table_free(struct word_table *table);

#endif
