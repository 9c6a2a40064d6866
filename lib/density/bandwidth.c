#include "density/bandwidth.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/bandwidth_column.h"
#include "density/bandwidth_diffusion.h"
#include "density/bandwidth_likelihood.h"
#include "density/bandwidth_pairs.h"
#include "density/bandwidth_plug_in.h"
#include "density/bandwidth_scaling.h"
#include "density/bandwidth_shape.h"
#include "density/bandwidth_squares.h"
#include "density/large_dimension.h"
#include "num/cholesky.h"
#include "num/eigenvalues.h"
#include "num/neighbours.h"

const char *const bandwidth_rule_names[] = {"scott", "silverman",  "nrd0", "nrd", "oversmoothed",
                                            "sj",    "sj-dpi",     "isj",  "lcv", "lscv",
                                            "bcv",   "kl-extreme", "nn:K", NULL};
const char *const bandwidth_shape_names[] = {"full", "diagonal", "scalar", NULL};

/* The number behind "nn:". */
static int parse_neighbour(const char *typed, struct bandwidth_settings *settings, struct error *error) {
    uintmax_t k = 0;
    const char *digit = typed + 3;
    for (; *digit >= '0' && *digit <= '9' && k < UINT32_MAX; digit++)
        k = 10 * k + (uintmax_t)(*digit - '0');
    if (k == 0 || *digit != '\0' || k >= UINT32_MAX)
        return error_set_usage(error, "--bandwidth: expected nn:K with a whole number K from 1, got '%s'",
                               typed);
    settings->rule = BANDWIDTH_NEIGHBOUR;
    settings->neighbour = (size_t)k;
    return 1;
}

int bandwidth_parse(const char *typed, struct bandwidth_settings *settings, struct error *error) {
    if (strncmp(typed, "nn:", 3) == 0)
        return parse_neighbour(typed, settings, error);
    for (int rule = 0; rule < BANDWIDTH_NEIGHBOUR; rule++) {
        if (strcmp(typed, bandwidth_rule_names[rule]) == 0) {
            settings->rule = (enum bandwidth_rule)rule;
            return 1;
        }
    }
    return 0;
}

/* One column's bandwidth by a one-dimensional rule. */
static int choose_column(const struct bandwidth_column *column, enum bandwidth_rule rule, double *h,
                         struct error *error) {
    switch (rule) {
    case BANDWIDTH_NRD0:
        *h = bandwidth_plug_in_nrd0(column);
        return 0;
    case BANDWIDTH_NRD:
        return bandwidth_plug_in_nrd(column, h, error);
    case BANDWIDTH_OVERSMOOTHED:
        *h = bandwidth_column_oversmoothed(column);
        return bandwidth_column_varies(column, error);
    case BANDWIDTH_SJ:
        return bandwidth_plug_in_sj(column, h, error);
    case BANDWIDTH_SJ_DPI:
        return bandwidth_plug_in_sj_dpi(column, h, error);
    case BANDWIDTH_ISJ:
        return bandwidth_diffusion_choose(column, h, error);
    case BANDWIDTH_LSCV:
        return bandwidth_squares_choose_lscv(column, h, error);
    default:
        return bandwidth_squares_choose_bcv(column, h, error);
    }
}

static int choose_columns(const struct bandwidth_data *data, const struct bandwidth_settings *settings,
                          double *factor, struct error *error) {
    size_t d = data->dimensions;
    memset(factor, 0, d * d * sizeof *factor);
    for (size_t c = 0; c < d; c++) {
        struct bandwidth_column column;
        if (bandwidth_column_take(&column, data, c + 1, settings->threads, error) < 0)
            return -1;
        int status = choose_column(&column, settings->rule, &factor[c * d + c], error);
        bandwidth_column_free(&column);
        if (status < 0)
            return -1;
    }
    return 0;
}

static void scale(size_t d, double h, double *factor) {
    for (size_t i = 0; i < d * d; i++)
        factor[i] *= h;
}

