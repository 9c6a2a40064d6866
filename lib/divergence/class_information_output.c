#include "divergence/class_information_output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "io/partial_file.h"
#include "io/partial_options.h"
#include "io/row_writer.h"

enum { SUMS = 4 };

static int write_number(struct command *command, const struct class_information *information, bool normalized,
                        const double *centroids, double units_per_nat) {
    double value, separation;
    class_information_whole(information, centroids, &value, &separation);
    if (normalized && !(separation > 0))
        return error_set(&command->error, "the outputs of different classes have a cross-entropy of 0: "
                                          "nothing to divide by");
    report_number(&command->report, "cmi", value * units_per_nat);
    report_number(&command->report, "gamma", separation * units_per_nat);
    return row_writer_number(&command->output, normalized ? value / separation : value * units_per_nat,
                             &command->error);
}

/* A row for each class, `width` values. */
typedef void class_row(const struct class_information *information, size_t c, const double *centroids,
                       double units_per_nat, double *row);

static void describe_class(const struct class_information *information, size_t c, const double *centroids,
                           double units_per_nat, double *row) {
    struct class_information_part part = class_information_part(information, c, centroids);
    row[0] = (double)c;
    row[1] = part.count;
    row[2] = part.information * units_per_nat;
    row[3] = part.separation * units_per_nat;
}

static void take_centroid(const struct class_information *information, size_t c, const double *centroids,
                          double units_per_nat, double *row) {
    (void)centroids, (void)units_per_nat;
    class_information_centroid(information, c, row);
}

