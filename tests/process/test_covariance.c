#include "process/covariance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "process/covariance_matrix.h"
#include "support/assertions.h"

static struct covariance *parsed(const char *text, size_t inputs) {
    struct error error = {0};
    struct covariance_inputs columns = {inputs, NULL};
    struct covariance *covariance = covariance_parse(text, &columns, &error);
    if (covariance == NULL)
        fail_msg("%s: %s", text, error.text);
    return covariance;
}

/* K(x, y), or K(x, x) for y = NULL. */
static void matrix_of(struct covariance *covariance, size_t n, const double *x, size_t m, const double *y,
                      double *k) {
    struct error error = {0};
    struct covariance_work work;
    struct covariance_points points, others;
    assert_int_equal(covariance_work_open(&work, covariance, 2, &error), 0);
    assert_int_equal(covariance_points_open(&points, n, covariance->inputs, x, &error), 0);
    if (y == NULL) {
        covariance_matrix_square(&work, &points, true, k);
    } else {
        assert_int_equal(covariance_points_open(&others, m, covariance->inputs, y, &error), 0);
        covariance_matrix_cross(&work, &points, &others, k);
        covariance_points_close(&others);
    }
    covariance_points_close(&points);
    covariance_work_close(&work);
}

static double value_at(const char *text, double distance) {
    struct covariance *covariance = parsed(text, 1);
    double x = 0, k;
    matrix_of(covariance, 1, &x, 1, &distance, &k);
    covariance_free(covariance);
    return k;
}

/* The figures of the mathematics' checks, to their printed digits. */
static void values_are_the_published_ones(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double at_half, at_two;
    } known[] = {
        {"rbf(variance=1.5,lengthscale=.8)", 1.2338663436, 0.0659054004},
        {"matern(variance=1.5, lengthscale=.8)", 1.0581453403, 0.1052636796},
        {"rq(variance=1.5,lengthscale=.8,alpha=2)", 1.2449690353, 0.2284354551},
        {"periodic(variance=1.5,lengthscale=.8,period=3)", 0.6867500427, 0.1439506291},
        {"sm(weight=[1,.5],mean=[.2,.6],scale=[.1,.3])", 0.6709639136, -0.3671999653},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_within(value_at(known[i].text, 0.5), known[i].at_half, 6e-11);
        assert_within(value_at(known[i].text, 2), known[i].at_two, 6e-11);
    }
    assert_within(value_at("matern(nu=3,lengthscale=.8)", 0.5), 0.76599794, 6e-9);
}

