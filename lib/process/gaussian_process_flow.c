#include "process/gaussian_process_flow.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/symmetric_eigenvectors.h"
#include "process/covariance_kernels.h"
#include "process/gaussian_process_prediction.h"
#include "process/gaussian_process_rows.h"
#include "process/value_range.h"

#define STILL 1e-12 /* of w t/n: below, (1 - exp(-w t/n))/w is t/n */

/* The expression of S. Returns how many ntk it held. */
static size_t replace_tangents(const struct covariance *covariance, struct covariance *start) {
    size_t count = 0;
    *start = *covariance;
    for (size_t i = 0; i < start->node_count; i++)
        if (start->nodes[i].kind == COVARIANCE_LEAF && start->nodes[i].kernel == &covariance_kernels_ntk) {
            start->nodes[i].kernel = &covariance_kernels_nngp;
            count++;
        }
    return count;
}

/* C = A B, or A B' with b_transposed; all rows are packed. */
static void multiply(size_t rows, size_t columns, size_t inner, const double *a, const double *b,
                     bool b_transposed, double *c) {
    struct blas_product product = {.rows = rows,
                                   .columns = columns,
                                   .inner = inner,
                                   .alpha = 1,
                                   .a = a,
                                   .b = b,
                                   .a_stride = inner,
                                   .b_stride = b_transposed ? inner : columns,
                                   .c_stride = columns,
                                   .b_transposed = b_transposed,
                                   .c = c};
    blas_multiply(&product);
}

static int allocate(struct gaussian_process_flow *flow, struct error *error) {
    size_t n = flow->n;
    flow->values = memory_array(error, n, sizeof(double));
    flow->vectors = memory_matrix(error, n, n, sizeof(double));
    flow->residuals = memory_matrix(error, n, flow->model->outputs, sizeof(double));
    flow->middle = memory_matrix(error, n, n, sizeof(double));
    bool whole =
        flow->values != NULL && flow->vectors != NULL && flow->residuals != NULL && flow->middle != NULL;
    return whole ? 0 : -1;
}

/* y - m in the coordinates of the eigenvectors. */
static void project_residuals(struct gaussian_process_flow *flow) {
    const struct gaussian_process_model *model = flow->model;
    size_t n = flow->n, q = model->outputs;
    memset(flow->residuals, 0, n * q * sizeof(double));
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < q; c++) {
            double r = model->y[i * q + c] -
                       gaussian_process_prediction_mean(model, model->x + i * model->inputs, c);
            for (size_t k = 0; k < n; k++)
                flow->residuals[k * q + c] += flow->vectors[k * n + i] * r;
        }
}

static int project_start(struct gaussian_process_flow *flow, struct error *error) {
    size_t n = flow->n;
    double *room = memory_matrix(error, n, n, sizeof *room);
    if (room == NULL)
        return -1;
    covariance_matrix_square(&flow->starts, &flow->points, true, flow->middle);
    multiply(n, n, n, flow->vectors, flow->middle, false, room);
    multiply(n, n, n, room, flow->vectors, true, flow->middle);
    free(room);
    return 0;
}

static size_t count_limits(const struct covariance *covariance) {
    size_t count = 0;
    for (size_t i = 0; i < covariance->node_count; i++)
        count += covariance->nodes[i].kind == COVARIANCE_LEAF &&
                 covariance->nodes[i].kernel == &covariance_kernels_nngp;
    return count;
}

int gaussian_process_flow_open(struct gaussian_process_flow *flow, const struct gaussian_process_model *model,
                               bool last_layer, size_t threads, struct error *error) {
    *flow = (struct gaussian_process_flow){.model = model, .n = model->rows, .threads = threads};
    if (gaussian_process_rows_refuse(model, "--flow-time", error) < 0)
        return -1;
    if (model->method != NULL)
        return error_set(error, "--flow-time needs an exact model, this one is sparse");
    size_t tangents = replace_tangents(model->covariance, &flow->start);
    if (last_layer)
        tangents = count_limits(&flow->start);
    if (tangents == 0)
        return error_set(error, "--flow-time needs a model whose kernel holds %s",
                         last_layer ? "nngp or ntk" : "ntk");
    if (tangents > 1)
        return error_set(error, "--flow-time needs a model whose kernel holds one %s, this one has %zu",
                         last_layer ? "network" : "ntk", tangents);
    if (blas_load_for(model->rows, error) < 0 ||
        covariance_points_open(&flow->points, model->rows, model->inputs, model->x, error) < 0 ||
        covariance_work_open(&flow->tangents, last_layer ? &flow->start : model->covariance, threads, error) <
            0 ||
        covariance_work_open(&flow->starts, &flow->start, threads, error) < 0 || allocate(flow, error) < 0) {
        gaussian_process_flow_close(flow);
        return -1;
    }
    covariance_matrix_square(&flow->tangents, &flow->points, true, flow->vectors);
    if (symmetric_eigenvectors(flow->n, flow->vectors, flow->values, error) < 0 ||
        project_start(flow, error) < 0) {
        gaussian_process_flow_close(flow);
        return -1;
    }
    project_residuals(flow);
    return 0;
}

