#include "divergence/cauchy_schwarz_output.h"

#include "io/column_names.h"
#include "io/row_writer.h"

static int write_rows(struct command *command, size_t columns, const char *const *names, size_t rows,
                      const double *values) {
    struct error *error = &command->error;
    struct row_writer *writer = row_writer_open(&command->output, columns, names, (int64_t)rows, error);
    if (writer == NULL)
        return -1;
    if (row_writer_rows(writer, values, rows, error) == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

int cauchy_schwarz_output_number(struct command *command, const char *name, double value) {
    report_number(&command->report, name, value);
    return row_writer_number(&command->output, value, &command->error);
}

int cauchy_schwarz_output_gradient(struct command *command, size_t rows, size_t columns,
                                   const double *gradient) {
    struct column_names names = {0};
    int status = column_names_add_range(&names, "g", columns, &command->error);
    if (status == 0)
        status = write_rows(command, columns, (const char *const *)names.names, rows, gradient);
    column_names_free(&names);
    return status;
}

int cauchy_schwarz_output_test(struct command *command, const char *name, double statistic, size_t reached,
                               size_t permutations) {
    static const char *const names[] = {"statistic", "p_value", "permutations"};
    const double row[] = {statistic, (1 + (double)reached) / (1 + (double)permutations),
                          (double)permutations};
    report_number(&command->report, name, statistic);
    report_number(&command->report, "p_value", row[1]);
    return write_rows(command, 3, names, 1, row);
}
