#include "process/covariance_network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/eigenvalues.h"
#include "process/covariance_matrix.h"
#include "support/assertions.h"

/* K(x, x) of points in the plane. */
static void matrix_of(const char *text, size_t n, const double *x, double *k) {
    struct error error = {0};
    struct covariance_inputs inputs = {2, NULL};
    struct covariance_work work;
    struct covariance_points points;
    struct covariance *covariance = covariance_parse(text, &inputs, &error);
    if (covariance == NULL)
        fail_msg("%s: %s", text, error.text);
    assert_int_equal(covariance_work_open(&work, covariance, 2, &error), 0);
    assert_int_equal(covariance_points_open(&points, n, 2, x, &error), 0);
    covariance_matrix_square(&work, &points, true, k);
    covariance_points_close(&points);
    covariance_work_close(&work);
    covariance_free(covariance);
}

static const double four[] = {1, 0, .6, .8, -.5, 1.5, .2, -.3};

/* Eight digits of an independent evaluation of the recursion: the first row of the matrix. */
static void values_are_the_published_ones(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double row[4];
    } known[] = {
        {"nngp(bias_variance=.01,gain=1.4142135623730951)", {.52, .35837485, .1566884, .13738891}},
        {"ntk(bias_variance=.01,gain=1.4142135623730951)", {1.03, .57784402, .05991656, .21330405}},
        {"nngp(depth=3,bias_variance=.01,gain=1.4142135623730951)", {.54, .42637928, .47240321, .18087943}},
        {"ntk(depth=3,bias_variance=.01,gain=1.4142135623730951)", {2.1, 1.06008077, .71931297, .41867}},
        {"ntk(activation=erf,bias_variance=.01)", {.71940752, .41391195, -.2217257, .19507885}},
        {"ntk(activation=erf,bias_variance=.01,depth=3)", {1.00601747, .55860892, -.207785, .36526447}},
        {"nngp(activation=erf,bias_variance=.01,depth=3)", {.24302257, .14878905, -.03880077, .10463455}},
        {"ntk(weight_variance=1.7,bias_variance=.25,depth=2)", {3.05925, 2.0425149, 1.27590393, 1.41607155}},
        {"nngp(weight_variance=1.7,bias_variance=.25,depth=2,last_bias=false)",
         {1.00725, .8310929, .73686298, .56335619}},
    };
    static const double last[] = {.0147604625, -.0300731445, .1889058871, .2543422703};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double k[16];
        matrix_of(known[i].text, 4, four, k);
        for (size_t j = 0; j < 4; j++)
            assert_within(k[j], known[i].row[j], 6e-9);
        if (i < 4)
            assert_within(k[11], last[i], 6e-11);
    }
}

/* relu with gain sqrt 2 keeps |x|^2/d: nngp(x, x) = |x|^2/d + (depth + 1) bv, and the tangent kernel sums
 * them. */
static void the_diagonal_of_relu_is_closed(void **state) {
    (void)state;
    for (int depth = 0; depth < 6; depth++) {
        char text[96];
        double k[16];
        for (int tangent = 0; tangent < 2; tangent++) {
            snprintf(text, sizeof text, "%s(depth=%d,bias_variance=.3,gain=1.4142135623730951)",
                     tangent ? "ntk" : "nngp", depth);
            matrix_of(text, 4, four, k);
            for (size_t i = 0; i < 4; i++) {
                double half = (four[2 * i] * four[2 * i] + four[2 * i + 1] * four[2 * i + 1]) / 2;
                double layers = depth + 1, value = half + layers * 0.3;
                assert_close(k[5 * i], tangent ? layers * half + 0.3 * layers * (depth + 2) / 2 : value,
                             4e-15);
            }
        }
    }
}

/* S = wv^(depth+1) c/d + bv (1 + wv + ...), and every layer's tangent kernel is S of the last times its
 * number without biases. */