/* The Bessel form next to a half-integer order meets the closed form: 1e-9 of order moves M by some 1e-9. */
static void any_order_meets_the_closed_forms(void **state) {
    (void)state;
    static const char *const closed[] = {"matern(nu=.5)", "matern(nu=1.5)", "matern(nu=2.5)"};
    static const char *const general[] = {"matern(nu=.500000001)", "matern(nu=1.500000001)",
                                          "matern(nu=2.500000001)"};
    for (size_t i = 0; i < 3; i++)
        for (double distance = 1e-6; distance < 60; distance *= 3)
            assert_within(value_at(general[i], distance), value_at(closed[i], distance), 3e-9);
    static const struct {
        const char *text;
        double distance, value; /* twenty digits by mpmath */
    } known[] = {
        {"matern(nu=.3)", 0.7, 0.40838516194686139493},
        {"matern(nu=.9)", 5, 0.0034164292715149629149},
        {"matern(nu=4.2)", 0.001, 0.99999934375031321004},
        {"matern(nu=10)", 2, 0.13593336828616809867},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_close(value_at(known[i].text, known[i].distance), known[i].value, 2e-14);
}

static const char *const smooth[] = {
    "rbf(variance=1.3,lengthscale=[.7,1.4])",
    "rbf(lengthscale=.9,columns=[2])",
    "matern(nu=1.5,variance=.8,lengthscale=[1.1,.6])",
    "matern(nu=2.5,lengthscale=.9)",
    "matern(nu=1.8,lengthscale=[.9,1.2])",
    "rq(alpha=1.7,lengthscale=[.8,1.3])",
    "periodic(period=1.9,lengthscale=[.9,1.2])",
    "cosine(period=2.3,columns=1)",
    "sm(components=2,weight=[1,.5],mean=[.2,-.3,.1,.4],scale=[.3,.2,.1,.5])",
    "linear(variance=.6)",
    "poly(offset=.7,degree=3,variance=.4)",
    "constant(variance=2) + rbf",
    "rbf*periodic(columns=2) + .5*linear*rbf(columns=1) + 2",
    "(rbf + linear)*(matern(nu=2.5) + .3)*cosine(columns=2)",
    "nngp(depth=2,activation=erf,weight_variance=1.3,bias_variance=.2)",
    "ntk(depth=3,activation=erf,weight_variance=1.3,bias_variance=.2,last_bias=false,variance=.7)",
    "ntk(depth=2,activation=sin,weight_variance=.8,bias_variance=.1,columns=2)",
    "ntk(depth=2,activation=linear,weight_variance=.8,bias_variance=.1,gain=1.2)",
    "ntk(depth=0,weight_variance=.8,bias_variance=.1)",
    "ntk(depth=2,activation=tanh,weight_variance=1.5,bias_variance=.1)",
    "nngp(depth=1,activation=sigmoid,weight_variance=1.5,bias_variance=.1)",
    "ntk(depth=1,activation=gelu,weight_variance=.7,bias_variance=.2)",
    "ntk(depth=1,activation=softplus,weight_variance=.7,bias_variance=.2)*rbf",
};
static const char *const rough[] = {"matern(nu=.5,lengthscale=[.9,1.2])",
                                    "matern(nu=.7,lengthscale=.9)",
                                    "white(variance=.3)+rbf*white",
                                    "ntk(depth=3,weight_variance=1.7,bias_variance=.25)",
                                    "nngp(depth=2,bias_variance=.1,last_bias=false)",
                                    "ntk(depth=2,activation=leaky,slope=.2,bias_variance=.1)",
                                    "nngp(depth=2,activation=step,bias_variance=.1)"};

enum { POINTS = 70, INPUTS = 2 };

static void draw(uint64_t seed, size_t count, double *values) {
    struct random_stream stream;
    random_start(&stream, seed, "test", "points", 0);
    for (size_t i = 0; i < count; i++)
        values[i] = 4 * random_uniform(&stream) - 2;
}

/* A symmetric dF/dK. */
static void weights(void *context, size_t first_row, size_t rows, size_t first_column, size_t columns,
                    double *adjoint) {
    bool symmetric = *(bool *)context;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            double a = (double)(first_row + i), b = (double)(first_column + j);
            adjoint[i * COVARIANCE_TILE + j] = symmetric ? sin(a + b) + cos(a * b) : sin(a + 2 * b);
        }
}

static double weighted_sum(bool symmetric, size_t n, size_t m, const double *k) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            double a = (double)i, b = (double)j;
            sum += (symmetric ? sin(a + b) + cos(a * b) : sin(a + 2 * b)) * k[i * m + j];
        }
    return sum;
}

static void check_gradient(const char *text) {
    struct covariance *covariance = parsed(text, INPUTS);
    double x[POINTS * INPUTS], k[POINTS * POINTS], gradient[32];
    bool symmetric = true;
    struct error error = {0};
    struct covariance_work work;
    struct covariance_points points;
    draw(7, POINTS * INPUTS, x);
    assert_int_equal(covariance_work_open(&work, covariance, 2, &error), 0);
    assert_int_equal(covariance_points_open(&points, POINTS, INPUTS, x, &error), 0);
    assert_int_equal(covariance_matrix_gradient(&work, &points, weights, &symmetric, gradient, &error), 0);
    for (size_t p = 0; p < covariance->parameter_count; p++) {
        double *value = &covariance->parameters[p].value, kept = *value, step = 1e-5, ends[2];
        for (int side = 0; side < 2; side++) {
            *value = kept + (side == 0 ? -step : step);
            covariance_matrix_square(&work, &points, true, k);
            ends[side] = weighted_sum(true, POINTS, POINTS, k);
        }
        *value = kept;
        double difference = (ends[1] - ends[0]) / (2 * step);
        /* A sum of 4900 terms of size 1 carries 1e-13, a difference of them 1e-8. */
        assert_within(gradient[p], difference, 1e-6 * fmax(1, fabs(difference)));
    }
    covariance_points_close(&points);
    covariance_work_close(&work);
    covariance_free(covariance);
}

