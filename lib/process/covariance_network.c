#include "process/covariance_network.h"

#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "process/covariance_kernels.h"
#include "process/network_series.h"
#include "process/network_series_cache.h"

enum { TILE = COVARIANCE_TILE, AREA = COVARIANCE_TILE_AREA, DIRECTIONS = 3, DEPTH_MAX = 10000 };

/* In the order of the leaf's settings. */
enum { DEPTH, GAIN, LAST_BIAS, SLOPE, ACTIVATION };

struct covariance_network covariance_network_of(const struct covariance_node *leaf,
                                                const double *parameters) {
    return (struct covariance_network){
        .depth = (size_t)leaf->settings[DEPTH],
        .gain = leaf->settings[GAIN],
        .slope = leaf->settings[SLOPE],
        .last_bias = leaf->settings[LAST_BIAS] != 0,
        .tangent = leaf->kernel == &covariance_kernels_ntk,
        .activation = (enum network_dual_activation)leaf->settings[ACTIVATION],
        .variance = parameters[COVARIANCE_NETWORK_VARIANCE],
        .weights = parameters[COVARIANCE_NETWORK_WEIGHTS],
        .biases = parameters[COVARIANCE_NETWORK_BIASES],
    };
}

/* A derivative carried forward through the layers: of the weights' or the biases' variance, of an input of
 * x, or of a Gram entry. */
struct direction {
    bool weights, biases;
    int input;                          /* or -1 */
    bool product, x_squares, y_squares; /* of a Gram tile */
    double qx[TILE], qy[TILE];
    double *s, *t; /* rows x 64 */
};

/* What stands between two layers. */
struct recursion {
    struct covariance_network network;
    const struct covariance_node *leaf;
    const struct covariance_tile *tile;
    size_t layer; /* of s and t; 1 .. depth + 1 */
    double qx[TILE], qy[TILE];
    double *s, *t, *deficit; /* rows x 64; deficit (qx + qy)/2 - s */
    size_t direction_count;
    struct direction directions[DIRECTIONS];
    struct network_series x, y;
    double *work, *x_coefficients, *y_coefficients;
};

static size_t order_count(const struct recursion *r) {
    return r->direction_count > 0 ? 4 : r->network.tangent ? 2 : 1;
}

static bool is_series(const struct covariance_node *leaf) {
    return network_dual_is_series((enum network_dual_activation)leaf->settings[ACTIVATION]);
}

/* Three areas and two for each direction, then what a series needs. */
static size_t network_room(const struct covariance_node *leaf) {
    size_t room = (3 + 2 * DIRECTIONS) * AREA;
    if (is_series(leaf))
        room += network_series_work_room() + 2 * network_series_room(4);
    return room;
}

static double bias_of(const struct recursion *r, size_t layer) {
    bool last = layer == r->network.depth + 1;
    return last && !r->network.last_bias ? 0 : r->network.biases;
}

static bool has_bias(const struct recursion *r, size_t layer) {
    return layer <= r->network.depth || r->network.last_bias;
}

static void start(struct recursion *r, const struct covariance_node *leaf, const double *parameters,
                  const struct covariance_tile *tile) {
    *r = (struct recursion){.network = covariance_network_of(leaf, parameters), .leaf = leaf, .tile = tile};
    double *room = tile->room;
    if (tile->series != NULL)
        network_series_cache_tidy(tile->series);
    r->s = room;
    r->t = room + AREA;
    r->deficit = room + 2 * AREA;
    for (size_t k = 0; k < DIRECTIONS; k++) {
        r->directions[k].s = room + (3 + 2 * k) * AREA;
        r->directions[k].t = room + (4 + 2 * k) * AREA;
        r->directions[k].input = -1;
    }
    r->work = room + (3 + 2 * DIRECTIONS) * AREA;
    r->x_coefficients = r->work + network_series_work_room();
    r->y_coefficients = r->x_coefficients + network_series_room(4);
}

