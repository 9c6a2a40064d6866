/* Whether the arrays of a model are what its kind asks for. */
#ifndef NUM_MODEL_CHECK_H
#define NUM_MODEL_CHECK_H

#include "base/error.h"
#include "io/npz.h"

/* Reads the model as the filters that use it do, where its `kind` is known (gmm, scale); a kind that is not
 * known, or none, passes. Returns 0, or -1 with what that reader said. */
__attribute__((warn_unused_result)) int model_check(const struct npz *npz, struct error *error);

#endif
