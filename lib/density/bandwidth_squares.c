#include "density/bandwidth_squares.h"

#include <math.h>
#include <stdlib.h>

#include "num/brent.h"

enum {
    SCAN = 80,        /* points of the grid, 6 % apart: LSCV is smooth at that scale */
    BINNED_FROM = 300 /* points: below, all pairs cost less than a transform */
};

double bandwidth_squares_lscv(const struct bandwidth_pairs *pairs, double n, size_t dimensions, double h) {
    double d = (double)dimensions;
    double squares = pow(4 * M_PI, -d / 2) * (1 + 2 / n * bandwidth_pairs_sum(pairs, h, 4)) / n;
    double products = 4 * pow(2 * M_PI, -d / 2) * bandwidth_pairs_sum(pairs, h, 2) / (n * (n - 1));
    return (squares - products) * pow(h, -d);
}

double bandwidth_squares_bcv(const struct bandwidth_pairs *pairs, double n, double h) {
    double s[BANDWIDTH_PAIRS_POWERS];
    bandwidth_pairs_sums(pairs, h, 4, s);
    return (1 + (s[2] - 12 * s[1] + 12 * s[0]) / (32 * n)) / (2 * n * h * sqrt(M_PI));
}

struct criterion {
    const struct bandwidth_pairs *pairs;
    double n;
    size_t dimensions;
    bool biased;
};

/* brent_function of log h */
static double evaluate(void *context, double log_h) {
    const struct criterion *c = context;
    return c->biased ? bandwidth_squares_bcv(c->pairs, c->n, exp(log_h))
                     : bandwidth_squares_lscv(c->pairs, c->n, c->dimensions, exp(log_h));
}

struct scan {
    double lower, step; /* of log h */
    double values[SCAN + 1];
};

static struct scan scan_criterion(struct criterion *criterion, double least, double most) {
    struct scan scan = {.lower = log(least), .step = log(most / least) / SCAN};
    for (size_t i = 0; i <= SCAN; i++)
        scan.values[i] = evaluate(criterion, scan.lower + (double)i * scan.step);
    return scan;
}

/* The minimum between the neighbours of grid point i: sought by the criterion of the scan, then made sharp by
 * the exact one. */
static struct brent_result refine(struct criterion *criterion, struct criterion *exact,
                                  const struct scan *scan, size_t i) {
    double lower = scan->lower + (double)(i > 0 ? i - 1 : 0) * scan->step;
    double upper = scan->lower + (double)(i < SCAN ? i + 1 : SCAN) * scan->step;
    struct brent_result result = brent_minimize(evaluate, criterion, lower, upper, 1e-8);
    if (exact != criterion)
        result.value = evaluate(exact, result.x);
    return brent_polish(evaluate, exact, result, scan->step / 4);
}

static bool local_minimum(const struct scan *scan, size_t i) {
    return (i == 0 || scan->values[i] <= scan->values[i - 1]) &&
           (i == SCAN || scan->values[i] <= scan->values[i + 1]);
}

/* The lowest of all refined local minima: between grid points a higher one may be the deeper. */
static double global_minimiser(struct criterion *criterion, struct criterion *exact,
                               const struct scan *scan) {
    struct brent_result best = {.x = scan->lower, .value = scan->values[0]};
    if (scan->values[SCAN] < scan->values[0])
        best = (struct brent_result){.x = scan->lower + SCAN * scan->step, .value = scan->values[SCAN]};
    for (size_t i = 0; i <= SCAN; i++) {
        if (!local_minimum(scan, i))
            continue;
        struct brent_result found = refine(criterion, exact, scan, i);
        if (found.value < best.value)
            best = found;
    }
    return exp(best.x);
}

/* The largest local minimiser inside the range, or its upper end. */
static double largest_minimiser(struct criterion *criterion, struct criterion *exact,
                                const struct scan *scan) {
    size_t i = SCAN - 1;
    while (i > 0 && !local_minimum(scan, i))
        i--;
    return exp(i > 0 ? refine(criterion, exact, scan, i).x : scan->lower + SCAN * scan->step);
}

