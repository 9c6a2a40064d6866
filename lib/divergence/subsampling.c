#include "divergence/subsampling.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "num/vector.h"

enum { CUTS = 20, POINTS_NEEDED = 20 };

static const double SIZE_EXPONENT = 0.7;
static const double STUDENT_QUANTILE = 2.0859634472658364; /* 0.975, CUTS degrees of freedom */

/* One thread's rows. */
struct worker {
    size_t *x, *y;
    bool failed;
    size_t replicate;   /* the first that failed here, */
    struct error error; /* and why */
};

struct run {
    const struct subsampling *plan;
    struct worker *workers;
    size_t x_size, y_size; /* b, c; of the jackknife, the first halves */
    double *estimates;     /* one a replicate, written */
};

static void keep_error(struct worker *worker, size_t replicate, const struct error *error) {
    if (worker->failed && worker->replicate < replicate)
        return;
    worker->failed = true;
    worker->replicate = replicate;
    worker->error = *error;
}

static void estimate(const struct run *run, struct worker *worker, size_t replicate,
                     const struct subsample *subsample) {
    struct error error;
    if (run->plan->estimate(run->plan->context, subsample, &run->estimates[replicate], &error) < 0)
        keep_error(worker, replicate, &error);
}

/* `size` of the numbers 0 .. count-1, ascending, all subsets being equally likely (Knuth, The Art of Computer
 * Programming, vol. 2, 3.4.2, algorithm S). */
static void draw_subset(struct random_stream *stream, size_t count, size_t size, size_t *subset) {
    size_t taken = 0;
    for (size_t i = 0; taken < size; i++)
        if (random_below(stream, (uint64_t)(count - i)) < size - taken)
            subset[taken++] = i;
}

static void bootstrap_replicate(void *context, size_t replicate, size_t thread) {
    const struct run *run = context;
    struct worker *worker = &run->workers[thread];
    struct random_stream stream;
    random_start(&stream, run->plan->seed, run->plan->filter, "subsampling", replicate);
    draw_subset(&stream, run->plan->x_count, run->x_size, worker->x);
    draw_subset(&stream, run->plan->y_count, run->y_size, worker->y);
    struct subsample subsample = {worker->x, worker->y, run->x_size, run->y_size};
    estimate(run, worker, replicate, &subsample);
}

/* Both halves of one cut: replicates 2 cut and 2 cut + 1. */
static void jackknife_cut(void *context, size_t cut, size_t thread) {
    const struct run *run = context;
    const struct subsampling *plan = run->plan;
    struct worker *worker = &run->workers[thread];
    struct random_stream stream;
    random_start(&stream, plan->seed, plan->filter, "jackknife", cut);
    random_permutation(&stream, plan->x_count, worker->x);
    random_permutation(&stream, plan->y_count, worker->y);

    struct subsample first = {worker->x, worker->y, run->x_size, run->y_size};
    struct subsample second = {worker->x + run->x_size, worker->y + run->y_size, plan->x_count - run->x_size,
                               plan->y_count - run->y_size};
    estimate(run, worker, 2 * cut, &first);
    estimate(run, worker, 2 * cut + 1, &second);
}

static void free_workers(struct worker *workers, size_t threads) {
    for (size_t i = 0; workers != NULL && i < threads; i++) {
        free(workers[i].x);
        free(workers[i].y);
    }
    free(workers);
}

static struct worker *create_workers(size_t threads, size_t x_count, size_t y_count, struct error *error) {
    struct worker *workers = memory_zeros(error, threads, sizeof *workers);
    for (size_t i = 0; workers != NULL && i < threads; i++) {
        workers[i].x = memory_array(error, x_count, sizeof *workers[i].x);
        workers[i].y = memory_array(error, y_count, sizeof *workers[i].y);
        if (workers[i].x == NULL || workers[i].y == NULL) {
            free_workers(workers, threads);
            return NULL;
        }
    }
    return workers;
}

/* Runs all replicates; the error is that of the first that failed, whatever thread it ran on. */
static int run_replicates(struct run *run, size_t replicates, size_t x_room, size_t y_room,
                          parallel_body *replicate, struct error *error) {
    size_t threads = run->plan->threads < replicates ? run->plan->threads : replicates;
    threads = threads > 0 ? threads : 1;
    run->workers = create_workers(threads, x_room, y_room, error);
    if (run->workers == NULL)
        return -1;
    parallel_for(threads, replicates, replicate, run);

    const struct worker *first = NULL;
    for (size_t i = 0; i < threads; i++)
        if (run->workers[i].failed && (first == NULL || run->workers[i].replicate < first->replicate))
            first = &run->workers[i];
    if (first != NULL) {
        *error = first->error;
        error_prefix(error, "%zu and %zu of the points", run->x_size, run->y_size);
    }
    int status = first == NULL ? 0 : -1;
    free_workers(run->workers, threads);
    return status;
}

