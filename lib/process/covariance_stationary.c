/* Kernels of the scaled distance r^2 = sum_j (d_j / l_j)^2: rbf, matern, rq (rational quadratic). */
#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"
#include "num/vector.h"
#include "process/covariance_kernel.h"
#include "process/covariance_kernels.h"
#include "process/covariance_matern.h"

/* Parameters: variance, then the lengthscales (one, or one for each column), then alpha. */
enum { VARIANCE, LENGTHSCALE };

static size_t lengthscale_count(const struct covariance_node *leaf, size_t others) {
    return leaf->parameter_count - others - 1;
}

static double column_lengthscale(const struct covariance_node *leaf, const double *parameters,
                                 size_t lengthscales, size_t c) {
    (void)leaf;
    return parameters[LENGTHSCALE + (lengthscales > 1 ? c : 0)];
}

/* square_ij = (d / scale)^2, added to what is there or not, one coordinate at a time. */
INSTRUCTION_SETS static void add_squares(const struct covariance_tile *tile, size_t column, double scale,
                                         bool first, double *squares) {
    const double *y = tile->y + column * COVARIANCE_TILE;
    double inverse = 1 / scale;
    for (size_t i = 0; i < tile->rows; i++) {
        double x = tile->x[i * tile->inputs + column];
        double *row = squares + i * COVARIANCE_TILE;
        if (first) {
#pragma omp simd
            for (size_t j = 0; j < COVARIANCE_TILE; j++) {
                double t = (x - y[j]) * inverse;
                row[j] = t * t;
            }
        } else {
#pragma omp simd
            for (size_t j = 0; j < COVARIANCE_TILE; j++) {
                double t = (x - y[j]) * inverse;
                row[j] += t * t;
            }
        }
    }
}

/* |d|^2 of Gram entries, which rounding may take below 0. */
static double gram_square(const struct covariance_gram_tile *gram, size_t i, size_t j) {
    double square = gram->x_squares[i] - 2 * gram->products[i * COVARIANCE_TILE + j] + gram->y_squares[j];
    return square > 0 ? square : 0;
}

static void scaled_gram_squares(const struct covariance_tile *tile, double scale, double *squares) {
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++)
            squares[i * COVARIANCE_TILE + j] = gram_square(tile->gram, i, j) / (scale * scale);
}

static void scaled_squares(const struct covariance_node *leaf, const double *parameters, size_t others,
                           const struct covariance_tile *tile, double *squares) {
    size_t lengthscales = lengthscale_count(leaf, others);
    if (tile->gram != NULL) {
        scaled_gram_squares(tile, parameters[LENGTHSCALE], squares);
        return;
    }
    for (size_t c = 0; c < leaf->column_count; c++)
        add_squares(tile, leaf->columns[c], column_lengthscale(leaf, parameters, lengthscales, c), c == 0,
                    squares);
}

/* sum_ij weights_ij d_ij^2 over one coordinate. */
INSTRUCTION_SETS static double weighted_squares(const struct covariance_tile *tile, size_t column,
                                                const double *weights) {
    const double *y = tile->y + column * COVARIANCE_TILE;
    double lanes_sum[8] = {0};
    for (size_t i = 0; i < tile->rows; i++) {
        double x = tile->x[i * tile->inputs + column];
        const double *row = weights + i * COVARIANCE_TILE;
        for (size_t j = 0; j < COVARIANCE_TILE; j += 8)
#pragma omp simd
            for (size_t lane = 0; lane < 8; lane++) {
                double d = x - y[j + lane];
                lanes_sum[lane] += row[j + lane] * (d * d);
            }
    }
    double sum = 0;
    for (size_t lane = 0; lane < 8; lane++)
        sum += lanes_sum[lane];
    return sum;
}

