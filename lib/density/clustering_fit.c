#include "density/clustering_fit.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "density/clustering_assign.h"
#include "density/clustering_checkpoint.h"

/* Programs are solved to these until a round leaves the labels, and then to the tolerance asked for. */
#define LOOSE_TOLERANCE 1e-5
#define LOOSE_GAP 1e-4

void clustering_fit_free(struct clustering_fit *fit) {
    gaussian_mixture_free(fit->mixture);
    clustering_solution_free(&fit->solution);
    free(fit->traces);
    free(fit->rounds);
    *fit = (struct clustering_fit){0};
}

static bool is_matrix(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
}

/* Moves the mean of component k to its rows'. Returns their count. */
static double move_mean(struct gaussian_mixture *mixture, const struct mixture_rows *rows,
                        const double *memberships, size_t k) {
    size_t d = rows->dimensions;
    double *mean = mixture->means + k * d, count = 0;
    memset(mean, 0, d * sizeof *mean);
    for (size_t i = 0; i < rows->rows; i++) {
        double share = memberships[i * mixture->components + k];
        count += share;
        for (size_t j = 0; j < d; j++)
            mean[j] += share * rows->values[i * d + j];
    }
    for (size_t j = 0; j < d; j++)
        mean[j] /= count;
    return count;
}

/* Component k's lower triangle, or diagonal, of a scatter of its own, or of the rows about its mean. */
static void fill_second(const struct gaussian_mixture *mixture, const struct mixture_rows *rows,
                        const double *memberships, const double *scatter, size_t k, bool matrix,
                        double *second) {
    size_t d = rows->dimensions, at = 0;
    const double *mean = mixture->means + k * d;
    for (size_t a = 0; a < d; a++) {
        for (size_t b = matrix ? 0 : a; b <= a; b++, at++) {
            second[at] = scatter != NULL ? scatter[a * d + b] : 0;
            for (size_t i = 0; scatter == NULL && i < rows->rows; i++) {
                const double *x = rows->values + i * d;
                second[at] += memberships[i * mixture->components + k] * (x[a] - mean[a]) * (x[b] - mean[b]);
            }
        }
    }
}

/* Words the failure of a covariance by its cause, where that is known. */
static void explain(const struct mixture_sums *sums, size_t components, size_t d, struct error *error) {
    for (size_t k = 0; k < components; k++) {
        if (sums->counts[k] < (double)d + 0.5) {
            error_set(error, "cluster %zu has fewer points than columns: --covariance diagonal or --floor",
                      k + 1);
            return;
        }
    }
}

int clustering_fit_maximise(struct gaussian_mixture *mixture, const struct mixture_rows *rows,
                            const struct clustering_settings *settings, const double *memberships,
                            const double *scatters, size_t *lifted, struct error *error) {
    size_t d = rows->dimensions, components = mixture->components;
    bool matrix = is_matrix(settings->type);
    struct mixture_constraints constraints = settings->constraints;
    struct mixture_sums sums = {.seconds = matrix ? d * (d + 1) / 2 : d};
    int status = -1;
    constraints.dirichlet = 1;
    constraints.fix_covariances = settings->fixed;
    sums.counts = memory_array(error, components, sizeof(double));
    sums.first = memory_zeros(error, components * d, sizeof(double));
    sums.second = memory_matrix(error, components, sums.seconds, sizeof(double));
    if (sums.counts != NULL && sums.first != NULL && sums.second != NULL) {
        for (size_t k = 0; k < components; k++) {
            sums.counts[k] = move_mean(mixture, rows, memberships, k);
            fill_second(mixture, rows, memberships, scatters != NULL ? scatters + k * d * d : NULL, k, matrix,
                        sums.second + k * sums.seconds);
        }
        status = mixture_maximise(mixture, settings->type, &sums, &constraints, lifted, error);
        if (status < 0)
            explain(&sums, components, d, error);
    }
    free(sums.counts);
    free(sums.first);
    free(sums.second);
    return status;
}

/* Adds factor times the upper or lower part of x x^T, all of it, to a matrix. */
static void add_square(size_t d, double factor, const double *x, double *matrix) {
    for (size_t a = 0; a < d; a++)
        for (size_t b = 0; b < d; b++)
            matrix[a * d + b] += factor * x[a] * x[b];
}

/* scatter = sum_i r_i x_i x_i^T - sum_ij Z_ij x_i x_j^T of a block, x counted from its rows' mean: the two
 * sums are then of the size of their difference. `room` holds 2 d values. Returns sum_i r_i. */
