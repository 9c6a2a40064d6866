#include "divergence/class_information.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "divergence/kullback_leibler.h"
#include "num/compensated.h"
#include "num/vector.h"

/* Smaller probabilities count as 0: their terms vanish, and their centroid, a mean, may underflow to 0. */
#define LEAST_PROBABILITY 0x1p-960

/* A sum and its carry beside each other. */
static size_t class_width(const struct class_information *information) {
    return 2 * (2 + 2 * information->columns);
}

double *class_information_sum(const struct class_information *information, size_t c,
                              enum class_information_sum sum, size_t k) {
    size_t place = (size_t)sum;
    if (sum == CLASS_LOGARITHMS)
        place = CLASS_OUTPUTS + information->columns;
    return information->sums + c * class_width(information) + 2 * (place + k);
}

int class_information_reserve(struct class_information *information, size_t classes, struct error *error) {
    size_t width = class_width(information), used = information->classes * width, needed;
    if (classes <= information->classes)
        return 0;
    if (!memory_product(classes, width, &needed))
        return error_set(error, "%zu classes: out of memory", classes);
    if (memory_reserve(error, &information->sums, &information->capacity, needed, sizeof(double)) < 0)
        return -1;
    memset(information->sums + used, 0, (needed - used) * sizeof(double));
    information->classes = classes;
    return 0;
}

/* Double-double; once infinite it stays so, without a carry. */
static void add(double *sum, double value) {
    double total = sum[0] + value, error = compensated_sum_error(sum[0], value, total);
    if (!isfinite(total)) {
        sum[0] = total;
        sum[1] = 0;
        return;
    }
    error += sum[1];
    sum[0] = total + error;
    sum[1] = compensated_fast_sum_error(total, error, sum[0]);
}

/* The same of sums side by side. */
INSTRUCTION_SETS static void add_each(size_t count, double *restrict sums, const double *restrict values) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        double sum = sums[2 * k], total = sum + values[k];
        double carry = compensated_sum_error(sum, values[k], total) + sums[2 * k + 1];
        double next = total + carry, rest = compensated_fast_sum_error(total, carry, next);
        bool finite = fabs(total) <= DBL_MAX;
        sums[2 * k] = finite ? next : total;
        sums[2 * k + 1] = finite ? rest : 0;
    }
}

/* Rounds the least to 0, of which p log p is 0. */
INSTRUCTION_SETS static void take_products(size_t count, double *restrict p, const double *restrict log_p,
                                           double *restrict products) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        p[i] = p[i] < LEAST_PROBABILITY ? 0 : p[i];
        double product = p[i] * log_p[i];
        products[i] = p[i] > 0 ? product : 0;
    }
}

/* Probabilities, and behind them their logarithms and the products of both, of rows of C values and a label.
 * Returns 0 or -1. */
static int split_rows(struct class_information *information, size_t rows, const double *labelled,
                      bool logarithms, struct error *error) {
    size_t columns = information->columns, count, all;
    if (!memory_product(rows, columns, &count) || !memory_product(count, 3, &all))
        return error_set(error, "out of memory");
    if (memory_reserve(error, &information->room, &information->room_capacity, all, sizeof(double)) < 0)
        return -1;
    double *p = information->room, *log_p = p + count, *given = logarithms ? log_p : p;
    for (size_t i = 0; i < rows; i++)
        memcpy(given + i * columns, labelled + i * (columns + 1), columns * sizeof *given);
    if (logarithms)
        vector_exp(count, log_p, p);
    else
        vector_log(count, p, log_p);
    take_products(count, p, log_p, log_p + count);
    return 0;
}

static int add_outputs(struct class_information *information, size_t rows, const double *labelled,
                       struct error *error) {
    size_t columns = information->columns;
    for (size_t i = 0; i < rows; i++, labelled += columns + 1) {
        size_t c = (size_t)labelled[columns];
        if (class_information_reserve(information, c + 1, error) < 0)
            return -1;
        *class_information_sum(information, c, CLASS_COUNT, 0) += 1;
        add_each(columns, class_information_sum(information, c, CLASS_OUTPUTS, 0), labelled);
    }
    information->rows += rows;
    return 0;
}

