#include "process/gaussian_process_queries.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/column_list.h"
#include "io/column_names.h"
#include "io/number_list.h"
#include "io/row_reader.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "num/normal_quantile.h"
#include "num/running_sum.h"
#include "num/vector.h"
#include "process/gaussian_process_mixture.h"
#include "process/gaussian_process_prediction.h"
#include "process/value_range.h"

/* A run over rows. */
struct queries {
    struct command *command;
    const struct gaussian_process_model *model;
    const struct gaussian_process_queries_options *options;
    size_t capacity;                             /* queries at a time */
    struct gaussian_process_predictor predictor; /* none where a mixture's noise is separate */
    struct gaussian_process_mixture mixture;     /* where the model is one */
    struct gaussian_process_predictor *terms;
    size_t term_count;
    size_t *inputs;            /* columns of a query */
    struct column_list truths; /* of the log density */
    double *levels, *quantiles;
    size_t quantile_count;
    size_t width; /* of a result */
    struct column_names names;
    double *x, *means, *variances, *slopes, *slope_variances, *term_means, *term_variances, *results;
    double *truth; /* outputs */
    struct row_writer *writer;
    struct running_sum log_densities;
    uint64_t rows;
};

int gaussian_process_queries_inputs(const struct gaussian_process_model *model, size_t columns,
                                    const char *const *names, size_t *indices, struct error *error) {
    size_t found = 0;
    for (size_t i = 0; names != NULL && i < model->inputs; i++)
        for (size_t c = 0; c < columns; c++)
            if (strcmp(names[c], model->input_names[i]) == 0) {
                indices[i] = c;
                found++;
                break;
            }
    if (found == model->inputs)
        return 0;
    if (columns < model->inputs)
        return error_set(error, "model has %zu inputs, queries have %zu", model->inputs, columns);
    for (size_t i = 0; i < model->inputs; i++)
        indices[i] = i;
    return 0;
}

static bool wants_variance(const struct queries *queries) {
    return !queries->options->mean_only;
}

static bool wants_scale(const struct queries *queries) {
    return wants_variance(queries) && gaussian_process_mixture_is_student(queries->model);
}

static bool wants_truth(const struct gaussian_process_queries_options *options) {
    return options->log_density != NULL || options->mean_log_density != NULL;
}

/* "mean", or "mean_2" of the second of several outputs. */
static int add_name(struct queries *queries, const char *stem, size_t output) {
    char name[96];
    if (queries->model->outputs == 1)
        snprintf(name, sizeof name, "%s", stem);
    else
        snprintf(name, sizeof name, "%s_%zu", stem, output + 1);
    return column_names_add(&queries->names, name, &queries->command->error);
}

/* Quantiles keep the spelling they were asked for with. */
static int add_quantile_names(struct queries *queries, size_t output) {
    const char *at = queries->options->quantiles;
    while (at != NULL && *at != '\0') {
        char stem[64];
        size_t length = strcspn(at, ",");
        snprintf(stem, sizeof stem, "q_%.*s", (int)(length > 40 ? 40 : length), at);
        if (add_name(queries, stem, output) < 0)
            return -1;
        at += length + (at[length] == ',');
    }
    return 0;
}

static int add_stems(struct queries *queries, const char *mean, const char *variance, size_t number,
                     size_t output) {
    char stem[64];
    snprintf(stem, sizeof stem, mean, number);
    if (add_name(queries, stem, output) < 0)
        return -1;
    if (variance == NULL)
        return 0;
    snprintf(stem, sizeof stem, variance, number);
    return add_name(queries, stem, output);
}

static int name_columns(struct queries *queries) {
    const struct gaussian_process_queries_options *options = queries->options;
    const char *term_variance = wants_variance(queries) ? "term%zu_variance" : NULL;
    for (size_t i = 0; options->inputs && i < queries->model->inputs; i++)
        if (column_names_add(&queries->names, queries->model->input_names[i], &queries->command->error) < 0)
            return -1;
    for (size_t c = 0; c < queries->model->outputs; c++) {
        if (add_name(queries, "mean", c) < 0 ||
            (wants_variance(queries) && add_name(queries, "variance", c) < 0) ||
            (wants_scale(queries) && (add_name(queries, "df", c) < 0 || add_name(queries, "scale", c) < 0)) ||
            add_quantile_names(queries, c) < 0)
            return -1;
        for (size_t j = 0; options->derivatives && j < queries->model->inputs; j++)
            if (add_stems(queries, "dmean_%zu", "dvariance_%zu", j + 1, c) < 0)
                return -1;
        for (size_t t = 0; t < queries->term_count; t++)
            if (add_stems(queries, "term%zu_mean", term_variance, t + 1, c) < 0)
                return -1;
    }
    if (options->log_density != NULL &&
        column_names_add(&queries->names, "log_density", &queries->command->error) < 0)
        return -1;
    queries->width = queries->names.count;
    return 0;
}

