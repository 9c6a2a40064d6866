/* Rows of a CSV, parsed on several threads, handed out in the order of the file. */
#ifndef IO_CSV_READER_H
#define IO_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stream_options.h"
#include "io/byte_source.h"
#include "io/csv_plan.h"

struct csv_reader;

/* A block of rows and where it came from. */
struct csv_block {
    const double *rows;
    size_t row_count;
};

/* Reads the first record. The source and the format's texts stay the caller's. NULL: error says why. */
struct csv_reader *csv_reader_open(struct byte_source *source, const struct row_format *format,
                                   struct error *error);

/* What is done with the fields: columns, names, sources, tables. */
const struct csv_plan *csv_reader_plan(const struct csv_reader *reader);

/* Returns 1: row_count >= 1 rows, the reader's, valid until the next call; 0: the end; -1. */
__attribute__((warn_unused_result)) int csv_reader_next(struct csv_reader *reader, struct csv_block *block,
                                                        struct error *error);

/* Whether csv_reader_next would return without waiting. The block last handed out stays as it is. */
bool csv_reader_ready(struct csv_reader *reader);

/* The physical line, from 1, of a row of the block last handed out. */
uint64_t csv_reader_line(const struct csv_reader *reader, size_t row);

/* Rows dropped for missing values so far. */
uint64_t csv_reader_rows_skipped(const struct csv_reader *reader);

/* NULL does nothing. */
void csv_reader_close(struct csv_reader *reader);

#endif
