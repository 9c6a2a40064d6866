#include "density/kernel_sums.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "density/kernel_sums_boxes.h"
#include "density/kernel_sums_compact.h"
#include "density/kernel_sums_gaussian.h"
#include "density/kernel_sums_grid.h"
#include "density/kernel_sums_plain.h"
#include "density/kernel_sums_points.h"

const char *const kernel_sums_method_names[] = {"auto", "direct", "tree", "fft", NULL};

struct kernel_sums {
    const struct kernel_density *density;
    struct kernel_sums_settings settings;
    struct kernel_sums_boxes *boxes;  /* or NULL */
    struct kernel_sums_grid *grid;    /* fft alone */
    struct kernel_sums_points points; /* once a query needs them: only what boxes refuse does */
    bool with_points;
    double *coefficients; /* of compact kernels, or NULL */
    struct kernel_sums_tolerance tolerance;
    struct kernel_sums_figures figures;
    struct kernel_sums_work *work; /* threads */
    double *workspace;             /* threads x what a group needs */
    struct kernel_sums_query *queries;
    size_t capacity; /* of queries */
};

/* More dimensions than a tree's nodes can be bounded well in; points, and points times queries, few enough to
 * take all. */
enum { MANY_DIMENSIONS = 10, FEW_POINTS = 256, FEW_TERMS = 1 << 16 };

static bool takes_all(const struct kernel_density *density, const struct kernel_sums_settings *settings) {
    if (density->dimensions > MANY_DIMENSIONS || density->count < FEW_POINTS)
        return true;
    return settings->queries > 0 && settings->queries <= FEW_TERMS / density->count;
}

static enum kernel_sums_method choose_method(const struct kernel_density *density,
                                             const struct kernel_sums_settings *settings) {
    bool automatic = settings->method == KERNEL_SUMS_AUTO;
    if (!automatic && settings->method != KERNEL_SUMS_TREE)
        return settings->method;
    if (settings->terms || (settings->relative == 0 && settings->absolute == 0))
        return KERNEL_SUMS_DIRECT;
    return automatic && takes_all(density, settings) ? KERNEL_SUMS_DIRECT : KERNEL_SUMS_TREE;
}

static int check(const struct kernel_density *density, const struct kernel_sums_settings *settings,
                 struct error *error) {
    bool tree = settings->method == KERNEL_SUMS_TREE, grid = settings->method == KERNEL_SUMS_FFT;
    if (settings->terms && (tree || grid))
        return error_set_usage(error, "--method %s gives densities alone: use --method direct",
                               kernel_sums_method_names[settings->method]);
    if (grid && settings->skips)
        return error_set_usage(error, "--method fft cannot leave points out: use --method tree");
    if (grid && density->dimensions > 3)
        return error_set_usage(error,
                               "--method fft serves at most 3 columns, and there are %zu: use --method tree",
                               density->dimensions);
    return 0;
}

static int prepare_points(struct kernel_sums *sums, struct error *error) {
    if (sums->with_points)
        return 0;
    if (kernel_sums_points_create(&sums->points, sums->density, sums->settings.threads, error) < 0)
        return -1;
    sums->with_points = true;
    if (kernel_sums_compact_serves(sums->density->kernel.name)) {
        sums->coefficients = kernel_sums_compact_coefficients(&sums->points, error);
        if (sums->coefficients == NULL)
            return -1;
    }
    return 0;
}

static int prepare_tree(struct kernel_sums *sums, struct error *error) {
    const struct kernel_sums_settings *settings = &sums->settings;
    struct kernel_sums_boxes_settings boxes = {settings->relative, settings->absolute, settings->threads};
    /* Half is left to rounding. */
    sums->tolerance = (struct kernel_sums_tolerance){settings->relative / 2, settings->absolute / 2};
    sums->figures.error = settings->relative;
    return kernel_sums_boxes_create(sums->density, &boxes, &sums->boxes, error);
}

