#include "transport/sinkhorn_stored.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"

enum { STRIP = SINKHORN_STRIP, FLOATS = 16, GROUPS = STRIP / FLOATS, ROWS = SINKHORN_GROUP };

/* A workspace that nobody asked for is not to be larger: 11500 points on each side. */
static const size_t STORED_BYTES_MAX = (size_t)256 << 20;

/* Scalings beyond this would bring up values that were too small to be kept. */
static const double SCALING_LOG_MAX = 20;

typedef float floats __attribute__((vector_size(FLOATS * sizeof(float)), may_alias));
typedef uint32_t words __attribute__((vector_size(FLOATS * sizeof(uint32_t)), may_alias));
typedef uint16_t halves __attribute__((vector_size(FLOATS * sizeof(uint16_t)), may_alias));

struct pass {
    struct sinkhorn_stored *stored;
    struct sinkhorn_solver *solver;
    const double *source_softmin; /* of the true kernel, where shifts are to be set; or NULL */
    bool failed[SINKHORN_BLOCKS_MAX];
};

static size_t values_of_group(const struct sinkhorn_stored *stored) {
    return stored->strips * STRIP * ROWS;
}

bool sinkhorn_stored_fits(const struct sinkhorn_solver *solver) {
    size_t width = (solver->target.count + STRIP - 1) / STRIP * STRIP, rows, values;
    return memory_product(solver->blocks, solver->block_rows + ROWS, &rows) &&
           memory_product(rows, width, &values) && values <= STORED_BYTES_MAX / sizeof(uint16_t);
}

int sinkhorn_stored_create(struct sinkhorn_stored *stored, const struct sinkhorn_solver *solver,
                           struct error *error) {
    size_t n = solver->source.count, m = solver->target.count, strips = (m + STRIP - 1) / STRIP;
    *stored = (struct sinkhorn_stored){.strips = strips};
    stored->block_groups = (solver->block_rows + ROWS - 1) / ROWS;
    stored->values = memory_zeros(error, solver->blocks * stored->block_groups * values_of_group(stored),
                                  sizeof *stored->values);
    stored->source_reference = memory_array(error, n, sizeof *stored->source_reference);
    stored->target_reference = memory_array(error, m, sizeof *stored->target_reference);
    stored->source_shift = memory_zeros(error, n, sizeof *stored->source_shift);
    stored->target_shift = memory_zeros(error, m, sizeof *stored->target_shift);
    stored->scalings = memory_zeros(error, strips * STRIP, sizeof *stored->scalings);
    if (stored->values != NULL && stored->source_reference != NULL && stored->target_reference != NULL &&
        stored->source_shift != NULL && stored->target_shift != NULL && stored->scalings != NULL)
        return 0;
    sinkhorn_stored_free(stored);
    return -1;
}

void sinkhorn_stored_free(struct sinkhorn_stored *stored) {
    free(stored->values);
    free(stored->source_reference);
    free(stored->target_reference);
    free(stored->source_shift);
    free(stored->target_shift);
    free(stored->scalings);
    *stored = (struct sinkhorn_stored){0};
}

/* Rounds to the nearest number of the upper half of a float, ties to even. */
INSTRUCTION_SETS static void round_strip(const float *kernel, float factor, uint16_t *values) {
#pragma omp simd
    for (size_t j = 0; j < STRIP; j++) {
        float value = kernel[j] * factor;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        values[j] = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }
}

void sinkhorn_stored_put(struct sinkhorn_stored *stored, size_t block, size_t index, size_t rows,
                         const float *kernel, const float *factors) {
    uint16_t *values = stored->values + (block * stored->block_groups + index) * values_of_group(stored);
    for (size_t strip = 0; strip < stored->strips; strip++)
        for (size_t r = 0; r < rows; r++) {
            size_t place = (strip * ROWS + r) * STRIP;
            round_strip(kernel + place, factors[r], values + place);
        }
}

ALWAYS_INLINE floats widen(const uint16_t *values) {
    halves loaded;
    memcpy(&loaded, values, sizeof loaded);
    return (floats)(__builtin_convertvector(loaded, words) << 16);
}

ALWAYS_INLINE double sum_lanes(floats sum) {
    double total[4] = {0};
    for (size_t lane = 0; lane < FLOATS; lane++)
        total[lane % 4] += (double)sum[lane];
    return (total[0] + total[1]) + (total[2] + total[3]);
}

/* Lanes are emptied into double precision every so many strips, before rounding adds up. */
enum { STRIPS_SUMMED = 8 };

INSTRUCTION_SETS static void sum_rows(size_t strips, const uint16_t *values, const float *scalings,
                                      double *sums) {
    for (size_t begin = 0; begin < strips; begin += STRIPS_SUMMED) {
        size_t end = strips - begin < STRIPS_SUMMED ? strips : begin + STRIPS_SUMMED;
        floats sum[ROWS] = {{0}};
        for (size_t place = begin * GROUPS; place < end * GROUPS; place++) {
            const uint16_t *column = values + (place / GROUPS * ROWS * GROUPS + place % GROUPS) * FLOATS;
            floats scaling = *(const floats *)(scalings + place * FLOATS);
#pragma GCC unroll 8
            for (size_t r = 0; r < ROWS; r++)
                sum[r] += widen(column + r * STRIP) * scaling;
        }
#pragma GCC unroll 8
        for (size_t r = 0; r < ROWS; r++)
            sums[r] += sum_lanes(sum[r]);
    }
}