/* Sum of squared deviations from the mean; 0 where all values are the same infinity. */
static double squared_deviations(size_t count, const double *values, double *squares) {
    double mean = vector_sum(count, values) / (double)count;
    for (size_t i = 0; i < count; i++) {
        double deviation = values[i] == mean ? 0 : values[i] - mean;
        squares[i] = deviation * deviation;
    }
    return vector_sum(count, squares);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantile of ascending values, linear between the order statistics (Hyndman and Fan 1996, type 7). */
static double quantile(size_t count, const double *values, double probability) {
    double place = probability * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return values[count - 1];
    double share = place - (double)below;
    return (1 - share) * values[below] + share * values[below + 1];
}

static size_t subsample_size(size_t count) {
    size_t size = (size_t)ceil(pow((double)count, SIZE_EXPONENT));
    return size < count ? size : count;
}

/* The factor s of the header. */
static double subsampling_scale(const struct run *run) {
    double n = (double)run->plan->x_count, m = (double)run->plan->y_count;
    double b = (double)run->x_size, c = (double)run->y_size;
    return sqrt((1 / n + 1 / m) / ((1 / b - 1 / n) + (1 / c - 1 / m)));
}

static void summarize_bootstrap(const struct run *run, double value, size_t replicates, double *squares,
                                struct subsampling_result *result) {
    double scale = subsampling_scale(run);
    double variance = squared_deviations(replicates, run->estimates, squares) / (double)(replicates - 1);
    qsort(run->estimates, replicates, sizeof *run->estimates, ascending);
    result->standard_error = scale * sqrt(variance);
    result->lower = value - scale * (quantile(replicates, run->estimates, 0.975) - value);
    result->upper = value - scale * (quantile(replicates, run->estimates, 0.025) - value);
}

int subsampling_bootstrap(const struct subsampling *plan, double value, size_t replicates,
                          struct subsampling_result *result, struct error *error) {
    struct run run = {
        .plan = plan,
        .x_size = subsample_size(plan->x_count),
        .y_size = subsample_size(plan->y_count),
    };
    if (run.x_size >= plan->x_count || run.y_size >= plan->y_count)
        return error_set(error, "subsampling: %zu and %zu points are too few", plan->x_count, plan->y_count);

    int status = -1;
    double *squares = memory_array(error, replicates, sizeof *squares);
    run.estimates = memory_array(error, replicates, sizeof *run.estimates);
    if (squares != NULL && run.estimates != NULL)
        status = run_replicates(&run, replicates, run.x_size, run.y_size, bootstrap_replicate, error);
    if (status == 0)
        summarize_bootstrap(&run, value, replicates, squares, result);
    free(squares);
    free(run.estimates);
    return status;
}

/* 1/4, and what it becomes where odd numbers have no equal halves. */
static double half_sample_factor(const struct run *run) {
    double n = (double)run->plan->x_count, m = (double)run->plan->y_count;
    double a = (double)run->x_size, c = (double)run->y_size;
    return (1 / n + 1 / m) / (1 / a + 1 / (n - a) + 1 / c + 1 / (m - c));
}

int subsampling_jackknife(const struct subsampling *plan, double value, struct subsampling_result *result,
                          struct error *error) {
    double estimates[2 * CUTS], squares = 0;
    struct run run = {
        .plan = plan,
        .x_size = plan->x_count / 2,
        .y_size = plan->y_count / 2,
        .estimates = estimates,
    };
    if (plan->x_count < POINTS_NEEDED || plan->y_count < POINTS_NEEDED)
        return error_set(error, "the jackknife needs at least %d points in each sample", POINTS_NEEDED);
    if (run_replicates(&run, CUTS, plan->x_count, plan->y_count, jackknife_cut, error) < 0)
        return -1;

    for (size_t i = 0; i < 2 * CUTS; i += 2) {
        /* two equal infinities differ by nothing */
        double difference = estimates[i] == estimates[i + 1] ? 0 : estimates[i] - estimates[i + 1];
        squares += difference * difference;
    }
    result->standard_error = sqrt(squares / CUTS * half_sample_factor(&run));
    result->lower = value - STUDENT_QUANTILE * result->standard_error;
    result->upper = value + STUDENT_QUANTILE * result->standard_error;
    return 0;
}

void subsampling_gather(const size_t *rows, size_t count, size_t columns, const double *points,
                        double *gathered) {
    for (size_t i = 0; i < count; i++)
        memcpy(gathered + i * columns, points + rows[i] * columns, columns * sizeof *points);
}
