/* Potentials to start exact transport from: those of a sample of the points.
 *
 * Greedy starts see which pairs are near, not what the whole plan wants of them, and simplex takes many
 * pivots to find out. A quarter of the sources and targets, solved exactly (and started in this very way),
 * tells at a sixteenth of the work. */
#ifndef NUM_EXACT_TRANSPORT_COARSE_H
#define NUM_EXACT_TRANSPORT_COARSE_H

#include <stdbool.h>

#include "base/error.h"
#include "num/exact_transport.h"

/* Writes a potential for each target. Returns 1, or 0 where a start is not worth its time or the sample
 * says nothing of a target, the potentials then being undefined, or -1 where memory fails. */
__attribute__((warn_unused_result)) int
exact_transport_coarse_potentials(const struct exact_transport_problem *problem, double *potentials,
                                  struct error *error);

#endif
