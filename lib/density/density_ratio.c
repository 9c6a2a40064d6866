#include "density/density_ratio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/kernel_density.h"
#include "density/kernel_density_bandwidth.h"
#include "density/kernel_evaluation.h"
#include "num/vector.h"

/* The estimate of one sample with its bandwidth. */
static struct kernel_density *estimate(const struct density_ratio *ratio, const double *points, size_t count,
                                       const char *bandwidth, const char *name, struct error *error) {
    struct kernel_density_options options = KERNEL_DENSITY_OPTIONS_DEFAULT;
    struct command command = *ratio->command; /* a copy: this may be one of several threads */
    options.bandwidth = bandwidth;
    command.threads = ratio->threads;
    struct kernel_density *density =
        kernel_density_create(count, ratio->columns, KERNEL_GAUSSIAN, KERNEL_RADIAL, error);
    if (density == NULL)
        return NULL;
    memcpy(density->points, points, count * ratio->columns * sizeof *points);
    if (kernel_density_bandwidth_set(density, &command, &options, name, false) == 0) {
        if (kernel_density_prepare(density, error) == 0)
            return density;
    } else {
        *error = command.error;
    }
    kernel_density_free(density);
    return NULL;
}

/* log densities at points; `own` where they are the density's, each left out in turn. */
static int log_densities(const struct density_ratio *ratio, const struct kernel_density *density,
                         const double *points, size_t count, bool own, double *result, struct error *error) {
    const struct kernel_evaluation_settings settings = {
        .sums = {.relative = 1e-10, .queries = count, .skips = own, .threads = ratio->threads},
        .log = true,
    };
    struct kernel_evaluation *evaluation = kernel_evaluation_create(density, &settings, error);
    if (evaluation == NULL)
        return -1;
    int status =
        kernel_evaluation_rows(evaluation, count, points, own ? 0 : KERNEL_EVALUATION_ALL, result, error);
    kernel_evaluation_free(evaluation);
    return status;
}

/* Logarithms are infinite where the square of a distance in bandwidths is beyond doubles, and a ratio of such
 * densities would be made up. */
static int check_finite(const struct density_ratio *ratio, const double *points, size_t count,
                        const double *logarithms, struct error *error) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(logarithms[i]))
            return error_set(error,
                             "row %zu of %s is so far from the points of a sample that its density has "
                             "no logarithm: raise the bandwidth, or leave the row out",
                             i + 1, points == ratio->x ? "X" : "Y");
    return 0;
}

/* log_ratios[i] = log other(point i) - log own_{-i}(point i) */
static int log_ratios(const struct density_ratio *ratio, const struct kernel_density *own,
                      const struct kernel_density *other, const double *points, double *ratios,
                      struct error *error) {
    size_t count = own->count;
    if (count < 2)
        return error_set(error, "%s has 1 row: its estimate without it needs 2",
                         points == ratio->x ? "X" : "Y");
    double *left_out = memory_array(error, count, sizeof *left_out);
    int status = left_out == NULL ? -1 : log_densities(ratio, own, points, count, true, left_out, error);
    if (status == 0)
        status = log_densities(ratio, other, points, count, false, ratios, error);
    if (status == 0 && (check_finite(ratio, points, count, left_out, error) < 0 ||
                        check_finite(ratio, points, count, ratios, error) < 0))
        status = -1;
    for (size_t i = 0; i < count && status == 0; i++)
        ratios[i] -= left_out[i];
    free(left_out);
    return status;
}

/* What the two densities have in common. */
struct pair {
    struct kernel_density *f, *g;
    double *at_x, *at_y; /* log ratios; at_y NULL where it is not asked for */
};

static int compare(struct pair *pair, const struct density_ratio *ratio, bool both_ways,
                   struct error *error) {
    *pair = (struct pair){0};
    pair->f = estimate(ratio, ratio->x, ratio->x_count, ratio->bandwidth_p, "X", error);
    pair->g =
        pair->f == NULL ? NULL : estimate(ratio, ratio->y, ratio->y_count, ratio->bandwidth_q, "Y", error);
    if (pair->g == NULL)
        return -1;
    pair->at_x = memory_array(error, ratio->x_count, sizeof *pair->at_x);
    if (pair->at_x == NULL || log_ratios(ratio, pair->f, pair->g, ratio->x, pair->at_x, error) < 0)
        return -1;
    if (!both_ways)
        return 0;
    pair->at_y = memory_array(error, ratio->y_count, sizeof *pair->at_y);
    return pair->at_y == NULL ? -1 : log_ratios(ratio, pair->g, pair->f, ratio->y, pair->at_y, error);
}

static void release(struct pair *pair) {
    kernel_density_free(pair->f);
    kernel_density_free(pair->g);
    free(pair->at_x);
    free(pair->at_y);
}

int density_ratio_kl(const struct density_ratio *ratio, double *divergence, struct error *error) {
    struct pair pair;
    int status = compare(&pair, ratio, false, error);
    if (status == 0)
        *divergence = -vector_sum(ratio->x_count, pair.at_x) / (double)ratio->x_count;
    release(&pair);
    return status;
}

/* mean log(2 / (1 + e^a)), without overflow; a becomes its terms. */
static double mean_term(size_t count, double *a) {
    for (size_t i = 0; i < count; i++)
        a[i] = log(2) - fmax(a[i], 0) - log1p(exp(-fabs(a[i])));
    return vector_sum(count, a) / (double)count;
}

int density_ratio_js(const struct density_ratio *ratio, double *divergence, struct error *error) {
    struct pair pair;
    int status = compare(&pair, ratio, true, error);
    if (status == 0)
        *divergence = (mean_term(ratio->x_count, pair.at_x) + mean_term(ratio->y_count, pair.at_y)) / 2;
    release(&pair);
    return status;
}
