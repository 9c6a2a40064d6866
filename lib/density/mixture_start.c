#include "density/mixture_start.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "density/kmeans.h"
#include "density/mixture_ward.h"

enum { LLOYD_MAX = 100, WHOLE_STEPS = 100 };
static const double WHOLE_TOLERANCE = 1e-8; /* of the log-likelihood, per unit of weight */
/* Centres that still move by less make no other mixture. */
static const double LLOYD_TOLERANCE = 1e-3;

static const double SMALLEST = 1e-300; /* a variance: its products with rows still have all digits */

void mixture_start_centre(size_t rows, size_t dimensions, const double *weights, double *values,
                          double *mean) {
    double total = 0;
    memset(mean, 0, dimensions * sizeof *mean);
    for (size_t i = 0; i < rows; i++) { /* running means do not overflow */
        double weight = weights != NULL ? weights[i] : 1;
        if (weight == 0)
            continue;
        total += weight;
        for (size_t j = 0; j < dimensions; j++)
            mean[j] += weight / total * (values[i * dimensions + j] - mean[j]);
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < dimensions; j++)
            values[i * dimensions + j] -= mean[j];
}

/* K components of equal weight with one variance. The means are left to the caller. Not prepared. */
static struct gaussian_mixture *equal_spheres(size_t components, size_t dimensions, double variance,
                                              struct error *error) {
    struct gaussian_mixture *mixture =
        gaussian_mixture_create(components, dimensions, GAUSSIAN_MIXTURE_TIED_SPHERICAL, error);
    for (size_t k = 0; mixture != NULL && k < components; k++)
        mixture->weights[k] = 1 / (double)components;
    if (mixture != NULL)
        mixture->covariances[0] = variance;
    return mixture;
}

double mixture_start_variance(const struct gaussian_mixture *whole) {
    size_t d = whole->dimensions;
    double sum = 0;
    switch (whole->type) {
    case GAUSSIAN_MIXTURE_FULL:
    case GAUSSIAN_MIXTURE_TIED:
        for (size_t j = 0; j < d; j++)
            sum += whole->covariances[j * d + j];
        return sum / (double)d;
    case GAUSSIAN_MIXTURE_DIAGONAL:
    case GAUSSIAN_MIXTURE_TIED_DIAGONAL:
        for (size_t j = 0; j < d; j++)
            sum += whole->covariances[j];
        return sum / (double)d;
    default:
        return whole->covariances[0];
    }
}

static void refuse_variance(double variance, struct error *error) {
    error_set(error, "%s",
              variance == 0         ? "all rows are equal"
              : variance < SMALLEST ? "the variance is below 1e-300: values lie too close together"
                                    : "the variance is not finite: values lie too far apart");
}

struct gaussian_mixture *mixture_start_sphere(size_t dimensions, struct error *error) {
    struct gaussian_mixture *sphere = equal_spheres(1, dimensions, 1, error);
    if (sphere == NULL)
        return NULL;
    memset(sphere->means, 0, dimensions * sizeof(double));
    if (mixture_maximise_prepare(sphere, error) == 0)
        return sphere;
    gaussian_mixture_free(sphere);
    return NULL;
}

struct gaussian_mixture *mixture_start_whole_of_sums(size_t dimensions, enum gaussian_mixture_type type,
                                                     const struct mixture_sums *sums, struct error *error) {
    struct gaussian_mixture *whole = mixture_start_sphere(dimensions, error);
    struct mixture_constraints none = {.dirichlet = 1, .whole = whole};
    struct error singular = {0};
    size_t lifted;
    if (whole == NULL)
        return NULL;
    (void)!mixture_maximise(whole, type, sums, &none, &lifted, &singular);
    double variance = whole->type == type ? mixture_start_variance(whole) : NAN;
    if (variance >= SMALLEST && isfinite(variance))
        return whole;
    if (memory_ran_out(&singular))
        *error = singular;
    else
        refuse_variance(variance, error);
    gaussian_mixture_free(whole);
    return NULL;
}

