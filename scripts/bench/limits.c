/* What this machine takes for the part of a workload that nothing can avoid, on one thread: the least of
 * three runs, in seconds.
 *
 *     limits read FILE ...     read the bytes of the files and add them up
 *     limits scan FILE         find the exact double of every number of a CSV
 *     limits print COUNT       the shortest decimals of so many doubles
 *     limits inflate FILE      undo gzip
 *     limits log COUNT         so many logarithms
 *     limits multiply COUNT    so many multiplications and additions of floats in registers
 *     limits gaussian COUNT D  so many squared distances in D dimensions, their exponentials and the sum */

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/instruction_sets.h"
#include "base/random.h"
#include "io/decimal.h"
#include "num/elementary.h"
#include "num/vector.h"

enum { BLOCK = 4096, RUNS = 3, BUFFER = 1 << 20 };

/* What was computed ends here, so that it cannot be left out. */
static volatile double sink;

static _Noreturn void fail(const char *what) {
    perror(what);
    exit(1);
}

static void read_file(const char *path) {
    static uint64_t buffer[BUFFER / 8];
    uint64_t sum = 0;
    ssize_t count;
    int file = open(path, O_RDONLY);
    if (file < 0)
        fail(path);
    while ((count = read(file, buffer, sizeof buffer)) > 0)
        for (ssize_t i = 0; i < count / 8; i++)
            sum += buffer[i];
    close(file);
    sink = (double)sum;
}

static void run_read(char **paths) {
    for (; *paths; paths++)
        read_file(*paths);
}

static void run_scan(char **arguments) {
    struct stat status;
    int file = open(arguments[0], O_RDONLY);
    if (file < 0 || fstat(file, &status) < 0)
        fail(arguments[0]);
    size_t length = (size_t)status.st_size;
    const char *text = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
    if (text == MAP_FAILED)
        fail(arguments[0]);
    double sum = 0, value;
    for (const char *next = text, *end = text + length; next < end; next++) {
        const char *after = decimal_parse(next, end, '.', &value);
        if (!after)
            continue;
        sum += value;
        next = after;
    }
    sink = sum;
    munmap((void *)(uintptr_t)text, length);
    close(file);
}

/* BLOCK positive numbers. */
static const double *some_numbers(void) {
    static double numbers[BLOCK];
    struct random_stream stream;
    random_start(&stream, 1, "limits", "numbers", 0);
    for (size_t i = 0; i < BLOCK; i++)
        numbers[i] = random_uniform(&stream);
    return numbers;
}

static void run_print(char **arguments) {
    const double *numbers = some_numbers();
    char text[DECIMAL_SIZE];
    size_t count = (size_t)atof(arguments[0]), length = 0;
    for (size_t i = 0; i < count; i++)
        length += decimal_print(text, numbers[i % BLOCK]);
    sink = (double)length;
}

static void run_inflate(char **arguments) {
    static char buffer[BUFFER];
    size_t length = 0;
    int count;
    gzFile file = gzopen(arguments[0], "rb");
    if (!file)
        fail(arguments[0]);
    while ((count = gzread(file, buffer, sizeof buffer)) > 0)
        length += (size_t)count;
    gzclose(file);
    sink = (double)length;
}

static void run_log(char **arguments) {
    static double logs[BLOCK];
    const double *numbers = some_numbers();
    size_t count = (size_t)atof(arguments[0]);
    for (size_t done = 0; done < count; done += BLOCK) {
        vector_log(BLOCK, numbers, logs);
        sink = logs[done % BLOCK];
    }
}

/* Sixteen floats; as many chains of them as hide the latency of an addition behind a multiplication. */
typedef float lanes __attribute__((vector_size(64)));
enum { CHAINS = 8, LANES = 16 };

INSTRUCTION_SETS static float multiply_add(size_t steps, float factor) {
    lanes a = {0}, b = {1}, c = {2}, d = {3}, e = {4}, f = {5}, g = {6}, h = {7};
    for (size_t step = 0; step < steps; step++) {
        a = a * factor + b;
        b = b * factor + c;
        c = c * factor + d;
        d = d * factor + e;
        e = e * factor + f;
        f = f * factor + g;
        g = g * factor + h;
        h = h * factor + a;
    }
    lanes sum = a + b + c + d + e + f + g + h;
    return sum[0];
}

static void run_multiply(char **arguments) {
    sink = (double)multiply_add((size_t)(atof(arguments[0]) / (CHAINS * LANES)), 0.5F);
}

/* A query against BLOCK points that lie by column, sixteen at a time. */
INSTRUCTION_SETS static double sum_gaussians(size_t columns, const double *points, const double *query) {
    enum { AHEAD = 16 };
    double sums[AHEAD] = {0}, sum = 0;
    for (size_t i = 0; i < BLOCK; i += AHEAD) {
        double squared[AHEAD] = {0};
        for (size_t c = 0; c < columns; c++)
#pragma omp simd
            for (size_t k = 0; k < AHEAD; k++) {
                double apart = points[c * BLOCK + i + k] - query[c];
                squared[k] += apart * apart;
            }
#pragma omp simd
        for (size_t k = 0; k < AHEAD; k++)
            sums[k] += elementary_exp(-0.5 * squared[k]);
    }
    for (size_t k = 0; k < AHEAD; k++)
        sum += sums[k];
    return sum;
}

static void run_gaussian(char **arguments) {
    size_t count = (size_t)atof(arguments[0]), columns = (size_t)atof(arguments[1]);
    double *points = malloc(columns * BLOCK * sizeof *points);
    if (!points)
        fail("gaussian");
    for (size_t c = 0; c < columns; c++)
        memcpy(points + c * BLOCK, some_numbers(), BLOCK * sizeof *points);
    for (size_t done = 0; done < count; done += BLOCK)
        sink = sum_gaussians(columns, points, points + done % BLOCK);
    free(points);
}

static const struct part {
    const char *name;
    int arguments; /* at least */
    void (*run)(char **arguments);
} parts[] = {
    {"read", 1, run_read},         {"scan", 1, run_scan}, {"print", 1, run_print},
    {"inflate", 1, run_inflate},   {"log", 1, run_log},   {"multiply", 1, run_multiply},
    {"gaussian", 2, run_gaussian},
};

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv) {
    for (size_t i = 0; argc > 1 && i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(argv[1], parts[i].name) != 0 || argc < 2 + parts[i].arguments)
            continue;
        double least = 1e300;
        for (int run = 0; run < RUNS; run++) {
            double start = seconds_now();
            parts[i].run(argv + 2);
            double seconds = seconds_now() - start;
            least = seconds < least ? seconds : least;
        }
        printf("%.6f\n", least);
        return 0;
    }
    fprintf(stderr, "usage: limits read|scan|print|inflate|log|multiply|gaussian ARGUMENT ...\n");
    return 2;
}
