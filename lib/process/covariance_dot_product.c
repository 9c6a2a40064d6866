/* Kernels that do not depend on differences: linear, poly, constant, white. */
#include <math.h>
#include <string.h>

#include "process/covariance_kernel.h"
#include "process/covariance_kernels.h"

/* Parameters: variance; poly's offset. Setting: poly's degree. */
enum { VARIANCE, OFFSET };

static void add_products(const struct covariance_node *leaf, const struct covariance_tile *tile, double *k) {
    if (tile->gram != NULL) {
        memcpy(k, tile->gram->products, tile->rows * COVARIANCE_TILE * sizeof *k);
        return;
    }
    for (size_t c = 0; c < leaf->column_count; c++) {
        const double *y = tile->y + leaf->columns[c] * COVARIANCE_TILE;
        for (size_t i = 0; i < tile->rows; i++) {
            double x = tile->x[i * tile->inputs + leaf->columns[c]], *row = k + i * COVARIANCE_TILE;
            for (size_t j = 0; j < COVARIANCE_TILE; j++)
                row[j] = (c == 0 ? 0 : row[j]) + x * y[j];
        }
    }
}

static double square_norm(const struct covariance_node *leaf, const double *x) {
    double sum = 0;
    for (size_t c = 0; c < leaf->column_count; c++)
        sum += x[leaf->columns[c]] * x[leaf->columns[c]];
    return sum;
}

static double row_square(const struct covariance_node *leaf, const struct covariance_tile *tile, size_t i) {
    return tile->gram != NULL ? tile->gram->x_squares[i] : square_norm(leaf, tile->x + i * tile->inputs);
}

/* Kernels of products do not see squares. */
static void clear_squares(const struct covariance_tile *tile, const struct covariance_gram_slopes *slopes) {
    memset(slopes->x_squares, 0, tile->rows * COVARIANCE_TILE * sizeof(double));
    memset(slopes->y_squares, 0, tile->rows * COVARIANCE_TILE * sizeof(double));
}

static double weighted_sum(const struct covariance_tile *tile, const double *weights, const double *values) {
    double sum = 0;
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        sum += weights[i] * values[i];
    return sum;
}

/* y's coordinate where the leaf sees the input, else 0: d(x.y)/dx. */
static void product_slope(const struct covariance_node *leaf, const struct covariance_tile *tile,
                          size_t input, double *slope) {
    const double *y = tile->y + input * COVARIANCE_TILE;
    bool sees = covariance_kernel_sees(leaf, input);
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++)
            slope[i * COVARIANCE_TILE + j] = sees ? y[j] : 0;
}

static void scale_all(const struct covariance_tile *tile, double factor, double *values) {
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        values[i] *= factor;
}

static void linear_value(const struct covariance_node *leaf, const double *parameters,
                         const struct covariance_tile *tile, double *k) {
    add_products(leaf, tile, k);
    scale_all(tile, parameters[VARIANCE], k);
}

static void linear_diagonal(const struct covariance_node *leaf, const double *parameters,
                            const struct covariance_tile *tile, double *k) {
    for (size_t i = 0; i < tile->rows; i++)
        k[i] = parameters[VARIANCE] * row_square(leaf, tile, i);
}

/* Also of constant and white: the variance is a factor. */
static void variance_accumulate(const struct covariance_node *leaf, const double *parameters,
                                const struct covariance_tile *tile, const double *k, const double *adjoint,
                                double *gradient) {
    (void)leaf;
    gradient[VARIANCE] += weighted_sum(tile, adjoint, k) / parameters[VARIANCE];
}

static void linear_slope(const struct covariance_node *leaf, const double *parameters,
                         const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    (void)k;
    product_slope(leaf, tile, input, slope);
    scale_all(tile, parameters[VARIANCE], slope);
}

static void linear_gram_slopes(const struct covariance_node *leaf, const double *parameters,
                               const struct covariance_tile *tile, const double *k,
                               const struct covariance_gram_slopes *slopes) {
    (void)leaf;
    (void)k;
    clear_squares(tile, slopes);
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        slopes->products[i] = parameters[VARIANCE];
}

static double linear_curvature(const struct covariance_node *leaf, const double *parameters, const double *x,
                               size_t input) {
    (void)x;
    return covariance_kernel_sees(leaf, input) ? parameters[VARIANCE] : 0;
}

static double power(double base, int exponent) {
    double product = 1;
    for (int i = 0; i < exponent; i++)
        product *= base;
    return product;
}

static int degree_of(const struct covariance_node *leaf) {
    return (int)leaf->settings[0];
}

/* k = s2 (x.y + offset)^degree */
static void poly_value(const struct covariance_node *leaf, const double *parameters,
                       const struct covariance_tile *tile, double *k) {
    add_products(leaf, tile, k);
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        k[i] = parameters[VARIANCE] * power(k[i] + parameters[OFFSET], degree_of(leaf));
}

static void poly_diagonal(const struct covariance_node *leaf, const double *parameters,
                          const struct covariance_tile *tile, double *k) {
    for (size_t i = 0; i < tile->rows; i++)
        k[i] = parameters[VARIANCE] * power(row_square(leaf, tile, i) + parameters[OFFSET], degree_of(leaf));
}

