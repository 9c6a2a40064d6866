#include "density/kernel_density_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/kernel_grid.h"
#include "density/kernel_sampler.h"
#include "density/kernel_value_stage.h"
#include "io/column_list.h"
#include "io/number_list.h"
#include "io/row_generator.h"
#include "io/row_input.h"
#include "io/row_writer.h"
#include "num/running_sum.h"

enum { BLOCK_ROWS = 4096 };

/* One task at work, and what it holds. */
struct task {
    struct command *command;
    const struct kernel_density_options *options;
    const struct kernel_density_data *data;
    const char *queries; /* the operand */
    struct kernel_grid grid;
    struct row_stream *input, *chain;
    size_t *given, given_count;
    struct kernel_evaluation *evaluation;
    struct kernel_distribution distribution;
};

static int compare_sizes(const void *a, const void *b) {
    size_t p = *(const size_t *)a, q = *(const size_t *)b;
    return p < q ? -1 : p > q;
}

/* The columns of --given, ascending, each once. */
static int read_given(struct task *task) {
    const struct kernel_density *density = task->data->density;
    struct column_list list;
    if (task->options->given == NULL)
        return 0;
    if (column_list_read(&list, task->options->given, density->dimensions,
                         (const char *const *)task->data->names, &task->command->error) < 0)
        return error_prefix(&task->command->error, "--given");
    qsort(list.indices, list.count, sizeof *list.indices, compare_sizes);
    for (size_t i = 0; i < list.count; i++)
        if (i == 0 || list.indices[i] != list.indices[i - 1])
            list.indices[task->given_count++] = list.indices[i];
    task->given = list.indices;
    return 0;
}

/* How many queries are expected, for the choice of a method; 0: not known. */
static size_t expected_queries(const struct task *task) {
    return task->chain->rows_total > 0 ? (size_t)task->chain->rows_total : 0;
}

static int open_values(struct task *task) {
    struct error *error = &task->command->error;
    const struct kernel_density_options *options = task->options;
    if (options->cdf)
        return kernel_distribution_create(&task->distribution, task->data->density, error);
    if (read_given(task) < 0)
        return -1;
    struct kernel_evaluation_settings settings = {
        .sums = kernel_density_data_sums(task->command, options),
        .log = options->log,
        .score = options->score,
        .diagnostics = options->diagnostics,
        .standard_error = options->standard_error,
        .given = task->given,
        .given_count = task->given_count,
    };
    settings.sums.queries = expected_queries(task);
    task->evaluation = kernel_evaluation_create(task->data->density, &settings, error);
    return task->evaluation != NULL ? 0 : -1;
}

static void copy_points(void *context, uint64_t first, size_t count, double *rows) {
    const struct kernel_density *density = context;
    size_t d = density->dimensions;
    memcpy(rows, density->points + (size_t)first * d, count * d * sizeof *rows);
}

/* The points themselves as queries. */
static int open_points(struct task *task) {
    struct kernel_density *density = task->data->density;
    if (density->count < 2)
        return error_set(&task->command->error, "%s: 1 row: leaving one out needs at least 2",
                         task->data->operand);
    const struct row_generator_settings settings = {
        .columns = density->dimensions,
        .names = (const char *const *)task->data->names,
        .rows = density->count,
        .block = BLOCK_ROWS,
        .write = copy_points,
        .context = density,
    };
    task->chain = row_generator_open(&settings, &task->command->error);
    return task->chain != NULL ? 0 : -1;
}

static int open_queries(struct task *task) {
    const struct row_input_settings settings = {.format = &task->command->input, .any_names = true};
    size_t d = task->data->density->dimensions;
    task->chain = task->input = row_input_open(&task->queries, 1, &settings, &task->command->error);
    if (task->chain == NULL)
        return -1;
    if (task->chain->columns == d)
        return 0;
    return error_set(&task->command->error, "%s: queries have %zu column%s, data have %zu", task->queries,
                     task->chain->columns, task->chain->columns == 1 ? "" : "s", d);
}

