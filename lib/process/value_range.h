/* Which numbers a Gaussian process takes, and which it may give: distances and products of inputs are sums of
 * squares, which must stay within the doubles. */
#ifndef PROCESS_VALUE_RANGE_H
#define PROCESS_VALUE_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/instruction_sets.h"

/* Returns 0, or -1 with the error "row R: column C is not finite", or "... is 1e+200: more than 1e150 in
 * size". Rows and columns count from 1. */
int value_range_check(double value, uint64_t row, size_t column, struct error *error);

/* A variance that rounding took below 0 is 0; nan stays, which fmax would make 0 as well. */
ALWAYS_INLINE double value_range_not_negative(double variance) {
    return variance < 0 ? 0 : variance;
}

/* Inputs that results were found from: rows x columns, the first of which is row before + 1 of a file. */
struct value_range_inputs {
    const char *name;
    uint64_t before;
    size_t rows, columns;
    const double *values;
};

/* The error of results that overflowed: names the largest input of count files. Returns -1. */
int value_range_refuse(size_t count, const struct value_range_inputs *inputs, struct error *error);

#endif