/* What is left of a gradient once M_ij = adjoint_ij dk_ij/dr2 is known: dr2/dl = -2 d^2 / l^3. */
static void accumulate_lengthscales(const struct covariance_node *leaf, const double *parameters,
                                    size_t others, const struct covariance_tile *tile, const double *m,
                                    double *gradient) {
    size_t lengthscales = lengthscale_count(leaf, others);
    if (tile->gram != NULL) {
        double sum = 0, scale = parameters[LENGTHSCALE];
        for (size_t i = 0; i < tile->rows; i++)
            for (size_t j = 0; j < COVARIANCE_TILE; j++)
                sum += m[i * COVARIANCE_TILE + j] * gram_square(tile->gram, i, j);
        gradient[LENGTHSCALE] -= 2 * sum / (scale * scale * scale);
        return;
    }
    for (size_t c = 0; c < leaf->column_count; c++) {
        double scale = column_lengthscale(leaf, parameters, lengthscales, c);
        double sum = weighted_squares(tile, leaf->columns[c], m);
        gradient[LENGTHSCALE + (lengthscales > 1 ? c : 0)] -= 2 * sum / (scale * scale * scale);
    }
}

/* dr2/dx = 2 d / l^2, times dk/dr2. */
INSTRUCTION_SETS static void multiply_difference(const struct covariance_tile *tile, size_t column,
                                                 double scale, double *slope) {
    const double *y = tile->y + column * COVARIANCE_TILE;
    double factor = 2 / (scale * scale);
    for (size_t i = 0; i < tile->rows; i++) {
        double x = tile->x[i * tile->inputs + column];
        double *row = slope + i * COVARIANCE_TILE;
#pragma omp simd
        for (size_t j = 0; j < COVARIANCE_TILE; j++)
            row[j] *= factor * (x - y[j]);
    }
}

static void clear(const struct covariance_tile *tile, double *values) {
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        values[i] = 0;
}

/* The scale of an input, 0 where the leaf does not see it. */
static double input_lengthscale(const struct covariance_node *leaf, const double *parameters, size_t others,
                                size_t input) {
    size_t lengthscales = lengthscale_count(leaf, others);
    for (size_t c = 0; c < leaf->column_count; c++)
        if (leaf->columns[c] == input)
            return column_lengthscale(leaf, parameters, lengthscales, c);
    return 0;
}

/* dk/dr2, in the place of the slopes of squares of x, to all three: r2 = (g_ii - 2 g_ij + g_jj) / l^2. */
static void spread_slopes(const struct covariance_tile *tile, const double *parameters,
                          const struct covariance_gram_slopes *slopes) {
    double scale = parameters[LENGTHSCALE];
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++) {
        double slope = slopes->x_squares[i] / (scale * scale);
        slopes->x_squares[i] = slopes->y_squares[i] = slope;
        slopes->products[i] = -2 * slope;
    }
}

/* rbf: k = s2 exp(-r2/2), dk/dr2 = -k/2. */

INSTRUCTION_SETS static void squared_exponential(size_t count, double variance, double *k) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        k[i] = variance * elementary_exp(-0.5 * k[i]);
}

static void rbf_value(const struct covariance_node *leaf, const double *parameters,
                      const struct covariance_tile *tile, double *k) {
    scaled_squares(leaf, parameters, 0, tile, k);
    squared_exponential(tile->rows * COVARIANCE_TILE, parameters[VARIANCE], k);
}

static void rbf_accumulate(const struct covariance_node *leaf, const double *parameters,
                           const struct covariance_tile *tile, const double *k, const double *adjoint,
                           double *gradient) {
    double m[COVARIANCE_TILE_AREA];
    size_t count = tile->rows * COVARIANCE_TILE;
    gradient[VARIANCE] += vector_plain_dot(count, adjoint, k) / parameters[VARIANCE];
    for (size_t i = 0; i < count; i++)
        m[i] = -0.5 * adjoint[i] * k[i];
    accumulate_lengthscales(leaf, parameters, 0, tile, m, gradient);
}

static void rbf_slope(const struct covariance_node *leaf, const double *parameters,
                      const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    double scale = input_lengthscale(leaf, parameters, 0, input);
    clear(tile, slope);
    if (scale == 0)
        return;
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        slope[i] = -0.5 * k[i];
    multiply_difference(tile, input, scale, slope);
}

static void rbf_gram_slopes(const struct covariance_node *leaf, const double *parameters,
                            const struct covariance_tile *tile, const double *k,
                            const struct covariance_gram_slopes *slopes) {
    (void)leaf;
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        slopes->x_squares[i] = -0.5 * k[i];
    spread_slopes(tile, parameters, slopes);
}

