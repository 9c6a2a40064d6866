/* The known name nearest to a mistyped one. */
#ifndef BASE_NEAREST_NAME_H
#define BASE_NEAREST_NAME_H

#include <stddef.h>

/* The name (one of count, in order) at the least edit distance (insertions, deletions, substitutions, swaps
 * of neighbours: Damerau 1964) from typed, or NULL where the least is more than a third of the longer length,
 * rounded up. */
const char *nearest_name(const char *typed, const char *const *names, size_t count);

#endif
