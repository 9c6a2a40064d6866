#include "density/kernel_sampler.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"

int kernel_sampler_create(struct kernel_sampler *sampler, const struct kernel_density *density, uint64_t seed,
                          struct error *error) {
    double sum = 0;
    *sampler = (struct kernel_sampler){.density = density, .seed = seed};
    sampler->cumulative = memory_array(error, density->count, sizeof *sampler->cumulative);
    if (sampler->cumulative == NULL)
        return -1;
    for (size_t i = 0; i < density->count; i++)
        sampler->cumulative[i] = sum += density->weights[i];
    return 0;
}

void kernel_sampler_free(struct kernel_sampler *sampler) {
    free(sampler->cumulative);
    *sampler = (struct kernel_sampler){0};
}

static double draw_beta(struct random_stream *stream, double a, double b) {
    double x = random_gamma(stream, a), y = random_gamma(stream, b);
    return x / (x + y);
}

/* |z| of a radial kernel in d dimensions: its density is proportional to r^(d-1) k(r). */
static double draw_radius(enum kernel_name name, double d, struct random_stream *stream) {
    double r;
    switch (name) {
    case KERNEL_UNIFORM:
        return sqrt(draw_beta(stream, d / 2, 1));
    case KERNEL_EPANECHNIKOV:
        return sqrt(draw_beta(stream, d / 2, 2));
    case KERNEL_BIWEIGHT:
        return sqrt(draw_beta(stream, d / 2, 3));
    case KERNEL_TRIWEIGHT:
        return sqrt(draw_beta(stream, d / 2, 4));
    case KERNEL_TRIANGULAR:
        return draw_beta(stream, d, 2);
    case KERNEL_COSINE: /* under pi/2 times the triangle: cos(pi r/2) <= pi/2 (1 - r) */
        do
            r = draw_beta(stream, d, 2);
        while (random_uniform(stream) * (M_PI / 2) * (1 - r) > kernel_profile(name, r * r));
        return r;
    default:
        return random_gamma(stream, d);
    }
}

void kernel_sampler_noise(const struct kernel *kernel, struct random_stream *stream, double *z) {
    size_t d = kernel->dimensions;
    random_normals(stream, d, z);
    if (kernel->name == KERNEL_GAUSSIAN)
        return;
    if (kernel->form == KERNEL_PRODUCT) {
        for (size_t j = 0; j < d; j++)
            z[j] = copysign(draw_radius(kernel->name, 1, stream), z[j]);
        return;
    }
    double squares = 0; /* a normal vector has a uniform direction */
    for (size_t j = 0; j < d; j++)
        squares += z[j] * z[j];
    double scale = draw_radius(kernel->name, (double)d, stream) / sqrt(squares);
    for (size_t j = 0; j < d; j++)
        z[j] *= scale;
}

/* Brings a draw back; false where it is to be drawn anew. */
static bool bring_inside(const struct kernel_density *density, double *point) {
    for (size_t j = 0; j < density->dimensions; j++) {
        double lower = density->lower[j], upper = density->upper[j], period = density->period[j];
        if (!isnan(period)) {
            double wrapped = point[j] - period * floor(point[j] / period);
            point[j] = wrapped < period ? wrapped : 0;
        }
        if (point[j] < lower)
            point[j] = 2 * lower - point[j];
        else if (point[j] > upper)
            point[j] = 2 * upper - point[j];
        if (point[j] < lower || point[j] > upper)
            return false;
    }
    return true;
}

/* y_i + lam_i L z, in place of z. The last column first: L is lower triangular. */
static void place_noise(const struct kernel_density *density, size_t i, double *z) {
    size_t d = density->dimensions;
    double local = density->local != NULL ? density->local[i] : 1;
    for (size_t j = d; j-- > 0;) {
        double sum = 0;
        for (size_t k = 0; k <= j; k++)
            sum += density->factor[j * d + k] * z[k];
        z[j] = density->points[i * d + j] + local * sum;
    }
}

struct sampling {
    const struct kernel_sampler *sampler;
    size_t block, rows;
    double *points;
};

static void draw_block(void *context, size_t part, size_t worker) {
    const struct sampling *sampling = context;
    const struct kernel_density *density = sampling->sampler->density;
    size_t d = density->dimensions, begin = part * KERNEL_SAMPLER_BLOCK;
    size_t end = begin + KERNEL_SAMPLER_BLOCK;
    struct random_stream stream;
    (void)worker;
    random_start(&stream, sampling->sampler->seed, "kde", "sample", sampling->block + part);
    for (size_t i = begin; i < end && i < sampling->rows; i++) {
        double *point = sampling->points + i * d;
        do {
            size_t source = random_discrete(&stream, density->count, sampling->sampler->cumulative);
            kernel_sampler_noise(&density->kernel, &stream, point);
            place_noise(density, source, point);
        } while (!bring_inside(density, point));
    }
}

void kernel_sampler_rows(const struct kernel_sampler *sampler, size_t threads, size_t block, size_t rows,
                         double *points) {
    struct sampling sampling = {sampler, block, rows, points};
    size_t parts = rows / KERNEL_SAMPLER_BLOCK + (rows % KERNEL_SAMPLER_BLOCK > 0);
    parallel_for(threads, parts, draw_block, &sampling);
}
