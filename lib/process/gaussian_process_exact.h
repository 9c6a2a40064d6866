/* The exact Gaussian process, a kind of fit (process/gaussian_process_kind.h) by its evidence. */
#ifndef PROCESS_GAUSSIAN_PROCESS_EXACT_H
#define PROCESS_GAUSSIAN_PROCESS_EXACT_H

#include "process/gaussian_process_kind.h"

/* Fills the model's arrays from an evidence after a solve, but not its likelihood. The factor moves from the
 * evidence to the model where `last` is set, and is copied otherwise. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_exact_fill(struct gaussian_process_model *model, struct gaussian_process_evidence *evidence,
                            bool last, struct error *error);

extern const struct gaussian_process_kind gaussian_process_exact_kind;

#endif
