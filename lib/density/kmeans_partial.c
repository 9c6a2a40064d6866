#include "density/kmeans_partial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/kmeans_assign.h"
#include "density/kmeans_model.h"
#include "density/kmeans_order.h"
#include "density/kmeans_unit.h"
#include "io/partial_file.h"
#include "io/partial_options.h"
#include "num/compensated.h"

enum { PARTS, START, COUNTS, SUMS, SQUARES, ALL };

static const struct partial_sum_description sums[ALL] = {{.name = "parts", .shape = ""},
                                                         {.name = "start", .shape = "kd"},
                                                         {.name = "counts", .shape = "k"},
                                                         {.name = "sums", .shape = "kd"},
                                                         {.name = "squares", .shape = ""}};

static int finish_model(struct command *command, const struct partial *merged);

static const struct partial_finish finishes[] = {{"kmeans", finish_model}};

const struct partial_description kmeans_partial_description = {
    .filter = "kmeans", .sum_count = ALL, .sums = sums, .finish_count = 1, .finishes = finishes};

/* Returns 0, or -1 with an error that no filter of ours writes. */
static int find_distance(const struct partial *merged, enum kmeans_distance *distance, struct error *error) {
    size_t length;
    const char *text = partial_options_find(merged->options, "distance", &length);
    for (int i = 0; text != NULL && kmeans_model_distance_names[i] != NULL; i++) {
        const char *name = kmeans_model_distance_names[i];
        if (i != KMEANS_CITYBLOCK && strlen(name) == length && memcmp(name, text, length) == 0) {
            *distance = (enum kmeans_distance)i;
            return 0;
        }
    }
    return error_set(error, "%s: options: expected a distance, sqeuclidean or cosine", merged->name);
}

/* The new centre of cluster c, and what its rows add to the inertia less their squares about the start. */
static double take_center(const struct partial *merged, enum kmeans_distance distance, size_t c,
                          struct kmeans *result) {
    size_t d = result->columns;
    double parts = partial_value(&merged->sums[PARTS], 0), *center = result->centers + c * d;
    double count = result->counts[c] = partial_value(&merged->sums[COUNTS], c), gained = 0, square = 0;
    for (size_t j = 0; j < d; j++) {
        double step = count > 0 ? partial_value(&merged->sums[SUMS], c * d + j) / count : 0;
        center[j] = partial_value(&merged->sums[START], c * d + j) / parts + step;
        gained += step * step;
        square += center[j] * center[j];
    }
    if (distance == KMEANS_SQEUCLIDEAN)
        return -count * gained;
    for (size_t j = 0; square > 0 && j < d; j++)
        center[j] /= sqrt(square);
    return 2 * count * (1 - sqrt(square)); /* sum |u - c|^2 about the mean's direction, in all */
}

static int finish_model(struct command *command, const struct partial *merged) {
    static const char *const of_tables[] = {"no-names", "binary", "float32", "gzip", "digits", NULL};
    size_t k = merged->sizes['k'], d = merged->sizes['d'], empty = 0;
    struct error *error = &command->error;
    struct kmeans result = {.clusters = k, .columns = d};
    enum kmeans_distance distance = KMEANS_SQEUCLIDEAN;
    if (command_refuse(command, of_tables, "where a model is written") < 0 ||
        find_distance(merged, &distance, error) < 0)
        return -1;
    if (!(partial_value(&merged->sums[PARTS], 0) >= 1))
        return error_set(error, "%s: parts: expected a number from 1 on", merged->name);
    result.centers = memory_matrix(error, k, d, sizeof(double));
    result.counts = memory_array(error, k, sizeof(double));
    int status = result.centers != NULL && result.counts != NULL ? 0 : -1;
    if (status == 0 && distance == KMEANS_SQEUCLIDEAN)
        result.inertia = partial_value(&merged->sums[SQUARES], 0);
    for (size_t c = 0; status == 0 && c < k; c++) {
        result.inertia += take_center(merged, distance, c, &result);
        if (!(result.counts[c] > 0))
            empty++;
    }
    result.inertia = distance == KMEANS_COSINE ? result.inertia / 2 : fmax(result.inertia, 0);
    if (status == 0)
        status = kmeans_order_result(0, &result, error);
    if (status == 0 && empty > 0)
        command_note(command, "%zu cluster%s without rows: the start's center stays", empty,
                     empty == 1 ? "" : "s");
    const struct kmeans_model model = {.clusters = k,
                                       .columns = d,
                                       .iterations = 1,
                                       .distance = distance,
                                       .inertia = result.inertia,
                                       .centers = result.centers,
                                       .counts = result.counts};
    if (status == 0)
        status = kmeans_model_write(&model, command->output.path, error);
    kmeans_free(&result);
    return status;
}

