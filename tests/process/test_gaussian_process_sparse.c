#include "process/gaussian_process_sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/random.h"
#include "num/cholesky.h"
#include "support/assertions.h"

enum { INPUTS = 2, OUTPUTS = 2, ROWS_MAX = 700, INDUCING_MAX = 70, SLOTS_MAX = 256 };

static const enum gaussian_process_sparse_method methods[] = {
    GAUSSIAN_PROCESS_SPARSE_VFE, GAUSSIAN_PROCESS_SPARSE_FITC, GAUSSIAN_PROCESS_SPARSE_SOR};

/* Rows of two outputs in two dimensions, each with a noise of its own, and inducing inputs among them. */
static double inputs[ROWS_MAX * INPUTS], targets[ROWS_MAX * OUTPUTS], known[ROWS_MAX];
static double inducing[INDUCING_MAX * INPUTS];

static int fill(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 4, "test", "rows", 0);
    for (size_t i = 0; i < ROWS_MAX; i++) {
        double u = 3 * random_uniform(&stream), v = 3 * random_uniform(&stream);
        inputs[2 * i] = u;
        inputs[2 * i + 1] = v;
        targets[2 * i] = sin(2 * u) + 0.1 * random_normal(&stream);
        targets[2 * i + 1] = v + 0.1 * random_normal(&stream);
        known[i] = 0.02 * random_uniform(&stream);
    }
    for (size_t i = 0; i < INDUCING_MAX * INPUTS; i++)
        inducing[i] = 3 * random_uniform(&stream);
    return 0;
}

/* A sparse process with its covariance. */
struct process {
    struct covariance *covariance;
    struct gaussian_process_data data;
    struct gaussian_process_sparse sparse;
    double z[INDUCING_MAX * INPUTS];
    struct error error;
};

struct setting {
    const char *kernel;
    enum gaussian_process_sparse_method method;
    enum gaussian_process_mean mean;
    size_t rows, inducing, threads;
};

static void open_process(struct process *process, const struct setting *setting, const double *z) {
    struct covariance_inputs columns = {INPUTS, NULL};
    *process = (struct process){0};
    process->covariance = covariance_parse(setting->kernel, &columns, &process->error);
    process->data = (struct gaussian_process_data){setting->rows, INPUTS, OUTPUTS, inputs, targets, known};
    assert_non_null(process->covariance);
    memcpy(process->z, z, setting->inducing * INPUTS * sizeof *z);
    const struct gaussian_process_sparse_setting opening = {
        .method = setting->method,
        .mean = setting->mean,
        .inducing = setting->inducing,
        .z = process->z,
        .threads = setting->threads,
    };
    assert_int_equal(gaussian_process_sparse_open(&process->sparse, &process->data, process->covariance,
                                                  &opening, &process->error),
                     0);
}

static void close_process(struct process *process) {
    gaussian_process_sparse_close(&process->sparse);
    covariance_free(process->covariance);
}

static double value_of(struct process *process, double noise, double *gradient) {
    double value;
    assert_int_equal(
        gaussian_process_sparse_evaluate(&process->sparse, noise, &value, gradient, &process->error), 0);
    return value;
}

static double evaluate(const struct setting *setting, const double *z, double noise) {
    struct process process;
    open_process(&process, setting, z);
    double value = value_of(&process, noise, NULL);
    close_process(&process);
    return value;
}

static double evaluate_exactly(const struct setting *setting, double noise) {
    struct error error = {0};
    struct covariance_inputs columns = {INPUTS, NULL};
    struct covariance *covariance = covariance_parse(setting->kernel, &columns, &error);
    struct gaussian_process_data data = {setting->rows, INPUTS, OUTPUTS, inputs, targets, known};
    struct gaussian_process_evidence evidence;
    double value;
    assert_int_equal(gaussian_process_evidence_open(&evidence, &data, setting->mean, covariance, 1, &error),
                     0);
    assert_int_equal(gaussian_process_evidence_evaluate(&evidence, GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD,
                                                        noise, &value, NULL, &error),
                     0);
    gaussian_process_evidence_close(&evidence);
    covariance_free(covariance);
    return value;
}

