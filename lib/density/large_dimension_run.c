#include "density/large_dimension_run.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/bandwidth.h"
#include "density/bandwidth_shape.h"
#include "density/condensation.h"
#include "density/large_dimension.h"
#include "density/large_dimension_spectrum.h"
#include "io/decimal.h"
#include "io/number_list.h"
#include "io/row_input.h"
#include "io/row_writer.h"

enum {
    CHUNK = 256, /* queries measured at a time */
    RANGE_MAX = 100000
};

static int write_table(struct command *command, size_t columns, const char *const *names, size_t rows,
                       const double *values) {
    return row_writer_table(&command->output, columns, names, rows, values, &command->error);
}

/* A row for each bandwidth of --at. */
static int write_at(struct command *command, const struct large_dimension_spectrum *spectrum,
                    const struct large_dimension_thresholds *thresholds, const char *typed) {
    static const char *const names[] = {"h", "tail_index", "regime", "log_density_rate", "kl_rate"};
    double *widths, *table;
    size_t count;
    if (number_list_read("--at", typed, &widths, &count, &command->error) < 0)
        return -1;
    table = memory_matrix(&command->error, count, 5, sizeof *table);
    int status = table != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < count; i++) {
        double h = widths[i];
        if (!(h > 0 && h < INFINITY)) {
            status = error_set_usage(&command->error, "--at: expected positive numbers, got %g", h);
            break;
        }
        table[5 * i] = h;
        table[5 * i + 1] = large_dimension_tail_index(thresholds, h);
        table[5 * i + 2] = large_dimension_regime(thresholds, h);
        table[5 * i + 3] = large_dimension_log_density_rate(spectrum, thresholds, h);
        table[5 * i + 4] = large_dimension_kl_rate(spectrum, thresholds, h);
    }
    if (status == 0)
        status = write_table(command, 5, names, count, table);
    free(widths);
    free(table);
    return status;
}

int large_dimension_run_thresholds(struct command *command, const struct kernel_density_options *options) {
    static const char *const names[] = {"n", "d", "alpha", "h_clt", "h_g", "h_kl", "delta"};
    double *variances;
    size_t n = options->spectrum_points, d;
    int status = options->spectrum != NULL
                     ? large_dimension_spectrum_read(command, options->spectrum, &variances, &d)
                     : large_dimension_spectrum_fit(command, kernel_density_options_data(command, options),
                                                    options->drop_null, &variances, &d, &n);
    if (status < 0)
        return -1;
    struct large_dimension_spectrum spectrum = {d, variances, log((double)n) / (double)d};
    struct large_dimension_thresholds t = large_dimension_thresholds(&spectrum);
    const double row[] = {(double)n, (double)d, spectrum.alpha, t.h_clt, t.h_g, t.h_kl, t.delta};
    report_number(&command->report, "h_g", t.h_g);
    report_number(&command->report, "h_kl", t.h_kl);
    status = options->at != NULL ? write_at(command, &spectrum, &t, options->at)
                                 : write_table(command, 7, names, 1, row);
    free(variances);
    return status;
}

/* One row of a measurement at work. */
typedef int take_values(void *context, size_t rows, const struct condensation_value *values);

struct survey {
    struct command *command;
    const struct kernel_density_options *options;
    const struct kernel_density_data *data;
    struct condensation *condensation;
    size_t count; /* bandwidths */
    const double *bandwidths;
    double *whitened;                  /* CHUNK x d */
    struct condensation_value *values; /* CHUNK x count */
    take_values *take;
    void *context;
    uint64_t rows;
};

/* Measures rows given whitened, in chunks. */
static int survey_rows(struct survey *survey, size_t rows, const double *whitened, size_t first) {
    size_t d = survey->data->density->dimensions;
    for (size_t start = 0; start < rows; start += CHUNK) {
        size_t count = rows - start < CHUNK ? rows - start : CHUNK;
        condensation_measure(survey->condensation, count, whitened + start * d,
                             first == CONDENSATION_ALL ? first : first + start, survey->count,
                             survey->bandwidths, survey->values);
        if (survey->take(survey->context, count, survey->values) < 0)
            return -1;
        survey->rows += count;
        progress_show(&survey->command->progress, "rows", survey->rows, 0);
    }
    return 0;
}

/* Whitens and measures the rows of a block. */
static int survey_block(struct survey *survey, const struct row_stream *stream) {
    const struct kernel_density *density = survey->data->density;
    size_t d = density->dimensions;
    for (size_t start = 0; start < stream->row_count; start += CHUNK) {
        size_t count = stream->row_count - start < CHUNK ? stream->row_count - start : CHUNK;
        kernel_density_whiten(density, count, stream->rows + start * d, survey->whitened);
        if (survey_rows(survey, count, survey->whitened, CONDENSATION_ALL) < 0)
            return -1;
    }
    return 0;
}

