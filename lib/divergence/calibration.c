#include "divergence/calibration.h"

#include <math.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "num/sorted_order.h"

size_t calibration_width_bin(double confidence, size_t count) {
    double bins = (double)count, guess = ceil(confidence * bins);
    size_t bin = guess < 1 ? 1 : guess > bins ? count : (size_t)guess;
    while (bin > 1 && confidence <= (double)(bin - 1) / bins) /* the product was rounded up */
        bin--;
    while (bin < count && confidence > (double)bin / bins)
        bin++;
    return bin - 1;
}

void calibration_bins_clear(size_t count, struct calibration_bin *bins) {
    for (size_t i = 0; i < count; i++)
        bins[i] = (struct calibration_bin){.lower = (double)i / (double)count,
                                           .upper = (double)(i + 1) / (double)count};
}

int calibration_create(struct calibration *calibration, const struct calibration_settings *settings,
                       struct error *error) {
    size_t gaps = 0;
    *calibration = (struct calibration){
        .classes = settings->classes, .bin_count = settings->bins, .keeps = settings->keep};
    if (settings->classwise && !memory_product(settings->classes, settings->bins, &gaps))
        return error_set(error, "out of memory");
    calibration->bins = memory_zeros(error, settings->bins, sizeof *calibration->bins);
    calibration->bin_confidences = memory_zeros(error, settings->bins, sizeof *calibration->bin_confidences);
    if (settings->classwise)
        calibration->class_gaps = memory_zeros(error, gaps, sizeof *calibration->class_gaps);
    if (calibration->bins == NULL || calibration->bin_confidences == NULL ||
        (settings->classwise && calibration->class_gaps == NULL))
        return -1;
    calibration_bins_clear(settings->bins, calibration->bins);
    return 0;
}

/* The first of the largest, none being nan: in lanes, which do not wait for each other, then by a search. */
INSTRUCTION_SETS static size_t largest_of(size_t count, const double *values) {
    enum { LANES = 16 };
    double lanes[LANES], largest = values[0];
    size_t whole = count - count % LANES, i = 0;
    for (size_t lane = 0; lane < LANES; lane++)
        lanes[lane] = values[0];
    for (; i < whole; i += LANES)
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
    for (; i < count; i++)
        largest = values[i] > largest ? values[i] : largest;
    for (size_t lane = 0; lane < LANES; lane++)
        largest = lanes[lane] > largest ? lanes[lane] : largest;
    for (i = 0; values[i] < largest;)
        i++;
    return i;
}

static void add_classes(struct calibration *calibration, const double *p, size_t label) {
    for (size_t k = 0; k < calibration->classes; k++) {
        size_t bin = calibration_width_bin(p[k], calibration->bin_count);
        struct running_sum *gap = &calibration->class_gaps[k * calibration->bin_count + bin];
        running_sum_add(gap, 1, &p[k]);
        if (k == label)
            running_sum_add(gap, 1, &(double){-1});
    }
}

static void add_row(struct calibration *calibration, const double *p, const double *log_p, size_t label) {
    size_t guess = largest_of(calibration->classes, log_p != NULL ? log_p : p);
    double confidence = p[guess], squares = 0;
    double loss = -(log_p != NULL ? log_p[label] : log(p[label])) + 0.0;
    size_t bin = calibration_width_bin(confidence, calibration->bin_count);
    for (size_t k = 0; k < calibration->classes; k++) {
        double difference = p[k] - (k == label);
        squares += difference * difference;
    }
    calibration->bins[bin].rows++;
    calibration->bins[bin].correct += guess == label;
    calibration->correct += guess == label;
    running_sum_add(&calibration->bin_confidences[bin], 1, &confidence);
    running_sum_add(&calibration->confidence, 1, &confidence);
    running_sum_add(&calibration->brier, 1, &squares);
    running_sum_add(&calibration->nll, 1, &loss);
    if (calibration->class_gaps != NULL)
        add_classes(calibration, p, label);
    if (calibration->keeps)
        calibration->confidences[calibration->rows] = guess == label ? confidence : -confidence;
    calibration->rows++;
}

int calibration_add(struct calibration *calibration, size_t rows, const double *probabilities,
                    const double *logarithms, const size_t *labels, struct error *error) {
    size_t classes = calibration->classes;
    if (calibration->keeps &&
        memory_reserve(error, &calibration->confidences, &calibration->confidences_capacity,
                       calibration->rows + rows, sizeof *calibration->confidences) < 0)
        return -1;
    for (size_t i = 0; i < rows; i++)
        add_row(calibration, probabilities + i * classes,
                logarithms != NULL ? logarithms + i * classes : NULL, labels[i]);
    return 0;
}

