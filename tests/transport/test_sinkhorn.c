#include "transport/sinkhorn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { N = 3, M = 4 };

/* The small problem whose figures were computed apart, in Python; the divergences in 30 digits, where the
 * self problems need averaged steps: alternating ones are still off by 1e-7 after 3000. */
static const double x[] = {0, 0, 1, 0, 0, 1}, y[] = {1, 1, 2, .5, .5, 2, 0, .2};
static const double a[] = {.5, .3, .2}, b[] = {.1, .4, .3, .2};

static struct sinkhorn_problem small_problem(double epsilon) {
    struct sinkhorn_problem problem = {
        .cost = {.sources = N, .targets = M, .x = x, .y = y, .dimension = 2},
        .source_weights = a,
        .target_weights = b,
        .epsilon = epsilon,
        .source_penalty = INFINITY,
        .target_penalty = INFINITY,
    };
    problem.cost.ground = (struct ground_cost){GROUND_COST_SQEUCLIDEAN, 2, 1};
    return problem;
}

static struct sinkhorn_problem self_problem(const struct sinkhorn_problem *problem, bool targets) {
    struct sinkhorn_problem self = *problem;
    self.cost.sources = self.cost.targets = targets ? M : N;
    self.cost.x = self.cost.y = targets ? y : x;
    self.source_weights = self.target_weights = targets ? b : a;
    self.target_penalty = self.source_penalty;
    self.symmetric = true;
    return self;
}

static const struct sinkhorn_settings strict = {
    .tolerance = 1e-12, .max_iterations = 100000, .scaling = 0.5, .threads = 2};

static struct sinkhorn_result solved(const struct sinkhorn_problem *problem,
                                     const struct sinkhorn_settings *settings) {
    struct sinkhorn_result result;
    struct error error = {0};
    assert_int_equal(sinkhorn_solve(problem, settings, &result, &error), 0);
    return result;
}

/* OT(a, b) - OT(a, a)/2 - OT(b, b)/2 + eps/2 (sum a - sum b)^2. */
static double divergence(const struct sinkhorn_problem *problem) {
    struct sinkhorn_problem first = self_problem(problem, false), second = self_problem(problem, true);
    struct sinkhorn_result cross = solved(problem, &strict), one = solved(&first, &strict),
                           two = solved(&second, &strict);
    double value = cross.objective - one.objective / 2 - two.objective / 2;
    assert_close(value, cross.dual - one.dual / 2 - two.dual / 2, 1e-10);
    sinkhorn_result_free(&cross);
    sinkhorn_result_free(&one);
    sinkhorn_result_free(&two);
    return value;
}

/* Printed to nine decimals: half a unit of the last. */
static const double PRINTED = 5.1e-10;

static void the_small_problem_has_its_known_figures(void **state) {
    (void)state;
    static const struct {
        double epsilon, transport, objective, divergence;
    } known[] = {{1, 1.864908451, 2.212192011, 1.398145791},
                 {0.1, 1.683000002, 1.744376470, 1.628904443},
                 {0.01, 1.683, 1.689137647, 1.677590111}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct sinkhorn_problem problem = small_problem(known[i].epsilon);
        struct sinkhorn_result result = solved(&problem, &strict);
        assert_true(result.converged);
        assert_within(result.transport, known[i].transport, PRINTED);
        assert_within(result.objective, known[i].objective, PRINTED);
        assert_within(result.dual, known[i].objective, PRINTED);
        assert_within(result.mass, 1, 1e-12);
        assert_within(result.source_error, 0, 1e-12);
        assert_within(result.target_error, 0, 1e-13); /* exact but for C/eps = 400 roundings */
        assert_within(divergence(&problem), known[i].divergence, PRINTED);
        sinkhorn_result_free(&result);
    }
}

static void the_small_problem_has_its_known_potentials(void **state) {
    (void)state;
    static const double f[] = {1.981992286, 0.206628629, 0.265556368};
    static const double g[] = {0.324724581, 1.825362687, 2.026849163, -1.322881383};
    struct sinkhorn_problem problem = small_problem(1);
    struct sinkhorn_result result = solved(&problem, &strict);
    for (size_t i = 0; i < N; i++)
        assert_within(result.source_potentials[i], f[i], PRINTED);
    for (size_t j = 0; j < M; j++)
        assert_within(result.target_potentials[j], g[j], PRINTED);
    sinkhorn_result_free(&result);
}

