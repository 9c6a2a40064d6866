#include "process/gaussian_process_smoother.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "process/gaussian_process_filter.h"
#include "process/gaussian_process_rows.h"
#include "process/value_range.h"

enum { STRIDE = COVARIANCE_STATES_MAX, AREA = COVARIANCE_STATES_AREA, BLOCK = 256 };

/* Of each row, packed: states of the order they have. */
struct gaussian_process_smoother {
    const struct gaussian_process_model *model;
    size_t threads, width; /* columns: outputs, and the basis behind them where it is wanted */
    struct covariance_states states;
    double value[STRIDE], slope[STRIDE]; /* what picks f, or its term, and its derivative out of the state */
    double *means, *p;                   /* rows x width x order, rows x order x order: filtered */
    double *later, *information;         /* the same: l, L, the row itself included */
    double *gains; /* rows x (order + 1 + width): k, S, v; once the way back is done, in the place of S and v
                      the diagonal of C^-1, and C^-1 times the columns */
    double *room;  /* threads x width x STRIDE */
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
    size_t order = smoother->states.order, q = smoother->width;
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

/* L = h' h / S + C' L+ C, in place: h adds to the first state of each term. Returns 1 / S + k' L+ k. */
static double add_information(const struct covariance_states *states, const double *gain, double variance,
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
    return square + 1 / variance;
}

/* Backward. */
static void look_back(struct gaussian_process_smoother *smoother) {
    const struct gaussian_process_model *model = smoother->model;
    const struct covariance_states *states = &smoother->states;
    size_t order = states->order, q = smoother->width;
    struct gaussian_process_filter filter = {.states = states, .step = NAN};
    double information[AREA] = {0}, moved[AREA];
    for (size_t i = model->rows; i-- > 0;) {
        double *gain = smoother->gains + i * (order + 1 + q);
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
            gain[order + 1 + c] = dot;
        }
        gain[order] = add_information(states, gain, gain[order], information);
        pack(order, information, smoother->information + i * order * order);
    }
}

/* What the mean leaves of the targets, and behind it the basis; to be freed. */
static double *fill_columns(const struct gaussian_process_smoother *smoother, struct error *error) {
    const struct gaussian_process_model *model = smoother->model;
    size_t q = model->outputs, width = smoother->width;
    double *residuals = gaussian_process_rows_residuals(model, error);
    double *columns = residuals == NULL ? NULL : memory_matrix(error, model->rows, width, sizeof *columns);
    for (size_t i = 0; columns != NULL && i < model->rows; i++) {
        memcpy(columns + i * width, residuals + i * q, q * sizeof *columns);
        for (size_t b = 0; b < width - q; b++)
            columns[i * width + q + b] = b == 0 ? 1 : model->x[i];
    }
    free(residuals);
    return columns;
}

static int open_rows(struct gaussian_process_smoother *smoother, struct error *error) {
    const struct gaussian_process_model *model = smoother->model;
    size_t n = model->rows, q = smoother->width, order = smoother->states.order;
    int status = -1;
    double *columns = fill_columns(smoother, error);
    size_t room = smoother->threads * STRIDE;
    smoother->room = memory_matrix(error, q, room, sizeof(double));
    smoother->means = memory_matrix(error, n, q * order, sizeof(double));
    smoother->later = memory_matrix(error, n, q * order, sizeof(double));
    smoother->p = memory_matrix(error, n, order * order, sizeof(double));
    smoother->information = memory_matrix(error, n, order * order, sizeof(double));
    smoother->gains = memory_matrix(error, n, order + 1 + q, sizeof(double));
    if (columns != NULL && smoother->room != NULL && smoother->means != NULL && smoother->later != NULL &&
        smoother->p != NULL && smoother->information != NULL && smoother->gains != NULL) {
        status = filter_rows(smoother, columns, smoother->room);
        if (status < 0)
            error_set(error, "covariance is not positive definite");
        else
            look_back(smoother);
    }
    free(columns);
    return status;
}

/* Of all terms, or one. */
static void fill_views(struct gaussian_process_smoother *smoother, int term) {
    const struct covariance_states *states = &smoother->states;
    for (size_t k = 0; k < states->term_count; k++) {
        if (term >= 0 && states->term_count > 1 && k != (size_t)term)
            continue;
        size_t first = states->terms[k].first;
        smoother->value[first] = 1;
        if (states->terms[k].order > 1)
            smoother->slope[first + 1] = covariance_states_rate(states, k);
    }
}

