/* Sums: by halves, and in twice the precision (Ogita, Rump and Oishi 2005, Accurate sum and dot product, SIAM
 * J. Sci. Comput. 26, 1955-1988, algorithms Sum2 and Dot2, over eight fixed lanes). */
#include "num/vector.h"

#include <math.h>
#include <string.h>

#include "num/compensated.h"

enum { LANES = 8, PAIRWISE_BLOCK = 512, SHORT = 8, MEDIUM = 64 };

ALWAYS_INLINE double lanes_sum(const double *lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

ALWAYS_INLINE void lanes_add(double *sum, const double *x, const double *y) {
#pragma omp simd
    for (size_t lane = 0; lane < LANES; lane++)
        sum[lane] = x[lane] + y[lane];
}

/* Sum of LANES <= count <= PAIRWISE_BLOCK values. Neighbouring groups of eight are added first, so that
 * memory is read in order; then half of the groups to the other half. */
static INSTRUCTION_SETS double block_sum(size_t count, const double *x) {
    double folded[PAIRWISE_BLOCK / 2];
    size_t pairs = count / (2 * LANES), groups = (count / LANES + 1) / 2;
    for (size_t i = 0; i < pairs; i++)
        lanes_add(folded + i * LANES, x + 2 * i * LANES, x + (2 * i + 1) * LANES);
    if (groups > pairs)
        memcpy(folded + pairs * LANES, x + 2 * pairs * LANES, LANES * sizeof *x);
    while (groups > 1) {
        size_t half = (groups + 1) / 2;
        for (size_t i = half; i < groups; i++)
            lanes_add(folded + (i - half) * LANES, folded + (i - half) * LANES, folded + i * LANES);
        groups = half;
    }
    double left = 0;
    for (size_t i = count - count % LANES; i < count; i++)
        left += x[i];
    return lanes_sum(folded) + left;
}

ALWAYS_INLINE double short_sum(size_t count, const double *x) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += x[i];
    return sum;
}

/* Eight lanes, then what is left over: for rows too short for the halves to pay. */
static INSTRUCTION_SETS double medium_sum(size_t count, const double *x) {
    double lanes[LANES] = {0}, left = 0;
    size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] += x[i + lane];
    }
    for (size_t i = whole; i < count; i++)
        left += x[i];
    return lanes_sum(lanes) + left;
}

double vector_pairwise_sum(size_t count, const double *x) {
    if (count <= SHORT)
        return short_sum(count, x);
    if (count <= MEDIUM)
        return medium_sum(count, x);
    if (count <= PAIRWISE_BLOCK)
        return block_sum(count, x);
    double sum = 0, carry = 0;
    for (size_t start = 0; start < count; start += PAIRWISE_BLOCK) {
        size_t left = count - start;
        double block = left < PAIRWISE_BLOCK ? vector_pairwise_sum(left, x + start)
                                             : block_sum(PAIRWISE_BLOCK, x + start);
        double next = sum + block;
        carry += compensated_sum_error(sum, block, next);
        sum = next;
    }
    return isfinite(sum) ? sum + carry : sum;
}

void vector_row_sums(size_t rows, size_t columns, const double *x, double *result) {
    if (columns <= SHORT)
        for (size_t row = 0; row < rows; row++)
            result[row] = short_sum(columns, x + row * columns);
    else
        for (size_t row = 0; row < rows; row++)
            result[row] = vector_pairwise_sum(columns, x + row * columns);
}

/* Eight running sums, each with the errors of its additions. */
struct lane_sums {
    double sum[LANES], carry[LANES];
};

static double lane_sums_total(const struct lane_sums *lanes) {
    double sum = 0, carry = 0;
    for (size_t lane = 0; lane < LANES; lane++) {
        double next = sum + lanes->sum[lane];
        carry += compensated_sum_error(sum, lanes->sum[lane], next) + lanes->carry[lane];
        sum = next;
    }
    return sum + carry;
}

ALWAYS_INLINE void lane_sums_add(struct lane_sums *lanes, size_t lane, double value, double error) {
    double next = lanes->sum[lane] + value;
    lanes->carry[lane] += compensated_sum_error(lanes->sum[lane], value, next) + error;
    lanes->sum[lane] = next;
}

static INSTRUCTION_SETS double twofold_sum(size_t count, const double *x) {
    struct lane_sums lanes = {{0}, {0}};
    size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++)
            lane_sums_add(&lanes, lane, x[i + lane], 0);
    }
    for (size_t i = whole; i < count; i++)
        lane_sums_add(&lanes, i - whole, x[i], 0);
    return lane_sums_total(&lanes);
}

double vector_sum(size_t count, const double *x) {
    double sum = twofold_sum(count, x);
    return isfinite(sum) ? sum : short_sum(count, x);
}

static INSTRUCTION_SETS double twofold_dot(size_t count, const double *x, const double *y) {
    struct lane_sums lanes = {{0}, {0}};
    size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++) {
            double product = x[i + lane] * y[i + lane];
            lane_sums_add(&lanes, lane, product,
                          compensated_product_error(x[i + lane], y[i + lane], product));
        }
    }
    for (size_t i = whole; i < count; i++)
        lane_sums_add(&lanes, i - whole, x[i] * y[i], compensated_product_error(x[i], y[i], x[i] * y[i]));
    return lane_sums_total(&lanes);
}

INSTRUCTION_SETS double vector_plain_dot(size_t count, const double *x, const double *y) {
    double lanes[LANES] = {0}, rest = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] += x[i + lane] * y[i + lane];
    for (; i < count; i++)
        rest += x[i] * y[i];
    return lanes_sum(lanes) + rest;
}

double vector_dot(size_t count, const double *x, const double *y) {
    double sum = twofold_dot(count, x, y);
    if (isfinite(sum))
        return sum;
    sum = 0; /* an infinite or nan entry, or one too large to be split */
    for (size_t i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}
