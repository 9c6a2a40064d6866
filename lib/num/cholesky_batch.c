#include "num/cholesky_batch.h"

#include <math.h>

#include "num/lanes.h"

enum { VECTORS = CHOLESKY_BATCH / LANES };

/* sum -= a[k] b[k] over count entries of eight lanes. */
ALWAYS_INLINE void subtract_products(size_t count, const double *a, const double *b, lanes *sum) {
    for (size_t k = 0; k < count; k++, a += CHOLESKY_BATCH, b += CHOLESKY_BATCH)
        LANES_UNROLL
    for (size_t v = 0; v < VECTORS; v++)
        sum[v] -= lanes_load(a + v * LANES) * lanes_load(b + v * LANES);
}

ALWAYS_INLINE void load(const double *values, lanes *loaded) {
    LANES_UNROLL
    for (size_t v = 0; v < VECTORS; v++)
        loaded[v] = lanes_load(values + v * LANES);
}

ALWAYS_INLINE void store_scaled(const lanes *values, const double *factor, double *stored) {
    LANES_UNROLL
    for (size_t v = 0; v < VECTORS; v++)
        lanes_store(stored + v * LANES, values[v] * lanes_load(factor + v * LANES));
}

INSTRUCTION_SETS int cholesky_batch_factor(size_t n, double *a) {
    int status = 0;
    for (size_t i = 0; i < n; i++) {
        double *row = a + cholesky_batch_at(i, 0);
        lanes sum[VECTORS];
        for (size_t j = 0; j < i; j++) {
            const double *other = a + cholesky_batch_at(j, 0);
            load(row + j * CHOLESKY_BATCH, sum);
            subtract_products(j, row, other, sum);
            store_scaled(sum, other + j * CHOLESKY_BATCH, row + j * CHOLESKY_BATCH);
        }
        double *diagonal = row + i * CHOLESKY_BATCH;
        load(diagonal, sum);
        subtract_products(i, row, row, sum);
        for (size_t lane = 0; lane < CHOLESKY_BATCH; lane++) {
            double pivot = sum[lane / LANES][lane % LANES];
            if (!(pivot > 0) || pivot == INFINITY)
                status = -1;
            diagonal[lane] = 1 / sqrt(pivot);
        }
        if (status < 0)
            return status;
    }
    return status;
}

INSTRUCTION_SETS void cholesky_batch_solve_lower(size_t n, const double *factor, double *b) {
    for (size_t i = 0; i < n; i++) {
        const double *row = factor + cholesky_batch_at(i, 0);
        lanes sum[VECTORS];
        load(b + i * CHOLESKY_BATCH, sum);
        subtract_products(i, row, b, sum);
        store_scaled(sum, row + i * CHOLESKY_BATCH, b + i * CHOLESKY_BATCH);
    }
}

INSTRUCTION_SETS void cholesky_batch_solve_upper(size_t n, const double *factor, double *b) {
    for (size_t i = n; i-- > 0;) {
        const double *row = factor + cholesky_batch_at(i, 0);
        double *solved = b + i * CHOLESKY_BATCH;
        lanes value[VECTORS];
        load(solved, value);
        store_scaled(value, row + i * CHOLESKY_BATCH, solved);
        for (size_t j = 0; j < i; j++) {
            double *entry = b + j * CHOLESKY_BATCH;
            LANES_UNROLL
            for (size_t v = 0; v < VECTORS; v++)
                lanes_store(entry + v * LANES,
                            lanes_load(entry + v * LANES) - lanes_load(row + j * CHOLESKY_BATCH + v * LANES) *
                                                                lanes_load(solved + v * LANES));
        }
    }
}
