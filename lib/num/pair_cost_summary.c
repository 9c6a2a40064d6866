#include "num/pair_cost.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"

enum { BLOCK_ROWS = 64 };

struct weighed_cost {
    double cost, weight;
};

struct summary_work {
    const struct pair_cost *cost;
    const double *source_weights, *target_weights;
    unsigned char *row_finite;    /* a source: whether it reaches a target that carries weight */
    unsigned char *column_finite; /* a target, for each block of rows */
    double *largest;              /* of each block of rows */
    struct weighed_cost *drawn;
    size_t drawn_count;
    double *source_cumulative, *target_cumulative;
};

static bool carries(const double *weights, size_t index) {
    return weights == NULL || weights[index] > 0;
}

static size_t block_count(const struct pair_cost *cost) {
    return (cost->sources + BLOCK_ROWS - 1) / BLOCK_ROWS;
}

static void scan_rows(void *context, size_t block, size_t worker) {
    struct summary_work *work = context;
    const struct pair_cost *cost = work->cost;
    unsigned char *columns = work->column_finite + block * cost->targets;
    size_t end = cost->sources - block * BLOCK_ROWS < BLOCK_ROWS ? cost->sources : (block + 1) * BLOCK_ROWS;
    double largest = -INFINITY;
    (void)worker;
    for (size_t i = block * BLOCK_ROWS; i < end; i++) {
        const double *row = cost->matrix + i * cost->targets;
        bool source = carries(work->source_weights, i), any = false;
        for (size_t j = 0; j < cost->targets; j++) {
            bool finite = row[j] < INFINITY;
            largest = finite && row[j] > largest ? row[j] : largest;
            any |= finite && carries(work->target_weights, j);
            columns[j] |= finite && source;
        }
        work->row_finite[i] = any;
    }
    work->largest[block] = largest;
}

/* Every source and target that carries weight must have a way. */
static int check_ways(struct summary_work *work, struct error *error) {
    const struct pair_cost *cost = work->cost;
    for (size_t i = 0; i < cost->sources; i++)
        if (carries(work->source_weights, i) && !work->row_finite[i])
            return error_set(error, "no finite cost from source %zu", i + 1);
    for (size_t j = 0; j < cost->targets; j++) {
        bool any = !carries(work->target_weights, j);
        for (size_t block = 0; block < block_count(cost) && !any; block++)
            any = work->column_finite[block * cost->targets + j] != 0;
        if (!any)
            return error_set(error, "no finite cost to target %zu", j + 1);
    }
    return 0;
}

static int scan_matrix(struct summary_work *work, size_t threads, double *largest, struct error *error) {
    size_t blocks = block_count(work->cost), bytes;
    if (!memory_product(blocks, work->cost->targets, &bytes))
        return error_set(error, "out of memory");
    work->row_finite = memory_zeros(error, work->cost->sources, 1);
    work->column_finite = memory_zeros(error, bytes, 1);
    work->largest = memory_array(error, blocks, sizeof *work->largest);
    if (work->row_finite == NULL || work->column_finite == NULL || work->largest == NULL)
        return -1;
    parallel_for(threads, blocks, scan_rows, work);
    for (size_t i = 0; i < blocks; i++)
        *largest = fmax(*largest, work->largest[i]);
    return check_ways(work, error);
}

static int check_directions(const struct pair_cost *cost, struct error *error) {
    const double *points[] = {cost->x, cost->y};
    size_t counts[] = {cost->sources, cost->targets};
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < counts[side]; i++) {
            double largest = 0;
            for (size_t k = 0; k < cost->dimension; k++)
                largest = fmax(largest, fabs(points[side][i * cost->dimension + k]));
            if (largest == 0)
                return error_set(error, "%s %zu is zero and has no cosine", side == 0 ? "source" : "target",
                                 i + 1);
        }
    return 0;
}

static double pair(const struct pair_cost *cost, size_t i, size_t j) {
    if (cost->matrix != NULL)
        return cost->matrix[i * cost->targets + j];
    return ground_cost_between(&cost->ground, cost->dimension, cost->x + i * cost->dimension,
                               cost->y + j * cost->dimension);
}

static void take(struct summary_work *work, size_t i, size_t j, double weight) {
    double value = pair(work->cost, i, j);
    if (value < INFINITY && weight > 0)
        work->drawn[work->drawn_count++] = (struct weighed_cost){value, weight};
}

static void take_all(struct summary_work *work) {
    const double *a = work->source_weights, *b = work->target_weights;
    for (size_t i = 0; i < work->cost->sources; i++)
        for (size_t j = 0; j < work->cost->targets; j++)
            take(work, i, j, (a == NULL ? 1 : a[i]) * (b == NULL ? 1 : b[j]));
}

