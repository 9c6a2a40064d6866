/* A stage that puts densities, or distribution functions, in the place of the rows it takes. */
#ifndef DENSITY_KERNEL_VALUE_STAGE_H
#define DENSITY_KERNEL_VALUE_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "density/kernel_distribution.h"
#include "density/kernel_evaluation.h"
#include "io/row_stream.h"

/* What to compute of each row; the caller's until the chain is freed. */
struct kernel_values {
    struct kernel_evaluation *evaluation;           /* or NULL, and then: */
    const struct kernel_distribution *distribution; /* a column `cdf` */
    const char *name; /* of what the rows come from: no row at all is an error. NULL: it is none */
    size_t threads;
    bool leave_one_out; /* row i of the chain is point i, and is left out */
    bool coordinates;   /* the row itself stands before its values */
};

__attribute__((warn_unused_result)) int
kernel_value_stage_push(struct row_stream **chain, const struct kernel_values *values, struct error *error);

#endif
