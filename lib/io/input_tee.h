/* Passes an input on, byte by byte, and keeps a copy of it to be read. */
#ifndef IO_INPUT_TEE_H
#define IO_INPUT_TEE_H

#include "base/error.h"

enum { INPUT_TEE_PATH_SIZE = 64 };

/* Copies an operand ("-": standard input) to standard output as it comes, and to a file without a name.
 *
 *   path  INPUT_TEE_PATH_SIZE bytes, written: a name under which this process can read the copy
 *
 * Returns the descriptor of the copy, which the caller closes, or -1. */
__attribute__((warn_unused_result)) int input_tee_copy(const char *operand, char *path, struct error *error);

#endif
