#include "process/finite_network.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "process/network_series.h"

#define DIVERGED 1e12

static int open_layer(struct finite_network_layer *layer, size_t rows, struct error *error) {
    layer->weights = memory_matrix(error, layer->outputs, layer->inputs, sizeof(double));
    layer->biases = memory_array(error, layer->outputs, sizeof(double));
    layer->a = memory_matrix(error, rows, layer->outputs, sizeof(double));
    layer->slope = memory_matrix(error, rows, layer->outputs, sizeof(double));
    layer->g = memory_matrix(error, rows, layer->outputs, sizeof(double));
    bool whole = layer->weights != NULL && layer->biases != NULL && layer->a != NULL &&
                 layer->slope != NULL && layer->g != NULL;
    return whole ? 0 : -1;
}

int finite_network_open(struct finite_network *finite, const struct covariance_network *network,
                        const size_t *widths, size_t rows, size_t inputs, const double *x,
                        struct error *error) {
    *finite = (struct finite_network){.network = *network, .rows = rows, .x = x};
    size_t most = 1;
    finite->layer_count = network->depth + 1;
    finite->layers = memory_zeros(error, finite->layer_count, sizeof *finite->layers);
    if (finite->layers == NULL)
        return -1;
    for (size_t l = 0; l < finite->layer_count; l++) {
        struct finite_network_layer *layer = &finite->layers[l];
        bool last = l == network->depth;
        layer->inputs = l == 0 ? inputs : widths[l - 1];
        layer->outputs = last ? 1 : widths[l];
        layer->scale = sqrt(network->weights / (double)layer->inputs);
        layer->bias = last && !network->last_bias ? 0 : sqrt(network->biases);
        if (open_layer(layer, rows, error) < 0)
            goto failed;
        if (layer->inputs * layer->outputs > most)
            most = layer->inputs * layer->outputs;
    }
    finite->products = memory_matrix(error, rows, rows, sizeof(double));
    finite->gradients = memory_matrix(error, rows, rows, sizeof(double));
    finite->step = memory_array(error, most, sizeof(double));
    if (finite->products != NULL && finite->gradients != NULL && finite->step != NULL)
        return 0;
failed:
    finite_network_close(finite);
    return -1;
}

void finite_network_close(struct finite_network *finite) {
    for (size_t l = 0; finite->layers != NULL && l < finite->layer_count; l++) {
        struct finite_network_layer *layer = &finite->layers[l];
        free(layer->weights);
        free(layer->biases);
        free(layer->a);
        free(layer->slope);
        free(layer->g);
    }
    free(finite->layers);
    free(finite->products);
    free(finite->gradients);
    free(finite->step);
    *finite = (struct finite_network){0};
}

void finite_network_draw(struct finite_network *finite, struct random_stream *stream) {
    for (size_t l = 0; l < finite->layer_count; l++) {
        struct finite_network_layer *layer = &finite->layers[l];
        random_normals(stream, layer->inputs * layer->outputs, layer->weights);
        random_normals(stream, layer->outputs, layer->biases);
    }
}

static const double *layer_inputs(const struct finite_network *finite, size_t l) {
    return l == 0 ? finite->x : finite->layers[l - 1].a;
}

/* gain act(z) in the place of z, and gain act'(z). */
static void activate(const struct covariance_network *network, size_t count, double *z, double *slope) {
    double gain = network->gain;
    for (size_t i = 0; i < count; i++) {
        double at = z[i], values[NETWORK_SERIES_ORDERS] = {at, 1};
        if (network->activation == NETWORK_DUAL_RELU || network->activation == NETWORK_DUAL_LEAKY) {
            double below = network->activation == NETWORK_DUAL_LEAKY ? network->slope : 0;
            values[1] = at > 0 ? 1 : below;
            values[0] = values[1] * at;
        } else if (network->activation == NETWORK_DUAL_ERF) {
            values[0] = erf(at);
            values[1] = M_2_SQRTPI * exp(-at * at);
        } else if (network->activation == NETWORK_DUAL_SIN) {
            values[0] = sin(at);
            values[1] = cos(at);
        } else if (network_dual_is_series(network->activation)) {
            network_series_activation(network->activation, at, values);
        }
        z[i] = gain * values[0];
        slope[i] = gain * values[1];
    }
}

/* z = scale A W' + bias b of one layer. */
static void preactivate(const struct finite_network *finite, size_t l) {
    const struct finite_network_layer *layer = &finite->layers[l];
    struct blas_product product = {.rows = finite->rows,
                                   .columns = layer->outputs,
                                   .inner = layer->inputs,
                                   .alpha = layer->scale,
                                   .a = layer_inputs(finite, l),
                                   .b = layer->weights,
                                   .a_stride = layer->inputs,
                                   .b_stride = layer->inputs,
                                   .c_stride = layer->outputs,
                                   .b_transposed = true,
                                   .c = layer->a};
    blas_multiply(&product);
    for (size_t i = 0; i < finite->rows; i++)
        for (size_t k = 0; k < layer->outputs; k++)
            layer->a[i * layer->outputs + k] += layer->bias * layer->biases[k];
}