static double rbf_curvature(const struct covariance_node *leaf, const double *parameters, const double *x,
                            size_t input) {
    (void)x;
    double scale = input_lengthscale(leaf, parameters, 0, input);
    return scale == 0 ? 0 : parameters[VARIANCE] / (scale * scale);
}

/* matern: k = s2 M_nu(sqrt(2 nu) r); process/covariance_matern.h knows M and its slope in r2. */

static void matern_value(const struct covariance_node *leaf, const double *parameters,
                         const struct covariance_tile *tile, double *k) {
    scaled_squares(leaf, parameters, 0, tile, k);
    covariance_matern_values(leaf->settings[0], tile->rows * COVARIANCE_TILE, parameters[VARIANCE], k);
}

static void matern_accumulate(const struct covariance_node *leaf, const double *parameters,
                              const struct covariance_tile *tile, const double *k, const double *adjoint,
                              double *gradient) {
    double m[COVARIANCE_TILE_AREA];
    size_t count = tile->rows * COVARIANCE_TILE;
    gradient[VARIANCE] += vector_plain_dot(count, adjoint, k) / parameters[VARIANCE];
    scaled_squares(leaf, parameters, 0, tile, m);
    covariance_matern_slopes(leaf->settings[0], count, parameters[VARIANCE], m);
    for (size_t i = 0; i < count; i++)
        m[i] *= adjoint[i];
    accumulate_lengthscales(leaf, parameters, 0, tile, m, gradient);
}

static void matern_slope(const struct covariance_node *leaf, const double *parameters,
                         const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    (void)k;
    double scale = input_lengthscale(leaf, parameters, 0, input);
    if (scale == 0) {
        clear(tile, slope);
        return;
    }
    scaled_squares(leaf, parameters, 0, tile, slope);
    covariance_matern_slopes(leaf->settings[0], tile->rows * COVARIANCE_TILE, parameters[VARIANCE], slope);
    multiply_difference(tile, input, scale, slope);
}

static void matern_gram_slopes(const struct covariance_node *leaf, const double *parameters,
                               const struct covariance_tile *tile, const double *k,
                               const struct covariance_gram_slopes *slopes) {
    (void)k;
    scaled_squares(leaf, parameters, 0, tile, slopes->x_squares);
    covariance_matern_slopes(leaf->settings[0], tile->rows * COVARIANCE_TILE, parameters[VARIANCE],
                             slopes->x_squares);
    spread_slopes(tile, parameters, slopes);
}

/* -2 dk/dr2 / l^2 at r = 0: nu / (nu - 1) for nu > 1. */
static double matern_curvature(const struct covariance_node *leaf, const double *parameters, const double *x,
                               size_t input) {
    (void)x;
    double scale = input_lengthscale(leaf, parameters, 0, input), nu = leaf->settings[0];
    if (scale == 0)
        return 0;
    return parameters[VARIANCE] * nu / ((nu - 1) * scale * scale);
}

/* Paths have no derivative. */
static bool matern_is_rough(const struct covariance_node *leaf) {
    return leaf->settings[0] <= 1;
}

static const char *matern_check(const struct covariance_node *leaf) {
    return leaf->settings[0] > 0 ? NULL : "nu must be > 0";
}

/* rq: k = s2 u^-alpha with u = 1 + r2/(2 alpha); dk/dr2 = -k/(2u), dk/dalpha = k (r2/(2 alpha u) - log u). */

static double quadratic_alpha(const struct covariance_node *leaf, const double *parameters) {
    return parameters[leaf->parameter_count - 1];
}

INSTRUCTION_SETS static void rational_quadratic(size_t count, double variance, double alpha, double *k) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        k[i] = variance * elementary_exp(-alpha * elementary_log1p(k[i] / (2 * alpha)));
}

static void rq_value(const struct covariance_node *leaf, const double *parameters,
                     const struct covariance_tile *tile, double *k) {
    scaled_squares(leaf, parameters, 1, tile, k);
    rational_quadratic(tile->rows * COVARIANCE_TILE, parameters[VARIANCE], quadratic_alpha(leaf, parameters),
                       k);
}

