#include "divergence/distillation_run.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "divergence/distillation_centers.h"
#include "divergence/distillation_margins.h"
#include "divergence/distillation_plan.h"
#include "divergence/distillation_relation.h"
#include "divergence/distillation_robust.h"
#include "divergence/divergence_partial.h"
#include "io/column_names.h"
#include "io/row_writer.h"
#include "io/scratch_file.h"
#include "io/text_table.h"
#include "num/running_sum.h"

/* Values of a piece, which one thread evaluates, and pieces at hand at a time. Neither is part of the result.
 */
enum { PIECE_VALUES = 8192, PIECES = 32, CHUNK_VALUES = 1 << 20 };

struct piece {
    int status;
    struct distillation_steps steps;
    struct error error;
};

struct run {
    struct command *command;
    const struct distillation_options *options;
    struct distillation_loss *loss;
    struct distillation_input input;
    struct matrix centers; /* of classes, where a term needs them */
    size_t piece_rows, chunk_rows;
    struct piece pieces[PIECES];
    double *values; /* of the rows at hand: piece by piece, term by term */
    double *losses; /* rows x width: the weighted sum, and with --rows the terms */
    double *gradient;
    size_t values_capacity, losses_capacity, gradient_capacity;
    size_t width;              /* of what is written for a row */
    struct row_writer *writer; /* of rows or a gradient */
    int scratch;               /* a gradient that waits for the number of rows; -1: none */
    uint64_t rows, rows_known; /* so far; in all, 0: the end will tell */
    struct running_sum total, *terms;
};

static size_t role_columns(const struct run *run, enum distillation_role role) {
    return run->input.sides[role].columns;
}

/* Of the student's rows, or its features, whatever is read and wider. */
static size_t columns_read(const struct run *run) {
    size_t logits = role_columns(run, DISTILLATION_STUDENT_ROWS);
    size_t features = role_columns(run, DISTILLATION_STUDENT_FEATURES);
    return logits > features ? logits : features;
}

static bool wants_gradient(const struct run *run) {
    return run->options->gradient || run->options->feature_gradient;
}

/* Whether a row's line is something else than losses: it is kept in run->gradient. */
static bool wants_lines(const struct run *run) {
    return wants_gradient(run) || run->options->weights || run->options->lambdas;
}

static size_t result_width(const struct run *run) {
    if (run->options->gradient || run->options->weights)
        return role_columns(run, DISTILLATION_STUDENT_ROWS);
    if (run->options->feature_gradient)
        return role_columns(run, DISTILLATION_STUDENT_FEATURES);
    return run->options->rows && run->loss->count > 1 ? 1 + run->loss->count : 1;
}

static void choose_sizes(struct run *run) {
    size_t columns = columns_read(run), batch = run->options->batch;
    if (!(run->loss->needs & DISTILLATION_BATCH)) {
        run->piece_rows = columns < PIECE_VALUES ? PIECE_VALUES / columns : 1;
        run->chunk_rows = run->piece_rows * PIECES;
        return;
    }
    run->piece_rows = run->chunk_rows = batch > 0 ? batch : SIZE_MAX;
    if (batch > 0 && batch < CHUNK_VALUES / columns) {
        size_t pieces = CHUNK_VALUES / columns / batch;
        run->chunk_rows = batch * (pieces < PIECES ? pieces : PIECES);
    }
}

static struct distillation_batch piece_of(const struct run *run, size_t first, size_t rows) {
    const struct distillation_side *teacher = &run->input.sides[DISTILLATION_TEACHER_ROWS];
    const struct distillation_side *student = &run->input.sides[DISTILLATION_STUDENT_ROWS];
    const struct distillation_side *teacher_features = &run->input.sides[DISTILLATION_TEACHER_FEATURES];
    const struct distillation_side *student_features = &run->input.sides[DISTILLATION_STUDENT_FEATURES];
    size_t features = student_features->columns;
    return (struct distillation_batch){
        .features = features,
        .teacher_width = teacher_features->columns,
        .teacher_features = teacher_features->rows != NULL
                                ? teacher_features->rows + first * teacher_features->columns
                                : NULL,
        .student_features = student_features->rows != NULL ? student_features->rows + first * features : NULL,
        .classes = run->centers.rows,
        .centers = run->centers.values,
        .first = run->input.rows_before + first,
        .rows = rows,
        .columns = student->columns,
        .teacher = teacher->rows != NULL ? teacher->rows + first * teacher->columns : NULL,
        .student = student->rows != NULL ? student->rows + first * student->columns : NULL,
        .labels = run->input.labels != NULL ? run->input.labels + first : NULL,
    };
}

