#include "divergence/distillation_relation.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "num/sinkhorn_clouds.h"

enum { PAIR = DISTILLATION_TEACHER | DISTILLATION_LOGITS | DISTILLATION_BATCH };

/* Softmax of every row: p and q, rows x columns. */
static void take_softmax(const struct distillation_batch *batch, double t, double *logs, double *p,
                         double *q) {
    for (size_t i = 0; i < batch->rows; i++) {
        size_t at = i * batch->columns;
        distillation_term_softmax(batch->columns, batch->teacher + at, t, logs, p + at);
        distillation_term_softmax(batch->columns, batch->student + at, t, logs, q + at);
    }
}

/* From the derivative in q, where it stands, to that in the logits. */
static void pull_softmax(const struct distillation_batch *batch, double factor, const double *q,
                         double *gradient) {
    for (size_t i = 0; i < batch->rows; i++) {
        double *row = gradient + i * batch->columns;
        distillation_term_through_softmax(batch->columns, q + i * batch->columns, row, factor, row);
    }
}

/* Numbers at a stride. */
struct strided {
    const double *values;
    size_t count, stride;
};

static double strided_mean(const struct strided *x) {
    double sum = 0;
    for (size_t i = 0; i < x->count; i++)
        sum += x->values[i * x->stride];
    return sum / (double)x->count;
}

/* corr(p, q); 0 where one is constant. Adds factor d corr / dq to the gradient, at the same stride, unless
 * that is NULL. */
static double correlate(const struct strided *p, const struct strided *q, double factor, double *gradient) {
    double mean_p = strided_mean(p), mean_q = strided_mean(q), pp = 0, qq = 0, pq = 0;
    for (size_t i = 0; i < p->count; i++) {
        double a = p->values[i * p->stride] - mean_p, b = q->values[i * q->stride] - mean_q;
        pp += a * a;
        qq += b * b;
        pq += a * b;
    }
    /* What rounding leaves of a constant is no direction. */
    double least = 0x1p-50 * 0x1p-50 * (double)p->count;
    if (pp <= least * mean_p * mean_p || qq <= least * mean_q * mean_q)
        return 0;
    double norm_p = sqrt(pp), norm_q = sqrt(qq), correlation = pq / (norm_p * norm_q);
    for (size_t i = 0; gradient != NULL && i < p->count; i++) {
        double a = p->values[i * p->stride] - mean_p, b = q->values[i * q->stride] - mean_q;
        gradient[i * q->stride] += factor * (a / norm_p - correlation * b / norm_q) / norm_q;
    }
    return correlation;
}

enum { RELATION_BETA, RELATION_GAMMA };

static int relate(const struct distillation_term *term, const struct distillation_batch *batch,
                  double *values, double *gradient, struct error *error) {
    size_t rows = batch->rows, columns = batch->columns;
    double t = term->temperature, beta = term->keys[RELATION_BETA], gamma = term->keys[RELATION_GAMMA];
    double across = gamma / (double)columns, between = 0;
    double *p = memory_matrix(error, rows, columns, sizeof *p);
    double *q = memory_matrix(error, rows, columns, sizeof *q);
    double *logs = memory_array(error, columns, sizeof *logs);
    int status = p == NULL || q == NULL || logs == NULL ? -1 : 0;
    if (status == 0) {
        take_softmax(batch, t, logs, p, q);
        for (size_t i = 0; gradient != NULL && i < rows * columns; i++)
            gradient[i] = 0;
        for (size_t i = 0; i < rows; i++) {
            const struct strided one = {p + i * columns, columns, 1}, other = {q + i * columns, columns, 1};
            double *slope = gradient != NULL ? gradient + i * columns : NULL;
            values[i] = beta * (1 - correlate(&one, &other, -beta, slope));
        }
        for (size_t j = 0; j < columns; j++) {
            const struct strided one = {p + j, rows, columns}, other = {q + j, rows, columns};
            double *slope = gradient != NULL ? gradient + j : NULL;
            between += across * (1 - correlate(&one, &other, -across * (double)rows, slope));
        }
        for (size_t i = 0; i < rows; i++)
            values[i] = t * t * (values[i] + between);
        if (gradient != NULL)
            pull_softmax(batch, t, q, gradient);
    }
    free(p);
    free(q);
    free(logs);
    return status;
}

