#include "process/gaussian_process_kalman.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "process/gaussian_process_filter.h"

enum { STRIDE = COVARIANCE_STATES_MAX, AREA = COVARIANCE_STATES_AREA };

static const double jitters[] = {0, 1e-10, 1e-8, 1e-6}; /* of the mean diagonal */

struct place {
    double x;
    size_t row;
};

static int ascending(const void *a, const void *b) {
    const struct place *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

static int sort_rows(struct gaussian_process_kalman *kalman, struct error *error) {
    const struct gaussian_process_data *data = kalman->data;
    struct place *places = memory_array(error, data->rows, sizeof *places);
    if (places == NULL)
        return -1;
    for (size_t i = 0; i < data->rows; i++)
        places[i] = (struct place){data->x[i], i};
    qsort(places, data->rows, sizeof *places, ascending);
    for (size_t i = 0; i < data->rows; i++) {
        kalman->order[i] = places[i].row;
        kalman->x[i] = places[i].x;
        if (data->noise != NULL)
            kalman->noise[i] = data->noise[places[i].row];
    }
    free(places);
    return 0;
}

/* Slopes of the filter in one parameter. */
struct slope {
    size_t term; /* and which of its parameters */
    enum { VARIANCE, LENGTHSCALE, NOISE } kind;
    size_t slot; /* in the gradient */
    double p[AREA];
    double *means; /* outputs x STRIDE */
};

static size_t slope_count(const struct gaussian_process_kalman *kalman) {
    return 2 * kalman->states.term_count + 1;
}

int gaussian_process_kalman_open(struct gaussian_process_kalman *kalman,
                                 const struct gaussian_process_data *data, enum gaussian_process_mean mean,
                                 struct covariance *covariance, struct error *error) {
    *kalman = (struct gaussian_process_kalman){.data = data, .covariance = covariance, .jitter = NAN};
    if (!covariance_states_read(&kalman->states, covariance))
        return error_set(error, "the kernel has no states for a Kalman filter");
    size_t q = data->outputs, n = data->rows, basis = gaussian_process_whitening_basis(mean, 1);
    kalman->order = memory_array(error, n, sizeof *kalman->order);
    kalman->x = memory_array(error, n, sizeof *kalman->x);
    kalman->noise = data->noise == NULL ? NULL : memory_array(error, n, sizeof *kalman->noise);
    /* means and values of the filter, and means of each slope */
    kalman->room = memory_matrix(error, (2 + slope_count(kalman)) * STRIDE, basis + q, sizeof *kalman->room);
    if (kalman->order == NULL || kalman->x == NULL || (data->noise != NULL && kalman->noise == NULL) ||
        kalman->room == NULL || sort_rows(kalman, error) < 0 ||
        gaussian_process_whitening_open(&kalman->whitening, data, mean, kalman->order, error) < 0) {
        gaussian_process_kalman_close(kalman);
        return -1;
    }
    return 0;
}

void gaussian_process_kalman_close(struct gaussian_process_kalman *kalman) {
    free(kalman->order);
    free(kalman->x);
    free(kalman->noise);
    free(kalman->room);
    gaussian_process_whitening_close(&kalman->whitening);
    *kalman = (struct gaussian_process_kalman){0};
}

static double noise_of(const struct gaussian_process_kalman *kalman, size_t i, double noise) {
    return noise + (kalman->noise == NULL ? 0 : kalman->noise[i]);
}

/* Products of the whitened columns, and behind them the sum of log S. False: some row is determined by those
 * before it. */
static bool find_products(struct gaussian_process_kalman *kalman, double noise, double *products) {
    size_t width = kalman->whitening.basis_count + kalman->data->outputs;
    double *values = kalman->room + width * STRIDE, *determinant = products + width * width;
    struct gaussian_process_filter filter;
    gaussian_process_filter_start(&filter, &kalman->states, width, kalman->room);
    memset(products, 0, (width * width + 1) * sizeof *products);
    for (size_t i = 0; i < kalman->data->rows; i++) {
        if (i > 0) {
            gaussian_process_filter_step(&filter, kalman->x[i] - kalman->x[i - 1]);
            gaussian_process_filter_move(&filter);
        }
        memcpy(values, kalman->whitening.design + i * width, width * sizeof *values);
        if (!gaussian_process_filter_weigh(&filter, noise_of(kalman, i, noise)))
            return false;
        gaussian_process_filter_take(&filter, values);
        for (size_t a = 0; a < width; a++)
            for (size_t b = 0; b <= a; b++)
                products[a * width + b] += values[a] * values[b] / filter.variance;
        *determinant += log(filter.variance);
    }
    return true;
}

/* The mean of k(x, x) and the noise. */
static double mean_diagonal(const struct gaussian_process_kalman *kalman, double noise) {
    double prior[AREA], column[STRIDE], sum = 0;
    covariance_states_prior(&kalman->states, prior);
    gaussian_process_filter_column(&kalman->states, prior, column);
    for (size_t i = 0; i < kalman->data->rows; i++)
        sum += noise_of(kalman, i, noise) / (double)kalman->data->rows;
    return sum + gaussian_process_filter_value(&kalman->states, column);
}

/* The same with as little jitter as works. */
static bool find_with_jitter(struct gaussian_process_kalman *kalman, double noise, double *products) {
    size_t attempts = isnan(kalman->jitter) ? sizeof jitters / sizeof *jitters : 1;
    double diagonal = mean_diagonal(kalman, noise);
    for (size_t attempt = 0; attempt < attempts; attempt++) {
        kalman->jitter_share = isnan(kalman->jitter) ? jitters[attempt] : 0;
        kalman->jitter_added = isnan(kalman->jitter) ? jitters[attempt] * diagonal : kalman->jitter;
        if (find_products(kalman, noise + kalman->jitter_added, products))
            return true;
    }
    return false;
}

/* d/d variance of what is proportional to it within a term. */
static void take_share(const struct gaussian_process_kalman *kalman, size_t which, const double *matrix,
                       double *share) {
    const struct covariance_states_term *term = &kalman->states.terms[which];
    double variance = kalman->covariance->parameters[term->variance].value;
    memset(share, 0, AREA * sizeof *share);
    for (size_t i = term->first; i < term->first + term->order; i++)
        for (size_t j = term->first; j < term->first + term->order; j++)
            share[i * STRIDE + j] = matrix[i * STRIDE + j] / variance;
}

static void start_slopes(const struct gaussian_process_kalman *kalman,
                         const struct gaussian_process_filter *filter, double *room, struct slope *slopes) {
    size_t count = slope_count(kalman), q = kalman->data->outputs;
    memset(room, 0, count * q * STRIDE * sizeof *room);
    for (size_t s = 0; s < count; s++) {
        struct slope *slope = &slopes[s];
        slope->term = s / 2;
        slope->kind = s + 1 == count ? NOISE : s % 2 == 0 ? VARIANCE : LENGTHSCALE;
        const struct covariance_states_term *term = &kalman->states.terms[slope->term];
        slope->slot = slope->kind == NOISE      ? kalman->covariance->parameter_count
                      : slope->kind == VARIANCE ? term->variance
                                                : term->lengthscale;
        slope->means = room + s * q * STRIDE;
        if (slope->kind == VARIANCE)
            take_share(kalman, slope->term, filter->p, slope->p);
        else
            memset(slope->p, 0, sizeof slope->p);
    }
}

/* dm- = dA m + A dm, dP- = dA P A' + A P dA' + A dP A' + dQ; filter is where it was before the step. */
static void move_slope(const struct gaussian_process_kalman *kalman,
                       const struct gaussian_process_filter *filter, double d, struct slope *slope) {
    size_t order = kalman->states.order;
    double moved[AREA], a[AREA], q[AREA], turned[AREA], mean[STRIDE], turn[STRIDE];
    gaussian_process_filter_sandwich(order, filter->a, slope->p, filter->a, moved);
    if (slope->kind == VARIANCE)
        take_share(kalman, slope->term, filter->q, q);
    if (slope->kind == LENGTHSCALE) {
        covariance_states_step_slope(&kalman->states, slope->term, d, a, q);
        gaussian_process_filter_sandwich(order, a, filter->p, filter->a, turned);
    }
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j < order; j++) {
            double sum = moved[i * STRIDE + j];
            if (slope->kind != NOISE)
                sum += q[i * STRIDE + j];
            if (slope->kind == LENGTHSCALE)
                sum += turned[i * STRIDE + j] + turned[j * STRIDE + i];
            slope->p[i * STRIDE + j] = sum;
        }
    for (size_t c = 0; c < filter->width; c++) {
        double *own = slope->means + c * STRIDE;
        gaussian_process_filter_apply(order, filter->a, own, mean);
        memset(turn, 0, sizeof turn);
        if (slope->kind == LENGTHSCALE)
            gaussian_process_filter_apply(order, a, filter->means + c * STRIDE, turn);
        for (size_t i = 0; i < order; i++)
            own[i] = mean[i] + turn[i];
    }
}

