#include "divergence/alignment_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "divergence/alignment_layers.h"
#include "divergence/alignment_partial.h"
#include "divergence/linear_moments.h"
#include "io/partial_options.h"
#include "io/row_writer.h"

struct state {
    struct command *command;
    const struct alignment_request *request;
    struct alignment_layers left, right;
    struct kernel_layer *layers; /* of both */
    double *cross, *self;
    struct alignment_sums sums; /* over batches */
    struct linear_moments *moments;
    double *means; /* of all columns, where moments are kept */
};

static int allocate(struct state *state) {
    struct error *error = &state->command->error;
    size_t left = state->left.count, right = state->right.count, both = left + right;
    state->layers = memory_array(error, both, sizeof *state->layers);
    state->cross = memory_matrix(error, left, right, sizeof *state->cross);
    state->self = memory_array(error, both, sizeof *state->self);
    state->sums = (struct alignment_sums){.left = left, .right = right};
    state->sums.cross = memory_matrix(error, left, right, sizeof *state->sums.cross);
    state->sums.self = memory_array(error, both, sizeof *state->sums.self);
    if (state->layers == NULL || state->cross == NULL || state->self == NULL || state->sums.cross == NULL ||
        state->sums.self == NULL)
        return -1;
    memset(state->sums.cross, 0, left * right * sizeof *state->sums.cross);
    memset(state->sums.self, 0, both * sizeof *state->sums.self);
    return 0;
}

static int open_sides(struct state *state) {
    struct command *command = state->command;
    const struct alignment_request *request = state->request;
    const char *second = request->split_second != NULL ? request->split_second : request->split;
    const char *option = request->split_second != NULL ? "--split-second" : "--split";
    if (command->input.missing == MISSING_SKIP)
        return error_set_usage(&command->error, "--na skip has no meaning here: rows would no longer match");
    command->input.missing = MISSING_REFUSE;
    if (alignment_layers_open(&state->left, command, command_operand(command, 0, 2), "--split",
                              request->split) < 0 ||
        alignment_layers_open(&state->right, command, command_operand(command, 1, 2), option, second) < 0)
        return -1;
    return allocate(state);
}

/* The next rows of both. Returns 0, or -1, also where one matrix ended before the other. */
static int take_rows(struct state *state, size_t most) {
    struct error *error = &state->command->error;
    struct alignment_layers *left = &state->left, *right = &state->right;
    if (alignment_layers_take(left, most, error) < 0 || alignment_layers_take(right, most, error) < 0)
        return -1;
    if (left->row_count == right->row_count)
        return 0;
    struct alignment_layers *longer = left->row_count > right->row_count ? left : right;
    while (longer->row_count > 0)
        if (alignment_layers_take(longer, 1024, error) < 0)
            return -1;
    return error_set(error, "%s has %" PRIu64 " rows, %s %" PRIu64, left->reader->name, left->total,
                     right->reader->name, right->total);
}

/* Of the rows at hand. */
static struct kernel_alignment problem_of(const struct state *state, bool unbiased) {
    return (struct kernel_alignment){.count = state->left.row_count,
                                     .left = state->left.count,
                                     .right = state->right.count,
                                     .layers = state->layers,
                                     .unbiased = unbiased,
                                     .threads = state->command->threads};
}

static int compare(struct state *state, bool unbiased) {
    const struct kernel_alignment problem = problem_of(state, unbiased);
    return kernel_alignment_criteria(&problem, state->cross, state->self, &state->command->error);
}

/* Centres and describes the rows at hand. */
static int prepare(struct state *state) {
    const struct alignment_request *request = state->request;
    struct error *error = &state->command->error;
    double bandwidth = request->gaussian ? request->bandwidth : 0;
    size_t threads = state->command->threads;
    alignment_layers_average(&state->left);
    alignment_layers_average(&state->right);
    alignment_layers_centre(&state->left, state->left.means);
    alignment_layers_centre(&state->right, state->right.means);
    if (alignment_layers_describe(&state->left, bandwidth, threads, state->layers, error) < 0)
        return -1;
    return alignment_layers_describe(&state->right, bandwidth, threads, state->layers + state->left.count,
                                     error);
}

/* The options in which parts must agree. */
static int describe(const struct state *state, const char *form, struct partial_options *options) {
    const struct alignment_request *request = state->request;
    struct error *error = &state->command->error;
    const char *kernel = request->gaussian ? "rbf" : "linear", *result = request->hsic ? "hsic" : "cka";
    if (partial_options_text(options, "form", form, error) < 0 ||
        partial_options_text(options, "result", result, error) < 0 ||
        partial_options_text(options, "kernel", kernel, error) < 0 ||
        partial_options_number(options, "batch", (double)request->batch, error) < 0 ||
        partial_options_text(options, "split", request->split, error) < 0 ||
        partial_options_text(options, "split-second", request->split_second, error) < 0)
        return -1;
    return request->gaussian ? partial_options_number(options, "bandwidth", request->bandwidth, error) : 0;
}

