#include "divergence/sample_divergence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "divergence/subsampling.h"
#include "io/matrix.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"

/* One operand: its points, sorted by key where there are keys. */
struct sample {
    struct row_reader *reader;
    struct matrix matrix;
    double *points; /* matrix.rows x columns */
    size_t columns;
    size_t *starts;          /* groups + 1: group g has the rows starts[g] .. starts[g + 1] - 1 */
    const char *const *keys; /* groups words; NULL without keys */
    size_t groups;
};

/* What is written for a pair of samples. */
struct estimate {
    double value, standard_error, lower, upper;
};

struct comparison {
    struct command *command;
    const struct divergence_options *options;
    const struct sample_divergence *divergence;
    struct sample x, y;
};

/* Parts the rows by the code in the key column, keeping their order within a key, and takes that column out.
 */
static int sort_by_key(struct sample *sample, size_t key, struct error *error) {
    const struct matrix *matrix = &sample->matrix;
    size_t rows = matrix->rows, columns = sample->columns;
    sample->points = memory_matrix(error, rows, columns, sizeof *sample->points);
    sample->starts = memory_zeros(error, sample->groups + 2, sizeof *sample->starts);
    if (sample->points == NULL || sample->starts == NULL)
        return -1;
    for (size_t i = 0; i < rows; i++)
        sample->starts[(size_t)matrix->values[i * (columns + 1) + key] + 2]++;
    for (size_t group = 0; group < sample->groups; group++)
        sample->starts[group + 2] += sample->starts[group + 1];
    for (size_t i = 0; i < rows; i++) {
        const double *row = matrix->values + i * (columns + 1);
        double *point = sample->points + sample->starts[(size_t)row[key] + 1]++ * columns;
        memcpy(point, row, key * sizeof *row);
        memcpy(point + key, row + key + 1, (columns - key) * sizeof *row);
    }
    return 0;
}

/* The place of the key column, or the number of columns where there is none. */
static size_t key_column(const struct row_reader *reader) {
    size_t words, i = 0;
    while (i < reader->columns && row_reader_levels(reader, i, &words) == NULL)
        i++;
    return i;
}

static int read_sample(struct sample *sample, const struct comparison *comparison, size_t operand,
                       struct error *error) {
    struct row_format format = comparison->command->input;
    format.text = comparison->options->by;
    sample->reader = row_reader_open(command_operand(comparison->command, operand, 2), &format, error);
    if (sample->reader == NULL || matrix_read_rest(&sample->matrix, sample->reader, error) < 0)
        return -1;
    skipped_rows_note(comparison->command, sample->reader->name, sample->matrix.rows_skipped);
    sample->columns = sample->matrix.columns;
    if (comparison->options->by == NULL) {
        sample->groups = 1;
        sample->starts = memory_zeros(error, 2, sizeof *sample->starts);
        if (sample->starts == NULL)
            return -1;
        sample->starts[1] = sample->matrix.rows;
        sample->points = sample->matrix.values;
        sample->matrix.values = NULL;
        return 0;
    }
    size_t key = key_column(sample->reader);
    if (sample->columns == 1)
        return error_set(error, "%s has no column beside the key", sample->reader->name);
    sample->columns--;
    sample->keys = row_reader_levels(sample->reader, key, &sample->groups);
    return sort_by_key(sample, key, error);
}

static void free_sample(struct sample *sample) {
    row_reader_close(sample->reader);
    matrix_free(&sample->matrix);
    free(sample->points);
    free(sample->starts);
}

static bool all_equal(const struct sample *sample) {
    size_t count = sample->starts[sample->groups] * sample->columns;
    for (size_t i = sample->columns; i < count; i++)
        if (sample->points[i] != sample->points[i % sample->columns])
            return false;
    return true;
}

/* Noise against ties, on the points in place. */
static int add_jitter(struct sample *sample, unsigned which, const struct comparison *comparison,
                      struct error *error) {
    const struct command *command = comparison->command;
    if (all_equal(sample))
        return error_set(error,
                         "all points of %s are equal: --jitter is a share of their deviation, which is 0",
                         which == 0 ? "X" : "Y");
    double *points = neighbour_divergence_jitter(sample->starts[sample->groups], sample->columns,
                                                 sample->points, comparison->options->jitter, command->seed,
                                                 command->description->name, which, error);
    if (points == NULL)
        return -1;
    free(sample->points);
    sample->points = points;
    return 0;
}

