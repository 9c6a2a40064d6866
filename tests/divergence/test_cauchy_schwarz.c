#include "divergence/cauchy_schwarz.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "divergence/cauchy_schwarz_joint.h"
#include "divergence/cauchy_schwarz_permutations.h"
#include "divergence/median_bandwidth.h"
#include "num/vector.h"
#include "support/assertions.h"
#include "support/random_rows.h"

enum { M = 300, N = 270, D = 3, SMALL = 12 }; /* more than a tile either way */

static const double a_points[] = {0, 0, 1, 0, 0, 2, 1, 1}, b_points[] = {.5, .5, 2, 1, 1, -1};
static const double line[] = {0, 1, 2, 3, 4}, y_line[] = {0, 1.2, 1.8, 3.3, 3.9},
                    y_hat[] = {.3, .9, 2, 2.5, 4.4};

static void draw(uint64_t seed, size_t count, double *values) {
    struct random_stream stream;
    random_start(&stream, seed, "tests", "normals", count);
    random_normals(&stream, count, values);
}

static double of_samples(const struct cauchy_schwarz_samples *samples, double *discrepancy,
                         double *gradient) {
    struct error error;
    double value, other;
    assert_int_equal(cauchy_schwarz_of_samples(samples, &value, discrepancy != NULL ? discrepancy : &other,
                                               gradient, &error),
                     0);
    return value;
}

static struct cauchy_schwarz_samples pair(size_t p_rows, const double *p, size_t q_rows, const double *q,
                                          size_t columns, double bandwidth) {
    return (struct cauchy_schwarz_samples){p, q, p_rows, q_rows, columns, bandwidth, 2};
}

static void worked_rows(void **state) {
    (void)state;
    static const double p[] = {.5, .3, .2, 1, 0, 0, .2, .3, .5}, q[] = {.2, .3, .5, 0, 1, 0, .25, .25, .5};
    const struct divergence_rows rows = {.rows = 3, .columns = 3, .p = p, .q = q};
    double result[3];
    cauchy_schwarz_rows(&rows, result);
    assert_within(result[0], 0.54058065948, 6e-12);
    assert_true(isinf(result[1]));
    assert_within(result[2], 0.01324522675, 6e-12);
}

/* Against the formula in long double; >= 0, symmetric, 0 only at p = q, from logarithms alike. */
static void rows_agree_with_the_formula(void **state) {
    (void)state;
    enum { COLUMNS = 30 };
    double p[COLUMNS], q[COLUMNS], log_p[COLUMNS], log_q[COLUMNS], there, back, of_logarithms;
    for (uint64_t seed = 0; seed < 100; seed++) {
        long double pp = 0, pq = 0, qq = 0;
        random_row(seed, seed % 2 ? 1 : 0.05, COLUMNS, p);
        random_row(seed + 500, 1, COLUMNS, q);
        vector_log(COLUMNS, p, log_p);
        vector_log(COLUMNS, q, log_q);
        for (size_t i = 0; i < COLUMNS; i++) {
            pp += (long double)p[i] * p[i];
            pq += (long double)p[i] * q[i];
            qq += (long double)q[i] * q[i];
        }
        struct divergence_rows rows = {.rows = 1, .columns = COLUMNS, .p = p, .q = q};
        cauchy_schwarz_rows(&rows, &there);
        assert_close(there, (double)(logl(pp) + logl(qq) - 2 * logl(pq)), 1e-13);
        rows = (struct divergence_rows){.rows = 1, .columns = COLUMNS, .p = q, .q = p};
        cauchy_schwarz_rows(&rows, &back);
        assert_close(back, there, 1e-13);
        rows = (struct divergence_rows){
            .rows = 1, .columns = COLUMNS, .p = log_p, .q = log_q, .logarithms = true};
        cauchy_schwarz_rows(&rows, &of_logarithms);
        assert_close(of_logarithms, there, 1e-12);
        rows = (struct divergence_rows){.rows = 1, .columns = COLUMNS, .p = p, .q = p};
        cauchy_schwarz_rows(&rows, &there);
        assert_within(there, 0, 1e-30);
    }
}

