#include "process/value_range.h"

#include <inttypes.h>
#include <math.h>

/* Its square is a double still, and room is left for sums and for lengthscales. */
static const double largest = 1e150;

int value_range_check(double value, uint64_t row, size_t column, struct error *error) {
    if (!isfinite(value))
        return error_set(error, "row %" PRIu64 ": column %zu is not finite", row, column);
    if (fabs(value) > largest)
        return error_set(error, "row %" PRIu64 ": column %zu is %g: more than 1e150 in size", row, column,
                         value);
    return 0;
}

int value_range_refuse(size_t count, const struct value_range_inputs *inputs, struct error *error) {
    size_t file = 0, at = 0;
    for (size_t f = 0; f < count; f++)
        for (size_t i = 0; i < inputs[f].rows * inputs[f].columns; i++)
            if (fabs(inputs[f].values[i]) > fabs(inputs[file].values[at])) {
                file = f;
                at = i;
            }
    const struct value_range_inputs *found = &inputs[file];
    return error_set(error, "%s: row %" PRIu64 ": the result is not finite, input %zu being %g", found->name,
                     found->before + at / found->columns + 1, at % found->columns + 1, found->values[at]);
}
