#include "process/gaussian_process_classes_bound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { INPUTS = 2, ROWS_MAX = 300, INDUCING_MAX = 9, CLASSES_MAX = 3, SLOTS_MAX = 512 };

static double inputs[ROWS_MAX * INPUTS], labels[ROWS_MAX];

/* Three regions of a square. */
static int fill(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 4, "test", "rows", 0);
    for (size_t i = 0; i < ROWS_MAX; i++) {
        double u = inputs[2 * i] = 3 * random_uniform(&stream);
        double v = inputs[2 * i + 1] = 3 * random_uniform(&stream);
        labels[i] = u + 0.3 * random_normal(&stream) < 1 ? 0 : v < 1.5 ? 1 : 2;
    }
    return 0;
}

struct process {
    struct covariance *covariance;
    struct gaussian_process_data data;
    struct scale_prior prior;
    struct gaussian_process_classes_bound bound;
    double targets[ROWS_MAX], z[INDUCING_MAX * INPUTS];
    struct error error;
};

struct setting {
    const char *kernel;
    bool softmax, mixture;
    size_t rows, inducing, threads;
};

/* Means and factors off their start, from a stream of their own. */
static void disturb(struct process *process) {
    struct gaussian_process_classes *classes = process->bound.classes;
    struct random_stream stream;
    size_t m = process->bound.inducing;
    random_start(&stream, 8, "test", "variational", 0);
    for (size_t i = 0; i < classes->functions * m; i++) {
        classes->white_mean[i] = random_normal(&stream);
        for (size_t j = 0; j <= i % m; j++)
            classes->white_factor[i * m + j] =
                j == i % m ? 0.4 + random_uniform(&stream) : 0.2 * random_normal(&stream);
    }
    classes->shape = 3.1;
    classes->rate = 2.2;
}

static void open_process(struct process *process, const struct setting *setting) {
    struct covariance_inputs columns = {INPUTS, NULL};
    *process = (struct process){.prior = {SCALE_PRIOR_INVERSE_GAMMA, {2, 1.5}}};
    process->covariance = covariance_parse(setting->kernel, &columns, &process->error);
    assert_non_null(process->covariance);
    for (size_t i = 0; i < setting->rows; i++)
        process->targets[i] = setting->softmax ? labels[i] : labels[i] > 0;
    for (size_t i = 0; i < setting->inducing * INPUTS; i++)
        process->z[i] = inputs[i] + 0.01;
    process->data = (struct gaussian_process_data){setting->rows, INPUTS, 1, inputs, process->targets, NULL};
    char *texts[] = {(char[]){"a"}, (char[]){"b"}, (char[]){"c"}};
    const struct class_labels names = {setting->softmax ? 3 : 2, texts};
    process->bound = (struct gaussian_process_classes_bound){
        .data = &process->data,
        .covariance = process->covariance,
        .classes = gaussian_process_classes_new(setting->softmax ? GAUSSIAN_PROCESS_LIKELIHOOD_SOFTMAX
                                                                 : GAUSSIAN_PROCESS_LIKELIHOOD_LOGISTIC,
                                                &names, setting->inducing, &process->error),
        .z = process->z,
        .prior = setting->mixture ? &process->prior : NULL,
        .inducing = setting->inducing,
        .jitter = NAN,
    };
    assert_non_null(process->bound.classes);
    disturb(process);
    assert_int_equal(gaussian_process_classes_bound_open(&process->bound, setting->threads, &process->error),
                     0);
}

static void close_process(struct process *process) {
    struct gaussian_process_classes *classes = process->bound.classes;
    gaussian_process_classes_bound_close(&process->bound);
    gaussian_process_classes_free(classes);
    covariance_free(process->covariance);
}

static double value_of(struct process *process, double *gradient) {
    double value;
    assert_int_equal(gaussian_process_classes_bound_evaluate(&process->bound, NULL, process->data.rows,
                                                             &value, gradient, &process->error),
                     0);
    return value;
}

/* Every number that a gradient has a slot for. */
static size_t list_places(struct process *process, double **places) {
    struct gaussian_process_classes *classes = process->bound.classes;
    size_t m = process->bound.inducing, count = 0;
    static double none;
    for (size_t p = 0; p < process->covariance->parameter_count; p++)
        places[count++] = &process->covariance->parameters[p].value;
    places[count++] = &none;
    for (size_t i = 0; i < m * INPUTS; i++)
        places[count++] = &process->z[i];
    for (size_t i = 0; i < classes->functions * m; i++)
        places[count++] = &classes->white_mean[i];
    for (size_t i = 0; i < classes->functions * m; i++)
        for (size_t j = 0; j <= i % m; j++)
            places[count++] = &classes->white_factor[i * m + j];
    if (process->bound.prior == NULL)
        return count;
    places[count++] = &classes->shape;
    places[count++] = &classes->rate;
    places[count++] = &process->prior.parameters[0];
    places[count++] = &process->prior.parameters[1];
    return count;
}

static void check_gradient(const struct setting *setting) {
    struct process process;
    double gradient[SLOTS_MAX], *places[SLOTS_MAX];
    open_process(&process, setting);
    size_t count = list_places(&process, places);
    assert_int_equal(count, process.covariance->parameter_count + 1 +
                                gaussian_process_classes_bound_further(&process.bound));
    value_of(&process, gradient);
    for (size_t slot = 0; slot < count; slot++) {
        double kept = *places[slot], step = 1e-5;
        *places[slot] = kept + step;
        double above = value_of(&process, NULL);
        *places[slot] = kept - step;
        double below = value_of(&process, NULL);
        *places[slot] = kept;
        double slope = (above - below) / (2 * step);
        assert_within(gradient[slot], slope, 1e-6 * fmax(1, fabs(slope)));
    }
    close_process(&process);
}