/* The weighted sum of the terms of each row, and the terms behind it where rows are printed. */
static void gather_losses(const struct run *run, size_t first, size_t rows, const double *values) {
    size_t count = run->loss->count, width = run->options->rows ? run->width : 1;
    for (size_t i = 0; i < rows; i++) {
        double *row = run->losses + (first + i) * width;
        row[0] = 0;
        for (size_t j = 0; j < count; j++) {
            row[0] += run->loss->terms[j].weight * values[j * rows + i];
            if (width > 1)
                row[1 + j] = values[j * rows + i];
        }
    }
}

/* Weights or lambdas of the term that has them, where they are asked for. */
static int find_worst_case(const struct run *run, const struct distillation_batch *batch, double *lines,
                           struct error *error) {
    const struct distillation_term *term = run->loss->terms;
    if (!run->options->weights && !run->options->lambdas)
        return 0;
    while (run->options->weights ? !distillation_robust_has_weights(term)
                                 : !distillation_robust_has_lambda(term))
        term++;
    return distillation_robust_worst_case(term, batch, run->options->weights ? lines : NULL,
                                          run->options->lambdas ? lines : NULL, error);
}

static void evaluate_piece(void *context, size_t block, size_t worker) {
    struct run *run = context;
    struct piece *piece = &run->pieces[block];
    size_t first = block * run->piece_rows, left = run->input.row_count - first;
    size_t rows = left < run->piece_rows ? left : run->piece_rows;
    struct distillation_batch batch = piece_of(run, first, rows);
    const struct distillation_loss_result result = {
        .values = run->values + first * run->loss->count,
        .gradient = run->options->gradient ? run->gradient + first * run->width : NULL,
        .feature_gradient = run->options->feature_gradient ? run->gradient + first * run->width : NULL,
    };
    (void)worker;
    batch.steps = &piece->steps;
    piece->status = distillation_loss_evaluate(run->loss, &batch, &result, &piece->error);
    if (piece->status == 0)
        piece->status = find_worst_case(
            run, &batch, run->gradient != NULL ? run->gradient + first * run->width : NULL, &piece->error);
    if (piece->status == 0)
        gather_losses(run, first, rows, result.values);
}

/* Adds the rows at hand to the sums. */
static void add_sums(struct run *run) {
    size_t count = run->loss->count, width = run->options->rows ? run->width : 1;
    for (size_t i = 0; i < run->input.row_count; i++)
        running_sum_add(&run->total, 1, run->losses + i * width);
    for (size_t first = 0; first < run->input.row_count; first += run->piece_rows) {
        size_t left = run->input.row_count - first;
        size_t rows = left < run->piece_rows ? left : run->piece_rows;
        for (size_t j = 0; j < count; j++)
            running_sum_add(&run->terms[j], rows, run->values + first * count + j * rows);
        if (left <= run->piece_rows)
            break;
    }
}

static void divide(size_t count, double *values, uint64_t rows) {
    for (size_t i = 0; i < count; i++)
        values[i] /= (double)rows;
}

static int write_chunk(struct run *run) {
    struct error *error = &run->command->error;
    size_t count = run->input.row_count * run->width;
    if (run->options->rows)
        return row_writer_rows(run->writer, run->losses, run->input.row_count, error);
    if (!wants_lines(run))
        return 0;
    if (!wants_gradient(run))
        return row_writer_rows(run->writer, run->gradient, run->input.row_count, error);
    if (run->scratch >= 0)
        return scratch_file_write(run->scratch, run->gradient, count * sizeof *run->gradient, error);
    divide(count, run->gradient, run->rows_known);
    return row_writer_rows(run->writer, run->gradient, run->input.row_count, error);
}

static int write_plan(struct run *run, size_t blocks) {
    const struct distillation_batch batch = piece_of(run, 0, run->input.row_count);
    if (run->rows > 0 || blocks > 1)
        return error_set(&run->command->error, "--plan is of one batch, and there are several");
    return distillation_plan_write(run->command, run->options->plan, distillation_plan_term(run->loss),
                                   &batch);
}

static int evaluate_chunk(struct run *run) {
    struct error *error = &run->command->error;
    size_t rows = run->input.row_count, values, losses, gradient = 0;
    size_t blocks = (rows - 1) / run->piece_rows + 1;
    if (!memory_product(rows, run->loss->count, &values) || !memory_product(rows, run->width, &losses) ||
        (wants_lines(run) && !memory_product(rows, run->width, &gradient)))
        return error_set(error, "too many rows for one batch");
    if (memory_reserve(error, &run->values, &run->values_capacity, values, sizeof *run->values) < 0 ||
        memory_reserve(error, &run->losses, &run->losses_capacity, losses, sizeof *run->losses) < 0 ||
        memory_reserve(error, &run->gradient, &run->gradient_capacity, gradient, sizeof *run->gradient) < 0)
        return -1;
    parallel_for(run->command->threads, blocks, evaluate_piece, run);
    for (size_t i = 0; i < blocks; i++) {
        if (run->pieces[i].status == 0)
            continue;
        *error = run->pieces[i].error;
        return -1;
    }
    if (run->options->plan != NULL && write_plan(run, blocks) < 0)
        return -1;
    add_sums(run);
    run->rows += rows;
    return write_chunk(run);
}

