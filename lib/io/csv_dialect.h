/* Told from the first record of a CSV: how it is written. */
#ifndef IO_CSV_DIALECT_H
#define IO_CSV_DIALECT_H

#include "base/error.h"
#include "base/stream_options.h"
#include "io/csv_syntax.h"

/* The delimiter is the one forced, else the first of , TAB ; | (not the comma where it is the decimal point)
 * that is in the record outside quotes, else blanks where it has some inside, else a comma that never comes.
 *
 *   text .. end  the record, with its newline
 *
 * Returns 0, or -1: numbers are written with decimal commas and nobody said so; the options clash. */
__attribute__((warn_unused_result)) int csv_dialect_detect(struct csv_syntax *syntax, const char *text,
                                                           const char *end, const struct row_format *format,
                                                           struct error *error);

#endif
