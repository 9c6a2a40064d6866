/* The dual <f, a> + <g, b> - eps sum P is concave; with P over the entries that matter its Hessian is
 * -[diag(P 1), P; P^T, diag(P^T 1)]/eps. Where the plan nearly falls apart into pieces a full step would move
 * them without bound, so mu times the diagonal is added and mu falls as steps succeed (Levenberg 1944;
 * Marquardt 1963). Systems are solved by conjugate gradients with the heaviest spanning forest as
 * preconditioner. Signs: (df, -dg) solves a Laplacian system. */
#include "transport/sinkhorn_newton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "transport/sinkhorn_sparse.h"
#include "transport/sinkhorn_tree.h"

static const double DAMPING_FIRST = 1e-3, DAMPING_FALL = 0.1, DAMPING_RISE = 10, DAMPING_LEAST = 1e-13;
static const double RESIDUAL = 0.05; /* of the linear system, relative */
enum { SOLVER_ITERATIONS = 300, HALVINGS = 30, FRUITLESS_STEPS = 12 };

/* Entries are chosen again before potentials have moved by this many epsilon: sinkhorn_sparse.c counts on it.
 */
static const double DRIFT_MAX = 10;

/* Arrays of `nodes` values: the sources', then the targets'. */
struct newton {
    struct sinkhorn_solver *solver;
    struct sinkhorn_sparse sparse;
    struct sinkhorn_tree tree;
    size_t n, m, nodes;
    double damping;
    double best;              /* error */
    size_t since_best;        /* steps */
    double *diagonal, *extra; /* of the Laplacian; mu times it */
    double *gradient, *direction;
    double *residual, *solved, *product, *search; /* of conjugate gradients */
    double *f, *g;                                /* tried potentials, one behind the other */
    double *chosen;                               /* potentials the entries were chosen for */
    double *workspace;
};

static int create(struct newton *newton, struct sinkhorn_solver *solver, struct error *error) {
    size_t n = solver->source.count, m = solver->target.count;
    *newton = (struct newton){
        .solver = solver, .n = n, .m = m, .nodes = n + m, .damping = DAMPING_FIRST, .best = INFINITY};
    double **parts[] = {&newton->diagonal, &newton->extra,  &newton->gradient, &newton->direction,
                        &newton->residual, &newton->solved, &newton->product,  &newton->search,
                        &newton->f,        &newton->chosen};
    size_t count = sizeof parts / sizeof *parts;
    newton->workspace = memory_matrix(error, count, n + m, sizeof *newton->workspace);
    if (newton->workspace == NULL)
        return -1;
    for (size_t k = 0; k < count; k++)
        *parts[k] = newton->workspace + k * (n + m);
    newton->g = newton->f + n;
    return 0;
}

/* y = (Laplacian of the entries + damping) x */
static void multiply(const struct newton *newton, const double *x, double *y) {
    const struct sinkhorn_sparse *sparse = &newton->sparse;
    size_t n = newton->n;
    for (size_t i = 0; i < newton->nodes; i++)
        y[i] = (newton->diagonal[i] + newton->extra[i]) * x[i];
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = sparse->starts[i]; k < sparse->starts[i + 1]; k++) {
            size_t j = n + sparse->targets[k];
            sum += sparse->masses[k] * x[j];
            y[j] -= sparse->masses[k] * x[i];
        }
        y[i] -= sum;
    }
}

