#include "process/covariance_tile.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "process/network_series_cache.h"

/* The most room that a leaf asks for; 0: none does. */
static size_t room_of(const struct covariance *covariance) {
    size_t most = 0;
    for (size_t i = 0; i < covariance->node_count; i++) {
        const struct covariance_node *node = &covariance->nodes[i];
        if (node->kind != COVARIANCE_LEAF || node->kernel->room == NULL)
            continue;
        size_t room = node->kernel->room(node);
        most = room > most ? room : most;
    }
    return most;
}

static bool keeps_series(const struct covariance *covariance) {
    for (size_t i = 0; i < covariance->node_count; i++) {
        const struct covariance_node *node = &covariance->nodes[i];
        if (node->kind == COVARIANCE_LEAF && node->kernel->keeps_series != NULL &&
            node->kernel->keeps_series(node))
            return true;
    }
    return false;
}

int covariance_tile_open(struct covariance_workspace *workspace, const struct covariance *covariance,
                         struct error *error) {
    *workspace = (struct covariance_workspace){.covariance = covariance};
    workspace->parameters = memory_array(error, covariance->parameter_count + 1, sizeof(double));
    workspace->values = memory_matrix(error, covariance->node_count, COVARIANCE_TILE_AREA, sizeof(double));
    workspace->adjoints = memory_matrix(error, covariance->node_count, COVARIANCE_TILE_AREA, sizeof(double));
    workspace->transposed = memory_matrix(error, covariance->inputs, COVARIANCE_TILE, sizeof(double));
    size_t room = room_of(covariance);
    workspace->room = room > 0 ? memory_array(error, room, sizeof(double)) : NULL;
    bool series = keeps_series(covariance);
    workspace->series = series ? network_series_cache_new(error) : NULL;
    if ((series && workspace->series == NULL) || workspace->parameters == NULL || workspace->values == NULL ||
        workspace->adjoints == NULL || workspace->transposed == NULL ||
        (room > 0 && workspace->room == NULL)) {
        covariance_tile_close(workspace);
        return -1;
    }
    return 0;
}

void covariance_tile_close(struct covariance_workspace *workspace) {
    free(workspace->parameters);
    free(workspace->values);
    free(workspace->adjoints);
    free(workspace->transposed);
    free(workspace->room);
    network_series_cache_free(workspace->series);
    *workspace = (struct covariance_workspace){0};
}

static double *node_values(const struct covariance_workspace *workspace, int node) {
    return workspace->values + (size_t)node * COVARIANCE_TILE_AREA;
}

static double *node_adjoint(const struct covariance_workspace *workspace, int node) {
    return workspace->adjoints + (size_t)node * COVARIANCE_TILE_AREA;
}

static const struct covariance_node *node_of(const struct covariance_workspace *workspace, int node) {
    return &workspace->covariance->nodes[node];
}

static int next_of(const struct covariance_workspace *workspace, int node) {
    return node_of(workspace, node)->next_sibling;
}

static const double *leaf_parameters(const struct covariance_workspace *workspace,
                                     const struct covariance_node *leaf) {
    return workspace->parameters + leaf->first_parameter;
}

static void multiply(size_t count, const double *factor, double *product) {
    for (size_t i = 0; i < count; i++)
        product[i] *= factor[i];
}

static void add(size_t count, const double *term, double *sum) {
    for (size_t i = 0; i < count; i++)
        sum[i] += term[i];
}

/* The tile with the workspace's room. */
static struct covariance_tile with_room(const struct covariance_workspace *workspace,
                                        const struct covariance_tile *tile) {
    struct covariance_tile own = *tile;
    own.room = workspace->room;
    own.series = workspace->series;
    return own;
}

static void load_parameters(struct covariance_workspace *workspace) {
    for (size_t p = 0; p < workspace->covariance->parameter_count; p++)
        workspace->parameters[p] = workspace->covariance->parameters[p].value;
}

static void evaluate(struct covariance_workspace *workspace, const struct covariance_tile *tile, int at) {
    const struct covariance_node *node = node_of(workspace, at);
    double *values = node_values(workspace, at);
    size_t count = tile->rows * COVARIANCE_TILE;
    if (node->kind == COVARIANCE_LEAF)
        node->kernel->value(node, leaf_parameters(workspace, node), tile, values);
    for (size_t i = 0; node->kind == COVARIANCE_NUMBER && i < count; i++)
        values[i] = node->number;
    for (int child = node->first_child; child != COVARIANCE_NONE; child = next_of(workspace, child)) {
        evaluate(workspace, tile, child);
        if (child == node->first_child)
            memcpy(values, node_values(workspace, child), count * sizeof *values);
        else if (node->kind == COVARIANCE_SUM)
            add(count, node_values(workspace, child), values);
        else
            multiply(count, node_values(workspace, child), values);
    }
}