static int write_batches(struct state *state) {
    struct alignment_sums *sums = &state->sums;
    struct partial_options options = {0};
    double batches = (double)sums->batches;
    if (state->request->partial) {
        int status = -1;
        if (describe(state, "batches", &options) == 0)
            status = alignment_partial_write_batches(state->command, sums, state->left.total, options.text);
        free(options.text);
        return status;
    }
    if (sums->batches == 0)
        return error_set(&state->command->error, "%s has %" PRIu64 " rows, at least 4 are needed",
                         state->left.reader->name, state->left.total);
    for (size_t i = 0; i < sums->left * sums->right; i++)
        state->cross[i] = running_sum_value(&sums->cross[i]) / batches;
    for (size_t i = 0; i < sums->left + sums->right; i++)
        state->self[i] = running_sum_value(&sums->self[i]) / batches;
    return alignment_write(state->command, sums->left, sums->right, state->cross, state->self,
                           state->request->hsic);
}

static int run_batches(struct state *state) {
    struct alignment_sums *sums = &state->sums;
    struct command *command = state->command;
    for (;;) {
        if (take_rows(state, state->request->batch) < 0)
            return -1;
        if (state->left.row_count < 4) /* the end, or a rest too short */
            break;
        if (prepare(state) < 0 || compare(state, true) < 0)
            return -1;
        for (size_t i = 0; i < sums->left * sums->right; i++)
            running_sum_add(&sums->cross[i], 1, &state->cross[i]);
        for (size_t i = 0; i < sums->left + sums->right; i++)
            running_sum_add(&sums->self[i], 1, &state->self[i]);
        sums->batches++;
        progress_show(&command->progress, "rows", state->left.total, 0);
    }
    report_number(&command->report, "rows", (double)state->left.total);
    report_number(&command->report, "batches", (double)sums->batches);
    return write_batches(state);
}

/* Moments about 0, in blocks that stay in the cache once they are turned into columns. */
static int run_moments(struct state *state) {
    enum { ROWS = 256 };
    struct partial_options options = {0};
    struct alignment_moments moments;
    struct alignment_layers *left = &state->left, *right = &state->right;
    struct error *error = &state->command->error;
    if (alignment_moments_create(&moments, left->reader->columns, right->reader->columns, ROWS, error) < 0)
        return -1;
    int status;
    while ((status = take_rows(state, ROWS)) == 0 && left->row_count > 0)
        alignment_moments_add(&moments, left->row_count, left->rows, right->rows);
    report_number(&state->command->report, "rows", (double)left->total);
    if (status == 0 && (status = describe(state, "moments", &options)) == 0)
        status = alignment_partial_write_moments(state->command, &moments, left->total, options.text);
    alignment_moments_free(&moments);
    free(options.text);
    return status;
}

/* Shuffles the rows of the right side: they are exchangeable whatever order they are in before. */
static void shuffle(struct alignment_layers *side, size_t *order, double *row, uint64_t seed, size_t number) {
    struct random_stream stream;
    size_t columns = side->reader->columns, bytes = columns * sizeof *row;
    random_start(&stream, seed, "cka", "permutation", number);
    random_permutation(&stream, side->row_count, order);
    for (size_t start = 0; start < side->row_count; start++) { /* cycle by cycle, in place */
        size_t at = start;
        memcpy(row, side->rows + start * columns, bytes);
        while (order[at] < side->row_count) {
            size_t from = order[at];
            const double *moved = from == start ? row : side->rows + from * columns;
            order[at] = SIZE_MAX;
            memcpy(side->rows + at * columns, moved, bytes);
            at = from;
        }
    }
}

/* How many of the shuffled criteria reach the first. Norms do not change, so that alignments do so too. */
static int permute(struct state *state, size_t *reached) {
    struct command *command = state->command;
    struct error *error = &command->error;
    size_t *order = memory_array(error, state->right.row_count, sizeof *order);
    double *row = memory_array(error, state->right.reader->columns, sizeof *row), first = state->cross[0];
    int status = order != NULL && row != NULL ? 0 : -1;
    *reached = 0;
    for (size_t i = 0; status == 0 && i < state->request->permutations; i++) {
        shuffle(&state->right, order, row, command->seed, i);
        status = compare(state, state->request->unbiased);
        *reached += state->cross[0] >= first;
        progress_show(&command->progress, "permutations", i + 1, state->request->permutations);
    }
    free(order);
    free(row);
    return status;
}

