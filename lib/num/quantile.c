/* Selection by Floyd and Rivest 1975, Algorithm 489, Communications of the ACM 18, 173: a sample about the
 * k-th value gives two fences that nearly all values lie outside of. */
#include "num/quantile.h"

#include <math.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"

enum {
    SAMPLED_FROM = 600, /* below, sampling costs more than it saves (their own figure) */
    SAMPLE = 1 << 12,   /* values between whose order statistics a quantile is searched */
    SEARCHED_FROM = 4 * SAMPLE,
};

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

/* Between the values at places `below` and the next. */
static double value_between(size_t count, double *values, size_t below, double weight) {
    select_place(values, 0, count - 1, below);
    double lower = values[below];
    if (weight == 0)
        return lower;
    double upper = values[below + 1];
    for (size_t i = below + 2; i < count; i++)
        upper = values[i] < upper ? values[i] : upper;
    /* equal infinities must not become nan */
    return lower == upper ? lower : (1 - weight) * lower + weight * upper;
}

/* The place at or below that of p; *weight is of the next one. */
static size_t place_of(size_t count, double p, double *weight) {
    double h = (double)(count - 1) * p;
    size_t below = (size_t)h < count - 1 ? (size_t)h : count - 1;
    *weight = h - (double)below;
    return below;
}

double quantile_select(size_t count, double *values, double p) {
    double weight;
    if (count == 0)
        return NAN;
    size_t below = place_of(count, p, &weight);
    return value_between(count, values, below, weight);
}

double quantile_select_rank(size_t count, double *values, size_t rank) {
    select_place(values, 0, count - 1, rank);
    return values[rank];
}

/* Values from low to high, which few are if the fences are near each other, and how many are below them. */
struct excerpt {
    double low, high;
    size_t before, count;
};

/* Fences about the place asked for, in a sample of values evenly spread over the rows: four of its standard
 * deviations away. */
static struct excerpt set_fences(size_t count, const double *values, double p) {
    double sample[SAMPLE], weight, last = SAMPLE - 1;
    for (size_t i = 0; i < SAMPLE; i++)
        sample[i] = values[count / SAMPLE * i];
    double place = p * last, away = 4 * sqrt(p * (1 - p) * SAMPLE) + 1;
    struct excerpt excerpt = {-INFINITY, INFINITY, 0, count};
    if (place > away)
        excerpt.low = value_between(SAMPLE, sample, place_of(SAMPLE, (place - away) / last, &weight), 0);
    if (place + away < last)
        excerpt.high = value_between(SAMPLE, sample, place_of(SAMPLE, (place + away) / last, &weight), 0);
    return excerpt;
}

INSTRUCTION_SETS static void count_excerpt(size_t count, const double *values, struct excerpt *excerpt) {
    double low = excerpt->low, high = excerpt->high;
    size_t before = 0, above = 0;
#pragma omp simd reduction(+ : before, above)
    for (size_t i = 0; i < count; i++) {
        before += values[i] < low;
        above += values[i] > high;
    }
    excerpt->before = before;
    excerpt->count = count - before - above;
}

/* Every value is written, and stays if it belongs: which do has no pattern that a branch could follow. */
INSTRUCTION_SETS static void copy_excerpt(size_t count, const double *restrict values,
                                          const struct excerpt *excerpt, double *restrict copy) {
    double low = excerpt->low, high = excerpt->high;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        copy[kept] = values[i];
        kept += (size_t)(values[i] >= low) & (size_t)(values[i] <= high);
    }
}

static int search_one(size_t count, const double *values, double p, double *quantile, struct error *error) {
    double weight;
    size_t below = place_of(count, p, &weight), next = weight > 0 ? below + 1 : below;
    struct excerpt excerpt = {-INFINITY, INFINITY, 0, count};
    if (count >= SEARCHED_FROM) {
        excerpt = set_fences(count, values, p);
        count_excerpt(count, values, &excerpt);
        if (below < excerpt.before || next >= excerpt.before + excerpt.count)
            excerpt = (struct excerpt){-INFINITY, INFINITY, 0, count}; /* the sample was not like the rest */
    }
    double *copy = memory_array(error, excerpt.count + 1, sizeof *copy); /* and what does not stay */
    if (copy == NULL)
        return -1;
    copy_excerpt(count, values, &excerpt, copy);
    *quantile = value_between(excerpt.count, copy, below - excerpt.before, weight);
    free(copy);
    return 0;
}

int quantile_search(size_t count, const double *values, size_t asked, const double *p, double *quantiles,
                    struct error *error) {
    int status = 0;
    for (size_t k = 0; status == 0 && k < asked; k++) {
        quantiles[k] = NAN;
        if (count > 0)
            status = search_one(count, values, p[k], &quantiles[k], error);
    }
    return status;
}
