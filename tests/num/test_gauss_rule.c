#include "num/gauss_rule.h"

#include <math.h>

#include "support/assertions.h"

enum { COUNT = 20 };

static double expect_power(const double *nodes, const double *weights, double power) {
    double sum = 0;
    for (size_t k = 0; k < COUNT; k++)
        sum += weights[k] * pow(nodes[k], power);
    return sum;
}

static void moments_of_a_normal(void **state) {
    (void)state;
    double nodes[COUNT], weights[COUNT], moment = 1;
    gauss_rule_normal(COUNT, nodes, weights);
    for (int power = 0; power < 2 * COUNT; power += 2) { /* (power - 1)!! */
        assert_close(expect_power(nodes, weights, power), moment, 1e-12);
        moment *= power + 1;
        assert_true(fabs(expect_power(nodes, weights, power + 1)) <= 1e-15 * moment * (power + 1));
    }
}

static void moments_of_a_gamma(void **state) {
    (void)state;
    const double shapes[] = {0.3, 1, 2, 17.5, 1e3};
    double nodes[COUNT], weights[COUNT];
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        double moment = 1;
        gauss_rule_gamma(shapes[s], COUNT, nodes, weights, NULL, NULL);
        for (int power = 0; power < 2 * COUNT; power++) { /* the rising factorial */
            assert_close(expect_power(nodes, weights, power), moment, 2e-12);
            moment *= shapes[s] + power;
        }
    }
}

/* Differences of step h leave h^2 of the third derivative and 1e-15 / h of rounding. */
static void slopes_are_those_of_differences(void **state) {
    (void)state;
    const double shapes[] = {0.7, 2, 9.3, 200};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        double nodes[3][COUNT], weights[3][COUNT], node_slopes[COUNT], weight_slopes[COUNT];
        double h = 1e-4 * shapes[s];
        gauss_rule_gamma(shapes[s], COUNT, nodes[0], weights[0], node_slopes, weight_slopes);
        gauss_rule_gamma(shapes[s] - h, COUNT, nodes[1], weights[1], NULL, NULL);
        gauss_rule_gamma(shapes[s] + h, COUNT, nodes[2], weights[2], NULL, NULL);
        for (size_t k = 0; k < COUNT; k++) {
            double node = (nodes[2][k] - nodes[1][k]) / (2 * h);
            double weight = (weights[2][k] - weights[1][k]) / (2 * h);
            assert_true(fabs(node - node_slopes[k]) < 1e-6 * (1 + fabs(node)));
            assert_true(fabs(weight - weight_slopes[k]) < 1e-7);
        }
    }
}

/* E[t^1.5] = Gamma(shape + 1.5) / Gamma(shape): no polynomial. */
static void a_function_that_is_no_polynomial(void **state) {
    (void)state;
    double nodes[COUNT], weights[COUNT];
    gauss_rule_gamma(6, COUNT, nodes, weights, NULL, NULL);
    assert_close(expect_power(nodes, weights, 1.5), exp(lgamma(7.5) - lgamma(6)), 1e-8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_of_a_normal),
        cmocka_unit_test(moments_of_a_gamma),
        cmocka_unit_test(slopes_are_those_of_differences),
        cmocka_unit_test(a_function_that_is_no_polynomial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
