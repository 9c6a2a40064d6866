#include "transport/sinkhorn_fused.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "num/elementary.h"

/* Eight rows at a time: columns' sums are read and written once for all of them. */
enum {
    STRIP = SINKHORN_STRIP,
    FLOATS = 16,
    GROUPS = STRIP / FLOATS,
    ROWS = SINKHORN_GROUP,
    DIMENSION_MAX = 24
};

typedef float floats __attribute__((vector_size(FLOATS * sizeof(float)), may_alias));

/* Sums in single precision are trusted between these. */
static const double SUM_MIN = 1e-25, SUM_MAX = 1e25;
/* A kernel with smaller sums would be stored with entries missing that may come to matter. */
static const double SUM_STORED_MIN = 1e-18;

struct pass {
    struct sinkhorn_fused *fused;
    struct sinkhorn_solver *solver;
    struct sinkhorn_stored *stored; /* to be filled, or NULL */
    bool failed[SINKHORN_BLOCKS_MAX], unstored[SINKHORN_BLOCKS_MAX];
};

/* A group of rows of the kernel, STRIP values a row and strip. */
struct group {
    size_t first, count;
    float offsets[ROWS]; /* f_i/eps */
    float factors[ROWS]; /* what the row is weighed with: a_i e^(change of f_i/eps) */
    double sums[ROWS];   /* of the rows of the kernel */
    float points[ROWS * DIMENSION_MAX];
    float *kernel;
};

bool sinkhorn_fused_makes_costs(const struct sinkhorn_problem *problem) {
    return problem->cost.matrix == NULL && problem->cost.dimension <= DIMENSION_MAX &&
           problem->cost.ground.kind == GROUND_COST_SQEUCLIDEAN;
}

int sinkhorn_fused_create(struct sinkhorn_fused *fused, const struct sinkhorn_solver *solver,
                          struct error *error) {
    const struct pair_cost *cost = &solver->cost;
    size_t n = cost->sources, m = cost->targets, strips = (m + STRIP - 1) / STRIP;
    *fused = (struct sinkhorn_fused){.solver = solver, .dimension = cost->dimension, .strips = strips};
    fused->from_points = cost->matrix == NULL && sinkhorn_fused_makes_costs(solver->problem);
    if (fused->from_points) {
        fused->centre = memory_zeros(error, cost->dimension, sizeof *fused->centre);
        fused->source_points = memory_matrix(error, n, cost->dimension, sizeof *fused->source_points);
        fused->target_points =
            memory_matrix(error, strips * STRIP, cost->dimension, sizeof *fused->target_points);
    }
    fused->target_offsets = memory_array(error, strips * STRIP, sizeof *fused->target_offsets);
    fused->kernels = memory_matrix(error, solver->threads * ROWS, strips * STRIP, sizeof *fused->kernels);
    fused->source_softmin = memory_array(error, n, sizeof *fused->source_softmin);
    fused->target_softmin = memory_array(error, m, sizeof *fused->target_softmin);
    bool points = !fused->from_points ||
                  (fused->centre != NULL && fused->source_points != NULL && fused->target_points != NULL);
    if (points && fused->target_offsets != NULL && fused->kernels != NULL && fused->source_softmin != NULL &&
        fused->target_softmin != NULL)
        return 0;
    sinkhorn_fused_free(fused);
    return -1;
}

void sinkhorn_fused_free(struct sinkhorn_fused *fused) {
    free(fused->centre);
    free(fused->source_points);
    free(fused->target_points);
    free(fused->target_offsets);
    free(fused->kernels);
    free(fused->source_softmin);
    free(fused->target_softmin);
    *fused = (struct sinkhorn_fused){0};
}

