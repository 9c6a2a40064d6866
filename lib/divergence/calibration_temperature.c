#include "divergence/calibration_temperature.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/vector.h"

/* Rows that a thread sums at a time. */
enum { BLOCK_ROWS = 512 };

int calibration_logits_add(struct calibration_logits *logits, size_t rows, const double *logarithms,
                           const size_t *labels, struct error *error) {
    size_t before, added, total;
    if (!memory_product(logits->rows, logits->classes, &before) ||
        !memory_product(rows, logits->classes, &added) || __builtin_add_overflow(before, added, &total) ||
        memory_reserve(error, &logits->logarithms, &logits->logarithms_capacity, total,
                       sizeof *logits->logarithms) < 0 ||
        memory_reserve(error, &logits->labels, &logits->labels_capacity, logits->rows + rows,
                       sizeof *logits->labels) < 0)
        return -1;
    memcpy(logits->logarithms + before, logarithms, added * sizeof *logarithms);
    memcpy(logits->labels + logits->rows, labels, rows * sizeof *labels);
    logits->rows += rows;
    return 0;
}

void calibration_logits_free(struct calibration_logits *logits) {
    free(logits->logarithms);
    free(logits->labels);
    *logits = (struct calibration_logits){0};
}

/* The first and second derivative of the loss by b = 1 / T, a sum for each block of rows. */
struct slopes {
    const struct calibration_logits *logits;
    double inverse;
    double *first, *second; /* a value for each block */
    double *probabilities;  /* a row for each thread */
};

/* sum_k p_k l_k - l_y, and the variance of l under p, p = softmax(b l). */
static void add_row(const struct slopes *slopes, size_t row, double *p, double *first, double *second) {
    size_t classes = slopes->logits->classes;
    const double *l = slopes->logits->logarithms + row * classes;
    double of_label = l[slopes->logits->labels[row]], mean = 0, variance = 0;
    if (of_label == -INFINITY)
        return;
    vector_softmax(1, classes, 1 / slopes->inverse, l, p);
    for (size_t k = 0; k < classes; k++)
        mean += p[k] > 0 ? p[k] * (l[k] - of_label) : 0;
    for (size_t k = 0; k < classes; k++) {
        double difference = (l[k] - of_label) - mean;
        variance += p[k] > 0 ? p[k] * difference * difference : 0;
    }
    *first += mean;
    *second += variance;
}

/* parallel_body */
static void sum_block(void *context, size_t block, size_t worker) {
    const struct slopes *slopes = context;
    size_t first = block * BLOCK_ROWS, end = first + BLOCK_ROWS;
    double *p = slopes->probabilities + worker * slopes->logits->classes;
    slopes->first[block] = slopes->second[block] = 0;
    for (size_t row = first; row < end && row < slopes->logits->rows; row++)
        add_row(slopes, row, p, &slopes->first[block], &slopes->second[block]);
}

static void find_slopes(struct slopes *slopes, double inverse, size_t threads, double *first,
                        double *second) {
    size_t blocks = (slopes->logits->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    slopes->inverse = inverse;
    parallel_for(threads, blocks, sum_block, slopes);
    *first = vector_pairwise_sum(blocks, slopes->first);
    *second = vector_pairwise_sum(blocks, slopes->second);
}

static void search(struct slopes *slopes, double tolerance, size_t max_iterations, size_t threads,
                   struct calibration_temperature *result) {
    double low = -log(CALIBRATION_TEMPERATURE_LARGEST), high = -log(CALIBRATION_TEMPERATURE_LEAST);
    double at_least, first, second, x = 0; /* log b */
    *result = (struct calibration_temperature){.temperature = CALIBRATION_TEMPERATURE_LEAST};
    find_slopes(slopes, exp(high), threads, &at_least, &second);
    find_slopes(slopes, exp(low), threads, &first, &second);
    if (at_least == 0 && first == 0 && second == 0) { /* flat: no temperature is better than another */
        *result = (struct calibration_temperature){.temperature = 1, .converged = true};
        return;
    }
    if (at_least <= 0) /* still falling: every row is right by a margin */
        return;
    result->temperature = CALIBRATION_TEMPERATURE_LARGEST;
    if (first >= 0)
        return;
    while (result->iterations < max_iterations && !result->converged) {
        find_slopes(slopes, exp(x), threads, &first, &second);
        if (first > 0)
            high = x;
        else
            low = x;
        double next = x - first / (exp(x) * second);
        if (!(next > low && next < high) && first != 0)
            next = (low + high) / 2;
        result->iterations++;
        result->converged = tolerance > 0 && fabs(next - x) <= tolerance;
        x = next;
    }
    result->converged = result->converged || tolerance == 0;
    result->temperature = exp(-x);
}

int calibration_temperature_fit(const struct calibration_logits *logits, double tolerance,
                                size_t max_iterations, size_t threads, struct calibration_temperature *result,
                                struct error *error) {
    size_t blocks = (logits->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    struct slopes slopes = {
        .logits = logits,
        .first = memory_array(error, blocks, sizeof *slopes.first),
        .second = memory_array(error, blocks, sizeof *slopes.second),
        .probabilities = memory_matrix(error, threads, logits->classes, sizeof *slopes.probabilities),
    };
    int status = slopes.first == NULL || slopes.second == NULL || slopes.probabilities == NULL ? -1 : 0;
    if (status == 0)
        search(&slopes, tolerance, max_iterations, threads, result);
    free(slopes.first);
    free(slopes.second);
    free(slopes.probabilities);
    return status;
}

int calibration_temperature_sums(const struct calibration_logits *logits, double temperature,
                                 struct calibration *calibration, struct error *error) {
    size_t classes = logits->classes;
    double *probabilities = memory_matrix(error, BLOCK_ROWS, classes, sizeof *probabilities);
    double *logarithms = memory_matrix(error, BLOCK_ROWS, classes, sizeof *logarithms);
    int status = probabilities == NULL || logarithms == NULL ? -1 : 0;
    for (size_t first = 0, rows; status == 0 && first < logits->rows; first += rows) {
        rows = logits->rows - first < BLOCK_ROWS ? logits->rows - first : BLOCK_ROWS;
        vector_log_softmax(rows, classes, temperature, logits->logarithms + first * classes, logarithms);
        vector_exp(rows * classes, logarithms, probabilities);
        status = calibration_add(calibration, rows, probabilities, logarithms, logits->labels + first, error);
    }
    free(probabilities);
    free(logarithms);
    return status;
}
