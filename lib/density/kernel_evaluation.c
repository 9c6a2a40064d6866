#include "density/kernel_evaluation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "density/kernel_marginal.h"
#include "density/kernel_query.h"

enum { NAME_SIZE = 32 };

struct kernel_evaluation {
    const struct kernel_density *density;
    struct kernel_evaluation_settings settings;
    struct kernel_query joint;
    struct kernel_density *marginal; /* of the given columns; NULL: none are given */
    struct kernel_query given;
    size_t columns;
    char (*name_texts)[NAME_SIZE];
    const char **names;
    /* Workspace for a block of rows. */
    double *logs, *squares, *largest, *score, *given_places, *given_logs, *given_score;
    size_t logs_capacity, squares_capacity, largest_capacity, score_capacity;
    size_t given_places_capacity, given_logs_capacity, given_score_capacity;
    size_t *skip, skip_capacity;
};

static int name_columns(struct kernel_evaluation *evaluation, struct error *error) {
    const struct kernel_evaluation_settings *settings = &evaluation->settings;
    size_t d = evaluation->density->dimensions, count = 0;
    size_t columns =
        1 + (settings->score ? d : 0) + (settings->diagnostics ? 2 : 0) + (settings->standard_error ? 1 : 0);
    evaluation->columns = columns;
    evaluation->name_texts = memory_array(error, columns, sizeof *evaluation->name_texts);
    evaluation->names = memory_array(error, columns, sizeof *evaluation->names);
    if (evaluation->name_texts == NULL || evaluation->names == NULL)
        return -1;
    snprintf(evaluation->name_texts[count++], NAME_SIZE, "%s", settings->log ? "log_density" : "density");
    for (size_t i = 0; settings->score && i < d; i++)
        snprintf(evaluation->name_texts[count++], NAME_SIZE, "score_%zu", i + 1);
    if (settings->diagnostics) {
        snprintf(evaluation->name_texts[count++], NAME_SIZE, "effective_points");
        snprintf(evaluation->name_texts[count++], NAME_SIZE, "max_weight");
    }
    if (settings->standard_error)
        snprintf(evaluation->name_texts[count++], NAME_SIZE, "standard_error");
    for (size_t i = 0; i < columns; i++)
        evaluation->names[i] = evaluation->name_texts[i];
    return 0;
}

static int check_settings(const struct kernel_density *density,
                          const struct kernel_evaluation_settings *settings, struct error *error) {
    bool terms = settings->diagnostics || settings->standard_error;
    if (terms && kernel_images_needed(density))
        return error_set_usage(error,
                               "diagnostics and standard errors have no meaning with bounds or periods");
    if (terms && settings->given_count > 0)
        return error_set_usage(error, "diagnostics and standard errors have no meaning with --given");
    if (settings->given_count >= density->dimensions)
        return error_set_usage(error, "--given takes all %zu column%s: none is left to condition",
                               density->dimensions, density->dimensions == 1 ? "" : "s");
    return 0;
}

static int open_queries(struct kernel_evaluation *evaluation, struct error *error) {
    const struct kernel_evaluation_settings *settings = &evaluation->settings;
    struct kernel_sums_settings sums = settings->sums;
    sums.terms = settings->score || settings->diagnostics || settings->standard_error;
    if (settings->given_count > 0) { /* the errors of two sums add up in their ratio */
        sums.relative /= 2.5;
        sums.absolute = 0;
        evaluation->marginal =
            kernel_marginal_create(evaluation->density, settings->given_count, settings->given, error);
        if (evaluation->marginal == NULL ||
            kernel_query_create(&evaluation->given, evaluation->marginal, &sums, error) < 0)
            return -1;
    }
    return kernel_query_create(&evaluation->joint, evaluation->density, &sums, error);
}

struct kernel_evaluation *kernel_evaluation_create(const struct kernel_density *density,
                                                   const struct kernel_evaluation_settings *settings,
                                                   struct error *error) {
    if (check_settings(density, settings, error) < 0)
        return NULL;
    struct kernel_evaluation *evaluation = memory_zeros(error, 1, sizeof *evaluation);
    if (evaluation == NULL)
        return NULL;
    evaluation->density = density;
    evaluation->settings = *settings;
    if (name_columns(evaluation, error) == 0 && open_queries(evaluation, error) == 0)
        return evaluation;
    kernel_evaluation_free(evaluation);
    return NULL;
}

size_t kernel_evaluation_columns(const struct kernel_evaluation *evaluation) {
    return evaluation->columns;
}

const char *const *kernel_evaluation_names(const struct kernel_evaluation *evaluation) {
    return evaluation->names;
}

struct kernel_sums_figures kernel_evaluation_figures(const struct kernel_evaluation *evaluation) {
    return kernel_sums_figures(evaluation->joint.sums);
}

void kernel_evaluation_free(struct kernel_evaluation *evaluation) {
    if (evaluation == NULL)
        return;
    kernel_query_free(&evaluation->joint);
    kernel_query_free(&evaluation->given);
    kernel_density_free(evaluation->marginal);
    free(evaluation->name_texts);
    free(evaluation->names);
    free(evaluation->logs);
    free(evaluation->squares);
    free(evaluation->largest);
    free(evaluation->score);
    free(evaluation->given_places);
    free(evaluation->given_logs);
    free(evaluation->given_score);
    free(evaluation->skip);
    free(evaluation);
}

