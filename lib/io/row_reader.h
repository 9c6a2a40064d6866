/* A matrix of doubles, row block by row block, from CSV or NPY, plain or gzipped, file or pipe, or one array
 * of an NPZ ("model.npz:means"). The format is told by the first bytes; which it is, no caller needs to know.
 *
 * Memory is bounded whatever the length (a Fortran-ordered NPY from a pipe and an NPZ array are held whole).
 * A reader hands out every complete line it was given before it waits for more; where data come fast, in
 * large blocks, parsed on several threads. Where blocks end is not part of the result: sums over rows must
 * not depend on it.
 *
 * CSV beyond what the format's options say: a blank delimiter means runs of blanks; blanks around fields are
 * no part of them. A first record is a header where it must be (it is said to be, or a list names a column),
 * and where one of the fields to be read as numbers is neither number nor missing value (of all fields, where
 * none is to be read as a number): so a column of words that is left out or read as text does not turn a
 * first row into names, and a header of words over words alone is told, but must be denied (HEADER_ABSENT)
 * where there is none. The words for missing values stand for them in text columns too. Lines over 64 MiB or
 * 4 Mi fields are refused. A part (shards) of a file has the lines that begin in its share of the bytes, the
 * header apart; quoted fields may not run over lines there. */
#ifndef IO_ROW_READER_H
#define IO_ROW_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stream_options.h"

enum matrix_format { MATRIX_CSV, MATRIX_NPY };

/* What is open, and the block last handed out. Read only. */
struct row_reader {
    const double
        *rows; /* row_count x columns, row-major; valid until row_reader_next, or _ready, is called */
    size_t row_count;
    size_t columns;           /* after columns/exclude */
    const char *const *names; /* columns names, or NULL where the input has none */
    uint64_t rows_before;     /* rows handed out before this block */
    uint64_t rows_skipped;    /* dropped for missing values so far */
    const char *name;         /* for messages: the operand as typed, "-" */
    enum matrix_format format;
    const char *type; /* "f8", "i4", ...; "text" for CSV */
    bool compressed;
};

/* Opens an operand. Reads as far as the width and the names are known; no row yet. NULL: error says why;
 * empty input is an error ("-: no rows"); a CSV of a header alone opens, and has no rows. */
struct row_reader *row_reader_open(const char *operand, const struct row_format *format, struct error *error);

/* The next block. Returns 1: row_count >= 1 rows; 0: the end; -1: the error names file, line (or row) and
 * field. */
__attribute__((warn_unused_result)) int row_reader_next(struct row_reader *reader, struct error *error);

/* As row_reader_next, but rows that a regular file holds as they are wanted may be left there, at most `most`
 * of them: reader->rows is NULL then, and row_reader_read reads them. So each thread reads what it works on,
 * where its processor needs it. */
__attribute__((warn_unused_result)) int row_reader_next_unread(struct row_reader *reader, size_t most,
                                                               struct error *error);

/* Reads count rows of a block that was left unread, from row `first` of it on, into room (count x columns).
 * Callable from several threads at once. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_reader_read(const struct row_reader *reader, size_t first,
                                                        size_t count, double *room, struct error *error);

/* Missing values among rows so read are nan, and refused by this, where the format does: who looks at every
 * value anyway asks only where one is out of order. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_reader_check(const struct row_reader *reader, size_t first,
                                                         size_t count, const double *rows,
                                                         struct error *error);

/* Whether row_reader_next would return without waiting for a slow writer upstream: flush output before it is
 * called when not. */
bool row_reader_ready(struct row_reader *reader);

/* Sets an error about what was read in the block at hand: "p.csv:7: " (or "p.npy: row 7: ") and, where column
 * is not ROW_READER_NO_COLUMN, "field 3: " as counted in the file, then the text. Returns -1. */
#define ROW_READER_NO_COLUMN ((size_t)-1)
__attribute__((format(printf, 5, 6))) int row_reader_error(const struct row_reader *reader,
                                                           struct error *error, size_t row, size_t column,
                                                           const char *format, ...);

/* The words behind the codes of a text column (index after columns/exclude): *count words, growing as rows
 * are read. NULL: not a text column. */
const char *const *row_reader_levels(const struct row_reader *reader, size_t column, size_t *count);

/* Rows that are known to follow, or -1 where only the end will tell. */
int64_t row_reader_rows_ahead(const struct row_reader *reader);

/* Sets the error of two matrices whose widths differ: "p.csv has 2 columns, q.csv 1". Returns -1. */
int row_reader_widths_error(struct error *error, const char *left, size_t left_columns, const char *right,
                            size_t right_columns);

/* NULL does nothing. */
void row_reader_close(struct row_reader *reader);

#endif