static void linear_networks_are_linear(void **state) {
    (void)state;
    double s[16], t[16], wv = 0.7, bv = 0.2;
    matrix_of("nngp(depth=3,activation=linear,weight_variance=.7,bias_variance=.2)", 4, four, s);
    matrix_of("ntk(depth=3,activation=linear,weight_variance=.7)", 4, four, t);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++) {
            double c = (four[2 * i] * four[2 * j] + four[2 * i + 1] * four[2 * j + 1]) / 2;
            assert_within(s[4 * i + j], pow(wv, 4) * c + bv * (1 + wv + wv * wv + pow(wv, 3)), 1e-15);
            assert_within(t[4 * i + j], 4 * pow(wv, 4) * c, 1e-15);
        }
}

/* The recursion of angles in long double, on haversines: at unit norms S = cos t, and with gain sqrt 2
 * h' = h + (t cos t - sin t)/(2 pi), T' = S' + (1 - t/pi) T. */
static double tangent_at(int depth, long double t) {
    long double pi = acosl(-1.0L), h = sinl(t / 2) * sinl(t / 2), tangent = cosl(t);
    for (int layer = 0; layer < depth; layer++) {
        long double factor = 1 - t / pi;
        h += (t * cosl(t) - sinl(t)) / (2 * pi);
        tangent = 1 - 2 * h + factor * tangent;
        t = 2 * asinl(sqrtl(h));
    }
    return (double)tangent;
}

/* Rows at an angle of 1e-9 and more. acos of a cosine in double would be off by 1e-8 there; the norms'
 * rounding alone leaves some 1e-16 a layer. */
static void near_rows_keep_their_digits(void **state) {
    (void)state;
    for (int depth = 1; depth < 5; depth++)
        for (double angle = 1e-9; angle < 3; angle *= 3) {
            char text[96];
            double x[] = {M_SQRT2, 0, M_SQRT2 * cos(angle), M_SQRT2 * sin(angle)}, k[4];
            snprintf(text, sizeof text, "ntk(depth=%d,gain=1.4142135623730951)", depth);
            matrix_of(text, 2, x, k);
            assert_within(k[1], tangent_at(depth, angle), 2e-15 * (depth + 1));
        }
}

static void equal_rows_have_the_diagonal(void **state) {
    (void)state;
    static const char *const texts[] = {
        "ntk(depth=3)", "nngp(activation=step)", "ntk(activation=erf,depth=2)",
        "ntk(activation=tanh,weight_variance=30)", "nngp(depth=2,activation=leaky,bias_variance=.3)"};
    double x[] = {.1, .7, .1, .7, 0, 0, 0, 0}, k[16];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        matrix_of(texts[i], 4, x, k);
        assert_true(k[1] == k[0] && k[1] == k[5]);
        assert_true(k[11] == k[10] && k[11] == k[15]);
        assert_true(isfinite(k[2]));
    }
}

/* Zero rows without biases: relu's kernel is 0 there. */
static void a_row_of_zeros_gives_zeros(void **state) {
    (void)state;
    double x[] = {0, 0, 1, 2}, k[4];
    matrix_of("ntk(depth=2)", 2, x, k);
    assert_true(k[0] == 0 && k[1] == 0 && k[2] == 0 && k[3] > 0);
}

