/* The mixed second derivative of network kernels at y = x, through the layers. With u = x[input], v =
 * y[input], and f(q1, q2, c) standing for E or D,
 *
 *     f_uv = f_cc c_u c_v + f_cq2 c_u q2_v + f_q1c q1_u c_v + f_q1q2 q1_u q2_v + f_c c_uv,
 *
 * where at y = x c_u = c_v, q1_u = q2_v and f_q1c = f_cq2; by the heat equation f_q1q2 = f_cc/4. */
#include <math.h>

#include "process/covariance_network.h"
#include "process/network_series.h"

/* At q1 = q2 = c = q: E, D = E_c, E_q1, E_cc = D_c, E_q1c = D_q1, D_cc, D_q1c. */
struct jet {
    double e, d, e_q, d_c, d_q, d_cc, d_cq;
};

/* B = 1 + 2 q1 + 2 q2 + 4 (q1 q2 - c^2), D = (4/pi) B^-1/2: B_c = -8c, B_q1 = 2 (1 + 2 q2), B_cc = -8. */
static struct jet error_function(double q) {
    double a = 1 + 2 * q, b = 1 + 4 * q, d = 4 / M_PI / sqrt(b), b_c = -8 * q, b_q = 2 * a;
    return (struct jet){
        .e = 2 / M_PI * asin(2 * q / a),
        .d = d,
        .e_q = -d * q / a,
        .d_c = -0.5 * d / b * b_c,
        .d_q = -0.5 * d / b * b_q,
        .d_cc = d * (0.75 * b_c * b_c / (b * b) + 4 / b),
        .d_cq = 0.75 * d * b_c * b_q / (b * b),
    };
}

static struct jet sine(double q) {
    double e = -0.5 * expm1(-2 * q), d = 1 - e;
    return (struct jet){e, d, -0.5 * e, e, -0.5 * d, d, -0.5 * e};
}

/* Sums over the trapezoid rule that network_series.h describes: E[act^(i) act^(j)]. */
static struct jet by_quadrature(enum network_dual_activation activation, double q) {
    struct jet jet = {0};
    double root = sqrt(q), step = fmin(0.1, 0.3 / root);
    size_t half = (size_t)fmin(ceil(9 / step), NETWORK_SERIES_NODES / 2);
    step = 9 / (double)half;
    for (size_t i = 0; i <= 2 * half; i++) {
        double x = ((double)i - (double)half) * step, f[NETWORK_SERIES_ORDERS];
        double weight = step * exp(-x * x / 2) / sqrt(2 * M_PI);
        network_series_activation(activation, root * x, f);
        jet.e += weight * f[0] * f[0];
        jet.d += weight * f[1] * f[1];
        jet.e_q += 0.5 * weight * f[0] * f[2];
        jet.d_c += weight * f[2] * f[2];
        jet.d_q += 0.5 * weight * f[1] * f[3];
        jet.d_cc += weight * f[3] * f[3];
        jet.d_cq += 0.5 * weight * f[2] * f[4];
    }
    return jet;
}

static struct jet jet_of(enum network_dual_activation activation, double q) {
    if (activation == NETWORK_DUAL_ERF)
        return error_function(q);
    if (activation == NETWORK_DUAL_SIN)
        return sine(q);
    if (activation == NETWORK_DUAL_LINEAR)
        return (struct jet){.e = q, .d = 1};
    return by_quadrature(activation, q);
}

/* A function of (x, y) at y = x: its value, its derivative in either, and the mixed one. */
struct local {
    double value, slope, mixed;
};

/* f_uv from f_c, f_cc, f_q1c. */
static double mixed_of(double f_c, double f_cc, double f_cq, const struct local *s, double q_slope) {
    return f_cc * (s->slope * s->slope + 0.25 * q_slope * q_slope) + 2 * f_cq * s->slope * q_slope +
           f_c * s->mixed;
}

double covariance_network_curvature(const struct covariance_node *leaf, const double *parameters,
                                    const double *x, size_t input) {
    struct covariance_network network = covariance_network_of(leaf, parameters);
    double norm = 0, first = network.weights / (double)leaf->column_count;
    if (!covariance_kernel_sees(leaf, input))
        return 0;
    for (size_t c = 0; c < leaf->column_count; c++)
        norm += x[leaf->columns[c]] * x[leaf->columns[c]];
    struct local s = {first * norm, first * x[input], first};
    s.value += network.depth > 0 || network.last_bias ? network.biases : 0;
    struct local t = s;
    double scale = network.weights * network.gain * network.gain, q_slope = 2 * s.slope;
    for (size_t layer = 1; layer <= network.depth; layer++) {
        struct jet jet = jet_of(network.activation, s.value);
        double bias = layer < network.depth || network.last_bias ? network.biases : 0;
        struct local d = {
            scale * jet.d,
            scale * (jet.d_c * s.slope + jet.d_q * q_slope),
            scale * mixed_of(jet.d_c, jet.d_cc, jet.d_cq, &s, q_slope),
        };
        struct local next = {
            scale * jet.e + bias,
            scale * (jet.d * s.slope + jet.e_q * q_slope),
            scale * mixed_of(jet.d, jet.d_c, jet.d_q, &s, q_slope),
        };
        t = (struct local){
            next.value + d.value * t.value,
            next.slope + d.slope * t.value + d.value * t.slope,
            next.mixed + d.mixed * t.value + 2 * d.slope * t.slope + d.value * t.mixed,
        };
        q_slope = scale * (jet.d + 2 * jet.e_q) * q_slope;
        s = next;
    }
    return network.variance * (network.tangent ? t.mixed : s.mixed);
}