static int open_writer(struct run *run) {
    struct error *error = &run->command->error;
    struct column_names names = {0};
    int64_t ahead = distillation_input_rows_ahead(&run->input);
    int status = 0;
    if (run->options->weights) {
        status = column_names_add_range(&names, "w", run->width, error);
    } else if (run->options->lambdas) {
        status = column_names_add(&names, "lambda", error);
    } else if (wants_gradient(run)) {
        status = column_names_add_range(&names, "g", run->width, error);
        run->rows_known = ahead > 0 ? (uint64_t)ahead : 0;
        if (status == 0 && run->rows_known == 0 && (run->scratch = scratch_file_open(error)) < 0)
            status = -1;
    } else {
        status = column_names_add(&names, "loss", error);
        for (size_t i = 0; status == 0 && i + 1 < run->width; i++)
            status = column_names_add(&names, run->loss->terms[i].kind->name, error);
    }
    if (status == 0) {
        run->writer = row_writer_open(&run->command->output, run->width, (const char *const *)names.names,
                                      ahead, error);
        status = run->writer == NULL ? -1 : 0;
    }
    column_names_free(&names);
    return status;
}

/* Writes a gradient that waited. */
static int write_waiting(struct run *run) {
    struct error *error = &run->command->error;
    size_t room = run->gradient_capacity / run->width;
    for (uint64_t row = 0; row < run->rows;) {
        size_t rows = run->rows - row < room ? (size_t)(run->rows - row) : room;
        size_t count = rows * run->width;
        uint64_t offset = row * run->width * sizeof *run->gradient;
        if (scratch_file_read(run->scratch, offset, run->gradient, count * sizeof *run->gradient, error) < 0)
            return -1;
        divide(count, run->gradient, run->rows);
        if (row_writer_rows(run->writer, run->gradient, rows, error) < 0)
            return -1;
        row += rows;
    }
    return 0;
}

static int write_terms(struct run *run, double total) {
    static const char *const names[] = {"term", "weight", "value"};
    struct error *error = &run->command->error;
    struct text_table *table = text_table_open(&run->command->output, 3, names, error);
    int status = table == NULL ? -1 : 0;
    for (size_t i = 0; status == 0 && i <= run->loss->count; i++) {
        bool last = i == run->loss->count;
        const struct distillation_term *term = last ? NULL : &run->loss->terms[i];
        status = text_table_word(table, last ? "total" : term->kind->name, error);
        if (status == 0)
            status = text_table_number(table, last ? 1 : term->weight, error);
        if (status == 0)
            status = text_table_number(table, last ? total : running_sum_mean(&run->terms[i]), error);
    }
    if (status == 0)
        return text_table_close(table, error);
    text_table_discard(table);
    return -1;
}

static int write_partial(struct run *run) {
    const struct distillation_options *options = run->options;
    struct command *command = run->command;
    struct partial_options partial = {0};
    struct running_sum weight = {.value = (double)run->rows, .count = run->rows};
    int status = partial_options_number(&partial, "columns", (double)columns_read(run), &command->error);
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"temperature", options->temperature},
        {"probs", options->probs},
        {"log-probs", options->log_probs},
        {"epoch", options->epoch == OPTION_COUNT_NONE ? 0 : (double)options->epoch},
    };
    for (size_t i = 0; status == 0 && i < sizeof numbers / sizeof *numbers; i++)
        if (!isnan(numbers[i].value))
            status = partial_options_number(&partial, numbers[i].name, numbers[i].value, &command->error);
    for (size_t i = 0; status == 0 && i < options->terms.count; i++)
        status = partial_options_text(&partial, "loss", options->terms.texts[i], &command->error);
    const struct divergence_sums sums = {run->rows, 1, &run->total, &weight};
    if (status == 0)
        status = divergence_partial_write(command, &distillation_run_partial, partial.text, &sums);
    free(partial.text);
    return status;
}

/* Few steps under a small lambda leave a plan whose rows do not carry their weight: no error, but told to who
 * asks for figures. */
static void report_steps(struct run *run) {
    struct command *command = run->command;
    double row_error = 0;
    bool iterates = false;
    for (size_t i = 0; i < run->loss->count; i++)
        iterates = iterates || distillation_relation_has_plan(&run->loss->terms[i]);
    for (size_t i = 0; i < PIECES; i++) {
        command->unconverged = command->unconverged || run->pieces[i].steps.unconverged;
        row_error = fmax(row_error, run->pieces[i].steps.row_error);
    }
    if (iterates)
        report_number(&command->report, "row_error", row_error);
    if (command->unconverged)
        command_note(command,
                     "sinkhorn: the tolerance is not reached, row sums are off by %.1g: raise iterations",
                     row_error);
    else if (command->verbose && row_error > 1e-3)
        command_note(command, "sinkhorn: row sums are off by %.1g: raise iterations or lambda", row_error);
}

