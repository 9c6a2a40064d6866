#include "transport/transport_input.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "io/row_weights.h"
#include "io/skipped_rows.h"
#include "num/distribution_rows.h"
#include "num/running_sum.h"
#include "num/vector.h"

/* Totals may be off by so much, as rows of distributions may. */
#define TOTAL_TOLERANCE 1e-6

/* Costs given as triples fill a matrix of at most so many pairs, 8 GiB. */
#define PAIRS_MAX ((size_t)1 << 30)

enum { SUM_DIGITS = 10 };

static int refuse_value(struct error *error, const char *name, size_t row, size_t column,
                        const char *expected, double value) {
    char number[DECIMAL_SIZE];
    number[decimal_print(number, value)] = '\0';
    return error_set(error, "%s: row %zu: field %zu: expected %s, got '%s'", name, row + 1, column + 1,
                     expected, number);
}

int transport_input_costs(struct matrix *costs, const char *path, const struct row_format *format,
                          double scale, struct error *error) {
    if (matrix_read(costs, path, format, error) < 0)
        return -1;
    for (size_t k = 0; k < costs->rows * costs->columns; k++) {
        if (!(costs->values[k] >= 0)) {
            refuse_value(error, path, k / costs->columns, k % costs->columns, "a cost of at least 0",
                         costs->values[k]);
            matrix_free(costs);
            return -1;
        }
        costs->values[k] *= scale;
    }
    return 0;
}

int transport_input_distributions(const struct command *command, struct matrix *matrix, const char *name,
                                  bool weights, struct error *error) {
    struct distribution_options options = command->distribution;
    struct distribution_fault fault;
    const double *prepared;
    bool logarithms = distribution_rows_in_logarithms(&options);
    if (!weights && !logarithms)
        return 0;
    options.normalize = options.normalize && weights && !logarithms;
    if (!distribution_rows_prepare(&options, matrix->rows, matrix->columns, matrix->values, matrix->values,
                                   &prepared, &fault)) {
        if (fault.column == (size_t)-1)
            return error_set(error, "%s: row %zu: %s", name, fault.row + 1, fault.text);
        return error_set(error, "%s: row %zu: field %zu: %s", name, fault.row + 1, fault.column + 1,
                         fault.text);
    }
    if (logarithms)
        vector_exp(matrix->rows * matrix->columns, matrix->values, matrix->values);
    return 0;
}

struct row_format transport_input_plain(const struct row_format *format) {
    struct row_format plain = *format;
    plain.columns = plain.exclude = NULL;
    plain.shards = 0;
    return plain;
}

static int read_points(struct command *command, struct matrix *points, const char *name) {
    struct error *error = &command->error;
    if (matrix_read(points, name, &command->input, error) < 0)
        return -1;
    skipped_rows_note(command, name, points->rows_skipped);
    if (transport_input_distributions(command, points, name, false, error) < 0)
        return -1;
    for (size_t k = 0; k < points->rows * points->columns; k++)
        if (!(fabs(points->values[k]) <= TRANSPORT_POINT_MAX))
            return refuse_value(error, name, k / points->columns, k % points->columns,
                                "a coordinate within 1e150", points->values[k]);
    return 0;
}

static int read_both_points(struct transport_input *input, struct command *command,
                            const struct ground_cost *ground) {
    input->source_name = command_operand(command, 0, 2);
    input->target_name = command_operand(command, 1, 2);
    if (read_points(command, &input->x, input->source_name) < 0 ||
        read_points(command, &input->y, input->target_name) < 0)
        return -1;
    if (input->x.columns != input->y.columns)
        return row_reader_widths_error(&command->error, input->source_name, input->x.columns,
                                       input->target_name, input->y.columns);
    input->cost = (struct pair_cost){.sources = input->x.rows,
                                     .targets = input->y.rows,
                                     .x = input->x.values,
                                     .y = input->y.values,
                                     .dimension = input->x.columns,
                                     .ground = *ground};
    return 0;
}

static int read_matrix(struct transport_input *input, struct command *command,
                       const struct transport_options *options) {
    input->source_name = input->target_name = options->cost_matrix;
    if (transport_input_costs(&input->costs, options->cost_matrix, &command->input, options->cost_scale,
                              &command->error) < 0)
        return -1;
    skipped_rows_note(command, options->cost_matrix, input->costs.rows_skipped);
    input->cost = (struct pair_cost){
        .sources = input->costs.rows, .targets = input->costs.columns, .matrix = input->costs.values};
    return 0;
}