/* Fills in a and slope of every layer; the last layer's a is z. */
static void forward(struct finite_network *finite) {
    for (size_t l = 0; l < finite->layer_count; l++) {
        struct finite_network_layer *layer = &finite->layers[l];
        preactivate(finite, l);
        if (l + 1 < finite->layer_count)
            activate(&finite->network, finite->rows * layer->outputs, layer->a, layer->slope);
    }
}

/* g of every layer: that of the last is sqrt(variance), and g_l = scale (g_(l+1) W_(l+1)) act'(z_l). */
static void backward(struct finite_network *finite) {
    size_t last = finite->layer_count - 1;
    for (size_t i = 0; i < finite->rows; i++)
        finite->layers[last].g[i] = sqrt(finite->network.variance);
    for (size_t l = last; l-- > 0;) {
        struct finite_network_layer *layer = &finite->layers[l], *next = &finite->layers[l + 1];
        struct blas_product product = {.rows = finite->rows,
                                       .columns = next->inputs,
                                       .inner = next->outputs,
                                       .alpha = next->scale,
                                       .a = next->g,
                                       .b = next->weights,
                                       .a_stride = next->outputs,
                                       .b_stride = next->inputs,
                                       .c_stride = next->inputs,
                                       .c = layer->g};
        blas_multiply(&product);
        for (size_t i = 0; i < finite->rows * layer->outputs; i++)
            layer->g[i] *= layer->slope[i];
    }
}

void finite_network_outputs(struct finite_network *finite, double *f) {
    forward(finite);
    for (size_t i = 0; i < finite->rows; i++)
        f[i] = sqrt(finite->network.variance) * finite->layers[finite->layer_count - 1].a[i];
}

/* products = V V' of rows x columns V. */
static void gram(size_t rows, size_t columns, const double *values, double *products) {
    struct blas_product product = {.rows = rows,
                                   .columns = rows,
                                   .inner = columns,
                                   .alpha = 1,
                                   .a = values,
                                   .b = values,
                                   .a_stride = columns,
                                   .b_stride = columns,
                                   .c_stride = rows,
                                   .b_transposed = true,
                                   .c = products};
    blas_multiply(&product);
}

void finite_network_kernel(struct finite_network *finite, double *kernel) {
    size_t rows = finite->rows;
    forward(finite);
    backward(finite);
    memset(kernel, 0, rows * rows * sizeof *kernel);
    for (size_t l = 0; l < finite->layer_count; l++) {
        const struct finite_network_layer *layer = &finite->layers[l];
        double scale = layer->scale * layer->scale, bias = layer->bias * layer->bias;
        gram(rows, layer->inputs, layer_inputs(finite, l), finite->products);
        gram(rows, layer->outputs, layer->g, finite->gradients);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = i * rows; j <= i * rows + i; j++)
                kernel[j] += (scale * finite->products[j] + bias) * finite->gradients[j];
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = i + 1; j < rows; j++)
            kernel[i * rows + j] = kernel[j * rows + i];
}

/* One step on all layers. g of the first n rows becomes g times the row's residual over n. */
static void descend(struct finite_network *finite, size_t n, const double *residuals, double rate) {
    backward(finite);
    for (size_t l = 0; l < finite->layer_count; l++) {
        struct finite_network_layer *layer = &finite->layers[l];
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < layer->outputs; k++)
                layer->g[i * layer->outputs + k] *= residuals[i] / (double)n;
    }
    for (size_t l = 0; l < finite->layer_count; l++) {
        struct finite_network_layer *layer = &finite->layers[l];
        struct blas_product product = {.rows = layer->outputs,
                                       .columns = layer->inputs,
                                       .inner = n,
                                       .alpha = layer->scale,
                                       .a = layer->g,
                                       .b = layer_inputs(finite, l),
                                       .a_stride = layer->outputs,
                                       .b_stride = layer->inputs,
                                       .c_stride = layer->inputs,
                                       .a_transposed = true,
                                       .c = finite->step};
        blas_multiply(&product);
        for (size_t i = 0; i < layer->outputs * layer->inputs; i++)
            layer->weights[i] -= rate * finite->step[i];
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < layer->outputs; k++)
                layer->biases[k] -= rate * layer->bias * layer->g[i * layer->outputs + k];
    }
}

size_t finite_network_train(struct finite_network *finite, size_t n, const double *y, size_t steps,
                            double rate) {
    double first = 0, *residuals = finite->products; /* free until a kernel is asked for */
    for (size_t step = 0; step <= steps; step++) {
        double cost = 0;
        finite_network_outputs(finite, residuals);
        for (size_t i = 0; i < n; i++) {
            residuals[i] -= y[i];
            cost += residuals[i] * residuals[i] / (2 * (double)n);
        }
        if (step == 0)
            first = cost;
        if (!isfinite(cost) || cost > DIVERGED * first)
            return step > 0 ? step : 1;
        if (step < steps)
            descend(finite, n, residuals, rate);
    }
    return 0;
}
