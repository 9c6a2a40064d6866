/* Distillation losses through the library: derivatives against differences, and what leaves a loss alone. */

#include "divergence/distillation_loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "support/assertions.h"

enum { ROWS = 7, COLUMNS = 5, FEATURES = 3 };

struct data {
    double teacher[ROWS * COLUMNS], student[ROWS * COLUMNS];
    double teacher_features[ROWS * FEATURES], student_features[ROWS * FEATURES], centers[COLUMNS * FEATURES];
    double margins[COLUMNS * COLUMNS];
    size_t labels[ROWS];
    struct distillation_batch batch;
};

static void fill(struct random_stream *random, size_t count, double *values) {
    for (size_t i = 0; i < count; i++)
        values[i] = 1.5 * random_normal(random);
}

static void make(struct data *data) {
    struct random_stream random;
    random_start(&random, 5, "test", "losses", 0);
    fill(&random, ROWS * COLUMNS, data->teacher);
    fill(&random, ROWS * COLUMNS, data->student);
    fill(&random, ROWS * FEATURES, data->teacher_features);
    fill(&random, ROWS * FEATURES, data->student_features);
    fill(&random, COLUMNS * FEATURES, data->centers);
    fill(&random, COLUMNS * COLUMNS, data->margins);
    for (size_t i = 0; i < COLUMNS; i++)
        data->margins[i * COLUMNS + i] = 0;
    for (size_t i = 0; i < ROWS; i++)
        data->labels[i] = (3 * i) % COLUMNS;
    data->batch = (struct distillation_batch){
        .rows = ROWS,
        .columns = COLUMNS,
        .teacher = data->teacher,
        .student = data->student,
        .labels = data->labels,
        .features = FEATURES,
        .teacher_width = FEATURES,
        .teacher_features = data->teacher_features,
        .student_features = data->student_features,
        .classes = COLUMNS,
        .centers = data->centers,
    };
}

/* The sum over the rows. Writes the rows' losses and the derivatives where they are not NULL. */
static double evaluate(const char *term, const struct data *data, double *rows, double *gradient,
                       double *feature_gradient) {
    const struct distillation_loss_settings settings = {NAN, NAN};
    struct distillation_loss loss;
    struct error error = {""};
    double values[ROWS], sum = 0;
    const struct distillation_loss_result result = {values, gradient, feature_gradient};
    assert_int_equal(distillation_loss_parse(&loss, 1, &term, &settings, &error), 0);
    if (loss.terms[0].file != NULL) {
        loss.terms[0].table = memory_array(&error, COLUMNS * COLUMNS, sizeof(double));
        assert_non_null(loss.terms[0].table);
        memcpy(loss.terms[0].table, data->margins, sizeof data->margins);
    }
    assert_int_equal(distillation_loss_evaluate(&loss, &data->batch, &result, &error), 0);
    for (size_t i = 0; i < ROWS; i++)
        sum += loss.terms[0].weight * values[i];
    if (rows != NULL)
        memcpy(rows, values, sizeof values);
    distillation_loss_free(&loss);
    return sum;
}

static const char *const logit_terms[] = {
    "ce",
    "ce:smoothing=.2",
    "kl",
    "kl:temperature=3,weight=2",
    "rkl:temperature=.7",
    "js:temperature=2",
    "tv:temperature=2",
    "jeffreys",
    "logit-mse",
    "dkd:temperature=2",
    "dkd:alpha=3,beta=.5",
    "ofa:temperature=1.3",
    "ofa:gamma=2.5,scope=all",
    "kl-top:k=3,temperature=2",
    "kl-top:k=2,renormalize=0",
    "dist:temperature=2",
    "dist:beta=.3,gamma=2",
    "sinkhorn",
    "sinkhorn:lambda=.5,iterations=3,cost=sqeuclidean,temperature=1",
    "sinkhorn:cost=l2,debias=1",
    "sinkhorn:pairing=row",
    "sinkhorn:lambda=.02",
    "ldr",
    "ldr:lambda=.5,margin=1",
    "ldr:lambda=0,margin=.7",
    "ldr:lambda=inf,margin=1",
    "ldr:lambda=.7,margin=.5,k=2",
    "ldr:lambda=0,k=3",
    "ldr:margin=2,scores=l1",
    "ldr:margin=.3,scores=softplus,k=2",
    "ldr:lambda=.5,margins=file",
    "ldr:margins=file,scores=l1",
    "aldr",
    "aldr:margin=1,alpha=1.2",
    "aldr:lambda=3,margin=.1,scores=l1",
    "aldr:scores=softplus",
    "cs",
    "ww",
    "gce",
    "gce:k=.3",
    "sce:balance=.3,a=2",
    "nce",
    "rce",
    "class-mae",
    "class-mse",
    "rll:a=.5",
};

