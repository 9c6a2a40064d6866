#include "process/gaussian_process_inducing.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"

enum { SAMPLE_MAX = 16384, ROUNDS_MAX = 20, BLOCK = 256 };

const char *const gaussian_process_inducing_words[] = {"kmeans", "farthest", "random", "first", NULL};

/* Some of the rows, in deviations of their columns, and their places among the centres. */
struct sample {
    size_t rows, inputs, centres;
    double *x;         /* rows x inputs */
    double *centre;    /* centres x inputs */
    double *distances; /* rows: squared, to the nearest centre */
    size_t *nearest;   /* rows */
    double *scale;     /* inputs: deviations, 1 where a column is constant */
};

static void find_scales(const struct gaussian_process_data *data, double *scale) {
    size_t n = data->rows, d = data->inputs;
    for (size_t c = 0; c < d; c++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < n; i++)
            mean += data->x[i * d + c] / (double)n;
        for (size_t i = 0; i < n; i++) {
            double deviation = data->x[i * d + c] - mean;
            square += deviation * deviation / (double)n;
        }
        scale[c] = square > 0 && isfinite(square) ? sqrt(square) : 1;
    }
}

static void close_sample(struct sample *sample) {
    free(sample->x);
    free(sample->centre);
    free(sample->distances);
    free(sample->nearest);
    free(sample->scale);
}

static int open_sample(struct sample *sample, const struct gaussian_process_data *data, size_t count,
                       struct error *error) {
    size_t d = data->inputs, most = count > SAMPLE_MAX / 4 ? 4 * count : SAMPLE_MAX;
    size_t step = (data->rows + most - 1) / most;
    /* Fewer than `count` rows must not be left by the steps. */
    while (step > 1 && (data->rows + step - 1) / step < count)
        step--;
    *sample = (struct sample){.rows = (data->rows + step - 1) / step, .inputs = d, .centres = count};
    sample->x = memory_matrix(error, sample->rows, d, sizeof(double));
    sample->centre = memory_matrix(error, count, d, sizeof(double));
    sample->distances = memory_array(error, sample->rows, sizeof(double));
    sample->nearest = memory_zeros(error, sample->rows, sizeof(size_t));
    sample->scale = memory_array(error, d, sizeof(double));
    if (sample->x == NULL || sample->centre == NULL || sample->distances == NULL || sample->nearest == NULL ||
        sample->scale == NULL)
        return -1;
    find_scales(data, sample->scale);
    for (size_t i = 0; i < sample->rows; i++) {
        sample->distances[i] = INFINITY;
        for (size_t c = 0; c < d; c++)
            sample->x[i * d + c] = data->x[i * step * d + c] / sample->scale[c];
    }
    return 0;
}

