/* Checked allocation: the one place where sizes are multiplied.
 *
 * Everything returned is freed with free(). A request whose size in bytes does not fit a size_t, or
 * that the system refuses, returns NULL with the error set; a count of 0 returns memory that may be freed
 * but not used. Arrays start on a 64-byte boundary, a cache line and the widest vector. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"

enum { MEMORY_ALIGNMENT = 64 };

/* count elements of size bytes, not initialised. */
__attribute__((malloc, warn_unused_result)) void *memory_array(struct error *error, size_t count,
                                                               size_t size);

/* rows x columns elements of size bytes, not initialised. */
__attribute__((malloc, warn_unused_result)) void *memory_matrix(struct error *error, size_t rows,
                                                                size_t columns, size_t size);

/* count elements of size bytes, all zero. */
__attribute__((malloc, warn_unused_result)) void *memory_zeros(struct error *error, size_t count,
                                                               size_t size);

/* Moves old (from here, or NULL) to room for count elements. On failure returns NULL and old stands.
 * The result need not be aligned beyond malloc's own boundary. */
__attribute__((warn_unused_result)) void *memory_resize(struct error *error, void *old, size_t count,
                                                        size_t size);

/* Grows *array, which has room for *capacity elements, to hold at least needed of them, doubling at the
 * least. Returns 0, or -1 with the array as it was. `array` is the address of any pointer to elements. */
__attribute__((warn_unused_result)) int memory_reserve(struct error *error, void *array, size_t *capacity,
                                                       size_t needed, size_t size);

/* A copy of length bytes of text, ended by a zero byte. */
__attribute__((malloc, warn_unused_result)) char *memory_text(struct error *error, const char *text,
                                                              size_t length);

/* Whether an error tells that memory failed: who goes on past other errors must not pass over this one. */
bool memory_ran_out(const struct error *error);

/* Writes a x b; false where it does not fit. */
static inline bool memory_product(size_t a, size_t b, size_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

#endif
