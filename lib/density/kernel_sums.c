#include "density/kernel_sums.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "density/kernel_sums_plain.h"
#include "density/kernel_sums_points.h"

enum { SHARE = 16 }; /* queries a thread takes at a time */

const char *const kernel_sums_method_names[] = {"auto", "direct", "tree", "fft", NULL};

struct kernel_sums {
    struct kernel_sums_settings settings;
    struct kernel_sums_points points;
    struct kernel_sums_figures figures;
    struct kernel_sums_work *work; /* settings.threads */
};

struct kernel_sums *kernel_sums_create(const struct kernel_density *density,
                                       const struct kernel_sums_settings *settings, struct error *error) {
    struct kernel_sums *sums = memory_zeros(error, 1, sizeof *sums);
    if (sums == NULL)
        return NULL;
    sums->settings = *settings;
    sums->figures.method = KERNEL_SUMS_DIRECT;
    sums->work = memory_zeros(error, settings->threads, sizeof *sums->work);
    if (sums->work == NULL ||
        kernel_sums_points_create(&sums->points, density, settings->threads, error) < 0) {
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
    free(sums);
}

struct evaluation {
    struct kernel_sums *sums;
    const struct kernel_sums_block *block;
};

static void evaluate_share(void *context, size_t share, size_t worker) {
    const struct evaluation *evaluation = context;
    const struct kernel_sums_block *block = evaluation->block;
    size_t end = (share + 1) * SHARE < block->count ? (share + 1) * SHARE : block->count;
    for (size_t query = share * SHARE; query < end; query++)
        kernel_sums_plain(&evaluation->sums->points, block, query, &evaluation->sums->work[worker]);
}

int kernel_sums_evaluate(struct kernel_sums *sums, const struct kernel_sums_block *block,
                         struct error *error) {
    struct evaluation evaluation = {sums, block};
    (void)error;
    parallel_for(sums->settings.threads, (block->count + SHARE - 1) / SHARE, evaluate_share, &evaluation);
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