static double block_scatter(const struct clustering_block *block, const struct mixture_rows *rows,
                            double *share, double *room, double *scatter) {
    size_t n = rows->rows, d = rows->dimensions;
    double count = 0, *mean = room, *x = room + d;
    memset(share, 0, n * sizeof *share);
    for (size_t r = 0; r < block->rank; r++) {
        double total = 0;
        for (size_t i = 0; i < n; i++)
            total += block->roots[r * n + i];
        for (size_t i = 0; i < n; i++)
            share[i] += total * block->roots[r * n + i];
    }
    memset(mean, 0, d * sizeof *mean);
    for (size_t i = 0; i < n; i++) {
        count += share[i];
        for (size_t j = 0; j < d; j++)
            mean[j] += share[i] * rows->values[i * d + j];
    }
    for (size_t j = 0; j < d; j++)
        mean[j] /= count;
    memset(scatter, 0, d * d * sizeof *scatter);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++)
            x[j] = rows->values[i * d + j] - mean[j];
        add_square(d, share[i], x, scatter);
    }
    for (size_t r = 0; r < block->rank; r++) {
        memset(x, 0, d * sizeof *x);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < d; j++)
                x[j] += block->roots[r * n + i] * (rows->values[i * d + j] - mean[j]);
        add_square(d, -1, x, scatter);
    }
    return count;
}

/* The clusters' scatters: of a block of several, by their share in its rows. */
static int find_scatters(const struct clustering_costs *costs, const struct clustering_solution *solution,
                         const struct mixture_rows *rows, double *scatters, struct error *error) {
    size_t n = rows->rows, d = rows->dimensions;
    double *share = memory_array(error, n, sizeof *share);
    double *room = memory_matrix(error, d + 2, d, sizeof *room);
    bool made = share != NULL && room != NULL;
    for (size_t b = 0; made && b < costs->blocks; b++) {
        double *scatter = room + 2 * d;
        double whole = block_scatter(&solution->blocks[b], rows, share, room, scatter);
        for (size_t k = 0; k < costs->clusters; k++) {
            double count = 0;
            if (costs->block_of[k] != b)
                continue;
            for (size_t i = 0; i < n; i++)
                count += solution->memberships[i * costs->clusters + k];
            for (size_t i = 0; i < d * d; i++)
                scatters[k * d * d + i] = scatter[i] * (count / whole);
        }
    }
    free(share);
    free(room);
    return made ? 0 : -1;
}

/* What a fit works with beside its results. */
struct work {
    struct clustering_costs costs;
    struct clustering_program *program;
    double *scatters, *covariances; /* K x d x d; the covariances of the round before */
    size_t *labels;                 /* n: those of the round before */
    double moved;                   /* the largest relative change of a covariance */
};

static void work_free(struct work *work) {
    clustering_costs_free(&work->costs);
    clustering_program_free(work->program);
    free(work->scatters);
    free(work->covariances);
    free(work->labels);
}

/* A program for the costs' blocks, unless the one at hand is. *fresh tells which. */
static int fit_program(struct clustering_fit *fit, struct work *work, const struct clustering_solver *solver,
                       bool *fresh, struct error *error) {
    const struct clustering_costs *costs = &work->costs;
    *fresh = fit->blocks != costs->blocks ||
             memcmp(fit->traces, costs->traces, costs->blocks * sizeof *fit->traces) != 0;
    fit->blocks = costs->blocks;
    memcpy(fit->traces, costs->traces, costs->blocks * sizeof *fit->traces);
    if (solver->rank > 0 || !*fresh)
        return 0;
    clustering_program_free(work->program);
    work->program = clustering_program_create(costs->n, costs->blocks, costs->traces, solver->threads, error);
    return work->program != NULL ? 0 : -1;
}

/* Notes the round's figures, and what changed. */
static int note_round(struct clustering_fit *fit, struct work *work, struct error *error) {
    size_t n = work->costs.n;
    struct clustering_round round = {fit->outcome.objective, fit->outcome.partition, 0};
    for (size_t i = 0; i < n; i++)
        round.changed += work->labels[i] != fit->solution.labels[i];
    memcpy(work->labels, fit->solution.labels, n * sizeof *work->labels);
    fit->steps += fit->outcome.steps;
    if (memory_reserve(error, &fit->rounds, &fit->round_capacity, fit->round_count + 1, sizeof *fit->rounds) <
        0)
        return -1;
    fit->rounds[fit->round_count++] = round;
    return 0;
}

