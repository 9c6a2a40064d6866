#include "io/row_weights.h"

#include <inttypes.h>
#include <math.h>

#include "io/decimal.h"

static int check_weights(const struct matrix *weights, const char *path, struct error *error) {
    char number[DECIMAL_SIZE];
    if (weights->columns != 1)
        return error_set(error, "%s has %zu columns; weights are one", path, weights->columns);
    for (size_t i = 0; i < weights->rows; i++) {
        double weight = weights->values[i];
        if (weight >= 0 && !isinf(weight))
            continue;
        number[decimal_print(number, weight)] = '\0';
        return error_set(error, "%s: row %zu: expected a weight of at least 0, got '%s'", path, i + 1,
                         number);
    }
    return 0;
}

int row_weights_read(struct matrix *weights, const char *path, struct error *error) {
    const struct row_format format = {0};
    if (matrix_read(weights, path, &format, error) < 0)
        return -1;
    if (check_weights(weights, path, error) == 0)
        return 0;
    matrix_free(weights);
    return -1;
}

int row_weights_check(const struct matrix *weights, const char *path, uint64_t rows, const char *name,
                      struct error *error) {
    if (weights->rows == rows)
        return 0;
    return error_set(error, "%s has %zu weight%s, %s %" PRIu64 " row%s", path, weights->rows,
                     weights->rows == 1 ? "" : "s", name, rows, rows == 1 ? "" : "s");
}