/* Logits 800 apart either way: log 1 + log 1 - 2 log(2 e^-800), no product of which is a double. */
static void far_logits_are_finite(void **state) {
    (void)state;
    static const double log_p[] = {0, -800}, log_q[] = {-800, 0};
    const struct divergence_rows rows = {.rows = 1, .columns = 2, .p = log_p, .q = log_q, .logarithms = true};
    double result;
    cauchy_schwarz_rows(&rows, &result);
    assert_close(result, 1600 - 2 * log(2), 1e-15);
}

static void worked_samples(void **state) {
    (void)state;
    static const double expected[] = {-0.14391814, 0.11078856, -0.15646093, 0.12317893,
                                      -0.02080529, 0.02547396, -0.26562503, 0.12505118};
    double gradient[8], discrepancy, pooled[14], bandwidth;
    struct cauchy_schwarz_samples samples = pair(4, a_points, 3, b_points, 2, 1);
    struct error error;
    assert_within(of_samples(&samples, &discrepancy, gradient), 0.411684509237, 6e-13);
    assert_within(discrepancy, 0.186694873976, 6e-13);
    for (size_t i = 0; i < 8; i++)
        assert_within(gradient[i], expected[i], 6e-9);
    memcpy(pooled, a_points, sizeof a_points);
    memcpy(pooled + 8, b_points, sizeof b_points);
    assert_int_equal(median_bandwidth_find(7, 2, pooled, 1, "tests", &bandwidth, &error), 0);
    assert_within(bandwidth, 1.41421356237, 6e-12);
    samples.bandwidth = bandwidth;
    assert_within(of_samples(&samples, NULL, NULL), 0.242039838234, 6e-13);
}

/* Against plain sums over all pairs. */
static void samples_agree_with_plain_sums(void **state) {
    (void)state;
    static double p[M * D], q[N * D];
    draw(1, M * D, p);
    draw(2, N * D, q);
    const double *sets[] = {p, q};
    size_t counts[] = {M, N};
    double means[2][2] = {{0}}, bandwidth = 0.8, discrepancy;
    for (size_t s = 0; s < 2; s++)
        for (size_t t = 0; t < 2; t++)
            for (size_t i = 0; i < counts[s]; i++)
                for (size_t j = 0; j < counts[t]; j++) {
                    double square = 0;
                    for (size_t c = 0; c < D; c++) {
                        double difference = sets[s][i * D + c] - sets[t][j * D + c];
                        square += difference * difference;
                    }
                    means[s][t] +=
                        exp(-square / (2 * bandwidth * bandwidth)) / (double)(counts[s] * counts[t]);
                }
    struct cauchy_schwarz_samples samples = pair(M, p, N, q, D, bandwidth);
    double value = of_samples(&samples, &discrepancy, NULL);
    assert_within(value, log(means[0][0]) + log(means[1][1]) - 2 * log(means[0][1]), 1e-13);
    assert_within(discrepancy, means[0][0] + means[1][1] - 2 * means[0][1], 1e-14);
}

/* D(P, P) = 0; symmetry; D >= 0; translation, rotation, a common scale; threads. */
static void sample_invariants(void **state) {
    (void)state;
    static double p[M * 2], q[N * 2], p_moved[M * 2], q_moved[N * 2];
    draw(3, M * 2, p);
    draw(4, N * 2, q);
    struct cauchy_schwarz_samples samples = pair(M, p, N, q, 2, 0.7), back = pair(N, q, M, p, 2, 0.7);
    struct cauchy_schwarz_samples same = pair(M, p, M, p, 2, 0.7);
    double value = of_samples(&samples, NULL, NULL), gradient[M * 2];
    assert_true(value > 0);
    assert_within(of_samples(&back, NULL, NULL), value, 1e-14);
    assert_within(of_samples(&same, NULL, gradient), 0, 1e-15 * M);
    for (size_t i = 0; i < M * 2; i++)
        assert_within(gradient[i], 0, 1e-15);
    double cosine = cos(0.4), sine = sin(0.4);
    for (size_t i = 0; i < M; i++) {
        p_moved[2 * i] = 3 * (cosine * p[2 * i] - sine * p[2 * i + 1]) + 5;
        p_moved[2 * i + 1] = 3 * (sine * p[2 * i] + cosine * p[2 * i + 1]) - 7;
    }
    for (size_t i = 0; i < N; i++) {
        q_moved[2 * i] = 3 * (cosine * q[2 * i] - sine * q[2 * i + 1]) + 5;
        q_moved[2 * i + 1] = 3 * (sine * q[2 * i] + cosine * q[2 * i + 1]) - 7;
    }
    struct cauchy_schwarz_samples moved = pair(M, p_moved, N, q_moved, 2, 2.1);
    assert_within(of_samples(&moved, NULL, NULL), value, 1e-13);
    samples.threads = 1;
    assert_true(of_samples(&samples, NULL, NULL) == value);
}