static int reserve(struct kernel_evaluation *evaluation, size_t rows, struct error *error) {
    size_t d = evaluation->density->dimensions, given = evaluation->settings.given_count;
    if (memory_reserve(error, &evaluation->logs, &evaluation->logs_capacity, rows, sizeof(double)) < 0 ||
        memory_reserve(error, &evaluation->squares, &evaluation->squares_capacity, rows, sizeof(double)) <
            0 ||
        memory_reserve(error, &evaluation->largest, &evaluation->largest_capacity, rows, sizeof(double)) <
            0 ||
        memory_reserve(error, &evaluation->skip, &evaluation->skip_capacity, rows, sizeof(size_t)) < 0 ||
        memory_reserve(error, &evaluation->given_logs, &evaluation->given_logs_capacity, rows,
                       sizeof(double)) < 0 ||
        memory_reserve(error, &evaluation->given_places, &evaluation->given_places_capacity, rows * given,
                       sizeof(double)) < 0)
        return -1;
    if (!evaluation->settings.score)
        return 0;
    if (memory_reserve(error, &evaluation->score, &evaluation->score_capacity, rows * d, sizeof(double)) < 0)
        return -1;
    return memory_reserve(error, &evaluation->given_score, &evaluation->given_score_capacity, rows * given,
                          sizeof(double));
}

/* Takes log f_A, and its gradient, from what stands for f. */
static int condition(struct kernel_evaluation *evaluation, size_t rows, const double *x, const size_t *skip,
                     struct error *error) {
    const struct kernel_evaluation_settings *settings = &evaluation->settings;
    size_t d = evaluation->density->dimensions, given = settings->given_count;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < given; j++)
            evaluation->given_places[i * given + j] = x[i * d + settings->given[j]];
    const struct kernel_sums_block block = {
        .count = rows,
        .queries = evaluation->given_places,
        .skip = skip,
        .log_sum = evaluation->given_logs,
        .score = settings->score ? evaluation->given_score : NULL,
    };
    if (kernel_query_evaluate(&evaluation->given, &block, error) < 0)
        return -1;
    for (size_t i = 0; i < rows; i++) {
        evaluation->logs[i] -= evaluation->given_logs[i];
        for (size_t j = 0; settings->score && j < given; j++)
            evaluation->score[i * d + settings->given[j]] -= evaluation->given_score[i * given + j];
    }
    return 0;
}

/* sum_{j != i} w_j; of a weight near 1 summed anew, where 1 - w_i has lost its digits. */
static double remaining_weight(const struct kernel_density *density, size_t point) {
    if (density->weights[point] < 0.5)
        return 1 - density->weights[point];
    double sum = 0;
    for (size_t j = 0; j < density->count; j++)
        sum += j != point ? density->weights[j] : 0;
    return sum;
}

/* The standard error of the log density: s / f, from the logarithms of f and of sum t_i^2. */
static double relative_standard_error(double log_sum, double log_squares, double sum_of_squares) {
    double variance = (exp(log_squares - 2 * log_sum) - sum_of_squares) / (1 - sum_of_squares);
    return sum_of_squares < 1 ? sqrt(fmax(variance, 0)) : NAN;
}

/* Row i of the results, from the workspace. */
static void write_row(const struct kernel_evaluation *evaluation, size_t i, size_t point, double *result) {
    const struct kernel_evaluation_settings *settings = &evaluation->settings;
    const struct kernel_density *density = evaluation->density;
    size_t d = density->dimensions;
    double rest = point == SIZE_MAX || settings->given_count > 0 ? 1 : remaining_weight(density, point);
    double log_sum = evaluation->logs[i], log_density = log_sum == -INFINITY ? log_sum : log_sum - log(rest);
    double value = settings->log ? log_density : exp(log_density);
    *result++ = value;
    for (size_t j = 0; settings->score && j < d; j++)
        *result++ = evaluation->score[i * d + j];
    if (settings->diagnostics) {
        bool none = log_sum == -INFINITY;
        *result++ = none ? 0 : exp(2 * log_sum - evaluation->squares[i]);
        *result++ = none ? 0 : exp(evaluation->largest[i] - log_sum);
    }
    if (settings->standard_error) {
        double own = point == SIZE_MAX ? 0 : density->weights[point];
        double sum_of_squares = (density->sum_of_squares - own * own) / (rest * rest);
        double relative = relative_standard_error(log_sum, evaluation->squares[i], sum_of_squares);
        *result++ = settings->log ? relative : log_sum == -INFINITY ? 0 : relative * value;
    }
}

int kernel_evaluation_rows(struct kernel_evaluation *evaluation, size_t rows, const double *x, size_t first,
                           double *result, struct error *error) {
    const struct kernel_evaluation_settings *settings = &evaluation->settings;
    if (reserve(evaluation, rows, error) < 0)
        return -1;
    bool skips = first != KERNEL_EVALUATION_ALL;
    for (size_t i = 0; i < rows; i++)
        evaluation->skip[i] = skips ? first + i : SIZE_MAX;
    const size_t *skip = skips ? evaluation->skip : NULL;
    const struct kernel_sums_block block = {
        .count = rows,
        .queries = x,
        .skip = skip,
        .log_sum = evaluation->logs,
        .score = settings->score ? evaluation->score : NULL,
        .log_squares = settings->diagnostics || settings->standard_error ? evaluation->squares : NULL,
        .log_largest = settings->diagnostics ? evaluation->largest : NULL,
    };
    if (kernel_query_evaluate(&evaluation->joint, &block, error) < 0)
        return -1;
    if (settings->given_count > 0 && condition(evaluation, rows, x, skip, error) < 0)
        return -1;
    for (size_t i = 0; i < rows; i++)
        write_row(evaluation, i, evaluation->skip[i], result + i * evaluation->columns);
    return 0;
}