/* A component about 0 with each column's variance of what is there, or their mean for a constant column. */
static struct gaussian_mixture *observed_variances(const struct mixture_rows *rows, struct error *error) {
    const struct mixture_patterns *patterns = rows->patterns;
    size_t d = rows->dimensions;
    struct gaussian_mixture *one = gaussian_mixture_create(1, d, GAUSSIAN_MIXTURE_DIAGONAL, error);
    double *totals = memory_zeros(error, d, sizeof *totals), mean = 0;
    if (one == NULL || totals == NULL)
        goto failed;
    one->weights[0] = 1;
    memset(one->means, 0, d * sizeof(double));
    memset(one->covariances, 0, d * sizeof(double));
    for (size_t i = 0; i < patterns->tile_count * MIXTURE_PATTERNS_TILE; i++) {
        const struct mixture_patterns_tile *tile = &patterns->tiles[i / MIXTURE_PATTERNS_TILE];
        if (i % MIXTURE_PATTERNS_TILE >= tile->count)
            continue;
        size_t row = patterns->order[tile->from + i % MIXTURE_PATTERNS_TILE];
        double weight = rows->weights != NULL ? rows->weights[row] : 1;
        for (size_t j = 0; j < d; j++) {
            double value = rows->values[row * d + j]; /* 0 where it is missing */
            totals[j] += patterns->observed[tile->pattern * d + j] ? weight : 0;
            one->covariances[j] += weight * value * value;
        }
    }
    for (size_t j = 0; j < d; j++) {
        one->covariances[j] /= totals[j];
        mean += one->covariances[j] / (double)d;
    }
    for (size_t j = 0; j < d; j++)
        one->covariances[j] = one->covariances[j] > 0 ? one->covariances[j] : mean;
    if (!(mean >= SMALLEST && isfinite(mean)))
        refuse_variance(mean, error);
    else if (mixture_maximise_prepare(one, error) == 0) {
        free(totals);
        return one;
    }

failed:
    free(totals);
    gaussian_mixture_free(one);
    return NULL;
}

/* The same where entries are missing: EM of the one component, whose mean stays where the rows are counted
 * from. */
static struct gaussian_mixture *whole_of_observed(const struct mixture_rows *rows,
                                                  enum gaussian_mixture_type type, size_t threads,
                                                  struct error *error) {
    struct mixture_step *step = mixture_step_create(rows, 1, type, threads, error);
    struct gaussian_mixture *whole = step != NULL ? observed_variances(rows, error) : NULL;
    struct mixture_constraints none = {.dirichlet = 1, .fix_means = true, .whole = whole};
    struct error singular = {0};
    double before = -INFINITY;
    size_t lifted;
    for (int i = 0; whole != NULL && i < WHOLE_STEPS; i++) {
        const struct mixture_sums *sums = mixture_step_run(step, whole, MIXTURE_STEP_SOFT);
        double now = sums->log_likelihood;
        if (mixture_maximise(whole, type, sums, &none, &lifted, &singular) < 0 ||
            now - before < WHOLE_TOLERANCE * rows->total)
            break;
        before = now;
    }
    mixture_step_free(step);
    if (!memory_ran_out(&singular))
        return whole;
    *error = singular;
    gaussian_mixture_free(whole);
    return NULL;
}

struct gaussian_mixture *mixture_start_whole(const struct mixture_rows *rows, enum gaussian_mixture_type type,
                                             size_t threads, struct error *error) {
    if (rows->patterns != NULL)
        return whole_of_observed(rows, type, threads, error);
    struct mixture_step *step = mixture_step_create(rows, 1, type, threads, error);
    struct gaussian_mixture *sphere = step != NULL ? mixture_start_sphere(rows->dimensions, error) : NULL,
                            *whole = NULL;
    if (sphere != NULL)
        whole = mixture_start_whole_of_sums(rows->dimensions, type,
                                            mixture_step_run(step, sphere, MIXTURE_STEP_HARD), error);
    gaussian_mixture_free(sphere);
    mixture_step_free(step);
    return whole;
}

int mixture_start_box(const struct mixture_rows *rows, double *noise_log_density, struct error *error) {
    *noise_log_density = 0;
    for (size_t j = 0; j < rows->dimensions; j++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < rows->rows; i++) {
            if (rows->weights != NULL && rows->weights[i] == 0)
                continue;
            double value = rows->values[i * rows->dimensions + j];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        if (!(high > low))
            return error_set(error, "column %zu is constant: noise has no box", j + 1);
        *noise_log_density -= log(high - low);
    }
    return 0;
}

/* Rows without gaps, for the search of centres. */
static struct mixture_rows without_gaps(const struct mixture_rows *rows, size_t components) {
    const struct mixture_patterns *patterns = rows->patterns;
    struct mixture_rows dense = *rows;
    dense.patterns = NULL;
    if (patterns == NULL || patterns->complete < MIXTURE_START_COMPLETE * components)
        return dense;
    dense.rows = patterns->complete;
    dense.values = patterns->complete_values;
    dense.weights = patterns->complete_weights;
    dense.total = 0;
    for (size_t i = 0; i < dense.rows; i++)
        dense.total += dense.weights[i];
    return dense;
}

