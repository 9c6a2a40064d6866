/* Clouds of a batch compared by plain steps: values and gradients computed apart by the definition,
 * differences, and what must not change the result. */

#include "num/sinkhorn_clouds.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "num/vector.h"
#include "support/assertions.h"

enum { ROWS = 3, CLASSES = 4 };

static const double teacher_logits[] = {2, 1, 0, -1, 0, 3, 1, 0, 1, 1, 2, -2};
static const double student_logits[] = {1, .5, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1};

static struct sinkhorn_clouds_settings defaults(void) {
    return (struct sinkhorn_clouds_settings){
        .ground = {.kind = GROUND_COST_CITYBLOCK, .scale = 1},
        .epsilon = 0.1,
        .iterations = 20,
        .value = SINKHORN_STEPS_TRANSPORT,
        .gradient = SINKHORN_CLOUDS_UNROLLED,
    };
}

/* The value of two batches of logits; gradient: in the student's probabilities, or NULL. */
static double compare(const struct sinkhorn_clouds_settings *settings, double temperature,
                      const double *student, const double *teacher, double *gradient) {
    double q[ROWS * CLASSES], p[ROWS * CLASSES], unused[ROWS * CLASSES];
    struct error error = {0};
    struct sinkhorn_clouds *clouds = sinkhorn_clouds_create(ROWS, ROWS, settings, &error);
    assert_non_null(clouds);
    vector_softmax(ROWS, CLASSES, temperature, student, q);
    vector_softmax(ROWS, CLASSES, temperature, teacher, p);
    if (gradient == NULL && settings->gradient != SINKHORN_CLOUDS_NO_GRADIENT)
        gradient = unused;
    double value = sinkhorn_clouds_run(clouds, ROWS, ROWS, CLASSES, q, p, gradient).value;
    sinkhorn_clouds_free(clouds);
    return value;
}

/* dL/dz = J(dL/dq) / t for q = softmax(z / t). */
static void pull_through_softmax(const double *logits, double temperature, double *gradient) {
    double q[ROWS * CLASSES];
    vector_softmax(ROWS, CLASSES, temperature, logits, q);
    for (size_t i = 0; i < ROWS; i++) {
        double mean = 0;
        for (size_t c = 0; c < CLASSES; c++)
            mean += q[i * CLASSES + c] * gradient[i * CLASSES + c];
        for (size_t c = 0; c < CLASSES; c++)
            gradient[i * CLASSES + c] = q[i * CLASSES + c] * (gradient[i * CLASSES + c] - mean) / temperature;
    }
}

static void values_of_known_batches(void **state) {
    (void)state;
    static const struct {
        double temperature, epsilon;
        size_t iterations;
        double value;
    } cases[] = {
        {2, 0.1, 20, 0.460067131037},  {1, 0.1, 1, 0.710277767361},     {1, 0.1, 20, 0.707856905570},
        {2, 1, 20, 0.495358254061},    {2, 0.02, 20, 0.435114531135},   {2, 0.02, 5000, 0.433917112294},
        {2, 0.01, 20, 0.433524325673}, {2, 0.01, 5000, 0.429837600240},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sinkhorn_clouds_settings settings = defaults();
        settings.epsilon = cases[i].epsilon;
        settings.iterations = cases[i].iterations;
        assert_within(compare(&settings, cases[i].temperature, student_logits, teacher_logits, NULL),
                      cases[i].value, 1e-12); /* twelve digits are given */
    }
}

static void gradients_in_known_logits(void **state) {
    (void)state;
    static const double expected[] = {-0.018295762361, -0.030539855008, 0.013730857417, 0.035104759952,
                                      0.00370341,      -0.01799479,     -0.01219564,    0.02648702,
                                      -0.01137944,     -0.02508741,     -0.02591424,    0.06238108};
    static const double first_at_1[] = {-0.1812447085, 0.0818047809, 0.0526730174, 0.0467669102};
    double gradient[ROWS * CLASSES];
    struct sinkhorn_clouds_settings settings = defaults();
    compare(&settings, 2, student_logits, teacher_logits, gradient);
    pull_through_softmax(student_logits, 2, gradient);
    for (size_t i = 0; i < ROWS * CLASSES; i++)
        assert_within(gradient[i], expected[i], i < 4 ? 1e-12 : 6e-9); /* digits as given */
    compare(&settings, 1, student_logits, teacher_logits, gradient);
    pull_through_softmax(student_logits, 1, gradient);
    for (size_t c = 0; c < CLASSES; c++)
        assert_within(gradient[c], first_at_1[c], 6e-11);
}

static void a_cloud_against_itself(void **state) {
    (void)state;
    struct sinkhorn_clouds_settings settings = defaults();
    assert_within(compare(&settings, 2, teacher_logits, teacher_logits, NULL), 0.002891481522, 1e-12);
    settings.epsilon = 0.01;
    assert_within(compare(&settings, 2, teacher_logits, teacher_logits, NULL), 0, 1e-20);
    settings = defaults();
    settings.debiased = true;
    double gradient[ROWS * CLASSES];
    assert_within(compare(&settings, 2, teacher_logits, teacher_logits, gradient), 0, 1e-16);
}

/* In random points no two coordinates are closer than the step, so that every cost has a derivative there.
 */