enum { LOGIT_TERMS = sizeof logit_terms / sizeof *logit_terms };

/* Logits themselves, and scores that they are turned into, tell shifts. */
static bool unmoved_by_shifts(const char *term) {
    return strcmp(term, "logit-mse") != 0 && strstr(term, "scores") == NULL;
}

/* Central differences of step 1e-6: their own error is near 1e-9 of the losses' third derivatives and values.
 */
static void check_derivative(const char *term, struct data *data, double *place, size_t count,
                             const double *gradient) {
    for (size_t i = 0; i < count; i++) {
        double kept = place[i], step = 1e-6;
        place[i] = kept + step;
        double above = evaluate(term, data, NULL, NULL, NULL);
        place[i] = kept - step;
        double below = evaluate(term, data, NULL, NULL, NULL);
        place[i] = kept;
        double slope = (above - below) / (2 * step);
        if (fabs(slope - gradient[i]) > 1e-7)
            print_message("%s, entry %zu\n", term, i);
        assert_within(gradient[i], slope, 1e-7);
    }
}

static void derivatives_are_those_of_the_value(void **state) {
    struct data data;
    double gradient[ROWS * COLUMNS];
    (void)state;
    make(&data);
    for (size_t i = 0; i < LOGIT_TERMS; i++) {
        evaluate(logit_terms[i], &data, NULL, gradient, NULL);
        check_derivative(logit_terms[i], &data, data.student, ROWS * COLUMNS, gradient);
    }
}

static const char *const feature_terms[] = {
    "nd",  "nd:average=class,weight=2", "cosine", "cosine:average=class", "norm", "norm:target=2", "hint",
    "cka",
};

enum { FEATURE_TERMS = sizeof feature_terms / sizeof *feature_terms };

static void derivatives_in_features_are_those_of_the_value(void **state) {
    struct data data;
    double gradient[ROWS * FEATURES];
    (void)state;
    make(&data);
    for (size_t i = 0; i < FEATURE_TERMS; i++) {
        evaluate(feature_terms[i], &data, NULL, NULL, gradient);
        check_derivative(feature_terms[i], &data, data.student_features, ROWS * FEATURES, gradient);
    }
}

/* A step of R: the target |s| + R is a constant, so the derivative is -2 R s / |s|. */
static void a_step_of_the_norm_pulls_along_the_feature(void **state) {
    struct data data;
    double rows[ROWS], gradient[ROWS * FEATURES];
    (void)state;
    make(&data);
    evaluate("norm:step=.5", &data, rows, NULL, gradient);
    for (size_t i = 0; i < ROWS; i++) {
        const double *s = data.student_features + i * FEATURES;
        double norm = sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]);
        assert_within(rows[i], 0.25, 1e-15);
        for (size_t j = 0; j < FEATURES; j++)
            assert_within(gradient[i * FEATURES + j], -s[j] / norm, 1e-14);
    }
}

/* Where |s| >= |t|: nd is the cosine, s may grow without effect, and the derivative is at right angles to s.
 */
static void long_features_are_judged_by_direction(void **state) {
    struct data data;
    double cosines[ROWS], rows[ROWS], gradient[ROWS * FEATURES];
    (void)state;
    make(&data);
    for (size_t i = 0; i < ROWS * FEATURES; i++)
        data.student_features[i] *= 100;
    evaluate("cosine", &data, cosines, NULL, NULL);
    evaluate("nd", &data, rows, NULL, gradient);
    for (size_t i = 0; i < ROWS; i++) {
        double along = 0;
        assert_within(rows[i], cosines[i], 1e-15);
        for (size_t j = i * FEATURES; j < (i + 1) * FEATURES; j++)
            along += gradient[j] * data.student_features[j];
        assert_within(along, 0, 1e-13);
    }
}

/* s = |t| e is perfect; s = 0 costs 1 and moves nowhere by its cosine; sizes near the ends of doubles do not
 * matter. */
