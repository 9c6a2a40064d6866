#include "process/gaussian_process_classes_bound.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"
#include "num/cholesky.h"
#include "num/vector.h"
#include "process/gaussian_process_classes_divergence.h"

enum {
    CHUNK = 4096, /* rows at a time */
    BLOCK = 128,  /* of them in one piece of work */
    LANES = 8
};

static const double jitters[] = {1e-10, 1e-8, 1e-6}; /* of the mean diagonal */

/* A block at work. */
struct gaussian_process_classes_room {
    struct class_likelihood_room draws;
    double *turned;                /* functions x BLOCK x m: S_c' a */
    double *mean, *variance;       /* functions */
    double *by_mean, *by_variance; /* BLOCK x functions */
};

/* Sums of every LANES-th block. */
struct gaussian_process_classes_lane {
    double total;
    double values[CLASS_LIKELIHOOD_NODES], by_scale[CLASS_LIKELIHOOD_NODES];
    double *inner;   /* m x m: sum (d bound / da) a' */
    double *means;   /* functions x m */
    double *factors; /* functions x m x m: sum (d bound / d variance) a (S_c' a)' */
};

/* Some rows, and whether their derivatives are wanted. */
struct chunk {
    struct gaussian_process_classes_bound *bound;
    const size_t *batch; /* their numbers, or NULL: from first on */
    size_t first, count;
    double share; /* what a row of a batch counts for */
    bool slopes;
};

static int open_room(const struct gaussian_process_classes_bound *bound,
                     struct gaussian_process_classes_room *room, struct error *error) {
    size_t functions = bound->classes->functions, m = bound->inducing, wide;
    if (!memory_product(functions * BLOCK, m, &wide))
        return error_set(error, "out of memory");
    room->turned = memory_array(error, wide, sizeof(double));
    room->mean = memory_matrix(error, 2 * BLOCK + 2, functions, sizeof(double));
    if (room->turned == NULL || room->mean == NULL ||
        class_likelihood_open(&room->draws, &bound->likelihood, CLASS_LIKELIHOOD_DRAWS, error) < 0)
        return -1;
    room->variance = room->mean + functions;
    room->by_mean = room->variance + functions;
    room->by_variance = room->by_mean + BLOCK * functions;
    return 0;
}

static int open_lane(const struct gaussian_process_classes_bound *bound,
                     struct gaussian_process_classes_lane *lane, struct error *error) {
    size_t functions = bound->classes->functions, m = bound->inducing;
    lane->inner = memory_matrix(error, m, m, sizeof(double));
    lane->means = memory_matrix(error, functions, m, sizeof(double));
    lane->factors = memory_matrix(error, functions * m, m, sizeof(double));
    return lane->inner == NULL || lane->means == NULL || lane->factors == NULL ? -1 : 0;
}

static int open_parts(struct gaussian_process_classes_bound *bound, size_t threads, struct error *error) {
    size_t m = bound->inducing, d = bound->data->inputs;
    class_likelihood_start(&bound->likelihood,
                           bound->classes->likelihood == GAUSSIAN_PROCESS_LIKELIHOOD_SOFTMAX,
                           bound->classes->functions);
    if (blas_load_for(m > BLOCK ? m : BLOCK, error) < 0 ||
        covariance_work_open(&bound->work, bound->covariance, threads, error) < 0)
        return -1;
    bound->factor_uu = memory_matrix(error, m, m, sizeof(double));
    bound->inner = memory_matrix(error, m, m, sizeof(double));
    bound->x = memory_matrix(error, CHUNK, d, sizeof(double));
    bound->solved = memory_matrix(error, CHUNK, m, sizeof(double));
    bound->slopes = memory_matrix(error, CHUNK, m, sizeof(double));
    bound->diagonal = memory_array(error, CHUNK, sizeof(double));
    bound->rooms = memory_zeros(error, threads, sizeof *bound->rooms);
    bound->lanes = memory_zeros(error, LANES, sizeof *bound->lanes);
    if (bound->factor_uu == NULL || bound->inner == NULL || bound->x == NULL || bound->solved == NULL ||
        bound->slopes == NULL || bound->diagonal == NULL || bound->rooms == NULL || bound->lanes == NULL)
        return -1;
    int status = 0;
    for (size_t i = 0; status == 0 && i < threads; i++)
        status = open_room(bound, &bound->rooms[i], error);
    for (size_t i = 0; status == 0 && i < LANES; i++)
        status = open_lane(bound, &bound->lanes[i], error);
    return status;
}

