#include "divergence/f_generator.h"

#include <math.h>
#include <string.h>

#include "support/assertions.h"

static const char *const texts[] = {"kl",
                                    "rkl",
                                    "softened-rkl",
                                    "js",
                                    "jeffreys",
                                    "hellinger",
                                    "chi2",
                                    "neyman",
                                    "le-cam",
                                    "tv",
                                    "alpha:alpha=0.5",
                                    "alpha:alpha=3",
                                    "alpha:alpha=-1.5",
                                    "alpha:alpha=1e-3"};
enum { GENERATORS = sizeof texts / sizeof *texts };

static struct f_generator generator_of(const char *text) {
    struct f_generator generator;
    struct error error;
    assert_int_equal(f_generator_parse(&generator, text, &error), 0);
    return generator;
}

static const double ratios[] = {1e-3, 0.03, 0.2, 0.5, 0.9, 1, 1.2, 2, 7, 40, 1000};
enum { RATIOS = sizeof ratios / sizeof *ratios };

static void names_are_read_and_mistakes_told(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"helinger", "--divergence: unknown divergence 'helinger'; did you mean 'hellinger'?"},
        {"zzzzzzzz", "--divergence: unknown divergence 'zzzzzzzz'"},
        {"kl:alpha=2", "--divergence: kl takes no parameter, got 'kl:alpha=2'"},
        {"alpha", "--divergence: expected alpha:alpha=A, got 'alpha'"},
        {"alpha:alpha=", "--divergence: expected a number for alpha, got ''"},
        {"alpha:alpha=nan", "--divergence: expected a number for alpha, got 'nan'"},
        {"alpha:alpha=0", "--divergence: alpha may not be 0: that limit is rkl"},
        {"alpha:alpha=1", "--divergence: alpha may not be 1: that limit is kl"},
    };
    struct f_generator generator;
    for (size_t i = 0; i < GENERATORS; i++) {
        generator = generator_of(texts[i]);
        assert_int_equal(strncmp(texts[i], f_generator_name(&generator), strcspn(texts[i], ":")), 0);
    }
    assert_true(generator_of("alpha:alpha=-1.5").alpha == -1.5);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error;
        assert_int_equal(f_generator_parse(&generator, wrong[i][0], &error), -1);
        assert_string_equal(error.text, wrong[i][1]);
    }
}

static void each_is_0_at_1(void **state) {
    (void)state;
    for (size_t i = 0; i < GENERATORS; i++) {
        struct f_generator generator = generator_of(texts[i]);
        assert_true(f_generator_value(&generator, 1) == 0);
    }
}

/* Central differences with step 1e-4 r have a truncation error near 1e-8 and a rounding error near 1e-12 (of
 * f' from f) and 1e-8 (of f'' from second differences of f), relative to |f| + r |f'| + h. */
static void slope_and_curvature_are_differences_of_the_value(void **state) {
    (void)state;
    for (size_t i = 0; i < GENERATORS; i++) {
        struct f_generator generator = generator_of(texts[i]);
        for (size_t j = 0; j < RATIOS; j++) {
            double r = ratios[j], step = 1e-4 * r;
            if (generator.kind == F_GENERATOR_TV && r == 1)
                continue;
            double low = f_generator_value(&generator, r - step),
                   high = f_generator_value(&generator, r + step);
            double middle = f_generator_value(&generator, r);
            double scale = fabs(middle) + r * fabs(f_generator_slope(&generator, r)) +
                           r * r * f_generator_curvature(&generator, r);
            assert_within(r * f_generator_slope(&generator, r), r * (high - low) / (2 * step), 1e-7 * scale);
            assert_within(r * r * f_generator_curvature(&generator, r),
                          r * r * ((high - middle) - (middle - low)) / (step * step), 1e-6 * scale);
        }
    }
}

static void the_weight_is_the_curvature_times_r_squared(void **state) {
    (void)state;
    for (size_t i = 0; i < GENERATORS; i++) {
        struct f_generator generator = generator_of(texts[i]);
        if (!f_generator_has_weight(&generator)) {
            assert_string_equal(texts[i], "tv");
            assert_true(isnan(f_generator_weight(&generator, 1)));
            continue;
        }
        for (size_t j = 0; j < RATIOS; j++)
            assert_close(f_generator_weight(&generator, ratios[j]),
                         ratios[j] * ratios[j] * f_generator_curvature(&generator, ratios[j]), 1e-15);
    }
}