INSTRUCTION_SETS static double alpha_derivative(size_t count, double alpha, const double *squares,
                                                const double *k, const double *adjoint) {
    double lanes_sum[8] = {0};
    for (size_t i = 0; i < count; i += 8)
#pragma omp simd
        for (size_t lane = 0; lane < 8; lane++) {
            double v = squares[i + lane] / (2 * alpha);
            lanes_sum[lane] += adjoint[i + lane] * k[i + lane] * (v / (1 + v) - elementary_log1p(v));
        }
    double sum = 0;
    for (size_t lane = 0; lane < 8; lane++)
        sum += lanes_sum[lane];
    return sum;
}

static void rq_accumulate(const struct covariance_node *leaf, const double *parameters,
                          const struct covariance_tile *tile, const double *k, const double *adjoint,
                          double *gradient) {
    double m[COVARIANCE_TILE_AREA], alpha = quadratic_alpha(leaf, parameters);
    size_t count = tile->rows * COVARIANCE_TILE;
    gradient[VARIANCE] += vector_plain_dot(count, adjoint, k) / parameters[VARIANCE];
    scaled_squares(leaf, parameters, 1, tile, m);
    gradient[leaf->parameter_count - 1] += alpha_derivative(count, alpha, m, k, adjoint);
    for (size_t i = 0; i < count; i++)
        m[i] = -0.5 * adjoint[i] * k[i] / (1 + m[i] / (2 * alpha));
    accumulate_lengthscales(leaf, parameters, 1, tile, m, gradient);
}

static void rq_slope(const struct covariance_node *leaf, const double *parameters,
                     const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    double scale = input_lengthscale(leaf, parameters, 1, input), alpha = quadratic_alpha(leaf, parameters);
    if (scale == 0) {
        clear(tile, slope);
        return;
    }
    scaled_squares(leaf, parameters, 1, tile, slope);
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        slope[i] = -0.5 * k[i] / (1 + slope[i] / (2 * alpha));
    multiply_difference(tile, input, scale, slope);
}

static void rq_gram_slopes(const struct covariance_node *leaf, const double *parameters,
                           const struct covariance_tile *tile, const double *k,
                           const struct covariance_gram_slopes *slopes) {
    double alpha = quadratic_alpha(leaf, parameters);
    scaled_squares(leaf, parameters, 1, tile, slopes->x_squares);
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        slopes->x_squares[i] = -0.5 * k[i] / (1 + slopes->x_squares[i] / (2 * alpha));
    spread_slopes(tile, parameters, slopes);
}

static double rq_curvature(const struct covariance_node *leaf, const double *parameters, const double *x,
                           size_t input) {
    (void)x;
    double scale = input_lengthscale(leaf, parameters, 1, input);
    return scale == 0 ? 0 : parameters[VARIANCE] / (scale * scale);
}

static const char *const scale_keys[] = {"variance", "lengthscale", NULL};
static const char *const quadratic_keys[] = {"variance", "lengthscale", "alpha", NULL};
static const double ones[] = {1, 1, 1};
static const char *const matern_settings[] = {"nu", NULL};
static const double matern_defaults[] = {1.5};

const struct covariance_kernel covariance_kernels_rbf = {
    .name = "rbf",
    .keys = scale_keys,
    .defaults = ones,
    .vector_keys = " lengthscale ",
    .value = rbf_value,
    .accumulate = rbf_accumulate,
    .slope = rbf_slope,
    .gram_slopes = rbf_gram_slopes,
    .curvature = rbf_curvature,
};

const struct covariance_kernel covariance_kernels_matern = {
    .name = "matern",
    .keys = scale_keys,
    .defaults = ones,
    .vector_keys = " lengthscale ",
    .settings = matern_settings,
    .setting_defaults = matern_defaults,
    .check = matern_check,
    .value = matern_value,
    .accumulate = matern_accumulate,
    .slope = matern_slope,
    .gram_slopes = matern_gram_slopes,
    .is_rough = matern_is_rough,
    .curvature = matern_curvature,
};

const struct covariance_kernel covariance_kernels_rq = {
    .name = "rq",
    .keys = quadratic_keys,
    .defaults = ones,
    .vector_keys = " lengthscale ",
    .value = rq_value,
    .accumulate = rq_accumulate,
    .slope = rq_slope,
    .gram_slopes = rq_gram_slopes,
    .curvature = rq_curvature,
};
