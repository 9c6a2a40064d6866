#include "transport/transport_plan.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/running_sum.h"

/* A pass is cut in slices of rows, each with its own sums: the cut depends on sizes alone. Within a slice
 * rows come in tiles of about so many values. */
enum { SLICES_MAX = 16, TILE_VALUES = 1 << 15, SUMS_MAX = 1 << 24 };

int transport_plan_of_potentials(struct transport_plan *plan, const struct sinkhorn_problem *problem,
                                 const struct sinkhorn_result *result, size_t threads, struct error *error) {
    (void)error;
    *plan = (struct transport_plan){.problem = problem,
                                    .source_potentials = result->source_potentials,
                                    .target_potentials = result->target_potentials,
                                    .threads = threads};
    return 0;
}

int transport_plan_of_flows(struct transport_plan *plan, const struct sinkhorn_problem *problem,
                            const struct exact_transport *exact, size_t threads, struct error *error) {
    size_t sources = problem->cost.sources;
    *plan = (struct transport_plan){.problem = problem, .exact = exact, .threads = threads};
    plan->first_flow = memory_array(error, sources + 1, sizeof *plan->first_flow);
    if (plan->first_flow == NULL)
        return -1;
    size_t flow = 0;
    for (size_t i = 0; i <= sources; i++) {
        while (flow < exact->flow_count && exact->flows[flow].source < i)
            flow++;
        plan->first_flow[i] = flow;
    }
    return 0;
}

void transport_plan_free(struct transport_plan *plan) {
    free(plan->first_flow);
    free(plan->row_factors);
    free(plan->column_factors);
    free(plan->row_rest);
    free(plan->column_rest);
    free(plan->held);
    *plan = (struct transport_plan){0};
}

static void flow_rows(const struct transport_plan *plan, size_t first, size_t count, double *rows) {
    size_t targets = plan->problem->cost.targets;
    memset(rows, 0, count * targets * sizeof *rows);
    for (size_t flow = plan->first_flow[first]; flow < plan->first_flow[first + count]; flow++) {
        const struct exact_transport_flow *at = &plan->exact->flows[flow];
        rows[(at->source - first) * targets + at->target] = at->mass;
    }
}

void transport_plan_rows(const struct transport_plan *plan, size_t first, size_t count, double *rows) {
    size_t targets = plan->problem->cost.targets;
    if (plan->held != NULL) {
        memcpy(rows, plan->held + first * targets, count * targets * sizeof *rows);
        return;
    }
    if (plan->exact != NULL)
        flow_rows(plan, first, count, rows);
    else
        sinkhorn_plan_rows(plan->problem, plan->source_potentials, plan->target_potentials, first, count,
                           rows);
    for (size_t i = 0; plan->row_factors != NULL && i < count; i++)
        for (size_t j = 0; j < targets; j++)
            rows[i * targets + j] =
                rows[i * targets + j] * plan->row_factors[first + i] * plan->column_factors[j] +
                (plan->row_rest != NULL ? plan->row_rest[first + i] * plan->column_rest[j] : 0);
}

/* A pass at work. */
struct job {
    const struct transport_plan *plan;
    const struct transport_pass *pass;
    size_t slices, tile_rows;
    double *rooms; /* per worker: tile_rows x targets of plan, then of costs */
    double *sums;  /* slices x sums_count */
};

static void run_slice(void *context, size_t slice, size_t worker) {
    const struct job *job = context;
    const struct pair_cost *cost = &job->plan->problem->cost;
    size_t targets = cost->targets, values = job->tile_rows * targets;
    size_t first = cost->sources * slice / job->slices, end = cost->sources * (slice + 1) / job->slices;
    double *rows = job->rooms + 2 * worker * values, *costs = rows + values;
    double *sums = job->sums != NULL ? job->sums + slice * job->pass->sums_count : NULL;
    for (; first < end; first += job->tile_rows) {
        size_t count = end - first < job->tile_rows ? end - first : job->tile_rows;
        const struct pair_cost_window window = {first, count, 0, targets};
        transport_plan_rows(job->plan, first, count, rows);
        if (job->pass->costs)
            pair_cost_tile(cost, &window, costs);
        for (size_t i = 0; i < count; i++)
            job->pass->row(job->pass->context, first + i, rows + i * targets,
                           job->pass->costs ? costs + i * targets : NULL, sums);
    }
}

