#include "transport/sinkhorn_anderson.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { DEPTH = SINKHORN_ANDERSON_DEPTH };

/* Added to the squares' diagonal, relative to the largest: what is below single precision's rounding squared
 * must not be magnified. */
static const double RIDGE = 1e-13;

int sinkhorn_anderson_create(struct sinkhorn_anderson *anderson, size_t count, const double *weights,
                             struct error *error) {
    *anderson = (struct sinkhorn_anderson){.count = count, .weights = weights};
    anderson->depth = count <= 2 ? 1 : count <= DEPTH ? count - 1 : DEPTH;
    anderson->differences = memory_matrix(error, DEPTH, count, sizeof(double));
    anderson->map_differences = memory_matrix(error, DEPTH, count, sizeof(double));
    anderson->residual = memory_array(error, count, sizeof(double));
    anderson->mapped = memory_array(error, count, sizeof(double));
    if (anderson->differences != NULL && anderson->map_differences != NULL && anderson->residual != NULL &&
        anderson->mapped != NULL)
        return 0;
    sinkhorn_anderson_free(anderson);
    return -1;
}

void sinkhorn_anderson_free(struct sinkhorn_anderson *anderson) {
    free(anderson->differences);
    free(anderson->map_differences);
    free(anderson->residual);
    free(anderson->mapped);
    *anderson = (struct sinkhorn_anderson){0};
}

void sinkhorn_anderson_restart(struct sinkhorn_anderson *anderson) {
    anderson->used = anderson->next = 0;
    anderson->started = false;
}

static double weighted_product(const struct sinkhorn_anderson *anderson, const double *p, const double *q) {
    double sums[8] = {0};
    size_t count = anderson->count, whole = count - count % 8;
    for (size_t i = 0; i < whole; i += 8)
#pragma omp simd
        for (size_t lane = 0; lane < 8; lane++)
            sums[lane] += anderson->weights[i + lane] * p[i + lane] * q[i + lane];
    for (size_t i = whole; i < count; i++)
        sums[i - whole] += anderson->weights[i] * p[i] * q[i];
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/* Solves A x = b for a small positive definite A, whose lower triangle is spoilt. Returns whether it could.
 */
static bool solve(size_t order, double *a, double *b) {
    for (size_t i = 0; i < order; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * DEPTH + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * DEPTH + k] * a[j * DEPTH + k];
            if (i == j && !(sum > 0))
                return false;
            a[i * DEPTH + j] = i == j ? sqrt(sum) : sum / a[j * DEPTH + j];
        }
        for (size_t k = 0; k < i; k++)
            b[i] -= a[i * DEPTH + k] * b[k];
        b[i] /= a[i * DEPTH + i];
    }
    for (size_t i = order; i-- > 0;) {
        for (size_t k = i + 1; k < order; k++)
            b[i] -= a[k * DEPTH + i] * b[k];
        b[i] /= a[i * DEPTH + i];
    }
    return true;
}

/* Keeps residual and map of a point, and their differences from the last one's. */
static void remember(struct sinkhorn_anderson *anderson, const double *point, const double *mapped) {
    size_t count = anderson->count;
    if (anderson->started) {
        double *difference = anderson->differences + anderson->next * count;
        double *map_difference = anderson->map_differences + anderson->next * count;
        for (size_t i = 0; i < count; i++) {
            difference[i] = (mapped[i] - point[i]) - anderson->residual[i];
            map_difference[i] = mapped[i] - anderson->mapped[i];
        }
        anderson->next = (anderson->next + 1) % anderson->depth;
        anderson->used += anderson->used < anderson->depth;
    }
    for (size_t i = 0; i < count; i++)
        anderson->residual[i] = mapped[i] - point[i];
    memcpy(anderson->mapped, mapped, count * sizeof *mapped);
    anderson->started = true;
}

/* The combination of differences that leaves least of the residual; false where there is none. */
static bool combine(const struct sinkhorn_anderson *anderson, double *factors) {
    double squares[DEPTH * DEPTH], largest = 0;
    size_t used = anderson->used, count = anderson->count;
    for (size_t i = 0; i < used; i++) {
        const double *row = anderson->differences + i * count;
        for (size_t j = 0; j <= i; j++)
            squares[i * DEPTH + j] = weighted_product(anderson, row, anderson->differences + j * count);
        factors[i] = weighted_product(anderson, row, anderson->residual);
        largest = fmax(largest, squares[i * DEPTH + i]);
    }
    for (size_t i = 0; i < used; i++)
        squares[i * DEPTH + i] += RIDGE * largest;
    return used > 0 && solve(used, squares, factors);
}

void sinkhorn_anderson_retreat(struct sinkhorn_anderson *anderson, double *point) {
    memcpy(point, anderson->mapped, anderson->count * sizeof *point);
    sinkhorn_anderson_restart(anderson);
}

void sinkhorn_anderson_step(struct sinkhorn_anderson *anderson, double step_max, double *point,
                            const double *mapped) {
    double factors[DEPTH], largest = 0;
    size_t count = anderson->count;
    remember(anderson, point, mapped);
    memcpy(point, mapped, count * sizeof *mapped);
    if (!combine(anderson, factors))
        return;
    for (size_t k = 0; k < anderson->used; k++) {
        const double *difference = anderson->map_differences + k * count;
        for (size_t i = 0; i < count; i++)
            point[i] -= factors[k] * difference[i];
    }
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(point[i] - mapped[i]));
    for (size_t i = 0; i < count && !(largest <= step_max); i++)
        point[i] = mapped[i] + (point[i] - mapped[i]) * (step_max / largest);
}