void sinkhorn_fused_set_epsilon(struct sinkhorn_fused *fused) {
    const struct pair_cost *cost = &fused->solver->problem->cost;
    size_t d = fused->dimension, n = cost->sources, m = cost->targets;
    if (!fused->from_points)
        return;
    double unit = sqrt(cost->ground.scale / fused->solver->epsilon * ELEMENTARY_LOG2_E);
    memset(fused->centre, 0, d * sizeof *fused->centre);
    for (size_t j = 0; j < m; j++)
        for (size_t k = 0; k < d; k++)
            fused->centre[k] += cost->y[j * d + k] / (double)m;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++)
            fused->source_points[i * d + k] = (float)((cost->x[i * d + k] - fused->centre[k]) * unit);
    memset(fused->target_points, 0, fused->strips * STRIP * d * sizeof *fused->target_points);
    for (size_t j = 0; j < m; j++)
        for (size_t k = 0; k < d; k++)
            fused->target_points[(j / STRIP * d + k) * STRIP + j % STRIP] =
                (float)((cost->y[j * d + k] - fused->centre[k]) * unit);
}

/* Exponents of one row and strip from points. */
ALWAYS_INLINE void strip_from_points(size_t dimension, const float *point, const float *strip, float offset,
                                     const float *offsets, float *exponents) {
    floats sum[GROUPS] = {{0}};
    for (size_t k = 0; k < dimension; k++) {
        const floats *column = (const floats *)(strip + k * STRIP);
#pragma GCC unroll 4
        for (size_t g = 0; g < GROUPS; g++) {
            floats difference = point[k] - column[g];
            sum[g] += difference * difference;
        }
    }
#pragma GCC unroll 4
    for (size_t g = 0; g < GROUPS; g++)
        ((floats *)exponents)[g] = (offset + ((const floats *)offsets)[g]) - sum[g];
}

/* Exponentials in place; returns their sum in sixteen lanes. */
ALWAYS_INLINE floats finish_strip(float *values) {
#pragma omp simd
    for (size_t j = 0; j < STRIP; j++)
        values[j] = elementary_exp2_float(values[j]);
    const floats *v = (const floats *)values;
    return (v[0] + v[1]) + (v[2] + v[3]);
}

ALWAYS_INLINE double sum_lanes(floats sum) {
    double total[4] = {0};
    for (size_t lane = 0; lane < FLOATS; lane++)
        total[lane % 4] += (double)sum[lane];
    return (total[0] + total[1]) + (total[2] + total[3]);
}

/* Lanes are emptied into double precision every so many strips, before rounding adds up. */
enum { STRIPS_SUMMED = 8 };

INSTRUCTION_SETS static void kernel_from_points(const struct sinkhorn_fused *fused, struct group *group) {
    size_t d = fused->dimension, strips = fused->strips;
    floats sums[ROWS] = {{0}};
    for (size_t strip = 0; strip < strips; strip++) {
        float *kernel = group->kernel + strip * STRIP * ROWS;
        for (size_t r = 0; r < group->count; r++) {
            strip_from_points(d, group->points + r * d, fused->target_points + strip * STRIP * d,
                              group->offsets[r], fused->target_offsets + strip * STRIP, kernel + r * STRIP);
            sums[r] += finish_strip(kernel + r * STRIP);
        }
        if (strip % STRIPS_SUMMED == STRIPS_SUMMED - 1 || strip + 1 == strips)
            for (size_t r = 0; r < group->count; r++) {
                group->sums[r] += sum_lanes(sums[r]);
                sums[r] = (floats){0};
            }
    }
}

/* Kernel values from costs in double precision; returns their sum. */
INSTRUCTION_SETS static double strip_from_costs(double offset, double rate, const double *costs,
                                                const float *offsets, float *values) {
#pragma omp simd
    for (size_t j = 0; j < STRIP; j++)
        values[j] = (float)(offset + ((double)offsets[j] - costs[j] * rate));
    return sum_lanes(finish_strip(values));
}

