#include "process/gaussian_process_input.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/column_list.h"
#include "io/matrix.h"
#include "io/skipped_rows.h"
#include "process/value_range.h"

/* Which of a matrix's columns are what. */
struct roles {
    struct column_list targets, inputs, noise;
};

static void free_roles(struct roles *roles) {
    column_list_free(&roles->targets);
    column_list_free(&roles->inputs);
    column_list_free(&roles->noise);
}

static bool holds(const struct column_list *list, size_t column) {
    for (size_t i = 0; i < list->count; i++)
        if (list->indices[i] == column)
            return true;
    return false;
}

static int read_list(struct column_list *list, const char *option, const char *typed,
                     const struct matrix *rows, struct error *error) {
    if (typed == NULL)
        return 0;
    if (column_list_read(list, typed, rows->columns, (const char *const *)rows->names, error) < 0)
        return error_prefix(error, "--%s", option);
    return 0;
}

static int append(struct column_list *list, size_t column, struct error *error) {
    if (memory_reserve(error, &list->indices, &list->capacity, list->count + 1, sizeof *list->indices) < 0)
        return -1;
    list->indices[list->count++] = column;
    return 0;
}

static int choose_roles(struct roles *roles, const struct gaussian_process_columns *columns,
                        const struct matrix *rows, struct error *error) {
    if (read_list(&roles->targets, "target", columns->targets, rows, error) < 0 ||
        read_list(&roles->noise, "noise-column", columns->noise, rows, error) < 0 ||
        read_list(&roles->inputs, "inputs", columns->inputs, rows, error) < 0)
        return -1;
    if (roles->noise.count > 1)
        return error_set_usage(error, "--noise-column: one column, not %zu", roles->noise.count);
    for (size_t c = rows->columns; roles->targets.count == 0 && c-- > 0;)
        if (!holds(&roles->noise, c) && append(&roles->targets, c, error) < 0)
            return -1;
        else if (roles->targets.count > 0)
            break;
    for (size_t c = 0; columns->inputs == NULL && c < rows->columns; c++)
        if (!holds(&roles->noise, c) && !holds(&roles->targets, c) && append(&roles->inputs, c, error) < 0)
            return -1;
    if (roles->inputs.count == 0)
        return error_set(error, "no input columns left");
    for (size_t i = 0; i < roles->inputs.count; i++)
        if (holds(&roles->targets, roles->inputs.indices[i]) ||
            holds(&roles->noise, roles->inputs.indices[i]))
            return error_set_usage(error, "column %zu cannot be an input and something else",
                                   roles->inputs.indices[i] + 1);
    return 0;
}

static double *gather(const struct matrix *rows, const struct column_list *list, struct error *error) {
    double *values = memory_matrix(error, rows->rows, list->count, sizeof *values);
    for (size_t i = 0; values != NULL && i < rows->rows; i++)
        for (size_t c = 0; c < list->count; c++)
            values[i * list->count + c] = rows->values[i * rows->columns + list->indices[c]];
    return values;
}

static int name_inputs(struct gaussian_process_input *input, const struct matrix *rows,
                       const struct column_list *list, struct error *error) {
    input->names = memory_zeros(error, list->count, sizeof *input->names);
    for (size_t c = 0; input->names != NULL && c < list->count; c++) {
        char numbered[24];
        snprintf(numbered, sizeof numbered, "x%zu", c + 1);
        const char *name = rows->names != NULL ? rows->names[list->indices[c]] : numbered;
        input->names[c] = memory_text(error, name, strlen(name));
        if (input->names[c] == NULL)
            return -1;
    }
    return input->names == NULL ? -1 : 0;
}

/* Means and deviations (divisor rows - 1) of columns, 1 where a column is constant; 0 and 1 where nothing is
 * to be scaled. The columns are put into those units. */
static void scale_columns(size_t rows, size_t columns, bool standardize, double *values, double *shift,
                          double *scale) {
    for (size_t c = 0; c < columns; c++) {
        double mean = 0, square = 0;
        shift[c] = 0;
        scale[c] = 1;
        if (!standardize)
            continue;
        for (size_t i = 0; i < rows; i++)
            mean += values[i * columns + c] / (double)rows;
        for (size_t i = 0; i < rows; i++) {
            double d = values[i * columns + c] - mean;
            square += d * d;
        }
        double deviation = sqrt(square / (double)(rows - 1));
        shift[c] = mean;
        if (deviation > 1e-14 * fabs(mean) && isfinite(deviation))
            scale[c] = deviation;
        for (size_t i = 0; i < rows; i++)
            values[i * columns + c] = (values[i * columns + c] - mean) / scale[c];
    }
}

static int take_noise(struct gaussian_process_input *input, const struct matrix *rows,
                      const struct column_list *list, struct error *error) {
    if (list->count == 0)
        return 0;
    input->noise = gather(rows, list, error);
    if (input->noise == NULL)
        return -1;
    for (size_t i = 0; i < rows->rows; i++)
        if (!(input->noise[i] >= 0) || !isfinite(input->noise[i]))
            return error_set(error, "noise column: row %zu: variance must be >= 0", i + 1);
    return 0;
}

