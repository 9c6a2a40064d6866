#include "density/kernel_distribution.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"

enum { PLACES_PER_BLOCK = 64, STEPS_MAX = 300 };

double kernel_distribution_of_kernel(enum kernel_name name, double u) {
    if (name == KERNEL_GAUSSIAN)
        return erfc(-u * M_SQRT1_2) / 2;
    if (name == KERNEL_EXPONENTIAL)
        return u < 0 ? exp(u) / 2 : 1 - exp(-u) / 2;
    if (!(u > -1))
        return isnan(u) ? u : 0;
    if (u >= 1)
        return 1;
    double t = 1 + u; /* each polynomial as a power of t times the rest: no cancellation near -1 */
    switch (name) {
    case KERNEL_EPANECHNIKOV:
        return t * t * (2 - u) / 4;
    case KERNEL_BIWEIGHT:
        return t * t * t * (8 + u * (3 * u - 9)) / 16;
    case KERNEL_TRIWEIGHT:
        return t * t * t * t * (16 + u * (-29 + u * (20 - 5 * u))) / 32;
    case KERNEL_UNIFORM:
        return t / 2;
    case KERNEL_TRIANGULAR:
        return u < 0 ? t * t / 2 : 1 - (1 - u) * (1 - u) / 2;
    default:
        return pow(sin(M_PI / 4 * t), 2); /* (1 + sin(pi u/2)) / 2 */
    }
}

/* G is 0 below -left and 1 above right, to the last bit (erfc underflows at 38.6). */
static double reach_left(enum kernel_name name) {
    return kernel_compact(name) ? 1 : name == KERNEL_GAUSSIAN ? 39 : 750;
}

static double reach_right(enum kernel_name name) {
    return kernel_compact(name) ? 1 : name == KERNEL_GAUSSIAN ? 9.5 : 46;
}

struct pair {
    double point;
    size_t index;
};

static int compare_pairs(const void *a, const void *b) {
    const struct pair *p = a, *q = b;
    if (p->point != q->point)
        return p->point < q->point ? -1 : 1;
    return p->index < q->index ? -1 : p->index > q->index;
}

static int sort_points(struct kernel_distribution *distribution, struct error *error) {
    const struct kernel_density *density = distribution->density;
    struct pair *pairs = memory_array(error, density->count, sizeof *pairs);
    if (pairs == NULL)
        return -1;
    for (size_t i = 0; i < density->count; i++)
        pairs[i] = (struct pair){density->points[i], i};
    qsort(pairs, density->count, sizeof *pairs, compare_pairs);
    distribution->weight_below[0] = 0;
    for (size_t i = 0; i < density->count; i++) {
        size_t from = pairs[i].index;
        double scale = density->factor[0] * (density->local != NULL ? density->local[from] : 1);
        distribution->points[i] = pairs[i].point;
        distribution->weights[i] = density->weights[from];
        distribution->scales[i] = scale;
        distribution->weight_below[i + 1] = distribution->weight_below[i] + density->weights[from];
        distribution->largest_scale = fmax(distribution->largest_scale, scale);
    }
    free(pairs);
    return 0;
}

static int make_cells(struct kernel_distribution *distribution, struct error *error) {
    const struct kernel_density *density = distribution->density;
    if (density->kernel.name != KERNEL_GAUSSIAN || density->local != NULL)
        return 0;
    return kernel_distribution_cells_create(&distribution->cells, density->count, distribution->points,
                                            distribution->weights, density->factor[0], error);
}

int kernel_distribution_create(struct kernel_distribution *distribution, const struct kernel_density *density,
                               struct error *error) {
    size_t n = density->count;
    if (density->dimensions != 1)
        return error_set_usage(error, "distribution functions and quantiles are of one column, not of %zu",
                               density->dimensions);
    if (!isnan(density->period[0]))
        return error_set_usage(error, "a periodic density has no distribution function");
    *distribution = (struct kernel_distribution){.density = density};
    distribution->points = memory_array(error, n, sizeof(double));
    distribution->weights = memory_array(error, n, sizeof(double));
    distribution->scales = memory_array(error, n, sizeof(double));
    distribution->weight_below = memory_array(error, n + 1, sizeof(double));
    if (distribution->points != NULL && distribution->weights != NULL && distribution->scales != NULL &&
        distribution->weight_below != NULL && sort_points(distribution, error) == 0 &&
        make_cells(distribution, error) == 0)
        return 0;
    kernel_distribution_free(distribution);
    return -1;
}

void kernel_distribution_free(struct kernel_distribution *distribution) {
    free(distribution->points);
    free(distribution->weights);
    free(distribution->scales);
    free(distribution->weight_below);
    kernel_distribution_cells_free(&distribution->cells);
    *distribution = (struct kernel_distribution){0};
}

