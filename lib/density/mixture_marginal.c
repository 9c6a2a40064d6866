#include "density/mixture_marginal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "density/mixture_tile.h"
#include "num/cholesky.h"

enum { POINTS = MIXTURE_TILE_POINTS };

static const double LOG_TWO_PI = 1.8378770664093454836;

struct mixture_marginal {
    const struct gaussian_mixture *mixture;
    struct gaussian_mixture view; /* of the observed columns, prepared as far as terms need it */
    size_t *observed, *missing;   /* columns */
    size_t missing_count;
    size_t width;    /* of the loaded tile: 64 points, or 8 where they suffice */
    size_t matrices; /* how many covariance matrices there is room for: K, 1 or 0 */
    double *slopes;  /* a matrix W for each, missing x observed */
    double *spreads; /* V, missing x missing */
};

static bool is_matrix(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
}

/* Which of the matrices is component k's. */
static size_t matrix_of(const struct mixture_marginal *marginal, size_t k) {
    return marginal->mixture->type == GAUSSIAN_MIXTURE_FULL ? k : 0;
}

struct mixture_marginal *mixture_marginal_create(size_t components, size_t d, enum gaussian_mixture_type type,
                                                 struct error *error) {
    struct mixture_marginal *marginal = memory_zeros(error, 1, sizeof *marginal);
    size_t square = 0;
    if (marginal == NULL)
        return NULL;
    marginal->matrices = type == GAUSSIAN_MIXTURE_FULL ? components : type == GAUSSIAN_MIXTURE_TIED ? 1 : 0;
    if (!memory_product(d, d, &square))
        square = SIZE_MAX;
    size_t factors = is_matrix(type) ? square : d;
    marginal->observed = memory_array(error, d, sizeof *marginal->observed);
    marginal->missing = memory_array(error, d, sizeof *marginal->missing);
    marginal->slopes = memory_matrix(error, marginal->matrices, square, sizeof(double));
    marginal->spreads = memory_matrix(error, marginal->matrices, square, sizeof(double));
    marginal->view.factors = memory_matrix(error, components, factors, sizeof(double));
    marginal->view.means = memory_matrix(error, components, d, sizeof(double));
    marginal->view.normalisers = memory_array(error, components, sizeof(double));
    if (marginal->observed != NULL && marginal->missing != NULL && marginal->slopes != NULL &&
        marginal->spreads != NULL && marginal->view.factors != NULL && marginal->view.means != NULL &&
        marginal->view.normalisers != NULL)
        return marginal;
    mixture_marginal_free(marginal);
    return NULL;
}

/* L, W and V of one covariance matrix. A matrix that rounding has spoilt makes nan of all that follows. */
static void factor_matrix(struct mixture_marginal *marginal, const double *covariance, double *factor,
                          double *slope, double *spread) {
    size_t d = marginal->mixture->dimensions, q = marginal->view.dimensions, m = marginal->missing_count;
    const size_t *o = marginal->observed, *h = marginal->missing;
    for (size_t a = 0; a < q; a++)
        for (size_t b = 0; b < q; b++)
            factor[a * q + b] = covariance[o[a] * d + o[b]];
    if (cholesky_factor(q, factor) != 0)
        factor[0] = NAN;
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b < q; b++)
            slope[a * q + b] = covariance[h[a] * d + o[b]];
    cholesky_solve_lower(q, factor, m, slope);
    for (size_t a = 0; a < m; a++) {
        for (size_t b = 0; b <= a; b++) {
            double sum = covariance[h[a] * d + h[b]];
            for (size_t i = 0; i < q; i++)
                sum -= slope[a * q + i] * slope[b * q + i];
            spread[a * m + b] = sum;
        }
    }
}

static void factor_matrices(struct mixture_marginal *marginal) {
    const struct gaussian_mixture *mixture = marginal->mixture;
    size_t d = mixture->dimensions, q = marginal->view.dimensions;
    size_t count = mixture->type == GAUSSIAN_MIXTURE_FULL ? mixture->components : 1;
    assert(count <= marginal->matrices);
    for (size_t i = 0; i < count; i++)
        factor_matrix(marginal, mixture->covariances + i * d * d, marginal->view.factors + i * q * q,
                      marginal->slopes + i * d * d, marginal->spreads + i * d * d);
    for (size_t k = 0; k < mixture->components; k++)
        marginal->view.normalisers[k] =
            -((double)q * LOG_TWO_PI +
              cholesky_log_determinant(q, marginal->view.factors + matrix_of(marginal, k) * q * q)) /
            2;
}

/* The deviation of component k in a column, for types without matrices. */
static double deviation_of(const struct gaussian_mixture *mixture, size_t k, size_t column) {
    switch (mixture->type) {
    case GAUSSIAN_MIXTURE_DIAGONAL:
        return mixture->factors[k * mixture->dimensions + column];
    case GAUSSIAN_MIXTURE_TIED_DIAGONAL:
        return mixture->factors[column];
    case GAUSSIAN_MIXTURE_SPHERICAL:
        return mixture->factors[k];
    default:
        return mixture->factors[0];
    }
}

