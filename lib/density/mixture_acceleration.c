#include "density/mixture_acceleration.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/cholesky.h"

static const double WIDEN = 4; /* of the bound, where a jump as long as it may be was good: their mstep */

struct mixture_acceleration {
    const struct mixture_constraints *constraints;
    size_t components; /* of the mixtures noted */
    size_t noted;      /* how many of t0, t1 there are */
    double bound, length;
    double *points[3]; /* t0, t1 and t2 as logarithms and shares; a jump takes the place of t0 */
    double *saved;     /* t2 as it was */
    double *room;      /* d x d */
};

static bool is_matrix(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
}

static size_t covariance_count(const struct gaussian_mixture *mixture) {
    return gaussian_mixture_covariance_count(mixture->type, mixture->components, mixture->dimensions);
}

/* Weights, noise, means, covariances. */
static size_t parameter_count(const struct gaussian_mixture *mixture) {
    return mixture->components * (mixture->dimensions + 1) + 1 + covariance_count(mixture);
}

struct mixture_acceleration *mixture_acceleration_create(const struct mixture_constraints *constraints,
                                                         struct error *error) {
    struct mixture_acceleration *acceleration = memory_zeros(error, 1, sizeof *acceleration);
    if (acceleration != NULL)
        *acceleration = (struct mixture_acceleration){.constraints = constraints, .bound = 1};
    return acceleration;
}

static void free_arrays(struct mixture_acceleration *acceleration) {
    for (size_t i = 0; i < 3; i++)
        free(acceleration->points[i]);
    free(acceleration->saved);
    free(acceleration->room);
}

void mixture_acceleration_free(struct mixture_acceleration *acceleration) {
    if (acceleration == NULL)
        return;
    free_arrays(acceleration);
    free(acceleration);
}

/* Makes room for a mixture of another size than before and forgets what was noted. */
static int begin(struct mixture_acceleration *acceleration, const struct gaussian_mixture *mixture,
                 struct error *error) {
    size_t count = parameter_count(mixture), d = mixture->dimensions;
    bool whole = true;
    free_arrays(acceleration);
    for (size_t i = 0; i < 3; i++) {
        acceleration->points[i] = memory_array(error, count, sizeof(double));
        whole = whole && acceleration->points[i] != NULL;
    }
    acceleration->saved = memory_array(error, count, sizeof(double));
    acceleration->room = memory_matrix(error, d, d, sizeof(double));
    acceleration->components = mixture->components;
    acceleration->noted = 0;
    return whole && acceleration->saved != NULL && acceleration->room != NULL ? 0 : -1;
}

/* The deviation of all rows in a column, or 1 where that is 0. */
static double column_scale(const struct gaussian_mixture *whole, size_t j) {
    size_t d = whole->dimensions, count = covariance_count(whole);
    double variance = whole->covariances[is_matrix(whole->type) ? j * d + j : (count == 1 ? 0 : j)];
    return variance > 0 ? sqrt(variance) : 1;
}

/* Whether entry i of the factors is a deviation (or a factor's diagonal), and which column it is of. */
static bool is_deviation(const struct gaussian_mixture *mixture, size_t i, size_t *column) {
    size_t d = mixture->dimensions;
    *column = is_matrix(mixture->type) ? i / d % d : i % d;
    return !is_matrix(mixture->type) || i / d % d == i % d;
}

static void encode(const struct mixture_constraints *constraints, const struct gaussian_mixture *mixture,
                   double *point) {
    size_t d = mixture->dimensions, components = mixture->components, column;
    for (size_t k = 0; k < components; k++)
        *point++ = log(mixture->weights[k]);
    *point++ = mixture->noise_weight > 0 ? log(mixture->noise_weight) : 0;
    for (size_t i = 0; i < components * d; i++)
        *point++ = mixture->means[i] / column_scale(constraints->whole, i % d);
    for (size_t i = 0; i < covariance_count(mixture); i++) {
        double entry = mixture->factors[i];
        if (is_deviation(mixture, i, &column))
            *point++ = log(entry);
        else
            *point++ = i % d < column ? entry / column_scale(constraints->whole, column) : 0;
    }
}

static void decode_weights(const double *point, struct gaussian_mixture *mixture) {
    size_t components = mixture->components;
    double total = mixture->noise_weight > 0 ? exp(point[components]) : 0;
    for (size_t k = 0; k < components; k++)
        total += exp(point[k]);
    for (size_t k = 0; k < components; k++)
        mixture->weights[k] = exp(point[k]) / total;
    if (mixture->noise_weight > 0)
        mixture->noise_weight = exp(point[components]) / total;
}

/* C = L L^T, the rows of L being read from a point. `factor` is room for it. */
static void decode_matrix(const struct mixture_constraints *constraints, size_t d, const double *point,
                          double *factor, double *covariance) {
    for (size_t a = 0; a < d; a++)
        for (size_t b = 0; b <= a; b++)
            factor[a * d + b] =
                a == b ? exp(point[a * d + a]) : point[a * d + b] * column_scale(constraints->whole, a);
    for (size_t a = 0; a < d; a++) {
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t j = 0; j <= b; j++)
                sum += factor[a * d + j] * factor[b * d + j];
            covariance[a * d + b] = covariance[b * d + a] = sum;
        }
    }
}

