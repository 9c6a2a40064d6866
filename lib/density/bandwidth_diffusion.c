#include "density/bandwidth_diffusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "num/brent.h"
#include "num/fourier.h"

enum { CELLS = 1 << 14, HIGHEST = 7, LOWEST = 2, SCAN = 240 };

/* Roots are looked for from a hundredth of a cell's width to the whole range. */
static const double log_time_min = -28.6, log_time_max = 0; /* log((0.01 / CELLS)^2) */

struct diffusion {
    double n;
    double squares[CELLS]; /* a_k^2 */
};

/* F_l(t). Terms are added from the smallest k on and end where their exponentials do. */
static double functional(const struct diffusion *diffusion, int l, double t) {
    double sum = 0;
    for (size_t k = 1; k < CELLS; k++) {
        double square = (double)k * (double)k, exponent = square * M_PI * M_PI * t;
        if (exponent > 740)
            break;
        double power = square;
        for (int i = 1; i < l; i++)
            power *= square;
        sum += power * diffusion->squares[k] * exp(-exponent);
    }
    return 2 * pow(M_PI, 2 * l) * sum;
}

/* log of t over the right side of its equation; -infinity where F has vanished. */
static double equation(void *context, double log_t) {
    const struct diffusion *diffusion = context;
    double f = functional(diffusion, HIGHEST, exp(log_t));
    for (int s = HIGHEST - 1; s >= LOWEST; s--) {
        double odd = 1;
        for (int i = 3; i <= 2 * s - 1; i += 2)
            odd *= i;
        double constant = 2 * (1 + pow(2, -s - 0.5)) / 3 * odd / sqrt(2 * M_PI);
        if (!(f > 0))
            return -INFINITY;
        f = functional(diffusion, s, pow(constant / (diffusion->n * f), 2.0 / (3 + 2 * s)));
    }
    return f > 0 ? log_t + 0.4 * log(2 * diffusion->n * sqrt(M_PI) * f) : -INFINITY;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Writes how many values differ from each other, and the least and the largest. */
static int survey(const struct bandwidth_column *column, double *distinct, double *least, double *largest,
                  struct error *error) {
    double *sorted = memory_array(error, column->count, sizeof *sorted);
    if (sorted == NULL)
        return -1;
    memcpy(sorted, column->values, column->count * sizeof *sorted);
    qsort(sorted, column->count, sizeof *sorted, ascending);
    *distinct = 1;
    for (size_t i = 1; i < column->count; i++)
        *distinct += sorted[i] != sorted[i - 1];
    *least = sorted[0];
    *largest = sorted[column->count - 1];
    free(sorted);
    return 0;
}

/* Puts the cells' masses through the transform and leaves their squares. */
static int transform(struct diffusion *diffusion, const struct bandwidth_column *column, double low,
                     double range, struct error *error) {
    int status = -1;
    struct fourier *plan = fourier_create(CELLS, error);
    double *masses = memory_zeros(error, CELLS, sizeof *masses);
    if (plan == NULL || masses == NULL)
        goto done;
    for (size_t i = 0; i < column->count; i++) {
        size_t cell = (size_t)((column->values[i] - low) / range * (CELLS - 1));
        masses[cell] += column->masses != NULL ? column->masses[i] / column->n : 1 / (double)column->count;
    }
    fourier_cosine(plan, masses, diffusion->squares);
    for (size_t k = 0; k < CELLS; k++)
        diffusion->squares[k] *= diffusion->squares[k];
    status = 0;
done:
    fourier_free(plan);
    free(masses);
    return status;
}

/* The smallest root, between the first two points of a grid where the equation goes from below 0 to above. */
static bool smallest_root(struct diffusion *diffusion, double *t) {
    double step = (log_time_max - log_time_min) / SCAN, before = NAN;
    for (size_t i = 0; i <= SCAN; i++) {
        double log_t = log_time_min + (double)i * step, value = equation(diffusion, log_t);
        if (value >= 0 && before < 0 && isfinite(before)) {
            *t = exp(brent_root(equation, diffusion, log_t - step, log_t, 1e-13).x);
            return true;
        }
        before = value;
    }
    return false;
}

int bandwidth_diffusion_choose(const struct bandwidth_column *column, double *bandwidth,
                               struct error *error) {
    int status = -1;
    double distinct, least, largest, t;
    if (bandwidth_column_varies(column, error) < 0 || survey(column, &distinct, &least, &largest, error) < 0)
        return -1;
    double margin = (largest - least) / 10, range = largest - least + 2 * margin;
    struct diffusion *diffusion = memory_array(error, 1, sizeof *diffusion);
    if (diffusion == NULL)
        return -1;
    diffusion->n = column->masses != NULL ? column->n : distinct;
    if (transform(diffusion, column, least - margin, range, error) < 0)
        goto done;
    if (smallest_root(diffusion, &t)) {
        *bandwidth = range * sqrt(t);
        status = 0;
    } else {
        error_set(error, "column %zu: the equation of isj has no root (%.0f distinct values): use sj or nrd0",
                  column->number, distinct);
    }
done:
    free(diffusion);
    return status;
}