static int check_range(const struct matrix *rows, struct error *error) {
    for (size_t i = 0; i < rows->rows * rows->columns; i++)
        if (value_range_check(rows->values[i], i / rows->columns + 1, i % rows->columns + 1, error) < 0)
            return -1;
    return 0;
}

/* The classes of the target column. */
static int take_labels(struct gaussian_process_input *input, struct matrix *rows, const struct roles *roles,
                       const struct row_reader *reader, struct error *error) {
    if (roles->targets.count != 1)
        return error_set_usage(error, "--target: classes are one column, not %zu", roles->targets.count);
    return class_labels_take(&input->labels, reader, rows->rows, rows->columns, roles->targets.indices[0],
                             rows->values, error);
}

static int take_rows(struct gaussian_process_input *input, struct matrix *rows,
                     const struct gaussian_process_columns *columns, const struct row_reader *reader,
                     struct error *error) {
    struct roles roles = {0};
    size_t n = rows->rows;
    int status = choose_roles(&roles, columns, rows, error);
    if (status == 0 && columns->classes)
        status = take_labels(input, rows, &roles, reader, error);
    size_t d = roles.inputs.count, q = roles.targets.count;
    input->data.inputs = d;
    if (status == 0) {
        input->x = gather(rows, &roles.inputs, error);
        input->y = gather(rows, &roles.targets, error);
        input->x_shift = memory_array(error, d, sizeof(double));
        input->x_scale = memory_array(error, d, sizeof(double));
        input->y_shift = memory_array(error, q, sizeof(double));
        input->y_scale = memory_array(error, q, sizeof(double));
        if (input->x == NULL || input->y == NULL || input->x_shift == NULL || input->x_scale == NULL ||
            input->y_shift == NULL || input->y_scale == NULL)
            status = -1;
    }
    if (status == 0)
        status = take_noise(input, rows, &roles.noise, error);
    if (status == 0)
        status = name_inputs(input, rows, &roles.inputs, error);
    if (status == 0) {
        scale_columns(n, d, columns->standardize, input->x, input->x_shift, input->x_scale);
        scale_columns(n, q, columns->standardize && !columns->classes, input->y, input->y_shift,
                      input->y_scale);
        /* Known variances are those of one target's units; several outputs share them only unscaled. */
        for (size_t i = 0; input->noise != NULL && i < n; i++)
            input->noise[i] /= input->y_scale[0] * input->y_scale[0];
        input->data = (struct gaussian_process_data){n, d, q, input->x, input->y, input->noise};
        if (input->noise != NULL && columns->standardize && q > 1)
            status = error_set(error, "--noise-column with --standardize needs a single target");
    }
    free_roles(&roles);
    return status;
}

/* The operand's reader, and all of its rows. Returns 0, or -1 with the reader still to be closed. */
static int read_rows(struct row_reader **reader, struct matrix *rows, const struct command *command,
                     const char *operand, const struct gaussian_process_columns *columns,
                     struct error *error) {
    struct row_format format = command->input;
    if (columns->classes) {
        format.text = columns->targets != NULL ? columns->targets : "-1";
        format.text_optional = true;
    }
    *reader = row_reader_open(operand, &format, error);
    return *reader == NULL ? -1 : matrix_read_rest(rows, *reader, error);
}

int gaussian_process_input_read(struct gaussian_process_input *input, struct command *command,
                                const char *operand, const struct gaussian_process_columns *columns) {
    struct error *error = &command->error;
    struct matrix rows = {0};
    struct row_reader *reader;
    *input = (struct gaussian_process_input){0};
    if (read_rows(&reader, &rows, command, operand, columns, error) < 0) {
        row_reader_close(reader);
        return -1;
    }
    skipped_rows_note(command, operand, rows.rows_skipped);
    int status = 0;
    if (rows.rows < 2)
        status = error_set(error, "need at least 2 rows, got %zu", rows.rows);
    if (status == 0)
        status = check_range(&rows, error);
    if (status == 0)
        status = take_rows(input, &rows, columns, reader, error);
    if (status < 0) {
        gaussian_process_input_free(input);
        if (!error->usage)
            error_prefix(error, "%s", operand);
    }
    matrix_free(&rows);
    row_reader_close(reader);
    return status;
}

void gaussian_process_input_describe(struct gaussian_process_input *input,
                                     struct gaussian_process_model *model) {
    model->inputs = input->data.inputs;
    model->outputs = input->data.outputs;
    model->input_names = input->names;
    model->x_shift = input->x_shift;
    model->x_scale = input->x_scale;
    model->y_shift = input->y_shift;
    model->y_scale = input->y_scale;
    input->names = NULL;
    input->x_shift = input->x_scale = input->y_shift = input->y_scale = NULL;
}

void gaussian_process_input_free(struct gaussian_process_input *input) {
    double *const arrays[] = {input->x,       input->y,       input->noise,  input->x_shift,
                              input->x_scale, input->y_shift, input->y_scale};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t c = 0; input->names != NULL && c < input->data.inputs; c++)
        free(input->names[c]);
    free(input->names);
    class_labels_free(&input->labels);
    *input = (struct gaussian_process_input){0};
}