static void other_ground_costs_have_their_known_transport(void **state) {
    (void)state;
    struct sinkhorn_problem problem = small_problem(0.1);
    problem.cost.ground.kind = GROUND_COST_EUCLIDEAN;
    struct sinkhorn_result result = solved(&problem, &strict);
    assert_within(result.transport, 1.154062338, PRINTED);
    sinkhorn_result_free(&result);
    problem.cost.ground.kind = GROUND_COST_CITYBLOCK;
    result = solved(&problem, &strict);
    assert_within(result.transport, 1.490019045, PRINTED);
    sinkhorn_result_free(&result);
}

static void penalised_marginals_have_their_known_figures(void **state) {
    (void)state;
    static const double f[] = {0.532106318, 0.401338516, 0.380705773};
    double doubled[N];
    struct sinkhorn_problem problem = small_problem(0.1);
    problem.source_penalty = problem.target_penalty = 1;
    struct sinkhorn_result result = solved(&problem, &strict);
    assert_within(result.transport, 0.4200822355, PRINTED / 10);
    assert_within(result.objective, 0.7745092910, PRINTED / 10);
    assert_within(result.dual, 0.7745092910, PRINTED / 10);
    assert_within(result.mass, 0.6311860519, PRINTED / 10);
    for (size_t i = 0; i < N; i++)
        assert_within(result.source_potentials[i], f[i], PRINTED);
    sinkhorn_result_free(&result);
    assert_within(divergence(&problem), 0.6625411833, PRINTED / 10);

    /* a doubled: S = OT(2a, b) - OT(2a, 2a)/2 - OT(b, b)/2 + eps/2 (2 - 1)^2 */
    for (size_t i = 0; i < N; i++)
        doubled[i] = 2 * a[i];
    problem.source_weights = doubled;
    struct sinkhorn_problem first = self_problem(&problem, false), second = self_problem(&problem, true);
    first.source_weights = first.target_weights = doubled;
    struct sinkhorn_result cross = solved(&problem, &strict), one = solved(&first, &strict),
                           two = solved(&second, &strict);
    assert_within(cross.dual - one.dual / 2 - two.dual / 2 + 0.05, 1.1493341677, PRINTED / 10);
    sinkhorn_result_free(&cross);
    sinkhorn_result_free(&one);
    sinkhorn_result_free(&two);
}

static void one_side_may_be_exact(void **state) {
    (void)state;
    struct sinkhorn_problem problem = small_problem(0.1);
    problem.source_penalty = 0.5;
    struct sinkhorn_result result = solved(&problem, &strict);
    assert_within(result.transport, 0.9868985284, PRINTED / 10);
    assert_within(result.objective, 1.1965103714, PRINTED / 10);
    assert_within(result.mass, 1, 1e-12);
    sinkhorn_result_free(&result);
}

static void three_plain_iterations_are_just_that(void **state) {
    (void)state;
    static const double sums[] = {0.195851656, 0.499143423, 0.305004921};
    struct sinkhorn_problem problem = small_problem(0.1);
    struct sinkhorn_settings settings = {.tolerance = 0, .max_iterations = 3, .scaling = 0.5, .threads = 1};
    struct sinkhorn_result result = solved(&problem, &settings);
    double plan[N * M];
    assert_int_equal(result.iterations, 3);
    assert_true(result.converged);
    assert_string_equal(result.method, "plain");
    assert_within(result.transport, 0.9861705901, PRINTED / 10);
    sinkhorn_plan_rows(&problem, result.source_potentials, result.target_potentials, 0, N, plan);
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        for (size_t j = 0; j < M; j++)
            sum += plan[i * M + j];
        assert_within(sum, sums[i], PRINTED);
    }
    for (size_t j = 0; j < M; j++)
        assert_within(plan[j] + plan[M + j] + plan[2 * M + j], b[j], 1e-15);
    assert_within(result.source_error, fabs(sums[0] - a[0]) + fabs(sums[1] - a[1]) + fabs(sums[2] - a[2]),
                  3 * PRINTED);
    sinkhorn_result_free(&result);
}

