/* Random distributions for tests. */
#ifndef SUPPORT_RANDOM_ROWS_H
#define SUPPORT_RANDOM_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* One row of Dirichlet(concentration, ..): near 1 spread evenly, far below 1 nearly all mass in one entry and
 * others down to 1e-300 and 0. Equal seeds give equal rows. */
void random_row(uint64_t seed, double concentration, size_t columns, double *row);

#endif