/* f*(f'(r)) = r f'(r) - f(r), and no other r gives more. */
static void fenchel_equality_and_inequality(void **state) {
    (void)state;
    for (size_t i = 0; i < GENERATORS; i++) {
        struct f_generator generator = generator_of(texts[i]);
        for (size_t j = 0; j < RATIOS; j++) {
            double r = ratios[j], t = f_generator_slope(&generator, r), f = f_generator_value(&generator, r);
            double conjugate = f_generator_conjugate(&generator, t);
            /* t is rounded, and f* has slope r in it */
            assert_within(conjugate, r * t - f, 2e-14 * (fabs(r * t) + fabs(f) + 1));
            for (size_t k = 0; k < RATIOS; k++) {
                double other = ratios[k] * t - f_generator_value(&generator, ratios[k]);
                assert_true(conjugate >= other - 1e-13 * (fabs(ratios[k] * t) + fabs(other) + 1));
            }
        }
    }
}

/* f* is inf above f'(inf), and tends to -f(0) as t falls (by alpha = 1e-3 too slowly to see). */
static void conjugates_beyond_the_slopes(void **state) {
    (void)state;
    for (size_t i = 0; i < GENERATORS; i++) {
        struct f_generator generator = generator_of(texts[i]);
        double last = f_generator_slope_at_infinity(&generator);
        if (isfinite(last)) {
            assert_true(isinf(f_generator_conjugate(&generator, last + 1e-9)));
            assert_true(f_generator_conjugate(&generator, last) > -INFINITY);
        }
        if (f_generator_at_zero(&generator) < 100) /* at r = 0 or near; alpha = 1/2 is 4 / t off */
            assert_within(f_generator_conjugate(&generator, -1e6), -f_generator_at_zero(&generator), 5e-6);
        assert_true(isnan(f_generator_conjugate(&generator, NAN)));
    }
}

/* f(0) and f'(inf), where finite, from r = 1e-12 and 1e12: they are approached as sqrt r at the slowest
 * (hellinger, alpha = 1/2), and by alpha = 1e-3, as r^0.001, not within the range of doubles. */
static void limits_are_approached(void **state) {
    (void)state;
    for (size_t i = 0; i < GENERATORS; i++) {
        struct f_generator generator = generator_of(texts[i]);
        if (generator.alpha == 1e-3)
            continue;
        double zero = f_generator_at_zero(&generator), slope = f_generator_slope_at_infinity(&generator);
        if (isfinite(zero))
            assert_within(f_generator_value(&generator, 1e-12), zero, 5e-6);
        else
            assert_true(f_generator_value(&generator, 1e-300) > 100);
        if (isfinite(slope)) {
            assert_within(f_generator_slope(&generator, 1e12), slope, 5e-6);
            assert_within(f_generator_value(&generator, 1e12) / 1e12, slope, 5e-6);
        } else {
            assert_true(f_generator_slope(&generator, 1e300) > 100);
        }
    }
}

static void weights_at_0_and_infinity_are_limits(void **state) {
    (void)state;
    static const double expected[GENERATORS][2] = {
        {0, INFINITY}, {1, 1}, {1, 0},     {0, 0.5},      {1, INFINITY}, {0, INFINITY}, {0, INFINITY},
        {INFINITY, 0}, {0, 0}, {NAN, NAN}, {0, INFINITY}, {0, INFINITY}, {INFINITY, 0}, {0, INFINITY}};
    for (size_t i = 0; i < GENERATORS; i++) {
        struct f_generator generator = generator_of(texts[i]);
        assert_close(f_generator_weight(&generator, 0), expected[i][0], 0);
        assert_close(f_generator_weight(&generator, INFINITY), expected[i][1], 0);
    }
}

/* f(1 + e) - f'(1) e = e^2 f''(1) / 2 + O(e^3), of which f itself keeps the digits where f'(1) = 0. */
static void values_near_1_keep_their_digits(void **state) {
    (void)state;
    static const char *const flat[] = {"js",     "jeffreys",      "chi2",          "neyman",
                                       "le-cam", "alpha:alpha=3", "alpha:alpha=-2"};
    for (size_t i = 0; i < sizeof flat / sizeof *flat; i++) {
        struct f_generator generator = generator_of(flat[i]);
        for (double e = 0x1p-12; e > 0x1p-50; e /= 4)
            for (int sign = -1; sign <= 1; sign += 2)
                assert_close(f_generator_value(&generator, 1 + sign * e),
                             e * e * f_generator_curvature(&generator, 1) / 2, 2 * e + 2e-15);
    }
}