/* Two points against two, 100 widths away: -2 log of the mean of e^-5000 and its neighbours. */
static void far_samples_are_finite(void **state) {
    (void)state;
    static const double p[] = {0, 0.5}, q[] = {100, 100.5};
    double gradient[2], moved[2];
    struct cauchy_schwarz_samples samples = pair(2, p, 2, q, 1, 1);
    double own = log((1 + exp(-0.125)) / 2);
    double nearest = -99.5 * 99.5 / 2; /* the logarithm of the largest kernel, from 0.5 to 100 */
    double cross = nearest + log((1 + 2 * exp(-5000 - nearest) + exp(-100.5 * 100.5 / 2 - nearest)) / 4);
    assert_close(of_samples(&samples, NULL, gradient), 2 * own - 2 * cross, 1e-14);
    for (size_t i = 0; i < 2; i++) {
        double values[2];
        for (size_t side = 0; side < 2; side++) {
            memcpy(moved, p, sizeof p);
            moved[i] += side == 0 ? -1e-4 : 1e-4;
            samples.p = moved;
            values[side] = of_samples(&samples, NULL, NULL);
        }
        assert_close(gradient[i], (values[1] - values[0]) / 2e-4, 1e-6);
    }
}

/* Central differences of step 1e-5: truncation 1e-10, rounding 1e-11. */
static void the_gradient_of_samples_is_that_of_differences(void **state) {
    (void)state;
    double p[SMALL * 2], q[SMALL * 2], gradient[SMALL * 2];
    draw(5, SMALL * 2, p);
    draw(6, SMALL * 2, q);
    struct cauchy_schwarz_samples samples = pair(SMALL, p, SMALL, q, 2, 0.9);
    of_samples(&samples, NULL, gradient);
    for (size_t i = 0; i < SMALL * 2; i++) {
        double kept = p[i], low, high;
        p[i] = kept - 1e-5;
        low = of_samples(&samples, NULL, NULL);
        p[i] = kept + 1e-5;
        high = of_samples(&samples, NULL, NULL);
        p[i] = kept;
        assert_within(gradient[i], (high - low) / 2e-5, 1e-8);
    }
}

static struct cauchy_schwarz_joint joint_of(size_t p_rows, const double *x, const double *y,
                                            size_t y_columns) {
    return (struct cauchy_schwarz_joint){.p = {p_rows, x, y},
                                         .x_columns = 1,
                                         .y_columns = y_columns,
                                         .x_bandwidth = 1,
                                         .y_bandwidth = 1,
                                         .threads = 2};
}

static double paired(const struct cauchy_schwarz_joint *joint, double *gradient) {
    struct error error;
    double value;
    assert_int_equal(cauchy_schwarz_paired(joint, &value, gradient, &error), 0);
    return value;
}

static double information(const struct cauchy_schwarz_joint *joint, bool normalized, double *gradient) {
    struct error error;
    double value;
    assert_int_equal(cauchy_schwarz_information(joint, normalized, &value, gradient, &error), 0);
    return value;
}

static void worked_conditionals(void **state) {
    (void)state;
    static const double expected[] = {0.0457759475, -0.0679080061, 0.0105119262, -0.1127952801, 0.2518142478};
    static const double other_x[] = {.5, 1.5, 2.5, 3.5}, other_y[] = {1, 1, 3, 3};
    double gradient[5], value;
    struct error error;
    struct cauchy_schwarz_joint joint = joint_of(5, line, y_line, 1);
    joint.q = (struct cauchy_schwarz_sample){5, line, y_hat};
    assert_within(paired(&joint, gradient), 0.121163869632, 6e-13);
    for (size_t i = 0; i < 5; i++)
        assert_within(gradient[i], expected[i], 6e-11);
    assert_int_equal(cauchy_schwarz_conditional(&joint, &value, &error), 0);
    assert_within(value, 0.132551027678, 6e-13);
    joint.q = (struct cauchy_schwarz_sample){4, other_x, other_y};
    assert_int_equal(cauchy_schwarz_conditional(&joint, &value, &error), 0);
    assert_within(value, 0.272380062473, 6e-13);
    joint.q = joint.p;
    assert_within(paired(&joint, NULL), 0, 1e-14);
    assert_int_equal(cauchy_schwarz_conditional(&joint, &value, &error), 0);
    assert_within(value, 0, 1e-14);
}

