/* Lists of columns as typed: "3,1,5-7,name,-2".
 *
 * An item is a number (from 1), a number from the end (-1 is the last), a range of either (5-7, 7-5, 2--1),
 * or a name. A name may hold anything: where an item is neither number, range nor name up to the next comma,
 * the commas that follow are taken to be part of it; in quotes ("a,b", "3") it is a name in any case. */
#ifndef IO_COLUMN_LIST_H
#define IO_COLUMN_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Columns counted from 0, in the order asked for, repeats included. */
struct column_list {
    size_t *indices;
    size_t count, capacity;
};

/* Reads a list of columns of a matrix `width` wide.
 *
 *   names  width names, or NULL where there are none
 *
 * Returns 0, or -1 with nothing to free: a malformed list is a usage error; a column that is not there is
 * named, with the nearest name. */
__attribute__((warn_unused_result)) int column_list_read(struct column_list *list, const char *typed,
                                                         size_t width, const char *const *names,
                                                         struct error *error);

/* Whether the list cannot be of numbers and ranges alone: then the columns must have names. */
bool column_list_names(const char *typed);

/* What is handed out: the columns in the list (all where columns is NULL) without those in exclude (none
 * where NULL). None left is an error. */
__attribute__((warn_unused_result)) int column_list_choose(struct column_list *list, const char *columns,
                                                           const char *exclude, size_t width,
                                                           const char *const *names, struct error *error);

/* Frees the indices; an all-zero list is fine. */
void column_list_free(struct column_list *list);

#endif
