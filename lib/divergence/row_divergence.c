#include "divergence/row_divergence.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "divergence/divergence_partial.h"
#include "divergence/row_mean.h"
#include "io/array_rows.h"
#include "io/matrix.h"
#include "io/row_pairs.h"
#include "io/row_weights.h"
#include "io/row_writer.h"
#include "num/distribution_rows.h"
#include "num/vector.h"

/* Entries that a thread checks and compares at a time: two such pieces of 128 KiB stay in a core's
 * second-level cache. */
enum {
    PIECE_VALUES = 16384,
    ROOMS = 4,
    BLOCK_PIECES = 64 /* handed out to the threads at once, where they read by themselves */
};

/* What one piece of a block came to. */
struct piece {
    bool failed;
    struct error error;
};

/* Room for a side's rows in a piece, as they were read and prepared: piece_rows x columns each. */
struct room {
    double *read, *prepared;
};

struct row_stream {
    struct command *command;
    const struct divergence_options *options;
    const struct row_divergence *divergence;
    struct row_pairs pairs;
    size_t columns, width; /* of a row and of its result */
    size_t piece_rows;
    double *rooms;    /* for each thread four pieces: rows of P and Q, read and prepared */
    double *repeated; /* room for the prepared only row of a side; NULL: not needed yet */
    const double *prepared_only;
    double *results; /* of the block at hand */
    size_t results_capacity;
    struct piece *pieces;
    size_t pieces_capacity;
    struct row_writer *writer; /* of a column or a table */
    struct matrix weights;     /* of the rows in the mean, of all parts; none: all 1 */
    uint64_t weights_before;   /* those of the parts before */
    struct row_mean *groups;   /* by the key's code */
    size_t groups_count, groups_capacity;
    uint64_t rows;
};

static bool one_number(const struct divergence_options *options) {
    return options->mean || options->sum || options->mean_weights != NULL;
}

static int fault_error(const struct row_side *side, const struct distribution_fault *fault,
                       struct error *error) {
    return row_side_error(side, error, fault->row, fault->column, "%s", fault->text);
}

/* Prepared rows of one side for a piece, or NULL with the error set. */
static const double *prepare_side(const struct row_stream *stream, const struct row_side *side, size_t first,
                                  size_t rows, const struct room *room, struct error *error) {
    struct distribution_fault fault;
    const double *prepared;
    if (side->repeated)
        return stream->prepared_only;
    if (side->rows == NULL && row_side_read(side, first, rows, room->read, error) < 0)
        return NULL;
    const double *values = side->rows != NULL ? side->rows + first * stream->columns : room->read;
    if (distribution_rows_prepare(&stream->command->distribution, rows, stream->columns, values,
                                  room->prepared, &prepared, &fault))
        return prepared;
    if (side->rows == NULL && row_side_check(side, first, rows, values, error) < 0)
        return NULL;
    fault.row += side->first + first;
    fault_error(side, &fault, error);
    return NULL;
}

static void finish_results(const struct row_stream *stream, size_t rows, double *results) {
    if (stream->command->units_per_nat != 1)
        vector_scale(rows * stream->width, stream->command->units_per_nat, results);
    if (stream->divergence->square_root)
        vector_sqrt(rows * stream->width, results);
}

static void swap_roles(struct divergence_rows *rows) {
    const double *p = rows->p;
    bool p_repeated = rows->p_repeated;
    rows->p = rows->q;
    rows->p_repeated = rows->q_repeated;
    rows->q = p;
    rows->q_repeated = p_repeated;
}

static void compare_piece(void *context, size_t block, size_t worker) {
    struct row_stream *stream = context;
    const struct row_divergence *divergence = stream->divergence;
    struct piece *piece = &stream->pieces[block];
    size_t first = block * stream->piece_rows;
    size_t rows = stream->pairs.row_count - first < stream->piece_rows ? stream->pairs.row_count - first
                                                                       : stream->piece_rows;
    size_t room_size = stream->piece_rows * stream->columns;
    double *rooms = stream->rooms + worker * ROOMS * room_size;
    struct room p_room = {rooms, rooms + room_size};
    struct room q_room = {rooms + 2 * room_size, rooms + 3 * room_size};
    const double *p = prepare_side(stream, &stream->pairs.left, first, rows, &p_room, &piece->error);
    const double *q =
        p == NULL ? NULL : prepare_side(stream, &stream->pairs.right, first, rows, &q_room, &piece->error);
    piece->failed = q == NULL;
    if (piece->failed)
        return;
    struct divergence_rows compared = {
        .rows = rows,
        .columns = stream->columns,
        .p = p,
        .q = q,
        .p_repeated = stream->pairs.left.repeated,
        .q_repeated = stream->pairs.right.repeated,
        .logarithms = distribution_rows_in_logarithms(&stream->command->distribution),
        .smooth = stream->options->smooth,
    };
    if (stream->options->reverse)
        swap_roles(&compared);
    double *results = stream->results + first * stream->width;
    divergence->function(divergence->context, &compared, results);
    finish_results(stream, rows, results);
}