/* Takes in a row, whose innovations are known. Returns d log p / d parameter. */
static double take_slope(const struct gaussian_process_filter *filter, const double *innovations,
                         struct slope *slope) {
    size_t order = filter->states->order;
    double column[STRIDE], gain[STRIDE], sum = 0, s = filter->variance;
    gaussian_process_filter_column(filter->states, slope->p, column);
    double ds = gaussian_process_filter_value(filter->states, column) + (slope->kind == NOISE);
    for (size_t i = 0; i < order; i++)
        gain[i] = (column[i] - filter->gain[i] * ds) / s;
    for (size_t c = 0; c < filter->width; c++) {
        double *mean = slope->means + c * STRIDE, v = innovations[c];
        double dv = -gaussian_process_filter_value(filter->states, mean);
        sum -= 0.5 * (ds / s + (2 * v * dv - v * v * ds / s) / s);
        for (size_t i = 0; i < order; i++)
            mean[i] += gain[i] * v + filter->gain[i] * dv;
    }
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j < order; j++)
            slope->p[i * STRIDE + j] -= (gain[i] * filter->gain[j] + filter->gain[i] * gain[j]) * s +
                                        filter->gain[i] * filter->gain[j] * ds;
    return sum;
}

/* The jitter, a share of the mean diagonal, moves with it. */
static void add_jitter_slopes(const struct gaussian_process_kalman *kalman, double *gradient) {
    double *noise = gradient + kalman->covariance->parameter_count;
    for (size_t k = 0; k < kalman->states.term_count; k++)
        gradient[kalman->states.terms[k].variance] +=
            kalman->jitter_share * *noise * kalman->states.terms[k].scale;
    *noise += kalman->jitter_share * *noise;
}

