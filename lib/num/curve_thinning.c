#include "num/curve_thinning.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* Appends the indices of a run first .. last that stand for it, ascending and none twice. */
static size_t keep_run(const double *y, size_t first, size_t last, size_t *kept) {
    size_t lowest = first, highest = first, count = 0;
    for (size_t i = first; i <= last; i++) {
        if (y[i] < y[lowest])
            lowest = i;
        if (y[i] > y[highest])
            highest = i;
    }
    const size_t order[] = {first, lowest < highest ? lowest : highest, lowest < highest ? highest : lowest,
                            last};
    for (size_t i = 0; i < 4; i++)
        if (count == 0 || order[i] > kept[count - 1])
            kept[count++] = order[i];
    return count;
}

size_t curve_thinning_line(size_t count, const double *places, const double *y, size_t *kept) {
    size_t kept_count = 0;
    for (size_t first = 0, last; first < count; first = last + 1) {
        double column = floor(places[first]);
        last = first;
        while (last + 1 < count && floor(places[last + 1]) == column)
            last++;
        kept_count += keep_run(y, first, last, kept + kept_count);
    }
    return kept_count;
}

static size_t nearest_cell(double place, size_t cells) {
    return place >= 0 ? (size_t)fmin(place, (double)(cells - 1)) : 0;
}

int curve_thinning_points(size_t count, const double *x_places, const double *y_places, size_t columns,
                          size_t rows, size_t *kept, size_t *kept_count, struct error *error) {
    *kept_count = 0;
    size_t cells;
    if (!memory_product(columns, rows, &cells))
        return error_set(error, "out of memory (the picture does not fit an address)");
    unsigned char *taken = memory_zeros(error, cells, 1);
    if (taken == NULL)
        return -1;
    for (size_t k = 0; k < count; k++) {
        size_t cell = nearest_cell(y_places[k], rows) * columns + nearest_cell(x_places[k], columns);
        if (!taken[cell])
            kept[(*kept_count)++] = k;
        taken[cell] = 1;
    }
    free(taken);
    return 0;
}
