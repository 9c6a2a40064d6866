/* Rows of class probabilities with the label of each, as the beginning of a chain of stages.
 *
 * A row has C checked probabilities (or their logarithms, where distribution_rows_in_logarithms) and then its
 * label, a whole number from 0 on. Labels come from a matrix of one column, or are the last column of P. */
#ifndef DIVERGENCE_LABELLED_ROWS_H
#define DIVERGENCE_LABELLED_ROWS_H

#include "base/command.h"
#include "io/row_stream.h"

/* Labels are smaller: what is kept of classes grows with the largest. */
enum { LABELLED_ROWS_CLASSES_MAX = 1000000 };

/* Opens command's operands, P LABELS or one with the label as its last column. Errors in a row name its file,
 * line and field. NULL: command->error says why. */
struct row_stream *labelled_rows_open(struct command *command);

#endif
