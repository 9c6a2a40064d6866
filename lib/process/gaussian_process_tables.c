#include "process/gaussian_process_tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "io/column_names.h"
#include "io/matrix.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "io/text_table.h"
#include "num/blas.h"
#include "num/tiled_cholesky.h"
#include "process/gaussian_process_prediction.h"
#include "process/gaussian_process_queries.h"
#include "process/gaussian_process_rows.h"

static const double jitters[] = {0, 1e-12, 1e-10, 1e-8, 1e-6}; /* of the mean diagonal */

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

/* Row i of the table: with J = C^-1, mean y_i - a_i / J_ii, variance 1 / J_ii. */
static void left_out(const struct gaussian_process_model *model, size_t i, double precision, double *row) {
    size_t q = model->outputs;
    for (size_t c = 0; c < q; c++) {
        double scale = model->y_scale[c], a = model->alpha[i * q + c];
        double mean = model->y[i * q + c] - a / precision;
        row[3 * c] = mean * scale + model->y_shift[c];
        row[3 * c + 1] = scale * scale / precision;
        row[3 * c + 2] = 0.5 * (log(precision / (2 * M_PI)) - a * a / precision) - log(scale);
    }
}

int gaussian_process_tables_leave_one_out(struct command *command, struct gaussian_process_model *model) {
    struct error *error = &command->error;
    struct tiled_cholesky work;
    struct column_names names = {0};
    size_t n = model->rows, width = 3 * model->outputs;
    if (gaussian_process_rows_refuse(model, "--loo", error) < 0)
        return -1;
    if (model->method != NULL)
        return error_set(error, "--loo needs an exact model, this one is sparse");
    if (blas_load_for(n, error) < 0 || tiled_cholesky_open(&work, n, command->threads, error) < 0)
        return -1;
    double *values = memory_matrix(error, n, width, sizeof *values);
    int status = values == NULL ? -1 : name_outputs(&names, model->outputs, error);
    if (status == 0) {
        tiled_cholesky_invert(&work, model->factor);
        for (size_t i = 0; i < n; i++)
            left_out(model, i, model->factor[i * n + i], values + i * width);
        status = write_table(command, &names, n, values);
    }
    free(values);
    column_names_free(&names);
    tiled_cholesky_close(&work);
    return status;
}

/* The factor of a covariance in its place, with as little added to the diagonal as works. */
static int factor(struct command *command, size_t count, double *covariance) {
    struct error *error = &command->error;
    struct tiled_cholesky work;
    double mean = 0, *kept = memory_matrix(error, count, count, sizeof *kept);
    if (kept == NULL || tiled_cholesky_open(&work, count, command->threads, error) < 0) {
        free(kept);
        return -1;
    }
    memcpy(kept, covariance, count * count * sizeof *kept);
    for (size_t i = 0; i < count; i++)
        mean += covariance[i * count + i] / (double)count;
    size_t pivot = 1;
    for (size_t attempt = 0; pivot > 0 && attempt < sizeof jitters / sizeof *jitters; attempt++) {
        memcpy(covariance, kept, count * count * sizeof *kept);
        for (size_t i = 0; i < count; i++)
            covariance[i * count + i] += jitters[attempt] * mean + (attempt > 0) * 1e-300;
        pivot = tiled_cholesky_factor(&work, covariance);
    }
    tiled_cholesky_close(&work);
    free(kept);
    return pivot == 0 ? 0 : error_set(error, "the joint covariance is not positive definite");
}

/* values_is = mean_i + sum_(j <= i) L_ij z_js */
static int draw(struct command *command, size_t count, size_t samples, const double *means,
                const double *lower, double *values) {
    double *normals = memory_matrix(&command->error, count, samples, sizeof *normals);
    if (normals == NULL)
        return -1;
    for (size_t s = 0; s < samples; s++) {
        struct random_stream stream;
        random_start(&stream, command->seed, "gppredict", "sample", s);
        for (size_t i = 0; i < count; i++)
            normals[i * samples + s] = random_normal(&stream);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < samples; s++) {
            double sum = means[i];
            for (size_t j = 0; j <= i; j++)
                sum += lower[i * count + j] * normals[j * samples + s];
            values[i * samples + s] = sum;
        }
    free(normals);
    return 0;
}

/* All queries' inputs, in order. */
static double *read_inputs(struct command *command, const struct gaussian_process_model *model,
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
        if (!isfinite(x[i])) {
            error_set(error, "%s: row %zu: an input is not finite", operand, i / d + 1);
            free(x);
            x = NULL;
        }
    matrix_free(&queries);
    free(indices);
    return x;
}

static int write_joint(struct command *command, size_t count, size_t samples, const double *means,
                       double *covariance) {
    struct error *error = &command->error;
    struct column_names names = {0};
    size_t width = samples > 0 ? samples : count;
    double *values = NULL;
    int status = column_names_add_range(&names, samples > 0 ? "sample_" : "c_", width, error);
    if (status == 0 && samples > 0) {
        values = memory_matrix(error, count, samples, sizeof *values);
        if (values == NULL || factor(command, count, covariance) < 0 ||
            draw(command, count, samples, means, covariance, values) < 0)
            status = -1;
    }
    if (status == 0)
        status = write_table(command, &names, count, samples > 0 ? values : covariance);
    free(values);
    column_names_free(&names);
    return status;
}

int gaussian_process_tables_joint(struct command *command, const struct gaussian_process_model *model,
                                  const char *operand, size_t samples, bool noisy, bool universal) {
    struct error *error = &command->error;
    struct gaussian_process_predictor predictor;
    size_t count = 0;
    if (gaussian_process_rows_refuse(model, samples > 0 ? "--samples" : "--covariance", error) < 0)
        return -1;
    if (model->outputs > 1)
        return error_set(error, "%s needs a model of one target, this one has %zu",
                         samples > 0 ? "--samples" : "--covariance", model->outputs);
    double *x = read_inputs(command, model, operand, &count);
    if (x == NULL)
        return -1;
    double *means = memory_array(error, count, sizeof *means);
    double *covariance = memory_matrix(error, count, count, sizeof *covariance);
    int status = -1;
    if (means != NULL && covariance != NULL &&
        gaussian_process_prediction_open(&predictor, model, -1, universal, command->threads, error) == 0) {
        double scale = model->y_scale[0] * model->y_scale[0];
        status = gaussian_process_prediction_joint(&predictor, count, x, means, covariance, error);
        gaussian_process_prediction_close(&predictor);
        for (size_t i = 0; status == 0 && i < count * count; i++)
            covariance[i] = scale * (covariance[i] + (noisy && i / count == i % count ? model->noise : 0));
        if (status == 0)
            status = write_joint(command, count, samples, means, covariance);
    }
    free(x);
    free(means);
    free(covariance);
    return status;
}