static void kernel_from_costs(const struct sinkhorn_fused *fused, struct group *group) {
    const struct sinkhorn_solver *solver = fused->solver;
    size_t m = solver->target.count;
    double costs[ROWS * STRIP], filled[STRIP] = {0};
    for (size_t strip = 0; strip < fused->strips; strip++) {
        size_t first = strip * STRIP, width = m - first < STRIP ? m - first : STRIP;
        const double *rows = solver->cost.matrix;
        size_t stride = rows != NULL ? m : width;
        if (rows == NULL)
            pair_cost_tile(&solver->cost,
                           &(struct pair_cost_window){group->first, group->count, first, width}, costs);
        rows = rows == NULL ? costs : rows + group->first * m + first;
        for (size_t r = 0; r < group->count; r++) {
            const double *row = rows + r * stride;
            if (width < STRIP)
                row = memcpy(filled, row, width * sizeof *row);
            group->sums[r] +=
                strip_from_costs((double)group->offsets[r], ELEMENTARY_LOG2_E / solver->epsilon, row,
                                 fused->target_offsets + first, group->kernel + (strip * ROWS + r) * STRIP);
        }
    }
}

/* Adds the weighed rows to the columns' sums. */
INSTRUCTION_SETS static void add_columns(const struct group *group, size_t strips, double *columns) {
    for (size_t strip = 0; strip < strips; strip++) {
        const float *kernel = group->kernel + strip * STRIP * ROWS;
        float sum[STRIP] = {0};
        for (size_t r = 0; r < group->count; r++)
#pragma omp simd
            for (size_t j = 0; j < STRIP; j++)
                sum[j] += group->factors[r] * kernel[r * STRIP + j];
#pragma omp simd
        for (size_t j = 0; j < STRIP; j++)
            columns[strip * STRIP + j] += (double)sum[j];
    }
}

/* f <- T g for the rows of the group, from their sums. Returns whether the sums are to be trusted. */
static bool update_sources(const struct pass *pass, struct group *group) {
    struct sinkhorn_solver *solver = pass->solver;
    struct sinkhorn_side *source = &solver->source;
    for (size_t r = 0; r < group->count; r++) {
        size_t i = group->first + r;
        group->factors[r] = 0;
        if (!(source->weights[i] > 0))
            continue;
        if (!(group->sums[r] > SUM_MIN && group->sums[r] < SUM_MAX))
            return false;
        double offset = (double)group->offsets[r] * ELEMENTARY_LN2;
        double softmin = offset - log(group->sums[r]);
        pass->fused->source_softmin[i] = softmin;
        source->potentials[i] = sinkhorn_relaxation_update(solver, source, softmin);
        group->factors[r] =
            (float)(source->weights[i] * exp(source->potentials[i] / solver->epsilon - offset));
    }
    return true;
}

static void start_group(const struct sinkhorn_fused *fused, const struct sinkhorn_side *source,
                        double epsilon, struct group *group) {
    size_t d = fused->dimension;
    for (size_t r = 0; r < group->count; r++) {
        size_t i = group->first + r;
        bool weighed = source->weights[i] > 0;
        group->offsets[r] = weighed ? (float)(source->potentials[i] / epsilon * ELEMENTARY_LOG2_E) : 0;
        group->sums[r] = 0;
    }
    if (fused->from_points)
        memcpy(group->points, fused->source_points + group->first * d, group->count * d * sizeof(float));
}

/* Keeps the group's kernel, its rows divided by their sums. Returns whether that can be done. */
static bool store_group(const struct pass *pass, size_t block, size_t index, const struct group *group) {
    float factors[ROWS] = {0};
    for (size_t r = 0; r < group->count; r++) {
        size_t i = group->first + r;
        if (!(pass->solver->source.weights[i] > 0))
            continue;
        if (group->sums[r] < SUM_STORED_MIN)
            return false;
        factors[r] = (float)(1 / group->sums[r]);
        pass->stored->source_reference[i] = pass->fused->source_softmin[i];
    }
    sinkhorn_stored_put(pass->stored, block, index, group->count, group->kernel, factors);
    return true;
}