/* x.y and |x - y|^2 of one coordinate, added. */
INSTRUCTION_SETS static void add_coordinate(const struct covariance_tile *tile, size_t column,
                                            double *products, double *squares) {
    const double *y = tile->y + column * TILE;
    for (size_t i = 0; i < tile->rows; i++) {
        double x = tile->x[i * tile->inputs + column];
        double *product = products + i * TILE, *square = squares + i * TILE;
#pragma omp simd
        for (size_t j = 0; j < TILE; j++) {
            double apart = x - y[j];
            product[j] += x * y[j];
            square[j] += apart * apart;
        }
    }
}

/* The same of Gram entries. */
static void take_gram(struct recursion *r) {
    const struct covariance_gram_tile *gram = r->tile->gram;
    for (size_t i = 0; i < r->tile->rows; i++)
        for (size_t j = 0; j < TILE; j++) {
            double product = gram->products[i * TILE + j];
            r->s[i * TILE + j] = product;
            r->deficit[i * TILE + j] = fmax(gram->x_squares[i] - 2 * product + gram->y_squares[j], 0);
        }
}

/* What wv is divided by: a Gram matrix is an average already. */
static double input_count(const struct recursion *r) {
    return r->tile->gram != NULL ? 1 : (double)r->leaf->column_count;
}

/* |x|^2 and |y|^2, summed as the products are, so that equal rows have equal bits. */
static void fill_norms(struct recursion *r) {
    const struct covariance_tile *tile = r->tile;
    if (tile->gram != NULL) {
        memcpy(r->qx, tile->gram->x_squares, sizeof r->qx);
        if (tile->gram->y_squares != NULL)
            memcpy(r->qy, tile->gram->y_squares, sizeof r->qy);
        return;
    }
    for (size_t c = 0; c < r->leaf->column_count; c++) {
        size_t column = r->leaf->columns[c];
        for (size_t i = 0; i < tile->rows; i++) {
            double x = tile->x[i * tile->inputs + column];
            r->qx[i] += x * x;
        }
        for (size_t j = 0; tile->y != NULL && j < TILE; j++)
            r->qy[j] += tile->y[column * TILE + j] * tile->y[column * TILE + j];
    }
}

/* The derivatives of layer 1; the norms are still without wv/d and bv. */
static void start_direction(struct recursion *r, struct direction *direction, double scale) {
    const struct covariance_tile *tile = r->tile;
    bool bias = direction->biases && has_bias(r, 1);
    double by_weights = direction->weights ? 1 / input_count(r) : 0;
    for (size_t j = 0; j < TILE; j++) {
        direction->qx[j] = by_weights * r->qx[j] + bias + (direction->x_squares ? scale : 0);
        direction->qy[j] = by_weights * r->qy[j] + bias + (direction->y_squares ? scale : 0);
    }
    for (size_t i = 0; i < tile->rows * TILE; i++)
        direction->s[i] = by_weights * r->s[i] + bias + (direction->product ? scale : 0);
    if (direction->input >= 0 && covariance_kernel_sees(r->leaf, (size_t)direction->input)) {
        const double *y = tile->y + (size_t)direction->input * TILE;
        for (size_t i = 0; i < tile->rows; i++) {
            direction->qx[i] = 2 * scale * tile->x[i * tile->inputs + (size_t)direction->input];
            for (size_t j = 0; j < TILE; j++)
                direction->s[i * TILE + j] = scale * y[j];
        }
    }
    memcpy(direction->t, direction->s, tile->rows * TILE * sizeof *direction->t);
}

/* Layer 1 of pairs. */
static void first_layer(struct recursion *r) {
    size_t count = r->tile->rows * TILE;
    double scale = r->network.weights / input_count(r), bias = bias_of(r, 1);
    r->layer = 1;
    memset(r->s, 0, count * sizeof *r->s);
    memset(r->deficit, 0, count * sizeof *r->deficit);
    fill_norms(r);
    if (r->tile->gram != NULL)
        take_gram(r);
    for (size_t c = 0; r->tile->gram == NULL && c < r->leaf->column_count; c++)
        add_coordinate(r->tile, r->leaf->columns[c], r->s, r->deficit);
    for (size_t k = 0; k < r->direction_count; k++)
        start_direction(r, &r->directions[k], scale);
    for (size_t i = 0; i < count; i++) {
        r->s[i] = scale * r->s[i] + bias;
        r->deficit[i] *= 0.5 * scale;
    }
    for (size_t j = 0; j < TILE; j++) {
        r->qx[j] = scale * r->qx[j] + bias;
        r->qy[j] = scale * r->qy[j] + bias;
    }
    memcpy(r->t, r->s, count * sizeof *r->t);
}