static void one_point_each_costs_their_distance(void **state) {
    (void)state;
    struct sinkhorn_problem problem = small_problem(0.3);
    problem.cost.sources = problem.cost.targets = 1;
    problem.source_weights = problem.target_weights = (double[]){1};
    struct sinkhorn_result result = solved(&problem, &strict);
    assert_close(result.transport, 2, 1e-15);
    assert_close(result.objective, 2, 1e-15);
    sinkhorn_result_free(&result);
}

static void a_large_epsilon_gives_the_product_of_the_weights(void **state) {
    (void)state;
    struct sinkhorn_problem problem = small_problem(1e8);
    struct sinkhorn_result result = solved(&problem, &strict);
    double plan[N * M];
    sinkhorn_plan_rows(&problem, result.source_potentials, result.target_potentials, 0, N, plan);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < M; j++)
            assert_within(plan[i * M + j], a[i] * b[j], 1e-7); /* C/eps */
    sinkhorn_result_free(&result);
}

static void a_small_epsilon_gives_exact_transport(void **state) {
    (void)state;
    struct sinkhorn_problem problem = small_problem(1e-4);
    struct sinkhorn_result result = solved(&problem, &strict);
    assert_within(result.transport, 1.683, 1e-11); /* C/eps = 4e4 times 1e-16 in each entry */
    sinkhorn_result_free(&result);
}

static void scaling_costs_and_epsilon_scales_values(void **state) {
    (void)state;
    struct sinkhorn_problem problem = small_problem(0.1);
    struct sinkhorn_result plain = solved(&problem, &strict);
    problem.cost.ground.scale = 1e5;
    problem.epsilon *= 1e5;
    struct sinkhorn_result scaled = solved(&problem, &strict);
    assert_close(scaled.transport, 1e5 * plain.transport, 1e-11);
    assert_close(scaled.objective, 1e5 * plain.objective, 1e-11);
    sinkhorn_result_free(&plain);
    sinkhorn_result_free(&scaled);
}

static void shifting_the_cost_shifts_the_values(void **state) {
    (void)state;
    struct sinkhorn_problem problem = small_problem(0.1);
    double matrix[N * M];
    struct sinkhorn_result plain = solved(&problem, &strict);
    pair_cost_tile(&problem.cost, &(struct pair_cost_window){0, N, 0, M}, matrix);
    for (size_t i = 0; i < N * M; i++)
        matrix[i] += 7;
    problem.cost.matrix = matrix;
    struct sinkhorn_result shifted = solved(&problem, &strict);
    assert_within(shifted.transport, plain.transport + 7, 1e-11);
    assert_within(shifted.objective, plain.objective + 7, 1e-11);
    sinkhorn_result_free(&plain);
    sinkhorn_result_free(&shifted);
}

static void a_large_penalty_gives_the_balanced_plan(void **state) {
    (void)state;
    struct sinkhorn_problem problem = small_problem(0.1);
    struct sinkhorn_result balanced = solved(&problem, &strict);
    problem.source_penalty = problem.target_penalty = 1e6;
    struct sinkhorn_result penalised = solved(&problem, &strict);
    assert_true(penalised.converged);
    assert_true(penalised.iterations < 1000);
    assert_within(penalised.transport, balanced.transport, 1e-5);
    assert_within(penalised.objective, balanced.objective, 1e-5);
    assert_within(penalised.mass, 1, 1e-5);
    sinkhorn_result_free(&balanced);
    sinkhorn_result_free(&penalised);
}

/* The dual of a feasible pair of potentials bounds the primal; equality tells that both are optimal. */
static void total_variation_closes_the_gap(void **state) {
    (void)state;
    static const double penalties[] = {0.2, 1, 10};
    for (size_t i = 0; i < 3; i++) {
        struct sinkhorn_problem problem = small_problem(0.1);
        problem.total_variation = true;
        problem.source_penalty = problem.target_penalty = penalties[i];
        struct sinkhorn_result result = solved(&problem, &strict);
        assert_true(result.converged);
        assert_close(result.objective, result.dual, 1e-9);
        sinkhorn_result_free(&result);
    }
}

static double random_points[2][60 * 3], random_weights[2][60];

