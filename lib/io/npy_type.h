/* Element types of NumPy arrays, and their values as doubles.
 *
 * Read: f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8, b1, in either byte order; U and S (text of fixed width) are
 * recognised. Every value is exact but for 64-bit integers above 2^53 in magnitude, which become the nearest
 * double. */
#ifndef IO_NPY_TYPE_H
#define IO_NPY_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct npy_type {
    char order;  /* '<', '>' or '|', as NumPy spells it */
    char kind;   /* 'f', 'i', 'u', 'b'; 'U', 'S' */
    size_t size; /* bytes an element */
};

enum { NPY_TYPE_SIZE = 24 }; /* room for a type's name, with a zero byte */

/* Reads "<f8" and the like. An error where such elements cannot be read. */
__attribute__((warn_unused_result)) int npy_type_parse(struct npy_type *type, const char *text, size_t length,
                                                       struct error *error);

/* Writes the name as NumPy spells it ("<f8", "|b1", "<U3"), or without the byte order ("f8"). */
void npy_type_print(const struct npy_type *type, bool with_order, char name[NPY_TYPE_SIZE]);

bool npy_type_is_text(const struct npy_type *type);

/* Whether elements are doubles as this machine has them, so that nothing is left to convert. */
bool npy_type_is_double(const struct npy_type *type);

/* Converts count elements of a type of numbers. raw need not be aligned; the arrays may not overlap. */
void npy_type_convert(const struct npy_type *type, size_t count, const unsigned char *raw, double *values);

#endif
