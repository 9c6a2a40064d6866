#include "num/median_distance.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"

enum { DIGIT = 16, DIGITS = 64 / DIGIT, BUCKETS = 1 << DIGIT, LANES = 8 };

/* A pass: counts, of the squares whose bits above `shift + DIGIT` are prefix, the next digit. */
struct pass {
    size_t count, width, stride, threads;
    const double *rows;
    uint64_t prefix;
    unsigned shift;
    uint64_t *counts; /* threads x BUCKETS */
};

/* The squared distance of rows i and j, in eight lanes whatever the instruction set. */
INSTRUCTION_SETS static uint64_t square_bits(const struct pass *pass, size_t i, size_t j) {
    const double *x = pass->rows + i * pass->stride, *y = pass->rows + j * pass->stride;
    double lanes[LANES] = {0};
    size_t k = 0;
    uint64_t bits;
    for (; k + LANES <= pass->width; k += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] += (x[k + lane] - y[k + lane]) * (x[k + lane] - y[k + lane]);
    for (size_t lane = 0; k < pass->width; k++, lane++)
        lanes[lane] += (x[k] - y[k]) * (x[k] - y[k]);
    double sum =
        ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
    memcpy(&bits, &sum, sizeof bits); /* of numbers >= 0 they are in the same order */
    return bits;
}

static void count_row(void *context, size_t i, size_t worker) {
    const struct pass *pass = context;
    uint64_t *counts = pass->counts + worker * BUCKETS;
    unsigned above = pass->shift + DIGIT;
    for (size_t j = i + 1; j < pass->count; j++) {
        uint64_t bits = square_bits(pass, i, j);
        if (above == 64 || bits >> above == pass->prefix)
            counts[bits >> pass->shift & (BUCKETS - 1)]++;
    }
}

/* The distance of that rank from 0. */
static double select_rank(struct pass *pass, uint64_t rank) {
    double square;
    pass->prefix = 0;
    for (pass->shift = 64; pass->shift > 0;) {
        uint64_t digit = 0;
        pass->shift -= DIGIT;
        memset(pass->counts, 0, pass->threads * BUCKETS * sizeof *pass->counts);
        parallel_for(pass->threads, pass->count, count_row, pass);
        for (;; digit++) {
            uint64_t count = 0;
            for (size_t worker = 0; worker < pass->threads; worker++)
                count += pass->counts[worker * BUCKETS + digit];
            if (rank < count)
                break;
            rank -= count;
        }
        pass->prefix = pass->prefix << DIGIT | digit;
    }
    memcpy(&square, &pass->prefix, sizeof square);
    return sqrt(square);
}

int median_distance(size_t count, size_t width, const double *rows, size_t stride, size_t threads,
                    double *median, struct error *error) {
    struct pass pass = {.count = count, .width = width, .stride = stride, .threads = threads, .rows = rows};
    uint64_t pairs = (uint64_t)count * (count - 1) / 2;
    pass.counts = memory_matrix(error, threads, BUCKETS, sizeof *pass.counts);
    if (pass.counts == NULL)
        return -1;
    *median = select_rank(&pass, pairs / 2);
    if (pairs % 2 == 0)
        *median = (*median + select_rank(&pass, pairs / 2 - 1)) / 2;
    free(pass.counts);
    return 0;
}
