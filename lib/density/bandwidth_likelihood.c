#include "density/bandwidth_likelihood.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "density/kernel_density.h"
#include "density/kernel_sums.h"
#include "num/brent.h"
#include "num/elementary.h"
#include "num/quasi_newton.h"

enum {
    SCAN = 60,
    SCANNED = 2000,    /* points that stand for all in the scan */
    SHARPENED = 20000, /* points: beyond, what is below Brent's 1e-8 is not worth ten more evaluations */
    WIDTH = 8,
    BLOCK = 32,
    ITERATIONS_MAX = 200
};

static const double log_h_min = -4, log_h_max = 1.5;

static double weight(const struct bandwidth_data *data, size_t i) {
    return data->weights != NULL ? data->weights[i] : 1 / (double)data->count;
}

struct row {
    const double *values;
    size_t columns, number;
};

static int by_values(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    for (size_t c = 0; c < x->columns; c++)
        if (x->values[c] != y->values[c])
            return x->values[c] < y->values[c] ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static bool equal(const struct row *a, const struct row *b) {
    for (size_t c = 0; c < a->columns; c++)
        if (a->values[c] != b->values[c])
            return false;
    return true;
}

/* Refuses rows that equal each other; those without weight do not count. */
static int refuse_equal_rows(const struct bandwidth_data *data, struct error *error) {
    size_t kept = 0;
    int status = 0;
    struct row *rows = memory_array(error, data->count, sizeof *rows);
    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < data->count; i++)
        if (weight(data, i) > 0)
            rows[kept++] = (struct row){data->points + i * data->dimensions, data->dimensions, i + 1};
    qsort(rows, kept, sizeof *rows, by_values);
    for (size_t i = 1; i < kept && status == 0; i++)
        if (equal(&rows[i - 1], &rows[i]))
            status = error_set(error,
                               "rows %zu and %zu are equal: each predicts the other without bound as the "
                               "bandwidth goes to 0, which lcv would reward: merge them (--weights) or use "
                               "another rule",
                               rows[i - 1].number, rows[i].number);
    free(rows);
    return status;
}

/* CV along L = h S. */
struct scaled {
    const struct bandwidth_data *data;
    struct kernel_density *density;
    const double *shape;
    size_t threads;
    size_t every;    /* points 0, every, 2 every, .. are evaluated */
    size_t *skip;    /* those points */
    double *queries; /* and their whitened coordinates */
    double *log_sum;
    struct error *error;
    bool failed;
};

/* Writes the points to evaluate; returns their number. */
static size_t choose_queries(struct scaled *scaled) {
    size_t count = 0, d = scaled->data->dimensions;
    for (size_t i = 0; i < scaled->data->count; i += scaled->every) {
        memcpy(scaled->queries + count * d, scaled->density->whitened + i * d, d * sizeof(double));
        scaled->skip[count++] = i;
    }
    return count;
}

static int evaluate_sums(struct scaled *scaled, double h) {
    size_t d = scaled->data->dimensions;
    struct kernel_density *density = scaled->density;
    for (size_t i = 0; i < d * d; i++)
        density->factor[i] = h * scaled->shape[i];
    if (kernel_density_prepare(density, scaled->error) < 0)
        return -1;
    size_t count = choose_queries(scaled);
    struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT;
    settings.threads = scaled->threads;
    settings.queries = count;
    settings.skips = true;
    settings.relative = scaled->every > 1 ? 1e-4 : 1e-10;
    struct kernel_sums *sums = kernel_sums_create(density, &settings, scaled->error);
    if (sums == NULL)
        return -1;
    struct kernel_sums_block block = {
        .count = count, .queries = scaled->queries, .skip = scaled->skip, .log_sum = scaled->log_sum};
    int status = kernel_sums_evaluate(sums, &block, scaled->error);
    kernel_sums_free(sums);
    return status;
}

/* -CV; brent_function of log h. nan where memory failed. */
static double minus_likelihood(void *context, double log_h) {
    struct scaled *scaled = context;
    double sum = 0;
    if (scaled->failed || evaluate_sums(scaled, exp(log_h)) < 0) {
        scaled->failed = true;
        return NAN;
    }
    for (size_t i = 0, k = 0; i < scaled->data->count; i += scaled->every, k++) {
        double w = weight(scaled->data, i);
        if (w > 0)
            sum += w * (scaled->log_sum[k] - log1p(-w));
    }
    return -sum;
}

