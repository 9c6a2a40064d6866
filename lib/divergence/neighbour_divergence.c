#include "divergence/neighbour_divergence.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "num/digamma.h"
#include "num/neighbours.h"
#include "num/vector.h"

/* One sample seen from itself: its own points, and the other's. */
struct side {
    const char *name, *other_name;
    const struct neighbours *own, *other;
    size_t count, other_count;
    double *rho, *nu; /* count each; rho becomes the terms */
};

static void create_error(struct error *error, const char *name) {
    if (strncmp(error->text, "row ", 4) == 0)
        error_prefix(error, "%s", name);
}

static int check_count(const char *name, size_t count, size_t k, bool itself, struct error *error) {
    size_t needed = k + itself;
    if (count >= needed)
        return 0;
    return error_set(error, "%s has %zu rows: %zu neighbours need %zu or more", name, count, k, needed);
}

/* Names the first point whose k-th neighbour is at distance 0. */
static int tie(const struct side *side, size_t row, size_t k, bool own, struct error *error) {
    const char *points = k == 1 ? "point" : "points";
    if (own)
        return error_set(error, "row %zu of %s has %zu equal %s (duplicates): --jitter S separates them",
                         row + 1, side->name, k, points);
    return error_set(error, "row %zu of %s equals %zu %s of %s: --jitter S separates them", row + 1,
                     side->name, k, points, side->other_name);
}

static int refuse_zeros(const struct side *side, size_t k, bool own, struct error *error) {
    const double *distances = own ? side->rho : side->nu;
    for (size_t i = 0; i < side->count; i++)
        if (distances[i] == 0)
            return tie(side, i, k, own, error);
    return 0;
}

static int find_distances(const struct side *side, size_t k, size_t threads, struct error *error) {
    struct neighbours_search itself = {side->own, side->own, threads, NEIGHBOURS_CHOOSE};
    struct neighbours_search other = {side->other, side->own, threads, NEIGHBOURS_CHOOSE};
    if (neighbours_kth(&itself, k, side->rho, error) < 0 || neighbours_kth(&other, k, side->nu, error) < 0)
        return -1;
    return refuse_zeros(side, k, true, error);
}

/* rho becomes log(nu / rho), also where the ratio is beyond a double. */
static void log_ratios(const struct side *side) {
    for (size_t i = 0; i < side->count; i++) {
        double ratio = side->nu[i] / side->rho[i];
        bool in_range = ratio > 0 && ratio < INFINITY;
        side->rho[i] = in_range ? log(ratio) : log(side->nu[i]) - log(side->rho[i]);
    }
}

static double log_sizes(const struct side *side) {
    return log((double)side->other_count / ((double)side->count - 1));
}

/* rho becomes d log(nu / rho) + log(m / (n - 1)): -log a of the header. */
static int ratio_terms(const struct side *side, const struct neighbour_divergence *problem,
                       struct error *error) {
    if (refuse_zeros(side, problem->k, false, error) < 0)
        return -1;
    double sizes = log_sizes(side);
    log_ratios(side);
    for (size_t i = 0; i < side->count; i++)
        side->rho[i] = (double)problem->columns * side->rho[i] + sizes;
    return 0;
}

static int adaptive_terms(const struct side *side, const struct neighbour_divergence *problem,
                          struct error *error) {
    struct neighbours_search itself = {side->own, side->own, problem->threads, NEIGHBOURS_CHOOSE};
    struct neighbours_search other = {side->other, side->own, problem->threads, NEIGHBOURS_CHOOSE};
    size_t *own_counts = memory_array(error, side->count, sizeof *own_counts);
    size_t *other_counts = memory_array(error, side->count, sizeof *other_counts);
    int status = -1;
    if (own_counts == NULL || other_counts == NULL)
        goto done;

    for (size_t i = 0; i < side->count; i++)
        side->nu[i] = fmax(side->rho[i], side->nu[i]);
    if (neighbours_within(&itself, side->nu, own_counts, error) < 0 ||
        neighbours_within(&other, side->nu, other_counts, error) < 0)
        goto done;
    double sizes = log_sizes(side);
    for (size_t i = 0; i < side->count; i++)
        side->rho[i] = digamma((double)own_counts[i]) - digamma((double)other_counts[i]) + sizes;
    status = 0;

done:
    free(own_counts);
    free(other_counts);
    return status;
}

/* log 2 - log(1 + a) for a = e^-t: the exponential never overflows. */
static double jensen_shannon_term(double t) {
    return t < 0 ? M_LN2 + t - log1p(exp(t)) : M_LN2 - log1p(exp(-t));
}