static int prepare(struct kernel_sums *sums, struct error *error) {
    size_t threads = sums->settings.threads;
    size_t group = kernel_sums_gaussian_workspace(sums->density->dimensions);
    sums->work = memory_zeros(error, threads, sizeof *sums->work);
    sums->workspace = memory_matrix(error, threads, group, sizeof *sums->workspace);
    if (sums->work == NULL || sums->workspace == NULL)
        return -1;
    if (sums->figures.method == KERNEL_SUMS_FFT) {
        sums->grid = kernel_sums_grid_create(sums->density, sums->settings.bins, error);
        if (sums->grid == NULL)
            return -1;
        sums->figures.error = kernel_sums_grid_error(sums->grid);
        return 0;
    }
    if (sums->figures.method == KERNEL_SUMS_TREE && prepare_tree(sums, error) < 0)
        return -1;
    return sums->boxes == NULL ? prepare_points(sums, error) : 0;
}

struct kernel_sums *kernel_sums_create(const struct kernel_density *density,
                                       const struct kernel_sums_settings *settings, struct error *error) {
    if (check(density, settings, error) < 0)
        return NULL;
    struct kernel_sums *sums = memory_zeros(error, 1, sizeof *sums);
    if (sums == NULL)
        return NULL;
    sums->density = density;
    sums->settings = *settings;
    sums->figures.method = choose_method(density, settings);
    if (prepare(sums, error) < 0) {
        kernel_sums_free(sums);
        return NULL;
    }
    return sums;
}

void kernel_sums_free(struct kernel_sums *sums) {
    if (sums == NULL)
        return;
    kernel_sums_points_free(&sums->points);
    kernel_sums_boxes_free(sums->boxes);
    kernel_sums_grid_free(sums->grid);
    free(sums->coefficients);
    free(sums->work);
    free(sums->workspace);
    free(sums->queries);
    free(sums);
}

struct evaluation {
    struct kernel_sums *sums;
    const struct kernel_sums_block *block;
    size_t share; /* queries a thread takes at a time */
};

/* Many queries share a walk through the tree, but every thread is to have some of them. */
static size_t share_of(size_t count, size_t threads) {
    size_t companies = count / (8 * threads) / KERNEL_SUMS_COMPANY + 1;
    size_t share = companies * KERNEL_SUMS_COMPANY;
    return share < KERNEL_SUMS_GROUP ? share : KERNEL_SUMS_GROUP;
}

static size_t share_end(const struct evaluation *evaluation, size_t share) {
    size_t end = (share + 1) * evaluation->share;
    return end < evaluation->block->count ? end : evaluation->block->count;
}

static void evaluate_plainly(void *context, size_t share, size_t worker) {
    const struct evaluation *evaluation = context;
    const struct kernel_sums_block *block = evaluation->block;
    for (size_t query = share * evaluation->share; query < share_end(evaluation, share); query++)
        kernel_sums_plain(&evaluation->sums->points, block, query, &evaluation->sums->work[worker]);
}

static void evaluate_compact(void *context, size_t share, size_t worker) {
    const struct evaluation *evaluation = context;
    const struct kernel_sums_block *block = evaluation->block;
    struct kernel_sums *sums = evaluation->sums;
    for (size_t query = share * evaluation->share; query < share_end(evaluation, share); query++)
        kernel_sums_compact(&sums->points, sums->coefficients, block, query, &sums->work[worker]);
}

static void evaluate_grid(void *context, size_t share, size_t worker) {
    const struct evaluation *evaluation = context;
    const struct kernel_sums_block *block = evaluation->block;
    const struct kernel_sums *sums = evaluation->sums;
    (void)worker;
    for (size_t query = share * evaluation->share; query < share_end(evaluation, share); query++)
        block->log_sum[query] =
            kernel_sums_grid_evaluate(sums->grid, block->queries + query * sums->density->dimensions);
}

/* What boxes cannot answer is marked by a home other than ANSWERED. */
static const size_t ANSWERED = SIZE_MAX;