int gaussian_process_classes_bound_open(struct gaussian_process_classes_bound *bound, size_t threads,
                                        struct error *error) {
    const char *rough = covariance_tile_rough(bound->covariance);
    if (rough != NULL && !bound->fixed)
        return error_set(error, "%s has no derivative in the inputs: --fix-inducing holds the inducing ones",
                         rough);
    if (open_parts(bound, threads, error) == 0)
        return 0;
    gaussian_process_classes_bound_close(bound);
    return -1;
}

void gaussian_process_classes_bound_close(struct gaussian_process_classes_bound *bound) {
    for (size_t i = 0; bound->rooms != NULL && i < bound->work.threads; i++) {
        class_likelihood_close(&bound->rooms[i].draws);
        free(bound->rooms[i].turned);
        free(bound->rooms[i].mean);
    }
    for (size_t i = 0; bound->lanes != NULL && i < LANES; i++) {
        free(bound->lanes[i].inner);
        free(bound->lanes[i].means);
        free(bound->lanes[i].factors);
    }
    double *const arrays[] = {bound->factor_uu, bound->inner,  bound->x,
                              bound->solved,    bound->slopes, bound->diagonal};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    free(bound->rooms);
    free(bound->lanes);
    covariance_points_close(&bound->points);
    covariance_work_close(&bound->work);
    *bound = (struct gaussian_process_classes_bound){0};
}

size_t gaussian_process_classes_bound_further(const struct gaussian_process_classes_bound *bound) {
    size_t m = bound->inducing, scale = bound->prior == NULL ? 0 : bound->prior_fixed ? 2 : 4;
    return (bound->fixed ? 0 : m * bound->data->inputs) + bound->classes->functions * (m + m * (m + 1) / 2) +
           scale;
}

/* L, with the least jitter that works. False: none does. */
static bool factor_uu(struct gaussian_process_classes_bound *bound, double *share) {
    size_t m = bound->inducing;
    bool exactly = !isnan(bound->jitter);
    size_t attempts = exactly ? 1 : sizeof jitters / sizeof *jitters;
    double *k = bound->factor_uu;
    for (size_t attempt = 0; attempt < attempts; attempt++) {
        double mean = 0, least = INFINITY;
        covariance_matrix_square(&bound->work, &bound->points, false, k);
        for (size_t i = 0; i < m; i++)
            mean += k[i * m + i] / (double)m;
        bound->jitter_level = exactly ? 0 : attempt + 1;
        *share = exactly ? 0 : jitters[attempt];
        bound->jitter_added = exactly ? bound->jitter : jitters[attempt] * mean;
        for (size_t i = 0; i < m; i++)
            k[i * m + i] += bound->jitter_added;
        if (!isfinite(mean) || cholesky_factor(m, k) != 0)
            continue;
        for (size_t i = 0; i < m; i++)
            least = fmin(least, k[i * m + i] * k[i * m + i]);
        if (least > 4 * (double)m * DBL_EPSILON * mean)
            return true;
    }
    return false;
}

static size_t row_of(const struct chunk *chunk, size_t i) {
    return chunk->batch == NULL ? chunk->first + i : chunk->batch[chunk->first + i];
}

/* The expectation of row i, whose a and S_c' a are there; its derivatives to the room. */
static void look_at_row(const struct chunk *chunk, struct gaussian_process_classes_room *room,
                        struct gaussian_process_classes_lane *lane, size_t i, size_t within) {
    const struct gaussian_process_classes_bound *bound = chunk->bound;
    const struct gaussian_process_classes *classes = bound->classes;
    size_t m = bound->inducing, functions = classes->functions, row = row_of(chunk, i);
    const double *a = bound->solved + i * m;
    double left = bound->diagonal[i] - vector_plain_dot(m, a, a);
    for (size_t c = 0; c < functions; c++) {
        const double *turned = room->turned + (c * BLOCK + within) * m;
        room->mean[c] = vector_plain_dot(m, a, classes->white_mean + c * m);
        room->variance[c] = fmax(left + vector_plain_dot(m, turned, turned), 0);
    }
    if (bound->likelihood.softmax)
        class_likelihood_draw(&bound->likelihood, row, CLASS_LIKELIHOOD_DRAWS, room->draws.draws);
    const struct class_likelihood_row at = {
        .label = (size_t)bound->data->y[row],
        .mean = room->mean,
        .variance = room->variance,
        .mean_slopes = room->by_mean + within * functions,
        .variance_slopes = room->by_variance + within * functions,
        .values = lane->values,
        .by_scale = lane->by_scale,
    };
    lane->total += class_likelihood_expect(&bound->likelihood, &room->draws, &at);
}