static double product(size_t count, const double *x, const double *y) {
    double sums[8] = {0};
    size_t whole = count - count % 8;
    for (size_t i = 0; i < whole; i += 8)
        for (size_t lane = 0; lane < 8; lane++)
            sums[lane] += x[i + lane] * y[i + lane];
    for (size_t i = whole; i < count; i++)
        sums[i - whole] += x[i] * y[i];
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/* Preconditioned conjugate gradients for the direction, from 0. */
static void find_direction(struct newton *newton) {
    size_t nodes = newton->nodes;
    double *x = newton->direction, *r = newton->residual, *z = newton->solved, *p = newton->search;
    memset(x, 0, nodes * sizeof *x);
    memcpy(r, newton->gradient, nodes * sizeof *r);
    memcpy(z, r, nodes * sizeof *z);
    sinkhorn_tree_solve(&newton->tree, z);
    memcpy(p, z, nodes * sizeof *p);
    double rho = product(nodes, r, z), goal = RESIDUAL * RESIDUAL * rho;
    for (size_t k = 0; k < SOLVER_ITERATIONS && rho > goal; k++) {
        multiply(newton, p, newton->product);
        double curvature = product(nodes, p, newton->product);
        if (!(curvature > 0))
            return;
        double step = rho / curvature;
        for (size_t i = 0; i < nodes; i++) {
            x[i] += step * p[i];
            r[i] -= step * newton->product[i];
        }
        memcpy(z, r, nodes * sizeof *z);
        sinkhorn_tree_solve(&newton->tree, z);
        double next = product(nodes, r, z), ratio = next / rho;
        rho = next;
        for (size_t i = 0; i < nodes; i++)
            p[i] = z[i] + ratio * p[i];
    }
}

/* Marginals' errors into the gradient, and the system's diagonal; returns the L1 error of the worse side. */
static double prepare(struct newton *newton) {
    const struct sinkhorn_side *source = &newton->solver->source, *target = &newton->solver->target;
    double errors[2] = {0, 0};
    for (size_t k = 0; k < newton->nodes; k++) {
        bool first = k < newton->n;
        size_t i = first ? k : k - newton->n;
        double sum = first ? newton->sparse.source_sums[i] : newton->sparse.target_sums[i];
        double missing = (first ? source->weights[i] : target->weights[i]) - sum;
        errors[first ? 0 : 1] += fabs(missing);
        newton->diagonal[k] = sum;
        newton->extra[k] = newton->damping * sum;
        newton->gradient[k] = first ? missing : -missing;
    }
    return fmax(errors[0], errors[1]);
}

static double dual(const struct newton *newton, const double *f, const double *g, double mass) {
    const struct sinkhorn_side *source = &newton->solver->source, *target = &newton->solver->target;
    double sum = 0;
    for (size_t i = 0; i < newton->n; i++)
        sum += source->weights[i] > 0 ? source->weights[i] * f[i] : 0;
    for (size_t j = 0; j < newton->m; j++)
        sum += target->weights[j] > 0 ? target->weights[j] * g[j] : 0;
    return sum - newton->solver->epsilon * mass;
}

static void try_step(const struct newton *newton, double step) {
    const struct sinkhorn_solver *solver = newton->solver;
    double length = step * solver->epsilon;
    for (size_t i = 0; i < newton->n; i++)
        newton->f[i] = solver->source.potentials[i] + length * newton->direction[i];
    for (size_t j = 0; j < newton->m; j++)
        newton->g[j] = solver->target.potentials[j] - length * newton->direction[newton->n + j];
}

/* Goes along the direction as far as the dual grows enough (Armijo). Returns the step, 0 where there is none.
 */
static double search_line(struct newton *newton, double before) {
    double slope = newton->solver->epsilon * product(newton->nodes, newton->gradient, newton->direction);
    double rounding = 1e-14 * fabs(before), step = 1;
    for (size_t k = 0; k < HALVINGS; k++, step /= 2) {
        try_step(newton, step);
        double mass = sinkhorn_sparse_evaluate(&newton->sparse, newton->solver, newton->f, newton->g);
        double after = dual(newton, newton->f, newton->g, mass);
        if (after >= before + 1e-4 * step * slope - rounding) /* not so for nan */
            return step;
    }
    return 0;
}

/* How far the tried potentials are from those the entries were chosen for, in epsilon. */
static double drift(const struct newton *newton) {
    const struct sinkhorn_solver *solver = newton->solver;
    double moved[2] = {0, 0};
    for (size_t i = 0; i < newton->n; i++)
        if (solver->source.weights[i] > 0)
            moved[0] = fmax(moved[0], newton->f[i] - newton->chosen[i]);
    for (size_t j = 0; j < newton->m; j++)
        if (solver->target.weights[j] > 0)
            moved[1] = fmax(moved[1], newton->g[j] - newton->chosen[newton->n + j]);
    return (moved[0] + moved[1]) / solver->epsilon;
}

static void take(struct newton *newton) {
    memcpy(newton->solver->source.potentials, newton->f, newton->n * sizeof *newton->f);
    memcpy(newton->solver->target.potentials, newton->g, newton->m * sizeof *newton->g);
}

enum outcome { REACHED, DRIFTED, STUCK, SPENT };

/* Newton steps until the entries say that the tolerance is reached, or no longer stand for the plan. */
static enum outcome step_on(struct newton *newton, const struct sinkhorn_newton_limits *limits,
                            size_t *iterations) {
    struct sinkhorn_solver *solver = newton->solver;
    double *f = solver->source.potentials, *g = solver->target.potentials;
    while (*iterations < limits->iterations_max) {
        double mass = sinkhorn_sparse_evaluate(&newton->sparse, solver, f, g);
        double error = prepare(newton);
        if (error < limits->tolerance)
            return REACHED;
        newton->since_best = error < 0.9 * newton->best ? 0 : newton->since_best + 1;
        newton->best = fmin(newton->best, error);
        if (newton->since_best >= FRUITLESS_STEPS)
            return STUCK;
        ++*iterations;
        sinkhorn_tree_factor(&newton->tree, &newton->sparse, newton->extra);
        find_direction(newton);
        double step = search_line(newton, dual(newton, f, g, mass));
        if (step == 0 && newton->damping >= 1)
            return STUCK;
        newton->damping *= step == 1 ? DAMPING_FALL : step >= 0.5 ? 1 : DAMPING_RISE;
        newton->damping = fmax(newton->damping, DAMPING_LEAST);
        if (step == 0)
            continue;
        sinkhorn_sparse_step(&newton->sparse, solver, newton->f, newton->g);
        bool drifted = drift(newton) > DRIFT_MAX;
        take(newton);
        if (drifted)
            return DRIFTED;
    }
    return SPENT;
}

/* Chooses the entries for the potentials as they are, and steps on them. Returns 0 with the outcome, 1: too
 * many entries, -1: out of memory. */
static int run_once(struct newton *newton, const struct sinkhorn_newton_limits *limits, size_t *iterations,
                    enum outcome *outcome, struct error *error) {
    struct sinkhorn_solver *solver = newton->solver;
    sinkhorn_relaxation_set_offsets(solver, &solver->source);
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    int status = sinkhorn_sparse_create(&newton->sparse, solver, limits->entries_max, error);
    if (status != 0)
        return status;
    status = sinkhorn_tree_create(&newton->tree, &newton->sparse, newton->n, newton->m, error);
    if (status == 0) {
        memcpy(newton->chosen, solver->source.potentials, newton->n * sizeof *newton->chosen);
        memcpy(newton->chosen + newton->n, solver->target.potentials, newton->m * sizeof *newton->chosen);
        *outcome = step_on(newton, limits, iterations);
        sinkhorn_tree_free(&newton->tree);
    }
    sinkhorn_sparse_free(&newton->sparse);
    return status;
}

int sinkhorn_newton_run(struct sinkhorn_solver *solver, const struct sinkhorn_newton_limits *limits,
                        size_t *iterations, struct error *error) {
    struct newton newton;
    enum outcome outcome = DRIFTED;
    if (create(&newton, solver, error) < 0)
        return -1;
    int status = 0;
    while (status == 0 && outcome == DRIFTED)
        status = run_once(&newton, limits, iterations, &outcome, error);
    free(newton.workspace);
    return status != 0 ? status : outcome == REACHED ? 0 : 1;
}
