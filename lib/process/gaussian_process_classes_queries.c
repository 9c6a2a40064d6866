#include "process/gaussian_process_classes_queries.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "io/column_list.h"
#include "io/column_names.h"
#include "io/row_reader.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "num/blas.h"
#include "num/running_sum.h"
#include "num/vector.h"
#include "process/class_likelihood.h"
#include "process/covariance_matrix.h"
#include "process/value_range.h"

enum {
    CHUNK = 1024, /* queries at a time */
    BLOCK = 64,   /* of them in one piece of work */
    DRAWS = 1024, /* of softmax */
};

/* A thread's. */
struct room {
    struct class_likelihood_room draws;
    double *turned; /* BLOCK x m: S_c' a */
};

/* A run over rows. */
struct queries {
    struct command *command;
    const struct gaussian_process_model *model;
    const struct gaussian_process_queries_options *options;
    struct class_likelihood likelihood;
    struct covariance_points points;
    struct covariance_work work;
    struct room *rooms;        /* a thread each */
    size_t *inputs;            /* columns of a query */
    struct column_list truths; /* of the log density */
    struct column_names names;
    double *x, *scaled, *solved, *left; /* CHUNK x inputs, inputs, m, 1 */
    double *means, *variances;          /* CHUNK x functions */
    double *probabilities;              /* CHUNK x classes */
    double *results;
    struct row_writer *writer;
    struct running_sum log_densities;
    uint64_t rows;
};

static int open_room(const struct queries *queries, struct room *room, struct error *error) {
    const struct gaussian_process_model *model = queries->model;
    size_t draws = queries->likelihood.softmax ? DRAWS : 2;
    room->turned = memory_matrix(error, BLOCK, model->inducing, sizeof(double));
    if (room->turned == NULL || class_likelihood_open(&room->draws, &queries->likelihood, draws, error) < 0)
        return -1;
    class_likelihood_spread(&queries->likelihood, draws, room->draws.draws);
    return 0;
}

static int open_predictor(struct queries *queries) {
    struct error *error = &queries->command->error;
    const struct gaussian_process_model *model = queries->model;
    struct gaussian_process_classes *classes = model->classes;
    size_t m = model->inducing, threads = queries->command->threads;
    class_likelihood_start(&queries->likelihood, classes->likelihood == GAUSSIAN_PROCESS_LIKELIHOOD_SOFTMAX,
                           classes->functions);
    if (model->scale != NULL)
        class_likelihood_set_scale(&queries->likelihood, classes->shape, classes->rate);
    if (blas_load_for(m, error) < 0 ||
        covariance_points_open(&queries->points, m, model->inputs, model->z, error) < 0 ||
        covariance_work_open(&queries->work, model->covariance, threads, error) < 0)
        return -1;
    gaussian_process_classes_whiten(classes, m, model->factor_uu);
    queries->rooms = memory_zeros(error, threads, sizeof *queries->rooms);
    for (size_t i = 0; queries->rooms != NULL && i < threads; i++)
        if (open_room(queries, &queries->rooms[i], error) < 0)
            return -1;
    return queries->rooms == NULL ? -1 : 0;
}

static void free_queries(struct queries *queries) {
    double *const arrays[] = {queries->x,     queries->scaled,    queries->solved,        queries->left,
                              queries->means, queries->variances, queries->probabilities, queries->results};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t i = 0; queries->rooms != NULL && i < queries->command->threads; i++) {
        class_likelihood_close(&queries->rooms[i].draws);
        free(queries->rooms[i].turned);
    }
    free(queries->rooms);
    free(queries->inputs);
    covariance_points_close(&queries->points);
    covariance_work_close(&queries->work);
    column_names_free(&queries->names);
    column_list_free(&queries->truths);
}

static int allocate(struct queries *queries) {
    struct error *error = &queries->command->error;
    const struct gaussian_process_model *model = queries->model;
    const struct {
        double **array;
        size_t columns;
    } wanted[] = {
        {&queries->x, model->inputs},
        {&queries->scaled, model->inputs},
        {&queries->solved, model->inducing},
        {&queries->left, 1},
        {&queries->means, model->classes->functions},
        {&queries->variances, model->classes->functions},
        {&queries->probabilities, model->classes->labels.count},
        {&queries->results, queries->names.count + 1},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].array = memory_matrix(error, CHUNK, wanted[i].columns, sizeof(double));
        if (*wanted[i].array == NULL)
            return -1;
    }
    return 0;
}

/* Of a batch of queries at once. */
struct batch {
    struct queries *queries;
    size_t count;
};