struct gaussian_process_smoother *gaussian_process_smoother_open(const struct gaussian_process_model *model,
                                                                 int term, bool basis, size_t threads,
                                                                 struct error *error) {
    struct gaussian_process_smoother *smoother = memory_zeros(error, 1, sizeof *smoother);
    if (smoother == NULL)
        return NULL;
    smoother->model = model;
    smoother->threads = threads;
    smoother->width = model->outputs + (basis ? model->basis_count : 0);
    if (!covariance_states_read(&smoother->states, model->covariance))
        error_set(error, "the kernel has no states for a Kalman filter");
    else if (open_rows(smoother, error) == 0) {
        fill_views(smoother, term);
        return smoother;
    }
    gaussian_process_smoother_close(smoother);
    return NULL;
}

void gaussian_process_smoother_close(struct gaussian_process_smoother *smoother) {
    if (smoother == NULL)
        return;
    double *const arrays[] = {smoother->means,       smoother->p,     smoother->later,
                              smoother->information, smoother->gains, smoother->room};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    free(smoother);
}

void gaussian_process_smoother_precision(const struct gaussian_process_smoother *smoother, size_t row,
                                         double *precision, double *weights) {
    size_t order = smoother->states.order;
    const double *gain = smoother->gains + row * (order + 1 + smoother->width);
    *precision = gain[order];
    memcpy(weights, gain + order + 1, smoother->model->outputs * sizeof *weights);
}

struct queries {
    const struct gaussian_process_smoother *smoother;
    size_t count;
    const double *x, *view;
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
    size_t order = smoother->states.order, q = smoother->width;
    gaussian_process_filter_start(filter, &smoother->states, q, means);
    if (before == 0)
        return;
    unpack(order, smoother->p + (before - 1) * order * order, filter->p);
    for (size_t c = 0; c < q; c++)
        memcpy(means + c * STRIDE, smoother->means + ((before - 1) * q + c) * order, order * sizeof *means);
    gaussian_process_filter_step(filter, x - model->x[before - 1]);
    gaussian_process_filter_move(filter);
}

static double view_of(size_t order, const double *view, const double *state) {
    double sum = 0;
    for (size_t i = 0; i < order; i++)
        sum += view[i] * state[i];
    return sum;
}

static void answer(const struct queries *queries, size_t query, double *means) {
    const struct gaussian_process_smoother *smoother = queries->smoother;
    const struct gaussian_process_model *model = smoother->model;
    size_t order = smoother->states.order, q = smoother->width,
           before = rows_before(model, queries->x[query]);
    struct gaussian_process_filter filter;
    double column[STRIDE], moved[STRIDE], turned[STRIDE], information[AREA];
    approach(smoother, queries->x[query], before, means, &filter);
    gaussian_process_filter_apply(order, filter.p, queries->view, column);
    double variance = view_of(order, queries->view, column);
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
        double mean = view_of(order, queries->view, means + c * STRIDE);
        const double *later = smoother->later + (before * q + c) * order;
        for (size_t i = 0; followed && i < order; i++)
            mean += moved[i] * later[i];
        queries->means[query * q + c] = mean;
    }
    if (queries->variances != NULL)
        queries->variances[query] = value_range_not_negative(variance);
}

static void run_block(void *context, size_t block, size_t worker) {
    const struct queries *queries = context;
    size_t end = (block + 1) * BLOCK < queries->count ? (block + 1) * BLOCK : queries->count;
    for (size_t i = block * BLOCK; i < end; i++)
        answer(queries, i, queries->smoother->room + worker * queries->smoother->width * STRIDE);
}

void gaussian_process_smoother_at(struct gaussian_process_smoother *smoother, size_t count, const double *x,
                                  bool slope, double *means, double *variances) {
    struct queries queries = {smoother, count,    x, slope ? smoother->slope : smoother->value,
                              means,    variances};
    parallel_for(smoother->threads, (count + BLOCK - 1) / BLOCK, run_block, &queries);
}

/* A query among the sorted ones: between the one before it and itself errors of the filter are multiplied by
 * T. */
struct station {
    double x;
    size_t query;
    double column[STRIDE]; /* P g' */
    double later[STRIDE];  /* (1 - L P) g' */
    double passage[AREA];  /* T */
};

static int left_to_right(const void *a, const void *b) {
    const struct station *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->query > q->query) - (p->query < q->query);
}

