/* A piece of CSV text, whole lines, parsed into rows. Pieces are parsed on several threads and handed out in
 * order. */
#ifndef IO_CSV_PIECE_H
#define IO_CSV_PIECE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/csv_plan.h"
#include "io/csv_record.h"

enum csv_piece_end {
    CSV_PIECE_WHOLE, /* all of it is parsed */
    CSV_PIECE_OPEN,  /* a quote is open at the end: the cut was inside a field */
    CSV_PIECE_ERROR  /* a record is wrong, or memory is short */
};

/* What is wrong where the plan wants each record on one line. */
#define CSV_PIECE_JOINED "a quoted field runs over a line's end: such a file cannot be read in parts"

/* Row `row` begins on line `line` of the piece (counted from 0), and those after it on the lines that follow,
 * up to the next jump. */
struct csv_line_jump {
    size_t row, line;
};

/* Lives for many pieces: the arrays are kept. */
struct csv_piece {
    const char *begin, *end; /* whole lines; end[-1] is a newline, or the piece is empty */

    /* Set by csv_piece_parse. */
    double *values; /* rows x plan->columns */
    size_t value_capacity;
    size_t rows;
    size_t rows_skipped; /* for missing values */
    size_t lines;        /* before `stopped` */
    struct csv_line_jump *jumps;
    size_t jump_count, jump_capacity;
    enum csv_piece_end how;
    const char *stopped; /* end, or the record that is open or wrong */
    struct error error;  /* CSV_PIECE_ERROR: without the place */

    struct csv_record record; /* workspace */
    double *fields;           /* workspace: a value for each field of the file */
    size_t field_capacity;
    char *word; /* workspace */
    size_t word_capacity;
};

/* Parses begin .. end. Rows before one that is wrong are there all the same. The plan is not changed but for
 * its tables of words: with those, pieces are parsed one after another. */
void csv_piece_parse(struct csv_piece *piece, const struct csv_plan *plan);

/* The line of a row, counted from 0 at the piece's first. */
size_t csv_piece_line(const struct csv_piece *piece, size_t row);

/* Frees the arrays; an all-zero piece is fine. */
void csv_piece_free(struct csv_piece *piece);

#endif