static double *cumulate(size_t count, const double *weights, struct error *error) {
    double *cumulative = memory_array(error, count, sizeof *cumulative), sum = 0;
    if (cumulative == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        cumulative[i] = sum += weights == NULL ? 1 : weights[i];
    return cumulative;
}

static int take_sample(struct summary_work *work, size_t size, struct error *error) {
    const struct pair_cost *cost = work->cost;
    struct random_stream stream;
    work->source_cumulative = cumulate(cost->sources, work->source_weights, error);
    work->target_cumulative = cumulate(cost->targets, work->target_weights, error);
    if (work->source_cumulative == NULL || work->target_cumulative == NULL)
        return -1;
    random_start(&stream, 1, "transport", "pairs", 0);
    for (size_t draw = 0; draw < size; draw++) {
        size_t i = random_discrete(&stream, cost->sources, work->source_cumulative);
        size_t j = random_discrete(&stream, cost->targets, work->target_cumulative);
        take(work, i, j, 1);
    }
    return 0;
}

static int compare_costs(const void *a, const void *b) {
    const struct weighed_cost *x = a, *y = b;
    return (x->cost > y->cost) - (x->cost < y->cost);
}

/* Half of the weight lies below, half above; of two such costs the mean, as for a plain median. */
static double weighed_median(const struct weighed_cost *costs, size_t count, double total) {
    double below = 0;
    for (size_t i = 0; i < count; i++) {
        below += costs[i].weight;
        if (fabs(below - total / 2) <= 1e-12 * total && i + 1 < count)
            return costs[i].cost / 2 + costs[i + 1].cost / 2;
        if (below > total / 2)
            return costs[i].cost;
    }
    return costs[count - 1].cost;
}

static void describe(struct summary_work *work, struct pair_cost_summary *summary) {
    struct weighed_cost *drawn = work->drawn;
    size_t count = work->drawn_count;
    double total = 0, mean = 0, square = 0;
    if (count == 0) { /* hardly a pair is allowed */
        summary->mean = summary->median = summary->largest;
        return;
    }
    qsort(drawn, count, sizeof *drawn, compare_costs);
    for (size_t i = 0; i < count; i++)
        total += drawn[i].weight;
    for (size_t i = 0; i < count; i++)
        mean += drawn[i].weight / total * drawn[i].cost;
    for (size_t i = 0; i < count; i++)
        square += drawn[i].weight / total * (drawn[i].cost - mean) * (drawn[i].cost - mean);
    summary->mean = mean;
    summary->median = weighed_median(drawn, count, total);
    summary->deviation = sqrt(square);
    summary->largest = fmax(summary->largest, drawn[count - 1].cost);
}

/* Scans a matrix; takes costs made from points, all or a sample. */
static int check(struct summary_work *work, size_t threads, double *largest, struct error *error) {
    const struct pair_cost *cost = work->cost;
    if (cost->matrix != NULL)
        return scan_matrix(work, threads, largest, error);
    return cost->ground.kind == GROUND_COST_COSINE ? check_directions(cost, error) : 0;
}

static int draw(struct summary_work *work, size_t size, struct error *error) {
    size_t pairs;
    bool all = memory_product(work->cost->sources, work->cost->targets, &pairs) && pairs <= size;
    work->drawn = memory_array(error, all ? pairs : size, sizeof *work->drawn);
    if (work->drawn == NULL)
        return -1;
    if (!all)
        return take_sample(work, size, error);
    take_all(work);
    return 0;
}

static void free_work(struct summary_work *work) {
    free(work->row_finite);
    free(work->column_finite);
    free(work->largest);
    free(work->drawn);
    free(work->source_cumulative);
    free(work->target_cumulative);
}

int pair_cost_summarise(const struct pair_cost *cost, const double *source_weights,
                        const double *target_weights, size_t threads, struct pair_cost_summary *summary,
                        struct error *error) {
    struct summary_work work = {
        .cost = cost, .source_weights = source_weights, .target_weights = target_weights};
    *summary = (struct pair_cost_summary){.sample = summary->sample, .largest = -INFINITY};
    int status = check(&work, threads, &summary->largest, error);
    if (status == 0)
        status = draw(&work, summary->sample, error);
    if (status == 0)
        describe(&work, summary);
    free_work(&work);
    return status;
}

int pair_cost_check(const struct pair_cost *cost, const double *source_weights, const double *target_weights,
                    size_t threads, double *largest, struct error *error) {
    struct summary_work work = {
        .cost = cost, .source_weights = source_weights, .target_weights = target_weights};
    *largest = -INFINITY;
    int status = check(&work, threads, largest, error);
    if (status == 0 && cost->matrix == NULL)
        status = draw(&work, PAIR_COST_FEW, error);
    if (status == 0)
        for (size_t i = 0; i < work.drawn_count; i++)
            *largest = fmax(*largest, work.drawn[i].cost);
    free_work(&work);
    return status;
}