/* The published eigenvalues of four points on the circle, and positive definiteness of forty. */
static void on_the_circle_the_tangent_kernel_is_positive_definite(void **state) {
    (void)state;
    enum { MANY = 40 };
    static const double angles[] = {-2.5, -1, .5, 2},
                        known[] = {1.26554957, 1.65783418, 1.78996995, 3.6866463};
    static const char *const texts[] = {"ntk(depth=1)", "ntk(depth=3,activation=erf)",
                                        "ntk(depth=1,activation=gelu)", "nngp(depth=2,activation=step)"};
    double x[2 * MANY], k[MANY * MANY], values[MANY];
    struct error error = {0};
    for (size_t i = 0; i < 4; i++) {
        x[2 * i] = cos(angles[i]);
        x[2 * i + 1] = sin(angles[i]);
    }
    matrix_of("ntk(depth=3,bias_variance=.01,gain=1.4142135623730951)", 4, x, k);
    assert_within(k[1], .63372092, 6e-9);
    assert_within(k[2], .37882033, 6e-9);
    assert_within(k[3], .51075956, 6e-9);
    assert_int_equal(eigenvalues_symmetric(4, k, values, &error), 0);
    for (size_t i = 0; i < 4; i++)
        assert_within(values[i], known[i], 6e-9);
    for (size_t i = 0; i < MANY; i++) {
        x[2 * i] = cos(0.15 * (double)i);
        x[2 * i + 1] = sin(0.15 * (double)i);
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        matrix_of(texts[i], MANY, x, k);
        assert_int_equal(eigenvalues_symmetric(MANY, k, values, &error), 0);
        /* gelu's decay to the rounding of the largest. */
        assert_true(values[0] >
                    (strstr(texts[i], "gelu") != NULL || strstr(texts[i], "erf") != NULL ? -1e-12 : 1e-6));
    }
}

static void a_wrong_network_is_told_why(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"ntk(depth=-1)", "kernel: ntk: depth must be an integer >= 0"},
        {"ntk(depth=1.5)", "kernel: ntk: depth must be an integer >= 0"},
        {"nngp(depth=nan)", "kernel: nngp: depth must be an integer >= 0"},
        {"nngp(depth=1e9)", "kernel: nngp: depth must be at most 10000"},
        {"ntk(activation=step)", "kernel: ntk: step has no derivative: use nngp"},
        {"ntk(bias_variance=-1)", "kernel: ntk: bias_variance must be >= 0"},
        {"ntk(weight_variance=0)", "kernel: ntk: weight_variance must be > 0"},
        {"ntk(gain=0)", "kernel: ntk: gain must be > 0"},
        {"ntk(last_bias=2)", "kernel: ntk: last_bias must be true or false"},
        {"nngp(activation=leaky,slope=inf)", "kernel: nngp: slope must be finite"},
        {"ntk(activation=rellu)", "kernel: position 16: unknown activation 'rellu' (did you mean relu?)"},
        {"ntk(width=3)", "kernel: ntk has no parameter 'width'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        struct covariance_inputs columns = {2, NULL};
        assert_null(covariance_parse(wrong[i].text, &columns, &error));
        assert_string_equal(error.text, wrong[i].message);
        assert_true(error.usage);
    }
}

/* The overall factor and a bias that starts at 0 stay, the rest is fitted. */
static void what_is_fitted(void **state) {
    (void)state;
    struct error error = {0};
    struct covariance_inputs columns = {2, NULL};
    struct covariance *covariance =
        covariance_parse("ntk + ntk(variance=2,bias_variance=.1,weight_variance:=2)", &columns, &error);
    static const bool fixed[] = {true, false, true, false, true, false};
    assert_non_null(covariance);
    assert_int_equal(covariance->parameter_count, 6);
    for (size_t p = 0; p < 6; p++)
        assert_int_equal(covariance->parameters[p].fixed, fixed[p]);
    assert_string_equal(covariance->parameters[4].name, "ntk#2.weight_variance");
    covariance_free(covariance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_the_published_ones),
        cmocka_unit_test(the_diagonal_of_relu_is_closed),
        cmocka_unit_test(linear_networks_are_linear),
        cmocka_unit_test(near_rows_keep_their_digits),
        cmocka_unit_test(equal_rows_have_the_diagonal),
        cmocka_unit_test(a_row_of_zeros_gives_zeros),
        cmocka_unit_test(on_the_circle_the_tangent_kernel_is_positive_definite),
        cmocka_unit_test(a_wrong_network_is_told_why),
        cmocka_unit_test(what_is_fitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