static void gradients_are_those_of_differences(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof smooth / sizeof *smooth; i++)
        check_gradient(smooth[i]);
    for (size_t i = 0; i < sizeof rough / sizeof *rough; i++)
        check_gradient(rough[i]);
}

/* Slopes in x, and d2k/dx dy at y = x, against differences of values. */
static void slopes_in_the_inputs_are_those_of_differences(void **state) {
    (void)state;
    enum { OTHERS = 5 };
    double x[POINTS * INPUTS], y[OTHERS * INPUTS], k[POINTS * OTHERS], gradient[32], slopes[OTHERS * INPUTS];
    bool symmetric = false;
    draw(8, POINTS * INPUTS, x);
    draw(9, OTHERS * INPUTS, y);
    for (size_t i = 0; i < sizeof smooth / sizeof *smooth; i++) {
        struct covariance *covariance = parsed(smooth[i], INPUTS);
        struct error error = {0};
        struct covariance_work work;
        struct covariance_points points, others;
        assert_null(covariance_tile_rough(covariance));
        assert_int_equal(covariance_work_open(&work, covariance, 2, &error), 0);
        assert_int_equal(covariance_points_open(&points, POINTS, INPUTS, x, &error), 0);
        assert_int_equal(covariance_points_open(&others, OTHERS, INPUTS, y, &error), 0);
        assert_int_equal(covariance_matrix_cross_gradient(&work, &others, &points, weights, &symmetric,
                                                          gradient, slopes, &error),
                         0);
        for (size_t c = 0; c < OTHERS * INPUTS; c++) {
            double kept = y[c], ends[2];
            for (int side = 0; side < 2; side++) {
                y[c] = kept + (side == 0 ? -1e-5 : 1e-5);
                covariance_matrix_cross(&work, &others, &points, k);
                ends[side] = weighted_sum(false, OTHERS, POINTS, k);
            }
            y[c] = kept;
            assert_within(slopes[c], (ends[1] - ends[0]) / 2e-5, 1e-6);
        }
        for (size_t input = 0; input < INPUTS; input++) {
            double corners[2][2], step = 1e-3;
            for (int a = 0; a < 2; a++)
                for (int b = 0; b < 2; b++) {
                    double u[INPUTS] = {y[0], y[1]}, v[INPUTS] = {y[0], y[1]};
                    u[input] += a == 0 ? -step : step;
                    v[input] += b == 0 ? -step : step;
                    matrix_of(covariance, 1, u, 1, v, &corners[a][b]);
                }
            double mixed =
                (corners[1][1] - corners[1][0] - corners[0][1] + corners[0][0]) / (4 * step * step);
            double curvature = covariance_tile_curvature(&work.workspaces[0], y, input);
            /* matern 3/2 has a kink of third order: the difference is off by the step. */
            assert_within(curvature, mixed,
                          (strstr(smooth[i], "matern") == NULL ? 1e-4 : 2e-2) * fmax(1, fabs(curvature)));
        }
        covariance_points_close(&points);
        covariance_points_close(&others);
        covariance_work_close(&work);
        covariance_free(covariance);
    }
    for (size_t i = 0; i < sizeof rough / sizeof *rough; i++) {
        struct covariance *covariance = parsed(rough[i], INPUTS);
        assert_non_null(covariance_tile_rough(covariance));
        covariance_free(covariance);
    }
}

