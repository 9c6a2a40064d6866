#include "process/covariance_gram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { ROWS_MAX = 150, INPUTS = 3, PARAMETERS_MAX = 16 };

static double points[ROWS_MAX * INPUTS];

static int fill(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 3, "test", "gram", 0);
    random_normals(&stream, ROWS_MAX * INPUTS, points);
    return 0;
}

static const char *const kernels[] = {
    "rbf(variance=1.7,lengthscale=.8)",
    "matern(nu=.5,lengthscale=1.3)",
    "matern(lengthscale=1.3)",
    "matern(nu=2.5,variance=.4)",
    "matern(nu=3.2)",
    "rq(alpha=.7,lengthscale=2)",
    "linear(variance=.3)",
    "poly(degree=3,offset=.5)",
    "constant(variance=2)",
    "nngp(depth=2,weight_variance=1.5,bias_variance=.1)",
    "nngp(activation=erf,bias_variance=.2,variance=1.3)",
    "ntk(depth=2,activation=sin)",
    "nngp(activation=tanh)",
    "ntk(depth=2,bias_variance=.3)",
    "rbf*linear + 0.5*rq*(matern(nu=2.5) + linear)",
};
enum { KERNELS = sizeof kernels / sizeof *kernels };

struct work {
    struct covariance *covariance;
    struct covariance_work work;
    struct error error;
};

static void open_work(struct work *work, const char *kernel, size_t inputs, size_t threads) {
    const struct covariance_inputs columns = {inputs, NULL};
    work->covariance = covariance_parse(kernel, &columns, &work->error);
    assert_non_null(work->covariance);
    assert_int_equal(covariance_work_open(&work->work, work->covariance, threads, &work->error), 0);
}

static void close_work(struct work *work) {
    covariance_work_close(&work->work);
    covariance_free(work->covariance);
}

/* X X' / divisor of the first n points. */
static void find_gram(size_t n, double divisor, double *g) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t c = 0; c < INPUTS; c++)
                sum += points[i * INPUTS + c] * points[j * INPUTS + c];
            g[i * n + j] = sum / divisor;
        }
}

static void find_diagonal(size_t n, const double *g, double *diagonal) {
    for (size_t i = 0; i < n; i++)
        diagonal[i] = g[i * n + i];
}

static bool is_network(const char *kernel) {
    return kernel[0] == 'n';
}

/* Rounding in |d|^2 = g_ii - 2 g_ij + g_jj is 1e-16 of the squares; a root makes 1e-8 of it where rows are
 * equal, which they are along the diagonal alone: there it is 0 exactly. */
static void a_gram_matrix_of_points_gives_what_points_give(void **state) {
    (void)state;
    enum { N = 70 };
    for (size_t k = 0; k < KERNELS; k++) {
        struct work of_points, of_gram;
        struct covariance_points rows;
        static double g[N * N], wanted[N * N], values[N * N];
        double diagonal[N], ends[N];
        open_work(&of_points, kernels[k], INPUTS, 1);
        open_work(&of_gram, kernels[k], 1, 2);
        assert_int_equal(covariance_gram_check(of_gram.covariance, &of_gram.error), 0);
        find_gram(N, is_network(kernels[k]) ? INPUTS : 1, g);
        find_diagonal(N, g, diagonal);
        assert_int_equal(covariance_points_open(&rows, N, INPUTS, points, &of_points.error), 0);
        covariance_matrix_square(&of_points.work, &rows, true, wanted);
        const struct covariance_gram gram = {N, N, g, diagonal, diagonal};
        covariance_gram_values(&of_gram.work, &gram, values);
        covariance_gram_diagonal(&of_gram.work, N, diagonal, ends);
        for (size_t i = 0; i < N * N; i++)
            assert_within(values[i], wanted[i], 1e-11 * (1 + fabs(wanted[i])));
        for (size_t i = 0; i < N; i++)
            assert_within(ends[i], wanted[i * N + i], 1e-12 * (1 + fabs(ends[i])));
        covariance_points_close(&rows);
        close_work(&of_points);
        close_work(&of_gram);
    }
}

/* A weighted sum of k over a block of other rows than columns, whose derivatives are the pullback's. */
struct block {
    struct covariance_gram gram;
    double g[90], rows[9], columns[10], adjoint[90];
};