/* The filter over what the mean leaves of the targets, with its slopes. */
static int find_gradient(struct gaussian_process_kalman *kalman, double noise, double *gradient,
                         struct error *error) {
    size_t q = kalman->data->outputs, count = slope_count(kalman);
    double *values = kalman->room + q * STRIDE;
    struct gaussian_process_filter filter;
    struct slope *slopes = memory_array(error, count, sizeof *slopes);
    if (slopes == NULL)
        return -1;
    memset(gradient, 0, (kalman->covariance->parameter_count + 1) * sizeof *gradient);
    gaussian_process_filter_start(&filter, &kalman->states, q, kalman->room);
    start_slopes(kalman, &filter, kalman->room + 2 * q * STRIDE, slopes);
    for (size_t i = 0; i < kalman->data->rows; i++) {
        if (i > 0) {
            double d = kalman->x[i] - kalman->x[i - 1];
            gaussian_process_filter_step(&filter, d);
            for (size_t s = 0; s < count; s++)
                move_slope(kalman, &filter, d, &slopes[s]);
            gaussian_process_filter_move(&filter);
        }
        for (size_t c = 0; c < q; c++)
            values[c] = gaussian_process_whitening_residual(&kalman->whitening, i, c);
        gaussian_process_filter_weigh(&filter, noise_of(kalman, i, noise));
        gaussian_process_filter_take(&filter, values);
        for (size_t s = 0; s < count; s++)
            gradient[slopes[s].slot] += take_slope(&filter, values, &slopes[s]);
    }
    free(slopes);
    add_jitter_slopes(kalman, gradient);
    return 0;
}

int gaussian_process_kalman_evaluate(struct gaussian_process_kalman *kalman, double noise, double *value,
                                     double *gradient, struct error *error) {
    size_t n = kalman->data->rows, q = kalman->data->outputs, width = kalman->whitening.basis_count + q;
    double squares = 0, *products = memory_array(error, width * width + 1, sizeof *products);
    *value = -INFINITY;
    if (products == NULL)
        return -1;
    int status = 0;
    if (find_with_jitter(kalman, noise, products)) {
        status = gaussian_process_whitening_solve(&kalman->whitening, products, &squares, error);
        *value = -0.5 * (squares + (double)q * (products[width * width] + (double)n * log(2 * M_PI)));
        if (status == 0 && gradient != NULL)
            status = find_gradient(kalman, noise + kalman->jitter_added, gradient, error);
    }
    free(products);
    return status;
}
