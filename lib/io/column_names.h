/* Names of a result's columns, made one after another: "label", "score_1", "score_2", ... */
#ifndef IO_COLUMN_NAMES_H
#define IO_COLUMN_NAMES_H

#include <stddef.h>

#include "base/error.h"

/* All zero is an empty list. */
struct column_names {
    char **names;
    size_t count, capacity;
};

/* Adds one name. Returns 0 or -1; what was added before stays. */
__attribute__((warn_unused_result)) int column_names_add(struct column_names *list, const char *name,
                                                         struct error *error);

/* Adds a name made of a text and a number. */
__attribute__((warn_unused_result)) int column_names_add_number(struct column_names *list, const char *text,
                                                                size_t number, struct error *error);

/* Adds text1 .. textN, N = count. */
__attribute__((warn_unused_result)) int column_names_add_range(struct column_names *list, const char *text,
                                                               size_t count, struct error *error);

/* Frees what the list holds. */
void column_names_free(struct column_names *list);

#endif
