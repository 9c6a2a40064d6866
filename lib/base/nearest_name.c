#include "base/nearest_name.h"

#include <string.h>

enum { LENGTH_MAX = 63 }; /* longer names are not worth a guess */

static size_t least_of(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Optimal string alignment by three rows of the edit table. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t rows[3][LENGTH_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least_of(change, least_of(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least_of(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_length];
}

const char *nearest_name(const char *typed, const char *const *names, size_t count) {
    const char *nearest = NULL;
    size_t least = LENGTH_MAX;
    size_t typed_length = strlen(typed);
    for (size_t i = 0; i < count && typed_length <= LENGTH_MAX; i++) {
        size_t length = strlen(names[i]);
        if (length > LENGTH_MAX)
            continue;
        size_t distance = edit_distance(typed, typed_length, names[i], length);
        size_t longer = length > typed_length ? length : typed_length;
        if (distance < least && 3 * distance <= longer + 2) {
            least = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