/* A row i,j,cost: the pair's place in dense, or -1 with the error set. */
static int place_triple(const struct transport_input *input, const char *name, size_t row, size_t limits[2],
                        struct error *error) {
    const double *triple = input->costs.values + 3 * row;
    for (size_t k = 0; k < 2; k++) {
        if (!(triple[k] >= 1) || triple[k] != floor(triple[k]) || triple[k] > (double)PAIRS_MAX)
            return refuse_value(error, name, row, k, "a whole number from 1 on", triple[k]);
        if ((size_t)triple[k] > limits[k])
            limits[k] = (size_t)triple[k];
    }
    return triple[2] >= 0 ? 0 : refuse_value(error, name, row, 2, "a cost of at least 0", triple[2]);
}

/* Rows i,j,cost; pairs that are not there are forbidden. limits: how many sources and targets weights say
 * there are. */
static int read_triples(struct transport_input *input, struct command *command,
                        const struct transport_options *options, size_t limits[2]) {
    const char *name = options->cost_pairs;
    struct error *error = &command->error;
    size_t pairs;
    input->source_name = input->target_name = name;
    if (matrix_read(&input->costs, name, &command->input, error) < 0)
        return -1;
    if (input->costs.columns != 3)
        return error_set(error, "%s has %zu columns; costs of pairs are i,j,cost", name,
                         input->costs.columns);
    for (size_t row = 0; row < input->costs.rows; row++)
        if (place_triple(input, name, row, limits, error) < 0)
            return -1;
    if (!memory_product(limits[0], limits[1], &pairs) || pairs > PAIRS_MAX)
        return error_set(error, "%s: %zu x %zu pairs are more than fit in memory", name, limits[0],
                         limits[1]);
    input->dense = memory_array(error, pairs, sizeof *input->dense);
    if (input->dense == NULL)
        return -1;
    for (size_t k = 0; k < pairs; k++)
        input->dense[k] = INFINITY;
    for (size_t row = 0; row < input->costs.rows; row++) {
        const double *triple = input->costs.values + 3 * row;
        double *cost = input->dense + ((size_t)triple[0] - 1) * limits[1] + ((size_t)triple[1] - 1);
        if (!isinf(*cost))
            return error_set(error, "%s: row %zu: the pair %.0f,%.0f was there before", name, row + 1,
                             triple[0], triple[1]);
        *cost = triple[2] * options->cost_scale;
    }
    input->cost = (struct pair_cost){.sources = limits[0], .targets = limits[1], .matrix = input->dense};
    return 0;
}

static double total_of(size_t count, const double *values) {
    struct running_sum sum = RUNNING_SUM_EMPTY;
    running_sum_add(&sum, count, values);
    return running_sum_value(&sum);
}

/* Whether totals must be 1: then they are made to be, to the last digit. */
static int settle_total(struct command *command, const char *path, size_t count, bool free_total,
                        double *weights) {
    double total = total_of(count, weights);
    char number[DECIMAL_SIZE];
    if (!(total > 0))
        return error_set(&command->error, "%s: all weights are 0", path);
    if (free_total && !command->distribution.normalize)
        return 0;
    if (!command->distribution.normalize && fabs(total - 1) > TOTAL_TOLERANCE) {
        number[decimal_print_rounded(number, total, SUM_DIGITS)] = '\0';
        return error_set(&command->error, "%s: weights sum to %s, not 1 (--normalize rescales)", path,
                         number);
    }
    for (size_t i = 0; i < count; i++)
        weights[i] /= total;
    return 0;
}

int transport_input_weights(struct command *command, const struct matrix *read, const char *path,
                            size_t count, const char *name, bool free_total, double *weights) {
    if (path == NULL) {
        for (size_t i = 0; i < count; i++)
            weights[i] = 1 / (double)count;
        return 0;
    }
    if (read->rows != count) /* of rows or of columns */
        return error_set(&command->error, "%s has %zu weight%s, %s needs %zu", path, read->rows,
                         read->rows == 1 ? "" : "s", name, count);
    memcpy(weights, read->values, count * sizeof *weights);
    return settle_total(command, path, count, free_total, weights);
}

/* Weights with room for the slack's. */
static int make_weights(struct command *command, const struct matrix *read, const char *path, size_t count,
                        const char *name, bool free_total, double **weights) {
    *weights = memory_zeros(&command->error, count + 1, sizeof **weights);
    if (*weights == NULL)
        return -1;
    return transport_input_weights(command, read, path, count, name, free_total, *weights);
}

/* The slack of partial transport: what stays of the sources goes to it, what stays of the targets comes from
 * it. */
