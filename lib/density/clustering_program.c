#include "density/clustering_program.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "density/clustering_bound.h"
#include "num/spectral_simplex.h"
#include "num/vector.h"

enum {
    TILE = 32,      /* rows of a block that are one piece of work */
    LANE_COUNT = 8, /* sums are taken in so many lanes, whatever the instruction set */
    ARRAYS = 6,     /* n x n, of each block: four, and two where all eigenvectors are needed */
    EARLY = 100,    /* steps in which the penalty is looked at often */
    OFTEN = 10,     /* steps between two looks, early */
    SELDOM = 50,    /* and later */
};

#define STEP_LENGTH 1.618   /* below the golden ratio, for which convergence is known */
#define PENALTY_FACTOR 1.7  /* by which the penalty changes */
#define PENALTY_RATIO 3.0   /* of primal and dual residual, beyond which it changes */
#define EIGEN_FIRST 1e-3    /* residual of eigenvectors in units of the spectrum projected */
#define EIGEN_FRACTION 0.02 /* and as a fraction of the iteration's own residual */

struct block {
    size_t trace;
    double *cost, *z, *slack, *work; /* C, Z, N and what is projected, Z / sigma + N - C */
    struct spectral_simplex *simplex;
    struct spectral_simplex_point point; /* P, of trace m / sigma */
    double *z_sums, *dual_sums;          /* n row sums each */
    double *squares;                     /* n x 3: by row, |Rd|^2, |min(Z, 0)|^2, |Z - sigma P|^2 */
    double smallest;                     /* lambda_min, proved */
    struct error error;                  /* of the thread that works on it */
    bool failed;
};

struct clustering_program {
    size_t n, count, threads, steps, total; /* total: of the traces */
    struct block *blocks;
    double *u, *half, *change; /* n: u, u in the middle of a step, u less that */
    double *row_sums;          /* n */
    double sigma, next_sigma;  /* that of P; that of the step to come */
    double spread;             /* |C - mean C| over all blocks */
    bool moved;                /* a step was taken since the start: P counts */
    struct clustering_residuals residuals;
};

double clustering_program_bytes(size_t n, size_t blocks) {
    return (double)n * (double)n * (double)blocks * ARRAYS * sizeof(double);
}

static int create_block(struct block *block, size_t n, struct error *error) {
    block->cost = memory_matrix(error, n, n, sizeof(double));
    block->z = memory_matrix(error, n, n, sizeof(double));
    block->slack = memory_matrix(error, n, n, sizeof(double));
    block->work = memory_matrix(error, n, n, sizeof(double));
    block->z_sums = memory_array(error, n, sizeof(double));
    block->dual_sums = memory_array(error, n, sizeof(double));
    block->squares = memory_matrix(error, n, 3, sizeof(double));
    if (block->cost == NULL || block->z == NULL || block->slack == NULL || block->work == NULL ||
        block->z_sums == NULL || block->dual_sums == NULL || block->squares == NULL)
        return -1;
    block->simplex = spectral_simplex_create(n, error);
    return block->simplex != NULL ? 0 : -1;
}

struct clustering_program *clustering_program_create(size_t n, size_t blocks, const size_t *traces,
                                                     size_t threads, struct error *error) {
    struct clustering_program *program = memory_zeros(error, 1, sizeof *program);
    if (program == NULL)
        return NULL;
    *program = (struct clustering_program){.n = n, .threads = threads};
    program->blocks = memory_zeros(error, blocks, sizeof *program->blocks);
    program->u = memory_zeros(error, n, sizeof(double));
    program->half = memory_array(error, n, sizeof(double));
    program->change = memory_array(error, n, sizeof(double));
    program->row_sums = memory_array(error, n, sizeof(double));
    if (program->blocks == NULL || program->u == NULL || program->half == NULL || program->change == NULL ||
        program->row_sums == NULL)
        goto failed;
    for (size_t b = 0; b < blocks; b++) {
        program->count++;
        program->blocks[b].trace = traces[b];
        program->total += traces[b];
        if (create_block(&program->blocks[b], n, error) < 0)
            goto failed;
    }
    return program;

failed:
    clustering_program_free(program);
    return NULL;
}

void clustering_program_free(struct clustering_program *program) {
    if (program == NULL)
        return;
    for (size_t b = 0; b < program->count; b++) {
        struct block *block = &program->blocks[b];
        free(block->cost);
        free(block->z);
        free(block->slack);
        free(block->work);
        free(block->z_sums);
        free(block->dual_sums);
        free(block->squares);
        spectral_simplex_free(block->simplex);
    }
    free(program->blocks);
    free(program->u);
    free(program->half);
    free(program->change);
    free(program->row_sums);
    free(program);
}

