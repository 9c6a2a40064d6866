#include "process/gaussian_process_smoother.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "process/gaussian_process_filter.h"
#include "process/gaussian_process_rows.h"

enum { STRIDE = COVARIANCE_STATES_MAX, AREA = COVARIANCE_STATES_AREA, BLOCK = 256 };

/* Of each row, packed: states of the order they have. */
struct gaussian_process_smoother {
    const struct gaussian_process_model *model;
    size_t threads;
    struct covariance_states states;
    double *means, *p;           /* rows x outputs x order, rows x order x order: filtered */
    double *later, *information; /* the same: l, L, the row itself included */
    double *gains;               /* rows x (order + 1 + outputs): k, S, v; until the way back is done */
    double *room;                /* threads x outputs x STRIDE */
};

static void unpack(size_t order, const double *packed, double *matrix) {
    for (size_t i = 0; i < order; i++)
        memcpy(matrix + i * STRIDE, packed + i * order, order * sizeof *matrix);
}

static void pack(size_t order, const double *matrix, double *packed) {
    for (size_t i = 0; i < order; i++)
        memcpy(packed + i * order, matrix + i * STRIDE, order * sizeof *matrix);
}

static double row_noise(const struct gaussian_process_model *model, size_t i) {
    return model->noise + model->jitter + (model->noise_rows == NULL ? 0 : model->noise_rows[i]);
}

/* Forward. Returns 0, or -1: a row is determined by those before it. */
static int filter_rows(struct gaussian_process_smoother *smoother, const double *residuals, double *means) {
    const struct gaussian_process_model *model = smoother->model;
    size_t order = smoother->states.order, q = model->outputs;
    struct gaussian_process_filter filter;
    gaussian_process_filter_start(&filter, &smoother->states, q, means);
    for (size_t i = 0; i < model->rows; i++) {
        double *gain = smoother->gains + i * (order + 1 + q);
        if (i > 0) {
            gaussian_process_filter_step(&filter, model->x[i] - model->x[i - 1]);
            gaussian_process_filter_move(&filter);
        }
        if (!gaussian_process_filter_weigh(&filter, row_noise(model, i)))
            return -1;
        memcpy(gain + order + 1, residuals + i * q, q * sizeof *gain);
        gaussian_process_filter_take(&filter, gain + order + 1);
        memcpy(gain, filter.gain, order * sizeof *gain);
        gain[order] = filter.variance;
        for (size_t c = 0; c < q; c++)
            memcpy(smoother->means + (i * q + c) * order, means + c * STRIDE, order * sizeof *means);
        pack(order, filter.p, smoother->p + i * order * order);
    }
    return 0;
}

/* A' L A, exactly symmetric. */
static void step_back(size_t order, const double *a, const double *information, double *result) {
    double half[AREA];
    for (size_t i = 0; i < order; i++) /* rows of L A, L being symmetric */
        gaussian_process_filter_apply_transposed(order, a, information + i * STRIDE, half + i * STRIDE);
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < order; k++)
                sum += a[k * STRIDE + i] * half[k * STRIDE + j];
            result[i * STRIDE + j] = result[j * STRIDE + i] = sum;
        }
}

/* L = h' h / S + C' L+ C, in place: h adds to the first state of each term. */
static void add_information(const struct covariance_states *states, const double *gain, double variance,
                            double *information) {
    double turned[STRIDE], square = 0, h[STRIDE] = {0};
    gaussian_process_filter_apply(states->order, information, gain, turned);
    for (size_t i = 0; i < states->order; i++)
        square += gain[i] * turned[i];
    for (size_t k = 0; k < states->term_count; k++)
        h[states->terms[k].first] = 1;
    for (size_t i = 0; i < states->order; i++)
        for (size_t j = 0; j <= i; j++) {
            information[i * STRIDE + j] +=
                h[i] * h[j] * (square + 1 / variance) - h[i] * turned[j] - turned[i] * h[j];
            information[j * STRIDE + i] = information[i * STRIDE + j];
        }
}

/* Backward. */
static void look_back(struct gaussian_process_smoother *smoother) {
    const struct gaussian_process_model *model = smoother->model;
    const struct covariance_states *states = &smoother->states;
    size_t order = states->order, q = model->outputs;
    struct gaussian_process_filter filter = {.states = states, .step = NAN};
    double information[AREA] = {0}, moved[AREA];
    for (size_t i = model->rows; i-- > 0;) {
        const double *gain = smoother->gains + i * (order + 1 + q);
        if (i + 1 < model->rows) {
            gaussian_process_filter_step(&filter, model->x[i + 1] - model->x[i]);
            step_back(order, filter.a, information, moved);
            memcpy(information, moved, sizeof moved);
        }
        for (size_t c = 0; c < q; c++) {
            double *later = smoother->later + (i * q + c) * order, dot = gain[order + 1 + c] / gain[order];
            memset(later, 0, order * sizeof *later);
            if (i + 1 < model->rows)
                gaussian_process_filter_apply_transposed(order, filter.a, later + q * order, later);
            for (size_t j = 0; j < order; j++)
                dot -= gain[j] * later[j];
            for (size_t k = 0; k < states->term_count; k++)
                later[states->terms[k].first] += dot;
        }
        add_information(states, gain, gain[order], information);
        pack(order, information, smoother->information + i * order * order);
    }
}