/* Whether no variance in any direction is below `least`. */
static bool is_above(const struct gaussian_mixture *mixture, double least, double *room) {
    size_t d = mixture->dimensions, count = covariance_count(mixture);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(mixture->covariances[i]) ||
            (!is_matrix(mixture->type) && mixture->covariances[i] < least))
            return false;
    for (size_t at = 0; is_matrix(mixture->type) && at < count; at += d * d) {
        memcpy(room, mixture->covariances + at, d * d * sizeof *room);
        for (size_t a = 0; a < d; a++)
            room[a * d + a] -= least;
        if (cholesky_factor(d, room) != 0)
            return false;
    }
    return true;
}

/* Moves the mixture to a point, but for what is fixed. Returns whether it may be there. */
static bool decode(const struct mixture_acceleration *acceleration, const double *point,
                   struct gaussian_mixture *mixture) {
    const struct mixture_constraints *constraints = acceleration->constraints;
    size_t d = mixture->dimensions, components = mixture->components, count = covariance_count(mixture);
    const double *means = point + components + 1, *factors = means + components * d;
    if (!constraints->fix_weights)
        decode_weights(point, mixture);
    for (size_t i = 0; !constraints->fix_means && i < components * d; i++)
        mixture->means[i] = means[i] * column_scale(constraints->whole, i % d);
    if (constraints->fix_covariances)
        return true;
    for (size_t i = 0; !is_matrix(mixture->type) && i < count; i++)
        mixture->covariances[i] = exp(2 * factors[i]);
    for (size_t at = 0; is_matrix(mixture->type) && at < count; at += d * d)
        decode_matrix(constraints, d, factors + at, acceleration->room, mixture->covariances + at);
    return is_above(mixture, fmax(constraints->floor, constraints->ridge), acceleration->room);
}

/* Copies weights, noise, means and covariances to `saved`, or from it. */
static void exchange(struct gaussian_mixture *mixture, double *saved, bool restore) {
    const struct {
        double *values;
        size_t count;
    } parts[] = {
        {mixture->weights, mixture->components},
        {&mixture->noise_weight, 1},
        {mixture->means, mixture->components * mixture->dimensions},
        {mixture->covariances, covariance_count(mixture)},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t bytes = parts[i].count * sizeof(double);
        memcpy(restore ? parts[i].values : saved, restore ? saved : parts[i].values, bytes);
        saved += parts[i].count;
    }
}

/* Writes the jump over t0. Returns false where there is none to make. */
static bool extrapolate(struct mixture_acceleration *acceleration, size_t count) {
    double *t0 = acceleration->points[0], *t1 = acceleration->points[1], *t2 = acceleration->points[2];
    double first = 0, second = 0;
    for (size_t i = 0; i < count; i++) {
        double r = t1[i] - t0[i], v = t2[i] - t1[i] - r;
        first += r * r;
        second += v * v;
    }
    double length = fmin(sqrt(first / second), acceleration->bound);
    acceleration->length = length;
    if (!(length > 1)) { /* nan, where nothing moves any more, too */
        acceleration->bound = fmax(acceleration->bound, length == acceleration->bound ? WIDEN : 1);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        double r = t1[i] - t0[i], v = t2[i] - t1[i] - r;
        t0[i] += length * (2 * r + length * v);
    }
    return true;
}

int mixture_acceleration_note(struct mixture_acceleration *acceleration, struct gaussian_mixture *mixture,
                              bool *jumped, struct error *error) {
    size_t count = parameter_count(mixture);
    struct error refused = {0};
    *jumped = false;
    if (acceleration->components != mixture->components && begin(acceleration, mixture, error) < 0)
        return -1;
    encode(acceleration->constraints, mixture, acceleration->points[acceleration->noted]);
    if (acceleration->noted < 2) {
        acceleration->noted++;
        return 0;
    }
    if (!extrapolate(acceleration, count)) { /* t2 begins anew */
        encode(acceleration->constraints, mixture, acceleration->points[0]);
        acceleration->noted = 1;
        return 0;
    }
    exchange(mixture, acceleration->saved, false);
    if (decode(acceleration, acceleration->points[0], mixture) &&
        mixture_maximise_prepare(mixture, &refused) == 0) {
        *jumped = true;
        return 0;
    }
    return mixture_acceleration_undo(acceleration, mixture, error);
}

void mixture_acceleration_keep(struct mixture_acceleration *acceleration) {
    if (acceleration->length == acceleration->bound)
        acceleration->bound *= WIDEN;
    acceleration->noted = 0;
}

int mixture_acceleration_undo(struct mixture_acceleration *acceleration, struct gaussian_mixture *mixture,
                              struct error *error) {
    if (acceleration->length == acceleration->bound)
        acceleration->bound = fmax(1, acceleration->bound / WIDEN);
    exchange(mixture, acceleration->saved, true);
    memcpy(acceleration->points[0], acceleration->points[2], parameter_count(mixture) * sizeof(double));
    acceleration->noted = 1;
    return mixture_maximise_prepare(mixture, error);
}