/* How many points are below x. */
static size_t points_below(const struct kernel_distribution *distribution, double x) {
    size_t low = 0, high = distribution->density->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (distribution->points[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds the terms of points first .. last - 1 to F and, where asked for, to f without its constant. */
static double add_terms(const struct kernel_distribution *distribution, double x, size_t first, size_t last,
                        double *slope) {
    enum kernel_name name = distribution->density->kernel.name;
    double sum = 0;
    for (size_t i = first; i < last; i++) {
        double u = (x - distribution->points[i]) / distribution->scales[i], weight = distribution->weights[i];
        sum += weight * kernel_distribution_of_kernel(name, u);
        if (slope != NULL)
            *slope += weight / distribution->scales[i] * kernel_profile(name, u * u);
    }
    return sum;
}

/* Below it F is summed term by term, for its relative accuracy. */
static const double SMALL = 1e-3;

/* F and, where asked for, f without bounds. What lies as far to the right as to the left is below 1e-17 and
 * counts only where hardly any other point does. */
static double sum_at(const struct kernel_distribution *distribution, double x, double *density) {
    const struct kernel *kernel = &distribution->density->kernel;
    double scale = distribution->largest_scale, slope = 0, *more = density != NULL ? &slope : NULL;
    size_t first;
    if (distribution->cells.count > 0) {
        double sum = kernel_distribution_cells_sum(&distribution->cells, x, reach_right(kernel->name), &first,
                                                   density);
        sum += distribution->weight_below[first];
        if (sum >= SMALL)
            return sum;
    }
    first = points_below(distribution, x - reach_right(kernel->name) * scale);
    size_t near = points_below(distribution, x + reach_right(kernel->name) * scale);
    double sum = distribution->weight_below[first] + add_terms(distribution, x, first, near, more);
    if (sum < SMALL) {
        size_t last = points_below(distribution, x + reach_left(kernel->name) * scale);
        sum += add_terms(distribution, x, near, last, more);
    }
    if (density != NULL)
        *density = slope * exp(kernel->log_constant);
    return sum;
}

/* The same within the bounds. */
static double bounded_at(const struct kernel_distribution *distribution, double x, double *density) {
    double lower = distribution->density->lower[0], upper = distribution->density->upper[0];
    double slope = 0, *more = density != NULL ? &slope : NULL;
    if (x <= lower || x >= upper)
        if (density != NULL)
            *density = 0;
    if (x <= lower)
        return 0;
    x = x > upper ? upper : x;
    double value = sum_at(distribution, x, density);
    if (!isnan(lower)) {
        value -= sum_at(distribution, 2 * lower - x, more);
        if (density != NULL)
            *density += slope;
    }
    if (!isnan(upper)) {
        /* the mass from 2 upper - x up to where the lower bound's image lies, or to infinity */
        double end = isnan(lower) ? 1 : sum_at(distribution, 2 * upper - lower, NULL);
        value += end - sum_at(distribution, 2 * upper - x, more);
        if (density != NULL)
            *density += slope;
    }
    return value < 1 ? value : 1;
}

struct places {
    const struct kernel_distribution *distribution;
    size_t count;
    const double *x;
    double *values;
};

static void fill_block(void *context, size_t block, size_t worker) {
    const struct places *places = context;
    size_t begin = block * PLACES_PER_BLOCK, end = begin + PLACES_PER_BLOCK;
    (void)worker;
    for (size_t i = begin; i < end && i < places->count; i++)
        places->values[i] = isnan(places->x[i]) ? NAN : bounded_at(places->distribution, places->x[i], NULL);
}

void kernel_distribution_values(const struct kernel_distribution *distribution, size_t threads, size_t count,
                                const double *x, double *values) {
    struct places places = {distribution, count, x, values};
    parallel_for(threads, count / PLACES_PER_BLOCK + 1, fill_block, &places);
}

/* Where the kernels begin (side -1) or end (side 1), `reach` scales from the points. */
static double end_of_support(const struct kernel_distribution *distribution, double side, double reach) {
    const struct kernel_density *density = distribution->density;
    double bound = side < 0 ? density->lower[0] : density->upper[0], end = -INFINITY;
    if (!isnan(bound))
        return bound;
    for (size_t i = 0; i < density->count; i++)
        if (distribution->weights[i] > 0)
            end = fmax(end, side * distribution->points[i] + reach * distribution->scales[i]);
    return side * end;
}

double kernel_distribution_quantile(const struct kernel_distribution *distribution, double p) {
    enum kernel_name name = distribution->density->kernel.name;
    bool bounded_below = !isnan(distribution->density->lower[0]);
    bool bounded_above = !isnan(distribution->density->upper[0]);
    double low = end_of_support(distribution, -1, reach_left(name));
    double high = end_of_support(distribution, 1, reach_right(name));
    if (p <= 0)
        return kernel_compact(name) || bounded_below ? low : -INFINITY;
    if (p >= 1)
        return kernel_compact(name) || bounded_above ? high : INFINITY;
    double x = low + (high - low) / 2, width = high - low;
    for (size_t step = 0; step < STEPS_MAX; step++) {
        double density, excess = bounded_at(distribution, x, &density) - p;
        if (excess == 0)
            return x;
        *(excess > 0 ? &high : &low) = x;
        double next = x - excess / density, moved;
        /* Halve where Newton leaves the bracket, or has not halved it in three steps. */
        if (!(next > low && next < high) || (step % 3 == 2 && high - low > width / 2))
            next = low + (high - low) / 2;
        if (step % 3 == 2)
            width = high - low;
        moved = fabs(next - x);
        x = next;
        if (moved <= DBL_EPSILON * fabs(x) || high - low <= DBL_EPSILON * fabs(x))
            break;
    }
    return x;
}
