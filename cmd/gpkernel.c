/* gpkernel - covariance matrices of kernel expressions. */

#include <string.h>

#include "base/command.h"
#include "base/memory.h"
#include "io/column_names.h"
#include "io/matrix.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "num/eigenvalues.h"
#include "process/covariance_matrix.h"

struct settings {
    const char *kernel;
    bool diagonal, eigenvalues;
};

static const struct option_entry own_options[] = {
    OPTION_TEXT('k', "kernel", struct settings, kernel, "EXPR", "sums and products of kernels"),
    OPTION_FLAG(0, "diag", struct settings, diagonal, "k(x, x) of each row alone"),
    OPTION_FLAG(0, "eigenvalues", struct settings, eigenvalues, "those of K(X, X), descending"),
    OPTION_END,
};

static const char *const examples[] = {
    "gpkernel -k 'rbf(lengthscale=2)' x.csv             K(X, X)",
    "gpkernel -k 'matern(nu=2.5) + linear' x.csv y.csv  K(X, Y)",
    "gpkernel -k rbf --eigenvalues x.csv | klplot       its spectrum",
    NULL,
};

static const struct command_description description = {
    .name = "gpkernel",
    .operands = "-k EXPR [options] [X [X2]]",
    .purpose = "Prints the covariance matrix of a kernel expression at the rows of X (and X2).",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM,
    .examples = examples,
    .operands_max = 2,
};

/* A covariance and the points it is evaluated at. */
struct work {
    struct matrix x, y;
    struct covariance *covariance;
    struct covariance_work threads;
    struct covariance_points points, others;
};

static int open_work(struct command *command, const struct settings *settings, struct work *work) {
    struct error *error = &command->error;
    bool two = command->operand_count == 2;
    const char *operand = command_operand(command, 0, two ? 2 : 1);
    if (matrix_read(&work->x, operand, &command->input, error) < 0)
        return -1;
    skipped_rows_note(command, operand, work->x.rows_skipped);
    if (two && matrix_read(&work->y, command->operands[1], &command->input, error) < 0)
        return -1;
    if (two && work->y.columns != work->x.columns)
        return error_set(error, "%s has %zu columns, %s %zu", operand, work->x.columns, command->operands[1],
                         work->y.columns);
    struct covariance_inputs inputs = {work->x.columns, work->x.names};
    work->covariance = covariance_parse(settings->kernel, &inputs, error);
    if (work->covariance == NULL ||
        covariance_work_open(&work->threads, work->covariance, command->threads, error) < 0 ||
        covariance_points_open(&work->points, work->x.rows, work->x.columns, work->x.values, error) < 0)
        return -1;
    return two ? covariance_points_open(&work->others, work->y.rows, work->y.columns, work->y.values, error)
               : 0;
}

static void close_work(struct work *work) {
    covariance_points_close(&work->points);
    covariance_points_close(&work->others);
    covariance_work_close(&work->threads);
    covariance_free(work->covariance);
    matrix_free(&work->x);
    matrix_free(&work->y);
}

static int write_rows(struct command *command, const char *stem, bool numbered, size_t rows, size_t columns,
                      const double *values) {
    struct error *error = &command->error;
    struct column_names names = {0};
    int status = numbered ? column_names_add_range(&names, stem, columns, error)
                          : column_names_add(&names, stem, error);
    if (status == 0)
        status = row_writer_table(&command->output, columns, (const char *const *)names.names, rows, values,
                                  error);
    column_names_free(&names);
    return status;
}

static int write_eigenvalues(struct command *command, size_t n, double *matrix) {
    double *values = memory_array(&command->error, n, sizeof *values);
    int status = values == NULL ? -1 : eigenvalues_symmetric(n, matrix, values, &command->error);
    for (size_t i = 0; status == 0 && i < n / 2; i++) {
        double kept = values[i];
        values[i] = values[n - 1 - i];
        values[n - 1 - i] = kept;
    }
    if (status == 0)
        status = write_rows(command, "eigenvalue", false, n, 1, values);
    free(values);
    return status;
}

static int run(struct command *command, const struct settings *settings) {
    struct error *error = &command->error;
    struct work work = {0};
    double *values = NULL;
    int status = -1;
    if (settings->kernel == NULL)
        return error_set_usage(error, "--kernel EXPR is needed");
    if (settings->diagonal && settings->eigenvalues)
        return error_set_usage(error, "--diag and --eigenvalues exclude each other");
    if ((settings->diagonal || settings->eigenvalues) && command->operand_count == 2)
        return error_set_usage(error, "--diag and --eigenvalues are of one matrix");
    if (open_work(command, settings, &work) < 0)
        goto done;
    size_t n = work.x.rows, columns = settings->diagonal ? 1 : work.y.rows > 0 ? work.y.rows : n;
    report_number(&command->report, "rows", (double)n);
    report_number(&command->report, "columns", (double)columns);
    values = memory_matrix(error, n, columns, sizeof *values);
    if (values == NULL)
        goto done;
    if (settings->diagonal)
        covariance_matrix_diagonal(&work.threads, &work.points, values);
    else if (work.y.rows > 0)
        covariance_matrix_cross(&work.threads, &work.points, &work.others, values);
    else
        covariance_matrix_square(&work.threads, &work.points, true, values);
    status = settings->eigenvalues ? write_eigenvalues(command, n, values)
             : settings->diagonal  ? write_rows(command, "k", false, n, 1, values)
                                   : write_rows(command, "k_", true, n, columns, values);

done:
    free(values);
    close_work(&work);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {0};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
