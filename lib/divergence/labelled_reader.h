/* Rows of a matrix P with the label of each, read side by side: labels come from a matrix of one column, or
 * are the last column of P. */
#ifndef DIVERGENCE_LABELLED_READER_H
#define DIVERGENCE_LABELLED_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "io/row_reader.h"

/* Read only for all but these functions. */
struct labelled_reader {
    struct row_reader *rows, *labels; /* labels NULL: the last column of rows, or none are wanted */
    size_t columns;                   /* of P, its labels left out */
    size_t rows_used, labels_used;    /* of the readers' blocks */
    uint64_t total;                   /* rows taken */
};

/* Opens command's operands: P LABELS, or one with the labels as its last column; where labelled is false, P
 * alone. Returns 0, or -1 with command->error set; close it in either case. */
__attribute__((warn_unused_result)) int labelled_reader_open(struct labelled_reader *reader,
                                                             struct command *command, bool labelled);

/* Sees to it that there are rows at hand. Returns how many, 0 at the end, or -1: also where one matrix ends
 * before the other. */
__attribute__((warn_unused_result)) int64_t labelled_reader_fill(struct labelled_reader *reader,
                                                                 struct error *error);

/* The values of a row at hand. */
const double *labelled_reader_row(const struct labelled_reader *reader, size_t row);

/* The label of a row at hand: a whole number below `classes`. Returns 0, or -1 where it is none. */
__attribute__((warn_unused_result)) int labelled_reader_label(const struct labelled_reader *reader,
                                                              size_t row, size_t classes, double *label,
                                                              struct error *error);

/* A fault of a row at hand, as row_reader_error. Returns -1. */
__attribute__((format(printf, 5, 6))) int labelled_reader_error(const struct labelled_reader *reader,
                                                                struct error *error, size_t row,
                                                                size_t column, const char *format, ...);

/* Passes over rows at hand. */
void labelled_reader_take(struct labelled_reader *reader, size_t rows);

/* Whether labelled_reader_fill would return without waiting. */
bool labelled_reader_ready(struct labelled_reader *reader);

/* Of an all-zero struct nothing. */
void labelled_reader_close(struct labelled_reader *reader);

#endif
