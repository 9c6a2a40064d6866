#include "divergence/cauchy_schwarz_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "divergence/median_bandwidth.h"
#include "io/skipped_rows.h"

/* The squares of widths stay within doubles. */
static const double LEAST_WIDTH = 1e-150, MOST_WIDTH = 1e150;

static int read_matrix(struct matrix *matrix, struct command *command, size_t operand, size_t count) {
    struct error *error = &command->error;
    const char *name = command_operand(command, operand, count);
    if (matrix_read(matrix, name, &command->input, error) < 0)
        return -1;
    skipped_rows_note(command, name, matrix->rows_skipped);
    if (matrix->rows < 2)
        return error_set(error, "%s has one row, two are needed", name);
    for (size_t i = 0; i < matrix->rows * matrix->columns; i++)
        if (!isfinite(matrix->values[i]))
            return error_set(error, "%s: row %zu: column %zu is not finite", name, i / matrix->columns + 1,
                             i % matrix->columns + 1);
    return 0;
}

/* Columns first .. first + columns - 1 of both matrices, one below the other; q may be empty. */
static double *pooled_columns(const struct matrix *p, const struct matrix *q, size_t first, size_t columns,
                              struct error *error) {
    double *values = memory_matrix(error, p->rows + q->rows, columns, sizeof *values);
    for (size_t i = 0; values != NULL && i < p->rows; i++)
        memcpy(values + i * columns, p->values + i * p->columns + first, columns * sizeof *values);
    for (size_t i = 0; values != NULL && i < q->rows; i++)
        memcpy(values + (p->rows + i) * columns, q->values + i * q->columns + first,
               columns * sizeof *values);
    return values;
}

static int find_width(struct command *command, const char *option, const char *typed, size_t rows,
                      size_t columns, const double *values, double *width) {
    struct error *error = &command->error;
    char *end;
    if (strcmp(typed, "median") == 0) {
        if (median_bandwidth_find(rows, columns, values, command->seed, command->description->name, width,
                                  error) < 0)
            return error_prefix(error, "--%s", option);
        if (*width >= LEAST_WIDTH && *width <= MOST_WIDTH)
            return 0;
        return error_set(error, "--%s: the median distance is %.3g, not from %g to %g: scale the columns",
                         option, *width, LEAST_WIDTH, MOST_WIDTH);
    }
    *width = strtod(typed, &end);
    if (end != typed && *end == '\0' && *width >= LEAST_WIDTH && *width <= MOST_WIDTH)
        return 0;
    if (end != typed && *end == '\0' && *width > 0 && *width < INFINITY)
        return error_set_usage(error, "--%s: expected a number from %g to %g, got '%s'", option, LEAST_WIDTH,
                               MOST_WIDTH, typed);
    return error_set_usage(error, "--%s: expected a number above 0 or 'median', got '%s'", option, typed);
}

static int check_paired(const struct cauchy_schwarz_input *input, struct command *command, size_t first) {
    const struct matrix *p = &input->p, *q = &input->q;
    const char *p_name = command_operand(command, 0, 2), *q_name = command_operand(command, 1, 2);
    if (p->rows != q->rows)
        return error_set(&command->error, "--paired, but %s has %zu rows, %s %zu", p_name, p->rows, q_name,
                         q->rows);
    for (size_t i = 0; i < p->rows; i++)
        for (size_t j = 0; j < first; j++)
            if (p->values[i * p->columns + j] != q->values[i * q->columns + j])
                return error_set(&command->error, "--paired, but row %zu of %s and %s differ in x", i + 1,
                                 p_name, q_name);
    return 0;
}

static int part_columns(struct cauchy_schwarz_input *input, struct command *command, size_t first,
                        const struct cauchy_schwarz_widths *widths) {
    struct error *error = &command->error;
    size_t rows = input->p.rows + input->q.rows, others = input->p.columns - first;
    double *x = input->parts[0] = pooled_columns(&input->p, &input->q, 0, first, error);
    double *y = input->parts[1] = pooled_columns(&input->p, &input->q, first, others, error);
    struct cauchy_schwarz_joint *joint = &input->joint;
    if (x == NULL || y == NULL ||
        find_width(command, widths->x != NULL ? "bandwidth-x" : "bandwidth",
                   widths->x != NULL ? widths->x : widths->bandwidth, rows, first, x,
                   &joint->x_bandwidth) < 0 ||
        find_width(command, widths->y != NULL ? "bandwidth-y" : "bandwidth",
                   widths->y != NULL ? widths->y : widths->bandwidth, rows, others, y,
                   &joint->y_bandwidth) < 0)
        return -1;
    joint->p = (struct cauchy_schwarz_sample){input->p.rows, x, y};
    joint->q =
        (struct cauchy_schwarz_sample){input->q.rows, x + input->p.rows * first, y + input->p.rows * others};
    joint->x_columns = first;
    joint->y_columns = others;
    joint->threads = command->threads;
    report_number(&command->report, "bandwidth_x", joint->x_bandwidth);
    report_number(&command->report, "bandwidth_y", joint->y_bandwidth);
    return 0;
}

static int take_samples(struct cauchy_schwarz_input *input, struct command *command,
                        const struct cauchy_schwarz_widths *widths) {
    size_t columns = input->p.columns, p_rows = input->p.rows, q_rows = input->q.rows;
    double *pooled = input->parts[0] = pooled_columns(&input->p, &input->q, 0, columns, &command->error);
    if (pooled == NULL || find_width(command, "bandwidth", widths->bandwidth, p_rows + q_rows, columns,
                                     pooled, &input->samples.bandwidth) < 0)
        return -1;
    input->samples.p = pooled;
    input->samples.q = pooled + p_rows * columns;
    input->samples.p_rows = p_rows;
    input->samples.q_rows = q_rows;
    input->samples.columns = columns;
    input->samples.threads = command->threads;
    report_number(&command->report, "bandwidth", input->samples.bandwidth);
    return 0;
}

int cauchy_schwarz_input_read(struct cauchy_schwarz_input *input, struct command *command,
                              const struct cauchy_schwarz_wanted *wanted,
                              const struct cauchy_schwarz_widths *widths) {
    struct error *error = &command->error;
    size_t count = wanted->count;
    if (read_matrix(&input->p, command, 0, count) < 0 ||
        (count == 2 && read_matrix(&input->q, command, 1, count) < 0))
        return -1;
    if (count == 2 && input->p.columns != input->q.columns)
        return row_reader_widths_error(error, command_operand(command, 0, 2), input->p.columns,
                                       command_operand(command, 1, 2), input->q.columns);
    report_number(&command->report, "p_rows", (double)input->p.rows);
    if (count == 2)
        report_number(&command->report, "q_rows", (double)input->q.rows);
    if (wanted->first == 0)
        return take_samples(input, command, widths);
    if (wanted->first >= input->p.columns)
        return error_set(error, "--%s %zu leaves no column of %zu", wanted->option, wanted->first,
                         input->p.columns);
    if (wanted->paired && check_paired(input, command, wanted->first) < 0)
        return -1;
    return part_columns(input, command, wanted->first, widths);
}

void cauchy_schwarz_input_free(struct cauchy_schwarz_input *input) {
    matrix_free(&input->p);
    matrix_free(&input->q);
    for (size_t i = 0; i < 2; i++)
        free(input->parts[i]);
    *input = (struct cauchy_schwarz_input)CAUCHY_SCHWARZ_INPUT_EMPTY;
}