/* Six rows of a sine, to the digits of the published checks. */
static void the_bounds_are_the_published_ones(void **state) {
    (void)state;
    double x[6], y[6], z[] = {0, 1, 2}, value;
    static const double expected[] = {-29.7296484888, -4.2944915299};
    struct error error = {0};
    struct covariance_inputs columns = {1, NULL};
    struct covariance *covariance = covariance_parse("rbf(variance=1.5,lengthscale=.8)", &columns, &error);
    for (size_t i = 0; i < 6; i++) {
        x[i] = (double)i / 2;
        y[i] = sin(2 * x[i]);
    }
    struct gaussian_process_data data = {6, 1, 1, x, y, NULL};
    for (size_t i = 0; i < 2; i++) {
        struct gaussian_process_sparse sparse;
        const struct gaussian_process_sparse_setting opening = {
            methods[i], GAUSSIAN_PROCESS_MEAN_ZERO, 3, z, false, 1};
        assert_int_equal(gaussian_process_sparse_open(&sparse, &data, covariance, &opening, &error), 0);
        assert_int_equal(gaussian_process_sparse_evaluate(&sparse, 0.01, &value, NULL, &error), 0);
        assert_within(value, expected[i], 6e-11);
        gaussian_process_sparse_close(&sparse);
    }
    covariance_free(covariance);
}

/* Q is K then, up to the rounding of a factor of condition 1e5. */
static void rows_as_inducing_inputs_give_the_evidence(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int mean = 0; mean < 3; mean++) {
            struct setting setting = {
                "matern(nu=2.5,lengthscale=.7)", methods[i], (enum gaussian_process_mean)mean, 60, 60, 2};
            assert_close(evaluate(&setting, inputs, 0.05), evaluate_exactly(&setting, 0.05), 1e-9);
        }
}

static void the_variational_bound_is_below_the_evidence(void **state) {
    (void)state;
    static const char *const kernels[] = {"rbf(lengthscale=.4)", "matern + linear", "periodic(period=3)*rbf",
                                          "sm(weight=[1,.5],mean=[.2,.6,.1,.3],scale=[.1,.3,.2,.1])"};
    for (size_t k = 0; k < 4; k++)
        for (size_t m = 1; m <= 31; m += 10) {
            struct setting setting = {
                kernels[k], GAUSSIAN_PROCESS_SPARSE_VFE, GAUSSIAN_PROCESS_MEAN_ZERO, 120, m, 1};
            double bound = evaluate(&setting, inducing, 0.03), evidence = evaluate_exactly(&setting, 0.03);
            assert_true(bound <= evidence + 1e-8 * fabs(evidence));
        }
}

enum { DENSE = 50, FEW = 7 };

/* K(x, y) by the tiles that the tests of covariances vouch for. */
static void fill_kernel(struct process *process, const double *x, size_t rows, const double *y,
                        size_t columns, double *k) {
    struct covariance_points left, right;
    assert_int_equal(covariance_points_open(&left, rows, INPUTS, x, &process->error), 0);
    assert_int_equal(covariance_points_open(&right, columns, INPUTS, y, &process->error), 0);
    covariance_matrix_cross(&process->sparse.work, &left, &right, k);
    covariance_points_close(&left);
    covariance_points_close(&right);
}