static struct sinkhorn_problem random_problem(size_t n, size_t m, double epsilon) {
    struct random_stream stream;
    size_t counts[] = {n, m};
    for (size_t side = 0; side < 2; side++) {
        double sum = 0;
        random_start(&stream, 5, "test", "sinkhorn", side);
        random_normals(&stream, counts[side] * 3, random_points[side]);
        for (size_t i = 0; i < counts[side]; i++)
            sum += random_weights[side][i] = random_exponential(&stream);
        for (size_t i = 0; i < counts[side]; i++)
            random_weights[side][i] /= sum;
    }
    struct sinkhorn_problem problem = small_problem(epsilon);
    problem.cost.sources = n;
    problem.cost.targets = m;
    problem.cost.x = random_points[0];
    problem.cost.y = random_points[1];
    problem.cost.dimension = 3;
    problem.source_weights = random_weights[0];
    problem.target_weights = random_weights[1];
    return problem;
}

/* Half steps as they stand in the books, in long double. */
static void reference_step(const struct sinkhorn_problem *problem, const double *matrix, bool sources,
                           const long double *known, long double *wanted) {
    size_t n = problem->cost.sources, m = problem->cost.targets;
    const double *weights = sources ? problem->target_weights : problem->source_weights;
    for (size_t i = 0; i < (sources ? n : m); i++) {
        long double largest = -INFINITY, sum = 0;
        for (int pass = 0; pass < 2; pass++)
            for (size_t j = 0; j < (sources ? m : n); j++) {
                long double cost = matrix[sources ? i * m + j : j * m + i];
                long double exponent = logl(weights[j]) + (known[j] - cost) / problem->epsilon;
                if (pass == 0)
                    largest = fmaxl(largest, exponent);
                else
                    sum += expl(exponent - largest);
            }
        long double factor = 1, penalty = sources ? problem->source_penalty : problem->target_penalty;
        if (isfinite(penalty))
            factor = penalty / (penalty + problem->epsilon);
        wanted[i] = -factor * problem->epsilon * (largest + logl(sum));
    }
}

/* <f, a> = <g, b> */
static void assert_balance(const struct sinkhorn_problem *problem, const struct sinkhorn_result *result) {
    double difference = 0;
    for (size_t i = 0; i < problem->cost.sources; i++)
        difference += problem->source_weights[i] * result->source_potentials[i];
    for (size_t j = 0; j < problem->cost.targets; j++)
        difference -= problem->target_weights[j] * result->target_potentials[j];
    assert_within(difference, 0, 1e-14);
}

static void plain_steps_are_those_of_the_books(void **state) {
    (void)state;
    enum { SOURCES = 37, TARGETS = 53, STEPS = 7 };
    static const double penalties[] = {INFINITY, 2};
    double matrix[SOURCES * TARGETS];
    for (size_t p = 0; p < 2; p++) {
        struct sinkhorn_problem problem = random_problem(SOURCES, TARGETS, 0.05);
        problem.source_penalty = penalties[p];
        random_weights[0][3] = random_weights[1][50] = 0;
        long double f[SOURCES] = {0}, g[TARGETS] = {0};
        pair_cost_tile(&problem.cost, &(struct pair_cost_window){0, SOURCES, 0, TARGETS}, matrix);
        matrix[5 * TARGETS + 7] = matrix[6 * TARGETS + 7] = INFINITY;
        problem.cost.matrix = matrix;
        for (int step = 0; step < STEPS; step++) {
            reference_step(&problem, matrix, true, g, f);
            reference_step(&problem, matrix, false, f, g);
        }
        struct sinkhorn_settings settings = {.tolerance = 0, .max_iterations = STEPS, .threads = 2};
        struct sinkhorn_result result = solved(&problem, &settings);
        /* Balanced potentials are fixed up to a constant. */
        long double shift = isinf(penalties[p]) ? result.source_potentials[0] - f[0] : 0;
        if (isinf(penalties[p]))
            assert_balance(&problem, &result);
        for (size_t i = 0; i < SOURCES; i++)
            assert_within(result.source_potentials[i], (double)(f[i] + shift), 1e-12);
        for (size_t j = 0; j < TARGETS; j++)
            assert_within(result.target_potentials[j], (double)(g[j] - shift), 1e-12);
        sinkhorn_result_free(&result);
    }
}