static int add_slack(struct transport_input *input, struct command *command, double mass) {
    size_t n = input->sources, m = input->targets, values;
    double source_total = total_of(n, input->source_weights);
    double target_total = total_of(m, input->target_weights);
    double least = fmin(source_total, target_total);
    if (!(mass <= least * (1 + 1e-12)))
        return error_set(&command->error, "--partial-mass is %g: there is no more than %g to transport", mass,
                         least);
    if (!memory_product(n + 1, m + 1, &values))
        return error_set(&command->error, "out of memory (the costs do not fit an address)");
    double *costs = memory_array(&command->error, values, sizeof *costs);
    if (costs == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct pair_cost_window row = {i, 1, 0, m};
        pair_cost_tile(&input->cost, &row, costs + i * (m + 1));
        costs[i * (m + 1) + m] = 0;
    }
    memset(costs + n * (m + 1), 0, m * sizeof *costs);
    costs[n * (m + 1) + m] = INFINITY;
    input->source_weights[n] = fmax(target_total - mass, 0);
    input->target_weights[m] = fmax(source_total - mass, 0);
    free(input->dense);
    input->dense = costs;
    input->cost = (struct pair_cost){.sources = n + 1, .targets = m + 1, .matrix = costs};
    return 0;
}

/* Costs among the sources, or among the targets. */
static int read_self_costs(struct command *command, const char *path, double scale, size_t count,
                           struct matrix *costs) {
    const struct row_format plain = transport_input_plain(&command->input);
    if (path == NULL)
        return 0;
    if (transport_input_costs(costs, path, &plain, scale, &command->error) < 0)
        return -1;
    if (costs->rows != count || costs->columns != count)
        return error_set(&command->error, "%s is %zu x %zu; costs among %zu are %zu x %zu", path, costs->rows,
                         costs->columns, count, count, count);
    return 0;
}

static int read_costs(struct transport_input *input, struct command *command,
                      const struct transport_options *options, const struct transport_choice *choice,
                      size_t limits[2]) {
    if (options->cost_matrix != NULL)
        return read_matrix(input, command, options);
    if (options->cost_pairs != NULL)
        return read_triples(input, command, options, limits);
    return read_both_points(input, command, &choice->ground);
}

static int read_all(struct transport_input *input, struct command *command,
                    const struct transport_options *options, const struct transport_choice *choice,
                    struct matrix weights[2]) {
    const char *paths[2] = {options->source_weights, options->target_weights};
    bool partial = !isnan(options->partial_mass), free_total = !choice->balanced || partial;
    size_t limits[2] = {0, 0};
    for (size_t k = 0; k < 2; k++) {
        if (paths[k] != NULL && row_weights_read(&weights[k], paths[k], &command->error) < 0)
            return -1;
        limits[k] = weights[k].rows;
    }
    if (read_costs(input, command, options, choice, limits) < 0)
        return -1;
    input->sources = input->cost.sources;
    input->targets = input->cost.targets;
    if (make_weights(command, &weights[0], paths[0], input->sources, input->source_name, free_total,
                     &input->source_weights) < 0 ||
        make_weights(command, &weights[1], paths[1], input->targets, input->target_name, free_total,
                     &input->target_weights) < 0 ||
        read_self_costs(command, options->cost_source, options->cost_scale, input->sources,
                        &input->source_costs) < 0 ||
        read_self_costs(command, options->cost_target, options->cost_scale, input->targets,
                        &input->target_costs) < 0)
        return -1;
    if (choice->task != TRANSPORT_ONE)
        return 0;
    bool shown = command->verbose || command->report_path != NULL || choice->scale != TRANSPORT_SCALE_NONE;
    input->summary.sample = shown ? PAIR_COST_SAMPLE : PAIR_COST_FEW; /* few are enough for a hint */
    if (pair_cost_summarise(&input->cost, input->source_weights, input->target_weights, command->threads,
                            &input->summary, &command->error) < 0)
        return -1;
    return partial ? add_slack(input, command, options->partial_mass) : 0;
}

int transport_input_read(struct transport_input *input, struct command *command,
                         const struct transport_options *options, const struct transport_choice *choice) {
    struct matrix weights[2] = {{0}, {0}};
    *input = (struct transport_input){0};
    int status = read_all(input, command, options, choice, weights);
    matrix_free(&weights[0]);
    matrix_free(&weights[1]);
    return status;
}

void transport_input_free(struct transport_input *input) {
    matrix_free(&input->x);
    matrix_free(&input->y);
    matrix_free(&input->costs);
    matrix_free(&input->source_costs);
    matrix_free(&input->target_costs);
    free(input->dense);
    free(input->source_weights);
    free(input->target_weights);
    *input = (struct transport_input){0};
}

double transport_input_epsilon(const struct transport_choice *choice, const struct pair_cost_summary *summary,
                               struct error *error) {
    const double scales[] = {1, summary->median, summary->mean, summary->deviation};
    double epsilon = choice->epsilon * scales[choice->scale];
    if (epsilon > 0 && isfinite(epsilon))
        return epsilon;
    error_set(error, "--epsilon-relative: %s of the costs is %g",
              choice->scale == TRANSPORT_SCALE_MEDIAN ? "the median"
              : choice->scale == TRANSPORT_SCALE_MEAN ? "the mean"
                                                      : "the deviation",
              scales[choice->scale]);
    return 0;
}
