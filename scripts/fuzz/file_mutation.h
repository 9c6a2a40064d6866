/* Files made hostile: a copy of a file with a few changes that its format lets through to what lies behind
 * the reader. Text: fields, columns and lines; NPY: single numbers; NPZ: the numbers, shapes and presence of
 * its arrays; anything: bytes changed, cut, repeated. */
#ifndef FUZZ_FILE_MUTATION_H
#define FUZZ_FILE_MUTATION_H

#include "chance.h"

enum { FILE_MUTATION_BYTES_MAX = 1 << 16 };

/* Copies source to target, at most FILE_MUTATION_BYTES_MAX of it, as it is. */
void file_mutation_copy(const char *source, const char *target);

/* The same with changes. */
void file_mutation_change(struct chance *chance, const char *source, const char *target);

#endif