/* The context of a replicate: the samples that it draws from. */
struct replicate {
    const struct sample_divergence *divergence;
    const struct sample_pair *pair;
};

static int estimate_replicate(void *context, const struct subsample *subsample, double *value,
                              struct error *error) {
    const struct replicate *replicate = context;
    const struct sample_pair *all = replicate->pair;
    double *x = memory_matrix(error, subsample->x_count, all->columns, sizeof *x);
    double *y = memory_matrix(error, subsample->y_count, all->columns, sizeof *y);
    int status = -1;
    if (x != NULL && y != NULL) {
        subsampling_gather(subsample->x, subsample->x_count, all->columns, all->x, x);
        subsampling_gather(subsample->y, subsample->y_count, all->columns, all->y, y);
        struct sample_pair pair = {x, y, subsample->x_count, subsample->y_count, all->columns};
        status = replicate->divergence->estimate(replicate->divergence->context, &pair, 1, value, error);
    }
    free(x);
    free(y);
    return status;
}

static int estimate_pair(const struct comparison *comparison, const struct sample_pair *pair,
                         struct estimate *estimate, struct error *error) {
    const struct command *command = comparison->command;
    const struct divergence_options *options = comparison->options;
    const struct sample_divergence *divergence = comparison->divergence;
    struct replicate replicate = {divergence, pair};
    struct subsampling plan = {
        .estimate = estimate_replicate,
        .context = &replicate,
        .x_count = pair->x_count,
        .y_count = pair->y_count,
        .seed = command->seed,
        .filter = command->description->name,
        .threads = command->threads,
    };
    struct subsampling_result interval = {0};
    struct error ignored = {0};
    int status = divergence->estimate(divergence->context, pair, command->threads, &estimate->value, error);
    if (status == 0 && options->bootstrap != OPTION_COUNT_NONE)
        status = subsampling_bootstrap(&plan, estimate->value, options->bootstrap, &interval, error);
    else if (status == 0 && options->jackknife)
        status = subsampling_jackknife(&plan, estimate->value, &interval, error);
    else if (status == 0 && (command->report_path != NULL || command->verbose) &&
             subsampling_jackknife(&plan, estimate->value, &interval, &ignored) < 0)
        interval.standard_error = NAN; /* too few points for the report's error bar are no failure */
    estimate->value *= command->units_per_nat;
    estimate->standard_error = interval.standard_error * command->units_per_nat;
    estimate->lower = interval.lower * command->units_per_nat;
    estimate->upper = interval.upper * command->units_per_nat;
    return status;
}

static struct sample_pair pair_of(const struct comparison *comparison, size_t x_group, size_t y_group) {
    const struct sample *x = &comparison->x, *y = &comparison->y;
    return (struct sample_pair){
        .x = x->points + x->starts[x_group] * x->columns,
        .y = y->points + y->starts[y_group] * y->columns,
        .x_count = x->starts[x_group + 1] - x->starts[x_group],
        .y_count = y->starts[y_group + 1] - y->starts[y_group],
        .columns = x->columns,
    };
}

/* The group of Y with the key of a group of X, or -1 with the error set. */
static int find_group(const struct comparison *comparison, size_t x_group, size_t *y_group,
                      struct error *error) {
    const struct sample *x = &comparison->x, *y = &comparison->y;
    *y_group = 0;
    if (x->keys == NULL)
        return 0;
    while (*y_group < y->groups && strcmp(x->keys[x_group], y->keys[*y_group]) != 0)
        ++*y_group;
    if (*y_group < y->groups)
        return 0;
    char quoted[ERROR_QUOTE_SIZE];
    return error_set(error, "key '%s' of %s is not in %s",
                     error_quote(quoted, x->keys[x_group], strlen(x->keys[x_group])), x->reader->name,
                     y->reader->name);
}

/* The estimate of a group of X against the group of Y with the same key. */
static int estimate_group(const struct comparison *comparison, size_t x_group, struct estimate *estimate) {
    struct error *error = &comparison->command->error;
    const char *const *keys = comparison->x.keys;
    char quoted[ERROR_QUOTE_SIZE];
    size_t y_group;
    if (find_group(comparison, x_group, &y_group, error) < 0)
        return -1;
    struct sample_pair pair = pair_of(comparison, x_group, y_group);
    if (estimate_pair(comparison, &pair, estimate, error) == 0)
        return 0;
    if (keys != NULL)
        error_prefix(error, "key '%s'", error_quote(quoted, keys[x_group], strlen(keys[x_group])));
    return -1;
}