static int survey_queries(struct survey *survey) {
    struct command *command = survey->command;
    const struct row_input_settings settings = {.format = &command->input, .any_names = true};
    const char *operand = kernel_density_options_queries(command, survey->options);
    size_t d = survey->data->density->dimensions;
    char note[128];
    struct row_stream *stream = row_input_open(&operand, 1, &settings, &command->error);
    if (stream == NULL)
        return -1;
    int status = 1;
    if (stream->columns != d)
        status = error_set(&command->error, "%s: queries have %zu column%s, data have %zu", operand,
                           stream->columns, stream->columns == 1 ? "" : "s", d);
    while (status > 0 && (status = row_stream_next(stream, &command->error)) > 0)
        if (survey_block(survey, stream) < 0)
            status = -1;
    if (status == 0 && survey->rows == 0)
        status = error_set(&command->error, "%s: no rows", operand);
    row_stream_note(stream, note, sizeof note);
    if (status == 0 && note[0] != '\0')
        command_note(command, "%s: %s", operand, note);
    row_stream_free(stream);
    return status;
}

/* A model may be of any kernel, with bounds and local factors. */
static int refuse_model(const struct kernel_density *density, struct error *error) {
    if (density->kernel.name != KERNEL_GAUSSIAN)
        return error_set_usage(error, "regimes are those of the gaussian kernel, not %s",
                               kernel_names[density->kernel.name]);
    for (size_t i = 0; density->local != NULL && i < density->count; i++)
        if (density->local[i] != 1)
            return error_set_usage(error, "one bandwidth for all points is needed, not local ones");
    for (size_t c = 0; c < density->dimensions; c++)
        if (!isnan(density->lower[c]) || !isnan(density->upper[c]) || !isnan(density->period[c]))
            return error_set_usage(error, "regimes are those of densities without bounds");
    return 0;
}

/* Measures all queries, or all points, each left out of its own sum. */
static int survey_all(struct survey *survey) {
    const struct kernel_density *density = survey->data->density;
    struct error *error = &survey->command->error;
    int status = -1;
    if (refuse_model(density, error) < 0)
        return -1;
    if (survey->options->leave_one_out && density->count < 2)
        return error_set(error, "%s: 1 row: leaving one out needs at least 2", survey->data->operand);
    survey->condensation = condensation_create(density, survey->command->threads, error);
    survey->whitened = memory_matrix(error, CHUNK, density->dimensions, sizeof *survey->whitened);
    survey->values = memory_matrix(error, CHUNK, survey->count, sizeof *survey->values);
    if (survey->condensation != NULL && survey->whitened != NULL && survey->values != NULL)
        status = survey->options->leave_one_out ? survey_rows(survey, density->count, density->whitened, 0)
                                                : survey_queries(survey);
    report_number(&survey->command->report, "rows", (double)survey->rows);
    condensation_free(survey->condensation);
    free(survey->whitened);
    free(survey->values);
    return status;
}

/* L = h S in place of L = h I, S the Cholesky factor of the covariance. */
static int whiten(struct command *command, const struct kernel_density_data *data,
                  const struct kernel_density_options *options) {
    struct kernel_density *density = data->density;
    double h = density->factor[0];
    bool weighted = options->weights != NULL || options->weight_column != NULL;
    const struct bandwidth_data shaped = {density->count, density->dimensions, density->points,
                                          weighted ? density->weights : NULL, data->operand};
    if (density->count < 2)
        return error_set(&command->error, "%s: 1 row: a covariance needs at least 2", data->operand);
    if (bandwidth_shape_factor(&shaped, BANDWIDTH_FULL, density->factor, &command->error) < 0)
        return error_prefix(&command->error, "%s", data->operand);
    for (size_t i = 0; i < density->dimensions * density->dimensions; i++)
        density->factor[i] *= h;
    return kernel_density_prepare(density, &command->error);
}

static const char *const regime_names[] = {"density_concentration", "variance_concentration", "max_weight"};

/* Rows of measurements on their way out, or their sums. */
struct regime_output {
    struct command *command;
    struct row_writer *writer; /* NULL: means are asked for */
    double sums[3];
};

static int take_regimes(void *context, size_t rows, const struct condensation_value *values) {
    struct regime_output *output = context;
    double table[3 * CHUNK];
    for (size_t i = 0; i < rows; i++) {
        const double row[] = {values[i].density_concentration, values[i].variance_concentration,
                              values[i].largest_weight};
        memcpy(table + 3 * i, row, sizeof row);
        for (size_t c = 0; c < 3; c++)
            output->sums[c] += row[c];
    }
    if (output->writer == NULL)
        return 0;
    if (row_writer_rows(output->writer, table, rows, &output->command->error) < 0)
        return -1;
    return row_writer_flush(output->writer, &output->command->error);
}