/* The objective with mean zero from matrices of n x n. */
static double evaluate_densely(struct process *process, enum gaussian_process_sparse_method method,
                               double noise) {
    static double kff[DENSE * DENSE], kfu[DENSE * FEW], kuu[FEW * FEW], c[DENSE * DENSE];
    double value = 0, row[DENSE];
    fill_kernel(process, inputs, DENSE, inputs, DENSE, kff);
    fill_kernel(process, inputs, DENSE, process->z, FEW, kfu);
    fill_kernel(process, process->z, FEW, process->z, FEW, kuu);
    assert_int_equal(cholesky_factor(FEW, kuu), 0);
    cholesky_solve_lower(FEW, kuu, DENSE, kfu);
    for (size_t i = 0; i < DENSE; i++)
        for (size_t j = 0; j < DENSE; j++) {
            c[i * DENSE + j] = 0;
            for (size_t k = 0; k < FEW; k++)
                c[i * DENSE + j] += kfu[i * FEW + k] * kfu[j * FEW + k];
        }
    for (size_t i = 0; i < DENSE; i++) {
        double left = kff[i * DENSE + i] - c[i * DENSE + i], own = noise + known[i];
        if (method == GAUSSIAN_PROCESS_SPARSE_VFE)
            value -= OUTPUTS * 0.5 * left / own;
        c[i * DENSE + i] += own + (method == GAUSSIAN_PROCESS_SPARSE_FITC ? left : 0);
    }
    assert_int_equal(cholesky_factor(DENSE, c), 0);
    value -= OUTPUTS * 0.5 * (cholesky_log_determinant(DENSE, c) + DENSE * log(2 * M_PI));
    for (size_t o = 0; o < OUTPUTS; o++) {
        for (size_t i = 0; i < DENSE; i++)
            row[i] = targets[i * OUTPUTS + o];
        cholesky_solve_lower(DENSE, c, 1, row);
        for (size_t i = 0; i < DENSE; i++)
            value -= 0.5 * row[i] * row[i];
    }
    return value;
}

/* Woodbury's identity loses some digits to the noise, of 1/100 here. */
static void sums_over_rows_are_the_matrices_of_the_definition(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct setting setting = {
            "rbf(lengthscale=.6)*linear + rq", methods[i], GAUSSIAN_PROCESS_MEAN_ZERO, DENSE, FEW, 2};
        struct process process;
        open_process(&process, &setting, inducing);
        assert_close(value_of(&process, 0.01, NULL), evaluate_densely(&process, methods[i], 0.01), 1e-11);
        close_process(&process);
    }
}

static double *number_of(struct process *process, double *noise, size_t slot) {
    size_t count = process->covariance->parameter_count;
    if (slot < count)
        return &process->covariance->parameters[slot].value;
    return slot == count ? noise : process->z + (slot - count - 1);
}

/* Differences of fourth order: a step large enough for the rounding of a sum over rows. */
static double difference_at(struct process *process, double *noise, size_t slot) {
    static const double step = 2e-4, places[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
    double *number = number_of(process, noise, slot), kept = *number, sum = 0;
    for (size_t i = 0; i < 4; i++) {
        *number = kept + places[i] * step;
        sum += weights[i] * value_of(process, *noise, NULL);
    }
    *number = kept;
    return sum / (12 * step);
}

/* In all parameters, and every stride-th number of the inducing inputs. */
static void check_differences(const struct setting *setting, const double *z, size_t stride) {
    struct process process;
    double gradient[SLOTS_MAX], noise = 0.05;
    open_process(&process, setting, z);
    size_t slots = process.covariance->parameter_count + 1 + setting->inducing * INPUTS;
    assert_true(slots <= SLOTS_MAX);
    value_of(&process, noise, gradient);
    for (size_t slot = 0; slot < slots; slot += slot <= process.covariance->parameter_count ? 1 : stride) {
        double difference = difference_at(&process, &noise, slot);
        assert_within(gradient[slot], difference, 1e-6 * fmax(1, fabs(difference)));
    }
    close_process(&process);
}

static void gradients_are_those_of_differences(void **state) {
    (void)state;
    static const char *const kernels[] = {"rbf(lengthscale=[.7,1.1]) + matern(nu=2.5)*periodic(columns=1)",
                                          "rbf + 0.5*linear(columns=2)", "rq*poly(degree=2)",
                                          "sm(weight=[1,.5],mean=[.2,.6,.1,.3],scale=[.1,.3,.2,.1])"};
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < 3; i++)
            for (int mean = 0; mean < 3; mean += 2) {
                struct setting setting = {kernels[k], methods[i], (enum gaussian_process_mean)mean, 70, 5, 2};
                check_differences(&setting, inducing, 1);
            }
}