static int open_rows(struct gaussian_process_smoother *smoother, struct error *error) {
    const struct gaussian_process_model *model = smoother->model;
    size_t n = model->rows, q = model->outputs, order = smoother->states.order;
    int status = -1;
    double *residuals = gaussian_process_rows_residuals(model, error);
    size_t room = smoother->threads * STRIDE;
    smoother->room = memory_matrix(error, q, room, sizeof(double));
    smoother->means = memory_matrix(error, n, q * order, sizeof(double));
    smoother->later = memory_matrix(error, n, q * order, sizeof(double));
    smoother->p = memory_matrix(error, n, order * order, sizeof(double));
    smoother->information = memory_matrix(error, n, order * order, sizeof(double));
    smoother->gains = memory_matrix(error, n, order + 1 + q, sizeof(double));
    if (residuals != NULL && smoother->room != NULL && smoother->means != NULL && smoother->later != NULL &&
        smoother->p != NULL && smoother->information != NULL && smoother->gains != NULL) {
        status = filter_rows(smoother, residuals, smoother->room);
        if (status < 0)
            error_set(error, "covariance is not positive definite");
        else
            look_back(smoother);
    }
    free(residuals);
    free(smoother->gains);
    smoother->gains = NULL;
    return status;
}

struct gaussian_process_smoother *gaussian_process_smoother_open(const struct gaussian_process_model *model,
                                                                 size_t threads, struct error *error) {
    struct gaussian_process_smoother *smoother = memory_zeros(error, 1, sizeof *smoother);
    if (smoother == NULL)
        return NULL;
    smoother->model = model;
    smoother->threads = threads;
    if (!covariance_states_read(&smoother->states, model->covariance))
        error_set(error, "the kernel has no states for a Kalman filter");
    else if (open_rows(smoother, error) == 0)
        return smoother;
    gaussian_process_smoother_close(smoother);
    return NULL;
}

void gaussian_process_smoother_close(struct gaussian_process_smoother *smoother) {
    if (smoother == NULL)
        return;
    free(smoother->means);
    free(smoother->p);
    free(smoother->later);
    free(smoother->information);
    free(smoother->room);
    free(smoother);
}

struct queries {
    const struct gaussian_process_smoother *smoother;
    size_t count;
    const double *x;
    double *means, *variances;
};

/* How many rows are at or before a place. */
static size_t rows_before(const struct gaussian_process_model *model, double x) {
    size_t low = 0, high = model->rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (model->x[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The filter at a place, from the last row before it. */
static void approach(const struct gaussian_process_smoother *smoother, double x, size_t before, double *means,
                     struct gaussian_process_filter *filter) {
    const struct gaussian_process_model *model = smoother->model;
    size_t order = smoother->states.order, q = model->outputs;
    gaussian_process_filter_start(filter, &smoother->states, q, means);
    if (before == 0)
        return;
    unpack(order, smoother->p + (before - 1) * order * order, filter->p);
    for (size_t c = 0; c < q; c++)
        memcpy(means + c * STRIDE, smoother->means + ((before - 1) * q + c) * order, order * sizeof *means);
    gaussian_process_filter_step(filter, x - model->x[before - 1]);
    gaussian_process_filter_move(filter);
}

static void answer(const struct queries *queries, size_t query, double *means) {
    const struct gaussian_process_smoother *smoother = queries->smoother;
    const struct gaussian_process_model *model = smoother->model;
    size_t order = smoother->states.order, q = model->outputs, before = rows_before(model, queries->x[query]);
    struct gaussian_process_filter filter;
    double column[STRIDE], moved[STRIDE], turned[STRIDE], information[AREA];
    approach(smoother, queries->x[query], before, means, &filter);
    gaussian_process_filter_column(&smoother->states, filter.p, column);
    double variance = gaussian_process_filter_value(&smoother->states, column);
    bool followed = before < model->rows;
    if (followed) {
        gaussian_process_filter_step(&filter, model->x[before] - queries->x[query]);
        gaussian_process_filter_apply(order, filter.a, column, moved);
        unpack(order, smoother->information + before * order * order, information);
        gaussian_process_filter_apply(order, information, moved, turned);
        for (size_t i = 0; i < order; i++)
            variance -= moved[i] * turned[i];
    }
    for (size_t c = 0; c < q; c++) {
        double mean = gaussian_process_filter_value(&smoother->states, means + c * STRIDE);
        const double *later = smoother->later + (before * q + c) * order;
        for (size_t i = 0; followed && i < order; i++)
            mean += moved[i] * later[i];
        queries->means[query * q + c] = mean;
    }
    if (queries->variances != NULL)
        queries->variances[query] = fmax(variance, 0);
}

static void run_block(void *context, size_t block, size_t worker) {
    const struct queries *queries = context;
    size_t end = (block + 1) * BLOCK < queries->count ? (block + 1) * BLOCK : queries->count;
    for (size_t i = block * BLOCK; i < end; i++)
        answer(queries, i, queries->smoother->room + worker * queries->smoother->model->outputs * STRIDE);
}

void gaussian_process_smoother_at(struct gaussian_process_smoother *smoother, size_t count, const double *x,
                                  double *means, double *variances) {
    struct queries queries = {smoother, count, x, means, variances};
    parallel_for(smoother->threads, (count + BLOCK - 1) / BLOCK, run_block, &queries);
}
