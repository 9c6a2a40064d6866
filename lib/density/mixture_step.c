#include "density/mixture_step.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "density/mixture_tile.h"

enum {
    POINTS = MIXTURE_TILE_POINTS,
    LANES = MIXTURE_TILE_LANES,
    BLOCK_TILES_MIN = 32, /* 2048 rows: a thread's share is worth its start */
    BLOCKS_MAX = 256,
    BLOCKS_BYTES = 24 << 20, /* for the sums of all blocks */
};

/* 1e-16 of a row moves no digit of any sum that the row belongs to. */
static const double NEGLIGIBLE = 1e-16;

/* What one block of rows adds up to; its moments stand apart. */
struct block_totals {
    double log_likelihood, classification, entropy, noise, least;
    size_t farthest;
};

/* A thread's arrays, in one piece of memory. */
struct workspace {
    double *x, *y;                             /* d x POINTS */
    double *terms;                             /* (K + 1) x POINTS */
    double *lanes;                             /* K x values x LANES */
    double *weights, *lse, *largest, *entropy; /* POINTS */
};

struct mixture_step {
    const struct mixture_rows *rows;
    const struct gaussian_mixture *mixture;
    enum mixture_step_mode mode;
    struct mixture_sums sums;
    bool matrix;
    size_t components, values; /* room for so many components of so many moments each */
    size_t blocks, block_tiles, threads, workspace_size;
    double *workspaces, *moments; /* moments: blocks x components x values */
    struct block_totals *totals;
};

static bool is_matrix(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
}

static size_t seconds_of(enum gaussian_mixture_type type, size_t d) {
    return is_matrix(type) ? d * (d + 1) / 2 : d;
}

static size_t tile_count(const struct mixture_rows *rows) {
    return (rows->rows + POINTS - 1) / POINTS;
}

size_t mixture_step_blocks(const struct mixture_rows *rows, size_t components,
                           enum gaussian_mixture_type type) {
    size_t d = rows->dimensions, tiles = tile_count(rows);
    size_t bytes = components * (1 + d + seconds_of(type, d)) * sizeof(double);
    size_t most = bytes > 0 && BLOCKS_BYTES / bytes < BLOCKS_MAX ? BLOCKS_BYTES / bytes : BLOCKS_MAX;
    size_t blocks = tiles / BLOCK_TILES_MIN;
    blocks = blocks > most ? most : blocks;
    return blocks > 0 ? blocks : 1;
}

struct mixture_step *mixture_step_create(const struct mixture_rows *rows, size_t components,
                                         enum gaussian_mixture_type type, size_t threads,
                                         struct error *error) {
    size_t d = rows->dimensions;
    struct mixture_step *step = memory_zeros(error, 1, sizeof *step);
    if (step == NULL)
        return NULL;
    step->rows = rows;
    step->matrix = is_matrix(type);
    step->components = components;
    step->sums.seconds = seconds_of(type, d);
    step->values = 1 + d + step->sums.seconds;
    step->blocks = mixture_step_blocks(rows, components, type);
    step->block_tiles = (tile_count(rows) + step->blocks - 1) / step->blocks;
    step->threads = threads < step->blocks ? threads : step->blocks;
    step->workspace_size = POINTS * (2 * d + components + 5) + components * step->values * LANES;
    step->workspaces = memory_matrix(error, step->threads, step->workspace_size, sizeof(double));
    step->moments = memory_matrix(error, step->blocks, components * step->values, sizeof(double));
    step->totals = memory_array(error, step->blocks, sizeof *step->totals);
    step->sums.counts = memory_array(error, components, sizeof(double));
    step->sums.first = memory_matrix(error, components, d, sizeof(double));
    step->sums.second = memory_matrix(error, components, step->sums.seconds, sizeof(double));
    if (step->workspaces != NULL && step->moments != NULL && step->totals != NULL &&
        step->sums.counts != NULL && step->sums.first != NULL && step->sums.second != NULL)
        return step;
    mixture_step_free(step);
    return NULL;
}

void mixture_step_rows(struct mixture_step *step, const struct mixture_rows *rows) {
    step->rows = rows;
}

static struct workspace workspace_of(const struct mixture_step *step, size_t worker) {
    double *room = step->workspaces + worker * step->workspace_size;
    size_t size = POINTS * step->rows->dimensions;
    double *terms = room + 2 * size, *lanes = terms + (step->components + 1) * POINTS;
    double *points = lanes + step->components * step->values * LANES;
    return (struct workspace){.x = room,
                              .y = room + size,
                              .terms = terms,
                              .lanes = lanes,
                              .weights = points,
                              .lse = points + POINTS,
                              .largest = points + 2 * POINTS,
                              .entropy = points + 3 * POINTS};
}

/* Lays a tile's rows side by side. What is missing in the last tile repeats its first row at weight 0. */
static size_t load_tile(const struct mixture_rows *rows, size_t tile, const struct workspace *work) {
    size_t d = rows->dimensions, from = tile * POINTS;
    size_t count = rows->rows - from < POINTS ? rows->rows - from : POINTS;
    const double *values = rows->values + from * d;
    for (size_t p = 0; p < POINTS; p++) {
        const double *row = values + (p < count ? p * d : 0);
        for (size_t j = 0; j < d; j++)
            work->x[j * POINTS + p] = row[j];
        work->weights[p] = p >= count ? 0 : (rows->weights != NULL ? rows->weights[from + p] : 1);
    }
    return count;
}