/* LSCV in the coordinates where the shape is the identity. */
static int choose_lscv(const struct bandwidth_data *data, const struct bandwidth_settings *settings,
                       double *factor, struct error *error) {
    size_t n = data->count, d = data->dimensions;
    double effective = bandwidth_column_effective_size(data), h = 1;
    int status = -1;
    double *whitened = memory_matrix(error, n, d, sizeof *whitened);
    double *masses = memory_array(error, n, sizeof *masses);
    if (whitened == NULL || masses == NULL)
        goto done;
    for (size_t i = 0; i < n; i++) {
        masses[i] = data->weights != NULL ? effective * data->weights[i] : 1;
        for (size_t c = 0; c < d; c++)
            whitened[i * d + c] = data->points[i * d + c] - data->points[c];
    }
    cholesky_solve_lower(d, factor, n, whitened);
    struct bandwidth_pairs_input input = {
        .count = n, .dimensions = d, .points = whitened, .masses = masses, .threads = settings->threads};
    status = bandwidth_squares_choose_whitened(&input, effective, &h, error);
    scale(d, h, factor);
done:
    free(whitened);
    free(masses);
    return status;
}

/* The variances that kl-extreme sees under a shape: 1, or the eigenvalues of the correlation matrix, or those
 * of the covariance over their mean. `factor` is S. */
static int shape_spectrum(const struct bandwidth_data *data, enum bandwidth_shape shape, const double *factor,
                          double *variances, struct error *error) {
    size_t d = data->dimensions;
    if (shape == BANDWIDTH_FULL) {
        for (size_t c = 0; c < d; c++)
            variances[c] = 1;
        return 0;
    }
    double *covariance = memory_matrix(error, d, d, sizeof *covariance);
    int status = -1;
    if (covariance == NULL || bandwidth_shape_covariance(data, covariance, error) < 0)
        goto done;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            covariance[i * d + j] /= factor[i * d + i] * factor[j * d + j];
    status = eigenvalues_symmetric(d, covariance, variances, error);
    /* Null directions hold no variance; rounding may have put them below 0, where logarithms end. */
    for (size_t i = 0; i < d; i++)
        variances[i] = fmax(variances[i], 0);
done:
    free(covariance);
    return status;
}

static int choose_kl_extreme(const struct bandwidth_data *data, const struct bandwidth_settings *settings,
                             double *factor, struct error *error) {
    size_t d = data->dimensions;
    double *variances = memory_array(error, d, sizeof *variances);
    int status = -1;
    if (variances != NULL)
        status = shape_spectrum(data, settings->shape, factor, variances, error);
    if (status == 0) {
        struct large_dimension_spectrum spectrum = {d, variances,
                                                    log(bandwidth_column_effective_size(data)) / (double)d};
        struct large_dimension_thresholds thresholds = large_dimension_thresholds(&spectrum);
        scale(d, thresholds.h_kl, factor);
    }
    free(variances);
    return status;
}

static int choose_scaled(const struct bandwidth_data *data, const struct bandwidth_settings *settings,
                         double *factor, struct error *error) {
    double n = bandwidth_column_effective_size(data), d = (double)data->dimensions;
    bool each = settings->rule == BANDWIDTH_LCV && settings->each;
    if (bandwidth_shape_factor(data, each ? BANDWIDTH_DIAGONAL : settings->shape, factor, error) < 0)
        return -1;
    switch (settings->rule) {
    case BANDWIDTH_SCOTT:
        scale(data->dimensions, pow(n, -1 / (d + 4)), factor);
        return 0;
    case BANDWIDTH_SILVERMAN:
        scale(data->dimensions, pow(n * (d + 2) / 4, -1 / (d + 4)), factor);
        return 0;
    case BANDWIDTH_LSCV:
        return choose_lscv(data, settings, factor, error);
    case BANDWIDTH_KL_EXTREME:
        return choose_kl_extreme(data, settings, factor, error);
    default:
        if (!each)
            return bandwidth_likelihood_scale(data, settings->threads, factor, error);
        scale(data->dimensions, pow(n, -1 / (d + 4)), factor);
        return bandwidth_likelihood_each(data, settings->threads, factor, error);
    }
}