/* c (rows x columns) = a b, or += where kept. */
static void multiply(size_t rows, size_t inner, size_t columns, const double *a, bool a_transposed,
                     const double *b, bool b_transposed, bool kept, double *c) {
    const struct blas_product product = {
        .rows = rows,
        .columns = columns,
        .inner = inner,
        .alpha = 1,
        .beta = kept,
        .a = a,
        .b = b,
        .a_stride = a_transposed ? rows : inner,
        .b_stride = b_transposed ? inner : columns,
        .c_stride = columns,
        .a_transposed = a_transposed,
        .b_transposed = b_transposed,
        .c = c,
    };
    blas_multiply(&product);
}

/* From the derivatives by means and variances of a block those by a, and its part of the sums. */
static void scatter_block(const struct chunk *chunk, struct gaussian_process_classes_room *room,
                          struct gaussian_process_classes_lane *lane, size_t first, size_t count) {
    const struct gaussian_process_classes_bound *bound = chunk->bound;
    const struct gaussian_process_classes *classes = bound->classes;
    size_t m = bound->inducing, functions = classes->functions;
    double *a = bound->solved + first * m, *slopes = bound->slopes + first * m;
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (size_t c = 0; c < functions; c++) {
            room->by_mean[i * functions + c] *= chunk->share;
            sum += room->by_variance[i * functions + c] *= chunk->share;
        }
        bound->diagonal[first + i] = sum;
        for (size_t j = 0; j < m; j++)
            slopes[i * m + j] = -2 * sum * a[i * m + j];
    }
    multiply(functions, count, m, room->by_mean, true, a, false, true, lane->means);
    multiply(count, functions, m, room->by_mean, false, classes->white_mean, false, true, slopes);
    for (size_t c = 0; c < functions; c++) {
        double *turned = room->turned + c * BLOCK * m;
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < m; j++)
                turned[i * m + j] *= 2 * room->by_variance[i * functions + c];
        multiply(m, count, m, a, true, turned, false, true, lane->factors + c * m * m);
        multiply(count, m, m, turned, false, classes->white_factor + c * m * m, true, true, slopes);
    }
    multiply(m, count, m, slopes, true, a, false, true, lane->inner);
    blas_solve_rows(m, bound->factor_uu, true, count, slopes);
}

static void run_lane(void *context, size_t index, size_t worker) {
    const struct chunk *chunk = context;
    const struct gaussian_process_classes_bound *bound = chunk->bound;
    const struct gaussian_process_classes *classes = bound->classes;
    struct gaussian_process_classes_room *room = &bound->rooms[worker];
    struct gaussian_process_classes_lane *lane = &bound->lanes[index];
    size_t m = bound->inducing;
    for (size_t first = index * BLOCK; first < chunk->count; first += LANES * BLOCK) {
        size_t count = chunk->count - first < BLOCK ? chunk->count - first : BLOCK;
        double *a = bound->solved + first * m;
        blas_solve_rows(m, bound->factor_uu, false, count, a);
        for (size_t c = 0; c < classes->functions; c++)
            multiply(count, m, m, a, false, classes->white_factor + c * m * m, false, false,
                     room->turned + c * BLOCK * m);
        for (size_t i = 0; i < count; i++)
            look_at_row(chunk, room, lane, first + i, i);
        if (chunk->slopes)
            scatter_block(chunk, room, lane, first, count);
    }
}

static void clear_lanes(struct gaussian_process_classes_bound *bound) {
    size_t m = bound->inducing, functions = bound->classes->functions;
    for (size_t i = 0; i < LANES; i++) {
        struct gaussian_process_classes_lane *lane = &bound->lanes[i];
        lane->total = 0;
        memset(lane->values, 0, sizeof lane->values);
        memset(lane->by_scale, 0, sizeof lane->by_scale);
        memset(lane->inner, 0, m * m * sizeof(double));
        memset(lane->means, 0, functions * m * sizeof(double));
        memset(lane->factors, 0, functions * m * m * sizeof(double));
    }
}