/* Means and variances of function c at some rows, of unit scale. */
static void look_at_function(struct queries *queries, struct room *room, size_t first, size_t count,
                             size_t c) {
    const struct gaussian_process_classes *classes = queries->model->classes;
    size_t m = queries->model->inducing, functions = classes->functions;
    const double *a = queries->solved + first * m;
    const struct blas_product product = {.rows = count,
                                         .columns = m,
                                         .inner = m,
                                         .alpha = 1,
                                         .a = a,
                                         .b = classes->white_factor + c * m * m,
                                         .a_stride = m,
                                         .b_stride = m,
                                         .c_stride = m,
                                         .c = room->turned};
    blas_multiply(&product);
    for (size_t i = 0; i < count; i++) {
        const double *turned = room->turned + i * m;
        double variance = queries->left[first + i] + vector_plain_dot(m, turned, turned);
        queries->means[(first + i) * functions + c] =
            vector_plain_dot(m, a + i * m, classes->white_mean + c * m);
        queries->variances[(first + i) * functions + c] = value_range_not_negative(variance);
    }
}

static void predict_block(void *context, size_t block, size_t worker) {
    const struct batch *batch = context;
    struct queries *queries = batch->queries;
    struct room *room = &queries->rooms[worker];
    const struct gaussian_process_classes *classes = queries->model->classes;
    size_t m = queries->model->inducing, functions = classes->functions, first = block * BLOCK;
    size_t count = batch->count - first < BLOCK ? batch->count - first : BLOCK;
    double *a = queries->solved + first * m;
    blas_solve_rows(m, queries->model->factor_uu, false, count, a);
    for (size_t i = 0; i < count; i++)
        queries->left[first + i] -= vector_plain_dot(m, a + i * m, a + i * m);
    for (size_t c = 0; c < functions; c++)
        look_at_function(queries, room, first, count, c);
    for (size_t i = first; i < first + count; i++)
        class_likelihood_probabilities(&queries->likelihood, &room->draws, queries->means + i * functions,
                                       queries->variances + i * functions,
                                       queries->probabilities + i * classes->labels.count);
}

static int predict(struct queries *queries, size_t count) {
    struct covariance_points rows;
    struct batch batch = {queries, count};
    gaussian_process_model_scale_inputs(queries->model, count, queries->x, queries->scaled);
    if (covariance_points_open(&rows, count, queries->model->inputs, queries->scaled,
                               &queries->command->error) < 0)
        return -1;
    covariance_matrix_cross(&queries->work, &rows, &queries->points, queries->solved);
    covariance_matrix_diagonal(&queries->work, &rows, queries->left);
    covariance_points_close(&rows);
    parallel_for(queries->command->threads, (count + BLOCK - 1) / BLOCK, predict_block, &batch);
    return 0;
}

static int name_columns(struct queries *queries) {
    struct error *error = &queries->command->error;
    const struct class_labels *labels = &queries->model->classes->labels;
    for (size_t i = 0; queries->options->inputs && i < queries->model->inputs; i++)
        if (column_names_add(&queries->names, queries->model->input_names[i], error) < 0)
            return -1;
    for (size_t c = 0; c < labels->count; c++) {
        size_t room = strlen(labels->texts[c]) + 3;
        char *name = memory_array(error, room, 1);
        if (name == NULL)
            return -1;
        snprintf(name, room, "p_%s", labels->texts[c]);
        int status = column_names_add(&queries->names, name, error);
        free(name);
        if (status < 0)
            return -1;
    }
    if (queries->options->entropy && column_names_add(&queries->names, "entropy", error) < 0)
        return -1;
    return queries->options->log_density == NULL ? 0
                                                 : column_names_add(&queries->names, "log_density", error);
}

static double entropy_of(size_t count, const double *probabilities) {
    double sum = 0;
    for (size_t c = 0; c < count; c++)
        sum -= probabilities[c] > 0 ? probabilities[c] * log(probabilities[c]) : 0;
    return sum;
}

/* The logarithm of the probability of a row's class. */
static int find_log_density(const struct queries *queries, const struct row_reader *reader, const double *row,
                            size_t i, double *log_density, struct error *error) {
    const struct class_labels *labels = &queries->model->classes->labels;
    size_t column = queries->truths.indices[0];
    size_t label = class_labels_find(labels, reader, column, row[column]);
    if (label < labels->count) {
        *log_density = log(queries->probabilities[i * labels->count + label]);
        return 0;
    }
    char text[CLASS_LABELS_TEXT_SIZE];
    class_labels_spell(reader, column, row[column], text);
    return error_set(error, "class label '%.40s' in %s was not seen in training", text, reader->name);
}