/* More inducing inputs than a tile holds, more rows than a block. */
static void so_are_those_of_many(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct setting setting = {"matern(nu=2.5,lengthscale=.6)",
                                  methods[i],
                                  GAUSSIAN_PROCESS_MEAN_CONSTANT,
                                  ROWS_MAX,
                                  INDUCING_MAX,
                                  2};
        check_differences(&setting, inducing, 29);
    }
}

static void threads_leave_no_trace(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        double values[2], gradients[2][SLOTS_MAX] = {{0}};
        for (size_t t = 0; t < 2; t++) {
            struct setting setting = {"rbf(lengthscale=.4) + linear",
                                      methods[i],
                                      GAUSSIAN_PROCESS_MEAN_LINEAR,
                                      ROWS_MAX,
                                      INDUCING_MAX,
                                      t == 0 ? 1 : 3};
            struct process process;
            open_process(&process, &setting, inducing);
            values[t] = value_of(&process, 0.05, gradients[t]);
            close_process(&process);
        }
        assert_same_bits(&values[0], &values[1], 1);
        assert_same_bits(gradients[0], gradients[1], SLOTS_MAX);
    }
}

static void equal_inducing_inputs_get_jitter(void **state) {
    (void)state;
    const double twice[] = {1, 1, 1, 1, 2, 2};
    struct setting setting = {
        "rbf(variance=2)", GAUSSIAN_PROCESS_SPARSE_VFE, GAUSSIAN_PROCESS_MEAN_CONSTANT, 60, 3, 1};
    struct process process;
    open_process(&process, &setting, twice);
    double value = value_of(&process, 0.05, NULL);
    assert_close(process.sparse.jitter_added, 2e-10, 1e-12);
    /* Two of them are as good as one. */
    setting.inducing = 2;
    assert_close(value, evaluate(&setting, twice + 2, 0.05), 1e-6);
    process.sparse.jitter = 0;
    assert_true(value_of(&process, 0.05, NULL) == -INFINITY);
    close_process(&process);
}

/* The jitter is a share of the mean diagonal, and moves with the variance. */
static void jitter_is_part_of_the_gradient(void **state) {
    (void)state;
    const double close[] = {1, 1, 1 + 1e-9, 1, 2, 2, 1.5, 0.5};
    struct setting setting = {"rbf", GAUSSIAN_PROCESS_SPARSE_FITC, GAUSSIAN_PROCESS_MEAN_ZERO, 60, 4, 1};
    struct process process;
    double gradient[SLOTS_MAX], ends[2], step = 1e-4;
    open_process(&process, &setting, close);
    value_of(&process, 0.05, gradient);
    assert_true(process.sparse.jitter_added > 0);
    for (int side = 0; side < 2; side++) {
        process.covariance->parameters[0].value = 1 + (side == 0 ? -step : step);
        ends[side] = value_of(&process, 0.05, NULL);
    }
    assert_close(gradient[0], (ends[1] - ends[0]) / (2 * step), 1e-5);
    close_process(&process);
}

