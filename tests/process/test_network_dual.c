#include "process/network_dual.h"

#include <math.h>
#include <stdlib.h>

#include "process/network_series.h"
#include "support/assertions.h"

enum { WIDTH = NETWORK_DUAL_WIDTH };

static double activation_at(enum network_dual_activation activation, double z) {
    if (activation == NETWORK_DUAL_RELU)
        return fmax(z, 0);
    if (activation == NETWORK_DUAL_LEAKY)
        return z > 0 ? z : 0.2 * z;
    if (activation == NETWORK_DUAL_STEP)
        return z > 0;
    if (activation == NETWORK_DUAL_ERF)
        return erf(z);
    if (activation == NETWORK_DUAL_SIN)
        return sin(z);
    if (activation == NETWORK_DUAL_LINEAR)
        return z;
    double values[NETWORK_SERIES_ORDERS];
    network_series_activation(activation, z, values);
    return values[0];
}

/* E[act(u) act(v)] in polar coordinates: u = sqrt(q1) r cos a, v = sqrt(q2) r cos(a - t); Simpson's rule
 * along r, the midpoint rule around. Kinks lie along rays, at multiples of pi/2 and t + pi/2, which are
 * borders of the nodes' cells for the angles below. */
static double by_quadrature(enum network_dual_activation activation, double q1, double q2, double angle) {
    enum { ANGLES = 360, RADII = 240 };
    double sum = 0, step = 9.0 / RADII;
    for (size_t a = 0; a < ANGLES; a++) {
        double phi = ((double)a + 0.5) * 2 * M_PI / ANGLES;
        double u = sqrt(q1) * cos(phi), v = sqrt(q2) * cos(phi - angle);
        for (size_t i = 1; i < RADII; i++) {
            double r = (double)i * step, weight = i % 2 == 1 ? 4 : 2;
            sum += weight * r * exp(-r * r / 2) * activation_at(activation, u * r) *
                   activation_at(activation, v * r);
        }
    }
    return sum * step / 3 / ANGLES;
}

static void dual_of(enum network_dual_activation activation, double q1, double q2, double c,
                    struct network_dual *dual) {
    double firsts[WIDTH], seconds[WIDTH], products[WIDTH], deficits[WIDTH];
    for (size_t j = 0; j < WIDTH; j++) {
        firsts[j] = q1;
        seconds[j] = q2;
        products[j] = c;
        deficits[j] = (q1 + q2) / 2 - c;
    }
    struct network_dual_pairs pairs = {firsts, seconds, products, deficits};
    if (!network_dual_is_series(activation)) {
        network_dual_closed(activation, 0.2, &pairs, true, dual);
        return;
    }
    struct network_series x, y;
    double *room = malloc((2 * network_series_room(4) + network_series_work_room()) * sizeof *room);
    assert_non_null(room);
    double *work = room + 2 * network_series_room(4);
    network_series_find(&x, activation, 4, 1, firsts, room, work);
    network_series_find(&y, activation, 4, WIDTH, seconds, room + network_series_room(4), work);
    network_series_dual(&x, 0, firsts, &y, seconds, products, dual);
    free(room);
}

/* The rule's error over the kinks' rays is that of the middle of a node, (pi/360)^2/24 of a second derivative
 * of at most 4 q; elsewhere it is rounding. */
static void duals_are_expectations(void **state) {
    (void)state;
    static const double angles[] = {10, 60, 90, 130, 178}, variances[][2] = {{1, 1}, {0.3, 2.5}, {6, 0.01}};
    for (size_t a = 0; network_dual_names[a] != NULL; a++)
        for (size_t i = 0; i < sizeof angles / sizeof *angles; i++)
            for (size_t k = 0; k < sizeof variances / sizeof *variances; k++) {
                enum network_dual_activation activation = (enum network_dual_activation)a;
                double q1 = variances[k][0], q2 = variances[k][1], t = angles[i] * M_PI / 180;
                struct network_dual dual;
                dual_of(activation, q1, q2, sqrt(q1 * q2) * cos(t), &dual);
                double tolerance = network_dual_is_kinked(activation) ? 3e-5 * (1 + sqrt(q1 * q2)) : 2e-7;
                assert_within(dual.e[0], by_quadrature(activation, q1, q2, t), tolerance);
            }
}

