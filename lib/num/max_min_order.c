#include "num/max_min_order.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"

struct ranked {
    double rank; /* squared distance, in units in which all coordinates are at most 1 */
    size_t row;
};

/* Points entries[first] .. entries[first + count - 1], the first of them the representative. */
struct cell {
    size_t first, count;
};

struct ordering {
    size_t columns;
    const double *points;
    double scale; /* a power of two: coordinates x scale are at most 1/2 */
    struct ranked *entries;
    struct cell *stack;
    size_t depth, capacity;
};

static const double *point_of(const struct ordering *ordering, size_t entry) {
    return ordering->points + ordering->entries[entry].row * ordering->columns;
}

static void swap(struct ordering *ordering, size_t a, size_t b) {
    struct ranked kept = ordering->entries[a];
    ordering->entries[a] = ordering->entries[b];
    ordering->entries[b] = kept;
}

static double squared_distance(const struct ordering *ordering, const double *a, const double *b) {
    double sum = 0;
    for (size_t c = 0; c < ordering->columns; c++) {
        double d = a[c] * ordering->scale - b[c] * ordering->scale;
        sum += d * d;
    }
    return sum;
}

static int push(struct ordering *ordering, size_t first, size_t count, struct error *error) {
    if (count < 2)
        return 0;
    if (memory_reserve(error, &ordering->stack, &ordering->capacity, ordering->depth + 1,
                       sizeof *ordering->stack) < 0)
        return -1;
    ordering->stack[ordering->depth++] = (struct cell){first, count};
    return 0;
}

/* The longest side of the box about a cell's points, halved: the column and where it is cut; false where all
 * points are one. */
static bool find_cut(const struct ordering *ordering, struct cell cell, size_t *column, double *middle) {
    double longest = 0;
    for (size_t c = 0; c < ordering->columns; c++) {
        double low = point_of(ordering, cell.first)[c], high = low;
        for (size_t i = cell.first + 1; i < cell.first + cell.count; i++) {
            double value = point_of(ordering, i)[c];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        double side = high / 2 - low / 2;
        if (high > low && side >= longest) {
            longest = side;
            *column = c;
            *middle = low / 2 + high / 2;
            if (!(*middle >= low && *middle < high)) /* neighbours among doubles, or halves of the least */
                *middle = low;
        }
    }
    return *column != SIZE_MAX;
}

/* Moves the points on the representative's side to the front. Returns how many there are. */
static size_t divide(struct ordering *ordering, struct cell cell, size_t column, double middle) {
    bool low = point_of(ordering, cell.first)[column] <= middle;
    size_t front = cell.first + 1;
    for (size_t i = front; i < cell.first + cell.count; i++)
        if ((point_of(ordering, i)[column] <= middle) == low)
            swap(ordering, i, front++);
    return front - cell.first;
}

/* Brings the point farthest from another (or where nearest is set, nearest to it) to the front of a cell. */
static void elect(struct ordering *ordering, struct cell cell, const double *from, bool nearest) {
    size_t best = cell.first;
    double best_distance = squared_distance(ordering, point_of(ordering, best), from);
    for (size_t i = cell.first + 1; i < cell.first + cell.count; i++) {
        double distance = squared_distance(ordering, point_of(ordering, i), from);
        if (nearest ? distance < best_distance : distance > best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    ordering->entries[best].rank = best_distance;
    swap(ordering, cell.first, best);
}

static int split(struct ordering *ordering, struct cell cell, struct error *error) {
    size_t column = SIZE_MAX;
    double middle = 0;
    if (!find_cut(ordering, cell, &column, &middle))
        return 0; /* equal points keep the rank 0 */
    size_t kept = divide(ordering, cell, column, middle);
    struct cell other = {cell.first + kept, cell.count - kept};
    elect(ordering, other, point_of(ordering, cell.first), false);
    return push(ordering, other.first, other.count, error) < 0 || push(ordering, cell.first, kept, error) < 0
               ? -1
               : 0;
}

static int by_rank(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The first of all: the point nearest to the middle of the box. */
static int begin(struct ordering *ordering, size_t count, struct error *error) {
    double largest = 0, *middle = memory_array(error, ordering->columns, sizeof *middle);
    if (middle == NULL)
        return -1;
    for (size_t c = 0; c < ordering->columns; c++) {
        double low = ordering->points[c], high = low;
        for (size_t i = 0; i < count; i++) {
            double value = ordering->points[i * ordering->columns + c];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        middle[c] = low / 2 + high / 2;
        largest = fmax(largest, fmax(fabs(low), fabs(high)));
    }
    ordering->scale = largest > 0 ? ldexp(1, (int)fmin(-ilogb(largest) - 2, 1000)) : 1;
    struct cell all = {0, count};
    elect(ordering, all, middle, true);
    ordering->entries[0].rank = INFINITY;
    free(middle);
    return push(ordering, 0, count, error);
}

int max_min_order_find(size_t count, size_t columns, const double *points, size_t *order,
                       struct error *error) {
    struct ordering ordering = {.columns = columns, .points = points};
    ordering.entries = memory_array(error, count, sizeof *ordering.entries);
    int status = ordering.entries == NULL ? -1 : 0;
    for (size_t i = 0; status == 0 && i < count; i++)
        ordering.entries[i] = (struct ranked){0, i};
    if (status == 0)
        status = begin(&ordering, count, error);
    while (status == 0 && ordering.depth > 0)
        status = split(&ordering, ordering.stack[--ordering.depth], error);
    if (status == 0) {
        qsort(ordering.entries, count, sizeof *ordering.entries, by_rank);
        for (size_t i = 0; i < count; i++)
            order[i] = ordering.entries[i].row;
    }
    free(ordering.entries);
    free(ordering.stack);
    return status;
}
