#include "transport/transport_batch.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "io/column_names.h"
#include "io/matrix.h"
#include "io/row_weights.h"
#include "io/row_writer.h"
#include "num/sinkhorn_clouds.h"
#include "transport/batch_side.h"
#include "transport/small_transport.h"
#include "transport/transport_input.h"

/* So many values are read and written at a time, which caches hold, and at most so many problems. */
enum { CHUNK_VALUES = 1 << 18, CHUNK_PROBLEMS = 1024 };

/* What a thread works with. */
struct worker {
    struct small_transport *small;
    double *slopes; /* the larger side squared where self problems are solved; else n x m */
    struct error error;
    uint64_t failed; /* the first problem of this worker that failed, from 1; 0: none */
    uint64_t unconverged, iterations;
    double worst_error;
};

struct batch {
    struct command *command;
    const struct transport_options *options;
    const struct transport_choice *choice;
    struct small_transport_settings settings;
    struct batch_side left, right;           /* X and Y, P and Q; or left alone: costs */
    bool pair;                               /* both sides are open */
    size_t n, m;                             /* of a problem */
    struct matrix costs;                     /* of --rows */
    double *source_weights, *target_weights; /* of --block; NULL: equal weights are there too */
    struct worker *workers;
    size_t worker_count;
    size_t output_rows, output_columns; /* of a problem */
    double *output;
    struct row_writer *writer;
    uint64_t solved;
};

static int open_sides(struct batch *batch) {
    struct command *command = batch->command;
    const struct transport_options *options = batch->options;
    struct batch_side *left = &batch->left, *right = &batch->right;
    bool rows = batch->choice->task == TRANSPORT_ROWS;
    left->unit = right->unit = rows ? 1 : options->block;
    left->scale = right->scale = options->cost_scale;
    left->kind = right->kind = rows                           ? BATCH_SIDE_WEIGHTS
                               : options->cost_matrix != NULL ? BATCH_SIDE_COSTS
                                                              : BATCH_SIDE_POINTS;
    if (left->kind == BATCH_SIDE_COSTS) {
        batch->n = options->block;
        if (batch_side_open(left, command, options->cost_matrix) < 0)
            return -1;
        batch->m = left->columns;
        return 0;
    }
    batch->pair = true;
    const struct row_format plain = transport_input_plain(&command->input);
    if (rows && transport_input_costs(&batch->costs, options->cost_matrix, &plain, options->cost_scale,
                                      &command->error) < 0)
        return -1;
    const char *names[] = {command_operand(command, 0, 2), command_operand(command, 1, 2)};
    if (batch_side_open(left, command, names[0]) < 0 || batch_side_open(right, command, names[1]) < 0)
        return -1;
    batch->n = rows ? batch->costs.rows : options->block;
    batch->m = rows ? batch->costs.columns : options->block;
    if (!rows && left->columns != right->columns)
        return row_reader_widths_error(&command->error, names[0], left->columns, names[1], right->columns);
    const struct batch_side *sides[] = {left, right};
    const size_t widths[] = {batch->n, batch->m};
    for (size_t k = 0; rows && k < 2; k++)
        if (sides[k]->columns != widths[k])
            return error_set(&command->error, "%s has %zu columns; %s is %zu x %zu", names[k],
                             sides[k]->columns, options->cost_matrix, batch->n, batch->m);
    return 0;
}

static int read_weights(struct batch *batch, const char *path, size_t count, double **weights) {
    struct command *command = batch->command;
    struct matrix read = {0};
    *weights = memory_array(&command->error, count, sizeof **weights);
    if (*weights == NULL || (path != NULL && row_weights_read(&read, path, &command->error) < 0))
        return -1;
    int status =
        transport_input_weights(command, &read, path, count, "a block", !batch->choice->balanced, *weights);
    matrix_free(&read);
    return status;
}

static bool wants_slopes(const struct batch *batch) {
    return batch->choice->output != TRANSPORT_PRINT_VALUE;
}

