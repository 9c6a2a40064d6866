/* calib - how well the probabilities of a classifier are calibrated, and the temperature that mends them. */

#include <math.h>

#include "base/command.h"
#include "divergence/calibration_output.h"
#include "divergence/calibration_partial.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"

enum binning { BINNING_WIDTH, BINNING_MASS };
static const char *const binning_words[] = {"width", "mass", NULL};

struct settings {
    bool metrics, table, fit, partial;
    size_t bins;
    int binning;
    double apply;
};

static const struct option_entry own_options[] = {
    OPTION_HEADING("what is printed (default: the expected calibration error)"),
    OPTION_FLAG(0, "metrics", struct settings, metrics, "a table of all measures"),
    OPTION_FLAG(0, "table", struct settings, table, "the bins: a reliability diagram"),
    OPTION_FLAG(0, "fit-temperature", struct settings, fit, "temperature,nll,ece at 1 and at the best"),
    OPTION_NUMBER(0, "apply-temperature", struct settings, apply, "T", 1e-300, 1e300,
                  "softmax(log P / T) of each row of P; no LABELS"),
    OPTION_FLAG(0, "partial", struct settings, partial, "write the bins' mergeable sums (NPZ)"),
    OPTION_HEADING("bins of confidence"),
    OPTION_COUNT(0, "bins", struct settings, bins, "M", 1, 1000000, "how many"),
    OPTION_CHOICE(0, "binning", struct settings, binning, binning_words, "of equal width or equal mass"),
    OPTION_END,
};

static const char *const examples[] = {
    "calib probabilities.npy labels.npy      the expected calibration error",
    "calib --table --logits logits.csv labels.csv | klplot",
    "calib --fit-temperature p.csv labels.csv",
    NULL,
};

static const struct command_description description = {
    .name = "calib",
    .operands = "[options] P LABELS\n[options] [P-AND-LABEL]\n--apply-temperature T [options] [P]",
    .purpose = "Calibration of the rows of class probabilities P against LABELS.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_DISTRIBUTION | OPTIONS_ITERATION,
    .examples = examples,
    .operands_max = 2,
    .tolerance = 1e-10,
    .max_iterations = 100,
};

static int check(struct command *command, const struct settings *settings) {
    static const char *const of_tables[] = {"no-names", "binary", "float32", "gzip", "digits", NULL};
    static const char *const of_bins[] = {"bins", "binning", NULL};
    static const char *const of_fits[] = {"tolerance", "max-iterations", "accept-unconverged", NULL};
    struct error *error = &command->error;
    bool applies = !isnan(settings->apply);
    if (settings->metrics + settings->table + settings->fit + applies > 1)
        return error_set_usage(error, "--metrics, --table, --fit-temperature and --apply-temperature exclude "
                                      "one another");
    if (settings->partial && (settings->metrics || settings->fit || applies))
        return error_set_usage(error, "--partial is for the calibration error and --table");
    if (settings->partial && settings->binning == BINNING_MASS)
        return error_set_usage(error, "--partial needs --binning width");
    if (settings->partial && command_refuse(command, of_tables, "with --partial") < 0)
        return -1;
    if (applies && command_refuse(command, of_bins, "with --apply-temperature") < 0)
        return -1;
    if (applies && command->operand_count > 1)
        return error_set_usage(error, "--apply-temperature takes P alone");
    return settings->metrics || settings->fit ? 0
                                              : command_refuse(command, of_fits, "where nothing is fitted");
}

static int read_rows(struct command *command, const struct settings *settings,
                     struct calibration_work *work) {
    struct error *error = &command->error;
    struct calibration_input *block = &work->input;
    bool fits = settings->metrics || settings->fit;
    int status = calibration_input_open(block, command, true, fits);
    if (status < 0)
        return -1;
    work->sums = (struct calibration_settings){
        .classes = block->classes,
        .bins = settings->bins,
        .classwise = settings->metrics,
        .keep = settings->metrics || settings->binning == BINNING_MASS,
    };
    work->logits.classes = block->classes;
    if (calibration_create(&work->calibration, &work->sums, error) < 0)
        return -1;
    while ((status = calibration_input_next(block)) > 0) {
        if (calibration_add(&work->calibration, block->row_count, block->probabilities, block->logarithms,
                            block->labels, error) < 0 ||
            (fits && calibration_logits_add(&work->logits, block->row_count, block->logarithms, block->labels,
                                            error) < 0))
            return -1;
        progress_show(&command->progress, "rows", block->reader.total, 0);
    }
    if (status < 0)
        return -1;
    skipped_rows_note(command, block->reader.rows->name, block->reader.rows->rows_skipped);
    if (block->reader.total == 0 && !(settings->partial && command->input.shards > 0))
        return error_set(error, "no rows");
    report_number(&command->report, "rows", (double)block->reader.total);
    return 0;
}

static int write_result(struct command *command, const struct settings *settings,
                        struct calibration_work *work) {
    const struct calibration_bin *bins;
    bool by_mass = settings->binning == BINNING_MASS;
    double value, largest;
    if (settings->partial)
        return calibration_partial_write(command, &work->calibration, work->input.reader.columns,
                                         settings->table);
    if (settings->metrics)
        return calibration_output_metrics(command, work);
    if (settings->fit)
        return calibration_output_fit(command, by_mass, work);
    if (calibration_error(&work->calibration, by_mass, &value, &largest, &command->error) < 0)
        return -1;
    report_number(&command->report, "ece", value);
    if (!settings->table)
        return row_writer_number(&command->output, value, &command->error);
    return calibration_bins(&work->calibration, by_mass, &bins, &command->error) < 0
               ? -1
               : calibration_table_write(command, settings->bins, bins);
}

static int run(struct command *command, const struct settings *settings) {
    struct calibration_work work = {.input = CALIBRATION_INPUT_CLOSED};
    if (check(command, settings) < 0)
        return -1;
    if (!isnan(settings->apply))
        return calibration_output_applied(command, settings->apply);
    int status = read_rows(command, settings, &work);
    if (status == 0)
        status = write_result(command, settings, &work);
    calibration_input_close(&work.input);
    calibration_free(&work.calibration);
    calibration_logits_free(&work.logits);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {.bins = 15, .apply = NAN};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
