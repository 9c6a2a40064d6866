#include "divergence/calibration_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "num/distribution_rows.h"
#include "num/vector.h"

/* Rows at a time: what is prepared stays in the cache, and readers' blocks may be large. */
enum { BLOCK_VALUES = 65536 };

int calibration_input_open(struct calibration_input *input, struct command *command, bool labelled,
                           bool wants_logarithms) {
    *input = (struct calibration_input){
        .command = command, .labelled = labelled, .wants_logarithms = wants_logarithms};
    if (labelled_reader_open(&input->reader, command, labelled) < 0)
        return -1;
    input->single = input->reader.columns == 1;
    input->classes = input->single ? 2 : input->reader.columns;
    if (input->single && command->distribution.normalize)
        return error_set_usage(&command->error, "--normalize has no meaning for one column of probabilities");
    return 0;
}

static int take_labels(struct calibration_input *input) {
    for (size_t i = 0; i < input->row_count; i++) {
        double label;
        if (labelled_reader_label(&input->reader, i, input->classes, &label, &input->command->error) < 0)
            return -1;
        input->labels[i] = (size_t)label;
    }
    return 0;
}

/* One column becomes two: (1 - p, p), logits (0, x), logarithms (log(1 - p), log p). */
static int take_single(struct calibration_input *input) {
    const struct distribution_options *options = &input->command->distribution;
    char number[DECIMAL_SIZE];
    for (size_t i = 0; i < input->row_count; i++) {
        double x = *labelled_reader_row(&input->reader, i);
        double *pair = input->given + 2 * i;
        bool probability = options->log_probs ? x <= 0 : x >= 0 && x <= 1;
        if (!options->logits && !probability) {
            number[decimal_print(number, x)] = '\0';
            return labelled_reader_error(
                &input->reader, &input->command->error, i, 0, "expected %s, got '%s'",
                options->log_probs ? "the logarithm of a probability" : "a probability", number);
        }
        pair[1] = x;
        pair[0] = options->logits ? 0 : options->log_probs ? log(-expm1(x)) : 1 - x;
    }
    return 0;
}

static int take_rows(struct calibration_input *input) {
    size_t columns = input->reader.columns;
    if (input->single)
        return take_single(input);
    for (size_t i = 0; i < input->row_count; i++)
        memcpy(input->given + i * columns, labelled_reader_row(&input->reader, i), columns * sizeof(double));
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
        return labelled_reader_error(&input->reader, &input->command->error, fault.row, column, "%s",
                                     fault.text);
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
    int64_t found = labelled_reader_fill(&input->reader, error);
    input->row_count = 0;
    if (found <= 0)
        return (int)found;
    size_t rows = (size_t)found < most ? (size_t)found : most;
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
    labelled_reader_take(&input->reader, rows);
    return 1;
}

bool calibration_input_ready(struct calibration_input *input) {
    return labelled_reader_ready(&input->reader);
}

void calibration_input_close(struct calibration_input *input) {
    labelled_reader_close(&input->reader);
    free(input->given);
    free(input->prepared);
    free(input->other);
    free(input->labels);
    *input = (struct calibration_input)CALIBRATION_INPUT_CLOSED;
}