/* Prepares a side's only row once. */
static int prepare_repeated(struct row_stream *stream, const struct row_side *side) {
    struct distribution_fault fault;
    if (!side->repeated || stream->repeated != NULL)
        return 0;
    stream->repeated = memory_array(&stream->command->error, stream->columns, sizeof *stream->repeated);
    if (stream->repeated == NULL)
        return -1;
    if (distribution_rows_prepare(&stream->command->distribution, 1, stream->columns, side->rows,
                                  stream->repeated, &stream->prepared_only, &fault))
        return 0;
    return fault_error(side, &fault, &stream->command->error);
}

/* Fills stream->results for the block at hand. */
static int compare_block(struct row_stream *stream) {
    struct error *error = &stream->command->error;
    size_t rows = stream->pairs.row_count;
    size_t pieces = (rows + stream->piece_rows - 1) / stream->piece_rows;
    size_t values;
    if (!memory_product(rows, stream->width, &values) ||
        memory_reserve(error, &stream->results, &stream->results_capacity, values, sizeof *stream->results) <
            0 ||
        memory_reserve(error, &stream->pieces, &stream->pieces_capacity, pieces, sizeof *stream->pieces) <
            0 ||
        prepare_repeated(stream, &stream->pairs.left) < 0 ||
        prepare_repeated(stream, &stream->pairs.right) < 0)
        return -1;
    parallel_for(stream->command->threads, pieces, compare_piece, stream);
    for (size_t i = 0; i < pieces; i++) {
        if (stream->pieces[i].failed) {
            *error = stream->pieces[i].error;
            return -1;
        }
    }
    return 0;
}

/* The groups of a row, one for each value of the result: by its key, or the only ones. */
static struct row_mean *groups_of(struct row_stream *stream, size_t row) {
    size_t code = stream->pairs.keys != NULL ? (size_t)stream->pairs.keys[row] : 0;
    size_t first = code * stream->width;
    if (memory_reserve(&stream->command->error, &stream->groups, &stream->groups_capacity,
                       first + stream->width, sizeof *stream->groups) < 0)
        return NULL;
    for (; stream->groups_count < first + stream->width; stream->groups_count++)
        stream->groups[stream->groups_count] = (struct row_mean)ROW_MEAN_EMPTY;
    return &stream->groups[first];
}

/* Rows that were read so far, those left out for missing values included. */
static uint64_t rows_taken(const struct row_stream *stream) {
    const struct row_pairs *pairs = &stream->pairs;
    return pairs->left.repeated ? pairs->right.total : pairs->left.total;
}

/* Adds the block's results to their groups. */
static int add_block(struct row_stream *stream) {
    size_t rows = stream->pairs.row_count;
    uint64_t first = stream->weights_before + rows_taken(stream) - rows;
    for (size_t i = 0; i < rows; i++) {
        struct row_mean *groups = groups_of(stream, i);
        if (groups == NULL)
            return -1;
        double weight = 1;
        if (stream->weights.values != NULL) {
            if (first + i >= stream->weights.rows)
                break; /* too few: told at the end, with the number of rows */
            weight = stream->weights.values[first + i];
        }
        for (size_t j = 0; j < stream->width; j++)
            row_mean_add(&groups[j], stream->results[i * stream->width + j], weight);
    }
    return 0;
}

static int write_block(struct row_stream *stream) {
    struct error *error = &stream->command->error;
    if (row_writer_rows(stream->writer, stream->results, stream->pairs.row_count, error) < 0)
        return -1;
    return row_pairs_ready(&stream->pairs) ? 0 : row_writer_flush(stream->writer, error);
}

static const char *name_of_value(const struct row_stream *stream, size_t i) {
    return stream->divergence->names != NULL ? stream->divergence->names[i] : stream->divergence->column;
}

