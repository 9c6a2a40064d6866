#include "transport/barycentre.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/vector.h"

enum { ROWS = 64 }; /* entries of a potential made at a time */

/* u, v: scalings of the histograms' sides and of the barycentre's; r_s = K^T u_s. All are logarithms. */
struct solver {
    const struct barycentre_problem *problem;
    double *weights;           /* with sum 1 */
    double *kernel;            /* bins x support: log K */
    double *kernel_transposed; /* support x bins */
    double *log_values;        /* histograms x bins: log h */
    double *u;                 /* histograms x bins */
    double *v, *r;             /* histograms x support */
    double *d;                 /* support; 0 where not debiased */
    double *kernel_d;          /* support: K d */
    double *p, *last;          /* support: the barycentre, and not its logarithm that of the step before */
    double *rows;              /* workspace: max(bins, support) a thread */
};

/* log of the product of a kernel and of one vector a block of rows; both kernels are walked along their rows.
 */
struct product {
    const struct solver *solver;
    const double *kernel;
    size_t count, inner, vectors; /* the kernel's rows and columns; how many vectors */
    const double *x;              /* vectors x inner */
    double *result;               /* vectors x count */
};

static void multiply_block(void *context, size_t block, size_t worker) {
    const struct product *product = context;
    const struct barycentre_problem *problem = product->solver->problem;
    size_t blocks = (product->count + ROWS - 1) / ROWS, inner = product->inner;
    size_t vector = block / blocks, first = block % blocks * ROWS;
    size_t end = first + ROWS < product->count ? first + ROWS : product->count;
    size_t width = problem->bins > problem->support ? problem->bins : problem->support;
    double *row = product->solver->rows + worker * width;
    const double *x = product->x + vector * inner;
    for (size_t i = first; i < end; i++) {
        const double *kernel = product->kernel + i * inner;
        for (size_t j = 0; j < inner; j++)
            row[j] = kernel[j] + x[j];
        product->result[vector * product->count + i] = vector_log_sum_exp(inner, row);
    }
}

static void multiply(const struct product *product) {
    size_t blocks = (product->count + ROWS - 1) / ROWS * product->vectors;
    parallel_for(product->solver->problem->threads, blocks, multiply_block, (void *)product);
}

/* u_s = h_s / K v_s */
static int update_u(struct solver *solver, struct error *error) {
    const struct barycentre_problem *problem = solver->problem;
    multiply(&(struct product){solver, solver->kernel, problem->bins, problem->support, problem->histograms,
                               solver->v, solver->u});
    for (size_t k = 0; k < problem->histograms * problem->bins; k++) {
        if (solver->log_values[k] == -INFINITY)
            solver->u[k] = -INFINITY;
        else if (solver->u[k] == -INFINITY)
            return error_set(error, "no finite cost from bin %zu to a point that every histogram can reach",
                             k % problem->bins + 1);
        else
            solver->u[k] = solver->log_values[k] - solver->u[k];
    }
    return 0;
}

/* p = d prod_s r_s^(w_s), v_s = p / r_s */
static void update_p(struct solver *solver) {
    const struct barycentre_problem *problem = solver->problem;
    size_t support = problem->support;
    multiply(&(struct product){solver, solver->kernel_transposed, support, problem->bins, problem->histograms,
                               solver->u, solver->r});
    memcpy(solver->p, solver->d, support * sizeof *solver->p);
    for (size_t s = 0; s < problem->histograms; s++)
        for (size_t j = 0; solver->weights[s] > 0 && j < support; j++)
            solver->p[j] += solver->weights[s] * solver->r[s * support + j];
    for (size_t s = 0; s < problem->histograms; s++)
        for (size_t j = 0; j < support; j++) {
            double p = solver->p[j], r = solver->r[s * support + j];
            solver->v[s * support + j] = p == -INFINITY || r == -INFINITY ? -INFINITY : p - r;
        }
}

/* d <- (d p / K d)^(1/2) */
static void update_d(struct solver *solver) {
    size_t support = solver->problem->support;
    multiply(&(struct product){solver, solver->kernel, support, support, 1, solver->d, solver->kernel_d});
    for (size_t j = 0; j < support; j++)
        solver->d[j] =
            solver->p[j] == -INFINITY ? -INFINITY : (solver->d[j] + solver->p[j] - solver->kernel_d[j]) / 2;
}

/* The L1 change since the last step, between probabilities. */
static double change_of(struct solver *solver) {
    double change = 0, total = vector_log_sum_exp(solver->problem->support, solver->p);
    for (size_t j = 0; j < solver->problem->support; j++) {
        double p = exp(solver->p[j] - total);
        change += fabs(p - solver->last[j]);
        solver->last[j] = p;
    }
    return change;
}