/* How a layer's E and D become S and T. */
struct layer {
    double square, scale, bias; /* gain^2, wv gain^2, bv */
    bool has_bias, tangent;
};

static struct layer layer_of(const struct recursion *r, size_t layer) {
    double square = r->network.gain * r->network.gain;
    return (struct layer){square, r->network.weights * square, bias_of(r, layer), has_bias(r, layer),
                          r->network.tangent};
}

/* The derivatives of a row of pairs, from those of the layer before; t is still that layer's. */
INSTRUCTION_SETS static void advance_direction(const struct layer *layer, const struct direction *direction,
                                               size_t i, const struct network_dual *dual, const double *t) {
    double *s_row = direction->s + i * TILE, *t_row = direction->t + i * TILE, qx = direction->qx[i];
    const double *qy = direction->qy;
    double weights = direction->weights ? layer->square : 0, bias = direction->biases && layer->has_bias;
#pragma omp simd
    for (size_t j = 0; j < TILE; j++) {
        double e = dual->d[j] * s_row[j] + dual->e_q1[j] * qx + dual->e_q2[j] * qy[j];
        double d = dual->d_c[j] * s_row[j] + dual->d_q1[j] * qx + dual->d_q2[j] * qy[j];
        double next = layer->scale * e + weights * dual->e[j] + bias;
        double factor = layer->scale * d + weights * dual->d[j];
        s_row[j] = next;
        t_row[j] = next + factor * t[j] + layer->scale * dual->d[j] * t_row[j];
    }
}

INSTRUCTION_SETS static void advance_values(const struct layer *layer, const struct network_dual *dual,
                                            double *s, double *t, double *deficit, bool kinked) {
#pragma omp simd
    for (size_t j = 0; j < TILE; j++)
        s[j] = layer->scale * dual->e[j] + layer->bias;
    if (kinked)
#pragma omp simd
        for (size_t j = 0; j < TILE; j++)
            deficit[j] = layer->scale * dual->deficit[j];
    if (layer->tangent)
#pragma omp simd
        for (size_t j = 0; j < TILE; j++)
            t[j] = s[j] + layer->scale * dual->d[j] * t[j];
}

/* E and D of rows with themselves. */
static void diagonal_dual(const struct recursion *r, const double *q, const struct network_series *series,
                          struct network_dual *dual) {
    static const double zeros[TILE] = {0};
    if (network_dual_is_series(r->network.activation)) {
        network_series_diagonal(series, dual);
        return;
    }
    struct network_dual_pairs pairs = {q, q, q, zeros};
    network_dual_closed(r->network.activation, r->network.slope, &pairs, r->direction_count > 0, dual);
}

/* The variances of one side, and their derivatives. */
static void advance_variances(struct recursion *r, const struct layer *layer, bool of_x) {
    struct network_dual dual;
    double *q = of_x ? r->qx : r->qy;
    diagonal_dual(r, q, of_x ? &r->x : &r->y, &dual);
    for (size_t k = 0; k < r->direction_count; k++) {
        struct direction *direction = &r->directions[k];
        double *dq = of_x ? direction->qx : direction->qy;
        for (size_t i = 0; i < TILE; i++)
            dq[i] = layer->scale * (dual.d[i] + dual.e_q1[i] + dual.e_q2[i]) * dq[i] +
                    (direction->weights ? layer->square * dual.e[i] : 0) +
                    (direction->biases && layer->has_bias);
    }
    for (size_t i = 0; i < TILE; i++)
        q[i] = layer->scale * dual.e[i] + layer->bias;
}

/* The series of rows of these variances: as it was kept, or found anew, and kept. */
static void find_series(struct recursion *r, struct network_series *series, size_t rows, const double *q,
                        double *coefficients) {
    const struct network_series_key key = {r->network.activation, order_count(r), rows, q};
    struct network_series_cache *cache = r->tile->series;
    if (cache != NULL && network_series_cache_take(cache, &key, series))
        return;
    network_series_find(series, key.activation, key.orders, rows, q, coefficients, r->work);
    if (cache != NULL)
        network_series_cache_keep(cache, &key, series);
}