double *clustering_program_cost(struct clustering_program *program, size_t block) {
    return program->blocks[block].cost;
}

/* What row i of a block's pass needs, and its sums. */
struct pass {
    double change, inverse, next_inverse, step; /* u's change at i, 1 / sigma, of the next step, tau sigma */
    double sigma;
    double z_sum[LANE_COUNT], dual_sum[LANE_COUNT], squares[3][LANE_COUNT];
};

/* Up to LANE_COUNT entries of a row: with Rd = du_i + du_j + P - Z / sigma, what the dual's equation is off,
 * Z grows by tau sigma Rd, N becomes max(N - Rd - Z / sigma, 0), and the matrix to project is made. */
ALWAYS_INLINE void update(size_t count, struct pass *pass, const double *change, const double *p,
                          const double *cost, double *z, double *slack, double *work) {
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
        double off = (pass->change + change[j]) + (p[j] - pass->inverse * z[j]);
        double moved = z[j] + pass->step * off;
        double sign = moved < 0 ? moved : 0, apart = moved - pass->sigma * p[j];
        double scaled = pass->next_inverse * moved, next = slack[j] - off - scaled;
        next = next > 0 ? next : 0;
        pass->z_sum[j] += moved;
        pass->dual_sum[j] += next - slack[j] + off;
        pass->squares[0][j] += off * off;
        pass->squares[1][j] += sign * sign;
        pass->squares[2][j] += apart * apart;
        z[j] = moved;
        slack[j] = next;
        work[j] = scaled + next - cost[j];
    }
}