/* Adds all lanes up in the first. */
static void join_lanes(struct gaussian_process_classes_bound *bound) {
    size_t m = bound->inducing, functions = bound->classes->functions;
    struct gaussian_process_classes_lane *sum = &bound->lanes[0];
    for (size_t i = 1; i < LANES; i++) {
        const struct gaussian_process_classes_lane *lane = &bound->lanes[i];
        sum->total += lane->total;
        for (size_t j = 0; j < CLASS_LIKELIHOOD_NODES; j++) {
            sum->values[j] += lane->values[j];
            sum->by_scale[j] += lane->by_scale[j];
        }
        for (size_t j = 0; j < m * m; j++)
            sum->inner[j] += lane->inner[j];
        for (size_t j = 0; j < functions * m; j++)
            sum->means[j] += lane->means[j];
        for (size_t j = 0; j < functions * m * m; j++)
            sum->factors[j] += lane->factors[j];
    }
}

/* dF/dk(z_i, x_j) */
static void write_cross(void *context, size_t first_row, size_t rows, size_t first_column, size_t columns,
                        double *tile) {
    const struct gaussian_process_classes_bound *bound = context;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            tile[i * COVARIANCE_TILE + j] =
                bound->slopes[(first_column + j) * bound->inducing + first_row + i];
}

static void write_inner(void *context, size_t first_row, size_t rows, size_t first_column, size_t columns,
                        double *tile) {
    const struct gaussian_process_classes_bound *bound = context;
    for (size_t i = 0; i < rows; i++)
        memcpy(tile + i * COVARIANCE_TILE, bound->inner + (first_row + i) * bound->inducing + first_column,
               columns * sizeof *tile);
}

static void add(size_t count, double factor, const double *terms, double *sums) {
    for (size_t i = 0; i < count; i++)
        sums[i] += factor * terms[i];
}

/* What comes through the kernel between Z and points y, and at these points themselves where `diagonal` holds
 * the derivatives. factor: how often Z stands there. */
static int add_kernel(struct gaussian_process_classes_bound *bound, const struct covariance_points *y,
                      covariance_adjoint *adjoint, double factor, double *gradient, struct error *error) {
    size_t parameters = bound->covariance->parameter_count;
    size_t entries = bound->fixed ? 0 : bound->inducing * bound->data->inputs;
    bool inner = y == &bound->points;
    double *own = memory_array(error, parameters + entries + 1, sizeof *own);
    if (own == NULL)
        return -1;
    int status = 0;
    if (!inner || entries > 0) {
        status = covariance_matrix_cross_gradient(&bound->work, &bound->points, y, adjoint, bound, own,
                                                  entries > 0 ? own + parameters : NULL, error);
        if (status == 0)
            add(entries, factor, own + parameters, gradient + parameters + 1);
        if (status == 0 && !inner)
            add(parameters, 1, own, gradient);
    }
    if (status == 0)
        status = inner ? covariance_matrix_gradient(&bound->work, y, adjoint, bound, own, error)
                       : covariance_matrix_diagonal_gradient(&bound->work, y, bound->diagonal, own, error);
    if (status == 0)
        add(parameters, 1, own, gradient);
    free(own);
    return status;
}

static int run_chunk(const struct chunk *chunk, double *gradient, struct error *error) {
    struct gaussian_process_classes_bound *bound = chunk->bound;
    size_t d = bound->data->inputs;
    struct covariance_points rows;
    for (size_t i = 0; i < chunk->count; i++)
        memcpy(bound->x + i * d, bound->data->x + row_of(chunk, i) * d, d * sizeof(double));
    if (covariance_points_open(&rows, chunk->count, d, bound->x, error) < 0)
        return -1;
    covariance_matrix_cross(&bound->work, &rows, &bound->points, bound->solved);
    covariance_matrix_diagonal(&bound->work, &rows, bound->diagonal);
    struct chunk shared = *chunk;
    parallel_for(bound->work.threads, LANES, run_lane, &shared);
    int status = chunk->slopes ? add_kernel(bound, &rows, write_cross, 1, gradient, error) : 0;
    covariance_points_close(&rows);
    return status;
}

static void transpose(size_t m, double *a) {
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < i; j++) {
            double kept = a[i * m + j];
            a[i * m + j] = a[j * m + i];
            a[j * m + i] = kept;
        }
}

/* d bound / dKuu, from the sum T of (d bound / da) a': -L'^-1 Phi L^-1, Phi the lower triangle of T with half
 * its diagonal, made symmetric (Murray 2016, Differentiation of the Cholesky decomposition). The jitter, a
 * share of the mean diagonal, moves with it. */