static int open_grid(struct task *task) {
    const struct kernel_density_options *options = task->options;
    struct error *error = &task->command->error;
    if (kernel_grid_read(&task->grid, options->grid, options->extend, task->data->density, error) < 0)
        return -1;
    task->chain = kernel_grid_open(&task->grid, (const char *const *)task->data->names, error);
    return task->chain != NULL ? 0 : -1;
}

/* The sum, or the mean, of the first column. */
static int write_summary(struct task *task, uint64_t *rows) {
    struct running_sum sum = RUNNING_SUM_EMPTY;
    struct command *command = task->command;
    int status;
    while ((status = row_stream_next(task->chain, &command->error)) > 0) {
        for (size_t i = 0; i < task->chain->row_count; i++)
            running_sum_add(&sum, 1, task->chain->rows + i * task->chain->columns);
        progress_show(&command->progress, "rows", sum.count, 0);
    }
    *rows = sum.count;
    if (status < 0)
        return -1;
    double value = task->options->mean ? running_sum_mean(&sum) : running_sum_value(&sum);
    report_number(&command->report, task->options->mean ? "mean" : "sum", value);
    return row_writer_number(&command->output, value, &command->error);
}

/* Says what became of the rows. */
static void tell(const struct task *task, uint64_t rows) {
    struct command *command = task->command;
    char note[128];
    if (task->input != NULL) {
        row_stream_note(task->input, note, sizeof note);
        if (note[0] != '\0')
            command_note(command, "%s: %s", task->queries, note);
    }
    report_number(&command->report, "rows", (double)rows);
    if (task->evaluation == NULL)
        return;
    struct kernel_sums_figures figures = kernel_evaluation_figures(task->evaluation);
    report_text(&command->report, "method", kernel_sums_method_names[figures.method]);
    report_number(&command->report, "terms", (double)figures.terms);
    report_number(&command->report, "nodes", (double)figures.nodes);
    report_number(&command->report, "error_bound", figures.error);
}

static int write_values(struct task *task, enum kernel_density_task kind) {
    struct command *command = task->command;
    /* A part of few queries may have none, but then it has no mean. */
    bool may_be_empty = command->input.shards > 0 && !task->options->mean;
    const struct kernel_values values = {
        .evaluation = task->evaluation,
        .distribution = &task->distribution,
        .name = may_be_empty            ? NULL
                : task->queries != NULL ? task->queries
                                        : task->data->operand,
        .threads = command->threads,
        .leave_one_out = kind == KERNEL_DENSITY_LEAVE_ONE_OUT,
        .coordinates = kind == KERNEL_DENSITY_GRID,
    };
    uint64_t rows = 0;
    if (kernel_value_stage_push(&task->chain, &values, &command->error) < 0)
        return -1;
    int status =
        task->options->mean || task->options->sum
            ? write_summary(task, &rows)
            : row_stream_write(task->chain, &command->output, &command->progress, &rows, &command->error);
    if (status == 0)
        tell(task, rows);
    return status;
}

int kernel_density_run_values(struct command *command, const struct kernel_density_options *options,
                              enum kernel_density_task task_kind, const struct kernel_density_data *data) {
    struct task task = {.command = command, .options = options, .data = data};
    int status;
    if (task_kind == KERNEL_DENSITY_AT_QUERIES)
        task.queries = kernel_density_options_queries(command, options);
    if (task_kind == KERNEL_DENSITY_AT_QUERIES && task.queries == NULL)
        task_kind = KERNEL_DENSITY_GRID;
    if (task_kind == KERNEL_DENSITY_GRID && (options->mean || options->sum))
        return error_set_usage(&command->error, "--%s needs queries, or --loo",
                               options->mean ? "mean" : "sum");
    if (task_kind == KERNEL_DENSITY_GRID)
        status = open_grid(&task);
    else if (task_kind == KERNEL_DENSITY_LEAVE_ONE_OUT)
        status = open_points(&task);
    else
        status = open_queries(&task);
    if (status == 0)
        status = open_values(&task);
    if (status == 0)
        status = write_values(&task, task_kind);
    row_stream_free(task.chain);
    kernel_evaluation_free(task.evaluation);
    kernel_distribution_free(&task.distribution);
    kernel_grid_free(&task.grid);
    free(task.given);
    return status;
}