static double add_lanes(const double *sums) {
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/* p = row i of sum_r roots_r roots_r^T; symmetric to the last bit, since products commute. */
ALWAYS_INLINE void product_row(size_t n, size_t i, const struct spectral_simplex_point *point, double *p) {
    memset(p, 0, n * sizeof *p);
    for (size_t r = 0; r < point->rank; r++) {
        const double *root = point->roots + r * n;
        double factor = root[i];
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            p[j] += factor * root[j];
    }
}

/* Row i of a block after a projection. `p` is room for n values: that row of P, where a step was taken. */
static INSTRUCTION_SETS void update_row(const struct clustering_program *program, struct block *block,
                                        size_t i, double *p) {
    size_t n = program->n, j = 0, row = i * n;
    struct pass pass = {.change = program->moved ? program->change[i] : 0,
                        .inverse = 1 / program->sigma,
                        .next_inverse = 1 / program->next_sigma,
                        .step = program->moved ? STEP_LENGTH * program->sigma : 0,
                        .sigma = program->sigma};
    if (program->moved)
        product_row(n, i, &block->point, p);
    else /* nothing is off yet */
        for (size_t k = 0; k < n; k++)
            p[k] = pass.inverse * block->z[row + k];
    for (; j + LANE_COUNT <= n; j += LANE_COUNT)
        update(LANE_COUNT, &pass, program->change + j, p + j, block->cost + row + j, block->z + row + j,
               block->slack + row + j, block->work + row + j);
    update(n - j, &pass, program->change + j, p + j, block->cost + row + j, block->z + row + j,
           block->slack + row + j, block->work + row + j);
    block->z_sums[i] = add_lanes(pass.z_sum);
    block->dual_sums[i] = add_lanes(pass.dual_sum);
    for (size_t k = 0; k < 3; k++)
        block->squares[3 * i + k] = add_lanes(pass.squares[k]);
}

static void update_tile(void *context, size_t piece, size_t worker) {
    (void)worker;
    struct clustering_program *program = context;
    size_t tiles = (program->n + TILE - 1) / TILE, from = piece % tiles * TILE;
    size_t end = from + TILE < program->n ? from + TILE : program->n;
    double p[CLUSTERING_PROGRAM_ROWS_MAX];
    for (size_t i = from; i < end; i++)
        update_row(program, &program->blocks[piece / tiles], i, p);
}

/* The sum over blocks and rows of one kind of squares. */
static double sum_squares(const struct clustering_program *program, size_t kind) {
    double sum = 0;
    for (size_t b = 0; b < program->count; b++)
        for (size_t i = 0; i < program->n; i++)
            sum += program->blocks[b].squares[3 * i + kind];
    return sum;
}

/* Z, N and the matrices to project, of all blocks; the residuals but that of the rows. */
static void update_all(struct clustering_program *program) {
    size_t tiles = (program->n + TILE - 1) / TILE;
    double scale = sqrt((double)program->total);
    parallel_for(program->threads, program->count * tiles, update_tile, program);
    program->residuals.dual = sqrt(sum_squares(program, 0)) / program->spread;
    program->residuals.sign = sqrt(sum_squares(program, 1)) / scale;
    program->residuals.distance = sqrt(sum_squares(program, 2)) / scale;
}

/* x with (x 1^T + 1 x^T) 1 = q, over `blocks` blocks: q and x may be one. */
static void solve_rows(size_t n, double blocks, const double *q, double *x) {
    double mean = vector_pairwise_sum(n, q) / (2 * (double)n);
    for (size_t i = 0; i < n; i++)
        x[i] = (q[i] - mean) / ((double)n * blocks);
}

/* u before the projection. */
static void update_half(struct clustering_program *program) {
    size_t n = program->n;
    for (size_t i = 0; i < n; i++) {
        double z = 0, dual = 0;
        for (size_t b = 0; b < program->count; b++) {
            z += program->blocks[b].z_sums[i];
            dual += program->blocks[b].dual_sums[i];
        }
        program->half[i] = (1 - z) / program->sigma - dual;
    }
    solve_rows(n, (double)program->count, program->half, program->half);
    for (size_t i = 0; i < n; i++)
        program->half[i] += program->u[i];
}

/* u after it, and how far the row sums of sigma P are off 1. */
static void update_u(struct clustering_program *program) {
    size_t n = program->n;
    double *sums = program->row_sums;
    memset(sums, 0, n * sizeof *sums);
    for (size_t b = 0; b < program->count; b++) {
        const struct spectral_simplex_point *point = &program->blocks[b].point;
        for (size_t r = 0; r < point->rank; r++) {
            double total = vector_pairwise_sum(n, point->roots + r * n);
            for (size_t i = 0; i < n; i++)
                sums[i] += total * point->roots[r * n + i];
        }
    }
    program->residuals.rows = 0;
    for (size_t i = 0; i < n; i++) {
        program->residuals.rows = fmax(program->residuals.rows, fabs(program->sigma * sums[i] - 1));
        sums[i] = 1 / program->sigma - sums[i];
    }
    solve_rows(n, (double)program->count, sums, program->change);
    for (size_t i = 0; i < n; i++)
        program->u[i] = program->half[i] + program->change[i];
}

static double primal(const struct clustering_residuals *residuals) {
    return fmax(residuals->rows, fmax(residuals->sign, residuals->distance));
}

static void project_block(void *context, size_t b, size_t worker) {
    (void)worker;
    struct clustering_program *program = context;
    struct block *block = &program->blocks[b];
    const struct block_krylov_matrix matrix = {program->n, block->work, program->half};
    double trace = (double)block->trace / program->sigma;
    double accuracy = program->moved
                          ? EIGEN_FRACTION * fmax(primal(&program->residuals), program->residuals.dual)
                          : EIGEN_FIRST;
    block->failed =
        spectral_simplex_project(block->simplex, &matrix, trace, fmin(accuracy, EIGEN_FIRST) * trace,
                                 &block->point, &block->error) < 0;
}

static int project_all(struct clustering_program *program, struct error *error) {
    parallel_for(program->threads, program->count, project_block, program);
    for (size_t b = 0; b < program->count; b++) {
        if (program->blocks[b].failed) {
            *error = program->blocks[b].error;
            return -1;
        }
    }
    return 0;
}

/* Keeps primal and dual residual, those of the step before, within a factor of each other; their distance is
 * a multiple of the dual one, and says nothing here. What is made next is of the new penalty, P of the old.
 */
static void balance(struct clustering_program *program) {
    if (program->steps % (program->steps <= EARLY ? OFTEN : SELDOM) != 0 || program->residuals.dual == 0)
        return;
    double ratio = fmax(program->residuals.rows, program->residuals.sign) / program->residuals.dual;
    if (ratio > PENALTY_RATIO)
        program->next_sigma = program->sigma / PENALTY_FACTOR;
    else if (ratio < 1 / PENALTY_RATIO)
        program->next_sigma = program->sigma * PENALTY_FACTOR;
}

int clustering_program_run(struct clustering_program *program, size_t steps, double tolerance,
                           bool *converged, struct error *error) {
    *converged = false;
    for (size_t step = 0; step < steps && !*converged; step++) {
        program->sigma = program->next_sigma;
        update_half(program);
        if (project_all(program, error) < 0)
            return -1;
        program->moved = true;
        update_u(program);
        program->steps++;
        balance(program);
        update_all(program);
        *converged = fmax(primal(&program->residuals), program->residuals.dual) <= tolerance;
    }
    return 0;
}

/* Z of a partition, u = 0, N = max(C, 0). */
static void start_from(struct clustering_program *program, size_t b, const size_t *labels,
                       const size_t *block_of) {
    struct block *block = &program->blocks[b];
    size_t n = program->n;
    for (size_t i = 0; i < n; i++) {
        double *z = block->z + i * n, size = 0;
        for (size_t j = 0; j < n; j++)
            size += labels[j] == labels[i];
        for (size_t j = 0; j < n; j++)
            z[j] = labels[j] == labels[i] && block_of[labels[i]] == b ? 1 / size : 0;
    }
    for (size_t i = 0; i < n * n; i++)
        block->slack[i] = block->cost[i] > 0 ? block->cost[i] : 0;
}

void clustering_program_start(struct clustering_program *program, const size_t *labels,
                              const size_t *block_of) {
    size_t n = program->n;
    double mean = 0, squares = 0, entries = (double)n * (double)n * (double)program->count;
    for (size_t b = 0; b < program->count; b++)
        mean += vector_pairwise_sum(n * n, program->blocks[b].cost) / entries;
    for (size_t b = 0; b < program->count; b++) {
        const double *costs = program->blocks[b].cost;
        for (size_t i = 0; i < n * n; i++)
            squares += (costs[i] - mean) * (costs[i] - mean);
    }
    program->spread = squares > 0 ? sqrt(squares) : 1;
    if (program->steps == 0)
        program->next_sigma = sqrt((double)program->total) / program->spread;
    program->sigma = program->next_sigma;
    if (labels != NULL)
        memset(program->u, 0, n * sizeof(double));
    for (size_t b = 0; b < program->count && labels != NULL; b++)
        start_from(program, b, labels, block_of);
    program->moved = false;
    memset(program->change, 0, n * sizeof(double));
    update_all(program);
}

size_t clustering_program_steps(const struct clustering_program *program) {
    return program->steps;
}

struct clustering_residuals clustering_program_residuals(const struct clustering_program *program) {
    return program->residuals;
}

size_t clustering_program_rank(const struct clustering_program *program, size_t block) {
    return program->blocks[block].point.rank;
}

void clustering_program_roots(const struct clustering_program *program, size_t block, double *roots) {
    const struct spectral_simplex_point *point = &program->blocks[block].point;
    double scale = sqrt(program->sigma);
    for (size_t i = 0; i < point->rank * program->n; i++)
        roots[i] = scale * point->roots[i];
}

/* Row by row of C, so that each is read once. */
double clustering_program_objective(const struct clustering_program *program) {
    size_t n = program->n;
    double sum = 0, p[CLUSTERING_PROGRAM_ROWS_MAX];
    for (size_t b = 0; b < program->count; b++) {
        for (size_t i = 0; i < n; i++) {
            product_row(n, i, &program->blocks[b].point, p);
            sum += vector_dot(n, p, program->blocks[b].cost + i * n);
        }
    }
    return program->sigma * sum;
}

double clustering_program_dual(const struct clustering_program *program) {
    double sum = 2 * vector_sum(program->n, program->u);
    for (size_t b = 0; b < program->count; b++)
        sum += (double)program->blocks[b].trace * program->blocks[b].point.shift;
    return sum;
}

static void bound_block(void *context, size_t b, size_t worker) {
    (void)worker;
    struct clustering_program *program = context;
    struct block *block = &program->blocks[b];
    const struct clustering_bound bound = {program->n,  block->cost,    block->slack,   program->u,
                                           block->work, block->simplex, program->spread};
    block->failed = clustering_bound_smallest(&bound, &block->smallest, &block->error) < 0;
    double inverse = 1 / program->next_sigma;
    for (size_t i = 0; i < program->n * program->n; i++) /* what it spoilt, to the last bit */
        block->work[i] = inverse * block->z[i] + block->slack[i] - block->cost[i];
}

int clustering_program_bound(struct clustering_program *program, double *bound, struct error *error) {
    size_t n = program->n;
    parallel_for(program->threads, program->count, bound_block, program);
    double sum = 2 * vector_sum(n, program->u), size = fabs(sum);
    for (size_t b = 0; b < program->count; b++) {
        const struct block *block = &program->blocks[b];
        if (block->failed) {
            *error = block->error;
            return -1;
        }
        sum += (double)block->trace * block->smallest;
        size += fabs((double)block->trace * block->smallest);
    }
    *bound = sum - 4 * DBL_EPSILON * (double)(program->count + 1) * size;
    return 0;
}