static int check_symmetric(const struct barycentre_problem *problem, struct error *error) {
    size_t n = problem->support;
    if (problem->bins != n)
        return error_set(error, "a debiased barycentre needs a square cost, not %zu x %zu", problem->bins, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double forth = problem->cost[i * n + j], back = problem->cost[j * n + i];
            if (forth != back && !(fabs(forth - back) <= 1e-12 * (fabs(forth) + fabs(back))))
                return error_set(
                    error,
                    "a debiased barycentre needs a symmetric cost: from %zu to %zu it is %.17g, back %.17g",
                    i + 1, j + 1, forth, back);
        }
    return 0;
}

static int solver_allocate(struct solver *solver, struct error *error) {
    const struct barycentre_problem *problem = solver->problem;
    size_t s = problem->histograms, n = problem->bins, m = problem->support;
    solver->weights = memory_array(error, s, sizeof(double));
    solver->kernel = memory_matrix(error, n, m, sizeof(double));
    solver->kernel_transposed = memory_matrix(error, n, m, sizeof(double));
    solver->log_values = memory_matrix(error, s, n, sizeof(double));
    solver->u = memory_matrix(error, s, n, sizeof(double));
    solver->v = memory_matrix(error, s, m, sizeof(double));
    solver->r = memory_matrix(error, s, m, sizeof(double));
    solver->d = memory_zeros(error, m, sizeof(double));
    solver->kernel_d = memory_array(error, m, sizeof(double));
    solver->p = memory_array(error, m, sizeof(double));
    solver->last = memory_zeros(error, m, sizeof(double));
    solver->rows = memory_matrix(error, problem->threads, n > m ? n : m, sizeof(double));
    double *const all[] = {solver->weights,    solver->kernel, solver->kernel_transposed,
                           solver->log_values, solver->u,      solver->v,
                           solver->r,          solver->d,      solver->kernel_d,
                           solver->p,          solver->last,   solver->rows};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (all[k] == NULL)
            return -1;
    return 0;
}

static void solver_fill(struct solver *solver) {
    const struct barycentre_problem *problem = solver->problem;
    size_t n = problem->bins, m = problem->support, histograms = problem->histograms;
    double total = problem->weights == NULL ? (double)histograms : vector_sum(histograms, problem->weights);
    for (size_t s = 0; s < histograms; s++)
        solver->weights[s] = (problem->weights == NULL ? 1 : problem->weights[s]) / total;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            solver->kernel[i * m + j] = -problem->cost[i * m + j] / problem->epsilon;
            solver->kernel_transposed[j * n + i] = solver->kernel[i * m + j];
        }
    vector_log(histograms * n, problem->values, solver->log_values);
    /* A histogram without weight has no say in what can be reached either. */
    for (size_t k = 0; k < histograms * n; k++)
        if (solver->weights[k / n] == 0)
            solver->log_values[k] = -INFINITY;
    memset(solver->v, 0, histograms * m * sizeof *solver->v);
}

static void solver_free(struct solver *solver) {
    free(solver->weights);
    free(solver->kernel);
    free(solver->kernel_transposed);
    free(solver->log_values);
    free(solver->u);
    free(solver->v);
    free(solver->r);
    free(solver->d);
    free(solver->kernel_d);
    free(solver->p);
    free(solver->last);
    free(solver->rows);
}

static int iterate(struct solver *solver, struct barycentre *result, struct error *error) {
    const struct barycentre_problem *problem = solver->problem;
    while (result->iterations < problem->max_iterations && !result->converged) {
        if (update_u(solver, error) < 0)
            return -1;
        update_p(solver);
        if (problem->debiased)
            update_d(solver);
        if (vector_log_sum_exp(problem->support, solver->p) == -INFINITY)
            return error_set(error, "no point can be reached from every histogram");
        result->change = change_of(solver);
        result->iterations++;
        result->converged = result->change < problem->tolerance;
        if (problem->progress != NULL)
            progress_show(problem->progress, "iterations", result->iterations, problem->max_iterations);
    }
    result->converged = result->converged || problem->tolerance == 0;
    return 0;
}

int barycentre_solve(const struct barycentre_problem *problem, double *barycentre, struct barycentre *result,
                     struct error *error) {
    struct solver solver = {.problem = problem};
    *result = (struct barycentre){.change = INFINITY};
    if (problem->debiased && check_symmetric(problem, error) < 0)
        return -1;
    int status = solver_allocate(&solver, error);
    if (status == 0) {
        solver_fill(&solver);
        status = iterate(&solver, result, error);
    }
    if (status == 0)
        memcpy(barycentre, solver.last, problem->support * sizeof *barycentre);
    solver_free(&solver);
    return status;
}