/* y against yhat 80 widths away: finite; moving all of yhat further adds about 2 x 80 a unit, twice the
 * distance. */
static void far_conditionals_are_finite(void **state) {
    (void)state;
    double far[5], gradient[5], value;
    struct error error;
    struct cauchy_schwarz_joint joint = joint_of(5, line, y_line, 1);
    for (size_t i = 0; i < 5; i++)
        far[i] = y_line[i] + 80;
    joint.q = (struct cauchy_schwarz_sample){5, line, far};
    value = paired(&joint, gradient);
    assert_true(value > 5000 && value < 80 * 80);
    assert_within(vector_pairwise_sum(5, gradient), 2 * 80, 2 * 4);
    assert_int_equal(cauchy_schwarz_conditional(&joint, &value, &error), 0);
    assert_true(value > 5000 && value < 80 * 80);
    static const double elsewhere[] = {1000, 1001, 1002, 1003,
                                       1004}; /* x too: K between p and q underflows */
    joint.q = (struct cauchy_schwarz_sample){5, elsewhere, y_line};
    assert_int_equal(cauchy_schwarz_conditional(&joint, &value, &error), 0);
    assert_true(isfinite(value));
}

static void worked_information(void **state) {
    (void)state;
    double t[10], constant[10];
    for (size_t i = 0; i < 5; i++) {
        t[2 * i] = y_line[i] * y_line[i] / 4;
        t[2 * i + 1] = -line[i];
        constant[2 * i] = constant[2 * i + 1] = 3;
    }
    struct cauchy_schwarz_joint joint = joint_of(5, line, t, 2), flat = joint_of(5, line, constant, 2);
    struct cauchy_schwarz_joint itself = joint_of(5, line, line, 1);
    assert_within(information(&joint, false, NULL), 0.63948526285, 6e-12);
    assert_within(information(&joint, true, NULL), 0.991426109526, 6e-13);
    assert_within(information(&itself, false, NULL), 0.51845232982, 6e-12);
    assert_within(information(&itself, true, NULL), 1, 1e-14);
    assert_within(information(&flat, false, NULL), 0, 1e-15);
    assert_true(isnan(information(&flat, true, NULL)));
}

static void gradients_of_joint_forms_are_those_of_differences(void **state) {
    (void)state;
    double x[SMALL], y[SMALL * 2], other[SMALL * 2], gradient[SMALL * 2];
    draw(7, SMALL, x);
    draw(8, SMALL * 2, y);
    draw(9, SMALL * 2, other);
    struct cauchy_schwarz_joint joint = joint_of(SMALL, x, y, 2);
    joint.q = (struct cauchy_schwarz_sample){SMALL, x, other};
    joint.y_bandwidth = 0.8;
    for (int form = 0; form < 3; form++) {
        double *moved = form == 0 ? other : y, values[2];
        if (form == 0)
            paired(&joint, gradient);
        else
            information(&joint, form == 2, gradient);
        for (size_t i = 0; i < SMALL * 2; i++) {
            double kept = moved[i];
            for (size_t side = 0; side < 2; side++) {
                moved[i] = kept + (side == 0 ? -1e-5 : 1e-5);
                values[side] = form == 0 ? paired(&joint, NULL) : information(&joint, form == 2, NULL);
            }
            moved[i] = kept;
            assert_within(gradient[i], (values[1] - values[0]) / 2e-5, 1e-8);
        }
    }
}

static double p_value(const struct cauchy_schwarz_samples *samples, bool discrepancy) {
    struct error error;
    double other, value = of_samples(samples, &other, NULL);
    const struct permutation_test test = {discrepancy ? other : value, 199, 1, "tests"};
    size_t reached;
    assert_int_equal(cauchy_schwarz_permute_samples(samples, discrepancy, &test, &reached, &error), 0);
    return (1 + (double)reached) / 200;
}