static void gradients_are_those_of_differences(void **state) {
    (void)state;
    const struct setting settings[] = {
        {"rbf(variance=1.5,lengthscale=.8)", false, false, 30, 5, 1},
        {"rbf(variance=1.5,lengthscale=.8)", false, true, 30, 5, 1},
        {"matern(nu=2.5,ard=true) + linear(variance=.3)", true, false, 20, 4, 2},
        {"rq(alpha=2)", true, true, 20, 4, 2},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        check_gradient(&settings[i]);
}

/* At q = prior the divergence is 0, and every row has its prior: mean 0, variance s k(x, x). */
static void the_prior_is_at_no_distance(void **state) {
    (void)state;
    const struct setting setting = {"rbf(variance=1.5,lengthscale=.8)", false, true, 40, 5, 1};
    struct process process;
    open_process(&process, &setting);
    struct gaussian_process_classes *classes = process.bound.classes;
    size_t m = setting.inducing;
    memset(classes->white_mean, 0, m * sizeof(double));
    for (size_t i = 0; i < m * m; i++)
        classes->white_factor[i] = i % (m + 1) == 0;
    classes->shape = 2;
    classes->rate = 1.5;
    /* E log p(1) of f ~ N(0, s 1.5), by the trapezoidal rule over z and log s */
    double expected = 0, h = 0.02, step = 0.05;
    for (double t = -12; t <= 25; t += step) {
        double weight = exp(2 * log(1.5) - lgamma(2) - 2 * t - 1.5 * exp(-t)) * step, inner = 0;
        for (double z = -12; z <= 12; z += h) {
            double f = sqrt(1.5 * exp(t)) * z;
            inner += h * (fmin(f, 0) - log1p(exp(-fabs(f)))) * exp(-0.5 * z * z) / sqrt(2 * M_PI);
        }
        expected += weight * inner;
    }
    assert_within(value_of(&process, NULL) / 40, expected, 3e-3); /* Laguerre's 20 nodes, s of shape 2 */
    close_process(&process);
}

static void an_average_over_batches_is_the_whole(void **state) {
    (void)state;
    const struct setting setting = {"rbf(lengthscale=.8)", true, true, 300, 6, 2};
    struct process process;
    double whole[SLOTS_MAX], part[SLOTS_MAX], mean[SLOTS_MAX] = {0}, value = 0;
    open_process(&process, &setting);
    size_t slots =
        process.covariance->parameter_count + 1 + gaussian_process_classes_bound_further(&process.bound);
    for (size_t first = 0; first < 300; first += 75) {
        size_t batch[75];
        double at;
        for (size_t i = 0; i < 75; i++)
            batch[i] = first + (7 * i) % 75;
        assert_int_equal(
            gaussian_process_classes_bound_evaluate(&process.bound, batch, 75, &at, part, &process.error), 0);
        value += at / 4;
        for (size_t i = 0; i < slots; i++)
            mean[i] += part[i] / 4;
    }
    assert_close(value, value_of(&process, whole), 1e-12);
    for (size_t i = 0; i < slots; i++)
        assert_within(mean[i], whole[i], 1e-9 * (1 + fabs(whole[i])));
    close_process(&process);
}

static void threads_do_not_change_a_byte(void **state) {
    (void)state;
    struct setting setting = {"rbf(lengthscale=.8)", true, true, 300, 6, 1};
    struct process process;
    double one[SLOTS_MAX], three[SLOTS_MAX];
    open_process(&process, &setting);
    size_t slots =
        process.covariance->parameter_count + 1 + gaussian_process_classes_bound_further(&process.bound);
    double first = value_of(&process, one);
    close_process(&process);
    setting.threads = 3;
    open_process(&process, &setting);
    assert_true(first == value_of(&process, three));
    assert_memory_equal(one, three, slots * sizeof *one);
    close_process(&process);
}

/* What the model keeps is what the fit moved. */
static void coloured_and_whitened_again(void **state) {
    (void)state;
    const struct setting setting = {"rbf(lengthscale=.8)", true, false, 30, 6, 1};
    struct process process;
    double means[CLASSES_MAX * INDUCING_MAX], factors[CLASSES_MAX * INDUCING_MAX * INDUCING_MAX];
    open_process(&process, &setting);
    value_of(&process, NULL);
    struct gaussian_process_classes *classes = process.bound.classes;
    memcpy(means, classes->white_mean, 3 * 6 * sizeof *means);
    memcpy(factors, classes->white_factor, 3 * 36 * sizeof *factors);
    gaussian_process_classes_color(classes, 6, process.bound.factor_uu);
    gaussian_process_classes_whiten(classes, 6, process.bound.factor_uu);
    for (size_t i = 0; i < 18; i++)
        assert_within(classes->white_mean[i], means[i], 1e-10);
    for (size_t i = 0; i < 108; i++)
        assert_within(classes->white_factor[i], factors[i], 1e-10);
    close_process(&process);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(the_prior_is_at_no_distance),
        cmocka_unit_test(an_average_over_batches_is_the_whole),
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(coloured_and_whitened_again),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
