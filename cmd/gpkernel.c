/* gpkernel - covariance matrices of kernel expressions. */

#include <string.h>

#include "base/command.h"
#include "base/memory.h"
#include "io/column_names.h"
#include "io/matrix.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "num/eigenvalues.h"
#include "num/vector.h"
#include "process/covariance_matrix.h"
#include "process/finite_network_draws.h"
#include "process/value_range.h"

struct settings {
    const char *kernel;
    bool diagonal, eigenvalues;
    struct finite_network_draws_options finite;
};

static const struct option_entry own_options[] = {
    OPTION_TEXT('k', "kernel", struct settings, kernel, "EXPR", "sums and products of kernels"),
    OPTION_FLAG(0, "diag", struct settings, diagonal, "k(x, x) of each row alone"),
    OPTION_FLAG(0, "eigenvalues", struct settings, eigenvalues, "those of K(X, X), descending"),
    OPTION_HEADING("of random networks of finite width, whose limit is ntk"),
    OPTION_TEXT(0, "finite", struct settings, finite.widths, "WIDTH,..",
                "of all hidden layers, or one a layer"),
    OPTION_COUNT(0, "draws", struct settings, finite.draws, "D", 1, 1 << 24, "mean over D networks"),
    OPTION_FLAG(0, "spread", struct settings, finite.spread, "their standard deviation in place of the mean"),
    OPTION_FLAG(0, "outputs", struct settings, finite.outputs, "each network's outputs in place of kernels"),
    OPTION_TEXT(0, "scale-prior", struct settings, finite.scale_prior, "PRIOR",
                "a random factor of the last layer's weight variance, drawn for each network"),
    OPTION_TEXT(0, "train", struct settings, finite.train, "Y",
                "gradient descent on these targets of X first"),
    OPTION_COUNT(0, "steps", struct settings, finite.steps, "N", 0, 1 << 30, "of gradient descent"),
    OPTION_NUMBER(0, "learning-rate", struct settings, finite.rate, "ETA", 0, 1e300, "its rate"),
    OPTION_END,
};

static const char *const examples[] = {
    "gpkernel -k 'rbf(lengthscale=2)' x.csv             K(X, X)",
    "gpkernel -k 'matern(nu=2.5) + linear' x.csv y.csv  K(X, Y)",
    "gpkernel -k rbf --eigenvalues x.csv | klplot       its spectrum",
    "gpkernel -k 'ntk(depth=2)' --finite 500 --draws 10 x.csv",
    NULL,
};

static const struct command_description description = {
    .name = "gpkernel",
    .operands = "-k EXPR [options] [X [X2]]",
    .purpose = "Prints the covariance matrix of a kernel expression at the rows of X (and X2).",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED,
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

static int read_points(struct command *command, const char *operand, struct matrix *points) {
    struct error *error = &command->error;
    if (matrix_read(points, operand, &command->input, error) < 0)
        return -1;
    skipped_rows_note(command, operand, points->rows_skipped);
    for (size_t i = 0; i < points->rows * points->columns; i++)
        if (value_range_check(points->values[i], i / points->columns + 1, i % points->columns + 1, error) < 0)
            return error_prefix(error, "%s", operand);
    return 0;
}

static int open_work(struct command *command, const struct settings *settings, struct work *work) {
    struct error *error = &command->error;
    bool two = command->operand_count == 2;
    const char *operand = command_operand(command, 0, two ? 2 : 1);
    if (read_points(command, operand, &work->x) < 0 ||
        (two && read_points(command, command->operands[1], &work->y) < 0))
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

/* Refuses values of which some overflowed, with the largest input of both matrices. */
static int check_values(struct command *command, const struct work *work, size_t count,
                        const double *values) {
    if (vector_all_finite(count, values))
        return 0;
    size_t operands = command->operand_count;
    const struct value_range_inputs inputs[] = {
        {command_operand(command, 0, operands > 1 ? 2 : 1), 0, work->x.rows, work->x.columns, work->x.values},
        {operands > 1 ? command->operands[1] : "", 0, work->y.rows, work->y.columns, work->y.values},
    };
    return value_range_refuse(2, inputs, &command->error);
}

/* Of random networks in place of their limit. */
static int run_finite(struct command *command, const struct settings *settings, const struct work *work) {
    struct finite_network_draws_rows given = {work->x.rows, work->y.rows, work->x.columns, work->x.values,
                                              work->y.values};
    double *values = NULL;
    size_t rows, columns;
    int status = finite_network_draws_run(command, &settings->finite, work->covariance, &given, &values,
                                          &rows, &columns);
    if (status == 0)
        status = check_values(command, work, rows * columns, values);
    if (status == 0)
        status = write_rows(command, settings->finite.outputs ? "f_" : "k_", true, rows, columns, values);
    free(values);
    return status;
}

static int check(struct command *command, const struct settings *settings) {
    struct error *error = &command->error;
    if (settings->kernel == NULL)
        return error_set_usage(error, "--kernel EXPR is needed");
    if (settings->diagonal && settings->eigenvalues)
        return error_set_usage(error, "--diag and --eigenvalues exclude each other");
    if ((settings->diagonal || settings->eigenvalues) && command->operand_count == 2)
        return error_set_usage(error, "--diag and --eigenvalues are of one matrix");
    if (settings->finite.widths != NULL && (settings->diagonal || settings->eigenvalues))
        return error_set_usage(error, "--diag and --eigenvalues are not of --finite networks");
    return finite_network_draws_check(command, &settings->finite);
}

static int run(struct command *command, const struct settings *settings) {
    struct error *error = &command->error;
    struct work work = {0};
    double *values = NULL;
    int status = -1;
    if (check(command, settings) < 0)
        return -1;
    if (open_work(command, settings, &work) < 0)
        goto done;
    if (settings->finite.widths != NULL) {
        status = run_finite(command, settings, &work);
        goto done;
    }
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
    status = check_values(command, &work, n * columns, values);
    if (status == 0)
        status = settings->eigenvalues ? write_eigenvalues(command, n, values)
                 : settings->diagonal  ? write_rows(command, "k", false, n, 1, values)
                                       : write_rows(command, "k_", true, n, columns, values);

done:
    free(values);
    close_work(&work);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {.finite = FINITE_NETWORK_DRAWS_DEFAULT};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