/* Some rows of a block, at most CHUNK. */
static int take_rows(struct queries *queries, const struct row_reader *reader, size_t first, size_t count) {
    struct error *error = &queries->command->error;
    const struct gaussian_process_queries_options *options = queries->options;
    size_t d = queries->model->inputs, classes = queries->model->classes->labels.count;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < d; c++) {
            queries->x[i * d + c] = reader->rows[(first + i) * reader->columns + queries->inputs[c]];
            if (value_range_check(queries->x[i * d + c], reader->rows_before + first + i + 1,
                                  queries->inputs[c] + 1, error) < 0)
                return error_prefix(error, "%s", reader->name);
        }
    if (predict(queries, count) < 0)
        return -1;
    const struct value_range_inputs inputs = {reader->name, reader->rows_before + first, count, d,
                                              queries->x};
    if (!vector_all_finite(count * classes, queries->probabilities))
        return value_range_refuse(1, &inputs, error);
    for (size_t i = 0; i < count; i++) {
        const double *row = reader->rows + (first + i) * reader->columns;
        double *next = queries->results + i * queries->names.count, density = 0;
        if (queries->truths.count > 0 && find_log_density(queries, reader, row, i, &density, error) < 0)
            return -1;
        for (size_t c = 0; options->inputs && c < d; c++)
            *next++ = queries->x[i * d + c];
        memcpy(next, queries->probabilities + i * classes, classes * sizeof *next);
        next += classes;
        if (options->entropy)
            *next++ = entropy_of(classes, queries->probabilities + i * classes);
        if (options->log_density != NULL)
            *next = density;
        if (options->mean_log_density != NULL)
            running_sum_add(&queries->log_densities, 1, &density);
    }
    queries->rows += count;
    return queries->writer == NULL ? 0 : row_writer_rows(queries->writer, queries->results, count, error);
}

static int read_rows(struct queries *queries, struct row_reader *reader) {
    struct error *error = &queries->command->error;
    int more;
    while ((more = row_reader_next(reader, error)) > 0) {
        for (size_t first = 0; first < reader->row_count; first += CHUNK) {
            size_t left = reader->row_count - first;
            if (take_rows(queries, reader, first, left < CHUNK ? left : CHUNK) < 0)
                return -1;
            progress_show(&queries->command->progress, "rows", queries->rows, 0);
        }
        if (queries->writer != NULL && !row_reader_ready(reader) &&
            row_writer_flush(queries->writer, error) < 0)
            return -1;
    }
    return more;
}

/* The column of the truth, read as words. */
static const char *truth_of(const struct gaussian_process_queries_options *options) {
    return options->log_density != NULL ? options->log_density : options->mean_log_density;
}

static int find_columns(struct queries *queries, const struct row_reader *reader) {
    struct error *error = &queries->command->error;
    const char *typed = truth_of(queries->options);
    queries->inputs = memory_array(error, queries->model->inputs, sizeof *queries->inputs);
    if (queries->inputs == NULL || gaussian_process_queries_inputs(queries->model, reader->columns,
                                                                   reader->names, queries->inputs, error) < 0)
        return -1;
    if (typed == NULL)
        return 0;
    if (column_list_read(&queries->truths, typed, reader->columns, reader->names, error) < 0)
        return -1;
    if (queries->truths.count != 1)
        return error_set_usage(error, "the log density needs one column of classes, got %zu",
                               queries->truths.count);
    return 0;
}

static int run_reader(struct queries *queries, struct row_reader *reader) {
    struct command *command = queries->command;
    struct error *error = &command->error;
    if (find_columns(queries, reader) < 0 || name_columns(queries) < 0 || allocate(queries) < 0)
        return -1;
    if (queries->options->mean_log_density == NULL) {
        queries->writer = row_writer_open(&command->output, queries->names.count,
                                          (const char *const *)queries->names.names, -1, error);
        if (queries->writer == NULL)
            return -1;
    }
    int status = read_rows(queries, reader);
    return gaussian_process_queries_finish(command, reader, queries->writer, queries->rows,
                                           &queries->log_densities, status);
}

static int check(struct command *command, const struct gaussian_process_queries_options *options) {
    static const char *const numbers_only[] = {
        "mean-only", "noisy", "quantiles", "derivatives",     "terms", "universal", "covariance",
        "samples",   "loo",   "flow-time", "flow-last-layer", "modes", NULL};
    const char *truth = truth_of(options);
    bool chosen = command->input.columns != NULL || command->input.exclude != NULL;
    if (truth != NULL && chosen && !column_list_names(truth))
        return error_set_usage(&command->error,
                               "with --columns or --exclude: name the column of classes ('%.40s')", truth);
    return command_refuse(command, numbers_only, "with a model of classes");
}

int gaussian_process_classes_queries_run(struct command *command, const struct gaussian_process_model *model,
                                         const char *operand,
                                         const struct gaussian_process_queries_options *options) {
    struct queries queries = {.command = command, .model = model, .options = options};
    struct row_format format = command->input;
    struct row_reader *reader = NULL;
    format.text = truth_of(options);
    format.text_optional = true;
    int status = check(command, options);
    if (status == 0)
        status = open_predictor(&queries);
    if (status == 0) {
        reader = row_reader_open(operand, &format, &command->error);
        status = reader == NULL ? -1 : run_reader(&queries, reader);
    }
    row_reader_close(reader);
    free_queries(&queries);
    return status;
}