/* The best point of the scan, refined between its neighbours. */
static int maximize(struct scaled *scaled, double *h, struct error *error) {
    double step = (log_h_max - log_h_min) / (SCAN - 1), best_value = INFINITY;
    size_t best = SCAN, n = scaled->data->count;
    scaled->every = n > 2 * SCANNED ? n / SCANNED : 1;
    for (size_t i = 0; i < SCAN && !scaled->failed; i++) {
        double value = minus_likelihood(scaled, log_h_min + (double)i * step);
        if (value < best_value) {
            best_value = value;
            best = i;
        }
    }
    if (scaled->failed)
        return -1;
    if (best == SCAN || best == 0 || best == SCAN - 1)
        return error_set(error,
                         "lcv has no maximum between e^-4 and e^1.5 of the data's scale: use scott or a "
                         "number");
    /* What part of the points says may be a step or two beside what all say. */
    double middle = log_h_min + (double)best * step, reach = scaled->every > 1 ? 3 * step : step;
    scaled->every = 1;
    struct brent_result found =
        brent_minimize(minus_likelihood, scaled, middle - reach, middle + reach, 1e-8);
    if (n <= SHARPENED)
        found = brent_polish(minus_likelihood, scaled, found, step / 5);
    *h = exp(found.x);
    return scaled->failed ? -1 : 0;
}

int bandwidth_likelihood_scale(const struct bandwidth_data *data, size_t threads, double *factor,
                               struct error *error) {
    size_t n = data->count, d = data->dimensions;
    int status = -1;
    double h = NAN, *shape = NULL;
    struct scaled scaled = {.data = data, .threads = threads, .error = error};
    if (refuse_equal_rows(data, error) < 0)
        return -1;
    scaled.density = kernel_density_create(n, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, error);
    scaled.skip = memory_array(error, n, sizeof *scaled.skip);
    scaled.queries = memory_matrix(error, n, d, sizeof *scaled.queries);
    scaled.log_sum = memory_array(error, n, sizeof *scaled.log_sum);
    shape = memory_matrix(error, d, d, sizeof *shape);
    if (scaled.density == NULL || scaled.skip == NULL || scaled.queries == NULL || scaled.log_sum == NULL ||
        shape == NULL)
        goto done;
    memcpy(scaled.density->points, data->points, n * d * sizeof *data->points);
    if (data->weights != NULL && kernel_density_weigh(scaled.density, data->weights, error) < 0)
        goto done;
    memcpy(shape, factor, d * d * sizeof *shape);
    scaled.shape = shape;
    status = maximize(&scaled, &h, error);
    for (size_t i = 0; status == 0 && i < d * d; i++)
        factor[i] = h * shape[i];
done:
    kernel_density_free(scaled.density);
    free(scaled.skip);
    free(scaled.queries);
    free(scaled.log_sum);
    free(shape);
    return status;
}

/* CV of free column bandwidths, and its gradient. */
struct free_columns {
    const struct bandwidth_data *data;
    size_t threads, stride;
    double *scaled;      /* d x stride: columns over their bandwidths */
    double *log_weights; /* stride */
    double *exponents;   /* threads x stride: of one query */
    double *partial;     /* blocks x (1 + d) */
    double constant;     /* -sum log h_a - d/2 log 2 pi */
};

/* Writes log w_j - |z_ij|^2 / 2 for all j, -inf at j = i. Returns the largest. */
ALWAYS_INLINE double query_exponents(const struct free_columns *f, size_t i, double *exponents) {
    double largest = -INFINITY;
    memcpy(exponents, f->log_weights, f->stride * sizeof *exponents);
    for (size_t c = 0; c < f->data->dimensions; c++) {
        const double *column = f->scaled + c * f->stride;
#pragma omp simd
        for (size_t j = 0; j < f->stride; j++) {
            double z = column[j] - column[i];
            exponents[j] -= 0.5 * z * z;
        }
    }
    exponents[i] = -INFINITY;
    for (size_t j = 0; j < f->stride; j++)
        largest = exponents[j] > largest ? exponents[j] : largest;
    return largest;
}

/* Puts exp(exponent - largest) in place of the exponents. Returns their sum. */
ALWAYS_INLINE double exponentiate(size_t stride, double largest, double *exponents) {
    double lanes[WIDTH] = {0}, sum = 0;
    for (size_t j = 0; j < stride; j += WIDTH) {
#pragma omp simd
        for (size_t lane = 0; lane < WIDTH; lane++) {
            exponents[j + lane] = elementary_exp(exponents[j + lane] - largest);
            lanes[lane] += exponents[j + lane];
        }
    }
    for (size_t lane = 0; lane < WIDTH; lane++)
        sum += lanes[lane];
    return sum;
}

/* sum_j term_j z_ij^2 in one column. */
ALWAYS_INLINE double second_moment(size_t stride, const double *column, double centre, const double *terms) {
    double lanes[WIDTH] = {0}, sum = 0;
    for (size_t j = 0; j < stride; j += WIDTH) {
#pragma omp simd
        for (size_t lane = 0; lane < WIDTH; lane++) {
            double z = column[j + lane] - centre;
            lanes[lane] += terms[j + lane] * (z * z);
        }
    }
    for (size_t lane = 0; lane < WIDTH; lane++)
        sum += lanes[lane];
    return sum;
}