static void finish_inner(struct gaussian_process_classes_bound *bound, double share) {
    size_t m = bound->inducing;
    const double *t = bound->lanes[0].inner;
    double *a = bound->inner, trace = 0;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * m + j] = a[j * m + i] = -0.5 * t[i * m + j];
    for (int side = 0; side < 2; side++) {
        blas_solve_rows(m, bound->factor_uu, true, m, a);
        transpose(m, a);
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < i; j++)
            a[i * m + j] = a[j * m + i] = 0.5 * (a[i * m + j] + a[j * m + i]);
    for (size_t i = 0; i < m; i++)
        trace += a[i * m + i];
    for (size_t i = 0; i < m; i++)
        a[i * m + i] += share * trace / (double)m;
}

/* The sums' derivatives by means and factors into their places. */
static void place_sums(const struct gaussian_process_classes_bound *bound, double *means, double *factors) {
    size_t m = bound->inducing, functions = bound->classes->functions;
    memcpy(means, bound->lanes[0].means, functions * m * sizeof *means);
    for (size_t row = 0; row < functions * m; row++)
        for (size_t j = 0; j <= row % m; j++)
            *factors++ = bound->lanes[0].factors[row * m + j];
}

/* What rows say of A' and B', through the nodes of s. */
static void place_scale(const struct gaussian_process_classes_bound *bound, double share, double *gradient) {
    const struct class_likelihood *likelihood = &bound->likelihood;
    const struct gaussian_process_classes_lane *sum = &bound->lanes[0];
    memset(gradient, 0, (bound->prior_fixed ? 2 : 4) * sizeof *gradient);
    for (size_t j = 0; j < likelihood->scale_count; j++) {
        double by_scale = share * likelihood->weights[j] * sum->by_scale[j];
        gradient[0] +=
            share * likelihood->weight_slopes[j] * sum->values[j] + by_scale * likelihood->scale_slopes[j];
        gradient[1] += by_scale * likelihood->scales[j] / bound->classes->rate;
    }
}

int gaussian_process_classes_bound_evaluate(struct gaussian_process_classes_bound *bound, const size_t *batch,
                                            size_t count, double *value, double *gradient,
                                            struct error *error) {
    const struct gaussian_process_data *data = bound->data;
    size_t m = bound->inducing, parameters = bound->covariance->parameter_count;
    struct chunk chunk = {bound, batch, 0, 0, (double)data->rows / (double)count, gradient != NULL};
    double share, squares, *means = NULL, *factors = NULL, *scale = NULL;
    *value = -INFINITY;
    covariance_points_close(&bound->points);
    if (covariance_points_open(&bound->points, m, data->inputs, bound->z, error) < 0)
        return -1;
    if (!factor_uu(bound, &share))
        return 0;
    if (bound->prior != NULL)
        class_likelihood_set_scale(&bound->likelihood, bound->classes->shape, bound->classes->rate);
    clear_lanes(bound);
    if (gradient != NULL) {
        means = gradient + parameters + 1 + (bound->fixed ? 0 : m * data->inputs);
        factors = means + bound->classes->functions * m;
        scale = factors + bound->classes->functions * (m * (m + 1) / 2);
        memset(gradient, 0, (size_t)(means - gradient) * sizeof *gradient);
    }
    for (; chunk.first < count; chunk.first += CHUNK) {
        chunk.count = count - chunk.first < CHUNK ? count - chunk.first : CHUNK;
        if (run_chunk(&chunk, gradient, error) < 0)
            return -1;
    }
    join_lanes(bound);
    if (gradient != NULL) {
        place_sums(bound, means, factors);
        if (bound->prior != NULL)
            place_scale(bound, chunk.share, scale);
        finish_inner(bound, share);
        if (add_kernel(bound, &bound->points, write_inner, 2, gradient, error) < 0)
            return -1;
    }
    double distance = gaussian_process_classes_divergence(bound->classes, m, bound->prior != NULL, means,
                                                          factors, &squares);
    if (bound->prior != NULL)
        distance += gaussian_process_classes_divergence_of_scale(bound->classes, bound->prior,
                                                                 bound->prior_fixed, squares, scale);
    *value = chunk.share * bound->lanes[0].total - distance;
    if (isnan(*value))
        *value = -INFINITY; /* parameters beyond the doubles */
    return 0;
}