const double *covariance_tile_values(struct covariance_workspace *workspace,
                                     const struct covariance_tile *tile) {
    struct covariance_tile own = with_room(workspace, tile);
    load_parameters(workspace);
    evaluate(workspace, &own, workspace->covariance->root);
    return node_values(workspace, workspace->covariance->root);
}

/* Multiplies by the values of all factors of a product but one. */
static void multiply_others(struct covariance_workspace *workspace, const struct covariance_node *product,
                            int one, size_t count, double *values) {
    for (int child = product->first_child; child != COVARIANCE_NONE; child = next_of(workspace, child))
        if (child != one)
            multiply(count, node_values(workspace, child), values);
}

/* Where what leaves make of their adjoints goes: to parameters, or to Gram entries. */
struct sink {
    double *gradient;
    const struct covariance_gram_slopes *sums;
};

static void pull_leaf(struct covariance_workspace *workspace, const struct covariance_tile *tile, int at,
                      const double *adjoint, const struct covariance_gram_slopes *sums) {
    const struct covariance_node *node = node_of(workspace, at);
    double products[COVARIANCE_TILE_AREA], x_squares[COVARIANCE_TILE_AREA], y_squares[COVARIANCE_TILE_AREA];
    const struct covariance_gram_slopes slopes = {products, x_squares, y_squares};
    node->kernel->gram_slopes(node, leaf_parameters(workspace, node), tile, node_values(workspace, at),
                              &slopes);
    for (size_t i = 0; i < tile->rows * COVARIANCE_TILE; i++) {
        sums->products[i] += adjoint[i] * products[i];
        sums->x_squares[i] += adjoint[i] * x_squares[i];
        sums->y_squares[i] += adjoint[i] * y_squares[i];
    }
}

/* Reverse mode: a sum hands its adjoint down, a product times the other factors. */
static void accumulate(struct covariance_workspace *workspace, const struct covariance_tile *tile, int at,
                       const double *adjoint, const struct sink *sink) {
    const struct covariance_node *node = node_of(workspace, at);
    size_t count = tile->rows * COVARIANCE_TILE;
    if (node->kind == COVARIANCE_LEAF && sink->gradient != NULL)
        node->kernel->accumulate(node, leaf_parameters(workspace, node), tile, node_values(workspace, at),
                                 adjoint, sink->gradient + node->first_parameter);
    if (node->kind == COVARIANCE_LEAF && sink->sums != NULL)
        pull_leaf(workspace, tile, at, adjoint, sink->sums);
    for (int child = node->first_child; child != COVARIANCE_NONE; child = next_of(workspace, child)) {
        const double *passed = adjoint;
        if (node->kind == COVARIANCE_PRODUCT) {
            double *own = node_adjoint(workspace, child);
            memcpy(own, adjoint, count * sizeof *own);
            multiply_others(workspace, node, child, count, own);
            passed = own;
        }
        accumulate(workspace, tile, child, passed, sink);
    }
}

void covariance_tile_accumulate(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                                const double *adjoint, double *gradient) {
    struct covariance_tile own = with_room(workspace, tile);
    accumulate(workspace, &own, workspace->covariance->root, adjoint, &(struct sink){.gradient = gradient});
}

void covariance_tile_pull(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                          const double *adjoint, const struct covariance_gram_slopes *sums) {
    struct covariance_tile own = with_room(workspace, tile);
    accumulate(workspace, &own, workspace->covariance->root, adjoint, &(struct sink){.sums = sums});
}

/* The derivative of a node, into its adjoint's place. */
static void find_slope(struct covariance_workspace *workspace, const struct covariance_tile *tile, int at,
                       size_t input) {
    const struct covariance_node *node = node_of(workspace, at);
    double *slope = node_adjoint(workspace, at);
    size_t count = tile->rows * COVARIANCE_TILE;
    if (node->kind == COVARIANCE_LEAF) {
        node->kernel->slope(node, leaf_parameters(workspace, node), tile, node_values(workspace, at), input,
                            slope);
        return;
    }
    memset(slope, 0, count * sizeof *slope);
    for (int child = node->first_child; child != COVARIANCE_NONE; child = next_of(workspace, child)) {
        find_slope(workspace, tile, child, input);
        if (node->kind == COVARIANCE_PRODUCT)
            multiply_others(workspace, node, child, count, node_adjoint(workspace, child));
        add(count, node_adjoint(workspace, child), slope);
    }
}

