/* Selection by Floyd and Rivest 1975, Algorithm 489, Communications of the ACM 18, 173: a sample about the
 * k-th value gives two fences that nearly all values lie outside of. */
#include "num/quantile.h"

#include <math.h>

enum { SAMPLED_FROM = 600 }; /* below, sampling costs more than it saves (their own figure) */

static void swap(double *values, size_t i, size_t j) {
    double value = values[i];
    values[i] = values[j];
    values[j] = value;
}

/* Parts values[left .. right] about the value at k (Hoare). Afterwards what is left of the place returned is
 * no greater than the value there, what is right of it no less. */
static size_t part(double *values, size_t left, size_t right, size_t k) {
    double pivot = values[k];
    size_t i = left, j = right;
    swap(values, left, k);
    if (values[right] > pivot)
        swap(values, left, right);
    while (i < j) {
        swap(values, i++, j--);
        while (values[i] < pivot)
            i++;
        while (values[j] > pivot)
            j--;
    }
    if (values[left] == pivot)
        swap(values, left, j);
    else
        swap(values, ++j, right);
    return j;
}

/* Puts the k-th smallest of values[left .. right] into its place. */
static void select_place(double *values, size_t left, size_t right, size_t k) {
    while (right > left) {
        if (right - left > SAMPLED_FROM) {
            double n = (double)(right - left + 1), i = (double)(k - left + 1), z = log(n);
            double s = 0.5 * exp(2 * z / 3);
            double spread = 0.5 * sqrt(z * s * (n - s) / n) * (i < n / 2 ? -1 : 1);
            double low = (double)k - i * s / n + spread, high = (double)k + (n - i) * s / n + spread;
            select_place(values, low > (double)left ? (size_t)low : left,
                         high < (double)right ? (size_t)high : right, k);
        }
        size_t place = part(values, left, right, k);
        if (place <= k)
            left = place + 1;
        if (k <= place) {
            if (place == 0)
                return;
            right = place - 1;
        }
    }
}

double quantile_select(size_t count, double *values, double p) {
    if (count == 0)
        return NAN;
    double h = (double)(count - 1) * p;
    size_t below = (size_t)h;
    if (below >= count - 1)
        below = count - 1;
    select_place(values, 0, count - 1, below);
    double lower = values[below], weight = h - (double)below;
    if (weight == 0)
        return lower;
    double upper = values[below + 1];
    for (size_t i = below + 2; i < count; i++)
        upper = values[i] < upper ? values[i] : upper;
    /* equal infinities must not become nan */
    return lower == upper ? lower : (1 - weight) * lower + weight * upper;
}
