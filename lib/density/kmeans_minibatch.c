#include "density/kmeans_minibatch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "density/kmeans.h"
#include "density/kmeans_assign.h"
#include "density/kmeans_input.h"
#include "density/kmeans_model.h"
#include "density/kmeans_order.h"
#include "density/kmeans_unit.h"
#include "io/row_input.h"
#include "io/row_replay.h"
#include "io/row_stream.h"
#include "io/row_writer.h"

enum { SAMPLE_ROWS = 10000, SAMPLE_ROWS_EACH = 10, SAMPLE_STEPS = 100 };

struct minibatch {
    struct command *command;
    const struct kmeans_options *options;
    struct row_stream *stream;
    size_t columns, passes;
    bool cosine;

    double *batch; /* options->batch x columns */
    size_t count;  /* rows in it */
    uint32_t *labels;
    double *answers;

    struct matrix sample; /* becomes the start */
    size_t seen, room;    /* rows met, and kept at most */
    struct random_stream draws;

    struct kmeans result; /* centers: running means; counts: rows that each has seen; labels: none */
    double *directions;   /* what rows are compared with: the means, of unit length for the cosine */
    struct row_writer *writer;
};

/* What is done with a batch that is full, or the last. */
typedef int batch_use(struct minibatch *minibatch);

/* Refuses the row of the block at hand that fits no distance. */
static int check_row(const struct minibatch *minibatch, size_t row) {
    const struct row_stream *stream = minibatch->stream;
    const double *x = stream->rows + row * stream->columns;
    bool zero = true;
    for (size_t j = 0; j < stream->columns; j++) {
        if (!(fabs(x[j]) <= KMEANS_LARGEST))
            return row_stream_refuse(stream, row, &minibatch->command->error,
                                     "expected values of at most 1e150, got %g", x[j]);
        zero = zero && x[j] == 0;
    }
    if (zero && minibatch->cosine)
        return row_stream_refuse(stream, row, &minibatch->command->error,
                                 "all values are 0, and have no direction");
    return 0;
}

static int use_batch(struct minibatch *minibatch, batch_use *use) {
    if (minibatch->count == 0)
        return 0;
    int status = use(minibatch);
    minibatch->count = 0;
    return status;
}

/* One pass. Batches begin and end at the same rows wherever the blocks do. */
static int pass(struct minibatch *minibatch, batch_use *use) {
    struct row_stream *stream = minibatch->stream;
    struct command *command = minibatch->command;
    size_t d = minibatch->columns, rows = 0;
    int status;
    if (minibatch->passes++ > 0 && row_stream_rewind(stream, &command->error) < 0)
        return -1;
    while ((status = row_stream_next(stream, &command->error)) > 0) {
        for (size_t i = 0; i < stream->row_count; i++) {
            if (check_row(minibatch, i) < 0)
                return -1;
            memcpy(minibatch->batch + minibatch->count++ * d, stream->rows + i * d, d * sizeof(double));
            if (minibatch->count == minibatch->options->batch && use_batch(minibatch, use) < 0)
                return -1;
        }
        rows += stream->row_count;
        progress_show(&command->progress, "rows", rows, 0);
    }
    return status < 0 ? -1 : use_batch(minibatch, use);
}

/* Keeps each row with the same chance (reservoir sampling, algorithm R of Vitter 1985). */
static int sample_batch(struct minibatch *minibatch) {
    struct matrix *sample = &minibatch->sample;
    size_t d = minibatch->columns;
    for (size_t i = 0; i < minibatch->count; i++) {
        size_t at = minibatch->seen++;
        if (sample->rows < minibatch->room)
            sample->rows++;
        else
            at = random_below(&minibatch->draws, minibatch->seen);
        if (at < minibatch->room)
            memcpy(sample->values + at * d, minibatch->batch + i * d, d * sizeof(double));
    }
    return 0;
}

