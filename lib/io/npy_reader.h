/* The rows of the NPY arrays in a stream, one array after another, as one matrix of doubles.
 *
 * All arrays have the same number of columns; their types and orders may differ. Memory is bounded, but for
 * an array in Fortran order that comes through a pipe or from gzip, which is held whole. Headers are believed
 * only as far as bytes come to prove them. */
#ifndef IO_NPY_READER_H
#define IO_NPY_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/byte_source.h"

struct npy_reader;

/* Reads the first header; the source stays the caller's. NULL: error says why ("p.npy: ..."). */
struct npy_reader *npy_reader_open(struct byte_source *source, struct error *error);

size_t npy_reader_columns(const struct npy_reader *reader); /* at least 1 */

/* Of the first array: "f8", "i4", "b1". */
const char *npy_reader_type(const struct npy_reader *reader);

/* The next block: every whole row that is there, some 64 Ki values at most, waiting only while there is none.
 * Returns 1: row_count >= 1 rows (row-major, the reader's, valid until the next call of next, ready or skip);
 * 0: the end; -1. */
__attribute__((warn_unused_result)) int npy_reader_next(struct npy_reader *reader, const double **rows,
                                                        size_t *row_count, struct error *error);

/* Whether a whole row, or the end, is there without waiting. Ends the block last handed out. */
bool npy_reader_ready(struct npy_reader *reader);

/* Whether the two functions below work: the source is a regular file. */
bool npy_reader_seekable(const struct npy_reader *reader);

/* Counts the rows that follow, in this array and those behind it, from their headers alone. Only where
 * seekable. Returns -1 where a header is bad or the file is too short for it; reading goes on all the same.
 */
__attribute__((warn_unused_result)) int npy_reader_rows_ahead(struct npy_reader *reader, uint64_t *rows,
                                                              struct error *error);

/* Passes over rows without reading them; past the end is an error. Only where seekable. */
__attribute__((warn_unused_result)) int npy_reader_skip(struct npy_reader *reader, uint64_t rows,
                                                        struct error *error);

/* Passes over the next rows, at most `most` >= 1 and of one array, for npy_reader_read_at to read: what next
 * would begin with. Returns as next does; but *row_count is 0, and nothing was passed over, where the file is
 * not seekable or does not hold the rows as they are in memory. */
__attribute__((warn_unused_result)) int npy_reader_pass(struct npy_reader *reader, size_t most,
                                                        size_t *row_count, uint64_t *offset,
                                                        struct error *error);

/* Reads rows of those passed over, the first of them at *offset. Callable from several threads at once. */
__attribute__((warn_unused_result)) int npy_reader_read_at(const struct npy_reader *reader, uint64_t offset,
                                                           size_t row_count, double *rows,
                                                           struct error *error);

/* NULL does nothing. */
void npy_reader_close(struct npy_reader *reader);

#endif