static void evaluate_boxes(void *context, size_t share, size_t worker) {
    const struct evaluation *evaluation = context;
    const struct kernel_sums_block *block = evaluation->block;
    struct kernel_sums *sums = evaluation->sums;
    size_t met = 0;
    for (size_t query = share * evaluation->share; query < share_end(evaluation, share); query++) {
        const double *x = block->queries + query * sums->density->dimensions;
        size_t skip = block->skip != NULL ? block->skip[query] : SIZE_MAX;
        bool answered = kernel_sums_boxes_evaluate(sums->boxes, x, skip, block->log_sum + query, &met);
        sums->queries[query] = (struct kernel_sums_query){answered ? ANSWERED : 0, query};
    }
    sums->work[worker].nodes += met;
}

static void find_homes(void *context, size_t share, size_t worker) {
    const struct evaluation *evaluation = context;
    struct kernel_sums *sums = evaluation->sums;
    (void)worker;
    for (size_t i = share * evaluation->share; i < share_end(evaluation, share); i++) {
        struct kernel_sums_query *query = &sums->queries[i];
        const double *x = evaluation->block->queries + query->number * sums->density->dimensions;
        if (query->home != ANSWERED)
            query->home = kernel_sums_points_home(&sums->points, x);
    }
}

static int by_home(const void *a, const void *b) {
    const struct kernel_sums_query *x = a, *y = b;
    if (x->home != y->home)
        return x->home < y->home ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void evaluate_group(void *context, size_t share, size_t worker) {
    const struct evaluation *evaluation = context;
    struct kernel_sums *sums = evaluation->sums;
    size_t first = share * evaluation->share, end = share_end(evaluation, share), count = 0;
    while (first + count < end && sums->queries[first + count].home != ANSWERED)
        count++;
    double *workspace = sums->workspace + worker * kernel_sums_gaussian_workspace(sums->density->dimensions);
    if (count > 0)
        kernel_sums_gaussian(&sums->points, sums->tolerance, evaluation->block, sums->queries + first, count,
                             workspace, &sums->work[worker]);
}

static int evaluate_gaussians(struct evaluation *evaluation, size_t shares, struct error *error) {
    struct kernel_sums *sums = evaluation->sums;
    size_t threads = sums->settings.threads, count = evaluation->block->count, refused = 0;
    if (memory_reserve(error, &sums->queries, &sums->capacity, count, sizeof *sums->queries) < 0)
        return -1;
    if (sums->boxes != NULL)
        parallel_for(threads, shares, evaluate_boxes, evaluation);
    else
        for (size_t i = 0; i < count; i++)
            sums->queries[i] = (struct kernel_sums_query){0, i};
    for (size_t i = 0; i < count; i++)
        refused += sums->queries[i].home != ANSWERED;
    if (refused == 0)
        return 0;
    if (prepare_points(sums, error) < 0)
        return -1;
    parallel_for(threads, shares, find_homes, evaluation);
    qsort(sums->queries, count, sizeof *sums->queries, by_home);
    parallel_for(threads, (refused + evaluation->share - 1) / evaluation->share, evaluate_group, evaluation);
    return 0;
}

int kernel_sums_evaluate(struct kernel_sums *sums, const struct kernel_sums_block *block,
                         struct error *error) {
    struct evaluation evaluation = {sums, block, share_of(block->count, sums->settings.threads)};
    size_t shares = (block->count + evaluation.share - 1) / evaluation.share;
    bool terms = block->score != NULL || block->log_squares != NULL || block->log_largest != NULL;
    sums->figures.queries += block->count;
    if (sums->grid != NULL) {
        parallel_for(sums->settings.threads, shares, evaluate_grid, &evaluation);
        return 0;
    }
    if (!terms && sums->density->kernel.name == KERNEL_GAUSSIAN)
        return evaluate_gaussians(&evaluation, shares, error);
    if (prepare_points(sums, error) < 0)
        return -1;
    bool compact = !terms && sums->coefficients != NULL;
    parallel_for(sums->settings.threads, shares, compact ? evaluate_compact : evaluate_plainly, &evaluation);
    return 0;
}

struct kernel_sums_figures kernel_sums_figures(const struct kernel_sums *sums) {
    struct kernel_sums_figures figures = sums->figures;
    for (size_t i = 0; i < sums->settings.threads; i++) {
        figures.terms += sums->work[i].terms;
        figures.nodes += sums->work[i].nodes;
    }
    return figures;
}