/* The k-means of a sample. */
static int start_from_sample(struct minibatch *minibatch) {
    struct command *command = minibatch->command;
    size_t k = minibatch->options->least, d = minibatch->columns;
    minibatch->room = k > SAMPLE_ROWS / SAMPLE_ROWS_EACH ? k * SAMPLE_ROWS_EACH : SAMPLE_ROWS;
    minibatch->sample.columns = d;
    minibatch->sample.values = memory_matrix(&command->error, minibatch->room, d, sizeof(double));
    random_start(&minibatch->draws, command->seed, "kmeans", "sample", 0);
    if (minibatch->sample.values == NULL || pass(minibatch, sample_batch) < 0)
        return -1;
    if (minibatch->seen == 0)
        return error_set(&command->error, "%s: no rows", command_operand(command, 0, 1));
    const struct kmeans_data data = {minibatch->sample.rows, d, minibatch->sample.values, NULL};
    const struct kmeans_settings settings = {.clusters = k,
                                             .distance = (enum kmeans_distance)minibatch->options->distance,
                                             .init = minibatch->options->init_kind,
                                             .restarts = 1,
                                             .max_iterations = SAMPLE_STEPS,
                                             .seed = command->seed,
                                             .threads = command->threads};
    if (kmeans_fit(&data, &settings, &minibatch->result, &command->error) == 0)
        return 0;
    return error_prefix(&command->error, "%s", command_operand(command, 0, 1));
}

/* Centres that no row has been seen by: the first takes their place. */
static int start_from_file(struct minibatch *minibatch) {
    struct command *command = minibatch->command;
    struct kmeans *result = &minibatch->result;
    if (kmeans_input_read_start(&minibatch->sample, command, minibatch->options, minibatch->columns,
                                command_operand(command, 0, 1)) < 0)
        return -1;
    size_t k = minibatch->sample.rows, d = minibatch->columns;
    const struct kmeans_data centers = {k, d, minibatch->sample.values, NULL};
    if (kmeans_check(&centers, &command->error) < 0)
        return -1;
    result->clusters = k;
    result->columns = d;
    result->centers = memory_matrix(&command->error, k, d, sizeof(double));
    result->counts = memory_zeros(&command->error, k, sizeof(double));
    if (result->centers == NULL || result->counts == NULL)
        return -1;
    memcpy(result->centers, minibatch->sample.values, k * d * sizeof(double));
    return 0;
}

static int find_labels(struct minibatch *minibatch) {
    const struct kmeans_data data = {minibatch->count, minibatch->columns, minibatch->batch, NULL};
    struct kmeans_assign assign;
    double longest;
    if (kmeans_assign_create(&assign, &data, minibatch->result.clusters, KMEANS_LLOYD, false,
                             minibatch->labels, minibatch->command->threads, &minibatch->command->error) < 0)
        return -1;
    kmeans_assign_place(&assign, minibatch->directions, &longest);
    kmeans_assign_run(&assign);
    kmeans_assign_free(&assign);
    return 0;
}

/* A mean of 0 has no direction, and leaves the one before. */
static void take_direction(const struct minibatch *minibatch, size_t c) {
    size_t d = minibatch->columns;
    const double *mean = minibatch->result.centers + c * d;
    double square = 0;
    for (size_t j = 0; j < d; j++)
        square += mean[j] * mean[j];
    double length = minibatch->cosine ? sqrt(square) : 1;
    for (size_t j = 0; length > 0 && j < d; j++)
        minibatch->directions[c * d + j] = mean[j] / length;
}

static int move_batch(struct minibatch *minibatch) {
    struct kmeans *result = &minibatch->result;
    size_t d = minibatch->columns;
    if (minibatch->cosine)
        (void)kmeans_unit(minibatch->count, d, minibatch->batch); /* rows of zeros were refused */
    if (find_labels(minibatch) < 0)
        return -1;
    for (size_t i = 0; i < minibatch->count; i++) {
        double *center = result->centers + minibatch->labels[i] * d;
        double rate = 1 / ++result->counts[minibatch->labels[i]];
        for (size_t j = 0; j < d; j++)
            center[j] += rate * (minibatch->batch[i * d + j] - center[j]);
    }
    for (size_t c = 0; c < result->clusters; c++)
        take_direction(minibatch, c);
    result->iterations++;
    return 0;
}

static struct kmeans_model model_of(const struct minibatch *minibatch) {
    const struct kmeans *result = &minibatch->result;
    return (struct kmeans_model){.clusters = result->clusters,
                                 .columns = result->columns,
                                 .iterations = result->iterations,
                                 .distance = (enum kmeans_distance)minibatch->options->distance,
                                 .inertia = result->inertia,
                                 .centers = result->centers,
                                 .counts = result->counts};
}

static int answer_batch(struct minibatch *minibatch) {
    const struct kmeans_model model = model_of(minibatch);
    size_t fault;
    return kmeans_model_label(&model, minibatch->count, minibatch->batch, minibatch->command->threads,
                              minibatch->answers, &fault, &minibatch->command->error);
}

