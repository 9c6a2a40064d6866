#include "divergence/distillation_input.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "num/distribution_rows.h"

static int value_error(const struct distillation_side *side, size_t row, size_t column, const char *expected,
                       struct error *error) {
    char number[DECIMAL_SIZE];
    number[decimal_print(number, side->reader->rows[row * side->columns + column])] = '\0';
    return row_reader_error(side->reader, error, row, column, "expected %s, got '%s'", expected, number);
}

/* Refuses what is not finite; low: but for -inf, as long as a row has something else. */
static int check_finite(const struct distillation_side *side, bool low, const char *expected,
                        struct error *error) {
    const struct row_reader *reader = side->reader;
    for (size_t i = 0; i < reader->row_count; i++) {
        size_t finite = 0;
        for (size_t j = 0; j < side->columns; j++) {
            double value = reader->rows[i * side->columns + j];
            if (!isfinite(value) && !(low && value == -INFINITY))
                return value_error(side, i, j, expected, error);
            finite += value > -INFINITY;
        }
        if (finite == 0)
            return row_reader_error(reader, error, i, ROW_READER_NO_COLUMN, "no logit is above -inf");
    }
    return 0;
}

/* Checks a block of probabilities or their logarithms, and takes the logarithms. */
static int prepare_block(const struct distillation_input *input, struct distillation_side *side, bool teacher,
                         struct error *error) {
    const struct row_reader *reader = side->reader;
    const struct distribution_options options = {.log_probs = input->settings->log_probs, .temperature = 1};
    size_t count = reader->row_count * side->columns;
    struct distribution_fault fault;
    const double *prepared;
    if (memory_reserve(error, &side->prepared, &side->prepared_capacity, count, sizeof *side->prepared) < 0)
        return -1;
    if (!distribution_rows_prepare(&options, reader->row_count, side->columns, reader->rows, side->prepared,
                                   &prepared, &fault))
        return row_reader_error(reader, error, fault.row, fault.column, "%s", fault.text);
    for (size_t i = 0; i < count; i++) {
        double value = options.log_probs ? prepared[i] : log(prepared[i]);
        if (value == -INFINITY && !teacher)
            return value_error(side, i / side->columns, i % side->columns, "a student's probability above 0",
                               error);
        side->prepared[i] = value;
    }
    return 0;
}

/* The next block of a side. Returns as row_reader_next. */
static int next_block(struct distillation_input *input, size_t role, struct error *error) {
    struct distillation_side *side = &input->sides[role];
    int status = row_reader_next(side->reader, error);
    side->taken = 0;
    side->block_rows = status > 0 ? side->reader->row_count : 0;
    if (status <= 0 || role == DISTILLATION_LABEL_COLUMN)
        return status;
    bool logits = role == DISTILLATION_TEACHER_ROWS || role == DISTILLATION_STUDENT_ROWS;
    bool teacher = role == DISTILLATION_TEACHER_ROWS;
    if (logits && (input->settings->probs || input->settings->log_probs))
        status = prepare_block(input, side, teacher, error);
    else if (logits)
        status = check_finite(side, teacher, "a finite logit", error);
    else
        status = check_finite(side, false, "a finite number", error);
    return status < 0 ? -1 : 1;
}

static int check_labels(const struct distillation_input *input, const double *labels, size_t first,
                        size_t count, struct error *error) {
    size_t classes = input->settings->classes;
    const struct distillation_side *side = &input->sides[DISTILLATION_LABEL_COLUMN];
    char number[DECIMAL_SIZE];
    if (classes == 0)
        classes = input->sides[DISTILLATION_STUDENT_ROWS].columns;
    double end = classes > 0 ? (double)classes : 1e6;
    for (size_t i = 0; i < count; i++) {
        if (labels[i] >= 0 && labels[i] < end && labels[i] == floor(labels[i]))
            continue;
        number[decimal_print(number, labels[i])] = '\0';
        return row_reader_error(side->reader, error, first + i, ROW_READER_NO_COLUMN,
                                "label %s is not in 0..%.0f", number, end - 1);
    }
    return 0;
}

/* Takes up to `most` rows of a side; *count: how many. */
static int fill_side(struct distillation_input *input, size_t role, size_t most, size_t *count,
                     struct error *error) {
    struct distillation_side *side = &input->sides[role];
    for (*count = 0; *count < most && !side->ended;) {
        int status = side->taken < side->block_rows ? 1 : next_block(input, role, error);
        if (status < 0)
            return -1;
        side->ended = status == 0;
        size_t left = side->block_rows - side->taken, rows = most - *count < left ? most - *count : left;
        size_t needed;
        if (rows == 0)
            continue;
        const double *block = side->prepared != NULL ? side->prepared : side->reader->rows;
        const double *from = block + side->taken * side->columns;
        if (role == DISTILLATION_LABEL_COLUMN && check_labels(input, from, side->taken, rows, error) < 0)
            return -1;
        if (!memory_product(*count + rows, side->columns, &needed))
            return error_set(error, "too many rows for one batch");
        if (memory_reserve(error, &side->rows, &side->capacity, needed, sizeof *side->rows) < 0)
            return -1;
        memcpy(side->rows + *count * side->columns, from, rows * side->columns * sizeof *from);
        *count += rows;
        side->taken += rows;
    }
    return 0;
}