static void add_totals(const struct workspace *work, size_t from, size_t count, struct block_totals *totals) {
    for (size_t p = 0; p < count; p++) {
        double weight = work->weights[p];
        if (weight == 0)
            continue;
        totals->log_likelihood += weight * work->lse[p];
        totals->classification += weight * work->largest[p];
        totals->entropy += weight * work->entropy[p];
        if (work->lse[p] < totals->least) {
            totals->least = work->lse[p];
            totals->farthest = from + p;
        }
    }
}

static void add_moments(const struct mixture_step *step, const struct workspace *work,
                        struct block_totals *totals) {
    const struct gaussian_mixture *mixture = step->mixture;
    size_t components = mixture->components, d = mixture->dimensions;
    for (size_t k = 0; k < components; k++) {
        const double *responsibilities = work->terms + k * POINTS;
        double largest = 0;
        for (size_t p = 0; p < POINTS; p++)
            largest = responsibilities[p] > largest ? responsibilities[p] : largest;
        if (largest > NEGLIGIBLE * step->rows->total / (double)step->rows->rows)
            mixture_tile_moments(d, step->matrix, mixture->means + k * d, responsibilities, work->x, work->y,
                                 work->lanes + k * step->values * LANES);
    }
    for (size_t p = 0; mixture->noise_weight > 0 && p < POINTS; p++)
        totals->noise += work->terms[components * POINTS + p];
}

static void run_tile(const struct mixture_step *step, size_t tile, const struct workspace *work,
                     struct block_totals *totals) {
    const struct gaussian_mixture *mixture = step->mixture;
    size_t components = mixture->components, terms = components;
    size_t count = load_tile(step->rows, tile, work);
    for (size_t k = 0; k < components; k++)
        mixture_tile_terms(mixture, k, work->x, work->y, work->terms + k * POINTS);
    if (mixture->noise_weight > 0) {
        double term = log(mixture->noise_weight) + mixture->noise_log_density;
        for (size_t p = 0; p < POINTS; p++)
            work->terms[components * POINTS + p] = term;
        terms++;
    }
    mixture_tile_softmax(terms, work->terms, work->lse, work->largest, work->entropy);
    add_totals(work, tile * POINTS, count, totals);
    if (step->mode == MIXTURE_STEP_EVALUATE)
        return;
    if (step->mode == MIXTURE_STEP_HARD)
        mixture_tile_harden(terms, work->terms);
    mixture_tile_weigh(terms, work->weights, work->terms);
    add_moments(step, work, totals);
}

/* parallel_body: the tiles of one block, and their moments' lanes added up. */
static void run_block(void *context, size_t block, size_t worker) {
    struct mixture_step *step = context;
    struct workspace work = workspace_of(step, worker);
    struct block_totals totals = {.least = INFINITY};
    size_t count = step->mixture->components * step->values, tiles = tile_count(step->rows);
    size_t from = block * step->block_tiles, to = from + step->block_tiles;
    memset(work.lanes, 0, count * LANES * sizeof(double));
    for (size_t tile = from; tile < to && tile < tiles; tile++)
        run_tile(step, tile, &work, &totals);
    step->totals[block] = totals;
    double *moments = step->moments + block * step->components * step->values;
    for (size_t i = 0; step->mode != MIXTURE_STEP_EVALUATE && i < count; i++) {
        const double *lane = work.lanes + i * LANES;
        moments[i] =
            ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    }
}

static void add_block_totals(struct mixture_step *step) {
    struct mixture_sums *sums = &step->sums;
    double least = INFINITY;
    sums->log_likelihood = sums->classification = sums->entropy = sums->noise = 0;
    for (size_t block = 0; block < step->blocks; block++) {
        const struct block_totals *totals = &step->totals[block];
        sums->log_likelihood += totals->log_likelihood;
        sums->classification += totals->classification;
        sums->entropy += totals->entropy;
        sums->noise += totals->noise;
        if (totals->least < least) {
            least = totals->least;
            sums->farthest = totals->farthest;
        }
    }
}

static void add_block_moments(struct mixture_step *step) {
    size_t components = step->mixture->components, d = step->rows->dimensions;
    size_t values = step->values, seconds = step->sums.seconds;
    memset(step->sums.counts, 0, components * sizeof(double));
    memset(step->sums.first, 0, components * d * sizeof(double));
    memset(step->sums.second, 0, components * seconds * sizeof(double));
    for (size_t block = 0; block < step->blocks; block++) {
        for (size_t k = 0; k < components; k++) {
            const double *moments = step->moments + (block * step->components + k) * values;
            step->sums.counts[k] += moments[0];
            for (size_t j = 0; j < d; j++)
                step->sums.first[k * d + j] += moments[1 + j];
            for (size_t j = 0; j < seconds; j++)
                step->sums.second[k * seconds + j] += moments[1 + d + j];
        }
    }
}

const struct mixture_sums *mixture_step_run(struct mixture_step *step, const struct gaussian_mixture *mixture,
                                            enum mixture_step_mode mode) {
    step->mixture = mixture;
    step->mode = mode;
    if (step->threads > 1)
        parallel_for(step->threads, step->blocks, run_block, step);
    else /* from inside a parallel body too */
        for (size_t block = 0; block < step->blocks; block++)
            run_block(step, block, 0);
    add_block_totals(step);
    if (mode != MIXTURE_STEP_EVALUATE)
        add_block_moments(step);
    return &step->sums;
}

void mixture_step_free(struct mixture_step *step) {
    if (step == NULL)
        return;
    free(step->workspaces);
    free(step->moments);
    free(step->totals);
    free(step->sums.counts);
    free(step->sums.first);
    free(step->sums.second);
    free(step);
}
