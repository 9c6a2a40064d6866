#include "process/finite_network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/blas.h"
#include "support/assertions.h"

enum { ROWS = 4, INPUTS = 2 };

static const double points[] = {1, 0, .6, .8, -.5, 1.5, .2, -.3};
static const size_t widths[] = {5, 3, 70};

static struct covariance_network network_of(enum network_dual_activation activation, size_t depth) {
    return (struct covariance_network){.depth = depth,
                                       .gain = 1.3,
                                       .slope = 0.2,
                                       .last_bias = depth != 2,
                                       .tangent = true,
                                       .activation = activation,
                                       .variance = 1.7,
                                       .weights = 0.9,
                                       .biases = 0.3};
}

static void open_network(struct finite_network *finite, const struct covariance_network *network,
                         uint64_t draw) {
    struct error error = {0};
    struct random_stream stream;
    assert_int_equal(blas_load(&error), 0);
    assert_int_equal(finite_network_open(finite, network, widths, ROWS, INPUTS, points, &error), 0);
    random_start(&stream, 1, "test", "network", draw);
    finite_network_draw(finite, &stream);
}

/* d f(rows)/d parameter by central differences. */
static void difference(struct finite_network *finite, double *parameter, double *slopes) {
    double kept = *parameter, up[ROWS], down[ROWS];
    *parameter = kept + 1e-5;
    finite_network_outputs(finite, up);
    *parameter = kept - 1e-5;
    finite_network_outputs(finite, down);
    *parameter = kept;
    for (size_t i = 0; i < ROWS; i++)
        slopes[i] = (up[i] - down[i]) / 2e-5;
}

/* Sums products of differences over all parameters, for every depth and activation. */
static void the_kernel_is_the_jacobian_times_itself(void **state) {
    (void)state;
    static const enum network_dual_activation activations[] = {
        NETWORK_DUAL_ERF, NETWORK_DUAL_TANH,    NETWORK_DUAL_LINEAR, NETWORK_DUAL_RELU,    NETWORK_DUAL_LEAKY,
        NETWORK_DUAL_SIN, NETWORK_DUAL_SIGMOID, NETWORK_DUAL_GELU,   NETWORK_DUAL_SOFTPLUS};
    for (size_t a = 0; a < sizeof activations / sizeof *activations; a++)
        for (size_t depth = 0; depth <= 3; depth++) {
            struct covariance_network network = network_of(activations[a], depth);
            struct finite_network finite;
            double sums[ROWS * ROWS] = {0}, kernel[ROWS * ROWS], slopes[ROWS];
            open_network(&finite, &network, depth);
            for (size_t l = 0; l < finite.layer_count; l++) {
                struct finite_network_layer *layer = &finite.layers[l];
                size_t weights = layer->inputs * layer->outputs;
                for (size_t p = 0; p < weights + layer->outputs; p++) {
                    difference(&finite, p < weights ? &layer->weights[p] : &layer->biases[p - weights],
                               slopes);
                    for (size_t i = 0; i < ROWS * ROWS; i++)
                        sums[i] += slopes[i / ROWS] * slopes[i % ROWS];
                }
            }
            finite_network_kernel(&finite, kernel);
            for (size_t i = 0; i < ROWS * ROWS; i++)
                assert_within(kernel[i], sums[i], 1e-7 * fmax(1, fabs(sums[i])));
            finite_network_close(&finite);
        }
}

/* A step of rate eta moves f by -eta/n K (f - y), to the second order in eta. */
static void a_step_moves_along_the_kernel(void **state) {
    (void)state;
    static const double y[] = {.3, -1, .5};
    struct covariance_network network = network_of(NETWORK_DUAL_TANH, 3);
    struct finite_network finite;
    double kernel[ROWS * ROWS], before[ROWS], after[ROWS], rate = 1e-6;
    open_network(&finite, &network, 7);
    finite_network_kernel(&finite, kernel);
    finite_network_outputs(&finite, before);
    assert_int_equal(finite_network_train(&finite, 3, y, 1, rate), 0);
    finite_network_outputs(&finite, after);
    for (size_t i = 0; i < ROWS; i++) {
        double slope = 0;
        for (size_t j = 0; j < 3; j++)
            slope -= kernel[i * ROWS + j] * (before[j] - y[j]) / 3;
        assert_within((after[i] - before[i]) / rate, slope, 1e-4 * fmax(1, fabs(slope)));
    }
    finite_network_close(&finite);
}

/* Linear regression (depth 0) diverges where the rate is beyond 2 n over the largest eigenvalue. */
static void too_high_a_rate_diverges(void **state) {
    (void)state;
    static const double y[] = {.3, -1, .5, 2};
    struct covariance_network network = network_of(NETWORK_DUAL_LINEAR, 0);
    struct finite_network finite;
    open_network(&finite, &network, 1);
    assert_int_equal(finite_network_train(&finite, ROWS, y, 1000, 0.5), 0);
    assert_true(finite_network_train(&finite, ROWS, y, 1000, 20) > 1);
    finite_network_close(&finite);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_is_the_jacobian_times_itself),
        cmocka_unit_test(a_step_moves_along_the_kernel),
        cmocka_unit_test(too_high_a_rate_diverges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