static int open_workers(struct batch *batch) {
    struct error *error = &batch->command->error;
    bool self = batch->choice->value == TRANSPORT_VALUE_DIVERGENCE;
    size_t larger = batch->n > batch->m ? batch->n : batch->m;
    size_t n = self ? larger : batch->n, m = self ? larger : batch->m;
    batch->worker_count = batch->command->threads;
    batch->workers = memory_zeros(error, batch->worker_count, sizeof *batch->workers);
    if (batch->workers == NULL)
        return -1;
    for (size_t i = 0; i < batch->worker_count; i++) {
        struct worker *worker = &batch->workers[i];
        worker->small = small_transport_create(n, m, &batch->settings, error);
        if (wants_slopes(batch))
            worker->slopes = memory_matrix(error, n, m, sizeof *worker->slopes);
        if (worker->small == NULL || (wants_slopes(batch) && worker->slopes == NULL))
            return -1;
    }
    return 0;
}

static int open_output(struct batch *batch) {
    struct command *command = batch->command;
    struct column_names names = {0};
    bool gradient = batch->choice->output == TRANSPORT_PRINT_GRADIENT;
    bool value = batch->choice->output == TRANSPORT_PRINT_VALUE;
    batch->output_rows = value ? 1 : batch->n;
    batch->output_columns = value ? 1 : gradient ? batch->left.columns : batch->m;
    int status =
        value ? column_names_add(&names, transport_options_values[batch->choice->value], &command->error)
              : column_names_add_range(&names, gradient ? "g" : "y", batch->output_columns, &command->error);
    if (status == 0)
        batch->writer = row_writer_open(&command->output, batch->output_columns,
                                        (const char *const *)names.names, -1, &command->error);
    column_names_free(&names);
    return batch->writer != NULL ? 0 : -1;
}

/* Rooms for a chunk of problems. */
static int open_rooms(struct batch *batch) {
    struct error *error = &batch->command->error;
    size_t in = batch->left.unit * batch->left.columns + batch->right.unit * batch->right.columns;
    size_t out = batch->output_rows * batch->output_columns, problems = CHUNK_VALUES / (in + out);
    problems = problems < 2 ? 2 : problems > CHUNK_PROBLEMS ? CHUNK_PROBLEMS : problems;
    batch->output =
        memory_matrix(error, problems * batch->output_rows, batch->output_columns, sizeof *batch->output);
    if (batch->output == NULL || batch_side_reserve(&batch->left, problems * batch->left.unit, error) < 0)
        return -1;
    return batch->pair ? batch_side_reserve(&batch->right, problems * batch->right.unit, error) : 0;
}

/* The rows of a problem of the chunk. */
static const double *rows_of(const struct batch_side *side, size_t index) {
    return side->rows + (side->repeated ? 0 : index * side->unit * side->columns);
}

static struct pair_cost costs_of(const struct batch *batch, size_t index) {
    struct pair_cost cost = {.sources = batch->n, .targets = batch->m, .ground = batch->choice->ground};
    if (batch->left.kind == BATCH_SIDE_WEIGHTS) {
        cost.matrix = batch->costs.values;
    } else if (batch->left.kind == BATCH_SIDE_COSTS) {
        cost.matrix = rows_of(&batch->left, index);
    } else {
        cost.x = rows_of(&batch->left, index);
        cost.y = rows_of(&batch->right, index);
        cost.dimension = batch->left.columns;
    }
    return cost;
}

static void note_result(struct worker *worker, const struct small_transport_result *result) {
    worker->unconverged += !result->converged;
    worker->iterations += result->iterations;
    worker->worst_error = fmax(worker->worst_error, result->source_error);
}

/* Half of what a cloud costs against itself; its derivative is taken off the gradient, which may be NULL. */
static int subtract_self(const struct batch *batch, struct worker *worker, const struct pair_cost *cost,
                         bool of_targets, double *value, double *gradient) {
    struct pair_cost self = *cost;
    const double *weights = of_targets ? batch->target_weights : batch->source_weights;
    struct small_transport_result result = {0};
    if (of_targets) {
        self.sources = self.targets;
        self.x = self.y;
    } else {
        self.targets = self.sources;
        self.y = self.x;
    }
    if (small_transport_solve(worker->small, &self, weights, weights, true,
                              gradient != NULL ? worker->slopes : NULL, &result, &worker->error) < 0)
        return -1;
    if (gradient != NULL)
        sinkhorn_clouds_pull(&self, worker->slopes, -0.5, true, gradient);
    note_result(worker, &result);
    *value -= result.objective / 2;
    return 0;
}

