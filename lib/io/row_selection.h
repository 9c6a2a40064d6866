/* A stage that keeps rows by their number: "1:10,20:,-5:-1".
 *
 * Rows are counted from 1, from the end where negative (-1 is the last). Ranges hold both ends, either of
 * which may be left out, "7" is "7:7"; rows come out once each, in input order, whatever the order of the
 * ranges, and ranges that lie beyond the end hold nothing. Counting from the end where the end is not known
 * holds as many rows back as the largest negative count; otherwise nothing is copied, and nothing is read
 * behind the last row that any range holds. */
#ifndef IO_ROW_SELECTION_H
#define IO_ROW_SELECTION_H

#include "io/row_stream.h"

/* Keeps the rows of a list as typed. A list that is none is a usage error ("--rows: ..."). */
__attribute__((warn_unused_result)) int row_selection_push(struct row_stream **chain, const char *list,
                                                           struct error *error);

/* Keeps the first, or the last, count rows. */
__attribute__((warn_unused_result)) int row_selection_push_head(struct row_stream **chain, size_t count,
                                                                struct error *error);
__attribute__((warn_unused_result)) int row_selection_push_tail(struct row_stream **chain, size_t count,
                                                                struct error *error);

#endif