/* parallel_body */
INSTRUCTION_SETS static void likelihood_block(void *context, size_t block, size_t worker) {
    const struct free_columns *f = context;
    size_t d = f->data->dimensions;
    double *exponents = f->exponents + worker * f->stride, *partial = f->partial + block * (1 + d);
    memset(partial, 0, (1 + d) * sizeof *partial);
    for (size_t i = block * BLOCK; i < (block + 1) * BLOCK && i < f->data->count; i++) {
        double w = weight(f->data, i);
        if (!(w > 0))
            continue;
        double largest = query_exponents(f, i, exponents);
        double sum = exponentiate(f->stride, largest, exponents);
        partial[0] += w * (log(sum) + largest + f->constant - log1p(-w));
        for (size_t c = 0; c < d; c++) {
            const double *column = f->scaled + c * f->stride;
            partial[1 + c] += w * (second_moment(f->stride, column, column[i], exponents) / sum - 1);
        }
    }
}

static int free_columns_create(struct free_columns *f, const struct bandwidth_data *data, size_t threads,
                               struct error *error) {
    size_t d = data->dimensions, blocks = (data->count + BLOCK - 1) / BLOCK;
    *f = (struct free_columns){.data = data, .threads = threads};
    f->stride = (data->count + WIDTH - 1) / WIDTH * WIDTH;
    f->scaled = memory_zeros(error, d, f->stride * sizeof(double));
    f->log_weights = memory_array(error, f->stride, sizeof(double));
    f->exponents = memory_matrix(error, threads, f->stride, sizeof(double));
    f->partial = memory_matrix(error, blocks, 1 + d, sizeof(double));
    if (f->scaled == NULL || f->log_weights == NULL || f->exponents == NULL || f->partial == NULL)
        return -1;
    for (size_t j = 0; j < f->stride; j++)
        f->log_weights[j] = j < data->count ? log(weight(data, j)) : -INFINITY;
    return 0;
}

static void free_columns_free(struct free_columns *f) {
    free(f->scaled);
    free(f->log_weights);
    free(f->exponents);
    free(f->partial);
}

/* CV at exp(log_h) and its gradient. Coordinates are from the first row on, to keep their digits. */
static double free_columns_value(struct free_columns *f, const double *log_h, double *gradient) {
    const struct bandwidth_data *data = f->data;
    size_t n = data->count, d = data->dimensions, blocks = (n + BLOCK - 1) / BLOCK;
    f->constant = -(double)d / 2 * log(2 * M_PI);
    for (size_t c = 0; c < d; c++) {
        f->constant -= log_h[c];
        for (size_t j = 0; j < n; j++)
            f->scaled[c * f->stride + j] = (data->points[j * d + c] - data->points[c]) / exp(log_h[c]);
    }
    parallel_for(f->threads, blocks, likelihood_block, f);
    double value = 0;
    memset(gradient, 0, d * sizeof *gradient);
    for (size_t block = 0; block < blocks; block++) {
        value += f->partial[block * (1 + d)];
        for (size_t c = 0; c < d; c++)
            gradient[c] += f->partial[block * (1 + d) + 1 + c];
    }
    return value;
}

int bandwidth_likelihood_value(const struct bandwidth_data *data, size_t threads, const double *log_h,
                               double *value, double *gradient, struct error *error) {
    struct free_columns f;
    int status = free_columns_create(&f, data, threads, error);
    if (status == 0)
        *value = free_columns_value(&f, log_h, gradient);
    free_columns_free(&f);
    return status;
}

/* quasi_newton_function: -CV */
static double minus_free_likelihood(void *context, const double *log_h, double *gradient) {
    struct free_columns *f = context;
    double value = free_columns_value(f, log_h, gradient);
    for (size_t c = 0; c < f->data->dimensions; c++)
        gradient[c] = -gradient[c];
    return -value;
}

int bandwidth_likelihood_each(const struct bandwidth_data *data, size_t threads, double *factor,
                              struct error *error) {
    size_t d = data->dimensions;
    struct free_columns f;
    struct quasi_newton_result result;
    if (refuse_equal_rows(data, error) < 0)
        return -1;
    int status = free_columns_create(&f, data, threads, error);
    double *log_h = memory_array(error, d, sizeof *log_h);
    if (status < 0 || log_h == NULL) {
        status = -1;
        goto done;
    }
    for (size_t c = 0; c < d; c++)
        log_h[c] = log(factor[c * d + c]);
    struct quasi_newton_problem problem = {d, minus_free_likelihood, &f, 1e-8, 1, ITERATIONS_MAX};
    status = quasi_newton_minimize(&problem, log_h, &result, error);
    for (size_t c = 0; status == 0 && c < d; c++) {
        factor[c * d + c] = exp(log_h[c]);
        /* a column that says nothing of the others' density is smoothed away, ever further */
        if (!result.converged || !isfinite(factor[c * d + c]))
            status =
                error_set(error, "lcv does not converge with a bandwidth for each column: use one factor");
    }
done:
    free(log_h);
    free_columns_free(&f);
    return status;
}