/* T becomes A T, with A of the last step. */
static void pass_step(const struct gaussian_process_filter *filter, double *passage) {
    double moved[AREA];
    gaussian_process_filter_multiply(filter->states->order, filter->a, passage, moved);
    memcpy(passage, moved, sizeof moved);
}

/* T becomes (1 - k h) T, k being the gain of the row that was taken in. */
static void pass_row(const struct gaussian_process_filter *filter, double *passage) {
    const struct covariance_states *states = filter->states;
    for (size_t j = 0; j < states->order; j++) {
        double seen = 0;
        for (size_t k = 0; k < states->term_count; k++)
            seen += passage[states->terms[k].first * STRIDE + j];
        for (size_t i = 0; i < states->order; i++)
            passage[i * STRIDE + j] -= filter->gain[i] * seen;
    }
}

/* Fills a station where the filter stands at it, `next` rows being behind. */
static void stop_at(const struct gaussian_process_smoother *smoother, size_t next,
                    struct gaussian_process_filter *filter, struct station *station) {
    const struct gaussian_process_model *model = smoother->model;
    size_t order = smoother->states.order;
    double information[AREA], moved[STRIDE], turned[STRIDE];
    gaussian_process_filter_apply(order, filter->p, smoother->value, station->column);
    memcpy(station->later, smoother->value, sizeof station->later);
    if (next == model->rows)
        return;
    gaussian_process_filter_step(filter, model->x[next] - station->x);
    gaussian_process_filter_apply(order, filter->a, station->column, moved);
    unpack(order, smoother->information + next * order * order, information);
    gaussian_process_filter_apply(order, information, moved, turned);
    gaussian_process_filter_apply_transposed(order, filter->a, turned, moved);
    for (size_t i = 0; i < order; i++)
        station->later[i] -= moved[i];
}

/* The filter once more, along rows and stations. */
static void visit(const struct gaussian_process_smoother *smoother, size_t count, struct station *stations) {
    const struct gaussian_process_model *model = smoother->model;
    size_t order = smoother->states.order, row = 0, station = 0;
    double passage[AREA] = {0}, at = 0;
    struct gaussian_process_filter filter;
    gaussian_process_filter_start(&filter, &smoother->states, 0, smoother->room);
    for (bool first = true; station < count; first = false) {
        bool is_row = row < model->rows && model->x[row] <= stations[station].x;
        double next = is_row ? model->x[row] : stations[station].x;
        if (!first) {
            gaussian_process_filter_step(&filter, next - at);
            gaussian_process_filter_move(&filter);
            pass_step(&filter, passage);
        }
        at = next;
        if (is_row) {
            gaussian_process_filter_weigh(&filter, row_noise(model, row++));
            gaussian_process_filter_take(&filter, NULL);
            pass_row(&filter, passage);
            continue;
        }
        stop_at(smoother, row, &filter, &stations[station]);
        memcpy(stations[station++].passage, passage, sizeof passage);
        memset(passage, 0, sizeof passage);
        for (size_t i = 0; i < order; i++)
            passage[i * STRIDE + i] = 1;
    }
}

struct pairs {
    const struct gaussian_process_smoother *smoother;
    size_t count;
    const struct station *stations;
    double *covariance;
};

/* Of one station with itself and all that are to the right. */
static void pair_station(void *context, size_t first, size_t worker) {
    (void)worker;
    const struct pairs *pairs = context;
    size_t order = pairs->smoother->states.order, row = pairs->stations[first].query;
    double column[STRIDE], moved[STRIDE];
    memcpy(column, pairs->stations[first].column, sizeof column);
    for (size_t s = first; s < pairs->count; s++) {
        const struct station *station = &pairs->stations[s];
        if (s > first) {
            gaussian_process_filter_apply(order, station->passage, column, moved);
            memcpy(column, moved, order * sizeof *column);
        }
        double covariance = view_of(order, station->later, column);
        pairs->covariance[row * pairs->count + station->query] = covariance;
        pairs->covariance[station->query * pairs->count + row] = covariance;
    }
}

int gaussian_process_smoother_joint(struct gaussian_process_smoother *smoother, size_t count, const double *x,
                                    double *covariance, struct error *error) {
    struct station *stations = memory_array(error, count, sizeof *stations);
    if (stations == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        stations[i] = (struct station){.x = x[i], .query = i};
    qsort(stations, count, sizeof *stations, left_to_right);
    visit(smoother, count, stations);
    struct pairs pairs = {smoother, count, stations, covariance};
    parallel_for(smoother->threads, count, pair_station, &pairs);
    free(stations);
    return 0;
}