static void figures_are_those_of_the_plan(void **state) {
    (void)state;
    enum { SOURCES = 37, TARGETS = 53 };
    struct sinkhorn_problem problem = random_problem(SOURCES, TARGETS, 0.2);
    double matrix[SOURCES * TARGETS], plan[SOURCES * TARGETS], rows[SOURCES] = {0}, columns[TARGETS] = {0};
    double transport = 0, entropy = 0, relative = 0, penalty = 0, source_error = 0, target_error = 0,
           mass = 0;
    problem.source_penalty = 3;
    problem.target_penalty = 0.7;
    random_weights[0][2] = 0;
    struct sinkhorn_result result = solved(&problem, &strict);
    pair_cost_tile(&problem.cost, &(struct pair_cost_window){0, SOURCES, 0, TARGETS}, matrix);
    sinkhorn_plan_rows(&problem, result.source_potentials, result.target_potentials, 0, SOURCES, plan);
    for (size_t i = 0; i < SOURCES; i++)
        for (size_t j = 0; j < TARGETS; j++) {
            double p = plan[i * TARGETS + j], q = random_weights[0][i] * random_weights[1][j];
            rows[i] += p;
            columns[j] += p;
            mass += p;
            transport += p * matrix[i * TARGETS + j];
            entropy -= p > 0 ? p * log(p) : 0;
            relative += (p > 0 ? p * log(p / q) : 0) - p + q;
        }
    for (size_t i = 0; i < SOURCES; i++) {
        double w = random_weights[0][i];
        source_error += fabs(rows[i] - w);
        penalty += w > 0 ? 3 * (rows[i] * log(rows[i] / w) - rows[i] + w) : 0;
    }
    for (size_t j = 0; j < TARGETS; j++) {
        double w = random_weights[1][j];
        target_error += fabs(columns[j] - w);
        penalty += 0.7 * (columns[j] * log(columns[j] / w) - columns[j] + w);
    }
    assert_close(result.transport, transport, 1e-13);
    assert_close(result.mass, mass, 1e-13);
    assert_close(result.entropy, entropy, 1e-12);
    assert_close(result.objective, transport + 0.2 * relative + penalty, 1e-12);
    assert_close(result.objective, result.dual, 1e-11);
    assert_close(result.source_error, source_error, 1e-12);
    assert_close(result.target_error, target_error, 1e-12);
    sinkhorn_result_free(&result);
}

static void the_number_of_threads_does_not_show(void **state) {
    (void)state;
    struct sinkhorn_problem problem = random_problem(60, 57, 0.05);
    struct sinkhorn_settings settings = strict;
    settings.threads = 1;
    struct sinkhorn_result one = solved(&problem, &settings);
    settings.threads = 5;
    struct sinkhorn_result five = solved(&problem, &settings);
    assert_int_equal(one.iterations, five.iterations);
    assert_same_bits(one.source_potentials, five.source_potentials, 60);
    assert_same_bits(one.target_potentials, five.target_potentials, 57);
    assert_same_bits(&one.transport, &five.transport, 1);
    assert_same_bits(&one.entropy, &five.entropy, 1);
    sinkhorn_result_free(&one);
    sinkhorn_result_free(&five);
}

static void a_start_at_the_solution_needs_no_steps(void **state) {
    (void)state;
    struct sinkhorn_problem problem = random_problem(40, 50, 0.05);
    struct sinkhorn_result first = solved(&problem, &strict);
    struct sinkhorn_settings settings = strict;
    settings.tolerance = 1e-9;
    settings.source_start = first.source_potentials;
    struct sinkhorn_result one = solved(&problem, &settings);
    settings.target_start = first.target_potentials;
    struct sinkhorn_result both = solved(&problem, &settings);
    assert_true(one.iterations <= 3 && both.iterations <= 3); /* one in single, two in double precision */
    assert_int_equal(both.scaling_iterations, 0);
    assert_close(both.transport, first.transport, 1e-9);
    sinkhorn_result_free(&first);
    sinkhorn_result_free(&one);
    sinkhorn_result_free(&both);
}

static void a_shuffled_problem_has_a_shuffled_plan(void **state) {
    (void)state;
    struct sinkhorn_problem problem = small_problem(0.1), shuffled = problem;
    double turned[] = {.5, 2, 0, .2, 1, 1, 2, .5}, turned_weights[] = {.3, .2, .1, .4}, plan[N * M],
           other[N * M];
    static const size_t order[] = {2, 3, 0, 1};
    shuffled.cost.y = turned;
    shuffled.target_weights = turned_weights;
    struct sinkhorn_result first = solved(&problem, &strict), second = solved(&shuffled, &strict);
    sinkhorn_plan_rows(&problem, first.source_potentials, first.target_potentials, 0, N, plan);
    sinkhorn_plan_rows(&shuffled, second.source_potentials, second.target_potentials, 0, N, other);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < M; j++)
            assert_within(other[i * M + j], plan[i * M + order[j]], 1e-12);
    sinkhorn_result_free(&first);
    sinkhorn_result_free(&second);
}