/* L = I, and each point's distance to its K-th neighbour. */
static int choose_neighbour(const struct bandwidth_data *data, const struct bandwidth_settings *settings,
                            double *factor, double *local, struct error *error) {
    size_t n = data->count, d = data->dimensions, k = settings->neighbour;
    if (k >= n)
        return error_set(error, "nn:%zu needs at least %zu rows, not %zu", k, k + 1, n);
    struct neighbours *index = neighbours_create(n, d, data->points, settings->threads, error);
    if (index == NULL)
        return -1;
    struct neighbours_search search = {index, index, settings->threads, NEIGHBOURS_CHOOSE};
    int status = neighbours_kth(&search, k, local, error);
    neighbours_free(index);
    for (size_t i = 0; status == 0 && i < n; i++)
        if (!(local[i] > 0))
            status = error_set(error,
                               "row %zu equals %zu others, its bandwidth would be 0: nn:K needs a larger "
                               "K",
                               i + 1, k);
    memset(factor, 0, d * d * sizeof *factor);
    for (size_t c = 0; c < d; c++)
        factor[c * d + c] = 1;
    return status;
}

/* A rule must have two rows that weigh something. */
static int check_size(const struct bandwidth_data *data, struct error *error) {
    size_t rows = data->weights == NULL ? data->count : 0;
    for (size_t i = 0; data->weights != NULL && i < data->count; i++)
        rows += data->weights[i] > 0;
    if (rows >= 2 && bandwidth_column_spread(data) > 0)
        return 0;
    return error_set(error, "%zu row%s%s: a bandwidth rule needs at least 2", rows, rows == 1 ? "" : "s",
                     data->weights != NULL ? " with weight" : "");
}

static bool by_column(const struct bandwidth_data *data, const struct bandwidth_settings *settings) {
    switch (settings->rule) {
    case BANDWIDTH_SCOTT:
    case BANDWIDTH_SILVERMAN:
    case BANDWIDTH_LCV:
    case BANDWIDTH_KL_EXTREME:
        return false;
    case BANDWIDTH_LSCV:
        return data->dimensions == 1 || settings->shape != BANDWIDTH_FULL;
    default:
        return true;
    }
}

static int choose(const struct bandwidth_data *data, const struct bandwidth_settings *settings,
                  double *factor, double *local, struct error *error) {
    bool columns = by_column(data, settings), neighbour = settings->rule == BANDWIDTH_NEIGHBOUR;
    struct bandwidth_data scaled = *data;
    struct bandwidth_scaling scaling;
    bool together = neighbour || (!columns && settings->shape == BANDWIDTH_SCALAR);
    if (check_size(data, error) < 0 || bandwidth_scaling_start(&scaling, &scaled, together, error) < 0)
        return -1;
    int status = neighbour ? choose_neighbour(&scaled, settings, factor, local, error)
                 : columns ? choose_columns(&scaled, settings, factor, error)
                           : choose_scaled(&scaled, settings, factor, error);
    if (status == 0)
        bandwidth_scaling_undo(&scaling, data->dimensions, factor);
    bandwidth_scaling_free(&scaling);
    return status;
}

int bandwidth_choose(const struct bandwidth_data *data, const struct bandwidth_settings *settings,
                     double *factor, double *local, struct error *error) {
    size_t d = data->dimensions;
    if (choose(data, settings, factor, local, error) < 0)
        return data->name != NULL ? error_prefix(error, "%s", data->name) : -1;
    struct kernel kernel = kernel_make(settings->kernel, settings->form, d);
    scale(d, kernel_canonical_ratio(&kernel), factor);
    return 0;
}
