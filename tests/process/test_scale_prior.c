#include "process/scale_prior.h"

#include <math.h>

#include "process/scale_posterior.h"
#include "support/assertions.h"

static const char *const priors[] = {"invgamma:2,3",   "gamma:.7,2",      "burr:2,1.5",
                                     "halfcauchy:1.5", "lognormal:-.5,2", "invgamma:300,310"};
enum { PRIORS = sizeof priors / sizeof *priors };

static struct scale_prior parse(const char *typed) {
    struct scale_prior prior;
    struct error error = {0};
    assert_int_equal(scale_prior_parse(&prior, typed, &error), 0);
    return prior;
}

static double nothing(void *context, double t) {
    (void)context;
    (void)t;
    return 0;
}

/* Without data the evidence is the prior's mass. */
static void every_density_has_mass_one(void **state) {
    (void)state;
    for (size_t i = 0; i < PRIORS; i++) {
        struct scale_prior prior = parse(priors[i]);
        struct scale_posterior posterior;
        struct error error = {0};
        assert_int_equal(scale_posterior_integrate(&posterior, &prior, nothing, NULL, &error), 0);
        assert_within(posterior.log_evidence, 0, 1e-12); /* what lies beyond e^-40 of the top */
        for (size_t p = 0; p < scale_prior_count(&prior); p++)
            assert_within(posterior.slopes[p], 0, 1e-10); /* the score has mean zero */
        scale_posterior_free(&posterior);
    }
}

/* The densities as they are published, of s. */
static void densities_are_the_published_ones(void **state) {
    (void)state;
    for (double t = -5; t < 5; t += 0.3) {
        double s = exp(t), r = sqrt(s);
        struct scale_prior prior = parse("invgamma:2,3");
        assert_within(scale_prior_log_density(&prior, t, NULL), t + log(9 * pow(s, -3) * exp(-3 / s)),
                      1e-12 * (1 + 3 / s));
        prior = parse("gamma:3,2");
        assert_within(scale_prior_log_density(&prior, t, NULL), t + log(8.0 / 2 * s * s) - 2 * s,
                      1e-12 * (1 + 2 * s));
        prior = parse("burr:2,1.5");
        assert_within(scale_prior_log_density(&prior, t, NULL), t + log(3 * s * pow(1 + s * s, -2.5)),
                      1e-13 * 100);
        prior = parse("halfcauchy:1.5");
        assert_within(scale_prior_log_density(&prior, t, NULL),
                      t + log(2 / (M_PI * 1.5) / (1 + s / 2.25) / (2 * r)), 1e-13 * 100);
        prior = parse("lognormal:-.5,2");
        assert_within(scale_prior_log_density(&prior, t, NULL),
                      -(t + .5) * (t + .5) / 8 - log(2 * sqrt(2 * M_PI)), 1e-13 * 100);
    }
}

/* Central differences: h^2 of truncation, 1e-16/h of rounding. */
static void slopes_are_those_of_differences(void **state) {
    (void)state;
    for (size_t i = 0; i < PRIORS; i++)
        for (double t = -2; t < 2; t += 0.25) {
            struct scale_prior prior = parse(priors[i]), moved;
            double slopes[SCALE_PRIOR_PARAMETERS_MAX];
            scale_prior_log_density(&prior, t, slopes);
            for (size_t p = 0; p < scale_prior_count(&prior); p++) {
                double h = 1e-5 * fabs(prior.parameters[p]), high, low;
                moved = prior;
                moved.parameters[p] += h;
                high = scale_prior_log_density(&moved, t, NULL);
                moved.parameters[p] -= 2 * h;
                low = scale_prior_log_density(&moved, t, NULL);
                assert_within(slopes[p], (high - low) / (2 * h), 2e-7 * (1 + fabs(slopes[p])));
            }
        }
}

/* P(log s <= t) by integration, against the share of draws: five standard errors. */
static void draws_follow_the_density(void **state) {
    (void)state;
    enum { DRAWS = 20000, STEPS = 4000 };
    for (size_t i = 0; i < PRIORS; i++) {
        struct scale_prior prior = parse(priors[i]);
        double draws[DRAWS];
        for (size_t k = 0; k < DRAWS; k++) {
            struct random_stream stream;
            random_start(&stream, 7, "test", priors[i], k);
            draws[k] = scale_prior_draw(&prior, &stream);
        }
        for (double t = -1; t <= 1; t += 0.5) {
            double mass = 0, count = 0, low = -60, width = (t - low) / STEPS;
            for (size_t k = 0; k <= STEPS; k++)
                mass += width * (k == 0 || k == STEPS ? 0.5 : 1) *
                        exp(scale_prior_log_density(&prior, low + (double)k * width, NULL));
            for (size_t k = 0; k < DRAWS; k++)
                count += draws[k] <= t;
            assert_within(count / DRAWS, mass, 5 * sqrt(fmax(mass * (1 - mass), 0) / DRAWS) + 1e-4);
        }
    }
}