static void open_block(struct block *block) {
    enum { N = 19 };
    double g[N * N];
    struct random_stream stream;
    random_start(&stream, 5, "test", "adjoint", 0);
    random_normals(&stream, 90, block->adjoint);
    find_gram(N, 1.5, g);
    for (size_t i = 0; i < 9; i++)
        block->rows[i] = g[i * N + i];
    for (size_t j = 0; j < 10; j++)
        block->columns[j] = g[(9 + j) * N + 9 + j];
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 10; j++)
            block->g[i * 10 + j] = g[i * N + 9 + j];
    block->gram = (struct covariance_gram){9, 10, block->g, block->rows, block->columns};
}

static double weigh(struct work *work, const struct block *block) {
    double k[90], sum = 0;
    covariance_gram_values(&work->work, &block->gram, k);
    for (size_t i = 0; i < 90; i++)
        sum += block->adjoint[i] * k[i];
    return sum;
}

static double difference(struct work *work, const struct block *block, double *place) {
    double kept = *place, step = 1e-6 * fmax(1, fabs(kept));
    *place = kept + step;
    double above = weigh(work, block);
    *place = kept - step;
    double below = weigh(work, block);
    *place = kept;
    return (above - below) / (2 * step);
}

static void slopes_are_those_of_differences(void **state) {
    (void)state;
    for (size_t k = 0; k < KERNELS; k++) {
        struct work work;
        struct block block;
        double products[90], rows[9], columns[10], gradient[PARAMETERS_MAX];
        const struct covariance_gram_pullback pullback = {products, rows, columns, gradient};
        open_work(&work, kernels[k], 1, 1);
        open_block(&block);
        assert_int_equal(covariance_gram_pull(&work.work, &block.gram, block.adjoint, &pullback, &work.error),
                         0);
        for (size_t i = 0; i < 90; i++) {
            double slope = difference(&work, &block, &block.g[i]);
            assert_within(products[i], slope, 1e-6 * fmax(1, fabs(slope)));
        }
        for (size_t i = 0; i < 9; i++) {
            double slope = difference(&work, &block, &block.rows[i]);
            assert_within(rows[i], slope, 1e-6 * fmax(1, fabs(slope)));
        }
        for (size_t j = 0; j < 10; j++) {
            double slope = difference(&work, &block, &block.columns[j]);
            assert_within(columns[j], slope, 1e-6 * fmax(1, fabs(slope)));
        }
        for (size_t p = 0; p < work.covariance->parameter_count; p++) {
            double slope = difference(&work, &block, &work.covariance->parameters[p].value);
            assert_within(gradient[p], slope, 1e-6 * fmax(1, fabs(slope)));
        }
        close_work(&work);
    }
}

/* Of a whole matrix, along a symmetric change of an entry: for functions of distance -2 W_ij, and 2 sum_j
 * W_ij
 * - 2 W_ii on the diagonal, W = dF/dk dk/d|d|^2. */
static void a_square_matrix_moves_with_its_diagonal(void **state) {
    (void)state;
    enum { N = 6 };
    struct work work;
    double g[N * N], diagonal[N], k[N * N], adjoint[N * N], products[N * N], rows[N], columns[N];
    const struct covariance_gram gram = {N, N, g, diagonal, diagonal};
    const struct covariance_gram_pullback pullback = {products, rows, columns, NULL};
    open_work(&work, "rbf(variance=1.7,lengthscale=.8)", 1, 1);
    find_gram(N, 1, g);
    find_diagonal(N, g, diagonal);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            adjoint[i * N + j] = cos((double)(i + j)) + (i == j);
    covariance_gram_values(&work.work, &gram, k);
    assert_int_equal(covariance_gram_pull(&work.work, &gram, adjoint, &pullback, &work.error), 0);
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        for (size_t j = 0; j < N; j++) {
            double w = -adjoint[i * N + j] * k[i * N + j] / (2 * .8 * .8);
            sum += i == j ? 0 : 2 * w;
            if (i != j)
                assert_within(products[i * N + j], -2 * w, 1e-14);
        }
        assert_within(products[i * N + i] + rows[i] + columns[i], sum, 1e-13);
    }
    close_work(&work);
}

