/* The order that sorts an array of doubles, by radix where there are many: linear time, several
 * times quicker than comparisons. */
#ifndef NUM_SORTED_ORDER_H
#define NUM_SORTED_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* A value as an integer of the same order, and where it stood. */
struct sorted_order_entry {
    uint64_t key;
    size_t index;
};

/* Writes to `entries` the indices of values in ascending order, equal values in the order they stand; -0
 * comes before 0, nan at the ends.
 *
 *   entries    count
 *   workspace  count */
void sorted_order_find(size_t count, const double *values, struct sorted_order_entry *entries,
                       struct sorted_order_entry *workspace);

#endif