static int write_test(struct state *state) {
    static const char *const names[] = {"cka", "p_value", "permutations"};
    struct command *command = state->command;
    struct error *error = &command->error;
    double norm = alignment_norm(state->self[0], state->self[1]), value = state->cross[0] / norm;
    size_t reached;
    if (alignment_check(state->cross[0], state->self[0], error) < 0 ||
        alignment_check(state->cross[0], state->self[1], error) < 0)
        return -1;
    if (permute(state, &reached) < 0)
        return -1;
    double permutations = (double)state->request->permutations;
    const double row[] = {value, (1 + (double)reached) / (1 + permutations), permutations};
    report_number(&command->report, "cka", value);
    report_number(&command->report, "p_value", row[1]);
    struct row_writer *writer = row_writer_open(&command->output, 3, names, 1, error);
    if (writer == NULL)
        return -1;
    if (row_writer_rows(writer, row, 1, error) == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

static int check_rows(const struct state *state) {
    uint64_t rows = state->left.total;
    int least = state->request->unbiased ? 4 : 2;
    report_number(&state->command->report, "rows", (double)rows);
    if (rows >= (uint64_t)least)
        return 0;
    return error_set(&state->command->error, "%s has %" PRIu64 " row%s, at least %d are needed",
                     state->left.reader->name, rows, rows == 1 ? "" : "s", least);
}

static int check_layers(const struct state *state) {
    struct error *error = &state->command->error;
    return alignment_layers_check(&state->left, error) < 0 ? -1
                                                           : alignment_layers_check(&state->right, error);
}

/* The rows at hand are all. */
static int run_whole(struct state *state) {
    const struct alignment_request *request = state->request;
    if (check_rows(state) < 0 || prepare(state) < 0)
        return -1;
    if (check_layers(state) < 0 || compare(state, request->unbiased) < 0)
        return -1;
    return request->permutations > 0 ? write_test(state)
                                     : alignment_write(state->command, state->left.count, state->right.count,
                                                       state->cross, state->self, request->hsic);
}

/* Adds the rows at hand to the moments. */
static int add_rows(struct state *state) {
    size_t columns = state->left.reader->columns;
    alignment_layers_average(&state->left);
    alignment_layers_average(&state->right);
    memcpy(state->means, state->left.means, columns * sizeof(double));
    memcpy(state->means + columns, state->right.means, state->right.reader->columns * sizeof(double));
    const double *centre = linear_moments_move(state->moments, state->left.row_count, state->means);
    alignment_layers_centre(&state->left, centre);
    alignment_layers_centre(&state->right, centre + columns);
    if (alignment_layers_describe(&state->left, 0, 1, state->layers, &state->command->error) < 0 ||
        alignment_layers_describe(&state->right, 0, 1, state->layers + state->left.count,
                                  &state->command->error) < 0)
        return -1;
    const struct kernel_alignment problem = problem_of(state, state->request->unbiased);
    linear_moments_add(state->moments, &problem);
    return 0;
}

/* Beyond the rows at hand there may be more, as many as those at a time. */
static int run_stream(struct state *state, size_t most) {
    struct command *command = state->command;
    struct error *error = &command->error;
    size_t columns = state->left.reader->columns + state->right.reader->columns;
    if (alignment_layers_describe(&state->left, 0, 1, state->layers, error) < 0 ||
        alignment_layers_describe(&state->right, 0, 1, state->layers + state->left.count, error) < 0)
        return -1;
    const struct kernel_alignment problem = problem_of(state, state->request->unbiased);
    state->means = memory_array(error, columns, sizeof *state->means);
    state->moments = linear_moments_create(&problem, most, error);
    if (state->means == NULL || state->moments == NULL)
        return -1;
    while (state->left.row_count > 0) {
        if (add_rows(state) < 0 || take_rows(state, most) < 0)
            return -1;
        progress_show(&command->progress, "rows", state->left.total, 0);
    }
    if (check_rows(state) < 0 || check_layers(state) < 0)
        return -1;
    linear_moments_criteria(state->moments, state->cross, state->self);
    return alignment_write(command, state->left.count, state->right.count, state->cross, state->self,
                           state->request->hsic);
}

/* How many rows there must be for products of columns to be cheaper than Gram matrices, and to fill a block.
 */
static size_t rows_of_stream(const struct state *state) {
    enum { BLOCK_VALUES = 1 << 19 };
    size_t rows = BLOCK_VALUES / (state->left.reader->columns + state->right.reader->columns);
    const struct alignment_layers *sides[] = {&state->left, &state->right};
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < sides[side]->count; i++)
            rows = sides[side]->widths[i] > rows ? sides[side]->widths[i] : rows;
    return rows < 256 ? 256 : rows;
}

static int run_rows(struct state *state) {
    const struct alignment_request *request = state->request;
    bool held = request->gaussian || request->permutations > 0;
    size_t most = held ? SIZE_MAX : rows_of_stream(state);
    if (take_rows(state, most) < 0)
        return -1;
    return state->left.row_count < most ? run_whole(state) : run_stream(state, most);
}

int alignment_run(struct command *command, const struct alignment_request *request) {
    struct state state = {.command = command, .request = request};
    int status = open_sides(&state);
    if (status == 0)
        status = request->batch > 0 ? run_batches(&state)
                 : request->partial ? run_moments(&state)
                                    : run_rows(&state);
    alignment_layers_close(&state.left);
    alignment_layers_close(&state.right);
    free(state.layers);
    free(state.cross);
    free(state.self);
    linear_moments_free(state.moments);
    free(state.means);
    free(state.sums.cross);
    free(state.sums.self);
    return status;
}