/* Two layers of rbf on X X'/d: the first row of the second Gram matrix, by NumPy. */
static void layers_of_a_deep_kernel(void **state) {
    (void)state;
    static const double x[] = {-1, .2, -.4, .9, .1, -.7, .6, .3, 1.1, -.2};
    static const double wanted[] = {1, .82576943, .67267403, .62249221, .50612099};
    struct work work;
    double g[25], k[25], diagonal[5];
    const struct covariance_gram gram = {5, 5, g, diagonal, diagonal};
    open_work(&work, "rbf", 1, 1);
    for (size_t i = 0; i < 25; i++)
        g[i] = 0.5 * (x[2 * (i / 5)] * x[2 * (i % 5)] + x[2 * (i / 5) + 1] * x[2 * (i % 5) + 1]);
    for (size_t layer = 0; layer < 2; layer++) {
        find_diagonal(5, g, diagonal);
        covariance_gram_values(&work.work, &gram, k);
        memcpy(g, k, sizeof g);
    }
    for (size_t j = 0; j < 5; j++)
        assert_within(g[j], wanted[j], 6e-9);
    close_work(&work);
}

/* s2 sqrt(g_ii g_jj) (sin t + (pi - t) cos t) / pi, which keeps the diagonal. */
static void the_arc_cosine_kernel(void **state) {
    (void)state;
    enum { N = 12 };
    struct work work;
    double g[N * N], k[N * N], diagonal[N];
    const struct covariance_gram gram = {N, N, g, diagonal, diagonal};
    open_work(&work, "nngp(gain=1.4142135623730951)", 1, 1);
    find_gram(N, 1, g);
    find_diagonal(N, g, diagonal);
    covariance_gram_values(&work.work, &gram, k);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double size = sqrt(diagonal[i] * diagonal[j]), t = acos(fmin(g[i * N + j] / size, 1));
            /* acos loses half the digits where rows are equal */
            assert_within(k[i * N + j], size * (sin(t) + (M_PI - t) * cos(t)) / M_PI, 1e-13 * size);
        }
    close_work(&work);
}

static void threads_do_not_change_a_byte(void **state) {
    (void)state;
    static double g[ROWS_MAX * ROWS_MAX], products[2][ROWS_MAX * ROWS_MAX];
    double diagonal[ROWS_MAX], rows[2][ROWS_MAX], columns[2][ROWS_MAX], gradient[2][PARAMETERS_MAX];
    find_gram(ROWS_MAX, 1, g);
    find_diagonal(ROWS_MAX, g, diagonal);
    const struct covariance_gram gram = {ROWS_MAX, ROWS_MAX, g, diagonal, diagonal};
    for (size_t t = 0; t < 2; t++) {
        struct work work;
        const struct covariance_gram_pullback pullback = {products[t], rows[t], columns[t], gradient[t]};
        open_work(&work, "rbf + rq*linear", 1, 1 + 2 * t);
        assert_int_equal(covariance_gram_pull(&work.work, &gram, g, &pullback, &work.error), 0);
        assert_int_equal(work.covariance->parameter_count, 6);
        close_work(&work);
    }
    assert_memory_equal(products[0], products[1], sizeof products[0]);
    assert_memory_equal(rows[0], rows[1], sizeof rows[0]);
    assert_memory_equal(columns[0], columns[1], sizeof columns[0]);
    assert_memory_equal(gradient[0], gradient[1], 6 * sizeof gradient[0][0]);
}

static void others_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *kernel, *message;
    } cases[] = {
        {"rbf + periodic", "kernel: periodic is not defined on a Gram matrix"},
        {"sm", "kernel: sm is not defined on a Gram matrix"},
        {"white", "kernel: white is not defined on a Gram matrix"},
        {"rbf(ard=true)", "kernel: ard is not defined on a Gram matrix"},
        {"linear(columns=2)", "kernel: columns is not defined on a Gram matrix"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct work work;
        open_work(&work, cases[i].kernel, 2, 1);
        assert_int_equal(covariance_gram_check(work.covariance, &work.error), -1);
        assert_string_equal(work.error.text, cases[i].message);
        close_work(&work);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gram_matrix_of_points_gives_what_points_give),
        cmocka_unit_test(slopes_are_those_of_differences),
        cmocka_unit_test(a_square_matrix_moves_with_its_diagonal),
        cmocka_unit_test(layers_of_a_deep_kernel),
        cmocka_unit_test(the_arc_cosine_kernel),
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