static size_t slices_of(size_t sources, size_t sums_count) {
    size_t slices = SLICES_MAX;
    while (slices > 1 && (slices > sources || sums_count > SUMS_MAX / slices))
        slices--;
    return slices;
}

int transport_pass_run(const struct transport_plan *plan, const struct transport_pass *pass,
                       struct error *error) {
    size_t targets = plan->problem->cost.targets, threads = plan->threads > 0 ? plan->threads : 1;
    struct job job = {.plan = plan, .pass = pass};
    job.slices = slices_of(plan->problem->cost.sources, pass->sums_count);
    job.tile_rows = targets < TILE_VALUES ? TILE_VALUES / targets : 1;
    threads = threads < job.slices ? threads : job.slices;
    job.rooms = memory_matrix(error, 2 * threads * job.tile_rows, targets, sizeof *job.rooms);
    if (pass->sums_count > 0)
        job.sums = memory_zeros(error, job.slices * pass->sums_count, sizeof *job.sums);
    if (job.rooms == NULL || (pass->sums_count > 0 && job.sums == NULL)) {
        free(job.rooms);
        free(job.sums);
        return -1;
    }
    parallel_for(threads, job.slices, run_slice, &job);
    for (size_t k = 0; k < pass->sums_count; k++) {
        double sum = 0;
        for (size_t slice = 0; slice < job.slices; slice++)
            sum += job.sums[slice * pass->sums_count + k];
        pass->sums[k] = sum;
    }
    free(job.rooms);
    free(job.sums);
    return 0;
}

static void hold_row(void *context, size_t source, const double *plan, const double *cost, double *sums) {
    struct transport_plan *target = context;
    size_t targets = target->problem->cost.targets;
    (void)cost;
    (void)sums;
    memcpy(target->held + source * targets, plan, targets * sizeof *plan);
}

void transport_plan_hold(struct transport_plan *plan, size_t bytes_most) {
    size_t targets = plan->problem->cost.targets, values;
    struct error ignored;
    struct transport_plan target = {.problem = plan->problem};
    const struct transport_pass pass = {.row = hold_row, .context = &target};
    if (plan->held != NULL || !memory_product(plan->problem->cost.sources, targets, &values) ||
        values > bytes_most / sizeof(double))
        return;
    target.held = memory_array(&ignored, values, sizeof *target.held);
    if (target.held == NULL)
        return;
    if (transport_pass_run(plan, &pass, &ignored) == 0)
        plan->held = target.held;
    else
        free(target.held);
}

/* The rounding's passes: row sums of the plan as it stands, and its column sums. */
struct margins {
    size_t targets;
    double *rows;          /* written: sums of the rows */
    const double *weights; /* NULL, or a: rows are scaled by min(a/r, 1) before their columns are summed */
};

static void margins_row(void *context, size_t source, const double *plan, const double *cost, double *sums) {
    const struct margins *margins = context;
    double sum = 0, factor = 1;
    (void)cost;
    for (size_t j = 0; j < margins->targets; j++)
        sum += plan[j];
    margins->rows[source] = sum;
    if (margins->weights != NULL && sum > margins->weights[source])
        factor = margins->weights[source] / sum;
    for (size_t j = 0; j < margins->targets; j++)
        sums[j] += factor * plan[j];
}

static int take_margins(const struct transport_plan *plan, double *rows, double *columns,
                        const double *weights, struct error *error) {
    struct margins margins = {plan->problem->cost.targets, rows, weights};
    const struct transport_pass pass = {margins_row, &margins, false, margins.targets, columns};
    return transport_pass_run(plan, &pass, error);
}

/* Sums become factors min(weight / sum, 1). */
static void make_factors(size_t count, const double *weights, double *sums) {
    for (size_t i = 0; i < count; i++)
        sums[i] = sums[i] > weights[i] ? weights[i] / sums[i] : 1;
}

