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
#include "io/partial_options.h"
#include "io/row_writer.h"

struct state {
    struct command *command;
    const struct alignment_request *request;
    struct alignment_layers left, right;
    struct kernel_layer *layers; /* of both */
    double *cross, *self;
    struct alignment_sums sums; /* over batches */
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

static int compare(struct state *state, bool unbiased) {
    const struct kernel_alignment problem = {.count = state->left.row_count,
                                             .left = state->left.count,
                                             .right = state->right.count,
                                             .layers = state->layers,
                                             .unbiased = unbiased,
                                             .threads = state->command->threads};
    return kernel_alignment_criteria(&problem, state->cross, state->self, &state->command->error);
}

/* Centres and describes the rows at hand. */
static int prepare(struct state *state, bool constant_allowed) {
    const struct alignment_request *request = state->request;
    struct error *error = &state->command->error;
    double bandwidth = request->gaussian ? request->bandwidth : 0;
    size_t threads = state->command->threads;
    if (alignment_layers_centre(&state->left, constant_allowed, error) < 0 ||
        alignment_layers_centre(&state->right, constant_allowed, error) < 0 ||
        alignment_layers_describe(&state->left, bandwidth, threads, state->layers, error) < 0)
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
        if (prepare(state, true) < 0 || compare(state, true) < 0)
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

static int write_moments(struct state *state) {
    struct partial_options options = {0};
    const struct alignment_layers *left = &state->left, *right = &state->right;
    int status = describe(state, "moments", &options);
    if (status == 0)
        status =
            alignment_partial_write_moments(state->command, left->row_count, left->reader->columns,
                                            left->rows, right->reader->columns, right->rows, options.text);
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
    double norm = sqrt(state->self[0]) * sqrt(state->self[1]), value = state->cross[0] / norm;
    size_t reached;
    if (!(norm > 0))
        return error_set(error, "the criterion of a layer with itself is not above 0: no alignment");
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

static int run_whole(struct state *state) {
    const struct alignment_request *request = state->request;
    struct command *command = state->command;
    size_t least = request->unbiased ? 4 : 2;
    if (take_rows(state, SIZE_MAX) < 0)
        return -1;
    report_number(&command->report, "rows", (double)state->left.total);
    if (request->partial)
        return write_moments(state);
    if (state->left.row_count < least)
        return error_set(&command->error, "%s has %zu row%s, at least %zu are needed",
                         state->left.reader->name, state->left.row_count,
                         state->left.row_count == 1 ? "" : "s", least);
    if (prepare(state, false) < 0 || compare(state, request->unbiased) < 0)
        return -1;
    return request->permutations > 0 ? write_test(state)
                                     : alignment_write(command, state->left.count, state->right.count,
                                                       state->cross, state->self, request->hsic);
}

int alignment_run(struct command *command, const struct alignment_request *request) {
    struct state state = {.command = command, .request = request};
    int status = open_sides(&state);
    if (status == 0)
        status = request->batch > 0 ? run_batches(&state) : run_whole(&state);
    alignment_layers_close(&state.left);
    alignment_layers_close(&state.right);
    free(state.layers);
    free(state.cross);
    free(state.self);
    free(state.sums.cross);
    free(state.sums.self);
    return status;
}