/* The centres of one start, in the mixture's means. */
static int draw_centres(const struct mixture_rows *all, const struct mixture_start *start,
                        struct gaussian_mixture *mixture, struct error *error) {
    struct mixture_rows dense = without_gaps(all, mixture->components);
    const struct mixture_rows *rows = &dense;
    struct random_stream stream;
    if (start->centres != NULL) {
        memcpy(mixture->means, start->centres, start->components * rows->dimensions * sizeof(double));
        return 0;
    }
    random_start(&stream, start->seed, "gmmfit", "start", start->number);
    if (start->kind == MIXTURE_START_WARD)
        return mixture_ward_centres(rows, mixture->components, &stream, mixture->means, error);
    const struct kmeans_data data = {
        .rows = rows->rows, .columns = rows->dimensions, .points = rows->values, .weights = rows->weights};
    const struct kmeans_settings settings = {
        .clusters = mixture->components,
        .init = start->kind == MIXTURE_START_RANDOM ? KMEANS_RANDOM : KMEANS_PLUS_PLUS,
        .restarts = 1,
        .max_iterations = start->kind == MIXTURE_START_KMEANS ? LLOYD_MAX : 0,
        .tolerance = LLOYD_TOLERANCE,
        .seed = random_bits64(&stream),
        .threads = start->threads,
    };
    struct kmeans clusters = {0};
    if (kmeans_fit(&data, &settings, &clusters, error) < 0)
        return -1;
    memcpy(mixture->means, clusters.centers, mixture->components * rows->dimensions * sizeof(double));
    kmeans_free(&clusters);
    return 0;
}

void mixture_start_add_noise(struct gaussian_mixture *mixture, double noise_log_density) {
    if (noise_log_density == -INFINITY || mixture->noise_weight > 0)
        return;
    mixture->noise_weight = MIXTURE_START_NOISE;
    mixture->noise_log_density = noise_log_density;
    for (size_t k = 0; k < mixture->components; k++)
        mixture->weights[k] *= 1 - MIXTURE_START_NOISE;
}

/* Makes the weights of a step's rows 1 on average where they are less, by which the prior counts: weights
 * that sum to 1 make the start that equal weights make. */
static void raise_weights(const struct mixture_rows *rows, size_t components, struct mixture_sums *sums) {
    size_t d = rows->dimensions, count = 0;
    for (size_t i = 0; rows->weights != NULL && i < rows->rows; i++)
        count += rows->weights[i] > 0;
    if (!((double)count > rows->total))
        return;
    double factor = (double)count / rows->total;
    for (size_t k = 0; k < components; k++)
        sums->counts[k] *= factor;
    for (size_t i = 0; i < components * d; i++)
        sums->first[i] *= factor;
    for (size_t i = 0; i < components * sums->seconds; i++)
        sums->second[i] *= factor;
}

struct gaussian_mixture *mixture_start_draw(const struct mixture_rows *rows, struct mixture_step *step,
                                            const struct mixture_constraints *constraints,
                                            const struct mixture_start *start, struct error *error) {
    size_t components = start->components, lifted;
    struct mixture_constraints shrunk = {.floor = constraints->floor,
                                         .ridge = constraints->ridge,
                                         .dirichlet = 1,
                                         .conjugate = true,
                                         .whole = constraints->whole};
    struct gaussian_mixture *mixture =
        equal_spheres(components, rows->dimensions, mixture_start_variance(constraints->whole), error);
    if (mixture == NULL)
        return NULL;
    if (draw_centres(rows, start, mixture, error) == 0 && mixture_maximise_prepare(mixture, error) == 0) {
        struct mixture_sums sums = *mixture_step_run(step, mixture, MIXTURE_STEP_HARD);
        for (size_t k = 0; k < components; k++) /* centres so near that rounding has made them one */
            sums.counts[k] = sums.counts[k] > 0 ? sums.counts[k] : 1e-6 * rows->total;
        raise_weights(rows, components, &sums);
        if (mixture_maximise(mixture, constraints->whole->type, &sums, &shrunk, &lifted, error) == 0)
            return mixture;
    }
    gaussian_mixture_free(mixture);
    return NULL;
}

struct gaussian_mixture *mixture_start_copy(const struct gaussian_mixture *mixture, const double *centre,
                                            struct error *error) {
    size_t components = mixture->components, d = mixture->dimensions;
    size_t count = gaussian_mixture_covariance_count(mixture->type, components, d);
    struct gaussian_mixture *copy = gaussian_mixture_create(components, d, mixture->type, error);
    if (copy == NULL)
        return NULL;
    memcpy(copy->weights, mixture->weights, components * sizeof(double));
    memcpy(copy->covariances, mixture->covariances, count * sizeof(double));
    for (size_t i = 0; i < components * d; i++)
        copy->means[i] = mixture->means[i] - (centre != NULL ? centre[i % d] : 0);
    copy->noise_weight = mixture->noise_weight;
    copy->noise_log_density = mixture->noise_log_density;
    if (gaussian_mixture_prepare(copy, error) == 0)
        return copy;
    gaussian_mixture_free(copy);
    return NULL;
}
