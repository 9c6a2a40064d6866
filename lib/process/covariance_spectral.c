/* The spectral mixture kernel sm (Wilson and Adams 2013, ICML, equation 12):
 *
 *     k = sum_q w_q prod_j exp(-2 pi^2 d_j^2 s_qj^2) cos(2 pi d_j m_qj)
 *
 * Parameters: Q weights, then Q x columns means, then Q x columns scales s. */
#include <math.h>

#include "process/covariance_kernel.h"
#include "process/covariance_kernels.h"

struct mixture {
    size_t components, columns;
    const double *weights, *means, *scales;
};

static struct mixture read_mixture(const struct covariance_node *leaf, const double *parameters) {
    size_t q = leaf->components, entries = q * leaf->column_count;
    return (struct mixture){q, leaf->column_count, parameters, parameters + q, parameters + q + entries};
}

static double difference(const struct covariance_tile *tile, size_t i, size_t j, size_t column) {
    return tile->x[i * tile->inputs + column] - tile->y[column * COVARIANCE_TILE + j];
}

/* Of one component at one pair: the factors cos and sin (2 pi d m) of each column, and exp(-2 pi^2 sum d^2
 * s^2). */
static double component_envelope(const struct mixture *mixture, size_t q, const double *differences) {
    double sum = 0;
    for (size_t c = 0; c < mixture->columns; c++) {
        double t = differences[c] * mixture->scales[q * mixture->columns + c];
        sum += t * t;
    }
    return exp(-2 * M_PI * M_PI * sum);
}

static double component_wave(const struct mixture *mixture, size_t q, const double *differences) {
    double product = 1;
    for (size_t c = 0; c < mixture->columns; c++)
        product *= cos(2 * M_PI * differences[c] * mixture->means[q * mixture->columns + c]);
    return product;
}

/* The product of cosines with column `which` replaced by -sin: its derivative in 2 pi d m. */
static double component_wave_slope(const struct mixture *mixture, size_t q, const double *differences,
                                   size_t which) {
    double product = 1;
    for (size_t c = 0; c < mixture->columns; c++) {
        double phase = 2 * M_PI * differences[c] * mixture->means[q * mixture->columns + c];
        product *= c == which ? -sin(phase) : cos(phase);
    }
    return product;
}

static void read_differences(const struct covariance_node *leaf, const struct covariance_tile *tile, size_t i,
                             size_t j, double *differences) {
    for (size_t c = 0; c < leaf->column_count; c++)
        differences[c] = difference(tile, i, j, leaf->columns[c]);
}

static void spectral_value(const struct covariance_node *leaf, const double *parameters,
                           const struct covariance_tile *tile, double *k) {
    struct mixture mixture = read_mixture(leaf, parameters);
    double differences[COVARIANCE_COLUMNS_MAX];
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++) {
            read_differences(leaf, tile, i, j, differences);
            double sum = 0;
            for (size_t q = 0; q < mixture.components; q++)
                sum += mixture.weights[q] * component_envelope(&mixture, q, differences) *
                       component_wave(&mixture, q, differences);
            k[i * COVARIANCE_TILE + j] = sum;
        }
}

static void spectral_diagonal(const struct covariance_node *leaf, const double *parameters,
                              const struct covariance_tile *tile, double *k) {
    double sum = 0;
    for (size_t q = 0; q < leaf->components; q++)
        sum += parameters[q];
    for (size_t i = 0; i < tile->rows; i++)
        k[i] = sum;
}

/* One component at one pair, `adjoint` times its derivatives. */
static void add_component(const struct mixture *mixture, size_t q, const double *differences, double adjoint,
                          double *gradient) {
    size_t columns = mixture->columns, means = mixture->components;
    size_t scales = means + mixture->components * columns;
    double envelope = component_envelope(mixture, q, differences);
    double term = envelope * component_wave(mixture, q, differences);
    gradient[q] += adjoint * term;
    for (size_t c = 0; c < columns; c++) {
        size_t at = q * columns + c;
        double d = differences[c], weighted = adjoint * mixture->weights[q];
        gradient[means + at] +=
            weighted * envelope * component_wave_slope(mixture, q, differences, c) * 2 * M_PI * d;
        gradient[scales + at] -= weighted * term * 4 * M_PI * M_PI * d * d * mixture->scales[at];
    }
}

static void spectral_accumulate(const struct covariance_node *leaf, const double *parameters,
                                const struct covariance_tile *tile, const double *k, const double *adjoint,
                                double *gradient) {
    (void)k;
    struct mixture mixture = read_mixture(leaf, parameters);
    double differences[COVARIANCE_COLUMNS_MAX];
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < tile->columns; j++) {
            read_differences(leaf, tile, i, j, differences);
            for (size_t q = 0; q < mixture.components; q++)
                add_component(&mixture, q, differences, adjoint[i * COVARIANCE_TILE + j], gradient);
        }
}

/* d/dx of w e(d) prod cos: w (e' prod cos + e (prod cos)'). */
static void spectral_slope(const struct covariance_node *leaf, const double *parameters,
                           const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    (void)k;
    struct mixture mixture = read_mixture(leaf, parameters);
    double differences[COVARIANCE_COLUMNS_MAX];
    size_t which = 0;
    while (which < leaf->column_count && leaf->columns[which] != input)
        which++;
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++) {
            double sum = 0;
            read_differences(leaf, tile, i, j, differences);
            for (size_t q = 0; q < mixture.components && which < leaf->column_count; q++) {
                size_t at = q * mixture.columns + which;
                double envelope = component_envelope(&mixture, q, differences);
                double wave = component_wave(&mixture, q, differences);
                double turn = component_wave_slope(&mixture, q, differences, which);
                double scale = mixture.scales[at];
                sum += mixture.weights[q] * envelope *
                       (2 * M_PI * mixture.means[at] * turn -
                        4 * M_PI * M_PI * differences[which] * scale * scale * wave);
            }
            slope[i * COVARIANCE_TILE + j] = sum;
        }
}

/* -d2k/dd2 at 0 = sum_q w_q 4 pi^2 (s^2 + m^2) */
static double spectral_curvature(const struct covariance_node *leaf, const double *parameters,
                                 const double *x, size_t input) {
    (void)x;
    struct mixture mixture = read_mixture(leaf, parameters);
    double sum = 0;
    for (size_t c = 0; c < leaf->column_count; c++)
        for (size_t q = 0; q < mixture.components && leaf->columns[c] == input; q++) {
            double scale = mixture.scales[q * mixture.columns + c],
                   mean = mixture.means[q * mixture.columns + c];
            sum += mixture.weights[q] * 4 * M_PI * M_PI * (scale * scale + mean * mean);
        }
    return sum;
}

static const char *const spectral_keys[] = {"weight", "mean", "scale", NULL};
static const double spectral_defaults[] = {1, 0, 1};

const struct covariance_kernel covariance_kernels_spectral = {
    .name = "sm",
    .keys = spectral_keys,
    .defaults = spectral_defaults,
    .vector_keys = " weight mean scale ",
    .spectral = true,
    .value = spectral_value,
    .diagonal = spectral_diagonal,
    .accumulate = spectral_accumulate,
    .slope = spectral_slope,
    .curvature = spectral_curvature,
};