int class_information_add(struct class_information *information, size_t rows, const double *labelled,
                          bool logarithms, struct error *error) {
    size_t columns = information->columns;
    if (information->outputs_only && !logarithms)
        return add_outputs(information, rows, labelled, error);
    if (split_rows(information, rows, labelled, logarithms, error) < 0)
        return -1;
    for (size_t i = 0; i < rows; i++) {
        size_t c = (size_t)labelled[i * (columns + 1) + columns];
        const double *p = information->room + i * columns, *log_p = p + rows * columns;
        if (class_information_reserve(information, c + 1, error) < 0)
            return -1;
        double *outputs = class_information_sum(information, c, CLASS_OUTPUTS, 0);
        double *logs = class_information_sum(information, c, CLASS_LOGARITHMS, 0);
        double *negentropy = class_information_sum(information, c, CLASS_NEGENTROPY, 0);
        *class_information_sum(information, c, CLASS_COUNT, 0) += 1;
        add_each(columns, outputs, p);
        add_each(columns, logs, log_p);
        add(negentropy, vector_sum(columns, log_p + rows * columns));
    }
    information->rows += rows;
    return 0;
}

void class_information_centroid(const struct class_information *information, size_t c, double *centroid) {
    double count = *class_information_sum(information, c, CLASS_COUNT, 0);
    for (size_t k = 0; k < information->columns; k++)
        centroid[k] = count > 0 ? *class_information_sum(information, c, CLASS_OUTPUTS, k) / count : NAN;
}

int class_information_settle(struct class_information *information, struct error *error) {
    size_t columns = information->columns;
    information->totals = memory_matrix(error, columns, 3, sizeof(double));
    if (information->totals == NULL)
        return -1;
    memset(information->totals, 0, 3 * columns * sizeof(double));
    for (size_t c = 0; c < information->classes; c++)
        for (size_t k = 0; k < columns; k++) {
            double *total = information->totals + 3 * k;
            double sum = *class_information_sum(information, c, CLASS_LOGARITHMS, k);
            if (isfinite(sum))
                add(total, sum);
            else
                total[2]++;
        }
    return 0;
}

/* sum_{y_j != c} log P_jk */
static double others_logarithms(const struct class_information *information, size_t c, size_t k) {
    const double *total = information->totals + 3 * k;
    double own = *class_information_sum(information, c, CLASS_LOGARITHMS, k);
    if (total[2] > (isfinite(own) ? 0 : 1))
        return -INFINITY;
    return isfinite(own) ? (total[0] - own) + total[1] : total[0];
}

struct class_information_part class_information_part(const struct class_information *information, size_t c,
                                                     const double *centroids) {
    struct class_information_part part = {.count = *class_information_sum(information, c, CLASS_COUNT, 0)};
    if (!(part.count > 0)) {
        part.information = part.separation = NAN;
        return part;
    }
    double sum[2], cross = 0, entropy = 0;
    memcpy(sum, class_information_sum(information, c, CLASS_NEGENTROPY, 0), sizeof sum);
    for (size_t k = 0; k < information->columns; k++) {
        double outputs = *class_information_sum(information, c, CLASS_OUTPUTS, k);
        if (outputs == 0) /* 0 log 0, on either side */
            continue;
        double centroid = centroids != NULL ? centroids[c * information->columns + k] : outputs / part.count;
        add(sum, -outputs * log(centroid));
        entropy -= outputs * log(centroid);
        cross -= outputs * others_logarithms(information, c, k);
    }
    part.information = sum[0] / part.count;
    part.separation = cross / part.count / (double)information->rows;
    double rounding = 4 * DBL_EPSILON * entropy / part.count; /* none, inf, where a centroid given is 0 */
    if (rounding < INFINITY && part.information <= rounding && part.information > -1e-12)
        part.information = 0;
    return part;
}

void class_information_whole(const struct class_information *information, const double *centroids,
                             double *value, double *separation) {
    double sum[2] = {0, 0}, outer[2] = {0, 0};
    for (size_t c = 0; c < information->classes; c++) {
        struct class_information_part part = class_information_part(information, c, centroids);
        if (part.count > 0) {
            add(sum, part.count * part.information);
            add(outer, part.count * part.separation);
        }
    }
    *value = sum[0] / (double)information->rows;
    *separation = outer[0] / (double)information->rows;
}

int class_information_rows(struct class_information *information, size_t rows, const double *labelled,
                           bool logarithms, const double *centroids, double *result, struct error *error) {
    size_t columns = information->columns;
    if (split_rows(information, rows, labelled, logarithms, error) < 0)
        return -1;
    double *q = information->room + rows * columns; /* logarithms are not needed any more */
    for (size_t i = 0; i < rows; i++)
        memcpy(q + i * columns, centroids + (size_t)labelled[i * (columns + 1) + columns] * columns,
               columns * sizeof *q);
    const struct divergence_rows pairs = {.p = information->room, .q = q, .rows = rows, .columns = columns};
    kullback_leibler_rows(&pairs, &(struct kullback_leibler_settings){0}, result);
    return 0;
}

void class_information_free(struct class_information *information) {
    free(information->sums);
    free(information->totals);
    free(information->room);
    information->sums = information->totals = information->room = NULL;
}
