#include "process/gaussian_process_start.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "num/quantile.h"
#include "process/covariance_kernel.h"

enum { SAMPLE_MAX = 1000, PERIODOGRAM_MAX = 4096 };

double gaussian_process_start_variance(const struct gaussian_process_data *data) {
    size_t n = data->rows, q = data->outputs;
    double total = 0;
    for (size_t c = 0; c < q; c++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < n; i++)
            mean += data->y[i * q + c] / (double)n;
        for (size_t i = 0; i < n; i++) {
            double d = data->y[i * q + c] - mean;
            square += d * d / (double)n;
        }
        /* Rounding in the mean leaves some 1e-16 of it where all values are one. */
        if (square > 1e-28 * mean * mean)
            total += square / (double)q;
    }
    return total;
}

/* Every step-th row, at most SAMPLE_MAX of them. */
static size_t sample_step(size_t rows) {
    return (rows + SAMPLE_MAX - 1) / SAMPLE_MAX;
}

/* The median distance over some columns; 0 where there is none. */
static double median_distance(const struct gaussian_process_data *data, size_t count, const size_t *columns,
                              double *room) {
    size_t step = sample_step(data->rows), pairs = 0;
    for (size_t i = 0; i < data->rows; i += step)
        for (size_t j = 0; j < i; j += step) {
            double sum = 0;
            for (size_t c = 0; c < count; c++) {
                double d = data->x[i * data->inputs + columns[c]] - data->x[j * data->inputs + columns[c]];
                sum += d * d;
            }
            room[pairs++] = sum;
        }
    double median = pairs == 0 ? 0 : sqrt(quantile_select(pairs, room, 0.5));
    return isfinite(median) ? median : 0;
}