void covariance_tile_slope(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                           size_t input, double *slope) {
    int root = workspace->covariance->root;
    struct covariance_tile own = with_room(workspace, tile);
    find_slope(workspace, &own, root, input);
    memcpy(slope, node_adjoint(workspace, root), tile->rows * COVARIANCE_TILE * sizeof *slope);
}

static void evaluate_diagonal(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                              int at) {
    const struct covariance_node *node = node_of(workspace, at);
    double *values = node_values(workspace, at);
    const double *parameters = node->kind == COVARIANCE_LEAF ? leaf_parameters(workspace, node) : NULL;
    if (node->kind == COVARIANCE_LEAF && node->kernel->diagonal != NULL)
        node->kernel->diagonal(node, parameters, tile, values);
    else
        for (size_t i = 0; i < tile->rows; i++)
            values[i] = node->kind == COVARIANCE_LEAF ? parameters[0] : node->number;
    for (int child = node->first_child; child != COVARIANCE_NONE; child = next_of(workspace, child)) {
        evaluate_diagonal(workspace, tile, child);
        if (child == node->first_child)
            memcpy(values, node_values(workspace, child), tile->rows * sizeof *values);
        else if (node->kind == COVARIANCE_SUM)
            add(tile->rows, node_values(workspace, child), values);
        else
            multiply(tile->rows, node_values(workspace, child), values);
    }
}

void covariance_tile_diagonal(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                              double *diagonal) {
    int root = workspace->covariance->root;
    struct covariance_tile own = with_room(workspace, tile);
    load_parameters(workspace);
    evaluate_diagonal(workspace, &own, root);
    memcpy(diagonal, node_values(workspace, root), tile->rows * sizeof *diagonal);
}

/* What the product rule needs of a factor at y = x: k, its derivative in either argument, and the mixed one.
 */
struct local {
    double value, slope, curvature;
};

/* (fg)'' = f'' g + f_x g_y + f_y g_x + f g''; kernels are symmetric, so that f_x = f_y at y = x. */
static struct local local_at(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                             int at, size_t input) {
    const struct covariance_node *node = node_of(workspace, at);
    if (node->kind == COVARIANCE_NUMBER)
        return (struct local){node->number, 0, 0};
    if (node->kind == COVARIANCE_LEAF)
        return (struct local){
            node_values(workspace, at)[0], node_adjoint(workspace, at)[0],
            node->kernel->curvature(node, leaf_parameters(workspace, node), tile->x, input)};
    struct local total = {node->kind == COVARIANCE_PRODUCT, 0, 0};
    for (int child = node->first_child; child != COVARIANCE_NONE; child = next_of(workspace, child)) {
        struct local one = local_at(workspace, tile, child, input);
        if (node->kind == COVARIANCE_SUM)
            total = (struct local){total.value + one.value, total.slope + one.slope,
                                   total.curvature + one.curvature};
        else
            total = (struct local){total.value * one.value, total.slope * one.value + total.value * one.slope,
                                   total.curvature * one.value + 2 * total.slope * one.slope +
                                       total.value * one.curvature};
    }
    return total;
}

/* find_slope multiplies a product's children by each other; what is wanted here is each leaf's own slope. */
static void leaf_slopes(struct covariance_workspace *workspace, const struct covariance_tile *tile,
                        size_t input) {
    for (size_t at = 0; at < workspace->covariance->node_count; at++) {
        const struct covariance_node *node = node_of(workspace, (int)at);
        if (node->kind == COVARIANCE_LEAF)
            node->kernel->slope(node, leaf_parameters(workspace, node), tile, node_values(workspace, (int)at),
                                input, node_adjoint(workspace, (int)at));
    }
}

double covariance_tile_curvature(struct covariance_workspace *workspace, const double *x, size_t input) {
    size_t inputs = workspace->covariance->inputs;
    struct covariance_tile tile = {
        .rows = 1, .columns = 1, .inputs = inputs, .x = x, .offset = 0, .room = workspace->room};
    double *y = workspace->transposed;
    for (size_t c = 0; c < inputs; c++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++)
            y[c * COVARIANCE_TILE + j] = x[c];
    tile.y = y;
    covariance_tile_values(workspace, &tile);
    leaf_slopes(workspace, &tile, input);
    return local_at(workspace, &tile, workspace->covariance->root, input).curvature;
}

const char *covariance_tile_rough(const struct covariance *covariance) {
    for (size_t i = 0; i < covariance->node_count; i++) {
        const struct covariance_node *node = &covariance->nodes[i];
        if (node->kind != COVARIANCE_LEAF)
            continue;
        bool rough =
            node->kernel->slope == NULL || (node->kernel->is_rough != NULL && node->kernel->is_rough(node));
        if (rough)
            return node->kernel->name;
    }
    return NULL;
}