static int count_batch(struct minibatch *minibatch) {
    struct kmeans *result = &minibatch->result;
    if (answer_batch(minibatch) < 0)
        return -1;
    for (size_t i = 0; i < minibatch->count; i++) {
        double distance = minibatch->answers[2 * i + 1];
        result->counts[(size_t)minibatch->answers[2 * i] - 1]++;
        result->inertia += minibatch->cosine ? distance : distance * distance;
    }
    return 0;
}

static int write_batch(struct minibatch *minibatch) {
    if (answer_batch(minibatch) < 0)
        return -1;
    return row_writer_rows(minibatch->writer, minibatch->answers, minibatch->count,
                           &minibatch->command->error);
}

static int write_labels(struct minibatch *minibatch) {
    static const char *const names[] = {"label", "distance"};
    struct error *error = &minibatch->command->error;
    minibatch->writer =
        row_writer_open(&minibatch->command->output, 2, names, minibatch->stream->rows_total, error);
    if (minibatch->writer == NULL)
        return -1;
    if (pass(minibatch, write_batch) == 0)
        return row_writer_close(minibatch->writer, error);
    row_writer_discard(minibatch->writer);
    return -1;
}

/* The centres, and what is true of them. */
static int fit(struct minibatch *minibatch) {
    struct kmeans *result = &minibatch->result;
    struct error *error = &minibatch->command->error;
    int status = minibatch->options->init_kind == KMEANS_GIVEN ? start_from_file(minibatch)
                                                               : start_from_sample(minibatch);
    if (status < 0)
        return -1;
    size_t size = result->clusters * result->columns;
    free(result->labels);
    result->labels = NULL;
    result->iterations = 0;
    minibatch->directions = memory_array(error, size, sizeof(double));
    if (minibatch->directions == NULL)
        return -1;
    memcpy(minibatch->directions, result->centers, size * sizeof(double));
    if (minibatch->cosine &&
        kmeans_unit(result->clusters, result->columns, minibatch->directions) < result->clusters)
        return error_set(error, "a center of zeros has no direction");
    if (pass(minibatch, move_batch) < 0)
        return -1;
    if (result->iterations == 0)
        return error_set(error, "%s: no rows", command_operand(minibatch->command, 0, 1));
    memcpy(result->centers, minibatch->directions, size * sizeof(double));
    memset(result->counts, 0, result->clusters * sizeof(double));
    result->inertia = 0;
    if (pass(minibatch, count_batch) < 0)
        return -1;
    return kmeans_order_result(0, result, error);
}

static int answer(struct minibatch *minibatch) {
    struct command *command = minibatch->command;
    const struct kmeans_model model = model_of(minibatch);
    report_number(&command->report, "columns", (double)model.columns);
    report_number(&command->report, "clusters", (double)model.clusters);
    report_number(&command->report, "inertia", model.inertia);
    report_number(&command->report, "batches", (double)model.iterations);
    row_stream_print_notes(minibatch->stream, command);
    return minibatch->options->labels ? write_labels(minibatch)
                                      : kmeans_model_write(&model, command->output.path, &command->error);
}

static int open_rows(struct minibatch *minibatch, const char *const *operand) {
    const struct row_input_settings input = {.format = &minibatch->command->input};
    struct error *error = &minibatch->command->error;
    minibatch->stream = row_input_open(operand, 1, &input, error);
    if (minibatch->stream == NULL || row_replay_push(&minibatch->stream, ROW_REPLAY_BYTES, error) < 0)
        return -1;
    minibatch->columns = minibatch->stream->columns;
    minibatch->batch = memory_matrix(error, minibatch->options->batch, minibatch->columns, sizeof(double));
    minibatch->labels = memory_array(error, minibatch->options->batch, sizeof *minibatch->labels);
    minibatch->answers = memory_matrix(error, minibatch->options->batch, 2, sizeof(double));
    return minibatch->batch != NULL && minibatch->labels != NULL && minibatch->answers != NULL ? 0 : -1;
}

int kmeans_minibatch_run(struct command *command, const struct kmeans_options *options) {
    struct minibatch minibatch = {
        .command = command, .options = options, .cosine = options->distance == KMEANS_COSINE};
    const char *operand = command_operand(command, 0, 1);
    int status = open_rows(&minibatch, &operand);
    if (status == 0)
        status = fit(&minibatch);
    if (status == 0)
        status = answer(&minibatch);
    row_stream_free(minibatch.stream);
    matrix_free(&minibatch.sample);
    kmeans_free(&minibatch.result);
    free(minibatch.batch);
    free(minibatch.labels);
    free(minibatch.answers);
    free(minibatch.directions);
    return status;
}