static void pass_block(void *context, size_t block, size_t worker) {
    struct pass *pass = context;
    struct sinkhorn_fused *fused = pass->fused;
    struct sinkhorn_solver *solver = pass->solver;
    size_t width = fused->strips * STRIP, n = solver->source.count, first = block * solver->block_rows;
    size_t end = n - first < solver->block_rows ? n : first + solver->block_rows;
    double *columns = solver->partials + block * width;
    struct group group = {.kernel = fused->kernels + worker * ROWS * width};
    memset(columns, 0, width * sizeof *columns);
    for (size_t i = first; i < end; i += ROWS) {
        group.first = i;
        group.count = end - i < ROWS ? end - i : ROWS;
        start_group(fused, &solver->source, solver->epsilon, &group);
        if (fused->from_points)
            kernel_from_points(fused, &group);
        else
            kernel_from_costs(fused, &group);
        if (!update_sources(pass, &group)) {
            pass->failed[block] = true;
            return;
        }
        if (pass->stored != NULL && !pass->unstored[block])
            pass->unstored[block] = !store_group(pass, block, (i - first) / ROWS, &group);
        if (!solver->problem->symmetric)
            add_columns(&group, fused->strips, columns);
    }
}

/* g is taken as it is in single precision. */
static void round_targets(struct sinkhorn_fused *fused, struct sinkhorn_solver *solver) {
    struct sinkhorn_side *target = &solver->target;
    for (size_t j = 0; j < fused->strips * STRIP; j++) {
        bool weighed = j < target->count && target->weights[j] > 0;
        float offset = weighed ? (float)((target->logarithms[j] + target->potentials[j] / solver->epsilon) *
                                         ELEMENTARY_LOG2_E)
                               : -INFINITY;
        fused->target_offsets[j] = offset;
        if (weighed)
            target->potentials[j] =
                ((double)offset * ELEMENTARY_LN2 - target->logarithms[j]) * solver->epsilon;
    }
}

static bool update_targets(struct sinkhorn_fused *fused, struct sinkhorn_solver *solver, size_t blocks) {
    struct sinkhorn_side *target = &solver->target;
    for (size_t j = 0; j < target->count; j++) {
        double sum = 0;
        target->updates[j] = target->potentials[j];
        if (!(target->weights[j] > 0))
            continue;
        for (size_t block = 0; block < blocks; block++)
            sum += solver->partials[block * fused->strips * STRIP + j];
        if (!(sum > SUM_MIN && sum < SUM_MAX))
            return false;
        double softmin = (double)fused->target_offsets[j] * ELEMENTARY_LN2 - log(sum);
        fused->target_softmin[j] = softmin;
        target->updates[j] = sinkhorn_relaxation_update(solver, target, softmin);
    }
    return true;
}

/* Whether all blocks are stored; the targets' side of it follows. */
static void conclude_stored(const struct pass *pass) {
    struct sinkhorn_stored *stored = pass->stored;
    stored->filled = true;
    for (size_t block = 0; block < pass->solver->blocks; block++)
        stored->filled &= !pass->unstored[block];
    for (size_t j = 0; j < pass->solver->target.count; j++)
        stored->target_reference[j] = (double)pass->fused->target_offsets[j] * ELEMENTARY_LN2;
}

bool sinkhorn_fused_pass(struct sinkhorn_fused *fused, struct sinkhorn_solver *solver,
                         struct sinkhorn_stored *stored) {
    struct pass pass = {.fused = fused, .solver = solver, .stored = stored};
    size_t n = solver->source.count;
    size_t blocks = solver->blocks;
    if (stored != NULL)
        stored->filled = false;
    round_targets(fused, solver);
    parallel_for(solver->threads, blocks, pass_block, &pass);
    for (size_t block = 0; block < blocks; block++)
        if (pass.failed[block])
            return false;
    if (stored != NULL)
        conclude_stored(&pass);
    if (!solver->problem->symmetric)
        return update_targets(fused, solver, blocks);
    memcpy(solver->target.updates, solver->source.potentials, n * sizeof *solver->target.updates);
    return true;
}
