#include "divergence/calibration_input.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "num/distribution_rows.h"
#include "num/vector.h"

/* Rows at a time: what is prepared stays in the cache, and readers' blocks may be large. */
enum { BLOCK_VALUES = 65536 };

static int open_labels(struct calibration_input *input) {
    struct command *command = input->command;
    struct row_format format = command->input;
    struct error *error = &command->error;
    if (format.missing == MISSING_SKIP)
        return error_set_usage(error, "--na skip drops rows of P, not their labels: put both in one matrix");
    if (format.shards > 0 && input->rows->format == MATRIX_CSV)
        return error_set_usage(error,
                               "--shard cuts %s by bytes, which parts its rows from their labels: put "
                               "both in one matrix",
                               input->rows->name);
    format.columns = format.exclude = NULL;
    input->of_labels = row_reader_open(command->operands[1], &format, error);
    if (input->of_labels == NULL)
        return -1;
    if (input->of_labels->columns != 1)
        return error_set(error, "%s has %zu columns, one of labels is needed", input->of_labels->name,
                         input->of_labels->columns);
    return 0;
}

int calibration_input_open(struct calibration_input *input, struct command *command, bool labelled,
                           bool wants_logarithms) {
    struct error *error = &command->error;
    *input = (struct calibration_input){
        .command = command, .labelled = labelled, .wants_logarithms = wants_logarithms};
    bool apart = labelled && command->operand_count == 2;
    input->rows = row_reader_open(command_operand(command, 0, apart ? 2 : 1), &command->input, error);
    if (input->rows == NULL || (apart && open_labels(input) < 0))
        return -1;
    input->columns = input->rows->columns - (labelled && !apart);
    if (input->columns == 0)
        return error_set(error, "%s has one column: probabilities and a label are needed", input->rows->name);
    input->single = input->columns == 1;
    input->classes = input->single ? 2 : input->columns;
    if (input->single && command->distribution.normalize)
        return error_set_usage(error, "--normalize has no meaning for one column of probabilities");
    return 0;
}

/* One matrix has ended: the other must have. */
static int check_ends(struct calibration_input *input, struct row_reader *ended, struct row_reader *other,
                      uint64_t left) {
    struct error *error = &input->command->error;
    uint64_t rows = input->total + left;
    int status;
    while ((status = row_reader_next(other, error)) > 0)
        rows += other->row_count;
    if (status < 0 || rows == input->total)
        return status;
    bool labels_ended = ended == input->of_labels;
    return error_set(error, "%s has %" PRIu64 " row%s, %s %" PRIu64, input->rows->name,
                     labels_ended ? rows : input->total, (labels_ended ? rows : input->total) == 1 ? "" : "s",
                     input->of_labels->name, labels_ended ? input->total : rows);
}

/* Sees to it that both matrices have rows at hand. Returns 1, 0 at the end of both, or -1. */
static int fill(struct calibration_input *input) {
    struct error *error = &input->command->error;
    struct row_reader *rows = input->rows, *labels = input->of_labels;
    int status;
    if (input->rows_used == rows->row_count) {
        input->rows_used = 0;
        if ((status = row_reader_next(rows, error)) < 0)
            return -1;
        if (status == 0)
            return labels == NULL ? 0
                                  : check_ends(input, rows, labels, labels->row_count - input->labels_used);
    }
    if (labels != NULL && input->labels_used == labels->row_count) {
        input->labels_used = 0;
        if ((status = row_reader_next(labels, error)) < 0)
            return -1;
        if (status == 0)
            return check_ends(input, labels, rows, rows->row_count - input->rows_used);
    }
    return 1;
}

static int refuse(const struct calibration_input *input, const struct row_reader *reader, size_t row,
                  size_t column, const char *expected, double value) {
    char number[DECIMAL_SIZE];
    number[decimal_print(number, value)] = '\0';
    return row_reader_error(reader, &input->command->error, row, column, "expected %s, got '%s'", expected,
                            number);
}

static int take_labels(struct calibration_input *input) {
    const struct row_reader *reader = input->of_labels != NULL ? input->of_labels : input->rows;
    size_t first = input->of_labels != NULL ? input->labels_used : input->rows_used;
    size_t column = reader->columns - 1;
    char expected[64];
    for (size_t i = 0; i < input->row_count; i++) {
        double label = reader->rows[(first + i) * reader->columns + column];
        if (!(label >= 0 && label < (double)input->classes && label == floor(label))) {
            snprintf(expected, sizeof expected, "a label from 0 to %zu", input->classes - 1);
            return refuse(input, reader, first + i, column, expected, label);
        }
        input->labels[i] = (size_t)label;
    }
    return 0;
}