int large_dimension_run_regime(struct command *command, const struct kernel_density_options *options,
                               const struct kernel_density_data *data) {
    const double one = 1;
    struct regime_output output = {.command = command};
    struct survey survey = {.command = command,
                            .options = options,
                            .data = data,
                            .count = 1,
                            .bandwidths = &one,
                            .take = take_regimes,
                            .context = &output};
    if (options->whiten && whiten(command, data, options) < 0)
        return -1;
    if (!options->mean) {
        output.writer = row_writer_open(&command->output, 3, regime_names, -1, &command->error);
        if (output.writer == NULL)
            return -1;
    }
    if (survey_all(&survey) < 0) {
        row_writer_discard(output.writer);
        return -1;
    }
    if (!options->mean)
        return row_writer_close(output.writer, &command->error);
    for (size_t c = 0; c < 3; c++)
        output.sums[c] /= (double)survey.rows;
    return write_table(command, 3, regime_names, 1, output.sums);
}

/* Reads LO:HI:N. Returns the bandwidths, spaced evenly in their logarithms, for the caller to free. */
static double *read_range(const char *typed, size_t *count, struct error *error) {
    double numbers[3];
    char quoted[ERROR_QUOTE_SIZE];
    const char *at = typed, *end = typed + strlen(typed);
    for (size_t i = 0; i < 3; i++) {
        const char *stop = i < 2 ? strchr(at, ':') : end;
        if (stop == NULL || stop == at || decimal_parse(at, stop, '.', &numbers[i]) != stop) {
            numbers[0] = NAN;
            break;
        }
        at = stop + 1;
    }
    double low = numbers[0], high = numbers[1], n = numbers[2];
    if (!(low > 0 && high >= low && high < INFINITY && n >= 1 && n <= RANGE_MAX && n == floor(n))) {
        error_set_usage(error,
                        "--bandwidth-range: expected LO:HI:N with 0 < LO <= HI and N from 1 to %d, got '%s'",
                        RANGE_MAX, error_quote(quoted, typed, strlen(typed)));
        return NULL;
    }
    *count = (size_t)n;
    double *widths = memory_array(error, *count, sizeof *widths);
    for (size_t i = 0; widths != NULL && i < *count; i++)
        widths[i] = i == 0 ? low : low * pow(high / low, (double)i / (n - 1));
    return widths;
}

enum { CURVE_COLUMNS = 5 };

/* Running means over queries, and the log density's sum of squared deviations (Welford 1962). */
struct curve {
    size_t count;
    double *table; /* count x CURVE_COLUMNS; the last column holds the squares until the end */
    uint64_t rows;
};

static int take_curve(void *context, size_t rows, const struct condensation_value *values) {
    struct curve *curve = context;
    for (size_t i = 0; i < rows; i++) {
        double share = 1 / (double)++curve->rows;
        for (size_t h = 0; h < curve->count; h++) {
            const struct condensation_value *value = &values[i * curve->count + h];
            double *row = curve->table + h * CURVE_COLUMNS, before = value->log_density - row[1];
            row[1] += share * before;
            row[2] += share * (value->density_concentration - row[2]);
            row[3] += share * (value->variance_concentration - row[3]);
            row[4] += before * (value->log_density - row[1]);
        }
    }
    return 0;
}

int large_dimension_run_curve(struct command *command, const struct kernel_density_options *options,
                              const struct kernel_density_data *data) {
    static const char *const names[] = {"h", "mean_log_density", "density_concentration",
                                        "variance_concentration", "standard_error"};
    struct curve curve = {0};
    double *widths = read_range(options->bandwidth_range, &curve.count, &command->error);
    if (widths == NULL)
        return -1;
    int status = -1;
    curve.table = memory_zeros(&command->error, curve.count, CURVE_COLUMNS * sizeof *curve.table);
    if (curve.table == NULL || (options->whiten && whiten(command, data, options) < 0))
        goto done;
    struct survey survey = {.command = command,
                            .options = options,
                            .data = data,
                            .count = curve.count,
                            .bandwidths = widths,
                            .take = take_curve,
                            .context = &curve};
    if (survey_all(&survey) < 0)
        goto done;
    for (size_t h = 0; h < curve.count; h++) {
        double *row = curve.table + h * CURVE_COLUMNS, n = (double)curve.rows;
        row[0] = widths[h];
        row[4] = sqrt(row[4] / (n - 1) / n); /* nan for one query */
    }
    status = write_table(command, CURVE_COLUMNS, names, curve.count, curve.table);
done:
    free(widths);
    free(curve.table);
    return status;
}