static int read_levels(struct queries *queries) {
    struct error *error = &queries->command->error;
    if (queries->options->quantiles == NULL)
        return 0;
    if (number_list_read("--quantiles", queries->options->quantiles, &queries->levels,
                         &queries->quantile_count, error) < 0)
        return -1;
    queries->quantiles = memory_array(error, queries->quantile_count, sizeof(double));
    if (queries->quantiles == NULL)
        return -1;
    for (size_t i = 0; i < queries->quantile_count; i++) {
        if (!(queries->levels[i] > 0 && queries->levels[i] < 1))
            return error_set_usage(error, "--quantiles: probabilities lie between 0 and 1");
        queries->quantiles[i] = normal_quantile(queries->levels[i]);
    }
    return 0;
}

static int open_predictors(struct queries *queries) {
    struct error *error = &queries->command->error;
    const struct gaussian_process_model *model = queries->model;
    size_t threads = queries->command->threads;
    bool universal = queries->options->universal || model->universal;
    bool separate = model->scale != NULL && model->scale->separate;
    if (separate && (universal || queries->options->derivatives || queries->options->terms))
        return error_set_usage(error, "%s has no meaning where the noise is separate (--scale-noise)",
                               queries->options->terms         ? "--terms"
                               : queries->options->derivatives ? "--derivatives"
                                                               : "--universal");
    if (!separate &&
        gaussian_process_prediction_open(&queries->predictor, model, -1, universal, threads, error) < 0)
        return -1;
    if (model->scale != NULL &&
        gaussian_process_mixture_open(&queries->mixture, model, separate ? NULL : &queries->predictor,
                                      threads, error) < 0)
        return -1;
    queries->capacity = model->scale != NULL ? queries->mixture.capacity : queries->predictor.capacity;
    const char *rough = covariance_tile_rough(model->covariance);
    if (queries->options->derivatives && rough != NULL)
        return error_set(error, "--derivatives: %s is not differentiable", rough);
    if (!queries->options->terms)
        return 0;
    size_t count = gaussian_process_prediction_terms(model);
    queries->terms = memory_zeros(error, count, sizeof *queries->terms);
    for (size_t t = 0; queries->terms != NULL && t < count; t++) {
        if (gaussian_process_prediction_open(&queries->terms[t], model, (int)t, false, threads, error) < 0)
            return -1;
        queries->term_count++;
    }
    return queries->terms == NULL ? -1 : 0;
}

static int allocate(struct queries *queries) {
    struct error *error = &queries->command->error;
    const struct gaussian_process_model *model = queries->model;
    size_t capacity = queries->capacity, d = model->inputs, q = model->outputs;
    size_t slopes = queries->options->derivatives ? d * q : 1, terms = queries->term_count * q + 1;
    struct {
        double **array;
        size_t columns;
    } wanted[] = {
        {&queries->x, d},
        {&queries->means, q},
        {&queries->variances, q},
        {&queries->slopes, slopes},
        {&queries->slope_variances, slopes},
        {&queries->term_means, terms},
        {&queries->term_variances, terms},
        {&queries->results, queries->width + 1},
        {&queries->truth, q},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].array = memory_matrix(error, capacity, wanted[i].columns, sizeof(double));
        if (*wanted[i].array == NULL)
            return -1;
    }
    return 0;
}

/* The columns of the truth: one for each output. */
static int find_truths(struct queries *queries, const struct row_reader *reader) {
    struct error *error = &queries->command->error;
    const struct gaussian_process_queries_options *options = queries->options;
    const char *typed = options->log_density != NULL ? options->log_density : options->mean_log_density;
    if (!wants_truth(options))
        return 0;
    if (column_list_read(&queries->truths, typed, reader->columns, reader->names, error) < 0)
        return -1;
    if (queries->truths.count != queries->model->outputs)
        return error_set_usage(error, "the log density needs %zu columns of truth, got %zu",
                               queries->model->outputs, queries->truths.count);
    return 0;
}

/* The variance with which outputs are printed: f's, or that of a new target. */
static double noise_of(const struct queries *queries, size_t output) {
    double scale = queries->model->y_scale[output];
    return queries->model->noise * scale * scale;
}

static double log_density(struct queries *queries, size_t i, const double *row) {
    double sum = 0;
    size_t q = queries->model->outputs;
    for (size_t c = 0; c < q; c++)
        queries->truth[c] = row[queries->truths.indices[c]];
    if (queries->model->scale != NULL)
        return gaussian_process_mixture_log_density(&queries->mixture, i, queries->truth);
    for (size_t c = 0; c < q; c++) {
        double variance = queries->variances[i * q + c] + noise_of(queries, c);
        double d = queries->truth[c] - queries->means[i * q + c];
        if (variance > 0)
            sum -= 0.5 * (log(2 * M_PI * variance) + d * d / variance);
        else
            sum += d == 0 ? INFINITY : -INFINITY;
    }
    return sum;
}