/* Writes the rows of all classes by a function of `given` columns. */
static int write_rows(struct command *command, const struct class_information *information, class_row *fill,
                      size_t width, const char *const *names, const double *centroids, double units_per_nat) {
    struct error *error = &command->error;
    struct row_writer *writer =
        row_writer_open(&command->output, width, names, (int64_t)information->classes, error);
    double *row = memory_array(error, width, sizeof *row);
    int status = writer != NULL && row != NULL ? 0 : -1;
    for (size_t c = 0; status == 0 && c < information->classes; c++) {
        fill(information, c, centroids, units_per_nat, row);
        status = row_writer_rows(writer, row, 1, error);
    }
    free(row);
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

int class_information_output(struct command *command, const struct class_information *information,
                             enum class_information_result result, const double *centroids,
                             double units_per_nat) {
    static const char *const names[] = {"class", "count", "cmi", "gamma"};
    if (result == CLASS_RESULT_PER_CLASS)
        return write_rows(command, information, describe_class, 4, names, centroids, units_per_nat);
    if (result != CLASS_RESULT_CENTROIDS)
        return write_number(command, information, result == CLASS_RESULT_NORMALIZED, centroids,
                            units_per_nat);
    for (size_t c = 0; c < information->classes; c++)
        if (*class_information_sum(information, c, CLASS_COUNT, 0) == 0)
            command_note(command, "class %zu has no rows", c);
    return write_rows(command, information, take_centroid, information->columns, NULL, NULL, 1);
}

static const struct partial_sum_description sums[SUMS] = {{.name = "count", .shape = "K"},
                                                          {.name = "negentropy", .shape = "K"},
                                                          {.name = "outputs", .shape = "KC"},
                                                          {.name = "logarithms", .shape = "KC"}};

/* Finds a class's entry of a partial sum among ours. */
static double *find_sum(const struct class_information *information, size_t i, size_t element) {
    size_t width = i < CLASS_OUTPUTS ? 1 : information->columns;
    return class_information_sum(information, element / width, (enum class_information_sum)i,
                                 element % width);
}

/* The merged sums up to the last class that has rows. Returns 0 or -1. */
static int take_sums(const struct partial *merged, struct class_information *information,
                     struct error *error) {
    size_t classes = merged->sizes['K'];
    while (classes > 1 && !(partial_value(&merged->sums[CLASS_COUNT], classes - 1) > 0))
        classes--;
    *information = (struct class_information){.columns = merged->sizes['C'], .rows = merged->rows};
    if (class_information_reserve(information, classes, error) < 0)
        return -1;
    for (size_t i = 0; i < SUMS; i++)
        for (size_t j = 0; j < classes * (i < CLASS_OUTPUTS ? 1 : information->columns); j++) {
            const struct partial_sum *sum = &merged->sums[i];
            double *found = find_sum(information, i, j);
            found[0] = partial_value(sum, j);
            found[1] = isfinite(found[0]) ? (sum->words[j] - found[0]) + sum->words[sum->count + j] : 0;
        }
    return class_information_settle(information, error);
}

static int finish(struct command *command, const struct partial *merged,
                  enum class_information_result result) {
    struct class_information information = {0};
    size_t length;
    double units = NAN;
    const char *text = partial_options_find(merged->options, "units", &length);
    int status;
    if (text == NULL || decimal_parse(text, text + length, '.', &units) == NULL || !(units > 0))
        status = error_set(&command->error, "%s: options: units: expected a number above 0", merged->name);
    else
        status = take_sums(merged, &information, &command->error);
    if (status == 0)
        status = class_information_output(command, &information, result, NULL, units);
    class_information_free(&information);
    return status;
}

static int finish_cmi(struct command *command, const struct partial *merged) {
    return finish(command, merged, CLASS_RESULT_CMI);
}

static int finish_normalized(struct command *command, const struct partial *merged) {
    return finish(command, merged, CLASS_RESULT_NORMALIZED);
}

static int finish_per_class(struct command *command, const struct partial *merged) {
    return finish(command, merged, CLASS_RESULT_PER_CLASS);
}

static int finish_centroids(struct command *command, const struct partial *merged) {
    return finish(command, merged, CLASS_RESULT_CENTROIDS);
}

/* In the order of enum class_information_result. */
static const struct partial_finish finishes[] = {{"cmi", finish_cmi},
                                                 {"normalized", finish_normalized},
                                                 {"per-class", finish_per_class},
                                                 {"centroids", finish_centroids}};

const struct partial_description class_information_partial = {
    .filter = "cmi", .sum_count = SUMS, .sums = sums, .finish_count = 4, .finishes = finishes};

/* The options in which parts must agree. */
static int describe(struct command *command, enum class_information_result result,
                    struct partial_options *options) {
    const struct distribution_options *distribution = &command->distribution;
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"units", command->units_per_nat},
                   {"normalize", distribution->normalize},
                   {"logits", distribution->logits},
                   {"log-probs", distribution->log_probs},
                   {"temperature", distribution->temperature}};
    if (partial_options_text(options, "result", finishes[result].name, &command->error) < 0)
        return -1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (partial_options_number(options, numbers[i].name, numbers[i].value, &command->error) < 0)
            return -1;
    return 0;
}

int class_information_partial_write(struct command *command, struct class_information *information,
                                    enum class_information_result result) {
    struct error *error = &command->error;
    struct partial_options options = {0};
    if (class_information_reserve(information, information->columns, error) < 0)
        return -1;
    const struct partial_size sizes[] = {{'K', information->classes}, {'C', information->columns}, {0, 0}};
    struct partial *partial = partial_create(&class_information_partial, sizes, error);
    int status = partial == NULL ? -1 : describe(command, result, &options);
    for (size_t i = 0; status == 0 && i < SUMS; i++)
        for (size_t j = 0; j < partial->sums[i].count; j++) {
            const double *found = find_sum(information, i, j);
            partial->sums[i].words[j] = found[0];
            partial->sums[i].words[partial->sums[i].count + j] = found[1];
        }
    if (status == 0)
        status = partial_describe(partial, options.text, information->rows, &command->input, error);
    if (status == 0)
        status = partial_file_write(partial, command->output.path, error);
    partial_free(partial);
    free(options.text);
    return status;
}