static void directions_at_the_ends(void **state) {
    struct data data;
    double rows[ROWS], gradient[ROWS * FEATURES];
    (void)state;
    make(&data);
    for (size_t j = 0; j < FEATURES; j++) {
        data.student_features[j] = 0;
        data.student_features[FEATURES + j] = 1e200 * data.centers[data.labels[1] * FEATURES + j];
        data.student_features[2 * FEATURES + j] = -1e-200 * data.centers[data.labels[2] * FEATURES + j];
    }
    evaluate("cosine", &data, rows, NULL, gradient);
    assert_within(rows[0], 1, 0);
    assert_within(gradient[0], 0, 0);
    assert_within(rows[1], 0, 1e-15);
    assert_within(rows[2], 2, 1e-15);
}

static void alignment_of_features_with_themselves_turned_and_stretched_is_perfect(void **state) {
    struct data data;
    double rows[ROWS];
    (void)state;
    make(&data);
    for (size_t i = 0; i < ROWS; i++) {
        const double *t = data.teacher_features + i * FEATURES;
        double *s = data.student_features + i * FEATURES;
        s[0] = 3 * (0.6 * t[0] + 0.8 * t[2]) + 5;
        s[1] = -3 * t[1];
        s[2] = 3 * (0.8 * t[0] - 0.6 * t[2]);
    }
    evaluate("cka", &data, rows, NULL, NULL);
    assert_within(rows[0], 0, 1e-14);
}

static double divergence(const double *logits, const double *others, double *p) {
    double log_p[COLUMNS], log_q[COLUMNS], q[COLUMNS], sum = 0;
    distillation_term_softmax(COLUMNS, logits, 1, log_p, p);
    distillation_term_softmax(COLUMNS, others, 1, log_q, q);
    for (size_t i = 0; i < COLUMNS; i++)
        sum += p[i] * (log_p[i] - log_q[i]);
    return sum;
}

/* Gates of bdkd are constants in its derivative: that is the one of a KL(p, q) + b KL(q, p). */
static void balanced_weights_are_constants_in_the_derivative(void **state) {
    struct data data;
    double balanced[ROWS * COLUMNS], forward[ROWS * COLUMNS], reverse[ROWS * COLUMNS], rows[ROWS], p[COLUMNS];
    (void)state;
    make(&data);
    evaluate("bdkd:emphasis=3", &data, rows, balanced, NULL);
    evaluate("kl", &data, NULL, forward, NULL);
    evaluate("rkl", &data, NULL, reverse, NULL);
    for (size_t i = 0; i < ROWS; i++) {
        double one = divergence(data.teacher + i * COLUMNS, data.student + i * COLUMNS, p);
        double other = divergence(data.student + i * COLUMNS, data.teacher + i * COLUMNS, p);
        double a = fabs(rows[i] - (3 * one + other)) < 1e-12 ? 3 : 1, b = 4 - a;
        assert_within(rows[i], a * one + b * other, 1e-12);
        for (size_t j = i * COLUMNS; j < (i + 1) * COLUMNS; j++)
            assert_within(balanced[j], a * forward[j] + b * reverse[j], 1e-12);
    }
}

static void a_shift_of_a_row_changes_nothing(void **state) {
    struct data data;
    (void)state;
    make(&data);
    for (size_t i = 0; i < LOGIT_TERMS; i++) {
        if (!unmoved_by_shifts(logit_terms[i]))
            continue;
        double before = evaluate(logit_terms[i], &data, NULL, NULL, NULL);
        for (size_t j = 0; j < COLUMNS; j++) {
            data.student[j] += 3;
            data.teacher[COLUMNS + j] -= 2;
        }
        assert_within(evaluate(logit_terms[i], &data, NULL, NULL, NULL), before, 1e-12);
    }
}

static void rows_of_derivatives_sum_to_zero(void **state) {
    struct data data;
    double gradient[ROWS * COLUMNS];
    (void)state;
    make(&data);
    for (size_t i = 0; i < LOGIT_TERMS; i++) {
        evaluate(logit_terms[i], &data, NULL, gradient, NULL);
        for (size_t row = 0; row < ROWS && unmoved_by_shifts(logit_terms[i]); row++) {
            double sum = 0;
            for (size_t j = 0; j < COLUMNS; j++)
                sum += gradient[row * COLUMNS + j];
            assert_within(sum, 0, 1e-13);
        }
    }
}

