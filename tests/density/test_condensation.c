#include "density/condensation.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

static struct kernel_density *normal_density(size_t count, size_t dimensions, bool weighted) {
    struct error error;
    struct random_stream stream;
    struct kernel_density *density =
        kernel_density_create(count, dimensions, KERNEL_GAUSSIAN, KERNEL_RADIAL, &error);
    assert_non_null(density);
    random_start(&stream, 1, "test", "condensation", 0);
    random_normals(&stream, count * dimensions, density->points);
    if (weighted) {
        double *weights = malloc(count * sizeof *weights);
        assert_non_null(weights);
        for (size_t i = 0; i < count; i++)
            weights[i] = (double)(i % 5);
        assert_int_equal(kernel_density_weigh(density, weights, &error), 0);
        free(weights);
    }
    assert_int_equal(kernel_density_prepare(density, &error), 0);
    return density;
}

static double *whitened_queries(const struct kernel_density *density, size_t count) {
    double *x = malloc(count * density->dimensions * sizeof *x);
    struct random_stream stream;
    assert_non_null(x);
    random_start(&stream, 2, "test", "condensation", 0);
    random_normals(&stream, count * density->dimensions, x);
    kernel_density_whiten(density, count, x, x);
    return x;
}

/* The definition with libc's exp, term by term. */
static void values_are_those_of_the_definition(void **state) {
    (void)state;
    enum { N = 301, D = 3, QUERIES = 7, WIDTHS = 3 };
    const double bandwidths[WIDTHS] = {0.2, 1, 4};
    struct error error;
    for (int weighted = 0; weighted < 2; weighted++) {
        struct kernel_density *density = normal_density(N, D, weighted);
        struct condensation *c = condensation_create(density, 2, &error);
        assert_non_null(c);
        struct condensation_value values[QUERIES * WIDTHS];
        for (int leave_out = 0; leave_out < 2; leave_out++) {
            double *x = whitened_queries(density, QUERIES);
            if (leave_out)
                memcpy(x, density->whitened + 10 * D, QUERIES * D * sizeof *x);
            condensation_measure(c, QUERIES, x, leave_out ? 10 : CONDENSATION_ALL, WIDTHS, bandwidths,
                                 values);
            for (size_t q = 0; q < QUERIES; q++) {
                for (size_t h = 0; h < WIDTHS; h++) {
                    double sums[3] = {0}, most = 0, total = 0;
                    for (size_t i = 0; i < N; i++) {
                        if (leave_out && i == 10 + q)
                            continue;
                        double square = 0;
                        for (size_t a = 0; a < D; a++)
                            square += pow(x[q * D + a] - density->whitened[i * D + a], 2);
                        double term = density->weights[i] * exp(-square / (2 * pow(bandwidths[h], 2)));
                        total += density->weights[i];
                        sums[0] += term;
                        sums[1] += term * term;
                        sums[2] += pow(term, 4);
                        most = fmax(most, term);
                    }
                    const struct condensation_value *value = &values[q * WIDTHS + h];
                    double constant = -D * log(bandwidths[h]) - 1.5 * log(2 * M_PI);
                    assert_within(value->log_density, log(sums[0] / total) + constant, 1e-12);
                    assert_close(value->density_concentration, sums[1] / (sums[0] * sums[0]), 1e-11);
                    assert_close(value->variance_concentration, sums[2] / (sums[1] * sums[1]), 1e-11);
                    assert_close(value->largest_weight, most / sums[0], 1e-11);
                }
            }
            free(x);
        }
        condensation_free(c);
        kernel_density_free(density);
    }
}

/* Neither the number of threads nor the block that a query stands in changes a bit. */
static void threads_and_blocks_do_not_matter(void **state) {
    (void)state;
    enum { QUERIES = 21 };
    struct error error;
    struct kernel_density *density = normal_density(3000, 4, false);
    double *x = whitened_queries(density, QUERIES), bandwidth = 0.7;
    struct condensation_value one[QUERIES], two[QUERIES];
    struct condensation *c = condensation_create(density, 1, &error);
    assert_non_null(c);
    condensation_measure(c, QUERIES, x, CONDENSATION_ALL, 1, &bandwidth, one);
    condensation_free(c);
    c = condensation_create(density, 3, &error);
    assert_non_null(c);
    condensation_measure(c, 10, x, CONDENSATION_ALL, 1, &bandwidth, two);
    condensation_measure(c, QUERIES - 10, x + 40, CONDENSATION_ALL, 1, &bandwidth, two + 10);
    condensation_free(c);
    assert_memory_equal(one, two, sizeof one);
    free(x);
    kernel_density_free(density);
}

/* d = 24, n = 20000: h_g = 0.732286, 1 - l_c = 0.77 at h = 0.35. */
static void many_dimensions_condense_below_h_g(void **state) {
    (void)state;
    enum { QUERIES = 40 };
    const double bandwidths[] = {0.35, 2.5};
    struct error error;
    struct kernel_density *density = normal_density(20000, 24, false);
    double *x = whitened_queries(density, QUERIES), mean[2] = {0};
    struct condensation_value values[2 * QUERIES];
    struct condensation *c = condensation_create(density, 2, &error);
    assert_non_null(c);
    condensation_measure(c, QUERIES, x, CONDENSATION_ALL, 2, bandwidths, values);
    for (size_t i = 0; i < 2 * QUERIES; i++)
        mean[i % 2] += values[i].density_concentration / QUERIES;
    assert_true(mean[0] > 0.7);
    assert_true(mean[1] < 0.05);
    free(x);
    condensation_free(c);
    kernel_density_free(density);
}

/* A density of e^-5000 and below still has its logarithm, and one point all the weight. */
static void far_queries_keep_their_logarithm(void **state) {
    (void)state;
    struct error error;
    struct kernel_density *density = normal_density(2, 1, false);
    double x = density->whitened[0] + 1000, bandwidth = 1;
    struct condensation_value value;
    struct condensation *c = condensation_create(density, 1, &error);
    assert_non_null(c);
    condensation_measure(c, 1, &x, CONDENSATION_ALL, 1, &bandwidth, &value);
    double far = x - fmax(density->whitened[0], density->whitened[1]);
    assert_close(value.log_density, -0.5 * far * far - log(2) - 0.5 * log(2 * M_PI), 1e-12);
    assert_close(value.density_concentration, 1, 1e-15);
    assert_close(value.variance_concentration, 1, 1e-15);
    condensation_free(c);
    kernel_density_free(density);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_the_definition),
        cmocka_unit_test(threads_and_blocks_do_not_matter),
        cmocka_unit_test(many_dimensions_condense_below_h_g),
        cmocka_unit_test(far_queries_keep_their_logarithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
