#include "density/mixture_draws.h"

#include <string.h>

#include "base/memory.h"
#include "num/gaussian_mixture_sampler.h"

/* Values handed out at once; at least one block of the sampler. */
enum { BLOCK = GAUSSIAN_MIXTURE_SAMPLER_BLOCK, VALUES = 1 << 19, BLOCKS_MAX = 64 };

struct draws_stage {
    struct row_stream stream;
    struct mixture_draws_settings settings;
    struct gaussian_mixture_sampler sampler;
    size_t blocks; /* handed out at once */
    size_t done;   /* rows */
    double *points, *labelled;
    size_t *components;
};

static void label_rows(const struct draws_stage *stage, size_t rows) {
    size_t d = stage->settings.mixture->dimensions;
    for (size_t i = 0; i < rows; i++) {
        double *row = stage->labelled + i * (d + 1);
        memcpy(row, stage->points + i * d, d * sizeof *row);
        row[d] = (double)(stage->components[i] + 1);
    }
}

static int next(struct row_stream *stream, struct error *error) {
    (void)error;
    struct draws_stage *stage = (struct draws_stage *)stream;
    size_t left = stage->settings.count - stage->done, most = stage->blocks * BLOCK;
    stream->row_count = left < most ? left : most;
    if (left == 0)
        return 0;
    gaussian_mixture_sampler_rows(&stage->sampler, stage->settings.threads, stage->done / BLOCK,
                                  stream->row_count, stage->points, stage->components);
    stage->done += stream->row_count;
    stream->rows = stage->points;
    if (stage->settings.labels) {
        label_rows(stage, stream->row_count);
        stream->rows = stage->labelled;
    }
    return 1;
}

static bool ready(struct row_stream *stream) {
    (void)stream;
    return true;
}

static void free_stage(struct row_stream *stream) {
    struct draws_stage *stage = (struct draws_stage *)stream;
    gaussian_mixture_sampler_free(&stage->sampler);
    free(stage->points);
    free(stage->labelled);
    free(stage->components);
    free(stage);
}

static const struct row_stream_kind draws_kind = {.next = next, .ready = ready, .free = free_stage};

static int allocate(struct draws_stage *stage, struct error *error) {
    size_t d = stage->settings.mixture->dimensions, rows = stage->blocks * BLOCK;
    stage->points = memory_matrix(error, rows, d, sizeof *stage->points);
    if (stage->points == NULL)
        return -1;
    if (!stage->settings.labels)
        return 0;
    stage->labelled = memory_matrix(error, rows, d + 1, sizeof *stage->labelled);
    stage->components = memory_array(error, rows, sizeof *stage->components);
    return stage->labelled != NULL && stage->components != NULL ? 0 : -1;
}

struct row_stream *mixture_draws_open(const struct mixture_draws_settings *settings, struct error *error) {
    size_t d = settings->mixture->dimensions, blocks = VALUES / BLOCK / d;
    struct draws_stage *stage = memory_zeros(error, 1, sizeof *stage);
    if (stage == NULL)
        return NULL;
    stage->settings = *settings;
    stage->blocks = blocks < 1 ? 1 : blocks > BLOCKS_MAX ? BLOCKS_MAX : blocks;
    stage->stream = (struct row_stream){.kind = &draws_kind,
                                        .columns = d + (settings->labels ? 1 : 0),
                                        .names = settings->names,
                                        .rows_total = (int64_t)settings->count};
    if (allocate(stage, error) == 0 &&
        gaussian_mixture_sampler_create(&stage->sampler, settings->mixture, settings->seed, "gmmsample",
                                        "draws", settings->stratified ? settings->count : 0, error) == 0)
        return &stage->stream;
    free_stage(&stage->stream);
    return NULL;
}
