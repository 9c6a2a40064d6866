/* Rows of an NPY array in Fortran order, where a column (or what of three and more dimensions is laid side by
 * side as one) stands together in the file.
 *
 * From a regular file, a block of rows is gathered by reading its part of each column; memory is bounded.
 * From elsewhere, and where it is small, the array is read whole. */
#ifndef IO_NPY_FORTRAN_H
#define IO_NPY_FORTRAN_H

#include <stddef.h>

#include "base/error.h"
#include "io/byte_source.h"
#include "io/npy_header.h"

struct npy_fortran;

/* The source stands at the array's first byte, and afterwards behind its last. The array has at least a row
 * and a column. The header is copied, the source stays the caller's. NULL: error says why. */
struct npy_fortran *npy_fortran_open(struct byte_source *source, const struct npy_header *header,
                                     struct error *error);

/* The next block: row_count >= 1 rows, valid until the next call; not to be called behind the last row.
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int npy_fortran_next(struct npy_fortran *fortran, const double **rows,
                                                         size_t *row_count, struct error *error);

/* Passes over rows, no more than are left. */
void npy_fortran_skip(struct npy_fortran *fortran, size_t rows);

/* NULL does nothing. */
void npy_fortran_close(struct npy_fortran *fortran);

/* Rows first .. first + count - 1 of an array whose columns stand together, row-major.
 *
 *   sliced  the columns in the order of the file, one every `length` values
 *   values  count x columns, written */
void npy_fortran_transpose(const struct npy_header *header, const double *sliced, size_t length, size_t first,
                           size_t count, double *values);

#endif
