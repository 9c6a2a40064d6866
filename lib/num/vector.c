#include "num/vector.h"

#include "num/elementary.h"

enum { PIECE = 1024 }; /* entries worked on at a time: 8 KiB stay in L1 */

INSTRUCTION_SETS void vector_exp(size_t count, const double *x, double *result) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        result[i] = elementary_exp(x[i]);
}

INSTRUCTION_SETS void vector_log(size_t count, const double *x, double *result) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        result[i] = elementary_log(x[i]);
}

INSTRUCTION_SETS void vector_log1p(size_t count, const double *x, double *result) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        result[i] = elementary_log1p(x[i]);
}

INSTRUCTION_SETS void vector_expm1(size_t count, const double *x, double *result) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        result[i] = elementary_expm1(x[i]);
}

INSTRUCTION_SETS void vector_exp_floats(size_t count, const float *x, float *result) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        result[i] = elementary_exp_float(x[i]);
}

INSTRUCTION_SETS void vector_sqrt(size_t count, double *x) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        x[i] = sqrt(x[i]);
}

INSTRUCTION_SETS void vector_scale(size_t count, double factor, double *x) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        x[i] *= factor;
}

/* The largest entry; nan where there is one. */
static INSTRUCTION_SETS double largest(size_t count, const double *x) {
    double lanes[8];
    size_t whole = count - count % 8;
    for (size_t lane = 0; lane < 8; lane++)
        lanes[lane] = -INFINITY;
    uint64_t unordered = 0;
    for (size_t i = 0; i < whole; i += 8) {
#pragma omp simd reduction(| : unordered)
        for (size_t lane = 0; lane < 8; lane++) {
            lanes[lane] = x[i + lane] > lanes[lane] ? x[i + lane] : lanes[lane];
            unordered |= x[i + lane] != x[i + lane];
        }
    }
    double maximum = -INFINITY;
    for (size_t lane = 0; lane < 8; lane++)
        maximum = lanes[lane] > maximum ? lanes[lane] : maximum;
    for (size_t i = whole; i < count; i++) {
        maximum = x[i] > maximum ? x[i] : maximum;
        unordered |= x[i] != x[i];
    }
    return unordered ? NAN : maximum;
}

static INSTRUCTION_SETS void exp_differences(size_t count, const double *x, double shift, double *result) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        result[i] = elementary_exp(x[i] - shift);
}

/* Sum of exp(x - shift), each piece by halves. */
static double sum_exp(size_t count, const double *x, double shift) {
    double powers[PIECE];
    double sum = 0;
    for (size_t start = 0; start < count; start += PIECE) {
        size_t piece = count - start < PIECE ? count - start : PIECE;
        exp_differences(piece, x + start, shift, powers);
        sum += vector_pairwise_sum(piece, powers);
    }
    return sum;
}

double vector_log_sum_exp(size_t count, const double *x) {
    double maximum = largest(count, x);
    if (!isfinite(maximum))
        return maximum;
    return maximum + elementary_log(sum_exp(count, x, maximum));
}

static INSTRUCTION_SETS void differences(size_t count, const double *x, double shift, double temperature,
                                         double *result) {
    if (temperature == 1)
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            result[i] = x[i] - shift;
    else
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            result[i] = (x[i] - shift) / temperature;
}

static INSTRUCTION_SETS void divide(size_t count, double divisor, double *x) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        x[i] /= divisor;
}

/* Rows of at most PIECE entries together, so that narrow rows fill the vectors too. */
static size_t rows_at_once(size_t columns) {
    return columns > 0 && columns < PIECE ? PIECE / columns : 1;
}

/* (x - max of the row) / temperature. */
static void shifted_rows(size_t rows, size_t columns, double temperature, const double *x, double *result) {
    for (size_t row = 0; row < rows; row++, x += columns, result += columns)
        differences(columns, x, largest(columns, x), temperature, result);
}

/* x - x is 0 for numbers that are, else nan. */
INSTRUCTION_SETS bool vector_all_finite(size_t count, const double *x) {
    enum { LANES = 8 };
    double sums[LANES] = {0};
    size_t whole = count / LANES * LANES;
    for (size_t i = 0; i < whole; i += LANES)
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++)
            sums[lane] += x[i + lane] - x[i + lane];
    for (size_t i = whole; i < count; i++)
        sums[0] += x[i] - x[i];
    for (size_t lane = 1; lane < LANES; lane++)
        sums[0] += sums[lane];
    return sums[0] == 0;
}

void vector_softmax(size_t rows, size_t columns, double temperature, const double *x, double *result) {
    size_t step = rows_at_once(columns);
    for (size_t start = 0; start < rows; start += step) {
        size_t group = rows - start < step ? rows - start : step;
        double *block = result + start * columns;
        shifted_rows(group, columns, temperature, x + start * columns, block);
        vector_exp(group * columns, block, block);
        for (size_t row = 0; row < group; row++)
            divide(columns, vector_pairwise_sum(columns, block + row * columns), block + row * columns);
    }
}

void vector_log_softmax(size_t rows, size_t columns, double temperature, const double *x, double *result) {
    double powers[PIECE], sums[PIECE];
    size_t step = rows_at_once(columns);
    for (size_t start = 0; start < rows; start += step) {
        size_t group = rows - start < step ? rows - start : step;
        double *block = result + start * columns;
        shifted_rows(group, columns, temperature, x + start * columns, block);
        if (columns <= PIECE) {
            vector_exp(group * columns, block, powers);
            vector_row_sums(group, columns, powers, sums);
        } else {
            sums[0] = sum_exp(columns, block, 0);
        }
        vector_log(group, sums, sums);
        for (size_t row = 0; row < group; row++)
            differences(columns, block + row * columns, sums[row], 1, block + row * columns);
    }
}