INSTRUCTION_SETS static void add_columns(size_t strips, const uint16_t *values, const float *factors,
                                         double *columns) {
    for (size_t place = 0; place < strips * GROUPS; place++) {
        const uint16_t *column = values + (place / GROUPS * ROWS * GROUPS + place % GROUPS) * FLOATS;
        floats sum = {0};
#pragma GCC unroll 8
        for (size_t r = 0; r < ROWS; r++)
            sum += widen(column + r * STRIP) * factors[r];
#pragma omp simd
        for (size_t lane = 0; lane < FLOATS; lane++)
            columns[place * FLOATS + lane] += (double)sum[lane];
    }
}

/* New f from the sums of a group's rows, or shifts; and the rows' weights in the columns' sums. */
static bool update_rows(struct pass *pass, size_t first, size_t count, const double *sums, float *factors) {
    struct sinkhorn_stored *stored = pass->stored;
    struct sinkhorn_side *source = &pass->solver->source;
    for (size_t r = 0; r < count; r++) {
        size_t i = first + r;
        if (!(source->weights[i] > 0))
            continue;
        double softmin = stored->source_reference[i] - log(sums[r]);
        if (pass->source_softmin != NULL)
            stored->source_shift[i] = pass->source_softmin[i] - softmin;
        else
            source->potentials[i] =
                sinkhorn_relaxation_update(pass->solver, source, softmin + stored->source_shift[i]);
        double change = source->potentials[i] / pass->solver->epsilon - stored->source_reference[i];
        if (!(sums[r] > 0 && fabs(change) < SCALING_LOG_MAX))
            return false;
        factors[r] = (float)(source->weights[i] * exp(change));
    }
    return true;
}

static void pass_block(void *context, size_t block, size_t worker) {
    struct pass *pass = context;
    struct sinkhorn_stored *stored = pass->stored;
    struct sinkhorn_solver *solver = pass->solver;
    size_t width = stored->strips * STRIP, n = solver->source.count, first = block * solver->block_rows;
    size_t end = n - first < solver->block_rows ? n : first + solver->block_rows;
    double *columns = solver->partials + block * width;
    const uint16_t *values = stored->values + block * stored->block_groups * values_of_group(stored);
    (void)worker;
    memset(columns, 0, width * sizeof *columns);
    for (size_t i = first; i < end; i += ROWS, values += values_of_group(stored)) {
        double sums[ROWS] = {0};
        float factors[ROWS] = {0};
        sum_rows(stored->strips, values, stored->scalings, sums);
        if (!update_rows(pass, i, end - i < ROWS ? end - i : ROWS, sums, factors)) {
            pass->failed[block] = true;
            return;
        }
        if (!solver->problem->symmetric)
            add_columns(stored->strips, values, factors, columns);
    }
}

static bool scale_columns(struct sinkhorn_stored *stored, const struct sinkhorn_solver *solver) {
    const struct sinkhorn_side *target = &solver->target;
    for (size_t j = 0; j < target->count; j++) {
        if (!(target->weights[j] > 0))
            continue;
        double offset = target->logarithms[j] + target->potentials[j] / solver->epsilon;
        double change = offset - stored->target_reference[j];
        if (!(fabs(change) < SCALING_LOG_MAX))
            return false;
        stored->scalings[j] = (float)exp(change);
    }
    return true;
}

/* Softmins of the targets from the columns' sums: to target.updates, or shifts against those given. */
static void update_targets(struct sinkhorn_stored *stored, struct sinkhorn_solver *solver,
                           const double *target_softmin) {
    struct sinkhorn_side *target = &solver->target;
    for (size_t j = 0; j < target->count; j++) {
        double sum = 0;
        if (target_softmin == NULL)
            target->updates[j] = target->potentials[j];
        if (!(target->weights[j] > 0))
            continue;
        for (size_t block = 0; block < solver->blocks; block++)
            sum += solver->partials[block * stored->strips * STRIP + j];
        double softmin = stored->target_reference[j] - log(sum);
        if (target_softmin != NULL)
            stored->target_shift[j] = target_softmin[j] - softmin;
        else
            target->updates[j] =
                sinkhorn_relaxation_update(solver, target, softmin + stored->target_shift[j]);
    }
}

static bool run(struct pass *pass, const double *target_softmin) {
    struct sinkhorn_solver *solver = pass->solver;
    if (!scale_columns(pass->stored, solver))
        return false;
    parallel_for(solver->threads, solver->blocks, pass_block, pass);
    for (size_t block = 0; block < solver->blocks; block++)
        if (pass->failed[block])
            return false;
    if (!solver->problem->symmetric)
        update_targets(pass->stored, solver, target_softmin);
    return true;
}

bool sinkhorn_stored_refer(struct sinkhorn_stored *stored, struct sinkhorn_solver *solver,
                           const double *source_softmin, const double *target_softmin) {
    struct pass pass = {.stored = stored, .solver = solver, .source_softmin = source_softmin};
    return run(&pass, target_softmin);
}

bool sinkhorn_stored_pass(struct sinkhorn_stored *stored, struct sinkhorn_solver *solver) {
    struct pass pass = {.stored = stored, .solver = solver};
    if (!run(&pass, NULL))
        return false;
    if (solver->problem->symmetric)
        memcpy(solver->target.updates, solver->source.potentials,
               solver->source.count * sizeof *solver->target.updates);
    return true;
}
