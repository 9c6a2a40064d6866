/* Four doubles worked on side by side, for loops whose sums must stay in registers.
 *
 * A compiler keeps an array of sums in memory where it does not unroll the loop over them, at a third of the
 * speed; a few of these, in loops marked LANES_UNROLL, stay in registers with AVX2 and AVX-512. Operators
 * work elementwise, each rounded once, on every instruction set. */
#ifndef NUM_LANES_H
#define NUM_LANES_H

#include <string.h>

#include "base/instruction_sets.h"

enum { LANES = 4 };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

/* Before a loop of at most eight steps, their number known. */
#define LANES_UNROLL _Pragma("GCC unroll 8")

ALWAYS_INLINE lanes lanes_load(const double *values) {
    lanes loaded;
    memcpy(&loaded, values, sizeof loaded);
    return loaded;
}

ALWAYS_INLINE void lanes_store(double *values, lanes stored) {
    memcpy(values, &stored, sizeof stored);
}

#endif
