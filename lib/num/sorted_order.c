#include "num/sorted_order.h"

#include <stdbool.h>
#include <string.h>

enum { DIGIT_BITS = 8, DIGITS = 64 / DIGIT_BITS, VALUES = 1 << DIGIT_BITS, RUN = 8, FEW = 768 };

/* The bits of doubles order as integers do once negative ones are turned over and the sign is. */
static uint64_t key_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

static void insertion_sort(size_t count, struct sorted_order_entry *entries) {
    for (size_t k = 1; k < count; k++) {
        struct sorted_order_entry entry = entries[k];
        size_t place = k;
        for (; place > 0 && entries[place - 1].key > entry.key; place--)
            entries[place] = entries[place - 1];
        entries[place] = entry;
    }
}

static void merge(const struct sorted_order_entry *left, size_t left_count,
                  const struct sorted_order_entry *right, size_t right_count, struct sorted_order_entry *to) {
    while (left_count > 0 && right_count > 0) {
        bool from_right = right->key < left->key;
        *to++ = from_right ? *right : *left;
        right += from_right;
        right_count -= from_right;
        left += !from_right;
        left_count -= !from_right;
    }
    memcpy(to, left, left_count * sizeof *to);
    memcpy(to + left_count, right, right_count * sizeof *to);
}

/* For few entries, where radix would spend its time on counts of digits. */
static void merge_sort(size_t count, struct sorted_order_entry *entries,
                       struct sorted_order_entry *workspace) {
    struct sorted_order_entry *from = entries, *to = workspace;
    for (size_t first = 0; first < count; first += RUN)
        insertion_sort(count - first < RUN ? count - first : RUN, entries + first);
    for (size_t width = RUN; width < count; width *= 2) {
        for (size_t first = 0; first < count; first += 2 * width) {
            size_t left = count - first < width ? count - first : width;
            size_t right = count - first - left < width ? count - first - left : width;
            merge(from + first, left, from + first + left, right, to + first);
        }
        struct sorted_order_entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != entries)
        memcpy(entries, from, count * sizeof *entries);
}

/* Deals the entries out by one digit, in order. */
static void deal(size_t count, size_t digit, const size_t *counts, const struct sorted_order_entry *from,
                 struct sorted_order_entry *to) {
    size_t places[VALUES], sum = 0;
    for (size_t v = 0; v < VALUES; v++) {
        places[v] = sum;
        sum += counts[v];
    }
    for (size_t k = 0; k < count; k++)
        to[places[from[k].key >> (digit * DIGIT_BITS) & (VALUES - 1)]++] = from[k];
}

static void radix_sort(size_t count, struct sorted_order_entry *entries,
                       struct sorted_order_entry *workspace) {
    size_t counts[DIGITS][VALUES] = {{0}};
    for (size_t k = 0; k < count; k++)
        for (size_t digit = 0; digit < DIGITS; digit++)
            counts[digit][entries[k].key >> (digit * DIGIT_BITS) & (VALUES - 1)]++;
    struct sorted_order_entry *from = entries, *to = workspace;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        bool same = counts[digit][from[0].key >> (digit * DIGIT_BITS) & (VALUES - 1)] == count;
        if (same)
            continue;
        deal(count, digit, counts[digit], from, to);
        struct sorted_order_entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != entries)
        memcpy(entries, from, count * sizeof *entries);
}

void sorted_order_find(size_t count, const double *values, struct sorted_order_entry *entries,
                       struct sorted_order_entry *workspace) {
    for (size_t k = 0; k < count; k++)
        entries[k] = (struct sorted_order_entry){key_of(values[k]), k};
    if (count <= FEW)
        merge_sort(count, entries, workspace);
    else
        radix_sort(count, entries, workspace);
}