struct draws {
    struct kernel_sampler sampler;
    size_t threads;
};

static void write_draws(void *context, uint64_t first, size_t count, double *rows) {
    const struct draws *draws = context;
    kernel_sampler_rows(&draws->sampler, draws->threads, (size_t)(first / KERNEL_SAMPLER_BLOCK), count, rows);
}

int kernel_density_run_sample(struct command *command, const struct kernel_density_options *options,
                              const struct kernel_density_data *data) {
    struct draws draws = {.threads = command->threads};
    uint64_t rows;
    if (kernel_sampler_create(&draws.sampler, data->density, command->seed, &command->error) < 0)
        return -1;
    const struct row_generator_settings settings = {
        .columns = data->density->dimensions,
        .names = (const char *const *)data->names,
        .rows = options->sample,
        .block = 4 * KERNEL_SAMPLER_BLOCK,
        .write = write_draws,
        .context = &draws,
    };
    struct row_stream *chain = row_generator_open(&settings, &command->error);
    int status = chain == NULL
                     ? -1
                     : row_stream_write(chain, &command->output, &command->progress, &rows, &command->error);
    row_stream_free(chain);
    kernel_sampler_free(&draws.sampler);
    return status;
}

/* Writes a whole table. */
static int write_table(struct command *command, size_t columns, const char *const *names, size_t rows,
                       const double *values) {
    return row_writer_table(&command->output, columns, names, rows, values, &command->error);
}

int kernel_density_run_quantiles(struct command *command, const struct kernel_density_options *options,
                                 const struct kernel_density_data *data) {
    static const char *const names[] = {"probability", "quantile"};
    struct kernel_distribution distribution = {0};
    struct error *error = &command->error;
    double *probabilities, *table = NULL;
    size_t count;
    if (number_list_read("--quantile", options->quantile, &probabilities, &count, error) < 0)
        return -1;
    int status = kernel_distribution_create(&distribution, data->density, error);
    if (status == 0 && (table = memory_matrix(error, count, 2, sizeof *table)) == NULL)
        status = -1;
    for (size_t i = 0; status == 0 && i < count; i++) {
        double p = probabilities[i];
        if (!(p >= 0 && p <= 1))
            status = error_set_usage(error, "--quantile: expected a number from 0 to 1, got %g", p);
        table[2 * i] = p;
        table[2 * i + 1] = status == 0 ? kernel_distribution_quantile(&distribution, p) : NAN;
    }
    if (status == 0)
        status = write_table(command, 2, names, count, table);
    kernel_distribution_free(&distribution);
    free(probabilities);
    free(table);
    return status;
}

int kernel_density_run_bandwidth(struct command *command, const struct kernel_density_options *options,
                                 const struct kernel_density_data *data) {
    const struct kernel_density *density = data->density;
    size_t d = density->dimensions;
    bool full = options->covariance == 0 && command_given(command, "covariance");
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < i; j++)
            full = full || density->factor[i * d + j] != 0;
    size_t count = full ? d * d : d;
    char(*texts)[48] = memory_array(&command->error, count, sizeof *texts);
    const char **names = memory_array(&command->error, count, sizeof *names);
    double *values = memory_array(&command->error, count, sizeof *values);
    int status = texts != NULL && names != NULL && values != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < count; i++) {
        if (full)
            snprintf(texts[i], sizeof texts[i], "l%zu_%zu", i / d + 1, i % d + 1);
        else
            snprintf(texts[i], sizeof texts[i], "h%zu", i + 1);
        names[i] = texts[i];
        values[i] = density->factor[full ? i : i * d + i];
    }
    if (status == 0)
        status = write_table(command, count, names, 1, values);
    free(texts);
    free(names);
    free(values);
    return status;
}