static double normal(double x, double mean, double deviation) {
    double z = (x - mean) / deviation;
    return exp(-z * z / 2) / (deviation * sqrt(2 * acos(-1)));
}

/* p = N(0, 1) against q = N(a, b^2) at a = 0.5, b = 1.5, x = a + b z: the divergence, and its derivatives by
 * the weights, -E h(r) (s_p - s_q) dx, by the trapezoidal rule, which is exact to rounding for these. */
static void the_gradient_theorem_by_quadrature(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value, by_a, by_b;
    } rows[] = {
        {"kl", 0.183242885886, 0.222222222222, 0.296296296296},
        {"rkl", 0.344534891892, 0.5, 0.833333333333},
        {"js", 0.0529048887634, 0.0641252379, 0.0886913131},
        {"softened-rkl", 0.238725114365, 0.371749524, 0.655950707},
        {"jeffreys", 0.527777777778, 0.722222222222, 1.129629629630},
        {"hellinger", 0.0575308790058, 0.0724976247, 0.1040991534},
    };
    const double a = 0.5, b = 1.5, step = 0x1p-6;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct f_generator generator = generator_of(rows[i].text);
        double value = 0, by_a = 0, by_b = 0;
        for (double z = -10; z <= 10; z += step) {
            double x = a + b * z, q = normal(x, a, b), r = normal(x, 0, 1) / q, mass = q * b * step;
            double pull = f_generator_weight(&generator, r) * (-x + z / b);
            value += mass * f_generator_value(&generator, r);
            by_a -= mass * pull;
            by_b -= mass * pull * z;
        }
        assert_within(value, rows[i].value, 1e-12); /* the table's last digits */
        assert_within(by_a, rows[i].by_a, 1e-9);
        assert_within(by_b, rows[i].by_b, 1e-9);
    }
}

/* Against long double, which holds r^2 for r from 1e-300 to 1e300: forms that overflow or cancel there, or
 * lose digits on the way, are off by more. */
static void slopes_keep_their_digits_at_all_ratios(void **state) {
    (void)state;
    struct f_generator js = generator_of("js"), neyman = generator_of("neyman"),
                       le_cam = generator_of("le-cam"), softened = generator_of("softened-rkl");
    for (int exponent = -300; exponent <= 300; exponent += 5) {
        double r = 1.37 * pow(10, exponent);
        long double x = r, inverse = 1 / x;
        assert_close(f_generator_slope(&js, r), (double)(logl(2 * x / (x + 1)) / 2), 1e-15);
        assert_close(f_generator_slope(&neyman, r), (double)(1 - inverse * inverse), 1e-15);
        assert_close(f_generator_slope(&le_cam, r),
                     (double)((1 - inverse) / (1 + inverse) * (1 + 3 * inverse) / (1 + inverse) / 2), 1e-15);
        assert_close(f_generator_slope(&softened, r), (double)(logl((1 + inverse) / 2) - inverse), 1e-15);
    }
    assert_ulps(f_generator_slope(&softened, 1.7e308), -log(2), 1);
    assert_close(f_generator_value(&softened, 1.7e308), -1.7e308 * log(2), 1e-15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_and_mistakes_told),
        cmocka_unit_test(each_is_0_at_1),
        cmocka_unit_test(slope_and_curvature_are_differences_of_the_value),
        cmocka_unit_test(the_weight_is_the_curvature_times_r_squared),
        cmocka_unit_test(fenchel_equality_and_inequality),
        cmocka_unit_test(conjugates_beyond_the_slopes),
        cmocka_unit_test(limits_are_approached),
        cmocka_unit_test(weights_at_0_and_infinity_are_limits),
        cmocka_unit_test(values_near_1_keep_their_digits),
        cmocka_unit_test(slopes_keep_their_digits_at_all_ratios),
        cmocka_unit_test(the_gradient_theorem_by_quadrature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
