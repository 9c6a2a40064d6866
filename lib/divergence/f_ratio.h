/* A stage that takes each entry of a matrix for a density ratio r > 0 and writes h(r), f(r) or f'(r), or for
 * a slope t and writes the conjugate f*(t). */
#ifndef DIVERGENCE_F_RATIO_H
#define DIVERGENCE_F_RATIO_H

#include "divergence/f_generator.h"
#include "io/row_stream.h"

enum f_ratio_output { F_RATIO_WEIGHT, F_RATIO_FUNCTION, F_RATIO_DERIVATIVE, F_RATIO_CONJUGATE };

/* Puts the stage on top of the chain. Ratios that are not positive and finite, and slopes that are not
 * finite, are refused with their place. Returns 0 or -1. */
__attribute__((warn_unused_result)) int f_ratio_push(struct row_stream **chain,
                                                     const struct f_generator *generator,
                                                     enum f_ratio_output output, size_t threads,
                                                     struct error *error);

#endif
