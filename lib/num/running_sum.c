#include "num/running_sum.h"

#include <math.h>
#include <stdbool.h>

#include "num/compensated.h"

/* Adds value + carry, both finite (Joldes, Muller and Popescu 2017, AccurateDWPlusDW). A sum that overflows
 * becomes special. */
static void add_pair(struct running_sum *sum, double value, double carry) {
    double high = sum->value + value;
    if (!isfinite(high)) {
        sum->special += high;
        sum->value = sum->carry = 0;
        return;
    }
    double error = compensated_sum_error(sum->value, value, high);
    double low = sum->carry + carry;
    double low_error = compensated_sum_error(sum->carry, carry, low);
    double middle = error + low;
    double next = high + middle;
    double rest = low_error + compensated_fast_sum_error(high, middle, next);
    sum->value = next + rest;
    sum->carry = compensated_fast_sum_error(next, rest, sum->value);
}

void running_sum_add(struct running_sum *sum, size_t count, const double *values) {
    for (size_t i = 0; i < count; i++) {
        if (isfinite(values[i]))
            add_pair(sum, values[i], 0);
        else
            sum->special += values[i];
    }
    sum->count += count;
}

/* Beyond, a product's error cannot be had by splitting, and is left out. */
static const double SPLIT_LIMIT = 0x1p995;

void running_sum_add_weighted(struct running_sum *sum, size_t count, const double *values,
                              const double *weights) {
    for (size_t i = 0; i < count; i++) {
        double product = values[i] * weights[i];
        bool exact = fabs(values[i]) < SPLIT_LIMIT && fabs(weights[i]) < SPLIT_LIMIT;
        if (isfinite(product))
            add_pair(sum, product, exact ? compensated_product_error(values[i], weights[i], product) : 0);
        else
            sum->special += product;
    }
    sum->count += count;
}

void running_sum_merge(struct running_sum *sum, const struct running_sum *other) {
    add_pair(sum, other->value, other->carry);
    sum->special += other->special;
    sum->count += other->count;
}

double running_sum_value(const struct running_sum *sum) {
    double finite = sum->value + sum->carry;
    return sum->special != 0 ? sum->special : finite;
}

double running_sum_mean(const struct running_sum *sum) {
    return running_sum_value(sum) / (double)sum->count;
}
