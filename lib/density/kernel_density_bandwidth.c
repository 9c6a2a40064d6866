#include "density/kernel_density_bandwidth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest_name.h"
#include "density/bandwidth.h"
#include "io/matrix.h"
#include "io/number_list.h"

static int read_factor(struct kernel_density *density, const char *path, struct error *error) {
    const struct row_format format = {0};
    struct matrix matrix;
    size_t d = density->dimensions;
    if (matrix_read(&matrix, path, &format, error) < 0)
        return -1;
    int status = 0;
    if (matrix.rows != d || matrix.columns != d)
        status = error_set(error, "%s: expected a bandwidth factor of %zu x %zu, got %zu x %zu", path, d, d,
                           matrix.rows, matrix.columns);
    else
        memcpy(density->factor, matrix.values, d * d * sizeof *matrix.values);
    matrix_free(&matrix);
    return status;
}

/* One number for all columns, or one for each. */
static int set_diagonal(struct kernel_density *density, size_t count, const double *values,
                        struct error *error) {
    size_t d = density->dimensions;
    if (count != 1 && count != d)
        return error_set_usage(error, "--bandwidth: %zu numbers are given for %zu column%s", count, d,
                               d == 1 ? "" : "s");
    for (size_t i = 0; i < d; i++) {
        double bandwidth = values[count == 1 ? 0 : i];
        if (!(bandwidth > 0 && bandwidth < INFINITY))
            return error_set_usage(error, "--bandwidth: expected a positive number, got %g", bandwidth);
        density->factor[i * d + i] = bandwidth;
    }
    return 0;
}

/* What is neither number nor rule, with the rules named. */
static int refuse_word(const char *typed, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE], known[256] = "";
    size_t count = 0;
    for (; bandwidth_rule_names[count] != NULL; count++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", count > 0 ? ", " : "",
                 bandwidth_rule_names[count]);
    }
    const char *near = nearest_name(typed, bandwidth_rule_names, count);
    error_quote(quoted, typed, strlen(typed));
    if (near != NULL)
        return error_set_usage(error, "--bandwidth: '%s' is neither number nor rule (is it '%s'?)", quoted,
                               near);
    return error_set_usage(error, "--bandwidth: '%s' is neither number nor rule (rules: %s)", quoted, known);
}

static int set_numbers(struct kernel_density *density, const char *typed, struct error *error) {
    double *values;
    size_t count;
    struct error wrong = {0};
    if (strpbrk(typed, "0123456789") == NULL && strcmp(typed, "inf") != 0 && strcmp(typed, "nan") != 0)
        return refuse_word(typed, error);
    if (number_list_read("--bandwidth", typed, &values, &count, &wrong) < 0) {
        if (wrong.usage && strchr(typed, ',') == NULL)
            return refuse_word(typed, error);
        *error = wrong; /* a list that is wrong, or memory */
        return -1;
    }
    int status = set_diagonal(density, count, values, error);
    free(values);
    return status;
}

static int choose(struct kernel_density *density, const struct bandwidth_settings *settings, const char *name,
                  bool weighted, struct error *error) {
    const struct bandwidth_data data = {
        .count = density->count,
        .dimensions = density->dimensions,
        .points = density->points,
        .weights = weighted ? density->weights : NULL,
        .name = name,
    };
    if (settings->rule == BANDWIDTH_NEIGHBOUR) {
        density->local = memory_array(error, density->count, sizeof *density->local);
        if (density->local == NULL)
            return -1;
    }
    return bandwidth_choose(&data, settings, density->factor, density->local, error);
}

int kernel_density_bandwidth_set(struct kernel_density *density, struct command *command,
                                 const struct kernel_density_options *options, const char *name,
                                 bool weighted) {
    struct error *error = &command->error;
    struct bandwidth_settings settings = {
        .shape = (enum bandwidth_shape)options->covariance,
        .each = options->each,
        .kernel = density->kernel.name,
        .form = density->kernel.form,
        .threads = command->threads,
    };
    int rule = bandwidth_parse(options->bandwidth, &settings, error);
    if (rule < 0)
        return -1;
    if (rule && options->partial)
        return error_set_usage(error,
                               "--partial needs --bandwidth with numbers: a rule's would differ by part");
    if (!rule && command_given(command, "covariance"))
        return error_set_usage(error, "--covariance has no meaning with a bandwidth that is given");
    if (options->each && (!rule || settings.rule != BANDWIDTH_LCV))
        return error_set_usage(error, "--lcv-each needs --bandwidth lcv");
    int status = rule                           ? choose(density, &settings, name, weighted, error)
                 : options->bandwidth[0] == '@' ? read_factor(density, options->bandwidth + 1, error)
                                                : set_numbers(density, options->bandwidth, error);
    for (size_t i = 0; status == 0 && i < density->dimensions * density->dimensions; i++)
        density->factor[i] *= options->scale;
    return status;
}
