/* The header of an NPY array (NumPy Enhancement Proposal 1; numpy.lib.format, versions 1.0, 2.0 and 3.0).
 *
 * Eight bytes of magic and version, the length of what follows (2 bytes in version 1, else 4), and a Python
 * dict as text: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }. */
#ifndef IO_NPY_HEADER_H
#define IO_NPY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "io/npy_type.h"

enum {
    NPY_MAGIC_SIZE = 6,
    NPY_RANK_MAX = 32,         /* NumPy's own limit until version 2 */
    NPY_RANK_WRITTEN_MAX = 8,  /* by npy_header_write */
    NPY_HEADER_SIZE_MAX = 256, /* of npy_header_write */
    NPY_HEADER_MATRIX = 128,   /* of npy_header_write_matrix, whatever the counts */
};

struct npy_header {
    struct npy_type type;
    bool fortran_order;
    size_t rank; /* 0: a scalar */
    size_t shape[NPY_RANK_MAX];
    size_t count; /* the product of shape */
    size_t bytes; /* of the data that follow: count x type.size; fits a size_t */
    /* As a matrix: a vector is a column, a scalar 1 x 1, three and more dimensions keep the first as rows and
     * lay the others side by side. A row's bytes fit a size_t. */
    size_t rows, columns;
};

/* Where a header is read from. */
struct npy_header_input {
    /* Reads exactly count bytes, fewer only at the end of the input; returns their number, or -1 with the
     * error set and its place named. */
    ssize_t (*read)(void *context, void *buffer, size_t count, struct error *error);
    void *context;
    const char *place; /* put before what is wrong with the header: "p.npy" */
};

/* Whether the bytes shown begin an array: the magic, or as much of it as there is. */
bool npy_header_begins(const unsigned char *bytes, size_t count);

/* Reads one header and no byte more. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
npy_header_read(struct npy_header *header, const struct npy_header_input *input, struct error *error);

/* Writes the header of an array in C order to buffer (NPY_HEADER_SIZE_MAX bytes) and returns its length, a
 * multiple of 64. The length leaves room for the first dimension to grow to 19 digits, so that a header
 * written before the rows are counted can be written over. Version 1.0.
 *
 *   type  "<f8", "<f4", "<U3" */
size_t npy_header_write(unsigned char *buffer, const char *type, size_t rank, const uint64_t *shape);

/* The same for a matrix; always NPY_HEADER_MATRIX bytes. */
void npy_header_write_matrix(unsigned char *buffer, const char *type, uint64_t rows, uint64_t columns);

#endif