/* As h -> 0 only pairs of equal points are left, and LSCV goes to their share over h^d: refused where that
 * is negative. (0.001 of the least bandwidth leaves the pairs that are equal but for rounding.) */
static int check_ties(const struct bandwidth_pairs_input *input, double n, struct error *error) {
    struct bandwidth_pairs_input exact = *input;
    exact.method = BANDWIDTH_PAIRS_EXACT;
    struct bandwidth_pairs *pairs = bandwidth_pairs_create(&exact, error);
    if (pairs == NULL)
        return -1;
    double limit = bandwidth_squares_lscv(pairs, n, input->dimensions, 1e-6 * input->least);
    bandwidth_pairs_free(pairs);
    if (limit >= 0)
        return 0;
    return error_set(error, "so many values are repeated that lscv falls without bound as the bandwidth goes "
                            "to 0: use sj or scott");
}

/* Scans with binned sums wherever that is quicker, and refines with those that the input asks for. */
static int choose(const struct bandwidth_pairs_input *input, double n, bool biased, double *bandwidth,
                  struct error *error) {
    struct bandwidth_pairs_input coarse = *input;
    if (input->dimensions == 1 && input->count > BINNED_FROM)
        coarse.method = BANDWIDTH_PAIRS_BINNED;
    struct bandwidth_pairs *pairs = bandwidth_pairs_create(&coarse, error), *exact = pairs;
    if (pairs != NULL && coarse.method == BANDWIDTH_PAIRS_BINNED && input->count <= BANDWIDTH_PAIRS_EXACT_MAX)
        exact = bandwidth_pairs_create(input, error);
    if (exact == NULL) {
        bandwidth_pairs_free(pairs);
        return -1;
    }
    struct criterion scanned = {pairs, n, input->dimensions, biased}, refined = scanned;
    refined.pairs = exact;
    struct criterion *last = exact == pairs ? &scanned : &refined;
    struct scan scan = scan_criterion(&scanned, input->least, input->most);
    *bandwidth = biased ? largest_minimiser(&scanned, last, &scan) : global_minimiser(&scanned, last, &scan);
    if (exact != pairs)
        bandwidth_pairs_free(exact);
    bandwidth_pairs_free(pairs);
    return 0;
}

int bandwidth_squares_choose_lscv(const struct bandwidth_column *column, double *bandwidth,
                                  struct error *error) {
    if (bandwidth_column_varies(column, error) < 0)
        return -1;
    double over = bandwidth_column_oversmoothed(column);
    struct bandwidth_pairs_input input = {column->count, 1,        column->values,  column->masses,
                                          0.02 * over,   2 * over, column->threads, BANDWIDTH_PAIRS_CHOOSE};
    if (check_ties(&input, column->n, error) < 0)
        return error_prefix(error, "column %zu", column->number);
    return choose(&input, column->n, false, bandwidth, error);
}

int bandwidth_squares_choose_bcv(const struct bandwidth_column *column, double *bandwidth,
                                 struct error *error) {
    if (bandwidth_column_varies(column, error) < 0)
        return -1;
    double over = bandwidth_column_oversmoothed(column);
    struct bandwidth_pairs_input input = {column->count, 1,    column->values,  column->masses,
                                          0.02 * over,   over, column->threads, BANDWIDTH_PAIRS_CHOOSE};
    return choose(&input, column->n, true, bandwidth, error);
}

int bandwidth_squares_choose_whitened(const struct bandwidth_pairs_input *whitened, double n,
                                      double *bandwidth, struct error *error) {
    struct bandwidth_pairs_input input = *whitened;
    double over = 1.144 * pow(n, -1 / ((double)input.dimensions + 4));
    input.least = 0.02 * over;
    input.most = 2 * over;
    if (check_ties(&input, n, error) < 0)
        return -1;
    return choose(&input, n, false, bandwidth, error);
}