static int write_result(struct run *run) {
    struct command *command = run->command;
    report_steps(run);
    double total = running_sum_mean(&run->total);
    report_number(&command->report, "rows", (double)run->rows);
    if (run->rows > 0)
        report_number(&command->report, "loss", total);
    if (run->options->partial)
        return write_partial(run);
    if (run->options->each)
        return write_terms(run, total);
    if (run->writer == NULL)
        return row_writer_number(&command->output, total, &command->error);
    if (run->scratch >= 0 && write_waiting(run) < 0)
        return -1;
    struct row_writer *writer = run->writer;
    run->writer = NULL;
    return row_writer_close(writer, &command->error);
}

/* Finds class means, where they are wanted, and opens the input, whose labels they then bound. */
static int open_input(struct run *run, struct distillation_input_settings *settings) {
    const struct distillation_options *options = run->options;
    struct error *error = &run->command->error;
    bool wanted = (run->loss->needs & DISTILLATION_CENTERS) || options->write_centers != NULL;
    if (wanted && distillation_centers_find(run->command, options->centers, settings, &run->centers) < 0)
        return -1;
    settings->classes = run->centers.rows;
    if (distillation_input_open(&run->input, settings, error) < 0)
        return -1;
    size_t features = role_columns(run, DISTILLATION_STUDENT_FEATURES);
    size_t classes = role_columns(run, DISTILLATION_STUDENT_ROWS);
    bool given = options->centers != NULL;
    if (given && run->centers.columns != features)
        return error_set(error, "%s: %zu columns, but the features have %zu", options->centers,
                         run->centers.columns, features);
    if (classes > 0 && (run->centers.rows > classes || (given && run->centers.rows < classes)))
        return error_set(error, "there are %zu centres, but %zu classes", run->centers.rows, classes);
    return options->write_centers == NULL
               ? 0
               : distillation_centers_write(run->command, options->write_centers, &run->centers);
}

static int stream(struct run *run, struct distillation_input_settings *settings) {
    struct command *command = run->command;
    struct error *error = &command->error;
    int status;
    if (open_input(run, settings) < 0)
        return -1;
    size_t count = run->loss->count, classes = role_columns(run, DISTILLATION_STUDENT_ROWS);
    for (size_t i = 0; i < count; i++)
        if (distillation_robust_check(&run->loss->terms[i], classes, error) < 0 ||
            distillation_margins_read(&run->loss->terms[i], classes, settings->format, error) < 0)
            return -1;
    run->width = result_width(run);
    run->terms = memory_zeros(error, count, sizeof *run->terms);
    if (run->terms == NULL || ((run->options->rows || wants_lines(run)) && open_writer(run) < 0))
        return -1;
    choose_sizes(run);
    while ((status = distillation_input_next(&run->input, run->chunk_rows, error)) > 0) {
        if (evaluate_chunk(run) < 0)
            return -1;
        progress_show(&command->progress, "rows", run->rows, 0);
    }
    if (status < 0)
        return -1;
    if (run->rows == 0 && !(run->options->partial && command->input.shards > 0))
        return error_set(
            error, "%s: no rows",
            settings->paths[run->loss->needs & DISTILLATION_LOGITS ? DISTILLATION_STUDENT_ROWS
                                                                   : DISTILLATION_STUDENT_FEATURES]);
    return write_result(run);
}

int distillation_run(struct command *command, const struct distillation_options *options,
                     struct distillation_loss *loss, struct distillation_input_settings *input) {
    struct run run = {.command = command, .options = options, .loss = loss, .scratch = -1};
    int status = stream(&run, input);
    row_writer_discard(run.writer);
    if (run.scratch >= 0)
        close(run.scratch);
    distillation_input_close(&run.input);
    matrix_free(&run.centers);
    free(run.values);
    free(run.losses);
    free(run.gradient);
    free(run.terms);
    return status;
}

static int finish_mean(struct command *command, const struct partial *merged) {
    double mean = partial_value(&merged->sums[0], 0) / partial_value(&merged->sums[1], 0);
    report_number(&command->report, "loss", mean);
    return row_writer_number(&command->output, mean, &command->error);
}

static const struct partial_finish finishes[] = {{"mean", finish_mean}};
static const struct partial_sum_description sums[] = {{.name = "loss", .shape = ""},
                                                      {.name = "weight", .shape = ""}};

const struct partial_description distillation_run_partial = {
    .filter = "kdloss", .sum_count = 2, .sums = sums, .finish_count = 1, .finishes = finishes};
