/* Kernels that repeat: periodic (MacKay 1998), of any inputs, and cosine, of one. */
#include <math.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"
#include "process/covariance_kernel.h"
#include "process/covariance_kernels.h"

/* Parameters of periodic: variance, lengthscales (one, or one a column), period. Of cosine: variance, period.
 */
enum { VARIANCE, LENGTHSCALE };
enum { COSINE_PERIOD = 1 };

static double difference(const struct covariance_tile *tile, size_t i, size_t j, size_t column) {
    return tile->x[i * tile->inputs + column] - tile->y[column * COVARIANCE_TILE + j];
}

static double period_of(const struct covariance_node *leaf, const double *parameters) {
    return parameters[leaf->parameter_count - 1];
}

static size_t lengthscale_at(const struct covariance_node *leaf, size_t c) {
    return LENGTHSCALE + (leaf->parameter_count > 3 ? c : 0);
}

INSTRUCTION_SETS static void exponentials(size_t count, double variance, double *k) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        k[i] = variance * elementary_exp(-2 * k[i]);
}

/* k = s2 exp(-2 e), e = sum_j sin^2(pi d_j / p) / l_j^2 */
static void periodic_value(const struct covariance_node *leaf, const double *parameters,
                           const struct covariance_tile *tile, double *k) {
    double frequency = M_PI / period_of(leaf, parameters);
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        k[i] = 0;
    for (size_t c = 0; c < leaf->column_count; c++) {
        double inverse = 1 / parameters[lengthscale_at(leaf, c)];
        for (size_t i = 0; i < tile->rows; i++)
            for (size_t j = 0; j < COVARIANCE_TILE; j++) {
                double s = sin(frequency * difference(tile, i, j, leaf->columns[c])) * inverse;
                k[i * COVARIANCE_TILE + j] += s * s;
            }
    }
    exponentials(tile->rows * COVARIANCE_TILE, parameters[VARIANCE], k);
}

/* dk/dl = 4 k sin^2 / l^3, dk/dp = k 2 pi d sin(2 pi d/p) / (p^2 l^2). */
static void periodic_accumulate(const struct covariance_node *leaf, const double *parameters,
                                const struct covariance_tile *tile, const double *k, const double *adjoint,
                                double *gradient) {
    double period = period_of(leaf, parameters), frequency = M_PI / period, variance_sum = 0, period_sum = 0;
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        variance_sum += adjoint[i] * k[i];
    gradient[VARIANCE] += variance_sum / parameters[VARIANCE];
    for (size_t c = 0; c < leaf->column_count; c++) {
        double scale = parameters[lengthscale_at(leaf, c)], sum = 0, turn_sum = 0;
        for (size_t i = 0; i < tile->rows; i++)
            for (size_t j = 0; j < COVARIANCE_TILE; j++) {
                double d = difference(tile, i, j, leaf->columns[c]),
                       weight = adjoint[i * COVARIANCE_TILE + j];
                double s = sin(frequency * d), w = weight * k[i * COVARIANCE_TILE + j];
                sum += w * s * s;
                turn_sum += w * d * s * cos(frequency * d);
            }
        gradient[lengthscale_at(leaf, c)] += 4 * sum / (scale * scale * scale);
        period_sum += turn_sum / (scale * scale);
    }
    gradient[leaf->parameter_count - 1] += 4 * frequency / period * period_sum;
}

/* dk/dx = -2 k sin(2 pi d/p) pi / (p l^2) */
static void periodic_slope(const struct covariance_node *leaf, const double *parameters,
                           const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    double frequency = M_PI / period_of(leaf, parameters), factor = 0;
    for (size_t c = 0; c < leaf->column_count; c++)
        if (leaf->columns[c] == input) {
            double scale = parameters[lengthscale_at(leaf, c)];
            factor = -2 * frequency / (scale * scale);
        }
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++) {
            size_t at = i * COVARIANCE_TILE + j;
            slope[at] = factor * k[at] * sin(2 * frequency * difference(tile, i, j, input));
        }
}

static double periodic_curvature(const struct covariance_node *leaf, const double *parameters,
                                 const double *x, size_t input) {
    (void)x;
    double frequency = M_PI / period_of(leaf, parameters);
    for (size_t c = 0; c < leaf->column_count; c++)
        if (leaf->columns[c] == input) {
            double scale = parameters[lengthscale_at(leaf, c)];
            return 4 * parameters[VARIANCE] * frequency * frequency / (scale * scale);
        }
    return 0;
}

/* k = s2 cos(2 pi d / p) */
static void cosine_value(const struct covariance_node *leaf, const double *parameters,
                         const struct covariance_tile *tile, double *k) {
    double frequency = 2 * M_PI / parameters[COSINE_PERIOD];
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++)
            k[i * COVARIANCE_TILE + j] =
                parameters[VARIANCE] * cos(frequency * difference(tile, i, j, leaf->columns[0]));
}

static void cosine_accumulate(const struct covariance_node *leaf, const double *parameters,
                              const struct covariance_tile *tile, const double *k, const double *adjoint,
                              double *gradient) {
    double period = parameters[COSINE_PERIOD], frequency = 2 * M_PI / period, sum = 0, turn_sum = 0;
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++) {
            size_t at = i * COVARIANCE_TILE + j;
            double d = difference(tile, i, j, leaf->columns[0]);
            sum += adjoint[at] * k[at];
            turn_sum += adjoint[at] * d * sin(frequency * d);
        }
    gradient[VARIANCE] += sum / parameters[VARIANCE];
    gradient[COSINE_PERIOD] += parameters[VARIANCE] * frequency / period * turn_sum;
}

static void cosine_slope(const struct covariance_node *leaf, const double *parameters,
                         const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    (void)k;
    double frequency = 2 * M_PI / parameters[COSINE_PERIOD];
    double factor = input == leaf->columns[0] ? -parameters[VARIANCE] * frequency : 0;
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++)
            slope[i * COVARIANCE_TILE + j] =
                factor * sin(frequency * difference(tile, i, j, leaf->columns[0]));
}

static double cosine_curvature(const struct covariance_node *leaf, const double *parameters, const double *x,
                               size_t input) {
    (void)x;
    double frequency = 2 * M_PI / parameters[COSINE_PERIOD];
    return input == leaf->columns[0] ? parameters[VARIANCE] * frequency * frequency : 0;
}

static const double ones[] = {1, 1, 1};
static const char *const periodic_keys[] = {"variance", "lengthscale", "period", NULL};
static const char *const cosine_keys[] = {"variance", "period", NULL};

const struct covariance_kernel covariance_kernels_periodic = {
    .name = "periodic",
    .keys = periodic_keys,
    .defaults = ones,
    .vector_keys = " lengthscale ",
    .value = periodic_value,
    .accumulate = periodic_accumulate,
    .slope = periodic_slope,
    .curvature = periodic_curvature,
};

const struct covariance_kernel covariance_kernels_cosine = {
    .name = "cosine",
    .keys = cosine_keys,
    .defaults = ones,
    .vector_keys = "",
    .one_column = true,
    .value = cosine_value,
    .accumulate = cosine_accumulate,
    .slope = cosine_slope,
    .curvature = cosine_curvature,
};