/* KL = TCKD + (1 - p_y) NCKD (Zhao and others 2022, equation 7). */
static void decoupling_adds_up_to_the_divergence(void **state) {
    struct data data;
    double target[ROWS], rest[ROWS], p[COLUMNS];
    (void)state;
    make(&data);
    evaluate("dkd:alpha=1,beta=0", &data, target, NULL, NULL);
    evaluate("dkd:alpha=0,beta=1", &data, rest, NULL, NULL);
    for (size_t i = 0; i < ROWS; i++) {
        double expected = divergence(data.teacher + i * COLUMNS, data.student + i * COLUMNS, p);
        assert_within(target[i] + (1 - p[data.labels[i]]) * rest[i], expected, 1e-13);
    }
}

/* lambda = 1 without a margin is cross-entropy less ln C; a very curved aldr is ldr; the cap of 1/C leaves
 * the mean; and ldr falls in lambda. */
static void worst_cases_meet_the_losses_between_which_they_lie(void **state) {
    static const char *const falling[] = {"ldr:lambda=0", "ldr:lambda=.2", "ldr", "ldr:lambda=5",
                                          "ldr:lambda=inf"};
    struct data data;
    (void)state;
    make(&data);
    double plain = evaluate("ldr", &data, NULL, NULL, NULL);
    assert_within(plain, evaluate("ce", &data, NULL, NULL, NULL) - ROWS * log(COLUMNS), 1e-13);
    assert_within(evaluate("aldr:alpha=1e12", &data, NULL, NULL, NULL), plain, 1e-9);
    assert_within(evaluate("ldr:k=5", &data, NULL, NULL, NULL),
                  evaluate("ldr:lambda=inf", &data, NULL, NULL, NULL), 1e-13);
    for (size_t i = 1; i < sizeof falling / sizeof *falling; i++)
        assert_true(evaluate(falling[i], &data, NULL, NULL, NULL) <
                    evaluate(falling[i - 1], &data, NULL, NULL, NULL));
    double before = evaluate("ldr:lambda=.5,margin=.25", &data, NULL, NULL, NULL);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        data.student[i] *= 4;
    assert_within(evaluate("ldr:lambda=2,margin=1", &data, NULL, NULL, NULL), 4 * before, 1e-12);
}

/* A table of equal margins is the margin; of others, each label has the column of its own. */
static void margins_between_classes(void **state) {
    struct data data;
    double equal[ROWS], rows[ROWS];
    (void)state;
    make(&data);
    evaluate("ldr:lambda=0,margins=file", &data, rows, NULL, NULL);
    for (size_t i = 0; i < ROWS; i++) {
        const double *z = data.student + i * COLUMNS;
        double largest = 0;
        for (size_t k = 0; k < COLUMNS; k++)
            largest = fmax(largest, z[k] - z[data.labels[i]] + data.margins[k * COLUMNS + data.labels[i]]);
        assert_within(rows[i], largest, 1e-15);
    }
    for (size_t i = 0; i < COLUMNS * COLUMNS; i++)
        data.margins[i] = i % (COLUMNS + 1) == 0 ? 0 : 1.5;
    evaluate("ldr:lambda=.5,margin=1.5", &data, equal, NULL, NULL);
    evaluate("ldr:lambda=.5,margins=file", &data, rows, NULL, NULL);
    for (size_t i = 0; i < ROWS; i++)
        assert_within(rows[i], equal[i], 0);
}

/* The least expected loss over labels of 10, 6, 3 and 1 of 20 has scores lambda ln(share) apart, so that the
 * order of all classes is kept. Steps against the gradient, whose curvature lies between .05 / lambda and
 * .5 / lambda, shrink the rest by more than .9 each. */