/* Every derivative against differences of E and D; D is dE/dc by Price's theorem. */
static void derivatives_are_those_of_differences(void **state) {
    (void)state;
    double q1 = 1.3, q2 = 0.6, c = 0.35, h = 1e-5;
    for (size_t a = 0; network_dual_names[a] != NULL; a++) {
        enum network_dual_activation activation = (enum network_dual_activation)a;
        struct network_dual at, up[3], down[3];
        dual_of(activation, q1, q2, c, &at);
        for (int p = 0; p < 3; p++) {
            dual_of(activation, q1 + h * (p == 1), q2 + h * (p == 2), c + h * (p == 0), &up[p]);
            dual_of(activation, q1 - h * (p == 1), q2 - h * (p == 2), c - h * (p == 0), &down[p]);
        }
        double e_slopes[] = {at.d[0], at.e_q1[0], at.e_q2[0]},
               d_slopes[] = {at.d_c[0], at.d_q1[0], at.d_q2[0]};
        for (int p = 0; p < 3; p++) {
            assert_within(e_slopes[p], (up[p].e[0] - down[p].e[0]) / (2 * h), 1e-9);
            if (activation != NETWORK_DUAL_STEP)
                assert_within(d_slopes[p], (up[p].d[0] - down[p].d[0]) / (2 * h), 1e-9);
        }
    }
}

/* tanh of a large variance is a sign: E = 2/pi asin rho, and D = 4/3 of the density at 0 of sqrt(q) z, both
 * up to 1/q; gelu is relu, up to 1/q of E. */
static void large_variances_have_their_limits(void **state) {
    (void)state;
    for (double q = 1e6; q < 1e13; q *= 1e6) {
        struct network_dual dual;
        dual_of(NETWORK_DUAL_TANH, q, q, q, &dual);
        assert_close(dual.e[0], 1 - 2 / sqrt(2 * M_PI * q), 10 / q);
        assert_close(dual.d[0], 4.0 / 3 / sqrt(2 * M_PI * q), 10 / q);
        dual_of(NETWORK_DUAL_TANH, q, q, q / 2, &dual);
        assert_close(dual.e[0], 1.0 / 3, 10 / q + 1e-11);
        dual_of(NETWORK_DUAL_GELU, q, q, q / 2, &dual);
        assert_close(dual.e[0], q * (sin(M_PI / 3) + M_PI / 3) / (2 * M_PI), 10 / q + 1e-11);
    }
}

static void a_row_of_zeros_is_at_a_right_angle(void **state) {
    (void)state;
    struct network_dual dual;
    dual_of(NETWORK_DUAL_RELU, 0, 2, 0, &dual);
    assert_true(dual.e[0] == 0 && dual.d[0] == 0.25);
    assert_close(dual.deficit[0], 0.5, 1e-15);
    dual_of(NETWORK_DUAL_RELU, 0, 0, 0, &dual);
    assert_true(dual.e[0] == 0 && dual.d[0] == 0.25 && dual.deficit[0] == 0);
    dual_of(NETWORK_DUAL_STEP, 0, 0, 0, &dual);
    assert_true(dual.e[0] == 0.25 && dual.deficit[0] == 0);
    dual_of(NETWORK_DUAL_TANH, 0, 2, 0, &dual);
    assert_true(dual.e[0] == 0);
    dual_of(NETWORK_DUAL_SIGMOID, 0, 0, 0, &dual);
    assert_close(dual.e[0], 0.25, 1e-15);
}

static void equal_rows_get_the_expectation_of_one_variable(void **state) {
    (void)state;
    struct network_dual dual;
    for (double q = 1e-9; q < 1e9; q *= 7) {
        dual_of(NETWORK_DUAL_RELU, q, q, q, &dual);
        assert_true(dual.e[0] == q / 2 && dual.d[0] == 0.5 && dual.deficit[0] == 0);
        dual_of(NETWORK_DUAL_STEP, q, q, q, &dual);
        assert_true(dual.e[0] == 0.5);
        dual_of(NETWORK_DUAL_ERF, q, q, q, &dual);
        assert_close(dual.e[0], 2 / M_PI * atan2(2 * q, sqrt(1 + 4 * q)), 1e-15);
    }
}

/* rho = 1 - 1e-9 beside rho = 1: E moves by 1e-9 q D, and D is at most about 1. Without its last term the
 * series would fall short by 1e-4 at q = 100. */
static void near_rows_meet_the_diagonal(void **state) {
    (void)state;
    for (int a = NETWORK_DUAL_TANH; a <= NETWORK_DUAL_SOFTPLUS; a++)
        for (double q = 0.01; q < 200; q *= 10) {
            struct network_dual equal, near;
            dual_of((enum network_dual_activation)a, q, q, q, &equal);
            dual_of((enum network_dual_activation)a, q, q, q * (1 - 1e-9), &near);
            assert_within(near.e[0], equal.e[0], 1.2e-9 * q);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duals_are_expectations),
        cmocka_unit_test(derivatives_are_those_of_differences),
        cmocka_unit_test(large_variances_have_their_limits),
        cmocka_unit_test(a_row_of_zeros_is_at_a_right_angle),
        cmocka_unit_test(equal_rows_get_the_expectation_of_one_variable),
        cmocka_unit_test(near_rows_meet_the_diagonal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