/* One number under its name with its error bar, or arrays of both, in the order of the keys. */
static int report_values(struct row_stream *stream, const double *values, bool keyed) {
    struct report *report = &stream->command->report;
    size_t count = stream->groups_count;
    char name[80];
    double *errors = memory_array(&stream->command->error, count, sizeof *errors);
    if (errors == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        errors[i] = row_mean_error(&stream->groups[i], stream->options->sum);
    if (keyed) {
        report_numbers(report, stream->divergence->column, count, values);
        report_numbers(report, "standard_error", count, errors);
    }
    for (size_t i = 0; !keyed && i < stream->width; i++) {
        snprintf(name, sizeof name, "%s_standard_error", name_of_value(stream, i));
        report_number(report, name_of_value(stream, i), values[i]);
        report_number(report, stream->width > 1 ? name : "standard_error", errors[i]);
    }
    free(errors);
    return 0;
}

/* One bare number, a row of several, or a row for each key. */
static int write_values(struct row_stream *stream, const double *values, const char *const *keys) {
    const struct command *command = stream->command;
    struct error *error = &stream->command->error;
    const char *const names[] = {"key", stream->divergence->column};
    struct row_writer *writer =
        keys != NULL ? row_writer_open_labelled(&command->output, 1, names, error)
                     : row_writer_open(&command->output, stream->width, stream->divergence->names, 1, error);
    if (writer == NULL)
        return -1;
    int status = keys != NULL ? row_writer_labelled(writer, keys, values, stream->groups_count, error)
                              : row_writer_rows(writer, values, 1, error);
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

/* A mean needs weights that sum to a positive number. */
static int check_weights(const struct row_stream *stream, const char *const *keys) {
    char quoted[ERROR_QUOTE_SIZE];
    for (size_t i = 0; i < stream->groups_count && !stream->options->sum; i++) {
        double sum = running_sum_value(&stream->groups[i].weights);
        if (sum > 0 && sum < INFINITY)
            continue;
        error_set(&stream->command->error, "%s: the weights sum to %g", stream->options->mean_weights, sum);
        return keys == NULL ? -1
                            : error_prefix(&stream->command->error, "key '%s'",
                                           error_quote(quoted, keys[i], strlen(keys[i])));
    }
    return 0;
}

static int write_groups(struct row_stream *stream) {
    struct command *command = stream->command;
    const char *const *keys = row_pairs_keys(&stream->pairs);
    double *values = check_weights(stream, keys) < 0
                         ? NULL
                         : memory_array(&command->error, stream->groups_count, sizeof *values);
    if (values == NULL)
        return -1;
    for (size_t i = 0; i < stream->groups_count; i++)
        values[i] = row_mean_value(&stream->groups[i], stream->options->sum);
    int status = report_values(stream, values, keys != NULL);
    if (status == 0)
        status = write_values(stream, values, keys);
    free(values);
    return status;
}

static int write_partial(struct row_stream *stream) {
    const struct row_divergence *divergence = stream->divergence;
    struct error *error = &stream->command->error;
    struct running_sum weights = RUNNING_SUM_EMPTY;
    struct partial_options options = {0};
    struct running_sum *values = memory_array(error, stream->width, sizeof *values);
    int status = values == NULL ? -1
                                : divergence_partial_options(&options, stream->command, stream->options,
                                                             stream->columns);
    if (status == 0 && divergence->partial_options != NULL)
        status = divergence->partial_options(divergence->context, &options, error);
    if (status == 0) {
        const struct divergence_sums sums = {stream->rows, stream->width, values, &weights};
        for (size_t i = 0; i < stream->width; i++) /* a part without rows has no groups */
            values[i] = stream->groups_count > 0 ? stream->groups[i].values : weights;
        if (stream->groups_count > 0)
            weights = stream->groups[0].weights;
        status = divergence_partial_write(stream->command, divergence->partial, options.text, &sums);
    }
    free(options.text);
    free(values);
    return status;
}

/* Names of a wide result's columns: terms keep the input's, derivatives are g1, g2, ... */
static int open_writer(struct row_stream *stream) {
    struct command *command = stream->command;
    struct error *error = &command->error;
    const char *const *input_names = row_pairs_names(&stream->pairs);
    size_t name_size = sizeof "x18446744073709551615";
    const char **names = memory_array(error, stream->width, sizeof *names);
    char *numbered = memory_matrix(error, stream->width, name_size, 1);
    if (names != NULL && numbered != NULL) {
        bool gradient = stream->options->gradient >= 0;
        for (size_t i = 0; i < stream->width; i++) {
            char *name = numbered + i * name_size;
            snprintf(name, name_size, "%c%zu", gradient ? 'g' : 'x', i + 1);
            names[i] = !stream->divergence->wide          ? name_of_value(stream, i)
                       : !gradient && input_names != NULL ? input_names[i]
                                                          : name;
        }
        int64_t rows = row_pairs_rows_ahead(&stream->pairs);
        stream->writer = row_writer_open(&command->output, stream->width, names, rows, error);
    }
    free(names);
    free(numbered);
    return stream->writer == NULL ? -1 : 0;
}

/* Finds the weights of the part of the rows that is read. */
static int place_weights(struct row_stream *stream) {
    struct error *error = &stream->command->error;
    const struct row_pairs *pairs = &stream->pairs;
    const struct row_reader *cut = pairs->left.sharded ? pairs->left.reader : pairs->right.reader;
    struct row_format all = stream->command->input;
    size_t shard = all.shard, shards = all.shards;
    if (cut->format == MATRIX_CSV)
        return error_set_usage(error,
                               "--shard cuts %s by bytes, so that its rows' weights are not known: "
                               "convert it with matcat -b",
                               cut->name);
    all.shard = all.shards = 1; /* the rows of a whole file are counted only for its parts, */
    all.missing = MISSING_KEEP; /* and known ahead where none is left out */
    struct row_reader *whole = row_reader_open(cut->name, &all, error);
    if (whole == NULL)
        return -1;
    uint64_t rows = (uint64_t)row_reader_rows_ahead(whole);
    row_reader_close(whole);
    stream->weights_before = array_rows_before_shard(rows, shard, shards);
    return row_weights_check(&stream->weights, stream->options->mean_weights, rows, cut->name, error);
}

static int open_stream(struct row_stream *stream) {
    struct command *command = stream->command;
    struct error *error = &command->error;
    struct row_format left = command->input;
    const char *weights_path = stream->options->mean_weights;
    left.text = stream->options->by;
    if ((weights_path != NULL && row_weights_read(&stream->weights, weights_path, error) < 0) ||
        row_pairs_open(&stream->pairs, command_operand(command, 0, 2), command_operand(command, 1, 2), &left,
                       &command->input, error) < 0 ||
        (weights_path != NULL && command->input.shards > 0 && place_weights(stream) < 0))
        return -1;
    stream->columns = stream->pairs.columns;
    stream->width = stream->divergence->wide            ? stream->columns
                    : stream->divergence->names != NULL ? stream->divergence->names_count
                                                        : 1;
    stream->piece_rows = stream->columns < PIECE_VALUES ? PIECE_VALUES / stream->columns : 1;
    stream->pairs.unread_most = BLOCK_PIECES * stream->piece_rows;
    stream->rooms = memory_matrix(error, ROOMS * command->threads * stream->piece_rows, stream->columns,
                                  sizeof *stream->rooms);
    if (stream->rooms == NULL)
        return -1;
    return one_number(stream->options) ? 0 : open_writer(stream);
}

static int run(struct row_stream *stream) {
    struct command *command = stream->command;
    struct error *error = &command->error;
    int status;
    if (open_stream(stream) < 0)
        return -1;
    int64_t total = row_pairs_rows_ahead(&stream->pairs);
    while ((status = row_pairs_next(&stream->pairs, error)) > 0) {
        if (compare_block(stream) < 0 ||
            (stream->writer != NULL ? write_block(stream) : add_block(stream)) < 0)
            return -1;
        stream->rows += stream->pairs.row_count;
        progress_show(&command->progress, "rows", stream->rows, total > 0 ? (uint64_t)total : 0);
    }
    if (status < 0)
        return -1;
    if (stream->pairs.skipped > 0)
        command_note(command, "%" PRIu64 " pair%s of rows with missing values skipped", stream->pairs.skipped,
                     stream->pairs.skipped == 1 ? "" : "s");
    if (stream->rows == 0 && !(stream->options->partial && command->input.shards > 0))
        return error_set(error, "%s: no rows", stream->pairs.left.reader->name);
    if (stream->weights.values != NULL && command->input.shards == 0 &&
        row_weights_check(&stream->weights, stream->options->mean_weights, rows_taken(stream),
                          stream->pairs.left.reader->name, error) < 0)
        return -1;
    report_number(&command->report, "rows", (double)stream->rows);
    report_number(&command->report, "columns", (double)stream->columns);
    if (stream->writer != NULL) {
        struct row_writer *writer = stream->writer;
        stream->writer = NULL;
        return row_writer_close(writer, error);
    }
    return stream->options->partial ? write_partial(stream) : write_groups(stream);
}

int row_divergence_run(struct command *command, const struct divergence_options *options,
                       const struct row_divergence *divergence) {
    struct row_stream stream = {
        .command = command,
        .options = options,
        .divergence = divergence,
        .pairs = ROW_PAIRS_CLOSED,
    };
    assert(!(one_number(options) && divergence->wide));
    int status = run(&stream);
    row_writer_discard(stream.writer);
    row_pairs_close(&stream.pairs);
    matrix_free(&stream.weights);
    free(stream.rooms);
    free(stream.repeated);
    free(stream.results);
    free(stream.pieces);
    free(stream.groups);
    return status;
}
