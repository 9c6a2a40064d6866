#include "density/kernel_sums.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "density/kernel_sums_gaussian.h"
#include "density/kernel_sums_plain.h"
#include "density/kernel_sums_points.h"

const char *const kernel_sums_method_names[] = {"auto", "direct", "tree", "fft", NULL};

struct kernel_sums {
    struct kernel_sums_settings settings;
    struct kernel_sums_points points;
    struct kernel_sums_tolerance tolerance;
    struct kernel_sums_figures figures;
    struct kernel_sums_work *work; /* threads */
    double *workspace;             /* threads x what a group needs */
    struct kernel_sums_query *queries;
    size_t capacity; /* of queries */
};

static int allocate(struct kernel_sums *sums, size_t dimensions, struct error *error) {
    size_t threads = sums->settings.threads, group = kernel_sums_gaussian_workspace(dimensions);
    sums->work = memory_zeros(error, threads, sizeof *sums->work);
    sums->workspace = memory_matrix(error, threads, group, sizeof *sums->workspace);
    return sums->work != NULL && sums->workspace != NULL ? 0 : -1;
}

struct kernel_sums *kernel_sums_create(const struct kernel_density *density,
                                       const struct kernel_sums_settings *settings, struct error *error) {
    struct kernel_sums *sums = memory_zeros(error, 1, sizeof *sums);
    if (sums == NULL)
        return NULL;
    sums->settings = *settings;
    sums->figures.method = KERNEL_SUMS_DIRECT;
    if (kernel_sums_points_create(&sums->points, density, settings->threads, error) < 0 ||
        allocate(sums, density->dimensions, error) < 0) {
        kernel_sums_free(sums);
        return NULL;
    }
    return sums;
}

void kernel_sums_free(struct kernel_sums *sums) {
    if (sums == NULL)
        return;
    kernel_sums_points_free(&sums->points);
    free(sums->work);
    free(sums->workspace);
    free(sums->queries);
    free(sums);
}

struct evaluation {
    struct kernel_sums *sums;
    const struct kernel_sums_block *block;
};

enum { SHARE = KERNEL_SUMS_GROUP }; /* queries a thread takes at a time */

static size_t share_end(const struct kernel_sums_block *block, size_t share) {
    return (share + 1) * SHARE < block->count ? (share + 1) * SHARE : block->count;
}

static void evaluate_plainly(void *context, size_t share, size_t worker) {
    const struct evaluation *evaluation = context;
    const struct kernel_sums_block *block = evaluation->block;
    for (size_t query = share * SHARE; query < share_end(block, share); query++)
        kernel_sums_plain(&evaluation->sums->points, block, query, &evaluation->sums->work[worker]);
}

static void find_homes(void *context, size_t share, size_t worker) {
    const struct evaluation *evaluation = context;
    const struct kernel_sums_block *block = evaluation->block;
    struct kernel_sums *sums = evaluation->sums;
    (void)worker;
    for (size_t query = share * SHARE; query < share_end(block, share); query++) {
        const double *x = block->queries + query * sums->points.tree.columns;
        sums->queries[query] = (struct kernel_sums_query){kernel_sums_points_home(&sums->points, x), query};
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
    size_t first = share * SHARE, count = share_end(evaluation->block, share) - first;
    double *workspace = sums->workspace + worker * kernel_sums_gaussian_workspace(sums->points.tree.columns);
    kernel_sums_gaussian(&sums->points, sums->tolerance, evaluation->block, sums->queries + first, count,
                         workspace, &sums->work[worker]);
}

int kernel_sums_evaluate(struct kernel_sums *sums, const struct kernel_sums_block *block,
                         struct error *error) {
    struct evaluation evaluation = {sums, block};
    size_t shares = (block->count + SHARE - 1) / SHARE, threads = sums->settings.threads;
    bool plain = sums->points.kernel.name != KERNEL_GAUSSIAN || block->score != NULL ||
                 block->log_squares != NULL || block->log_largest != NULL;
    if (plain) {
        parallel_for(threads, shares, evaluate_plainly, &evaluation);
    } else {
        if (memory_reserve(error, &sums->queries, &sums->capacity, block->count, sizeof *sums->queries) < 0)
            return -1;
        parallel_for(threads, shares, find_homes, &evaluation);
        qsort(sums->queries, block->count, sizeof *sums->queries, by_home);
        parallel_for(threads, shares, evaluate_group, &evaluation);
    }
    sums->figures.queries += block->count;
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
