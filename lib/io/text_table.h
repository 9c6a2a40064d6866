/* A table of words and numbers as CSV, field by field; for results that are no matrix. */
#ifndef IO_TEXT_TABLE_H
#define IO_TEXT_TABLE_H

#include <stddef.h>

#include "base/error.h"
#include "base/stream_options.h"

struct text_table;

/* Opens layout->path (NULL: standard output) and writes the names, unless layout->no_names. layout->gzip and
 * digits count, and no more of it. NULL: error says why. */
struct text_table *text_table_open(const struct row_layout *layout, size_t columns, const char *const *names,
                                   struct error *error);

/* Writes the next field; a row ends with its last column by itself. Words that need quotes get them. */
__attribute__((warn_unused_result)) int text_table_word(struct text_table *table, const char *word,
                                                        struct error *error);
__attribute__((warn_unused_result)) int text_table_number(struct text_table *table, double number,
                                                          struct error *error);

/* Ends and names the output. Returns 0 or -1; frees the table in any case. */
__attribute__((warn_unused_result)) int text_table_close(struct text_table *table, struct error *error);

/* Frees the table and leaves nothing under the output's name. NULL does nothing. */
void text_table_discard(struct text_table *table);

#endif