static double weight_difference(const struct batch *batch) {
    double difference = 0;
    for (size_t i = 0; i < batch->n; i++)
        difference += batch->source_weights[i];
    for (size_t j = 0; j < batch->m; j++)
        difference -= batch->target_weights[j];
    return difference;
}

static int solve(const struct batch *batch, struct worker *worker, size_t index, double *output) {
    const struct transport_choice *choice = batch->choice;
    struct pair_cost cost = costs_of(batch, index);
    bool weights = batch->left.kind == BATCH_SIDE_WEIGHTS;
    const double *a = weights ? rows_of(&batch->left, index) : batch->source_weights;
    const double *b = weights ? rows_of(&batch->right, index) : batch->target_weights;
    struct small_transport_result result = {0};
    bool gradient = choice->output == TRANSPORT_PRINT_GRADIENT;
    double *slopes = gradient ? worker->slopes : wants_slopes(batch) ? output : NULL;
    if (small_transport_solve(worker->small, &cost, a, b, false, slopes, &result, &worker->error) < 0)
        return -1;
    note_result(worker, &result);
    double value = choice->value == TRANSPORT_VALUE_TRANSPORT ? result.transport : result.objective;
    if (gradient) {
        memset(output, 0, batch->n * cost.dimension * sizeof *output);
        sinkhorn_clouds_pull(&cost, slopes, 1, false, output);
    }
    if (choice->value == TRANSPORT_VALUE_DIVERGENCE) {
        if (subtract_self(batch, worker, &cost, false, &value, gradient ? output : NULL) < 0 ||
            (!gradient && subtract_self(batch, worker, &cost, true, &value, NULL) < 0))
            return -1;
        double difference = choice->balanced ? 0 : weight_difference(batch);
        value += batch->settings.epsilon / 2 * difference * difference;
    }
    if (choice->output == TRANSPORT_PRINT_VALUE)
        *output = value;
    return 0;
}

static void solve_block(void *context, size_t index, size_t number) {
    const struct batch *batch = context;
    struct worker *worker = &batch->workers[number];
    double *output = batch->output + index * batch->output_rows * batch->output_columns;
    uint64_t problem = batch->solved + index + 1;
    if (worker->failed == 0 && solve(batch, worker, index, output) < 0)
        worker->failed = problem;
}

/* The error of the first problem that failed. */
static int first_failure(const struct batch *batch) {
    const struct worker *first = NULL;
    for (size_t i = 0; i < batch->worker_count; i++) {
        const struct worker *worker = &batch->workers[i];
        if (worker->failed > 0 && (first == NULL || worker->failed < first->failed))
            first = worker;
    }
    if (first == NULL)
        return 0;
    batch->command->error = first->error;
    return error_prefix(&batch->command->error, "problem %" PRIu64, first->failed);
}

static int refuse_incomplete(const struct batch_side *side, struct error *error) {
    return error_set(error, "%s has %" PRIu64 " rows, not a multiple of --block %zu", side->reader->name,
                     side->total, side->unit);
}

/* How many problems are at hand after reading on; 0 at the end of both sides. Returns 0 or -1. */
static int fill(struct batch *batch, size_t *problems) {
    struct error *error = &batch->command->error;
    struct batch_side *sides[] = {&batch->left, &batch->right};
    size_t count = batch->pair ? 2 : 1;
    *problems = SIZE_MAX;
    for (size_t k = 0; k < count; k++) {
        struct batch_side *side = sides[k];
        if (batch_side_fill(side, error) < 0)
            return -1;
        if (side->ended && side->total == 0)
            return error_set(error, "%s: no rows", side->reader->name);
        side->repeated = side->kind == BATCH_SIDE_WEIGHTS && side->ended && side->total == 1;
        if (!side->repeated && side->count / side->unit < *problems)
            *problems = side->count / side->unit;
    }
    if (*problems == SIZE_MAX) /* one row each */
        *problems = batch->solved == 0;
    for (size_t k = 0; k < count && *problems == 0; k++)
        if (sides[k]->ended && !sides[k]->repeated && sides[k]->count > 0 && sides[k]->count < sides[k]->unit)
            return refuse_incomplete(sides[k], error);
    if (*problems == 0 && count == 2 && !sides[0]->repeated && !sides[1]->repeated &&
        (sides[0]->count > 0) != (sides[1]->count > 0))
        return error_set(error, "%s has fewer rows than %s", sides[sides[0]->count > 0]->reader->name,
                         sides[sides[0]->count == 0]->reader->name);
    return 0;
}

