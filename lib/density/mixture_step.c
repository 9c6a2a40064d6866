#include "density/mixture_step.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "density/mixture_marginal.h"
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

    /* where entries are missing */
    struct mixture_marginal *marginal; /* of pattern; SIZE_MAX: none yet */
    size_t pattern;
    bool few;         /* the tile has at most LANES rows */
    double *whitened; /* K x d x POINTS */
    double *centred;  /* d x POINTS */
    double *zeros;    /* d */
};

struct mixture_step {
    const struct mixture_rows *rows;
    const struct gaussian_mixture *mixture;
    enum mixture_step_mode mode;
    struct mixture_sums sums;
    bool matrix;
    size_t components, values; /* room for so many components of so many moments each */
    size_t blocks, block_tiles, threads, workspace_size;
    double *workspaces, *moments;        /* moments: blocks x components x values */
    struct mixture_marginal **marginals; /* of the threads; NULL where nothing is missing */
    struct block_totals *totals;
};

static bool is_matrix(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
}

static size_t seconds_of(enum gaussian_mixture_type type, size_t d) {
    return is_matrix(type) ? d * (d + 1) / 2 : d;
}

static size_t tile_count(const struct mixture_rows *rows) {
    if (rows->patterns != NULL)
        return rows->patterns->tile_count;
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

/* What rows with missing entries need besides. */
static int create_marginals(struct mixture_step *step, enum gaussian_mixture_type type, struct error *error) {
    size_t d = step->rows->dimensions;
    if (step->rows->patterns == NULL)
        return 0;
    step->marginals = memory_zeros(error, step->threads, sizeof *step->marginals);
    for (size_t i = 0; step->marginals != NULL && i < step->threads; i++) {
        step->marginals[i] = mixture_marginal_create(step->components, d, type, error);
        if (step->marginals[i] == NULL)
            return -1;
    }
    step->workspace_size += POINTS * (step->components + 1) * d + d;
    return step->marginals != NULL ? 0 : -1;
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
    if (create_marginals(step, type, error) < 0)
        goto failed;
    step->workspaces = memory_matrix(error, step->threads, step->workspace_size, sizeof(double));
    step->moments = memory_matrix(error, step->blocks, components * step->values, sizeof(double));
    step->totals = memory_array(error, step->blocks, sizeof *step->totals);
    step->sums.counts = memory_array(error, components, sizeof(double));
    step->sums.first = memory_matrix(error, components, d, sizeof(double));
    step->sums.second = memory_matrix(error, components, step->sums.seconds, sizeof(double));
    if (step->workspaces != NULL && step->moments != NULL && step->totals != NULL &&
        step->sums.counts != NULL && step->sums.first != NULL && step->sums.second != NULL)
        return step;

failed:
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
    struct workspace work = {.x = room,
                             .y = room + size,
                             .terms = terms,
                             .lanes = lanes,
                             .weights = points,
                             .lse = points + POINTS,
                             .largest = points + 2 * POINTS,
                             .entropy = points + 3 * POINTS,
                             .pattern = SIZE_MAX};
    if (step->marginals != NULL) {
        work.marginal = step->marginals[worker];
        work.whitened = points + 4 * POINTS;
        work.centred = work.whitened + step->components * size;
        work.zeros = work.centred + size;
        memset(work.zeros, 0, step->rows->dimensions * sizeof(double));
    }
    return work;
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

/* Row p of the tile is rows[p] or, where that is NULL, from + p. */
static void add_totals(const struct workspace *work, const size_t *rows, size_t from, size_t count,
                       struct block_totals *totals) {
    for (size_t p = 0; p < count; p++) {
        double weight = work->weights[p];
        if (weight == 0)
            continue;
        totals->log_likelihood += weight * work->lse[p];
        totals->classification += weight * work->largest[p];
        totals->entropy += weight * work->entropy[p];
        if (work->lse[p] < totals->least) {
            totals->least = work->lse[p];
            totals->farthest = rows != NULL ? rows[p] : from + p;
        }
    }
}

/* Adds what component k takes of the tile, whose responsibilities sum to more than nothing. */
static void add_component(const struct mixture_step *step, const struct workspace *work, size_t k,
                          const double *responsibilities) {
    size_t d = step->mixture->dimensions;
    double *lanes = work->lanes + k * step->values * LANES;
    if (work->marginal == NULL) {
        mixture_tile_moments(d, step->matrix, step->mixture->means + k * d, responsibilities, work->x,
                             work->y, lanes);
        return;
    }
    double sum = 0;
    mixture_marginal_complete(work->marginal, k, work->x, work->whitened + k * d * POINTS, work->centred);
    if (work->few)
        mixture_tile_few_moments(d, step->matrix, work->zeros, responsibilities, work->centred, work->y,
                                 lanes);
    else
        mixture_tile_moments(d, step->matrix, work->zeros, responsibilities, work->centred, work->y, lanes);
    for (size_t p = 0; p < POINTS; p++)
        sum += responsibilities[p];
    mixture_marginal_add_spread(work->marginal, k, sum, step->matrix, LANES, lanes + (1 + d) * LANES);
}

static void add_moments(const struct mixture_step *step, const struct workspace *work,
                        struct block_totals *totals) {
    const struct gaussian_mixture *mixture = step->mixture;
    size_t components = mixture->components;
    for (size_t k = 0; k < components; k++) {
        const double *responsibilities = work->terms + k * POINTS;
        double largest = 0;
        for (size_t p = 0; p < POINTS; p++)
            largest = responsibilities[p] > largest ? responsibilities[p] : largest;
        if (largest > NEGLIGIBLE * step->rows->total / (double)step->rows->rows)
            add_component(step, work, k, responsibilities);
    }
    for (size_t p = 0; mixture->noise_weight > 0 && p < POINTS; p++)
        totals->noise += work->terms[components * POINTS + p];
}

/* From the components' terms on. `rows` and from as in add_totals. */
static void finish_tile(const struct mixture_step *step, const struct workspace *work, const size_t *rows,
                        size_t from, size_t count, struct block_totals *totals) {
    const struct gaussian_mixture *mixture = step->mixture;
    size_t terms = mixture->components;
    if (mixture->noise_weight > 0) {
        double term = log(mixture->noise_weight) + mixture->noise_log_density;
        for (size_t p = 0; p < POINTS; p++)
            work->terms[terms * POINTS + p] = term;
        terms++;
    }
    mixture_tile_softmax(terms, work->terms, work->lse, work->largest, work->entropy);
    add_totals(work, rows, from, count, totals);
    if (step->mode == MIXTURE_STEP_EVALUATE)
        return;
    if (step->mode == MIXTURE_STEP_HARD)
        mixture_tile_harden(terms, work->terms);
    mixture_tile_weigh(terms, work->weights, work->terms);
    add_moments(step, work, totals);
}

static void run_tile(const struct mixture_step *step, size_t tile, struct workspace *work,
                     struct block_totals *totals) {
    size_t count = load_tile(step->rows, tile, work);
    for (size_t k = 0; k < step->mixture->components; k++)
        mixture_tile_terms(step->mixture, k, work->x, work->y, work->terms + k * POINTS);
    finish_tile(step, work, NULL, tile * POINTS, count, totals);
}

/* The same where entries are missing. */
static void run_pattern_tile(const struct mixture_step *step, size_t number, struct workspace *work,
                             struct block_totals *totals) {
    const struct mixture_patterns *patterns = step->rows->patterns;
    const struct mixture_patterns_tile *tile = &patterns->tiles[number];
    size_t d = step->rows->dimensions;
    if (tile->pattern != work->pattern)
        mixture_marginal_set(work->marginal, step->mixture, patterns->observed + tile->pattern * d);
    work->pattern = tile->pattern;
    work->few = tile->count <= LANES;
    const size_t *rows = patterns->order + tile->from;
    mixture_marginal_load(work->marginal, step->rows->values, rows, tile->count, work->x);
    for (size_t p = 0; p < POINTS; p++)
        work->weights[p] =
            p >= tile->count ? 0 : (step->rows->weights != NULL ? step->rows->weights[rows[p]] : 1);
    for (size_t k = 0; k < step->mixture->components; k++)
        mixture_marginal_terms(work->marginal, k, work->x, work->whitened + k * d * POINTS,
                               work->terms + k * POINTS);
    finish_tile(step, work, rows, 0, tile->count, totals);
}

/* parallel_body: the tiles of one block, and their moments' lanes added up. */
static void run_block(void *context, size_t block, size_t worker) {
    struct mixture_step *step = context;
    struct workspace work = workspace_of(step, worker);
    struct block_totals totals = {.least = INFINITY};
    size_t count = step->mixture->components * step->values, tiles = tile_count(step->rows);
    size_t from = block * step->block_tiles, to = from + step->block_tiles;
    memset(work.lanes, 0, count * LANES * sizeof(double));
    for (size_t tile = from; tile < to && tile < tiles; tile++) {
        if (step->rows->patterns != NULL)
            run_pattern_tile(step, tile, &work, &totals);
        else
            run_tile(step, tile, &work, &totals);
    }
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
    for (size_t i = 0; step->marginals != NULL && i < step->threads; i++)
        mixture_marginal_free(step->marginals[i]);
    free(step->marginals);
    free(step->workspaces);
    free(step->moments);
    free(step->totals);
    free(step->sums.counts);
    free(step->sums.first);
    free(step->sums.second);
    free(step);
}