static void sums_and_products_are_elementwise(void **state) {
    (void)state;
    double x[POINTS * INPUTS], a[POINTS * POINTS], b[POINTS * POINTS], c[POINTS * POINTS];
    draw(10, POINTS * INPUTS, x);
    struct covariance *first = parsed("rbf(lengthscale=.7)", 2), *second = parsed("linear(columns=2)", 2);
    struct covariance *both = parsed("2*rbf(lengthscale=.7)*linear(columns=2) + 3 + rbf(lengthscale=.7)", 2);
    matrix_of(first, POINTS, x, 0, NULL, a);
    matrix_of(second, POINTS, x, 0, NULL, b);
    matrix_of(both, POINTS, x, 0, NULL, c);
    for (size_t i = 0; i < POINTS * POINTS; i++)
        assert_close(c[i], 2 * a[i] * b[i] + 3 + a[i], 1e-15 * 4);
    for (size_t i = 0; i < POINTS; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(c[i * POINTS + j] == c[j * POINTS + i]);
    covariance_free(first);
    covariance_free(second);
    covariance_free(both);
}

static void the_diagonal_is_that_of_the_matrix(void **state) {
    (void)state;
    double x[POINTS * INPUTS], k[POINTS * POINTS], diagonal[POINTS];
    draw(11, POINTS * INPUTS, x);
    for (size_t i = 0; i < sizeof smooth / sizeof *smooth + sizeof rough / sizeof *rough; i++) {
        size_t smooths = sizeof smooth / sizeof *smooth;
        struct covariance *covariance = parsed(i < smooths ? smooth[i] : rough[i - smooths], INPUTS);
        struct error error = {0};
        struct covariance_work work;
        struct covariance_points points;
        assert_int_equal(covariance_work_open(&work, covariance, 1, &error), 0);
        assert_int_equal(covariance_points_open(&points, POINTS, INPUTS, x, &error), 0);
        covariance_matrix_square(&work, &points, false, k);
        covariance_matrix_diagonal(&work, &points, diagonal);
        for (size_t j = 0; j < POINTS; j++)
            assert_close(diagonal[j], k[j * POINTS + j], 4e-15);
        covariance_points_close(&points);
        covariance_work_close(&work);
        covariance_free(covariance);
    }
}

static char *printed(const struct covariance *covariance, char *text, size_t size) {
    struct text_buffer buffer = {0};
    struct error error = {0};
    size_t length;
    covariance_print(covariance, &buffer);
    char *bytes = text_buffer_take(&buffer, &length, &error);
    assert_non_null(bytes);
    assert_true(length < size);
    memcpy(text, bytes, length);
    text[length] = '\0';
    free(bytes);
    return text;
}

static void what_is_printed_reads_back_the_same(void **state) {
    (void)state;
    double x[POINTS * INPUTS], a[POINTS * POINTS], b[POINTS * POINTS];
    draw(12, POINTS * INPUTS, x);
    for (size_t i = 0; i < sizeof smooth / sizeof *smooth; i++) {
        char text[2048], again[2048];
        struct covariance *covariance = parsed(smooth[i], INPUTS);
        struct covariance *second = parsed(printed(covariance, text, sizeof text), INPUTS);
        assert_string_equal(printed(second, again, sizeof again), text);
        assert_int_equal(second->parameter_count, covariance->parameter_count);
        for (size_t p = 0; p < covariance->parameter_count; p++)
            assert_int_equal(second->parameters[p].fixed, covariance->parameters[p].fixed);
        matrix_of(covariance, POINTS, x, 0, NULL, a);
        matrix_of(second, POINTS, x, 0, NULL, b);
        assert_same_bits(a, b, POINTS * POINTS);
        covariance_free(covariance);
        covariance_free(second);
    }
}

static void parameters_are_named_in_order(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bool fixed;
    } expected[] = {
        {"rbf.variance", false},     {"rbf.lengthscale", false},      {"rbf.lengthscale_2", false},
        {"periodic.variance", true}, {"periodic.lengthscale", false}, {"periodic.period", true},
        {"rbf#2.variance", false},   {"rbf#2.lengthscale", false},    {"linear.variance", false},
    };
    struct covariance *covariance = parsed("rbf(ard=true)*periodic(period:=3) + rbf * linear(variance=2)", 2);
    assert_int_equal(covariance->parameter_count, sizeof expected / sizeof *expected);
    for (size_t p = 0; p < covariance->parameter_count; p++) {
        assert_string_equal(covariance->parameters[p].name, expected[p].name);
        assert_int_equal(covariance->parameters[p].fixed, expected[p].fixed);
    }
    covariance_free(covariance);
}

