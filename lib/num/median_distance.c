#include "num/median_distance.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "num/quantile.h"

/* Up to so many pairs all squares are kept; beyond, those between two fences from a sample of pairs, one in
 * SAMPLED but SAMPLE_MIN at the least: some 110 for each row. */
enum { KEPT_WHOLE = 1 << 17, SAMPLE_MIN = 1 << 15, SAMPLED = 512 };

/* The fences stand so many standard deviations of a sample's rank about the middle: one search in 1e6 misses.
 */
static const double DEVIATIONS = 5;

enum { LANES = 8 };

/* What a thread found on the way over the pairs. */
struct found {
    uint64_t below, at_low, at_high;
    double *kept; /* squares strictly between the fences */
    size_t kept_count, capacity;
    bool full; /* there were more than can be kept */
};

/* A pass over all pairs. */
struct pass {
    size_t count, width, stride, threads;
    const double *rows;
    double low, high; /* fences, squares */
    struct found *found;
    size_t kept_max; /* by a thread */
};

/* The squared distance of rows i and j, in eight lanes whatever the instruction set. */
INSTRUCTION_SETS static double square_between(const struct pass *pass, size_t i, size_t j) {
    const double *x = pass->rows + i * pass->stride, *y = pass->rows + j * pass->stride;
    double lanes[LANES] = {0};
    size_t k = 0;
    for (; k + LANES <= pass->width; k += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] += (x[k + lane] - y[k + lane]) * (x[k + lane] - y[k + lane]);
    for (size_t lane = 0; k < pass->width; k++, lane++)
        lanes[lane] += (x[k] - y[k]) * (x[k] - y[k]);
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

static void keep(struct found *found, double square, size_t most) {
    struct error ignored;
    found->full = found->full || found->kept_count == most ||
                  memory_reserve(&ignored, &found->kept, &found->capacity, found->kept_count + 1,
                                 sizeof *found->kept) < 0;
    if (!found->full)
        found->kept[found->kept_count++] = square;
}

static void keep_row(void *context, size_t i, size_t worker) {
    const struct pass *pass = context;
    struct found *found = &pass->found[worker];
    for (size_t j = i + 1; j < pass->count; j++) {
        double square = square_between(pass, i, j);
        found->below += square < pass->low;
        if (square < pass->low || square > pass->high)
            continue;
        if (square == pass->low)
            found->at_low++;
        else if (square == pass->high)
            found->at_high++;
        else
            keep(found, square, pass->kept_max);
    }
}

/* Sets fences so many standard deviations of a sample's rank about the middle of the pairs. Returns 0, or -1
 * where memory fails. */
static int set_fences(struct pass *pass, uint64_t pairs, double deviations, struct error *error) {
    struct random_stream stream;
    size_t sample = pairs / SAMPLED > SAMPLE_MIN ? (size_t)(pairs / SAMPLED) : SAMPLE_MIN;
    double off = deviations * 0.5 / sqrt((double)sample);
    pass->low = -1;
    pass->high = INFINITY;
    pass->kept_max = SIZE_MAX;
    if (pairs <= KEPT_WHOLE || off >= 0.5)
        return 0;
    double *squares = memory_array(error, sample, sizeof *squares);
    if (squares == NULL)
        return -1;
    random_start(&stream, 1, "median_distance", "pairs", 0);
    for (size_t k = 0; k < sample; k++) {
        size_t i = (size_t)random_below(&stream, pass->count);
        size_t j = (size_t)random_below(&stream, pass->count - 1);
        squares[k] = square_between(pass, i, j + (j >= i));
    }
    pass->low = quantile_select(sample, squares, 0.5 - off);
    pass->high = quantile_select(sample, squares, 0.5 + off);
    pass->kept_max = (size_t)(4 * off * (double)pairs);
    free(squares);
    return 0;
}

/* Gathers what all threads found in the first's. Returns whether it is whole. */
static bool gather(const struct pass *pass) {
    struct found *all = &pass->found[0];
    struct error ignored;
    for (size_t worker = 1; worker < pass->threads; worker++) {
        const struct found *found = &pass->found[worker];
        if (found->full || memory_reserve(&ignored, &all->kept, &all->capacity,
                                          all->kept_count + found->kept_count, sizeof *all->kept) < 0)
            return false;
        all->below += found->below;
        all->at_low += found->at_low;
        all->at_high += found->at_high;
        if (found->kept_count > 0)
            memcpy(all->kept + all->kept_count, found->kept, found->kept_count * sizeof *all->kept);
        all->kept_count += found->kept_count;
    }
    return !all->full;
}

/* The distance of that rank from 0, among those gathered. Returns whether it is there. */
static bool take_rank(const struct pass *pass, uint64_t rank, double *distance) {
    const struct found *all = &pass->found[0];
    uint64_t at = rank - all->below; /* huge where the rank is below */
    if (at >= all->at_low + all->kept_count + all->at_high)
        return false;
    double square = at < all->at_low ? pass->low : pass->high;
    if (at >= all->at_low && at - all->at_low < all->kept_count)
        square = quantile_select_rank(all->kept_count, all->kept, (size_t)(at - all->at_low));
    *distance = sqrt(square);
    return true;
}

/* Both distances by one pass over the pairs. Returns 1; 0: the sample misled; -1: memory failed. */
static int select_between_fences(struct pass *pass, uint64_t pairs, double deviations, double *median,
                                 struct error *error) {
    double low, high;
    pass->found = memory_zeros(error, pass->threads, sizeof *pass->found);
    if (pass->found == NULL)
        return -1;
    int status = set_fences(pass, pairs, deviations, error);
    if (status == 0) {
        parallel_for(pass->threads, pass->count, keep_row, pass);
        status = gather(pass) && take_rank(pass, (pairs - 1) / 2, &low) && take_rank(pass, pairs / 2, &high);
        *median = status > 0 ? (low + high) / 2 : 0;
    }
    for (size_t worker = 0; worker < pass->threads; worker++)
        free(pass->found[worker].kept);
    free(pass->found);
    return status;
}

int median_distance(size_t count, size_t width, const double *rows, size_t stride, size_t threads,
                    double *median, struct error *error) {
    struct pass pass = {.count = count, .width = width, .stride = stride, .threads = threads, .rows = rows};
    uint64_t pairs = (uint64_t)count * (count - 1) / 2;
    int status = 0;
    for (double deviations = DEVIATIONS; status == 0; deviations *= 4) {
        status = select_between_fences(&pass, pairs, deviations, median, error);
        if (status == 0 && pass.kept_max == SIZE_MAX) /* nothing was left out: memory failed */
            return error_set(error, "out of memory");
    }
    return status < 0 ? -1 : 0;
}