/* max_k |S_k - S'_k| / |S'_k| */
static double largest_change(const struct gaussian_mixture *mixture, const double *before) {
    size_t count = gaussian_mixture_covariance_count(mixture->type, mixture->components, mixture->dimensions);
    size_t one = gaussian_mixture_covariance_count(mixture->type, 1, mixture->dimensions);
    double largest = 0;
    for (size_t from = 0; from < count; from += one) {
        double change = 0, size = 0;
        for (size_t i = from; i < from + one; i++) {
            change += (mixture->covariances[i] - before[i]) * (mixture->covariances[i] - before[i]);
            size += before[i] * before[i];
        }
        largest = fmax(largest, sqrt(change / size));
    }
    return largest;
}

/* One program, and new parameters from it. */
static int run_round(struct clustering_fit *fit, struct work *work, const struct mixture_rows *rows,
                     const struct clustering_settings *settings, bool loose, struct error *error) {
    struct clustering_solver solver = settings->solver;
    const struct clustering_costs_model model = {fit->mixture, settings->identity, settings->mixing};
    struct gaussian_mixture *mixture = fit->mixture;
    size_t count = gaussian_mixture_covariance_count(mixture->type, mixture->components, rows->dimensions);
    bool fresh, same_type = mixture->type == settings->type;
    solver.tolerance = fmax(solver.tolerance, loose ? LOOSE_TOLERANCE : 0);
    solver.gap = fmax(solver.gap, loose ? LOOSE_GAP : 0);
    if (clustering_costs_set(&work->costs, &model, rows->values, error) < 0 ||
        fit_program(fit, work, &solver, &fresh, error) < 0 ||
        clustering_solve(work->program, fresh, &work->costs, &solver, &fit->solution, &fit->outcome, error) <
            0 ||
        note_round(fit, work, error) < 0 ||
        find_scatters(&work->costs, &fit->solution, rows, work->scatters, error) < 0)
        return -1;
    memcpy(work->covariances, mixture->covariances, count * sizeof(double));
    if (clustering_fit_maximise(mixture, rows, settings, fit->solution.memberships, work->scatters,
                                &fit->lifted, error) < 0)
        return -1;
    work->moved = same_type ? largest_change(mixture, work->covariances) : INFINITY;
    return 0;
}

static int run_rounds(struct clustering_fit *fit, struct work *work, const struct mixture_rows *rows,
                      const struct clustering_settings *settings, struct error *error) {
    bool once = settings->fixed || settings->identity;
    bool loose = !once;
    while (!fit->stands && fit->round_count < settings->outer) {
        if (run_round(fit, work, rows, settings, loose, error) < 0)
            return -1;
        bool same = fit->rounds[fit->round_count - 1].changed == 0;
        fit->stands = once || (same && !loose && work->moved <= settings->outer_tolerance);
        loose = loose && !same;
        clustering_checkpoint_round(settings->checkpoint, fit);
    }
    return 0;
}

/* The start's labels: those given, or each row's likeliest component. */
static int begin(struct clustering_fit *fit, const struct mixture_rows *rows,
                 const struct clustering_settings *settings, const size_t *labels, struct error *error) {
    struct clustering_solution *solution = &fit->solution;
    if (labels != NULL)
        memcpy(solution->labels, labels, rows->rows * sizeof *labels);
    else if (clustering_assign(fit->mixture, rows->rows, rows->values, settings->mixing,
                               solution->memberships, solution->labels, error) < 0 ||
             clustering_assign_empty(fit->mixture->components, rows->rows, solution->memberships,
                                     solution->labels, error) < 0)
        return -1;
    return 0;
}

int clustering_fit_run(struct clustering_fit *fit, const struct mixture_rows *rows,
                       const struct clustering_settings *settings, struct gaussian_mixture *start,
                       const size_t *labels, struct error *error) {
    size_t n = rows->rows, d = rows->dimensions, clusters = start->components;
    struct work work = {0};
    int status = -1;
    *fit = (struct clustering_fit){.mixture = start};
    fit->traces = memory_zeros(error, clusters, sizeof *fit->traces);
    if (fit->traces == NULL || clustering_solution_create(&fit->solution, n, clusters, error) < 0 ||
        clustering_costs_create(&work.costs, n, d, clusters, error) < 0)
        goto done;
    work.scatters = memory_matrix(error, clusters, d * d, sizeof(double));
    work.covariances = memory_matrix(error, clusters, d * d, sizeof(double));
    work.labels = memory_array(error, n, sizeof(size_t));
    if (work.scatters == NULL || work.covariances == NULL || work.labels == NULL ||
        begin(fit, rows, settings, labels, error) < 0)
        goto done;
    memcpy(work.labels, fit->solution.labels, n * sizeof *work.labels);
    status = run_rounds(fit, &work, rows, settings, error);

done:
    work_free(&work);
    return status;
}
