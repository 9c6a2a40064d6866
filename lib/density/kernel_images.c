#include "density/kernel_images.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

bool kernel_images_needed(const struct kernel_density *density) {
    for (size_t i = 0; i < density->dimensions; i++)
        if (!isnan(density->lower[i]) || !isnan(density->upper[i]) || !isnan(density->period[i]))
            return true;
    return false;
}

/* How far from a point, in bandwidths, a kernel is worth summing. With a diagonal factor a gaussian beyond
 * half a period + 9 is below e^-40 of the nearest image's; else 39 bandwidths are where it underflows. */
static double kernel_reach(const struct kernel_density *density) {
    if (kernel_compact(density->kernel.name))
        return 1;
    size_t d = density->dimensions;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < i; j++)
            if (density->factor[i * d + j] != 0)
                return 40;
    return density->kernel.name == KERNEL_GAUSSIAN ? 9 : 40;
}

/* The largest |x - y| in a column where |z| <= 1: a ball's, or a cube's. */
static double column_half_width(const struct kernel_density *density, size_t column) {
    size_t d = density->dimensions;
    double sum = 0, squares = 0;
    for (size_t j = 0; j <= column; j++) {
        double entry = density->factor[column * d + j];
        sum += fabs(entry);
        squares += entry * entry;
    }
    return density->kernel.form == KERNEL_PRODUCT ? sum : sqrt(squares);
}

static double largest_local(const struct kernel_density *density) {
    double largest = density->local == NULL ? 1 : 0;
    for (size_t i = 0; density->local != NULL && i < density->count; i++)
        largest = fmax(largest, density->local[i]);
    return largest;
}

int kernel_images_create(struct kernel_images *images, const struct kernel_density *density,
                         struct error *error) {
    size_t d = density->dimensions;
    *images = (struct kernel_images){.density = density};
    images->low = memory_array(error, d, sizeof *images->low);
    images->high = memory_array(error, d, sizeof *images->high);
    if (images->low == NULL || images->high == NULL) {
        kernel_images_free(images);
        return -1;
    }
    double bandwidths = kernel_reach(density) * largest_local(density);
    for (size_t j = 0; j < d; j++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < density->count; i++) {
            low = fmin(low, density->points[i * d + j]);
            high = fmax(high, density->points[i * d + j]);
        }
        double reach = density->period[j] / 2 + bandwidths * column_half_width(density, j);
        images->low[j] = low - reach;
        images->high[j] = high + reach;
    }
    return 0;
}

void kernel_images_free(struct kernel_images *images) {
    free(images->low);
    free(images->high);
    *images = (struct kernel_images){0};
}

/* The first k with x + kP not below low. */
static double first_period(const struct kernel_images *images, size_t column, double x) {
    return ceil((images->low[column] - x) / images->density->period[column]);
}

static size_t count_column(const struct kernel_images *images, size_t column, double x) {
    const struct kernel_density *density = images->density;
    double lower = density->lower[column], upper = density->upper[column], period = density->period[column];
    if (x < lower || x > upper)
        return 0;
    if (isnan(period))
        return 1 + (size_t)!isnan(lower) + (size_t)!isnan(upper);
    double count = floor((images->high[column] - x) / period) - first_period(images, column, x) + 1;
    return count <= KERNEL_IMAGES_MAX ? (size_t)fmax(count, 0) : KERNEL_IMAGES_MAX + 1;
}

size_t kernel_images_count(const struct kernel_images *images, const double *x) {
    size_t count = 1, too_many = KERNEL_IMAGES_MAX + 1;
    for (size_t j = 0; j < images->density->dimensions; j++) {
        count *= count_column(images, j, x[j]); /* both below 2^21 */
        if (count == 0)
            return 0;
        count = count < too_many ? count : too_many;
    }
    return count;
}

void kernel_images_write(const struct kernel_images *images, const double *x, size_t index, double *image,
                         double *signs) {
    const struct kernel_density *density = images->density;
    for (size_t j = 0; j < density->dimensions; j++) {
        size_t choices = count_column(images, j, x[j]);
        size_t choice = index % choices;
        index /= choices;
        image[j] = x[j];
        signs[j] = 1;
        if (!isnan(density->period[j])) {
            image[j] = x[j] + (first_period(images, j, x[j]) + (double)choice) * density->period[j];
        } else if (choice > 0) {
            bool at_lower = choice == 1 && !isnan(density->lower[j]);
            image[j] = 2 * (at_lower ? density->lower[j] : density->upper[j]) - x[j];
            signs[j] = -1;
        }
    }
}