static void fill_width_bins(struct calibration *calibration) {
    for (size_t i = 0; i < calibration->bin_count; i++) {
        calibration->bins[i].confidence_sum = calibration->bin_confidences[i].value;
        calibration->bins[i].confidence_rest = calibration->bin_confidences[i].carry;
    }
}

/* floor(m n / M) without overflow: n = q M + r, and M is at most a million. */
static size_t mass_edge(size_t rows, size_t count, size_t bin) {
    return rows / count * bin + rows % count * bin / count;
}

static void fill_mass_bin(const struct calibration *calibration, const struct sorted_order_entry *order,
                          size_t first, size_t end, struct calibration_bin *bin) {
    struct running_sum sum = RUNNING_SUM_EMPTY;
    for (size_t i = first; i < end; i++) {
        double kept = calibration->confidences[order[i].index], confidence = fabs(kept);
        running_sum_add(&sum, 1, &confidence);
        bin->correct += kept > 0;
    }
    bin->rows = (double)(end - first);
    bin->confidence_sum = sum.value;
    bin->confidence_rest = sum.carry;
    bin->lower = first < end ? fabs(calibration->confidences[order[first].index]) : NAN;
    bin->upper = first < end ? fabs(calibration->confidences[order[end - 1].index]) : NAN;
}

static int fill_mass_bins(struct calibration *calibration, struct error *error) {
    size_t rows = calibration->rows, count = calibration->bin_count;
    if (calibration->mass_bins == NULL)
        calibration->mass_bins = memory_array(error, count, sizeof *calibration->mass_bins);
    struct calibration_bin *bins = calibration->mass_bins;
    struct sorted_order_entry *order = memory_array(error, rows, sizeof *order);
    struct sorted_order_entry *workspace = memory_array(error, rows, sizeof *workspace);
    double *confidences = memory_array(error, rows, sizeof *confidences);
    int status = bins == NULL || order == NULL || workspace == NULL || confidences == NULL ? -1 : 0;
    if (status == 0) {
        for (size_t i = 0; i < rows; i++)
            confidences[i] = fabs(calibration->confidences[i]);
        sorted_order_find(rows, confidences, order, workspace);
        for (size_t m = 0; m < count; m++) {
            bins[m] = (struct calibration_bin){0};
            fill_mass_bin(calibration, order, mass_edge(rows, count, m), mass_edge(rows, count, m + 1),
                          &bins[m]);
        }
    }
    free(order);
    free(workspace);
    free(confidences);
    return status;
}

int calibration_bins(struct calibration *calibration, bool by_mass, const struct calibration_bin **bins,
                     struct error *error) {
    if (by_mass && fill_mass_bins(calibration, error) < 0)
        return -1;
    if (!by_mass)
        fill_width_bins(calibration);
    *bins = by_mass ? calibration->mass_bins : calibration->bins;
    return 0;
}

double calibration_bins_error(size_t count, const struct calibration_bin *bins, double rows,
                              double *largest) {
    double sum = 0;
    *largest = 0;
    for (size_t i = 0; i < count; i++) {
        double gap = fabs((bins[i].confidence_sum - bins[i].correct) + bins[i].confidence_rest);
        sum += gap;
        if (bins[i].rows > 0 && gap / bins[i].rows > *largest)
            *largest = gap / bins[i].rows;
    }
    return sum / rows;
}

int calibration_error(struct calibration *calibration, bool by_mass, double *value, double *largest,
                      struct error *error) {
    const struct calibration_bin *bins;
    if (calibration_bins(calibration, by_mass, &bins, error) < 0)
        return -1;
    *value = calibration_bins_error(calibration->bin_count, bins, (double)calibration->rows, largest);
    return 0;
}

double calibration_classwise_error(const struct calibration *calibration) {
    double sum = 0;
    for (size_t i = 0; i < calibration->classes * calibration->bin_count; i++)
        sum += fabs(running_sum_value(&calibration->class_gaps[i]));
    return sum / ((double)calibration->classes * (double)calibration->rows);
}

void calibration_free(struct calibration *calibration) {
    free(calibration->bins);
    free(calibration->mass_bins);
    free(calibration->bin_confidences);
    free(calibration->class_gaps);
    free(calibration->confidences);
    *calibration = (struct calibration){0};
}