/* More than half of the distances may be 0: then the largest stands in. */
static double typical_distance(const struct gaussian_process_data *data, size_t count, const size_t *columns,
                               double *room) {
    double median = median_distance(data, count, columns, room), largest = 0;
    if (median > 0)
        return median;
    for (size_t i = 0; i < data->rows; i++)
        for (size_t c = 0; c < count; c++)
            largest = fmax(largest, fabs(data->x[i * data->inputs + columns[c]] - data->x[columns[c]]));
    return isfinite(largest) ? largest : 0;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spacing {
    double smallest, range;
    bool even; /* rows ascend in equal steps */
};

static int find_spacing(const struct gaussian_process_data *data, size_t column, struct spacing *spacing,
                        struct error *error) {
    size_t n = data->rows;
    double *sorted = memory_array(error, n, sizeof *sorted);
    if (sorted == NULL)
        return -1;
    *spacing = (struct spacing){0, 0, n > 2};
    for (size_t i = 0; i < n; i++)
        sorted[i] = data->x[i * data->inputs + column];
    double step = n > 1 ? sorted[1] - sorted[0] : 0;
    for (size_t i = 1; i < n; i++)
        spacing->even = spacing->even && fabs(sorted[i] - sorted[i - 1] - step) <= 1e-6 * fabs(step);
    qsort(sorted, n, sizeof *sorted, compare);
    for (size_t i = 1; i < n; i++) {
        double gap = sorted[i] - sorted[i - 1];
        if (gap > 0 && (spacing->smallest == 0 || gap < spacing->smallest))
            spacing->smallest = gap;
    }
    spacing->range = n == 0 ? 0 : sorted[n - 1] - sorted[0];
    free(sorted);
    return 0;
}

/* The power of the first output at frequency f, in cycles a row. */
static double power_at(const struct gaussian_process_data *data, double mean, double f) {
    double real = 0, imaginary = 0;
    for (size_t i = 0; i < data->rows; i++) {
        double y = data->y[i * data->outputs] - mean;
        real += y * cos(2 * M_PI * f * (double)i);
        imaginary += y * sin(2 * M_PI * f * (double)i);
    }
    return real * real + imaginary * imaginary;
}

/* The frequencies of the highest local maxima of the periodogram, in cycles a row; what there is too little
 * of stays at 0. */
static int find_peaks(const struct gaussian_process_data *data, size_t count, double *frequencies,
                      struct error *error) {
    size_t bins = data->rows / 2 < PERIODOGRAM_MAX ? data->rows / 2 : PERIODOGRAM_MAX;
    double mean = 0, *power = memory_array(error, bins + 2, sizeof *power);
    if (power == NULL)
        return -1;
    for (size_t i = 0; i < data->rows; i++)
        mean += data->y[i * data->outputs] / (double)data->rows;
    for (size_t k = 0; k <= bins; k++)
        power[k] = power_at(data, mean, (double)k / (2 * (double)bins));
    power[bins + 1] = -1;
    for (size_t q = 0; q < count; q++) {
        size_t best = 0;
        for (size_t k = 1; k <= bins; k++)
            if (power[k] > power[k - 1] && power[k] >= power[k + 1] && (best == 0 || power[k] > power[best]))
                best = k;
        frequencies[q] = (double)best / (2 * (double)bins);
        if (best > 0)
            power[best] = 0; /* a neighbour may become a peak of its own: a broad one takes two components */
    }
    free(power);
    return 0;
}

/* Whether a parameter is to be set. */
static bool is_open(const struct covariance_parameter *parameter) {
    return !parameter->given && !parameter->fixed;
}

static int set_spectral(struct covariance *covariance, const struct covariance_node *leaf,
                        const struct gaussian_process_data *data, double variance, uint64_t seed,
                        struct error *error) {
    size_t q = leaf->components, d = leaf->column_count;
    struct covariance_parameter *weights = covariance->parameters + leaf->first_parameter;
    struct covariance_parameter *means = weights + q, *scales = means + q * d;
    struct random_stream stream;
    random_start(&stream, seed, "gpfit", "spectrum", leaf->first_parameter);
    for (size_t k = 0; k < q; k++)
        if (is_open(&weights[k]) && variance > 0)
            weights[k].value = variance / (double)q;
    for (size_t c = 0; c < d; c++) {
        struct spacing spacing;
        double *peaks = memory_zeros(error, q, sizeof *peaks);
        if (peaks == NULL || find_spacing(data, leaf->columns[c], &spacing, error) < 0 ||
            (spacing.even && data->inputs == 1 && find_peaks(data, q, peaks, error) < 0)) {
            free(peaks);
            return -1;
        }
        for (size_t k = 0; k < q && spacing.smallest > 0; k++) {
            double drawn = random_uniform(&stream) * 0.5 / spacing.smallest;
            if (is_open(&means[k * d + c]))
                means[k * d + c].value =
                    spacing.even && data->inputs == 1 ? peaks[k] / spacing.smallest : drawn;
            if (is_open(&scales[k * d + c]))
                scales[k * d + c].value = 1 / spacing.range;
        }
        free(peaks);
    }
    return 0;
}

static void set_leaf(struct covariance *covariance, const struct covariance_node *leaf,
                     const struct gaussian_process_data *data, double variance, double *room) {
    size_t lengthscales = 0, at = 0;
    for (size_t p = 0; p < leaf->parameter_count; p++)
        lengthscales += strcmp(covariance->parameters[leaf->first_parameter + p].key, "lengthscale") == 0;
    for (size_t p = 0; p < leaf->parameter_count; p++) {
        struct covariance_parameter *parameter = &covariance->parameters[leaf->first_parameter + p];
        bool lengthscale = strcmp(parameter->key, "lengthscale") == 0;
        double value = 0;
        if (lengthscale && is_open(parameter))
            value = lengthscales > 1 ? typical_distance(data, 1, leaf->columns + at, room)
                                     : typical_distance(data, leaf->column_count, leaf->columns, room);
        else if (strcmp(parameter->key, "variance") == 0 && is_open(parameter))
            value = variance;
        at += lengthscale;
        if (value > 0)
            parameter->value = value;
    }
}

int gaussian_process_start_set(struct covariance *covariance, const struct gaussian_process_data *data,
                               uint64_t seed, struct error *error) {
    double variance = gaussian_process_start_variance(data);
    size_t sampled = (data->rows + sample_step(data->rows) - 1) / sample_step(data->rows);
    double *room = memory_matrix(error, sampled, sampled, sizeof *room);
    int status = room == NULL ? -1 : 0;
    for (size_t i = 0; status == 0 && i < covariance->node_count; i++) {
        const struct covariance_node *node = &covariance->nodes[i];
        if (node->kind == COVARIANCE_LEAF && node->kernel->spectral)
            status = set_spectral(covariance, node, data, variance, seed, error);
        else if (node->kind == COVARIANCE_LEAF)
            set_leaf(covariance, node, data, variance, room);
    }
    free(room);
    return status;
}