static void least_scores_are_lambda_times_logarithms_of_shares(void **state) {
    enum { COPIES = 20, CLASSES = 4 };
    static const double shares[CLASSES] = {.5, .3, .15, .05};
    static const char *const terms[] = {"ldr:lambda=.3", "ldr:lambda=2"};
    static const double lambdas[] = {.3, 2};
    size_t labels[COPIES];
    (void)state;
    for (size_t i = 0; i < COPIES; i++)
        labels[i] = i < 10 ? 0 : i < 16 ? 1 : i < 19 ? 2 : 3;
    for (size_t t = 0; t < 2; t++) {
        double scores[COPIES * CLASSES] = {0}, gradient[COPIES * CLASSES], values[COPIES];
        const struct distillation_loss_settings settings = {NAN, NAN};
        const struct distillation_loss_result result = {values, gradient, NULL};
        const struct distillation_batch batch = {
            .rows = COPIES, .columns = CLASSES, .student = scores, .labels = labels};
        struct distillation_loss loss;
        struct error error = {""};
        assert_int_equal(distillation_loss_parse(&loss, 1, &terms[t], &settings, &error), 0);
        for (int step = 0; step < 400; step++) {
            assert_int_equal(distillation_loss_evaluate(&loss, &batch, &result, &error), 0);
            for (size_t k = 0; k < CLASSES; k++) {
                double slope = 0;
                for (size_t i = 0; i < COPIES; i++)
                    slope += gradient[i * CLASSES + k] / COPIES;
                for (size_t i = 0; i < COPIES; i++)
                    scores[i * CLASSES + k] -= 3 * lambdas[t] * slope;
            }
        }
        distillation_loss_free(&loss);
        for (size_t k = 1; k < CLASSES; k++)
            assert_within(scores[k] - scores[0], lambdas[t] * log(shares[k] / shares[0]), 1e-9);
    }
}

/* Equal weights over the labels of the losses at lambda = inf: a symmetric loss. */
static void at_infinite_lambda_labels_cancel(void **state) {
    struct data data;
    double sum = 0;
    (void)state;
    make(&data);
    for (size_t label = 0; label < COLUMNS; label++) {
        for (size_t i = 0; i < ROWS; i++)
            data.labels[i] = label;
        sum += evaluate("ldr:lambda=inf", &data, NULL, NULL, NULL);
    }
    assert_within(sum, 0, 1e-12);
}

/* A student almost its teacher, but for a constant: each sum cancels to far below the rounding of its terms.
 */
static void nearly_equal_rows_have_no_negative_divergence(void **state) {
    static const char *const terms[] = {"kl", "rkl", "jeffreys", "js", "bdkd", "dkd", "kl-top:k=3"};
    struct data data;
    double rows[ROWS];
    (void)state;
    make(&data);
    for (double distance = 1e-4; distance > 1e-17; distance /= 10)
        for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
            for (size_t j = 0; j < ROWS * COLUMNS; j++)
                data.student[j] = data.teacher[j] * (1 + distance) + 3;
            evaluate(terms[i], &data, rows, NULL, NULL);
            for (size_t row = 0; row < ROWS; row++)
                assert_true(rows[row] >= 0 && rows[row] < 1e3 * distance * distance + 1e-28);
        }
}

/* As t grows the divergence tends to the mean square of centred differences of logits over 2 C; the next term
 * is of order 1/t. */
static void great_temperatures_compare_logits(void **state) {
    struct data data;
    double rows[ROWS];
    (void)state;
    make(&data);
    evaluate("kl:temperature=1e5", &data, rows, NULL, NULL);
    for (size_t i = 0; i < ROWS; i++) {
        double mean = 0, square = 0;
        for (size_t j = i * COLUMNS; j < (i + 1) * COLUMNS; j++) {
            mean += (data.student[j] - data.teacher[j]) / COLUMNS;
            square += (data.student[j] - data.teacher[j]) * (data.student[j] - data.teacher[j]) / COLUMNS;
        }
        assert_within(rows[i], (square - mean * mean) / 2, 2e-4);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derivatives_are_those_of_the_value),
        cmocka_unit_test(derivatives_in_features_are_those_of_the_value),
        cmocka_unit_test(a_step_of_the_norm_pulls_along_the_feature),
        cmocka_unit_test(long_features_are_judged_by_direction),
        cmocka_unit_test(directions_at_the_ends),
        cmocka_unit_test(alignment_of_features_with_themselves_turned_and_stretched_is_perfect),
        cmocka_unit_test(balanced_weights_are_constants_in_the_derivative),
        cmocka_unit_test(a_shift_of_a_row_changes_nothing),
        cmocka_unit_test(rows_of_derivatives_sum_to_zero),
        cmocka_unit_test(decoupling_adds_up_to_the_divergence),
        cmocka_unit_test(worst_cases_meet_the_losses_between_which_they_lie),
        cmocka_unit_test(margins_between_classes),
        cmocka_unit_test(least_scores_are_lambda_times_logarithms_of_shares),
        cmocka_unit_test(at_infinite_lambda_labels_cancel),
        cmocka_unit_test(nearly_equal_rows_have_no_negative_divergence),
        cmocka_unit_test(great_temperatures_compare_logits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
