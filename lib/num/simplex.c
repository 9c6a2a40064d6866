#include "num/simplex.h"

#include <math.h>
#include <stdint.h>

#include "num/elementary.h"
#include "num/vector.h"

enum { PIECE = 512, LANES = 8, NARROW = 24 };

/* A row at a glance: its sum, good to 1e-10 or so, and how many entries are not >= 0. */
struct glance {
    double sum, faulty;
};

static INSTRUCTION_SETS struct glance look(size_t count, const double *p) {
    double sum[LANES] = {0}, faulty[LANES] = {0};
    size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++) {
            sum[lane] += p[i + lane];
            faulty[lane] += p[i + lane] >= 0 ? 0.0 : 1.0;
        }
    }
    struct glance glance = {0, 0};
    for (size_t i = whole; i < count; i++) {
        glance.sum += p[i];
        glance.faulty += p[i] >= 0 ? 0 : 1;
    }
    for (size_t lane = 0; lane < LANES; lane++) {
        glance.sum += sum[lane];
        glance.faulty += faulty[lane];
    }
    return glance;
}

/* The first entry that is negative, nan or inf; returns true where there is none. */
static bool sound_entries(size_t row, size_t columns, const double *p, struct simplex_fault *fault) {
    for (size_t column = 0; column < columns; column++) {
        if (p[column] >= 0 && p[column] < INFINITY)
            continue;
        bool finite = p[column] > -INFINITY && p[column] < INFINITY;
        *fault =
            (struct simplex_fault){finite ? SIMPLEX_NEGATIVE : SIMPLEX_NOT_FINITE, row, column, p[column]};
        return false;
    }
    return true;
}

static bool sound_row(size_t row, size_t columns, const double *p, struct simplex_fault *fault) {
    struct glance glance = look(columns, p);
    if (glance.faulty == 0 && fabs(glance.sum - 1) <= SIMPLEX_TOLERANCE)
        return true;
    if (sound_entries(row, columns, p, fault))
        *fault = (struct simplex_fault){SIMPLEX_SUM, row, 0, vector_sum(columns, p)};
    return false;
}

/* Whether rows too narrow to fill vectors are sound, all of them looked at together. */
static bool sound_block(size_t rows, size_t columns, const double *p) {
    double sums[PIECE];
    if (look(rows * columns, p).faulty > 0)
        return false;
    vector_row_sums(rows, columns, p, sums);
    double off = 0;
    for (size_t row = 0; row < rows; row++)
        off += fabs(sums[row] - 1) <= SIMPLEX_TOLERANCE ? 0 : 1;
    return off == 0;
}

bool simplex_check(size_t rows, size_t columns, const double *p, struct simplex_fault *fault) {
    size_t step = columns > 0 && columns < NARROW ? PIECE / columns : 1;
    for (size_t start = 0; start < rows; start += step) {
        size_t end = rows - start < step ? rows : start + step;
        if (step > 1 && sound_block(end - start, columns, p + start * columns))
            continue;
        for (size_t row = start; row < end; row++)
            if (!sound_row(row, columns, p + row * columns, fault))
                return false;
    }
    return true;
}

/* Sum of exp x, of one row. */
static double sum_exp(size_t count, const double *x) {
    double powers[PIECE];
    double sum = 0;
    for (size_t start = 0; start < count; start += PIECE) {
        size_t piece = count - start < PIECE ? count - start : PIECE;
        vector_exp(piece, x + start, powers);
        sum += vector_pairwise_sum(piece, powers);
    }
    return sum;
}

bool simplex_check_logarithms(size_t rows, size_t columns, const double *log_p, struct simplex_fault *fault) {
    for (size_t row = 0; row < rows; row++, log_p += columns) {
        double sum = sum_exp(columns, log_p);
        if (fabs(sum - 1) <= SIMPLEX_TOLERANCE)
            continue;
        *fault = (struct simplex_fault){SIMPLEX_SUM, row, 0, sum};
        for (size_t column = 0; column < columns; column++) {
            if (log_p[column] <= SIMPLEX_TOLERANCE)
                continue;
            bool finite = log_p[column] < INFINITY;
            *fault = (struct simplex_fault){finite ? SIMPLEX_POSITIVE : SIMPLEX_NOT_FINITE, row, column,
                                            log_p[column]};
            break;
        }
        return false;
    }
    return true;
}

bool simplex_check_logits(size_t rows, size_t columns, const double *logits, struct simplex_fault *fault) {
    for (size_t row = 0; row < rows; row++, logits += columns) {
        if (isfinite(vector_log_sum_exp(columns, logits)))
            continue;
        *fault = (struct simplex_fault){SIMPLEX_SUM, row, 0, 0};
        for (size_t column = 0; column < columns; column++) {
            if (logits[column] < INFINITY)
                continue;
            *fault = (struct simplex_fault){SIMPLEX_NOT_FINITE, row, column, logits[column]};
            break;
        }
        return false;
    }
    return true;
}

bool simplex_normalize(size_t rows, size_t columns, const double *x, double *result,
                       struct simplex_fault *fault) {
    for (size_t row = 0; row < rows; row++, x += columns, result += columns) {
        double sum = vector_pairwise_sum(columns, x);
        if ((look(columns, x).faulty > 0 || !(sum < INFINITY)) && !sound_entries(row, columns, x, fault))
            return false;
        if (!(sum > 0 && sum < INFINITY)) {
            *fault = (struct simplex_fault){SIMPLEX_SUM, row, 0, sum};
            return false;
        }
        for (size_t column = 0; column < columns; column++)
            result[column] = x[column] / sum;
    }
    return true;
}