static void gradients_are_those_of_differences(void **state) {
    (void)state;
    enum { N = 5, M = 7, D = 3 };
    static const enum ground_cost_kind kinds[] = {GROUND_COST_CITYBLOCK, GROUND_COST_EUCLIDEAN,
                                                  GROUND_COST_SQEUCLIDEAN};
    double x[N * D], y[M * D], gradient[N * D], unused[N * D];
    struct random_stream stream;
    struct error error = {0};
    random_start(&stream, 1, "test", "clouds", 0);
    for (int trial = 0; trial < 12; trial++) {
        struct sinkhorn_clouds_settings settings = defaults();
        settings.ground.kind = kinds[trial % 3];
        settings.ground.scale = 0.7;
        settings.debiased = trial % 2;
        settings.value = trial % 4 < 2 ? SINKHORN_STEPS_TRANSPORT : SINKHORN_STEPS_OBJECTIVE;
        random_normals(&stream, N * D, x);
        random_normals(&stream, M * D, y);
        struct sinkhorn_clouds *clouds = sinkhorn_clouds_create(N, M, &settings, &error);
        assert_non_null(clouds);
        sinkhorn_clouds_run(clouds, N, M, D, x, y, gradient);
        for (size_t i = 0; i < N * D; i++) {
            const double kept = x[i], h = 1e-6;
            x[i] = kept + h;
            double above = sinkhorn_clouds_run(clouds, N, M, D, x, y, unused).value;
            x[i] = kept - h;
            double below = sinkhorn_clouds_run(clouds, N, M, D, x, y, unused).value;
            x[i] = kept;
            assert_within(gradient[i], (above - below) / (2 * h), 1e-8); /* (h / eps)^2 and 1e-15 / h */
        }
        sinkhorn_clouds_free(clouds);
    }
}

static void the_order_of_rows_does_not_matter(void **state) {
    (void)state;
    static const size_t order[] = {2, 0, 1};
    double permuted[ROWS * CLASSES], gradient[ROWS * CLASSES], other[ROWS * CLASSES];
    struct sinkhorn_clouds_settings settings = defaults();
    for (size_t i = 0; i < ROWS; i++)
        memcpy(permuted + i * CLASSES, student_logits + order[i] * CLASSES, CLASSES * sizeof *permuted);
    double value = compare(&settings, 2, student_logits, teacher_logits, gradient);
    assert_close(compare(&settings, 2, permuted, teacher_logits, other), value, 1e-14);
    for (size_t i = 0; i < ROWS * CLASSES; i++)
        assert_within(other[i], gradient[order[i / CLASSES] * CLASSES + i % CLASSES], 1e-14);
}

/* With few steps left to make the plan held fixed is no derivative; at the fixed point it is the objective's.
 */
static void the_plan_is_the_objectives_derivative_at_convergence(void **state) {
    (void)state;
    double fixed[ROWS * CLASSES], unrolled[ROWS * CLASSES];
    struct sinkhorn_clouds_settings settings = defaults();
    settings.iterations = 3000;
    settings.value = SINKHORN_STEPS_OBJECTIVE;
    compare(&settings, 2, student_logits, teacher_logits, unrolled);
    settings.gradient = SINKHORN_CLOUDS_PLAN;
    compare(&settings, 2, student_logits, teacher_logits, fixed);
    for (size_t i = 0; i < ROWS * CLASSES; i++)
        assert_within(fixed[i], unrolled[i], 1e-10);
}

/* Writes over what functions that have returned left on the stack. */
static __attribute__((noinline)) double overwrite_stack(void) {
    volatile double rest[4096];
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        rest[i] = -1;
    return rest[0];
}

/* Each point of a cloud weighs 1/ROWS, and so does its row of the plan. */
static void the_plan_outlives_the_run(void **state) {
    (void)state;
    double q[ROWS * CLASSES], p[ROWS * CLASSES], plan[ROWS * ROWS] = {0};
    struct error error = {0};
    struct sinkhorn_clouds_settings settings = defaults();
    settings.gradient = SINKHORN_CLOUDS_NO_GRADIENT;
    settings.iterations = 3000;
    struct sinkhorn_clouds *clouds = sinkhorn_clouds_create(ROWS, ROWS, &settings, &error);
    assert_non_null(clouds);
    vector_softmax(ROWS, CLASSES, 2, student_logits, q);
    vector_softmax(ROWS, CLASSES, 2, teacher_logits, p);
    sinkhorn_clouds_run(clouds, ROWS, ROWS, CLASSES, q, p, NULL);
    assert_true(overwrite_stack() == -1);
    sinkhorn_clouds_plan(clouds, plan);
    for (size_t i = 0; i < ROWS; i++)
        assert_within(plan[i * ROWS] + plan[i * ROWS + 1] + plan[i * ROWS + 2], 1.0 / ROWS, 1e-9);
    sinkhorn_clouds_free(clouds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_known_batches),
        cmocka_unit_test(gradients_in_known_logits),
        cmocka_unit_test(a_cloud_against_itself),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(the_order_of_rows_does_not_matter),
        cmocka_unit_test(the_plan_outlives_the_run),
        cmocka_unit_test(the_plan_is_the_objectives_derivative_at_convergence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