struct likelihood {
    double half, square;
};

static double normal_likelihood(void *context, double t) {
    const struct likelihood *likelihood = context;
    return -likelihood->half * (t + log(2 * M_PI)) - 0.5 * likelihood->square * exp(-t);
}

/* The inverse gamma is conjugate: log Gamma(A + h)/Gamma(A) - h log(2 pi B) - (A + h) log(1 + D/2B). */
static void quadrature_is_the_closed_form(void **state) {
    (void)state;
    static const struct likelihood known[] = {{3, 4}, {0.5, 1e-6}, {3, 1e14}, {5e4, 1.7e5}, {500, 3e-13}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct likelihood likelihood = known[i];
        struct scale_prior prior = parse("invgamma:2,3");
        struct scale_posterior posterior;
        struct error error = {0};
        double h = likelihood.half, d = likelihood.square;
        assert_int_equal(
            scale_posterior_integrate(&posterior, &prior, normal_likelihood, &likelihood, &error), 0);
        double value = lgamma(2 + h) - lgamma(2) - h * log(2 * M_PI * 3) - (2 + h) * log1p(d / 6);
        assert_within(posterior.log_evidence, value, 1e-9 + 1e-14 * fabs(lgamma(2 + h)));
        assert_close(posterior.inverse, (2 + h) / (3 + d / 2), 1e-9);
        double sum = 0, mean = 0;
        for (size_t j = 0; j < posterior.count; j++) {
            sum += posterior.weights[j];
            mean += posterior.weights[j] * posterior.nodes[j];
        }
        assert_within(sum, 1, 1e-13);
        /* the heavier of the tails that are cut off: e^(-40 (1.5/2.5)) */
        assert_close(mean, (3 + d / 2) / (1 + h), h < 1 ? 1e-7 : 1e-9);
        assert_true(posterior.count < 1000);
        scale_posterior_free(&posterior);
    }
}

/* Draws that all weigh the same tell as much as there are; one that outweighs all, as much as one. */
static void the_effective_sample_size_counts_draws(void **state) {
    (void)state;
    struct scale_prior prior = parse("lognormal:0,1");
    struct likelihood likelihood = {5e4, 1e5};
    const double draws[] = {-2, -1, 0, 1, 2};
    struct scale_posterior posterior;
    struct error error = {0};
    assert_int_equal(scale_posterior_weigh(&posterior, &prior, 5, draws, nothing, NULL, &error), 0);
    assert_within(posterior.effective_sample_size, 5, 1e-14);
    assert_within(posterior.log_evidence, 0, 1e-15);
    scale_posterior_free(&posterior);
    assert_int_equal(
        scale_posterior_weigh(&posterior, &prior, 5, draws, normal_likelihood, &likelihood, &error), 0);
    assert_within(posterior.effective_sample_size, 1, 1e-14);
    assert_int_equal(posterior.count, 1);
    assert_within(posterior.log_evidence, normal_likelihood(&likelihood, 0) - log(5), 1e-9);
    scale_posterior_free(&posterior);
}

static void what_cannot_be_read_is_named(void **state) {
    (void)state;
    static const struct {
        const char *typed, *text;
    } known[] = {
        {"invgamma:2", "--scale-prior: invgamma needs two numbers > 0, got 'invgamma:2'"},
        {"invgamma", "--scale-prior: invgamma needs two numbers > 0, got 'invgamma'"},
        {"gamma:2,-1", "--scale-prior: gamma needs two numbers > 0, got 'gamma:2,-1'"},
        {"burr:1,2,3", "--scale-prior: burr needs two numbers > 0, got 'burr:1,2,3'"},
        {"halfcauchy:0", "--scale-prior: halfcauchy needs one number > 0, got 'halfcauchy:0'"},
        {"lognormal:1,0", "--scale-prior: lognormal needs two numbers, the second > 0, got 'lognormal:1,0'"},
        {"lognormal:inf,1",
         "--scale-prior: lognormal needs two numbers, the second > 0, got 'lognormal:inf,1'"},
        {"cauchy:1", "--scale-prior: unknown prior 'cauchy' (did you mean halfcauchy?)"},
        {"invgama:1,1", "--scale-prior: unknown prior 'invgama' (did you mean invgamma?)"},
        {"weibull:1,1", "--scale-prior: unknown prior 'weibull'"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct scale_prior prior;
        struct error error = {0};
        assert_int_equal(scale_prior_parse(&prior, known[i].typed, &error), -1);
        assert_string_equal(error.text, known[i].text);
        assert_true(error.usage);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_density_has_mass_one),
        cmocka_unit_test(densities_are_the_published_ones),
        cmocka_unit_test(slopes_are_those_of_differences),
        cmocka_unit_test(draws_follow_the_density),
        cmocka_unit_test(quadrature_is_the_closed_form),
        cmocka_unit_test(the_effective_sample_size_counts_draws),
        cmocka_unit_test(what_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