void gaussian_process_flow_close(struct gaussian_process_flow *flow) {
    covariance_points_close(&flow->points);
    covariance_work_close(&flow->tangents);
    covariance_work_close(&flow->starts);
    free(flow->values);
    free(flow->vectors);
    free(flow->residuals);
    free(flow->middle);
    *flow = (struct gaussian_process_flow){.n = 0};
}

static int allocate_queries(struct gaussian_process_flow_queries *queries, size_t n, size_t inputs,
                            struct error *error) {
    struct {
        double **array;
        size_t columns;
    } wanted[] = {{&queries->x, inputs}, {&queries->tangents, n}, {&queries->starts, n},
                  {&queries->moved, n},  {&queries->product, n},  {&queries->diagonal, 1}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].array = memory_matrix(error, queries->count, wanted[i].columns, sizeof(double));
        if (*wanted[i].array == NULL)
            return -1;
    }
    return 0;
}

int gaussian_process_flow_queries_open(struct gaussian_process_flow_queries *queries,
                                       struct gaussian_process_flow *flow, size_t count, const double *x,
                                       struct error *error) {
    const struct gaussian_process_model *model = flow->model;
    struct covariance_points points = {0};
    size_t n = flow->n, d = model->inputs;
    *queries = (struct gaussian_process_flow_queries){.count = count};
    int status = allocate_queries(queries, n, d, error);
    for (size_t i = 0; status == 0 && i < count; i++)
        for (size_t c = 0; c < d; c++)
            queries->x[i * d + c] = (x[i * d + c] - model->x_shift[c]) / model->x_scale[c];
    if (status == 0)
        status = covariance_points_open(&points, count, d, queries->x, error);
    if (status == 0) {
        covariance_matrix_cross(&flow->tangents, &points, &flow->points, queries->moved);
        multiply(count, n, n, queries->moved, flow->vectors, true, queries->tangents);
        covariance_matrix_cross(&flow->starts, &points, &flow->points, queries->moved);
        multiply(count, n, n, queries->moved, flow->vectors, true, queries->starts);
        covariance_matrix_diagonal(&flow->starts, &points, queries->diagonal);
    } else {
        gaussian_process_flow_queries_close(queries);
    }
    covariance_points_close(&points);
    return status;
}

void gaussian_process_flow_queries_close(struct gaussian_process_flow_queries *queries) {
    free(queries->x);
    free(queries->tangents);
    free(queries->starts);
    free(queries->diagonal);
    free(queries->moved);
    free(queries->product);
    *queries = (struct gaussian_process_flow_queries){0};
}

/* (1 - exp(-w t/n))/w. Directions in which T is singular to rounding are not moved in: there T(x, X) v is 0
 * as well.
 */
static double factor_of(const struct gaussian_process_flow *flow, size_t k, double t) {
    double w = flow->values[k], n = (double)flow->n;
    if (!(w > n * DBL_EPSILON * flow->values[0]))
        return 0;
    double rate = w * (t / n);
    return rate < STILL ? t / n : -expm1(-rate) / w;
}

void gaussian_process_flow_at(const struct gaussian_process_flow *flow,
                              struct gaussian_process_flow_queries *queries, double t, double *means,
                              double *variances) {
    const struct gaussian_process_model *model = flow->model;
    size_t n = flow->n, q = model->outputs;
    for (size_t i = 0; i < queries->count; i++)
        for (size_t k = 0; k < n; k++)
            queries->moved[i * n + k] = queries->tangents[i * n + k] * factor_of(flow, k, t);
    multiply(queries->count, n, n, queries->moved, flow->middle, false, queries->product);
    for (size_t i = 0; i < queries->count; i++) {
        const double *moved = queries->moved + i * n, *product = queries->product + i * n;
        const double *starts = queries->starts + i * n;
        double variance = queries->diagonal[i];
        for (size_t k = 0; k < n; k++)
            variance += moved[k] * (product[k] - 2 * starts[k]);
        for (size_t c = 0; c < q; c++) {
            double mean = gaussian_process_prediction_mean(model, queries->x + i * model->inputs, c);
            for (size_t k = 0; k < n; k++)
                mean += moved[k] * flow->residuals[k * q + c];
            means[i * q + c] = mean * model->y_scale[c] + model->y_shift[c];
            variances[i * q + c] = value_range_not_negative(variance) * model->y_scale[c] * model->y_scale[c];
        }
    }
}