/* Variance and quantiles of a Gaussian process. */
static double *put_normal(const struct queries *queries, size_t i, size_t c, double *next) {
    size_t at = i * queries->model->outputs + c;
    double variance = queries->variances[at] + (queries->options->noisy ? noise_of(queries, c) : 0);
    *next++ = variance;
    for (size_t k = 0; k < queries->quantile_count; k++)
        *next++ = queries->means[at] + queries->quantiles[k] * sqrt(variance);
    return next;
}

/* Those of a mixture, degrees of freedom and scale between them. */
static double *put_mixture(struct queries *queries, size_t i, size_t c, double *next) {
    struct gaussian_process_mixture *mixture = &queries->mixture;
    bool noisy = queries->options->noisy;
    *next++ = gaussian_process_mixture_variance(mixture, i, c, noisy);
    if (wants_scale(queries)) {
        *next++ = gaussian_process_mixture_freedom(queries->model, c);
        *next++ = gaussian_process_mixture_scale(mixture, i, c, noisy);
    }
    for (size_t k = 0; k < queries->quantile_count; k++)
        *next++ = gaussian_process_mixture_quantile(mixture, i, c, noisy, queries->levels[k]);
    return next;
}

/* The columns of one output of query i. Returns where they end. */
static double *put_output(struct queries *queries, size_t i, size_t c, double *next) {
    size_t q = queries->model->outputs, d = queries->model->inputs;
    const struct gaussian_process_scale *scale = queries->model->scale;
    double s = scale == NULL ? 1 : gaussian_process_scale_mean(scale, gaussian_process_scale_unit(scale, c));
    *next++ = queries->means[i * q + c];
    if (wants_variance(queries))
        next = scale == NULL ? put_normal(queries, i, c, next) : put_mixture(queries, i, c, next);
    for (size_t j = 0; queries->options->derivatives && j < d; j++) {
        *next++ = queries->slopes[(i * d + j) * q + c];
        *next++ = s * queries->slope_variances[(i * d + j) * q + c];
    }
    for (size_t t = 0; t < queries->term_count; t++) {
        size_t at = (t * queries->capacity + i) * q + c;
        *next++ = queries->term_means[at];
        if (wants_variance(queries))
            *next++ = s * queries->term_variances[at];
    }
    return next;
}

static int predict(struct queries *queries, size_t count) {
    struct error *error = &queries->command->error;
    double *variances = wants_variance(queries) ? queries->variances : NULL;
    if (queries->model->scale != NULL) {
        if (gaussian_process_mixture_look(&queries->mixture, count, queries->x, wants_variance(queries),
                                          queries->means, error) < 0)
            return -1;
    } else if (gaussian_process_prediction_at(&queries->predictor, count, queries->x, queries->means,
                                              variances, error) < 0)
        return -1;
    if (queries->options->derivatives &&
        gaussian_process_prediction_slopes(&queries->predictor, count, queries->x, queries->slopes,
                                           queries->slope_variances, error) < 0)
        return -1;
    for (size_t t = 0; t < queries->term_count; t++) {
        size_t at = t * queries->capacity * queries->model->outputs;
        if (gaussian_process_prediction_at(&queries->terms[t], count, queries->x, queries->term_means + at,
                                           variances == NULL ? NULL : queries->term_variances + at,
                                           error) < 0)
            return -1;
    }
    return 0;
}

/* Refuses what large inputs made of query i, row `row` of its file: a mean that overflowed, or nan among its
 * count results. Variances of a mixture may well be infinite. */
static int check_results(const struct queries *queries, const struct row_reader *reader, uint64_t row,
                         size_t i, size_t count) {
    size_t q = queries->model->outputs, d = queries->model->inputs;
    const double *results = queries->results + i * queries->width;
    bool sound = queries->model->scale == NULL ? vector_all_finite(count, results)
                                               : vector_all_finite(q, queries->means + i * q);
    for (size_t k = 0; k < count; k++)
        sound = sound && !isnan(results[k]);
    const struct value_range_inputs inputs = {reader->name, row - 1, 1, d, queries->x + i * d};
    return sound ? 0 : value_range_refuse(1, &inputs, &queries->command->error);
}