static double distance(size_t d, const double *a, const double *b) {
    double sum = 0;
    for (size_t c = 0; c < d; c++)
        sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

/* Makes a row a centre. */
static void place(struct sample *sample, size_t centre, size_t row) {
    size_t d = sample->inputs;
    const double *x = sample->x + row * d;
    memcpy(sample->centre + centre * d, x, d * sizeof *x);
    for (size_t i = 0; i < sample->rows; i++)
        sample->distances[i] = fmin(sample->distances[i], distance(d, sample->x + i * d, x));
    sample->distances[row] = 0;
}

static size_t farthest_row(const struct sample *sample) {
    size_t best = 0;
    for (size_t i = 1; i < sample->rows; i++)
        if (sample->distances[i] > sample->distances[best])
            best = i;
    return best;
}

/* A row drawn by its distance; any where all are 0. */
static size_t draw_row(const struct sample *sample, struct random_stream *stream) {
    double total = 0, sum = 0;
    for (size_t i = 0; i < sample->rows; i++)
        total += sample->distances[i];
    if (!(total > 0 && isfinite(total)))
        return random_below(stream, sample->rows);
    double drawn = random_uniform(stream) * total;
    for (size_t i = 0; i < sample->rows; i++) {
        sum += sample->distances[i];
        if (sum >= drawn)
            return i;
    }
    return farthest_row(sample);
}

static void assign_block(void *context, size_t block, size_t worker) {
    (void)worker;
    struct sample *sample = context;
    size_t d = sample->inputs, last = (block + 1) * BLOCK < sample->rows ? (block + 1) * BLOCK : sample->rows;
    for (size_t i = block * BLOCK; i < last; i++) {
        sample->distances[i] = INFINITY;
        for (size_t k = 0; k < sample->centres; k++) {
            double squared = distance(d, sample->x + i * d, sample->centre + k * d);
            if (squared < sample->distances[i]) {
                sample->distances[i] = squared;
                sample->nearest[i] = k;
            }
        }
    }
}

/* The means of those nearest to each centre; a centre that has none stays. */
static void move_centres(struct sample *sample, double *counts) {
    size_t d = sample->inputs;
    memset(counts, 0, sample->centres * sizeof *counts);
    for (size_t i = 0; i < sample->rows; i++) {
        double *centre = sample->centre + sample->nearest[i] * d;
        double share = 1 / ++counts[sample->nearest[i]];
        for (size_t c = 0; c < d; c++) /* the first replaces what was there */
            centre[c] += (sample->x[i * d + c] - centre[c]) * share;
    }
}

static double total_distance(const struct sample *sample) {
    double sum = 0;
    for (size_t i = 0; i < sample->rows; i++)
        sum += sample->distances[i];
    return sum;
}

static int run_lloyd(struct sample *sample, uint64_t seed, size_t threads, struct error *error) {
    struct random_stream stream;
    double before = INFINITY, *counts = memory_array(error, sample->centres, sizeof *counts);
    if (counts == NULL)
        return -1;
    random_start(&stream, seed, "gpfit", "inducing", 0);
    for (size_t k = 0; k < sample->centres; k++)
        place(sample, k, k == 0 ? random_below(&stream, sample->rows) : draw_row(sample, &stream));
    for (size_t round = 0; round < ROUNDS_MAX; round++) {
        parallel_for(threads, (sample->rows + BLOCK - 1) / BLOCK, assign_block, sample);
        double total = total_distance(sample);
        move_centres(sample, counts);
        if (total >= before * (1 - 1e-4))
            break;
        before = total;
    }
    free(counts);
    return 0;
}

static int choose_by_distance(const struct gaussian_process_data *data,
                              enum gaussian_process_inducing_start start, size_t count, uint64_t seed,
                              size_t threads, double *z, struct error *error) {
    struct sample sample;
    size_t d = data->inputs;
    int status = open_sample(&sample, data, count, error);
    if (status == 0 && start == GAUSSIAN_PROCESS_INDUCING_KMEANS)
        status = run_lloyd(&sample, seed, threads, error);
    else if (status == 0)
        for (size_t k = 0; k < count; k++)
            place(&sample, k, k == 0 ? 0 : farthest_row(&sample));
    for (size_t i = 0; status == 0 && i < count * d; i++)
        z[i] = sample.centre[i] * sample.scale[i % d];
    close_sample(&sample);
    return status;
}

/* Selection sampling (Knuth, The art of computer programming 2, algorithm 3.4.2S). */
static void draw_rows(const struct gaussian_process_data *data, size_t count, uint64_t seed, double *z) {
    size_t d = data->inputs, chosen = 0;
    struct random_stream stream;
    random_start(&stream, seed, "gpfit", "inducing", 0);
    for (size_t i = 0; chosen < count; i++)
        if (random_below(&stream, data->rows - i) < count - chosen)
            memcpy(z + chosen++ * d, data->x + i * d, d * sizeof *z);
}

int gaussian_process_inducing_choose(const struct gaussian_process_data *data,
                                     enum gaussian_process_inducing_start start, size_t count, uint64_t seed,
                                     size_t threads, double *z, struct error *error) {
    if (start == GAUSSIAN_PROCESS_INDUCING_RANDOM)
        draw_rows(data, count, seed, z);
    else if (start == GAUSSIAN_PROCESS_INDUCING_FIRST)
        memcpy(z, data->x, count * data->inputs * sizeof *z);
    else
        return choose_by_distance(data, start, count, seed, threads, z, error);
    return 0;
}