enum {
    TRANSPORT_LAMBDA,
    TRANSPORT_ITERATIONS,
    TRANSPORT_COST,
    TRANSPORT_TOLERANCE,
    TRANSPORT_PAIRING,
    TRANSPORT_GRADIENT,
    TRANSPORT_DEBIAS
};

/* The probabilities, and what of the plan's arrays is needed. */
struct transport {
    const struct distillation_term *term;
    const struct distillation_batch *batch;
    struct ground_cost ground;
    double *logs, *p, *q;
};

static int transport_open(struct transport *transport, const struct distillation_term *term,
                          const struct distillation_batch *batch, struct error *error) {
    static const enum ground_cost_kind kinds[] = {GROUND_COST_CITYBLOCK, GROUND_COST_EUCLIDEAN,
                                                  GROUND_COST_SQEUCLIDEAN, GROUND_COST_CITYBLOCK,
                                                  GROUND_COST_EUCLIDEAN};
    *transport = (struct transport){
        .term = term,
        .batch = batch,
        .ground = {.kind = kinds[(size_t)term->keys[TRANSPORT_COST]], .scale = 1},
        .logs = memory_array(error, batch->columns, sizeof(double)),
        .p = memory_matrix(error, batch->rows, batch->columns, sizeof(double)),
        .q = memory_matrix(error, batch->rows, batch->columns, sizeof(double)),
    };
    if (transport->logs == NULL || transport->p == NULL || transport->q == NULL)
        return -1;
    take_softmax(batch, term->temperature, transport->logs, transport->p, transport->q);
    return 0;
}

static void transport_close(struct transport *transport) {
    free(transport->logs);
    free(transport->p);
    free(transport->q);
}

/* Each row to its own: the plan is the identity. */
static void pair_rows(const struct transport *transport, double *values, double *gradient) {
    size_t columns = transport->batch->columns;
    for (size_t i = 0; i < transport->batch->rows; i++) {
        const double *p = transport->p + i * columns, *q = transport->q + i * columns;
        values[i] = ground_cost_between(&transport->ground, columns, q, p);
        if (gradient == NULL)
            continue;
        for (size_t j = 0; j < columns; j++)
            gradient[i * columns + j] = 0;
        ground_cost_add_gradient(&transport->ground, columns, q, p, 1, gradient + i * columns);
    }
}

/* The largest batch with one plan. */
enum { TRANSPORT_ROWS_MAX = 20000 };

static struct sinkhorn_clouds *run_clouds(const struct transport *transport, bool debiased, double *gradient,
                                          struct sinkhorn_clouds_outcome *outcome, struct error *error) {
    const double *keys = transport->term->keys;
    size_t rows = transport->batch->rows;
    const struct sinkhorn_clouds_settings settings = {
        .ground = transport->ground,
        .epsilon = keys[TRANSPORT_LAMBDA],
        .iterations = (size_t)keys[TRANSPORT_ITERATIONS],
        .tolerance = keys[TRANSPORT_TOLERANCE],
        .largest = true,
        .debiased = debiased,
        .value = SINKHORN_STEPS_TRANSPORT,
        .gradient = gradient == NULL                ? SINKHORN_CLOUDS_NO_GRADIENT
                    : keys[TRANSPORT_GRADIENT] == 0 ? SINKHORN_CLOUDS_UNROLLED
                                                    : SINKHORN_CLOUDS_PLAN,
    };
    if (rows > TRANSPORT_ROWS_MAX) {
        error_set(error, "sinkhorn on one batch of %zu rows needs %.0f GiB; use --batch", rows,
                  2 * 8 * (double)rows * (double)rows * 0x1p-30);
        return NULL;
    }
    struct sinkhorn_clouds *clouds = sinkhorn_clouds_create(rows, rows, &settings, error);
    if (clouds != NULL)
        *outcome = sinkhorn_clouds_run(clouds, rows, rows, transport->batch->columns, transport->q,
                                       transport->p, gradient);
    return clouds;
}

/* n sum_j P_ij D_ij of each row. */
static int split_cost(const struct transport *transport, const struct sinkhorn_clouds *clouds, double *values,
                      struct error *error) {
    size_t rows = transport->batch->rows, columns = transport->batch->columns;
    double *plan = memory_matrix(error, rows, rows, sizeof *plan);
    if (plan == NULL)
        return -1;
    sinkhorn_clouds_plan(clouds, plan);
    for (size_t i = 0; i < rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < rows; j++)
            sum += plan[i * rows + j] * ground_cost_between(&transport->ground, columns,
                                                            transport->q + i * columns,
                                                            transport->p + j * columns);
        values[i] = (double)rows * sum;
    }
    free(plan);
    return 0;
}

