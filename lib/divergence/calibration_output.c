#include "divergence/calibration_output.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/column_names.h"
#include "io/row_stream.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "num/vector.h"

static int fit(struct command *command, const struct calibration_work *work,
               struct calibration_temperature *fitted) {
    if (calibration_temperature_fit(&work->logits, command->tolerance, command->max_iterations,
                                    command->threads, fitted, &command->error) < 0)
        return -1;
    command->unconverged = !fitted->converged;
    if (command->unconverged && fitted->iterations == 0)
        command_note(command, "the loss still falls at the temperature %g, the last one tried",
                     fitted->temperature);
    else if (command->unconverged)
        command_note(command,
                     "the temperature is not converged in %zu step%s: raise --max-iterations or --tolerance",
                     fitted->iterations, fitted->iterations == 1 ? "" : "s");
    report_number(&command->report, "temperature", fitted->temperature);
    report_number(&command->report, "iterations", (double)fitted->iterations);
    return 0;
}

int calibration_output_metrics(struct command *command, struct calibration_work *work) {
    static const char *const names[] = {"metric", "value"};
    static const char *const rows[] = {"count",      "accuracy",      "confidence", "ece", "mce",
                                       "ace",        "classwise_ece", "brier",      "nll", "overconfidence",
                                       "temperature"};
    enum { ROWS = sizeof rows / sizeof *rows };
    struct calibration *sums = &work->calibration;
    struct calibration_temperature fitted;
    struct error *error = &command->error;
    double ece, mce, ace, largest, count = (double)sums->rows;
    if (calibration_error(sums, false, &ece, &mce, error) < 0 ||
        calibration_error(sums, true, &ace, &largest, error) < 0 || fit(command, work, &fitted) < 0)
        return -1;
    double accuracy = (double)sums->correct / count, confidence = running_sum_mean(&sums->confidence);
    const double values[ROWS] = {count,
                                 accuracy,
                                 confidence,
                                 ece,
                                 mce,
                                 ace,
                                 calibration_classwise_error(sums),
                                 running_sum_mean(&sums->brier),
                                 running_sum_mean(&sums->nll),
                                 confidence - accuracy,
                                 fitted.temperature};
    struct row_writer *writer = row_writer_open_labelled(&command->output, 1, names, error);
    if (writer == NULL)
        return -1;
    if (row_writer_labelled(writer, rows, values, ROWS, error) == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

/* A line at temperature 1 and one at that fitted. */
int calibration_output_fit(struct command *command, bool by_mass, struct calibration_work *work) {
    static const char *const names[] = {"temperature", "nll", "ece"};
    struct error *error = &command->error;
    struct calibration_temperature fitted;
    struct calibration tempered;
    double values[2][3] = {{1}}, largest;
    if (fit(command, work, &fitted) < 0)
        return -1;
    values[1][0] = fitted.temperature;
    int status = calibration_create(&tempered, &work->sums, error);
    if (status == 0)
        status = calibration_temperature_sums(&work->logits, fitted.temperature, &tempered, error);
    if (status == 0)
        status = calibration_error(&work->calibration, by_mass, &values[0][2], &largest, error);
    if (status == 0)
        status = calibration_error(&tempered, by_mass, &values[1][2], &largest, error);
    values[0][1] = running_sum_mean(&work->calibration.nll); /* as they were read: exp(log p) may not be p */
    values[1][1] = running_sum_mean(&tempered.nll);
    calibration_free(&tempered);
    if (status < 0)
        return -1;
    struct row_writer *writer = row_writer_open(&command->output, 3, names, 2, error);
    if (writer == NULL)
        return -1;
    if (row_writer_rows(writer, values[0], 2, error) == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

/* Names of P's columns where it has any, else x1, x2, ... */
static struct row_writer *open_applied(struct command *command, const struct calibration_input *input) {
    struct column_names made = {0};
    struct error *error = &command->error;
    const char *const *names = input->reader.rows->names;
    struct row_writer *writer = NULL;
    if (names == NULL && column_names_add_range(&made, "x", input->reader.columns, error) == 0)
        names = (const char *const *)made.names;
    if (names != NULL)
        writer = row_writer_open(&command->output, input->reader.columns, names,
                                 row_reader_rows_ahead(input->reader.rows), error);
    column_names_free(&made);
    return writer;
}

/* The block at hand: of a P of one column, the probability of class 1 alone. */
static int write_applied(const struct calibration_input *input, double temperature, double **room,
                         size_t *capacity, struct row_writer *writer) {
    struct error *error = &input->command->error;
    size_t rows = input->row_count, classes = input->classes;
    if (row_stream_reserve(room, capacity, rows, classes, error) < 0)
        return -1;
    vector_softmax(rows, classes, temperature, input->logarithms, *room);
    for (size_t i = 0; input->single && i < rows; i++)
        (*room)[i] = (*room)[2 * i + 1];
    return row_writer_rows(writer, *room, rows, error);
}

int calibration_output_applied(struct command *command, double temperature) {
    struct calibration_input input = CALIBRATION_INPUT_CLOSED;
    struct row_writer *writer = NULL;
    struct error *error = &command->error;
    double *room = NULL;
    size_t capacity = 0;
    int status = calibration_input_open(&input, command, false, true);
    if (status == 0 && (writer = open_applied(command, &input)) == NULL)
        status = -1;
    while (status == 0 && (status = calibration_input_next(&input)) > 0) {
        status = write_applied(&input, temperature, &room, &capacity, writer);
        if (status == 0 && !calibration_input_ready(&input))
            status = row_writer_flush(writer, error);
        progress_show(&command->progress, "rows", input.reader.total, 0);
    }
    if (status == 0 && input.reader.total == 0)
        status = error_set(error, "%s: no rows", input.reader.rows->name);
    if (status == 0) {
        skipped_rows_note(command, input.reader.rows->name, input.reader.rows->rows_skipped);
        report_number(&command->report, "rows", (double)input.reader.total);
        status = row_writer_close(writer, error);
        writer = NULL;
    }
    row_writer_discard(writer);
    calibration_input_close(&input);
    free(room);
    return status;
}