static int jensen_shannon_terms(const struct side *side, const struct neighbour_divergence *problem,
                                struct error *error) {
    if (ratio_terms(side, problem, error) < 0)
        return -1;
    for (size_t i = 0; i < side->count; i++)
        side->rho[i] = jensen_shannon_term(side->rho[i]);
    return 0;
}

/* The mean over one side; its terms go to `terms` unless that is NULL. */
static int side_mean(struct side *side, const struct neighbour_divergence *problem, double *terms,
                     double *mean, struct error *error) {
    typedef int find_terms(const struct side *, const struct neighbour_divergence *, struct error *);
    static find_terms *const find[] = {ratio_terms, adaptive_terms, jensen_shannon_terms};
    int status = -1;
    side->nu = memory_array(error, side->count, sizeof *side->nu);
    side->rho = memory_array(error, side->count, sizeof *side->rho);
    if (side->nu == NULL || side->rho == NULL ||
        find_distances(side, problem->k, problem->threads, error) < 0 ||
        find[problem->method](side, problem, error) < 0)
        goto done;
    *mean = vector_sum(side->count, side->rho) / (double)side->count;
    if (terms != NULL)
        memcpy(terms, side->rho, side->count * sizeof *terms);
    status = 0;

done:
    free(side->nu);
    free(side->rho);
    return status;
}

int neighbour_divergence_estimate(const struct neighbour_divergence *problem, double *x_terms,
                                  double *y_terms, double *value, struct error *error) {
    bool both = problem->method == NEIGHBOUR_DIVERGENCE_JENSEN_SHANNON;
    if (check_count("X", problem->x_count, problem->k, true, error) < 0 ||
        check_count("Y", problem->y_count, problem->k, both, error) < 0)
        return -1;

    int status = -1;
    struct neighbours *y = NULL;
    struct neighbours *x =
        neighbours_create(problem->x_count, problem->columns, problem->x, problem->threads, error);
    if (x == NULL) {
        create_error(error, "X");
        return -1;
    }
    y = neighbours_create(problem->y_count, problem->columns, problem->y, problem->threads, error);
    if (y == NULL) {
        create_error(error, "Y");
        goto done;
    }

    struct side from_x = {"X", "Y", x, y, problem->x_count, problem->y_count, NULL, NULL};
    struct side from_y = {"Y", "X", y, x, problem->y_count, problem->x_count, NULL, NULL};
    double x_mean, y_mean;
    if (side_mean(&from_x, problem, x_terms, &x_mean, error) < 0 ||
        (both && side_mean(&from_y, problem, y_terms, &y_mean, error) < 0))
        goto done;
    *value = both ? 0.5 * x_mean + 0.5 * y_mean : x_mean;
    status = 0;

done:
    neighbours_free(x);
    neighbours_free(y);
    return status;
}

int neighbour_divergence_subsample(void *context, const struct subsample *subsample, double *value,
                                   struct error *error) {
    const struct neighbour_divergence *whole = context;
    struct neighbour_divergence part = *whole;
    int status = -1;
    double *x = memory_matrix(error, subsample->x_count, whole->columns, sizeof *x);
    double *y = memory_matrix(error, subsample->y_count, whole->columns, sizeof *y);
    if (x != NULL && y != NULL) {
        subsampling_gather(subsample->x, subsample->x_count, whole->columns, whole->x, x);
        subsampling_gather(subsample->y, subsample->y_count, whole->columns, whole->y, y);
        part.x = x;
        part.y = y;
        part.x_count = subsample->x_count;
        part.y_count = subsample->y_count;
        part.threads = 1;
        status = neighbour_divergence_estimate(&part, NULL, NULL, value, error);
    }
    free(x);
    free(y);
    return status;
}

/* In two passes, about the mean. */
static double column_deviation(size_t count, size_t columns, const double *column) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += column[i * columns];
    double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (column[i * columns] - mean) * (column[i * columns] - mean);
    return count > 1 ? sqrt(squares / (double)(count - 1)) : 0;
}

double *neighbour_divergence_jitter(size_t count, size_t columns, const double *points, double scale,
                                    uint64_t seed, const char *filter, unsigned sample, struct error *error) {
    double *jittered = memory_matrix(error, count, columns, sizeof *jittered);
    double *amplitude = memory_array(error, columns, sizeof *amplitude);
    if (jittered == NULL || amplitude == NULL) {
        free(jittered);
        free(amplitude);
        return NULL;
    }
    struct random_stream stream;
    random_start(&stream, seed, filter, "jitter", sample);
    for (size_t c = 0; c < columns; c++)
        amplitude[c] = scale * column_deviation(count, columns, points + c);
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < columns; c++)
            jittered[i * columns + c] =
                points[i * columns + c] + amplitude[c] * (2 * random_uniform(&stream) - 1);
    free(amplitude);
    return jittered;
}
