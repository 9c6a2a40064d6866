#include "process/gaussian_process_flow_tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/column_names.h"
#include "io/number_list.h"
#include "io/row_writer.h"
#include "num/vector.h"
#include "process/gaussian_process_flow.h"
#include "process/gaussian_process_tables.h"
#include "process/value_range.h"

/* "mean", or "mean_2" of the second of several outputs. */
static int add_name(struct column_names *names, const char *stem, size_t outputs, size_t output,
                    struct error *error) {
    char name[64];
    if (outputs == 1)
        return column_names_add(names, stem, error);
    snprintf(name, sizeof name, "%s_%zu", stem, output + 1);
    return column_names_add(names, name, error);
}

/* Whether a state is a Student t: an inverse gamma scale, untouched by training. */
static bool is_student(const struct gaussian_process_model *model) {
    return model->scale != NULL && model->scale->prior.kind == SCALE_PRIOR_INVERSE_GAMMA;
}

static int name_states(struct column_names *names, const struct gaussian_process_model *model,
                       struct error *error) {
    size_t outputs = model->outputs;
    if (column_names_add(names, "time", error) < 0 || column_names_add(names, "row", error) < 0)
        return -1;
    for (size_t c = 0; c < outputs; c++)
        if (add_name(names, "mean", outputs, c, error) < 0 ||
            add_name(names, "variance", outputs, c, error) < 0 ||
            (is_student(model) && (add_name(names, "df", outputs, c, error) < 0 ||
                                   add_name(names, "scale", outputs, c, error) < 0)))
            return -1;
    return 0;
}

static int read_times(const char *typed, double **times, size_t *count, struct error *error) {
    if (number_list_read("--flow-time", typed, times, count, error) < 0)
        return -1;
    for (size_t i = 0; i < *count; i++)
        if (!((*times)[i] >= 0)) {
            free(*times);
            *times = NULL;
            return error_set_usage(error, "--flow-time: a time must be >= 0 (inf: until nothing moves)");
        }
    return 0;
}

/* Mean and variance, which a scale multiplies by E[s]; 2 A degrees of freedom and the root of B/A of it. */
static double *put_state(const struct gaussian_process_model *model, double mean, double variance,
                         double *next) {
    *next++ = mean;
    if (model->scale == NULL) {
        *next++ = variance;
        return next;
    }
    const struct scale_prior *prior = &model->scale->prior;
    *next++ = variance > 0 ? variance * scale_prior_mean(prior) : 0;
    if (is_student(model)) {
        *next++ = 2 * prior->parameters[0];
        *next++ = sqrt(variance * prior->parameters[1] / prior->parameters[0]);
    }
    return next;
}

/* The rows of one time. */
static int write_state(struct row_writer *writer, const struct gaussian_process_flow *flow,
                       struct gaussian_process_flow_queries *queries, double time,
                       const struct value_range_inputs *inputs, double *room, struct error *error) {
    size_t q = flow->model->outputs, count = queries->count;
    double *means = room, *variances = room + count * q, *row = room + 2 * count * q;
    gaussian_process_flow_at(flow, queries, time, means, variances);
    if (!vector_all_finite(2 * count * q, room))
        return value_range_refuse(1, inputs, error);
    for (size_t i = 0; i < count; i++) {
        row[0] = time;
        row[1] = (double)(i + 1);
        double *next = row + 2;
        for (size_t c = 0; c < q; c++)
            next = put_state(flow->model, means[i * q + c], variances[i * q + c], next);
        if (row_writer_rows(writer, row, 1, error) < 0)
            return -1;
    }
    return 0;
}

/* Times in turn. */
struct times {
    size_t count;
    double *values;
};

static int write_states(struct command *command, struct gaussian_process_flow *flow,
                        struct gaussian_process_flow_queries *queries, const struct times *times,
                        const struct value_range_inputs *inputs) {
    struct error *error = &command->error;
    size_t q = flow->model->outputs;
    struct column_names names = {0};
    struct row_writer *writer = NULL;
    double *room = memory_matrix(error, 2 * queries->count + 6, q, sizeof *room);
    int status = room == NULL ? -1 : name_states(&names, flow->model, error);
    if (status == 0) {
        writer = row_writer_open(&command->output, names.count, (const char *const *)names.names,
                                 (int64_t)(queries->count * times->count), error);
        status = writer == NULL ? -1 : 0;
    }
    for (size_t i = 0; status == 0 && i < times->count; i++)
        status = write_state(writer, flow, queries, times->values[i], inputs, room, error);
    if (status == 0)
        status = row_writer_close(writer, error);
    else if (writer != NULL)
        row_writer_discard(writer);
    column_names_free(&names);
    free(room);
    return status;
}

int gaussian_process_flow_tables_states(struct command *command, const struct gaussian_process_model *model,
                                        const char *operand, const char *typed, bool last_layer) {
    struct error *error = &command->error;
    struct gaussian_process_flow flow;
    struct gaussian_process_flow_queries queries;
    struct times times = {0};
    double *x = NULL;
    size_t count = 0;
    if (read_times(typed, &times.values, &times.count, error) < 0)
        return -1;
    int status = gaussian_process_flow_open(&flow, model, last_layer, command->threads, error);
    if (status == 0) {
        x = gaussian_process_tables_inputs(command, model, operand, &count);
        status = x == NULL ? -1 : gaussian_process_flow_queries_open(&queries, &flow, count, x, error);
        if (status == 0) {
            const struct value_range_inputs inputs = {operand, 0, count, model->inputs, x};
            status = write_states(command, &flow, &queries, &times, &inputs);
            gaussian_process_flow_queries_close(&queries);
        }
        gaussian_process_flow_close(&flow);
    }
    free(x);
    free(times.values);
    return status;
}

static int name_modes(struct column_names *names, size_t outputs, struct error *error) {
    static const char *const firsts[] = {"mode", "eigenvalue", "rate"};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        if (column_names_add(names, firsts[i], error) < 0)
            return -1;
    for (size_t c = 0; c < outputs; c++)
        if (add_name(names, "coefficient", outputs, c, error) < 0)
            return -1;
    return 0;
}

static int write_modes(struct command *command, const struct gaussian_process_flow *flow) {
    struct error *error = &command->error;
    size_t n = flow->n, q = flow->model->outputs;
    struct column_names names = {0};
    struct row_writer *writer = NULL;
    double *row = memory_array(error, 3 + q, sizeof *row);
    int status = row == NULL ? -1 : name_modes(&names, q, error);
    if (status == 0) {
        writer = row_writer_open(&command->output, names.count, (const char *const *)names.names, (int64_t)n,
                                 error);
        status = writer == NULL ? -1 : 0;
    }
    for (size_t k = 0; status == 0 && k < n; k++) {
        row[0] = (double)(k + 1);
        row[1] = flow->values[k];
        row[2] = flow->values[k] / (double)n;
        for (size_t c = 0; c < q; c++)
            row[3 + c] = flow->residuals[k * q + c] * flow->model->y_scale[c];
        status = row_writer_rows(writer, row, 1, error);
    }
    if (status == 0)
        status = row_writer_close(writer, error);
    else if (writer != NULL)
        row_writer_discard(writer);
    column_names_free(&names);
    free(row);
    return status;
}

int gaussian_process_flow_tables_modes(struct command *command, const struct gaussian_process_model *model,
                                       bool last_layer) {
    struct gaussian_process_flow flow;
    if (gaussian_process_flow_open(&flow, model, last_layer, command->threads, &command->error) < 0)
        return -1;
    int status = write_modes(command, &flow);
    gaussian_process_flow_close(&flow);
    return status;
}