static double make_rest(size_t count, const double *weights, double *sums) {
    double total = 0;
    for (size_t i = 0; i < count; i++) {
        sums[i] = fmax(weights[i] - sums[i], 0);
        total += sums[i];
    }
    return total;
}

int transport_plan_round(struct transport_plan *plan, struct error *error) {
    const struct sinkhorn_problem *problem = plan->problem;
    size_t n = problem->cost.sources, m = problem->cost.targets;
    double *rows = memory_array(error, n, sizeof *rows), *columns = memory_array(error, m, sizeof *columns);
    double *row_rest = memory_array(error, n, sizeof *rows);
    double *column_rest = memory_array(error, m, sizeof *columns);
    if (rows == NULL || columns == NULL || row_rest == NULL || column_rest == NULL ||
        take_margins(plan, rows, columns, problem->source_weights, error) < 0)
        goto failed;
    make_factors(n, problem->source_weights, rows);
    make_factors(m, problem->target_weights, columns);
    plan->row_factors = rows;
    plan->column_factors = columns;
    if (take_margins(plan, row_rest, column_rest, NULL, error) < 0) {
        plan->row_factors = plan->column_factors = NULL;
        goto failed;
    }
    make_rest(n, problem->source_weights, row_rest);
    double total = make_rest(m, problem->target_weights, column_rest);
    for (size_t j = 0; j < m; j++)
        column_rest[j] = total > 0 ? column_rest[j] / total : 0;
    plan->row_rest = row_rest;
    plan->column_rest = column_rest;
    return 0;

failed:
    free(rows);
    free(columns);
    free(row_rest);
    free(column_rest);
    return -1;
}

/* Sums of each row, in rows of FIGURES. */
enum { TRANSPORT, MASS, ENTROPY, FIGURES };

struct measure {
    size_t targets;
    double *rows; /* sources x FIGURES */
};

static void measure_row(void *context, size_t source, const double *plan, const double *cost, double *sums) {
    const struct measure *measure = context;
    double *row = measure->rows + source * FIGURES;
    row[TRANSPORT] = row[MASS] = row[ENTROPY] = 0;
    for (size_t j = 0; j < measure->targets; j++) {
        sums[j] += plan[j];
        if (!(plan[j] > 0))
            continue;
        row[TRANSPORT] += plan[j] * cost[j];
        row[MASS] += plan[j];
        row[ENTROPY] -= plan[j] * log(plan[j]);
    }
}

static double sum_figure(size_t sources, const double *rows, int figure) {
    struct running_sum sum = RUNNING_SUM_EMPTY;
    for (size_t i = 0; i < sources; i++)
        running_sum_add(&sum, 1, rows + i * FIGURES + figure);
    return running_sum_value(&sum);
}

int transport_plan_measure(const struct transport_plan *plan, struct transport_plan_figures *figures,
                           struct error *error) {
    const struct sinkhorn_problem *problem = plan->problem;
    size_t n = problem->cost.sources, m = problem->cost.targets;
    struct measure measure = {m, memory_matrix(error, n, FIGURES, sizeof(double))};
    double *columns = memory_array(error, m, sizeof *columns);
    const struct transport_pass pass = {measure_row, &measure, true, m, columns};
    int status = -1;
    if (measure.rows == NULL || columns == NULL || transport_pass_run(plan, &pass, error) < 0)
        goto done;
    *figures = (struct transport_plan_figures){.transport = sum_figure(n, measure.rows, TRANSPORT),
                                               .mass = sum_figure(n, measure.rows, MASS),
                                               .entropy = sum_figure(n, measure.rows, ENTROPY)};
    for (size_t i = 0; i < n; i++)
        figures->source_error += fabs(measure.rows[i * FIGURES + MASS] - problem->source_weights[i]);
    for (size_t j = 0; j < m; j++)
        figures->target_error += fabs(columns[j] - problem->target_weights[j]);
    status = 0;

done:
    free(measure.rows);
    free(columns);
    return status;
}