static void next_layer(struct recursion *r) {
    const struct covariance_tile *tile = r->tile;
    struct layer layer = layer_of(r, ++r->layer);
    bool series = network_dual_is_series(r->network.activation);
    bool kinked = network_dual_is_kinked(r->network.activation);
    struct network_dual dual;
    if (series) {
        find_series(r, &r->x, tile->rows, r->qx, r->x_coefficients);
        find_series(r, &r->y, tile->columns, r->qy, r->y_coefficients);
    }
    for (size_t i = 0; i < tile->rows; i++) {
        double *s = r->s + i * TILE, *t = r->t + i * TILE, *deficit = r->deficit + i * TILE, q1[TILE];
        for (size_t j = 0; j < TILE; j++)
            q1[j] = r->qx[i];
        struct network_dual_pairs pairs = {q1, r->qy, s, deficit};
        if (series)
            network_series_dual(&r->x, i, r->qx, &r->y, r->qy, s, &dual);
        else
            network_dual_closed(r->network.activation, r->network.slope, &pairs, r->direction_count > 0,
                                &dual);
        for (size_t k = 0; k < r->direction_count; k++)
            advance_direction(&layer, &r->directions[k], i, &dual, t);
        advance_values(&layer, &dual, s, t, deficit, kinked);
    }
    advance_variances(r, &layer, true);
    advance_variances(r, &layer, false);
}

static void run(struct recursion *r) {
    first_layer(r);
    while (r->layer <= r->network.depth)
        next_layer(r);
}

static void network_value(const struct covariance_node *leaf, const double *parameters,
                          const struct covariance_tile *tile, double *k) {
    struct recursion r;
    start(&r, leaf, parameters, tile);
    run(&r);
    const double *values = r.network.tangent ? r.t : r.s;
    for (size_t i = 0; i < tile->rows * TILE; i++)
        k[i] = r.network.variance * values[i];
}

/* The recursion of pairs, for each row with itself. */
static void network_diagonal(const struct covariance_node *leaf, const double *parameters,
                             const struct covariance_tile *tile, double *k) {
    struct recursion r;
    struct covariance_tile rows = *tile;
    rows.y = NULL;
    start(&r, leaf, parameters, &rows);
    double scale = r.network.weights / input_count(&r), t[TILE];
    fill_norms(&r);
    for (size_t i = 0; i < TILE; i++)
        t[i] = r.qx[i] = scale * r.qx[i] + bias_of(&r, 1);
    for (size_t layer = 2; layer <= r.network.depth + 1; layer++) {
        struct network_dual dual;
        struct layer parts = layer_of(&r, layer);
        if (network_dual_is_series(r.network.activation))
            find_series(&r, &r.x, tile->rows, r.qx, r.x_coefficients);
        diagonal_dual(&r, r.qx, &r.x, &dual);
        for (size_t i = 0; i < TILE; i++) {
            r.qx[i] = parts.scale * dual.e[i] + parts.bias;
            t[i] = r.qx[i] + parts.scale * dual.d[i] * t[i];
        }
    }
    for (size_t i = 0; i < tile->rows; i++)
        k[i] = r.network.variance * (r.network.tangent ? t[i] : r.qx[i]);
}

static double weighted_sum(size_t count, const double *weights, const double *values) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i] * values[i];
    return sum;
}

static void network_accumulate(const struct covariance_node *leaf, const double *parameters,
                               const struct covariance_tile *tile, const double *k, const double *adjoint,
                               double *gradient) {
    struct recursion r;
    size_t count = tile->rows * TILE;
    start(&r, leaf, parameters, tile);
    r.direction_count = 2;
    r.directions[0].weights = true;
    r.directions[1].biases = true;
    run(&r);
    gradient[COVARIANCE_NETWORK_VARIANCE] += weighted_sum(count, adjoint, k) / r.network.variance;
    for (size_t p = 0; p < 2; p++) {
        const double *values = r.network.tangent ? r.directions[p].t : r.directions[p].s;
        gradient[COVARIANCE_NETWORK_WEIGHTS + p] += r.network.variance * weighted_sum(count, adjoint, values);
    }
}