static void rough_kernels_want_fixed_inducing_inputs(void **state) {
    (void)state;
    struct process process = {0};
    struct covariance_inputs columns = {INPUTS, NULL};
    struct gaussian_process_sparse_setting opening = {
        .method = GAUSSIAN_PROCESS_SPARSE_VFE, .inducing = 3, .z = inducing, .threads = 1};
    process.covariance = covariance_parse("matern(nu=.5) + white", &columns, &process.error);
    process.data = (struct gaussian_process_data){50, INPUTS, OUTPUTS, inputs, targets, known};
    assert_int_equal(gaussian_process_sparse_open(&process.sparse, &process.data, process.covariance,
                                                  &opening, &process.error),
                     -1);
    assert_string_equal(process.error.text,
                        "matern has no derivative in the inputs: --fix-inducing holds the inducing ones");
    opening.fixed = true;
    assert_int_equal(gaussian_process_sparse_open(&process.sparse, &process.data, process.covariance,
                                                  &opening, &process.error),
                     0);
    double gradient[5] = {0, 0, 0, 0, 7};
    value_of(&process, 0.05, gradient);
    assert_true(gradient[4] == 7); /* nothing is written for the inducing inputs */
    close_process(&process);
}

static void a_row_without_noise_is_out_of_the_domain(void **state) {
    (void)state;
    double none[50] = {0}, value;
    struct setting setting = {"rbf", GAUSSIAN_PROCESS_SPARSE_SOR, GAUSSIAN_PROCESS_MEAN_ZERO, 50, 3, 1};
    struct process process;
    open_process(&process, &setting, inducing);
    process.data.noise = none;
    value = value_of(&process, 0, NULL);
    assert_true(value == -INFINITY);
    close_process(&process);
}

/* In KiB. */
static long peak_memory(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* A matrix of rows x inducing inputs would be 98 MiB. */
static void memory_does_not_grow_with_the_rows(void **state) {
    (void)state;
    enum { MANY = 100000, CENTRES = 128 };
    struct error error = {0};
    struct covariance_inputs columns = {1, NULL};
    struct covariance *covariance = covariance_parse("rbf(lengthscale=.02)", &columns, &error);
    double *x = malloc(2 * MANY * sizeof *x), z[CENTRES], gradient[3 + CENTRES], value;
    struct gaussian_process_data data = {1000, 1, 1, x, x + MANY, NULL};
    struct gaussian_process_sparse sparse;
    const struct gaussian_process_sparse_setting opening = {
        GAUSSIAN_PROCESS_SPARSE_FITC, GAUSSIAN_PROCESS_MEAN_CONSTANT, CENTRES, z, false, 2};
    assert_non_null(x);
    for (size_t i = 0; i < MANY; i++) {
        x[i] = (double)i / MANY;
        x[MANY + i] = sin(20 * x[i]);
    }
    for (size_t i = 0; i < CENTRES; i++)
        z[i] = (double)i / CENTRES;
    long before = 0;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(gaussian_process_sparse_open(&sparse, &data, covariance, &opening, &error), 0);
        assert_int_equal(gaussian_process_sparse_evaluate(&sparse, 0.1, &value, gradient, &error), 0);
        assert_true(isfinite(value));
        gaussian_process_sparse_close(&sparse);
        if (round == 0)
            before = peak_memory();
        data.rows = MANY;
    }
    assert_true(peak_memory() - before < 16 * 1024);
    free(x);
    covariance_free(covariance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bounds_are_the_published_ones),
        cmocka_unit_test(rows_as_inducing_inputs_give_the_evidence),
        cmocka_unit_test(the_variational_bound_is_below_the_evidence),
        cmocka_unit_test(sums_over_rows_are_the_matrices_of_the_definition),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(so_are_those_of_many),
        cmocka_unit_test(threads_leave_no_trace),
        cmocka_unit_test(equal_inducing_inputs_get_jitter),
        cmocka_unit_test(jitter_is_part_of_the_gradient),
        cmocka_unit_test(rough_kernels_want_fixed_inducing_inputs),
        cmocka_unit_test(a_row_without_noise_is_out_of_the_domain),
        cmocka_unit_test(memory_does_not_grow_with_the_rows),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