static int pair_clouds(const struct transport *transport, double *values, double *gradient,
                       struct error *error) {
    struct sinkhorn_clouds_outcome outcome;
    bool debiased = transport->term->keys[TRANSPORT_DEBIAS] == 1;
    size_t rows = transport->batch->rows;
    struct sinkhorn_clouds *clouds = run_clouds(transport, debiased, gradient, &outcome, error);
    int status = clouds == NULL ? -1 : 0;
    struct distillation_steps *steps = transport->batch->steps;
    if (status == 0 && steps != NULL) {
        steps->unconverged |= !outcome.converged && transport->term->keys[TRANSPORT_TOLERANCE] > 0;
        steps->row_error = fmax(steps->row_error, outcome.row_largest);
    }
    if (status == 0 && !debiased)
        status = split_cost(transport, clouds, values, error);
    for (size_t i = 0; status == 0 && debiased && i < rows; i++)
        values[i] = outcome.value;
    for (size_t i = 0; status == 0 && gradient != NULL && i < rows * transport->batch->columns; i++)
        gradient[i] *= (double)rows; /* of the sum over the rows */
    sinkhorn_clouds_free(clouds);
    return status;
}

static int transport_rows(const struct distillation_term *term, const struct distillation_batch *batch,
                          double *values, double *gradient, struct error *error) {
    struct transport transport;
    int status = transport_open(&transport, term, batch, error);
    if (status == 0 && term->keys[TRANSPORT_PAIRING] == 1)
        pair_rows(&transport, values, gradient);
    else if (status == 0)
        status = pair_clouds(&transport, values, gradient, error);
    if (status == 0 && gradient != NULL)
        pull_softmax(batch, 1 / term->temperature, transport.q, gradient);
    transport_close(&transport);
    return status;
}

bool distillation_relation_has_plan(const struct distillation_term *term) {
    return term->kind == &distillation_relation_sinkhorn && term->keys[TRANSPORT_PAIRING] == 0;
}

int distillation_relation_plan(const struct distillation_term *term, const struct distillation_batch *batch,
                               double *plan, struct error *error) {
    struct transport transport;
    struct sinkhorn_clouds *clouds = NULL;
    struct sinkhorn_clouds_outcome outcome;
    int status = transport_open(&transport, term, batch, error);
    if (status == 0 && (clouds = run_clouds(&transport, false, NULL, &outcome, error)) == NULL)
        status = -1;
    if (status == 0)
        sinkhorn_clouds_plan(clouds, plan);
    for (size_t i = 0; status == 0 && i < batch->rows * batch->rows; i++)
        plan[i] *= (double)batch->rows;
    sinkhorn_clouds_free(clouds);
    transport_close(&transport);
    return status;
}

const struct distillation_kind distillation_relation_dist = {
    .name = "dist",
    .needs = PAIR,
    .batch = relate,
    .keys = {{.name = "beta", .value = 1, .high = INFINITY}, {.name = "gamma", .value = 1, .high = INFINITY}},
};

static const char *const costs[] = {"cityblock", "euclidean", "sqeuclidean", "l1", "l2", NULL};
static const char *const pairings[] = {"batch", "row", NULL};
static const char *const gradients[] = {"unrolled", "plan", NULL};

static int check_transport(const struct distillation_term *term, struct error *error) {
    if (!isfinite(term->keys[TRANSPORT_LAMBDA]))
        return error_set_usage(error, "sinkhorn: lambda must be finite");
    if (term->keys[TRANSPORT_DEBIAS] == 1 && term->keys[TRANSPORT_PAIRING] == 1)
        return error_set_usage(error, "sinkhorn: debias needs pairing=batch");
    return 0;
}

const struct distillation_kind distillation_relation_sinkhorn = {
    .name = "sinkhorn",
    .needs = PAIR,
    .temperature = 2,
    .batch = transport_rows,
    .check = check_transport,
    .keys = {{.name = "lambda", .value = 0.1, .high = INFINITY, .low_open = true},
             {.name = "iterations", .value = 20, .low = 1, .high = 1e9, .whole = true},
             {.name = "cost", .words = costs},
             {.name = "tolerance", .high = INFINITY},
             {.name = "pairing", .words = pairings},
             {.name = "gradient", .words = gradients},
             {.name = "debias", .high = 1, .whole = true}},
};
