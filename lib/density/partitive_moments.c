#include "density/partitive_moments.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/cholesky.h"

static double weight_of(const struct mixture_rows *rows, size_t row) {
    return rows->weights != NULL ? rows->weights[row] : 1;
}

static void add_means(const struct mixture_rows *rows, const uint32_t *labels,
                      struct partitive_moments *moments) {
    size_t d = rows->dimensions;
    for (size_t i = 0; i < rows->rows; i++) {
        double weight = weight_of(rows, i);
        if (labels[i] >= moments->parts || weight == 0)
            continue;
        moments->counts[labels[i]] += weight;
        for (size_t j = 0; j < d; j++)
            moments->means[labels[i] * d + j] += weight * rows->values[i * d + j];
    }
    for (size_t c = 0; c < moments->parts; c++)
        for (size_t j = 0; moments->counts[c] > 0 && j < d; j++)
            moments->means[c * d + j] /= moments->counts[c];
}

static void add_scatter(const struct mixture_rows *rows, const uint32_t *labels, double *u,
                        struct partitive_moments *moments) {
    size_t d = rows->dimensions, size = d * (d + 1) / 2;
    for (size_t i = 0; i < rows->rows; i++) {
        double weight = weight_of(rows, i);
        if (labels[i] >= moments->parts || weight == 0)
            continue;
        double *scatter = moments->scatter + labels[i] * size;
        for (size_t a = 0; a < d; a++) {
            u[a] = rows->values[i * d + a] - moments->means[labels[i] * d + a];
            for (size_t b = 0; b <= a; b++)
                *scatter++ += weight * u[a] * u[b];
        }
    }
}

int partitive_moments_make(const struct mixture_rows *rows, size_t parts, const uint32_t *labels,
                           struct partitive_moments *moments, struct error *error) {
    size_t d = rows->dimensions;
    *moments = (struct partitive_moments){.parts = parts, .dimensions = d};
    double *u = memory_array(error, d, sizeof *u);
    moments->counts = memory_zeros(error, parts, sizeof(double));
    moments->means = memory_matrix(error, parts, d, sizeof(double));
    moments->scatter = memory_matrix(error, parts, d * (d + 1) / 2, sizeof(double));
    bool whole = u != NULL && moments->counts != NULL && moments->means != NULL && moments->scatter != NULL;
    if (whole) {
        memset(moments->means, 0, parts * d * sizeof(double));
        memset(moments->scatter, 0, parts * (d * (d + 1) / 2) * sizeof(double));
        add_means(rows, labels, moments);
        add_scatter(rows, labels, u, moments);
    } else {
        partitive_moments_free(moments);
    }
    free(u);
    return whole ? 0 : -1;
}

double partitive_moments_inertia(const struct partitive_moments *moments) {
    size_t d = moments->dimensions;
    double inertia = 0;
    for (size_t c = 0; c < moments->parts; c++)
        for (size_t a = 0; a < d; a++)
            inertia += moments->scatter[c * (d * (d + 1) / 2) + a * (a + 1) / 2 + a];
    return inertia;
}

/* What distances are made with. */
struct separation {
    const struct partitive_moments *moments;
    double ridge;
    double *halves;     /* parts: log |S| / 2 */
    double *factor;     /* d x d */
    double *difference; /* d */
};

/* Covariances of two parts averaged, or of one where they are the same, as a Cholesky factor. */
static int find_factor(const struct separation *separation, size_t i, size_t j, struct error *error) {
    const struct partitive_moments *moments = separation->moments;
    size_t d = moments->dimensions, size = d * (d + 1) / 2;
    const double *first = moments->scatter + i * size, *second = moments->scatter + j * size;
    for (size_t a = 0; a < d; a++)
        for (size_t b = 0; b <= a; b++)
            separation->factor[a * d + b] =
                (*first++ / moments->counts[i] + *second++ / moments->counts[j]) / 2 +
                (a == b ? separation->ridge : 0);
    if (cholesky_factor(d, separation->factor) == 0)
        return 0;
    return error_set(error, "the covariance of cluster %zu is singular", i + 1);
}

/* The distance of two parts whose halves are known. */
static int find_distance(const struct separation *separation, size_t i, size_t j, double *distance,
                         struct error *error) {
    const struct partitive_moments *moments = separation->moments;
    size_t d = moments->dimensions;
    double *difference = separation->difference, square = 0;
    if (find_factor(separation, i, j, error) < 0)
        return -1;
    for (size_t a = 0; a < d; a++)
        difference[a] = moments->means[i * d + a] - moments->means[j * d + a];
    cholesky_solve_lower(d, separation->factor, 1, difference);
    for (size_t a = 0; a < d; a++)
        square += difference[a] * difference[a];
    *distance = square / 8 + cholesky_log_determinant(d, separation->factor) / 2 -
                (separation->halves[i] + separation->halves[j]) / 2;
    return 0;
}

static int find_least(const struct separation *separation, double *least, struct error *error) {
    const struct partitive_moments *moments = separation->moments;
    double distance;
    *least = NAN;
    for (size_t i = 0; i < moments->parts; i++) {
        if (!(moments->counts[i] > 0))
            continue;
        if (find_factor(separation, i, i, error) < 0)
            return -1;
        separation->halves[i] = cholesky_log_determinant(moments->dimensions, separation->factor) / 2;
        for (size_t j = 0; j < i; j++) {
            if (!(moments->counts[j] > 0))
                continue;
            if (find_distance(separation, i, j, &distance, error) < 0)
                return -1;
            *least = fmin(*least, distance); /* the number, of it and nan */
        }
    }
    return 0;
}

int partitive_moments_separation(const struct partitive_moments *moments, double ridge, double *value,
                                 struct error *error) {
    size_t d = moments->dimensions;
    struct separation separation = {.moments = moments, .ridge = ridge};
    separation.factor = memory_matrix(error, d, d, sizeof(double));
    separation.difference = memory_array(error, d, sizeof(double));
    separation.halves = memory_array(error, moments->parts, sizeof(double));
    bool whole = separation.factor != NULL && separation.difference != NULL && separation.halves != NULL;
    int status = whole ? blas_load_for(d, error) : -1;
    if (status == 0)
        status = find_least(&separation, value, error);
    free(separation.factor);
    free(separation.difference);
    free(separation.halves);
    return status;
}

void partitive_moments_free(struct partitive_moments *moments) {
    free(moments->counts);
    free(moments->means);
    free(moments->scatter);
    *moments = (struct partitive_moments){0};
}