/* s2 degree (x.y + offset)^(degree - 1): dk/doffset, and dk/d(x.y). */
static void poly_inner_slope(const struct covariance_node *leaf, const double *parameters,
                             const struct covariance_tile *tile, double *slope) {
    add_products(leaf, tile, slope);
    int degree = degree_of(leaf);
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        slope[i] = parameters[VARIANCE] * degree * power(slope[i] + parameters[OFFSET], degree - 1);
}

static void poly_accumulate(const struct covariance_node *leaf, const double *parameters,
                            const struct covariance_tile *tile, const double *k, const double *adjoint,
                            double *gradient) {
    double slope[COVARIANCE_TILE_AREA];
    gradient[VARIANCE] += weighted_sum(tile, adjoint, k) / parameters[VARIANCE];
    poly_inner_slope(leaf, parameters, tile, slope);
    gradient[OFFSET] += weighted_sum(tile, adjoint, slope);
}

static void poly_slope(const struct covariance_node *leaf, const double *parameters,
                       const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    (void)k;
    double inner[COVARIANCE_TILE_AREA];
    poly_inner_slope(leaf, parameters, tile, inner);
    product_slope(leaf, tile, input, slope);
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        slope[i] *= inner[i];
}

static void poly_gram_slopes(const struct covariance_node *leaf, const double *parameters,
                             const struct covariance_tile *tile, const double *k,
                             const struct covariance_gram_slopes *slopes) {
    (void)k;
    clear_squares(tile, slopes);
    poly_inner_slope(leaf, parameters, tile, slopes->products);
}

/* d2k/dx dy = s2 (D u^(D-1) + D (D-1) u^(D-2) x^2), u = x.x + offset */
static double poly_curvature(const struct covariance_node *leaf, const double *parameters, const double *x,
                             size_t input) {
    if (!covariance_kernel_sees(leaf, input))
        return 0;
    int degree = degree_of(leaf);
    double u = square_norm(leaf, x) + parameters[OFFSET];
    double second = degree < 2 ? 0 : degree * (degree - 1) * power(u, degree - 2) * x[input] * x[input];
    return parameters[VARIANCE] * (degree * power(u, degree - 1) + second);
}

static const char *poly_check(const struct covariance_node *leaf) {
    double degree = leaf->settings[0];
    return degree >= 1 && degree <= 100 && degree == floor(degree)
               ? NULL
               : "degree must be an integer from 1 to 100";
}

static void constant_value(const struct covariance_node *leaf, const double *parameters,
                           const struct covariance_tile *tile, double *k) {
    (void)leaf;
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        k[i] = parameters[VARIANCE];
}

static void no_slope(const struct covariance_node *leaf, const double *parameters,
                     const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    (void)leaf;
    (void)parameters;
    (void)k;
    (void)input;
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++)
        slope[i] = 0;
}

static void no_gram_slopes(const struct covariance_node *leaf, const double *parameters,
                           const struct covariance_tile *tile, const double *k,
                           const struct covariance_gram_slopes *slopes) {
    (void)leaf;
    (void)parameters;
    (void)k;
    clear_squares(tile, slopes);
    memset(slopes->products, 0, tile->rows * COVARIANCE_TILE * sizeof(double));
}

static double no_curvature(const struct covariance_node *leaf, const double *parameters, const double *x,
                           size_t input) {
    (void)leaf;
    (void)parameters;
    (void)x;
    (void)input;
    return 0;
}

/* s2 where both are the same row of the same matrix. */
static void white_value(const struct covariance_node *leaf, const double *parameters,
                        const struct covariance_tile *tile, double *k) {
    (void)leaf;
    for (size_t i = 0; i < tile->rows; i++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++) {
            bool same = tile->offset != COVARIANCE_APART && (ptrdiff_t)i + tile->offset == (ptrdiff_t)j;
            k[i * COVARIANCE_TILE + j] = same ? parameters[VARIANCE] : 0;
        }
}

static const double ones[] = {1, 1};
static const char *const variance_keys[] = {"variance", NULL};
static const char *const offset_keys[] = {"variance", "offset", NULL};
static const char *const degree_settings[] = {"degree", NULL};
static const double degree_defaults[] = {2};

const struct covariance_kernel covariance_kernels_linear = {
    .name = "linear",
    .keys = variance_keys,
    .defaults = ones,
    .vector_keys = "",
    .value = linear_value,
    .diagonal = linear_diagonal,
    .accumulate = variance_accumulate,
    .slope = linear_slope,
    .gram_slopes = linear_gram_slopes,
    .curvature = linear_curvature,
};

const struct covariance_kernel covariance_kernels_poly = {
    .name = "poly",
    .keys = offset_keys,
    .defaults = ones,
    .vector_keys = "",
    .settings = degree_settings,
    .setting_defaults = degree_defaults,
    .zero_key = "offset",
    .check = poly_check,
    .value = poly_value,
    .diagonal = poly_diagonal,
    .accumulate = poly_accumulate,
    .slope = poly_slope,
    .gram_slopes = poly_gram_slopes,
    .curvature = poly_curvature,
};

const struct covariance_kernel covariance_kernels_constant = {
    .name = "constant",
    .keys = variance_keys,
    .defaults = ones,
    .vector_keys = "",
    .value = constant_value,
    .accumulate = variance_accumulate,
    .slope = no_slope,
    .gram_slopes = no_gram_slopes,
    .curvature = no_curvature,
};

const struct covariance_kernel covariance_kernels_white = {
    .name = "white",
    .keys = variance_keys,
    .defaults = ones,
    .vector_keys = "",
    .value = white_value,
    .accumulate = variance_accumulate,
};
