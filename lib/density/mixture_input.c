#include "density/mixture_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/mixture_start.h"
#include "io/row_weights.h"
#include "io/skipped_rows.h"

/* The index of a column given by name or by number. Returns 0 or -1. */
static int find_column(const struct matrix *data, const char *operand, const char *wanted, size_t *column,
                       struct error *error) {
    char quoted[ERROR_QUOTE_SIZE], *end;
    for (*column = 0; data->names != NULL && *column < data->columns; ++*column)
        if (strcmp(data->names[*column], wanted) == 0)
            return 0;
    unsigned long number = wanted[0] >= '0' && wanted[0] <= '9' ? strtoul(wanted, &end, 10) : 0;
    if (number < 1 || number > data->columns || *end != '\0')
        return error_set(error, "--weight-column: %s has no column '%s'", operand,
                         error_quote(quoted, wanted, strlen(wanted)));
    *column = number - 1;
    return 0;
}

/* Takes a column out of the data. */
static int split_column(struct mixture_input *input, const char *operand, const char *wanted,
                        struct error *error) {
    struct matrix *data = &input->data;
    size_t column, columns = data->columns, at = 0;
    if (find_column(data, operand, wanted, &column, error) < 0)
        return -1;
    if (columns == 1)
        return error_set(error, "%s has no column beside the weights", operand);
    input->column = memory_array(error, data->rows, sizeof(double));
    if (input->column == NULL)
        return -1;
    for (size_t i = 0; i < data->rows * columns; i++) {
        if (i % columns == column)
            input->column[i / columns] = data->values[i];
        else
            data->values[at++] = data->values[i];
    }
    for (size_t i = 0; i < data->rows; i++)
        if (!(input->column[i] >= 0 && isfinite(input->column[i])))
            return error_set(error, "%s: row %zu: expected a weight of at least 0, got %g", operand, i + 1,
                             input->column[i]);
    input->rows.dimensions = columns - 1;
    input->rows.weights = input->column;
    return 0;
}

/* Missing values are nan, which only --na model lets through. */
static int check_values(const struct mixture_input *input, const char *operand, bool missing_allowed,
                        bool *missing, struct error *error) {
    size_t d = input->rows.dimensions;
    *missing = false;
    for (size_t i = 0; i < input->rows.rows * d; i++) {
        bool is_missing = missing_allowed && isnan(input->rows.values[i]);
        *missing = *missing || is_missing;
        if (!is_missing && !isfinite(input->rows.values[i]))
            return error_set(error, "%s: row %zu: expected a finite number, got %g", operand, i / d + 1,
                             input->rows.values[i]);
    }
    return 0;
}

static int find_patterns(struct mixture_input *input, struct command *command, const char *operand) {
    struct mixture_rows *rows = &input->rows;
    struct error *error = &command->error;
    input->patterns =
        mixture_patterns_create(rows->rows, rows->dimensions, rows->values, rows->weights, error);
    if (input->patterns == NULL)
        return error_prefix(error, "%s", operand);
    rows->patterns = input->patterns;
    rows->total = 0;
    for (size_t i = 0; i < rows->rows - input->patterns->empty; i++)
        rows->total += rows->weights != NULL ? rows->weights[input->patterns->order[i]] : 1;
    size_t empty = input->patterns->empty;
    if (empty > 0)
        command_note(command, "%s: %zu row%s without any value", operand, empty, empty == 1 ? "" : "s");
    return 0;
}

/* Subtracts from each column the mean of what is there, and puts 0 where nothing is. */
static int centre_observed(struct mixture_input *input, struct error *error) {
    const struct mixture_rows *rows = &input->rows;
    size_t d = rows->dimensions;
    for (size_t j = 0; j < d; j++) {
        double total = 0, mean = 0;
        for (size_t i = 0; i < rows->rows; i++) {
            double weight = rows->weights != NULL ? rows->weights[i] : 1;
            if (weight == 0 || isnan(rows->values[i * d + j]))
                continue;
            total += weight;
            mean += weight / total * (rows->values[i * d + j] - mean);
        }
        for (size_t i = 0; i < rows->rows; i++)
            input->data.values[i * d + j] -= mean;
        input->mean[j] = mean;
    }
    return mixture_patterns_fill(input->patterns, rows->rows, input->data.values, rows->weights, 0, error);
}

int mixture_input_load(struct mixture_input *input, struct command *command, const char *operand,
                       const char *weights_path, const char *weight_column) {
    struct error *error = &command->error;
    struct mixture_rows *rows = &input->rows;
    if (matrix_read(&input->data, operand, &command->input, error) < 0)
        return -1;
    skipped_rows_note(command, operand, input->data.rows_skipped);
    *rows = (struct mixture_rows){.rows = input->data.rows,
                                  .dimensions = input->data.columns,
                                  .values = input->data.values,
                                  .total = (double)input->data.rows};
    if (weight_column != NULL && split_column(input, operand, weight_column, error) < 0)
        return -1;
    if (weights_path != NULL) {
        if (row_weights_read(&input->weights, weights_path, error) < 0 ||
            row_weights_check(&input->weights, weights_path, rows->rows, operand, error) < 0)
            return -1;
        rows->weights = input->weights.values;
    }
    if (rows->weights != NULL)
        rows->total = 0;
    for (size_t i = 0; rows->weights != NULL && i < rows->rows; i++)
        rows->total += rows->weights[i];
    bool missing;
    if (check_values(input, operand, command->input.missing == MISSING_KEEP, &missing, error) < 0)
        return -1;
    return missing ? find_patterns(input, command, operand) : 0;
}

int mixture_input_centre(struct mixture_input *input, const double *point, struct error *error) {
    size_t d = input->rows.dimensions;
    input->mean = memory_array(error, d, sizeof(double));
    if (input->mean == NULL)
        return -1;
    memcpy(input->mean, point, d * sizeof *point);
    for (size_t i = 0; i < input->rows.rows * d; i++)
        input->data.values[i] -= point[i % d];
    return 0;
}

int mixture_input_read(struct mixture_input *input, struct command *command, const char *operand,
                       const char *weights_path, const char *weight_column) {
    struct error *error = &command->error;
    struct mixture_rows *rows = &input->rows;
    if (mixture_input_load(input, command, operand, weights_path, weight_column) < 0)
        return -1;
    if (!(rows->total > 0 && isfinite(rows->total)))
        return error_set(error, "the weights sum to %g", rows->total);
    input->mean = memory_array(error, rows->dimensions, sizeof(double));
    if (input->mean == NULL)
        return -1;
    if (input->patterns != NULL)
        return centre_observed(input, error);
    mixture_start_centre(rows->rows, rows->dimensions, rows->weights, input->data.values, input->mean);
    return 0;
}

void mixture_input_restore(const struct mixture_input *input, struct gaussian_mixture *mixture) {
    size_t d = mixture->dimensions;
    for (size_t i = 0; i < mixture->components * d; i++)
        mixture->means[i] += input->mean[i % d];
}

void mixture_input_free(struct mixture_input *input) {
    matrix_free(&input->data);
    matrix_free(&input->weights);
    free(input->column);
    free(input->mean);
    mixture_patterns_free(input->patterns);
}
