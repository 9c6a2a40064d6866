#include "divergence/calibration_partial.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/partial_file.h"
#include "io/partial_options.h"
#include "io/row_writer.h"

enum { COUNT, CORRECT, CONFIDENCE, SUMS };

static const struct partial_sum_description sums[SUMS] = {
    {.name = "count", .shape = "M"}, {.name = "correct", .shape = "M"}, {.name = "confidence", .shape = "M"}};

int calibration_table_write(struct command *command, size_t count, const struct calibration_bin *bins) {
    static const char *const names[] = {"bin", "lower", "upper", "count", "confidence", "accuracy", "gap"};
    enum { COLUMNS = sizeof names / sizeof *names };
    struct error *error = &command->error;
    struct row_writer *writer = row_writer_open(&command->output, COLUMNS, names, (int64_t)count, error);
    int status = writer == NULL ? -1 : 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        const struct calibration_bin *bin = &bins[i];
        double gap = (bin->confidence_sum - bin->correct) + bin->confidence_rest;
        double row[COLUMNS] = {(double)(i + 1),
                               bin->lower,
                               bin->upper,
                               bin->rows,
                               bin->rows > 0 ? bin->confidence_sum / bin->rows : NAN,
                               bin->rows > 0 ? bin->correct / bin->rows : NAN,
                               bin->rows > 0 ? gap / bin->rows : NAN};
        status = row_writer_rows(writer, row, 1, error);
    }
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

/* The merged bins, which the caller frees; NULL where memory fails. */
static struct calibration_bin *merged_bins(const struct partial *merged, struct error *error) {
    size_t count = merged->sums[COUNT].count;
    struct calibration_bin *bins = memory_array(error, count, sizeof *bins);
    if (bins == NULL)
        return NULL;
    calibration_bins_clear(count, bins);
    for (size_t i = 0; i < count; i++) {
        const struct partial_sum *confidence = &merged->sums[CONFIDENCE];
        bins[i].rows = partial_value(&merged->sums[COUNT], i);
        bins[i].correct = partial_value(&merged->sums[CORRECT], i);
        bins[i].confidence_sum = confidence->words[i];
        bins[i].confidence_rest = confidence->words[confidence->count + i];
    }
    return bins;
}

static int finish_error(struct command *command, const struct partial *merged) {
    struct calibration_bin *bins = merged_bins(merged, &command->error);
    double largest;
    if (bins == NULL)
        return -1;
    double value = calibration_bins_error(merged->sums[COUNT].count, bins, (double)merged->rows, &largest);
    free(bins);
    report_number(&command->report, "ece", value);
    return row_writer_number(&command->output, value, &command->error);
}

static int finish_table(struct command *command, const struct partial *merged) {
    struct calibration_bin *bins = merged_bins(merged, &command->error);
    int status = bins == NULL ? -1 : calibration_table_write(command, merged->sums[COUNT].count, bins);
    free(bins);
    return status;
}

static const struct partial_finish finishes[] = {{"ece", finish_error}, {"table", finish_table}};

const struct partial_description calibration_partial_description = {
    .filter = "calib", .sum_count = SUMS, .sums = sums, .finish_count = 2, .finishes = finishes};

/* The options in which parts must agree. */
static int describe(struct partial_options *options, struct command *command, size_t columns, bool table) {
    const struct distribution_options *distribution = &command->distribution;
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"columns", (double)columns},
        {"normalize", distribution->normalize},
        {"logits", distribution->logits},
        {"log-probs", distribution->log_probs},
        {"temperature", distribution->temperature},
    };
    if (partial_options_text(options, "result", table ? "table" : "ece", &command->error) < 0)
        return -1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (partial_options_number(options, numbers[i].name, numbers[i].value, &command->error) < 0)
            return -1;
    return 0;
}

int calibration_partial_write(struct command *command, struct calibration *calibration, size_t columns,
                              bool table) {
    const struct partial_size sizes[] = {{'M', calibration->bin_count}, {0, 0}};
    const struct calibration_bin *bins;
    struct error *error = &command->error;
    struct partial_options options = {0};
    struct partial *partial = partial_create(&calibration_partial_description, sizes, error);
    int status = partial == NULL ? -1 : calibration_bins(calibration, false, &bins, error);
    if (status == 0)
        status = describe(&options, command, columns, table);
    for (size_t i = 0; status == 0 && i < calibration->bin_count; i++) {
        partial->sums[COUNT].words[i] = bins[i].rows;
        partial->sums[CORRECT].words[i] = bins[i].correct;
        partial->sums[CONFIDENCE].words[i] = bins[i].confidence_sum;
        partial->sums[CONFIDENCE].words[calibration->bin_count + i] = bins[i].confidence_rest;
    }
    if (status == 0)
        status = partial_describe(partial, options.text, calibration->rows, &command->input, error);
    if (status == 0)
        status = partial_file_write(partial, command->output.path, error);
    partial_free(partial);
    free(options.text);
    return status;
}