static void forbidden_pairs_carry_nothing(void **state) {
    (void)state;
    double matrix[] = {0, INFINITY, 1, 2, INFINITY, 0.5}, plan[6];
    struct sinkhorn_problem problem = small_problem(0.1);
    problem.cost = (struct pair_cost){.sources = 3, .targets = 2, .matrix = matrix};
    problem.source_weights = (double[]){0.3, 0.4, 0.3};
    problem.target_weights = (double[]){0.5, 0.5};
    struct sinkhorn_result result = solved(&problem, &strict);
    sinkhorn_plan_rows(&problem, result.source_potentials, result.target_potentials, 0, 3, plan);
    static const double known[] = {0.3, 0, 0.2, 0.2, 0, 0.3}; /* the only plan there is */
    for (size_t i = 0; i < 6; i++)
        assert_within(plan[i], known[i], 1e-11);
    assert_close(result.transport, 0.2 + 0.4 + 0.15, 1e-11);
    sinkhorn_result_free(&result);
}

static void a_source_without_a_way_is_named(void **state) {
    (void)state;
    double matrix[] = {0, 1, INFINITY, INFINITY};
    struct sinkhorn_problem problem = small_problem(0.1);
    struct sinkhorn_result result;
    struct error error = {0};
    problem.cost = (struct pair_cost){.sources = 2, .targets = 2, .matrix = matrix};
    problem.source_weights = problem.target_weights = (double[]){0.5, 0.5};
    assert_int_equal(sinkhorn_solve(&problem, &strict, &result, &error), -1);
    assert_string_equal(error.text, "no finite cost from source 2");
    problem.source_weights = (double[]){1, 0}; /* nothing has to leave it */
    result = solved(&problem, &strict);
    assert_close(result.transport, 0.5, 1e-12);
    assert_close(result.source_potentials[1], INFINITY, 0); /* what the formula gives */
    sinkhorn_result_free(&result);
}

static int stop_at_once(void *context, const double *source_potentials, const double *target_potentials) {
    (void)source_potentials;
    (void)target_potentials;
    ++*(int *)context;
    return -1;
}

static void a_checkpoint_may_end_the_solver(void **state) {
    (void)state;
    struct sinkhorn_problem problem = random_problem(40, 50, 0.01);
    struct sinkhorn_settings settings = strict;
    int calls = 0;
    settings.checkpoint = stop_at_once;
    settings.context = &calls;
    struct sinkhorn_result result = solved(&problem, &settings);
    assert_int_equal(calls, 1);
    assert_false(result.converged);
    assert_true(isfinite(result.transport));
    sinkhorn_result_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_small_problem_has_its_known_figures),
        cmocka_unit_test(the_small_problem_has_its_known_potentials),
        cmocka_unit_test(other_ground_costs_have_their_known_transport),
        cmocka_unit_test(penalised_marginals_have_their_known_figures),
        cmocka_unit_test(one_side_may_be_exact),
        cmocka_unit_test(three_plain_iterations_are_just_that),
        cmocka_unit_test(one_point_each_costs_their_distance),
        cmocka_unit_test(a_large_epsilon_gives_the_product_of_the_weights),
        cmocka_unit_test(a_small_epsilon_gives_exact_transport),
        cmocka_unit_test(scaling_costs_and_epsilon_scales_values),
        cmocka_unit_test(shifting_the_cost_shifts_the_values),
        cmocka_unit_test(a_large_penalty_gives_the_balanced_plan),
        cmocka_unit_test(total_variation_closes_the_gap),
        cmocka_unit_test(plain_steps_are_those_of_the_books),
        cmocka_unit_test(figures_are_those_of_the_plan),
        cmocka_unit_test(the_number_of_threads_does_not_show),
        cmocka_unit_test(a_start_at_the_solution_needs_no_steps),
        cmocka_unit_test(a_shuffled_problem_has_a_shuffled_plan),
        cmocka_unit_test(forbidden_pairs_carry_nothing),
        cmocka_unit_test(a_source_without_a_way_is_named),
        cmocka_unit_test(a_checkpoint_may_end_the_solver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
