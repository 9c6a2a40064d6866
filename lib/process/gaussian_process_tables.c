#include "process/gaussian_process_tables.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "io/column_names.h"
#include "io/matrix.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "io/text_table.h"
#include "process/gaussian_process_left_out.h"
#include "process/gaussian_process_queries.h"
#include "process/value_range.h"

static int put_parameter(struct text_table *table, const char *name, double value, bool fixed,
                         struct error *error) {
    if (text_table_word(table, name, error) < 0 || text_table_number(table, value, error) < 0)
        return -1;
    return text_table_number(table, fixed, error);
}

static int put_all(struct text_table *table, const struct gaussian_process_model *model,
                   struct error *error) {
    for (size_t p = 0; p < model->covariance->parameter_count; p++) {
        const struct covariance_parameter *parameter = &model->covariance->parameters[p];
        if (put_parameter(table, parameter->name, parameter->value, parameter->fixed, error) < 0)
            return -1;
    }
    if (put_parameter(table, "noise", model->noise, model->noise_fixed, error) < 0)
        return -1;
    for (size_t p = 0; model->scale != NULL && p < scale_prior_count(&model->scale->prior); p++) {
        bool positive;
        const char *name = scale_prior_parameter(&model->scale->prior, p, &positive);
        if (put_parameter(table, name, model->scale->prior.parameters[p], model->scale->fixed, error) < 0)
            return -1;
    }
    for (size_t c = 0; c < model->outputs; c++)
        for (size_t b = 0; b < model->basis_count; b++) {
            char name[64];
            if (model->outputs == 1)
                snprintf(name, sizeof name, "mean_%zu", b + 1);
            else
                snprintf(name, sizeof name, "mean_%zu_%zu", b + 1, c + 1);
            if (put_parameter(table, name, model->coefficients[b * model->outputs + c], false, error) < 0)
                return -1;
        }
    return 0;
}

int gaussian_process_tables_parameters(struct command *command, const struct gaussian_process_model *model) {
    static const char *const names[] = {"name", "value", "fixed"};
    struct error *error = &command->error;
    struct text_table *table = text_table_open(&command->output, 3, names, error);
    if (table == NULL)
        return -1;
    if (put_all(table, model, error) == 0)
        return text_table_close(table, error);
    text_table_discard(table);
    return -1;
}

static int name_outputs(struct column_names *names, size_t outputs, struct error *error) {
    static const char *const stems[] = {"mean", "variance", "log_density"};
    for (size_t c = 0; c < outputs; c++)
        for (size_t i = 0; i < 3; i++) {
            char name[64];
            snprintf(name, sizeof name, outputs == 1 ? "%s" : "%s_%zu", stems[i], c + 1);
            if (column_names_add(names, name, error) < 0)
                return -1;
        }
    return 0;
}

static int write_table(struct command *command, const struct column_names *names, size_t rows,
                       const double *values) {
    return row_writer_table(&command->output, names->count, (const char *const *)names->names, rows, values,
                            &command->error);
}

/* A row of the table, in the units of the data. */
static void put_left_out(const struct gaussian_process_model *model, const double *targets,
                         const double *means, double variance, double *row) {
    for (size_t c = 0; c < model->outputs; c++) {
        double scale = model->y_scale[c], off = targets[c] - means[c];
        row[3 * c] = means[c] * scale + model->y_shift[c];
        row[3 * c + 1] = scale * scale * variance;
        row[3 * c + 2] = -0.5 * (log(2 * M_PI * variance) + off * off / variance) - log(scale);
    }
}

int gaussian_process_tables_leave_one_out(struct command *command, struct gaussian_process_model *model) {
    struct error *error = &command->error;
    struct column_names names = {0};
    size_t n = model->rows, q = model->outputs;
    double *values = memory_matrix(error, n, 3 * q, sizeof *values);
    double *room = memory_matrix(error, n, 2 * q + 1, sizeof *room), *means = NULL, *variances = NULL;
    int status = values == NULL || room == NULL ? -1 : name_outputs(&names, q, error);
    if (status == 0) {
        means = room + n * q;
        variances = means + n * q;
        status = gaussian_process_left_out_find(model, command->threads, room, means, variances, error);
    }
    for (size_t i = 0; status == 0 && i < n; i++)
        put_left_out(model, room + i * q, means + i * q, variances[i], values + i * 3 * q);
    if (status == 0)
        status = write_table(command, &names, n, values);
    free(values);
    free(room);
    column_names_free(&names);
    return status;
}

double *gaussian_process_tables_inputs(struct command *command, const struct gaussian_process_model *model,
                                       const char *operand, size_t *count) {
    struct error *error = &command->error;
    struct matrix queries = {0};
    size_t d = model->inputs, *indices = memory_array(error, d, sizeof *indices);
    double *x = NULL;
    if (indices != NULL && matrix_read(&queries, operand, &command->input, error) == 0) {
        skipped_rows_note(command, operand, queries.rows_skipped);
        if (gaussian_process_queries_inputs(model, queries.columns, (const char *const *)queries.names,
                                            indices, error) == 0)
            x = memory_matrix(error, queries.rows, d, sizeof *x);
        for (size_t i = 0; x != NULL && i < queries.rows; i++)
            for (size_t c = 0; c < d; c++)
                x[i * d + c] = queries.values[i * queries.columns + indices[c]];
        *count = queries.rows;
    }
    for (size_t i = 0; x != NULL && i < *count * d; i++)
        if (value_range_check(x[i], i / d + 1, indices[i % d] + 1, error) < 0) {
            error_prefix(error, "%s", operand);
            free(x);
            x = NULL;
        }
    matrix_free(&queries);
    free(indices);
    return x;
}

/* The columns of the table, and its rows one after the other. */
static double *list_scales(const struct gaussian_process_scale *scale, size_t *rows, struct error *error) {
    size_t width = scale->units > 1 ? 3 : 2;
    double *values = memory_matrix(error, scale->units * scale->count, width, sizeof *values);
    *rows = 0;
    for (size_t at = 0; values != NULL && at < scale->units * scale->count; at++) {
        double *row = values + *rows * width;
        if (!(scale->weights[at] > 0))
            continue;
        if (scale->units > 1)
            *row++ = (double)(at / scale->count + 1);
        row[0] = scale->nodes[at];
        row[1] = scale->weights[at];
        ++*rows;
    }
    return values;
}

int gaussian_process_tables_scale(struct command *command, const struct gaussian_process_model *model) {
    static const char *const names[] = {"output", "s", "weight"};
    struct error *error = &command->error;
    struct column_names columns = {0};
    size_t rows;
    if (model->scale == NULL)
        return error_set(error, "--scale needs a mixture over a scale (gpfit --scale-prior)");
    double *values = list_scales(model->scale, &rows, error);
    int status = values == NULL ? -1 : 0;
    for (size_t i = model->scale->units > 1 ? 0 : 1; status == 0 && i < 3; i++)
        status = column_names_add(&columns, names[i], error);
    if (status == 0)
        status = write_table(command, &columns, rows, values);
    free(values);
    column_names_free(&columns);
    return status;
}
