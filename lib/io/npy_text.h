/* NumPy's text elements and UTF-8. */
#ifndef IO_NPY_TEXT_H
#define IO_NPY_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/npy_type.h"

/* One element of type U (code points of 4 bytes) or S (ASCII bytes), zeros behind it left out, as UTF-8 ended
 * by a zero byte; the caller frees it. NULL where it is no text, or holds a zero. */
char *npy_text_decode(const struct npy_type *type, const unsigned char *raw, struct error *error);

/* The code points of UTF-8 text: *count of them, at least 1 (NumPy has no empty text: a zero stands for it),
 * little-endian, 4 bytes each; the caller frees them. NULL where the text is no UTF-8. */
uint32_t *npy_text_encode(const char *text, size_t *count, struct error *error);

#endif