/* Some rows of a block, at most as many as the predictor takes. */
static int take_rows(struct queries *queries, const struct row_reader *reader, size_t first, size_t count) {
    struct error *error = &queries->command->error;
    size_t d = queries->model->inputs;
    for (size_t i = 0; i < count; i++) {
        const double *row = reader->rows + (first + i) * reader->columns;
        for (size_t c = 0; c < d; c++) {
            queries->x[i * d + c] = row[queries->inputs[c]];
            if (value_range_check(row[queries->inputs[c]], reader->rows_before + first + i + 1,
                                  queries->inputs[c] + 1, error) < 0)
                return error_prefix(error, "%s", reader->name);
        }
    }
    if (predict(queries, count) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const double *row = reader->rows + (first + i) * reader->columns;
        double *next = queries->results + i * queries->width;
        for (size_t c = 0; queries->options->inputs && c < d; c++)
            *next++ = queries->x[i * d + c];
        for (size_t c = 0; c < queries->model->outputs; c++)
            next = put_output(queries, i, c, next);
        if (check_results(queries, reader, reader->rows_before + first + i + 1, i,
                          (size_t)(next - queries->results) - i * queries->width) < 0)
            return -1;
        if (queries->options->log_density != NULL)
            *next = log_density(queries, i, row);
        if (queries->options->mean_log_density != NULL)
            running_sum_add(&queries->log_densities, 1, (double[]){log_density(queries, i, row)});
    }
    queries->rows += count;
    if (queries->writer == NULL)
        return 0;
    return row_writer_rows(queries->writer, queries->results, count, error);
}

static int read_rows(struct queries *queries, struct row_reader *reader) {
    struct error *error = &queries->command->error;
    int more;
    while ((more = row_reader_next(reader, error)) > 0) {
        for (size_t first = 0; first < reader->row_count; first += queries->capacity) {
            size_t left = reader->row_count - first;
            size_t count = left < queries->capacity ? left : queries->capacity;
            if (take_rows(queries, reader, first, count) < 0)
                return -1;
            progress_show(&queries->command->progress, "rows", queries->rows, 0);
        }
        if (queries->writer != NULL && !row_reader_ready(reader) &&
            row_writer_flush(queries->writer, error) < 0)
            return -1;
    }
    return more;
}

int gaussian_process_queries_finish(struct command *command, const struct row_reader *reader,
                                    struct row_writer *writer, uint64_t rows,
                                    const struct running_sum *log_densities, int status) {
    struct error *error = &command->error;
    skipped_rows_note(command, reader->name, reader->rows_skipped);
    if (status == 0 && rows == 0)
        status = error_set(error, "%s: no rows", reader->name);
    report_number(&command->report, "rows", (double)rows);
    if (status == 0 && writer == NULL)
        return row_writer_number(&command->output, running_sum_value(log_densities) / (double)rows, error);
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

static int run_reader(struct queries *queries, struct row_reader *reader) {
    struct command *command = queries->command;
    struct error *error = &command->error;
    queries->inputs = memory_array(error, queries->model->inputs, sizeof *queries->inputs);
    if (queries->inputs == NULL)
        return -1;
    if (gaussian_process_queries_inputs(queries->model, reader->columns, reader->names, queries->inputs,
                                        error) < 0 ||
        find_truths(queries, reader) < 0 || name_columns(queries) < 0 || allocate(queries) < 0)
        return -1;
    if (queries->options->mean_log_density == NULL) {
        queries->writer = row_writer_open(&command->output, queries->width,
                                          (const char *const *)queries->names.names, -1, error);
        if (queries->writer == NULL)
            return -1;
    }
    int status = read_rows(queries, reader);
    return gaussian_process_queries_finish(command, reader, queries->writer, queries->rows,
                                           &queries->log_densities, status);
}

static void free_queries(struct queries *queries) {
    double *const arrays[] = {queries->x,
                              queries->means,
                              queries->variances,
                              queries->slopes,
                              queries->slope_variances,
                              queries->term_means,
                              queries->term_variances,
                              queries->results,
                              queries->truth,
                              queries->levels,
                              queries->quantiles};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t t = 0; t < queries->term_count; t++)
        gaussian_process_prediction_close(&queries->terms[t]);
    free(queries->terms);
    gaussian_process_mixture_close(&queries->mixture);
    gaussian_process_prediction_close(&queries->predictor);
    column_names_free(&queries->names);
    column_list_free(&queries->truths);
    free(queries->inputs);
}

int gaussian_process_queries_run(struct command *command, const struct gaussian_process_model *model,
                                 const char *operand,
                                 const struct gaussian_process_queries_options *options) {
    struct queries queries = {.command = command, .model = model, .options = options};
    struct row_reader *reader = NULL;
    int status = read_levels(&queries);
    if (status == 0)
        status = open_predictors(&queries);
    if (status == 0) {
        reader = row_reader_open(operand, &command->input, &command->error);
        status = reader == NULL ? -1 : run_reader(&queries, reader);
    }
    row_reader_close(reader);
    free_queries(&queries);
    return status;
}