/* words[i] and words[count + i] hold an element's value and carry. */
static void add(struct partial_sum *sum, size_t i, double value) {
    double *carry = &sum->words[sum->count + i], total = sum->words[i] + value;
    *carry += compensated_sum_error(sum->words[i], value, total);
    sum->words[i] = total;
}

static void settle(struct partial_sum *sum) {
    for (size_t i = 0; i < sum->count; i++) {
        double *value = &sum->words[i], *carry = &sum->words[sum->count + i], total = *value + *carry;
        *carry = compensated_sum_error(*value, *carry, total);
        *value = total;
    }
}

static void add_rows(const struct kmeans_data *data, const struct matrix *start, const uint32_t *labels,
                     struct partial *partial) {
    size_t d = data->columns;
    partial->sums[PARTS].words[0] = 1;
    memcpy(partial->sums[START].words, start->values, start->rows * d * sizeof(double));
    for (size_t i = 0; i < data->rows; i++) {
        const double *x = data->points + i * d, *center = start->values + labels[i] * d;
        double weight = data->weights != NULL ? data->weights[i] : 1, square = 0;
        add(&partial->sums[COUNTS], labels[i], weight);
        for (size_t j = 0; j < d; j++) {
            add(&partial->sums[SUMS], labels[i] * d + j, weight * (x[j] - center[j]));
            square += (x[j] - center[j]) * (x[j] - center[j]);
        }
        add(&partial->sums[SQUARES], 0, weight * square);
    }
    for (size_t i = COUNTS; i < ALL; i++)
        settle(&partial->sums[i]);
}

static int find_labels(const struct kmeans_data *data, const struct matrix *start, size_t threads,
                       uint32_t *labels, struct error *error) {
    struct kmeans_assign assign;
    double longest;
    if (kmeans_assign_create(&assign, data, start->rows, KMEANS_LLOYD, false, labels, threads, error) < 0)
        return -1;
    kmeans_assign_place(&assign, start->values, &longest);
    kmeans_assign_run(&assign);
    kmeans_assign_free(&assign);
    return 0;
}

static int describe(struct command *command, const struct kmeans_data *data,
                    const struct kmeans_options *options, const struct matrix *start,
                    struct partial *partial) {
    struct error *error = &command->error;
    struct partial_options text = {0};
    int status =
        partial_options_text(&text, "distance", kmeans_model_distance_names[options->distance], error);
    if (status == 0)
        status = partial_options_numbers(&text, "start", start->rows * start->columns, start->values, error);
    if (status == 0)
        status = partial_options_number(&text, "weights", data->weights != NULL, error);
    if (status == 0)
        status = partial_describe(partial, text.text, data->rows, &command->input, error);
    free(text.text);
    return status;
}

/* Rows and centres as the distance wants them. Writes over both. */
static int normalize(const struct kmeans_input *input, struct error *error) {
    size_t row = kmeans_unit(input->rows.rows, input->rows.columns, input->rows.values);
    if (row < input->rows.rows)
        return error_set(error, "row %zu: all values are 0, and have no direction", row + 1);
    row = kmeans_unit(input->start.rows, input->start.columns, input->start.values);
    if (row < input->start.rows)
        return error_set(error, "center %zu: all values are 0, and have no direction", row + 1);
    return 0;
}

int kmeans_partial_run(struct command *command, const struct kmeans_options *options,
                       const struct kmeans_input *input) {
    const struct kmeans_data data = kmeans_input_data(input);
    const struct kmeans_data centers = {input->start.rows, input->start.columns, input->start.values, NULL};
    const struct partial_size sizes[] = {{'k', centers.rows}, {'d', centers.columns}, {0, 0}};
    struct error *error = &command->error;
    if (kmeans_check(&centers, error) < 0)
        return error_prefix(error, "%s", options->init + 1);
    if (kmeans_check(&data, error) < 0 || (options->distance == KMEANS_COSINE && normalize(input, error) < 0))
        return error_prefix(error, "%s", input->name);
    struct partial *partial = partial_create(&kmeans_partial_description, sizes, error);
    uint32_t *labels = memory_array(error, data.rows, sizeof *labels);
    int status = partial != NULL && labels != NULL ? 0 : -1;
    if (status == 0)
        status = find_labels(&data, &input->start, command->threads, labels, error);
    if (status == 0)
        add_rows(&data, &input->start, labels, partial);
    if (status == 0)
        status = describe(command, &data, options, &input->start, partial);
    if (status == 0)
        status = partial_file_write(partial, command->output.path, error);
    partial_free(partial);
    free(labels);
    return status;
}