static void gather_deviations(struct mixture_marginal *marginal) {
    const struct gaussian_mixture *mixture = marginal->mixture;
    size_t q = marginal->view.dimensions;
    size_t count = gaussian_mixture_covariance_count(mixture->type, mixture->components, q);
    bool spherical = mixture->type >= GAUSSIAN_MIXTURE_SPHERICAL;
    for (size_t i = 0; i < count; i++)
        marginal->view.factors[i] =
            spherical ? mixture->factors[i] : deviation_of(mixture, i / q, marginal->observed[i % q]);
    for (size_t k = 0; k < mixture->components; k++) {
        double sum = (double)q * LOG_TWO_PI;
        for (size_t j = 0; j < q; j++)
            sum += 2 * log(deviation_of(mixture, k, marginal->observed[j]));
        marginal->view.normalisers[k] = -sum / 2;
    }
}

void mixture_marginal_set(struct mixture_marginal *marginal, const struct gaussian_mixture *mixture,
                          const bool *observed) {
    size_t d = mixture->dimensions, q = 0;
    marginal->mixture = mixture;
    marginal->missing_count = 0;
    for (size_t j = 0; j < d; j++) {
        if (observed[j])
            marginal->observed[q++] = j;
        else
            marginal->missing[marginal->missing_count++] = j;
    }
    assert(q > 0);
    marginal->view.type = mixture->type;
    marginal->view.components = mixture->components;
    marginal->view.dimensions = q;
    marginal->view.log_weights = mixture->log_weights;
    for (size_t k = 0; k < mixture->components; k++)
        for (size_t j = 0; j < q; j++)
            marginal->view.means[k * q + j] = mixture->means[k * d + marginal->observed[j]];
    if (is_matrix(mixture->type))
        factor_matrices(marginal);
    else
        gather_deviations(marginal);
}

void mixture_marginal_load(struct mixture_marginal *marginal, const double *values, const size_t *rows,
                           size_t count, double *x) {
    size_t d = marginal->mixture->dimensions;
    marginal->width = count <= MIXTURE_TILE_LANES ? MIXTURE_TILE_LANES : POINTS;
    for (size_t p = 0; p < marginal->width; p++) {
        const double *row = values + rows[p < count ? p : 0] * d;
        for (size_t j = 0; j < marginal->view.dimensions; j++)
            x[j * POINTS + p] = row[marginal->observed[j]];
    }
}

void mixture_marginal_terms(const struct mixture_marginal *marginal, size_t k, const double *x, double *y,
                            double *term) {
    if (marginal->width < POINTS)
        mixture_tile_few_terms(&marginal->view, k, x, y, term);
    else
        mixture_tile_terms(&marginal->view, k, x, y, term);
}

/* u = sum_i slope_i y_i */
INSTRUCTION_SETS static void combine(size_t count, size_t width, const double *restrict slope,
                                     const double *restrict y, double *restrict u) {
    for (size_t p = 0; p < width; p++)
        u[p] = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < width; p++)
            u[p] += slope[i] * y[i * POINTS + p];
}

void mixture_marginal_complete(const struct mixture_marginal *marginal, size_t k, const double *x,
                               const double *y, double *u) {
    size_t d = marginal->mixture->dimensions, q = marginal->view.dimensions;
    const double *mean = marginal->view.means + k * q;
    for (size_t j = 0; j < q; j++)
        for (size_t p = 0; p < marginal->width; p++)
            u[marginal->observed[j] * POINTS + p] = x[j * POINTS + p] - mean[j];
    bool matrix = is_matrix(marginal->mixture->type);
    const double *slope = matrix ? marginal->slopes + matrix_of(marginal, k) * d * d : NULL;
    for (size_t a = 0; a < marginal->missing_count; a++) {
        double *into = u + marginal->missing[a] * POINTS;
        if (matrix)
            combine(q, marginal->width, slope + a * q, y, into);
        else
            memset(into, 0, POINTS * sizeof *into);
    }
}

void mixture_marginal_add_spread(const struct mixture_marginal *marginal, size_t k, double factor,
                                 bool matrix, size_t stride, double *moments) {
    const struct gaussian_mixture *mixture = marginal->mixture;
    size_t d = mixture->dimensions, m = marginal->missing_count;
    bool full = is_matrix(mixture->type);
    const double *spread = full ? marginal->spreads + matrix_of(marginal, k) * d * d : NULL;
    for (size_t a = 0; a < m; a++) {
        size_t row = marginal->missing[a];
        double deviation = full ? 0 : deviation_of(mixture, k, row);
        for (size_t b = matrix && full ? 0 : a; b <= a; b++) {
            size_t at = matrix ? row * (row + 1) / 2 + marginal->missing[b] : row;
            moments[at * stride] += factor * (full ? spread[a * m + b] : deviation * deviation);
        }
    }
}

void mixture_marginal_free(struct mixture_marginal *marginal) {
    if (marginal == NULL)
        return;
    free(marginal->observed);
    free(marginal->missing);
    free(marginal->slopes);
    free(marginal->spreads);
    free(marginal->view.factors);
    free(marginal->view.means);
    free(marginal->view.normalisers);
    free(marginal);
}