/* Values and standard errors: numbers, or with keys an array of each. */
static int report_estimates(const struct comparison *comparison, const struct estimate *estimates) {
    struct report *report = &comparison->command->report;
    const char *column = comparison->divergence->column;
    size_t groups = comparison->x.groups;
    if (comparison->x.keys == NULL) {
        report_number(report, column, estimates->value);
        report_number(report, "standard_error", estimates->standard_error);
        return 0;
    }
    double *values = memory_array(&comparison->command->error, groups, 2 * sizeof *values);
    if (values == NULL)
        return -1;
    for (size_t i = 0; i < groups; i++) {
        values[i] = estimates[i].value;
        values[groups + i] = estimates[i].standard_error;
    }
    report_numbers(report, column, groups, values);
    report_numbers(report, "standard_error", groups, values + groups);
    free(values);
    return 0;
}

/* A bare number, or a table where there are intervals or keys. */
static int write_estimates(const struct comparison *comparison, const struct estimate *estimates) {
    const struct command *command = comparison->command;
    struct error *error = &comparison->command->error;
    const struct divergence_options *options = comparison->options;
    const char *const *keys = comparison->x.keys;
    bool interval = options->jackknife || options->bootstrap != OPTION_COUNT_NONE;
    const char *const names[] = {"key", comparison->divergence->column, "standard_error", "lower", "upper"};
    size_t width = interval ? 4 : 1;
    struct row_writer *writer =
        keys != NULL ? row_writer_open_labelled(&command->output, width, names, error)
                     : row_writer_open(&command->output, width, interval ? names + 1 : NULL, 1, error);
    int status = writer == NULL ? -1 : 0;
    for (size_t i = 0; i < comparison->x.groups && status == 0; i++) {
        const double row[] = {estimates[i].value, estimates[i].standard_error, estimates[i].lower,
                              estimates[i].upper};
        status = keys != NULL ? row_writer_labelled(writer, &keys[i], row, 1, error)
                              : row_writer_rows(writer, row, 1, error);
    }
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

static int estimate_all(const struct comparison *comparison) {
    struct command *command = comparison->command;
    size_t groups = comparison->x.groups;
    int status = 0;
    struct estimate *estimates = memory_array(&command->error, groups, sizeof *estimates);
    if (estimates == NULL)
        return -1;
    for (size_t i = 0; i < groups && status == 0; i++) {
        status = estimate_group(comparison, i, &estimates[i]);
        progress_show(&command->progress, "keys", i + 1, groups);
    }
    if (status == 0)
        status = report_estimates(comparison, estimates);
    if (status == 0)
        status = write_estimates(comparison, estimates);
    free(estimates);
    return status;
}

static int compare(struct comparison *comparison) {
    struct command *command = comparison->command;
    struct error *error = &command->error;
    struct sample *x = &comparison->x, *y = &comparison->y;
    if (read_sample(x, comparison, 0, error) < 0 || read_sample(y, comparison, 1, error) < 0)
        return -1;
    if (x->columns != y->columns)
        return row_reader_widths_error(error, x->reader->name, x->columns, y->reader->name, y->columns);
    if (comparison->options->jitter > 0 &&
        (add_jitter(x, 0, comparison, error) < 0 || add_jitter(y, 1, comparison, error) < 0))
        return -1;
    report_number(&command->report, "x_rows", (double)x->starts[x->groups]);
    report_number(&command->report, "y_rows", (double)y->starts[y->groups]);
    report_number(&command->report, "columns", (double)x->columns);
    if (comparison->options->reverse) {
        struct sample swapped = *x;
        *x = *y;
        *y = swapped;
    }
    return estimate_all(comparison);
}

int sample_divergence_run(struct command *command, const struct divergence_options *options,
                          const struct sample_divergence *divergence) {
    struct comparison comparison = {.command = command, .options = options, .divergence = divergence};
    int status = compare(&comparison);
    free_sample(&comparison.x);
    free_sample(&comparison.y);
    return status;
}

struct neighbour_divergence sample_divergence_neighbours(const struct sample_pair *pair,
                                                         const struct divergence_options *options,
                                                         enum neighbour_divergence_method method,
                                                         size_t threads) {
    return (struct neighbour_divergence){
        .method = method,
        .k = options->neighbours,
        .columns = pair->columns,
        .x = pair->x,
        .y = pair->y,
        .x_count = pair->x_count,
        .y_count = pair->y_count,
        .threads = threads,
    };
}