static void network_slope(const struct covariance_node *leaf, const double *parameters,
                          const struct covariance_tile *tile, const double *k, size_t input, double *slope) {
    (void)k;
    struct recursion r;
    start(&r, leaf, parameters, tile);
    r.direction_count = 1;
    r.directions[0].input = (int)input;
    run(&r);
    const double *values = r.network.tangent ? r.directions[0].t : r.directions[0].s;
    for (size_t i = 0; i < tile->rows * TILE; i++)
        slope[i] = r.network.variance * values[i];
}

static void network_gram_slopes(const struct covariance_node *leaf, const double *parameters,
                                const struct covariance_tile *tile, const double *k,
                                const struct covariance_gram_slopes *slopes) {
    (void)k;
    struct recursion r;
    double *const places[] = {slopes->products, slopes->x_squares, slopes->y_squares};
    start(&r, leaf, parameters, tile);
    r.direction_count = 3;
    r.directions[0].product = true;
    r.directions[1].x_squares = true;
    r.directions[2].y_squares = true;
    run(&r);
    for (size_t p = 0; p < 3; p++) {
        const double *values = r.network.tangent ? r.directions[p].t : r.directions[p].s;
        for (size_t i = 0; i < tile->rows * TILE; i++)
            places[p][i] = r.network.variance * values[i];
    }
}

static bool network_is_rough(const struct covariance_node *leaf) {
    return leaf->settings[DEPTH] > 0 &&
           network_dual_is_kinked((enum network_dual_activation)leaf->settings[ACTIVATION]);
}

static const char *nngp_check(const struct covariance_node *leaf) {
    double depth = leaf->settings[DEPTH], last_bias = leaf->settings[LAST_BIAS];
    if (!(depth >= 0 && depth == floor(depth)))
        return "depth must be an integer >= 0";
    if (depth > DEPTH_MAX)
        return "depth must be at most 10000";
    if (!(leaf->settings[GAIN] > 0) || !isfinite(leaf->settings[GAIN]))
        return "gain must be > 0";
    if (last_bias != 0 && last_bias != 1)
        return "last_bias must be true or false";
    return isfinite(leaf->settings[SLOPE]) ? NULL : "slope must be finite";
}

static const char *ntk_check(const struct covariance_node *leaf) {
    if (leaf->settings[ACTIVATION] == NETWORK_DUAL_STEP)
        return "step has no derivative: use nngp";
    return nngp_check(leaf);
}

static const char *const network_keys[] = {"variance", "weight_variance", "bias_variance", NULL};
static const double network_defaults[] = {1, 1, 0};
static const char *const network_settings[] = {"depth", "gain", "last_bias", "slope", NULL};
static const double setting_defaults[] = {1, 1, true, 0.01};

const struct covariance_kernel covariance_kernels_nngp = {
    .name = "nngp",
    .keys = network_keys,
    .defaults = network_defaults,
    .vector_keys = "",
    .settings = network_settings,
    .setting_defaults = setting_defaults,
    .variance_fixed = true,
    .zero_key = "bias_variance",
    .words_key = "activation",
    .words = network_dual_names,
    .room = network_room,
    .keeps_series = is_series,
    .check = nngp_check,
    .value = network_value,
    .diagonal = network_diagonal,
    .accumulate = network_accumulate,
    .slope = network_slope,
    .gram_slopes = network_gram_slopes,
    .is_rough = network_is_rough,
    .curvature = covariance_network_curvature,
};

const struct covariance_kernel covariance_kernels_ntk = {
    .name = "ntk",
    .keys = network_keys,
    .defaults = network_defaults,
    .vector_keys = "",
    .settings = network_settings,
    .setting_defaults = setting_defaults,
    .variance_fixed = true,
    .zero_key = "bias_variance",
    .words_key = "activation",
    .words = network_dual_names,
    .room = network_room,
    .keeps_series = is_series,
    .check = ntk_check,
    .value = network_value,
    .diagonal = network_diagonal,
    .accumulate = network_accumulate,
    .slope = network_slope,
    .gram_slopes = network_gram_slopes,
    .is_rough = network_is_rough,
    .curvature = covariance_network_curvature,
};