/* One column becomes two: (1 - p, p), logits (0, x), logarithms (log(1 - p), log p). */
static int take_single(struct calibration_input *input) {
    const struct distribution_options *options = &input->command->distribution;
    const struct row_reader *reader = input->rows;
    for (size_t i = 0; i < input->row_count; i++) {
        double x = reader->rows[(input->rows_used + i) * reader->columns];
        double *pair = input->given + 2 * i;
        bool probability = options->log_probs ? x <= 0 : x >= 0 && x <= 1;
        if (!options->logits && !probability)
            return refuse(input, reader, input->rows_used + i, 0,
                          options->log_probs ? "the logarithm of a probability" : "a probability", x);
        pair[1] = x;
        pair[0] = options->logits ? 0 : options->log_probs ? log(-expm1(x)) : 1 - x;
    }
    return 0;
}

static int take_rows(struct calibration_input *input) {
    const struct row_reader *reader = input->rows;
    if (input->single)
        return take_single(input);
    for (size_t i = 0; i < input->row_count; i++)
        for (size_t j = 0; j < input->columns; j++)
            input->given[i * input->columns + j] = reader->rows[(input->rows_used + i) * reader->columns + j];
    return 0;
}

/* Probabilities, and logarithms where wanted, of the rows taken. */
static int prepare(struct calibration_input *input) {
    const struct distribution_options *options = &input->command->distribution;
    struct distribution_fault fault;
    const double *prepared;
    size_t count = input->row_count * input->classes;
    if (!distribution_rows_prepare(options, input->row_count, input->classes, input->given, input->prepared,
                                   &prepared, &fault)) {
        size_t column = input->single && fault.column == 1 ? 0 : fault.column;
        return row_reader_error(input->rows, &input->command->error, input->rows_used + fault.row, column,
                                "%s", fault.text);
    }
    if (distribution_rows_in_logarithms(options)) {
        vector_exp(count, prepared, input->other);
        input->logarithms = prepared;
        input->probabilities = input->other;
        return 0;
    }
    input->probabilities = prepared;
    input->logarithms = NULL;
    if (input->wants_logarithms) {
        vector_log(count, prepared, input->other);
        input->logarithms = input->other;
    }
    return 0;
}

int calibration_input_next(struct calibration_input *input) {
    struct error *error = &input->command->error;
    size_t most = input->classes < BLOCK_VALUES ? BLOCK_VALUES / input->classes : 1, count;
    int status = fill(input);
    input->row_count = 0;
    if (status <= 0)
        return status;
    size_t rows = input->rows->row_count - input->rows_used;
    size_t labels = input->of_labels != NULL ? input->of_labels->row_count - input->labels_used : rows;
    rows = rows < labels ? rows : labels;
    rows = rows < most ? rows : most;
    if (!memory_product(rows, input->classes, &count) ||
        memory_reserve(error, &input->given, &input->given_capacity, count, sizeof *input->given) < 0 ||
        memory_reserve(error, &input->prepared, &input->prepared_capacity, count, sizeof *input->prepared) <
            0 ||
        memory_reserve(error, &input->other, &input->other_capacity, count, sizeof *input->other) < 0 ||
        memory_reserve(error, &input->labels, &input->labels_capacity, rows, sizeof *input->labels) < 0)
        return -1;
    input->row_count = rows;
    if (take_rows(input) < 0 || prepare(input) < 0 || (input->labelled && take_labels(input) < 0))
        return -1;
    input->rows_used += rows;
    input->labels_used += rows;
    input->total += rows;
    return 1;
}

bool calibration_input_ready(struct calibration_input *input) {
    return (input->rows_used < input->rows->row_count || row_reader_ready(input->rows)) &&
           (input->of_labels == NULL || input->labels_used < input->of_labels->row_count ||
            row_reader_ready(input->of_labels));
}

void calibration_input_close(struct calibration_input *input) {
    row_reader_close(input->rows);
    row_reader_close(input->of_labels);
    free(input->given);
    free(input->prepared);
    free(input->other);
    free(input->labels);
    *input = (struct calibration_input)CALIBRATION_INPUT_CLOSED;
}