static int run_chunks(struct batch *batch) {
    struct command *command = batch->command;
    size_t problems;
    int status;
    while ((status = fill(batch, &problems)) == 0 && problems > 0) {
        parallel_for(command->threads, problems, solve_block, batch);
        if (first_failure(batch) < 0 ||
            row_writer_rows(batch->writer, batch->output, problems * batch->output_rows, &command->error) < 0)
            return -1;
        batch->solved += problems;
        progress_show(&command->progress, "problems", batch->solved, 0);
        if (!batch->left.repeated)
            batch_side_drop(&batch->left, problems * batch->left.unit);
        if (batch->pair && !batch->right.repeated)
            batch_side_drop(&batch->right, problems * batch->right.unit);
        bool waits = !batch_side_ready(&batch->left) || (batch->pair && !batch_side_ready(&batch->right));
        if (waits && row_writer_flush(batch->writer, &command->error) < 0)
            return -1;
    }
    return status;
}

static void report(const struct batch *batch) {
    struct command *command = batch->command;
    uint64_t unconverged = 0, iterations = 0;
    double worst = 0;
    for (size_t i = 0; i < batch->worker_count; i++) {
        unconverged += batch->workers[i].unconverged;
        iterations += batch->workers[i].iterations;
        worst = fmax(worst, batch->workers[i].worst_error);
    }
    report_number(&command->report, "problems", (double)batch->solved);
    report_number(&command->report, "sources", (double)batch->n);
    report_number(&command->report, "targets", (double)batch->m);
    if (!batch->settings.exact)
        report_number(&command->report, "epsilon", batch->settings.epsilon);
    report_number(&command->report, "iterations", (double)iterations);
    report_number(&command->report, "source_error", worst);
    report_number(&command->report, "unconverged", (double)unconverged);
    command->unconverged = unconverged > 0 && command->tolerance > 0;
    if (command->unconverged)
        command_note(command, "%" PRIu64 " problem%s not converged: raise --max-iterations", unconverged,
                     unconverged == 1 ? "" : "s");
}

static void close_batch(struct batch *batch) {
    for (size_t i = 0; batch->workers != NULL && i < batch->worker_count; i++) {
        small_transport_free(batch->workers[i].small);
        free(batch->workers[i].slopes);
    }
    free(batch->workers);
    free(batch->source_weights);
    free(batch->target_weights);
    free(batch->output);
    matrix_free(&batch->costs);
    batch_side_close(&batch->left);
    batch_side_close(&batch->right);
}

int transport_batch_run(struct command *command, const struct transport_options *options,
                        const struct transport_choice *choice) {
    struct batch batch = {.command = command, .options = options, .choice = choice};
    batch.settings = (struct small_transport_settings){
        .exact = options->exact,
        .epsilon = choice->epsilon,
        .source_penalty = choice->source_penalty,
        .target_penalty = choice->target_penalty,
        .total_variation = options->penalty == 1,
        .solver = transport_options_settings(command, options),
        .objective = choice->value != TRANSPORT_VALUE_TRANSPORT,
        .unroll = options->unroll,
    };
    batch.settings.solver.threads = 1;
    batch.settings.solver.progress = NULL;
    int status = open_sides(&batch);
    if (status == 0 && choice->task == TRANSPORT_BLOCKS)
        status = read_weights(&batch, options->source_weights, batch.n, &batch.source_weights) == 0
                     ? read_weights(&batch, options->target_weights, batch.m, &batch.target_weights)
                     : -1;
    if (status == 0)
        status = open_workers(&batch);
    if (status == 0)
        status = open_output(&batch);
    if (status == 0)
        status = open_rooms(&batch);
    if (status == 0)
        status = run_chunks(&batch);
    if (status == 0)
        status = row_writer_close(batch.writer, &command->error);
    else
        row_writer_discard(batch.writer);
    if (status == 0)
        report(&batch);
    close_batch(&batch);
    return status;
}
