#include "support/random_rows.h"

#include <assert.h>

#include "base/random.h"

enum { COLUMNS_MAX = 4096 };

void random_row(uint64_t seed, double concentration, size_t columns, double *row) {
    double concentrations[COLUMNS_MAX];
    struct random_stream stream;
    assert(columns <= COLUMNS_MAX);
    for (size_t i = 0; i < columns; i++)
        concentrations[i] = concentration;
    random_start(&stream, seed, "tests", "rows", columns);
    random_dirichlet(&stream, columns, concentrations, row);
}
