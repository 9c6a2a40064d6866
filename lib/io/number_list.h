/* A list of numbers as typed: "1,nan,2.5". */
#ifndef IO_NUMBER_LIST_H
#define IO_NUMBER_LIST_H

#include <stddef.h>

#include "base/error.h"

/* Reads it. An option's name is for messages, as in "--lower". Returns 0 with *values the caller's to free,
 * or -1 with a usage error. */
__attribute__((warn_unused_result)) int number_list_read(const char *option, const char *typed,
                                                         double **values, size_t *count, struct error *error);

#endif