/* Counts what is left of a side beyond the rows at hand. */
static int count_rest(struct distillation_input *input, size_t role, uint64_t *rest, struct error *error) {
    struct distillation_side *side = &input->sides[role];
    *rest = side->block_rows - side->taken;
    int status = side->ended ? 0 : 1;
    while (status > 0 && (status = row_reader_next(side->reader, error)) > 0)
        *rest += side->reader->row_count;
    return status;
}

static int lengths_error(struct distillation_input *input, const size_t *counts, size_t one, size_t other,
                         struct error *error) {
    uint64_t rest_one, rest_other;
    if (count_rest(input, one, &rest_one, error) < 0 || count_rest(input, other, &rest_other, error) < 0)
        return -1;
    uint64_t rows = input->rows_before + counts[other] + rest_other;
    return error_set(error, "%s: %" PRIu64 " row%s, but %s has %" PRIu64, input->sides[other].reader->name,
                     rows, rows == 1 ? "" : "s", input->sides[one].reader->name,
                     input->rows_before + counts[one] + rest_one);
}

static int take_labels(struct distillation_input *input, struct error *error) {
    const struct distillation_side *side = &input->sides[DISTILLATION_LABEL_COLUMN];
    if (memory_reserve(error, &input->labels, &input->labels_capacity, input->row_count,
                       sizeof *input->labels) < 0)
        return -1;
    for (size_t i = 0; i < input->row_count; i++)
        input->labels[i] = (size_t)side->rows[i];
    return 0;
}

int distillation_input_next(struct distillation_input *input, size_t most, struct error *error) {
    size_t counts[DISTILLATION_ROLES] = {0}, leader = DISTILLATION_ROLES;
    input->rows_before += input->row_count;
    input->row_count = 0;
    for (size_t role = 0; role < DISTILLATION_ROLES; role++) {
        if (input->sides[role].reader == NULL)
            continue;
        if (fill_side(input, role, most, &counts[role], error) < 0)
            return -1;
        if (leader == DISTILLATION_ROLES)
            leader = role;
        if (counts[role] != counts[leader])
            return lengths_error(input, counts, leader, role, error);
    }
    input->row_count = leader < DISTILLATION_ROLES ? counts[leader] : 0;
    if (input->sides[DISTILLATION_LABEL_COLUMN].reader != NULL && take_labels(input, error) < 0)
        return -1;
    return input->row_count > 0;
}

static int check_widths(const struct distillation_input *input, size_t teacher, size_t student,
                        const char *advice, struct error *error) {
    const struct distillation_side *one = &input->sides[teacher], *other = &input->sides[student];
    if (one->reader == NULL || other->reader == NULL || one->columns == other->columns)
        return 0;
    return error_set(error, "%s: %zu column%s, but %s has %zu%s", other->reader->name, other->columns,
                     other->columns == 1 ? "" : "s", one->reader->name, one->columns, advice);
}

int distillation_input_open(struct distillation_input *input,
                            const struct distillation_input_settings *settings, struct error *error) {
    *input = (struct distillation_input){.settings = settings};
    for (size_t role = 0; role < DISTILLATION_ROLES; role++) {
        struct distillation_side *side = &input->sides[role];
        struct row_format format = *settings->format;
        if (role == DISTILLATION_LABEL_COLUMN)
            format = (struct row_format){
                .missing = format.missing, .shard = format.shard, .shards = format.shards};
        if (settings->paths[role] == NULL)
            continue;
        side->reader = row_reader_open(settings->paths[role], &format, error);
        if (side->reader == NULL)
            return -1;
        side->columns = side->reader->columns;
        if (format.shards > 0 && side->reader->format == MATRIX_CSV)
            return error_set_usage(error,
                                   "--shard cuts %s by bytes, so that its rows lose their partners: convert "
                                   "it with matcat -b",
                                   side->reader->name);
        if (role == DISTILLATION_LABEL_COLUMN && side->columns != 1)
            return error_set(error, "%s has %zu columns; labels are one", side->reader->name, side->columns);
    }
    if (check_widths(input, DISTILLATION_TEACHER_ROWS, DISTILLATION_STUDENT_ROWS, "", error) < 0)
        return -1;
    if (settings->any_width)
        return 0;
    return check_widths(input, DISTILLATION_TEACHER_FEATURES, DISTILLATION_STUDENT_FEATURES,
                        "; map them first", error);
}

int64_t distillation_input_rows_ahead(const struct distillation_input *input) {
    for (size_t role = 0; role < DISTILLATION_ROLES; role++)
        if (input->sides[role].reader != NULL)
            return row_reader_rows_ahead(input->sides[role].reader);
    return -1;
}

void distillation_input_close(struct distillation_input *input) {
    for (size_t role = 0; role < DISTILLATION_ROLES; role++) {
        row_reader_close(input->sides[role].reader);
        free(input->sides[role].rows);
        free(input->sides[role].prepared);
    }
    free(input->labels);
    *input = (struct distillation_input){0};
}