/* Equal laws: p is uniform, its mean over twenty pairs 0.5 with deviation 0.065; a shift of one deviation is
 * always seen. */
static void permutations_keep_the_level_and_see_a_shift(void **state) {
    (void)state;
    enum { ROWS = 40 };
    double p[ROWS * 2], q[ROWS * 2], total[2] = {0, 0};
    for (uint64_t seed = 0; seed < 20; seed++) {
        draw(100 + seed, ROWS * 2, p);
        draw(200 + seed, ROWS * 2, q);
        struct cauchy_schwarz_samples samples = pair(ROWS, p, ROWS, q, 2, 1);
        total[0] += p_value(&samples, false);
        total[1] += p_value(&samples, true);
        for (size_t i = 0; i < ROWS; i++)
            q[2 * i] += 1.5;
        assert_true(p_value(&samples, false) <= 0.05 && p_value(&samples, true) <= 0.05);
    }
    assert_within(total[0] / 20, 0.5, 0.2);
    assert_within(total[1] / 20, 0.5, 0.2);
}

/* All relabellings of p = {0}, q = {1}: both give the observed value, so that p is 1. */
static void a_statistic_that_cannot_change_has_p_1(void **state) {
    (void)state;
    static const double p[] = {0}, q[] = {1};
    struct cauchy_schwarz_samples samples = pair(1, p, 1, q, 1, 1);
    assert_true(p_value(&samples, false) == 1 && p_value(&samples, true) == 1);
}

static void permutations_of_the_information(void **state) {
    (void)state;
    enum { ROWS = 40 };
    double x[ROWS], t[ROWS];
    struct error error;
    size_t reached;
    draw(11, ROWS, x);
    for (size_t i = 0; i < ROWS; i++)
        t[i] = x[i] * x[i];
    struct cauchy_schwarz_joint joint = joint_of(ROWS, x, t, 1);
    struct permutation_test test = {information(&joint, false, NULL), 99, 1, "tests"};
    assert_int_equal(cauchy_schwarz_permute_information(&joint, false, &test, &reached, &error), 0);
    assert_int_equal(reached, 0);
    draw(12, ROWS, t);
    test.observed = information(&joint, true, NULL);
    assert_int_equal(cauchy_schwarz_permute_information(&joint, true, &test, &reached, &error), 0);
    assert_true(reached > 4);
}

/* The median of pairs above 4096 rows is that of a sample; equal rows leave the mean, or nothing. */
static void median_widths(void **state) {
    (void)state;
    static double many[6000];
    static const double mostly_equal[] = {1, 1, 1, 1, 5}, equal[] = {2, 2, 2};
    double bandwidth;
    struct error error;
    draw(13, 6000, many);
    assert_int_equal(median_bandwidth_find(6000, 1, many, 1, "tests", &bandwidth, &error), 0);
    assert_within(bandwidth, 0.9538726, 0.03); /* sqrt 2 times the normal's quartile */
    assert_int_equal(median_bandwidth_find(5, 1, mostly_equal, 1, "tests", &bandwidth, &error), 0);
    assert_close(bandwidth, 1.6, 1e-15); /* 4 of 10 pairs are 4 apart */
    assert_int_equal(median_bandwidth_find(3, 1, equal, 1, "tests", &bandwidth, &error), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_rows),
        cmocka_unit_test(rows_agree_with_the_formula),
        cmocka_unit_test(far_logits_are_finite),
        cmocka_unit_test(worked_samples),
        cmocka_unit_test(samples_agree_with_plain_sums),
        cmocka_unit_test(sample_invariants),
        cmocka_unit_test(far_samples_are_finite),
        cmocka_unit_test(the_gradient_of_samples_is_that_of_differences),
        cmocka_unit_test(worked_conditionals),
        cmocka_unit_test(far_conditionals_are_finite),
        cmocka_unit_test(worked_information),
        cmocka_unit_test(gradients_of_joint_forms_are_those_of_differences),
        cmocka_unit_test(permutations_keep_the_level_and_see_a_shift),
        cmocka_unit_test(a_statistic_that_cannot_change_has_p_1),
        cmocka_unit_test(permutations_of_the_information),
        cmocka_unit_test(median_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