static void a_wrong_expression_is_told_where_and_why(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"rbf+rfb", "kernel: position 5: unknown kernel 'rfb' (did you mean rbf?)"},
        {"rbf(lenth=2)", "kernel: rbf has no parameter 'lenth'"},
        {"rbf(lengthscale=0)", "kernel: rbf: lengthscale must be > 0"},
        {"rbf(lengthscale=-1)", "kernel: rbf: lengthscale must be > 0"},
        {"rbf(lengthscale=nan)", "kernel: rbf: lengthscale must be finite"},
        {"rbf(lengthscale=[1,2,3])", "kernel: rbf: lengthscale has 3 values, not 2"},
        {"rbf(lengthscale=a)", "kernel: position 17: lengthscale: expected a number, got 'a'"},
        {"rbf(lengthscale=[1,2)", "kernel: position 17: '[' is never closed"},
        {"rbf(lengthscale)", "kernel: position 16: expected '=' behind 'lengthscale'"},
        {"rbf(variance=1,variance=2)", "kernel: rbf: variance is given twice"},
        {"rbf(columns=3)", "kernel: rbf: no input column '3' (there are 2)"},
        {"rbf(columns=[1,1])", "kernel: rbf: column 1 is named twice"},
        {"cosine", "kernel: cosine sees one input: columns=J names it"},
        {"poly(degree=1.5)", "kernel: poly: degree must be an integer from 1 to 100"},
        {"matern(nu=0)", "kernel: matern: nu must be > 0"},
        {"sm(components=0)", "kernel: sm: components must be an integer from 1 to 1000"},
        {"", "kernel: position 1: expected a kernel, a number or '('"},
        {"rbf+", "kernel: position 5: expected a kernel, a number or '('"},
        {"(rbf", "kernel: position 5: expected ')'"},
        {"rbf)", "kernel: position 4: expected '+', '*' or the end"},
        {"rbf rbf", "kernel: position 5: expected '+', '*' or the end"},
        {"0*rbf", "kernel: position 1: a number must be > 0"},
        {"rbf(variance=1", "kernel: position 15: expected ',' or ')'"},
        {"((((((((((((((((((((((((((((((((((rbf", "kernel: position 33: parentheses are nested too deeply"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        struct covariance_inputs columns = {2, NULL};
        assert_null(covariance_parse(wrong[i].text, &columns, &error));
        assert_string_equal(error.text, wrong[i].message);
        assert_true(error.usage);
    }
}

static void columns_are_found_by_name(void **state) {
    (void)state;
    static char *names[] = {"time", "depth", "2"};
    struct error error = {0};
    struct covariance_inputs columns = {3, names};
    struct covariance *covariance =
        covariance_parse("rbf(columns=[depth,time]) + linear(columns=2-3)", &columns, &error);
    assert_non_null(covariance);
    assert_int_equal(covariance->nodes[0].columns[0], 1);
    assert_int_equal(covariance->nodes[0].columns[1], 0);
    covariance_free(covariance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_the_published_ones),
        cmocka_unit_test(any_order_meets_the_closed_forms),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(slopes_in_the_inputs_are_those_of_differences),
        cmocka_unit_test(sums_and_products_are_elementwise),
        cmocka_unit_test(the_diagonal_is_that_of_the_matrix),
        cmocka_unit_test(what_is_printed_reads_back_the_same),
        cmocka_unit_test(parameters_are_named_in_order),
        cmocka_unit_test(a_wrong_expression_is_told_where_and_why),
        cmocka_unit_test(columns_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
