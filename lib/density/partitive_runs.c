#include "density/partitive_runs.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "density/kmeans_order.h"
#include "num/partition_agreement.h"

/* Below so many values runs go side by side, above one after the other with the rows shared out. */
enum { SMALL = 1 << 16 };

struct runs {
    const struct kmeans_data *data;
    const struct partitive_runs_settings *settings;
    size_t threads; /* of each run */
    struct kmeans *fits;
    struct error *errors;
    int *statuses;
};

static void make_run(void *context, size_t run, size_t worker) {
    struct runs *runs = context;
    const struct partitive_runs_settings *settings = runs->settings;
    struct random_stream stream;
    (void)worker;
    random_start(&stream, settings->seed, "kmeans", "ppp", run);
    const struct kmeans_settings fit = {
        .clusters = settings->clusters,
        .init = run + 2 == settings->runs   ? KMEANS_MAXIMIN
                : run + 1 == settings->runs ? KMEANS_PCA
                                            : KMEANS_PLUS_PLUS,
        .restarts = 1,
        .max_iterations = settings->max_iterations,
        .tolerance = settings->tolerance,
        .seed = random_bits64(&stream),
        .threads = runs->threads,
    };
    runs->statuses[run] = kmeans_fit(runs->data, &fit, &runs->fits[run], &runs->errors[run]);
}

static int make_all(struct runs *runs, struct error *error) {
    size_t count = runs->settings->runs, threads = runs->settings->threads;
    bool small = runs->data->rows * runs->data->columns <= SMALL;
    runs->threads = small ? 1 : threads;
    parallel_for(small ? threads : 1, count, make_run, runs);
    for (size_t run = 0; run < count; run++) {
        if (runs->statuses[run] == 0)
            continue;
        *error = runs->errors[run];
        return -1;
    }
    return 0;
}

/* Adds what one run says of the best. */
static void compare(const struct kmeans_data *data, const struct kmeans *run, struct partitive_runs *result,
                    double *table, double *jaccard) {
    size_t k = run->clusters;
    const struct partition_pair pair = {data->rows, k, k, run->labels, result->labels, data->weights};
    partition_agreement_table(&pair, table);
    partition_agreement_jaccard(k, k, table, jaccard);
    result->stability += partition_agreement_rand(k, k, table);
    for (size_t i = 0; i < data->rows; i++)
        result->co_membership[i] += jaccard[run->labels[i] * k + result->labels[i]];
}

static void judge(const struct runs *runs, struct partitive_runs *result, double *table, double *jaccard) {
    size_t best = 0, count = runs->settings->runs, rows = runs->data->rows;
    for (size_t run = 1; run < count; run++)
        if (kmeans_order_better(&runs->fits[run], &runs->fits[best]))
            best = run;
    memcpy(result->labels, runs->fits[best].labels, rows * sizeof *result->labels);
    memset(result->co_membership, 0, rows * sizeof *result->co_membership);
    result->inertia = runs->fits[best].inertia;
    result->stability = 0;
    for (size_t run = 0; run < count; run++)
        compare(runs->data, &runs->fits[run], result, table, jaccard);
    result->stability /= (double)count;
    for (size_t i = 0; i < rows; i++)
        result->co_membership[i] /= (double)count;
}

int partitive_runs_make(const struct kmeans_data *data, const struct partitive_runs_settings *settings,
                        struct partitive_runs *result, struct error *error) {
    size_t count = settings->runs, k = settings->clusters;
    struct runs runs = {.data = data, .settings = settings};
    runs.fits = memory_zeros(error, count, sizeof *runs.fits);
    runs.errors = memory_zeros(error, count, sizeof *runs.errors);
    runs.statuses = memory_zeros(error, count, sizeof *runs.statuses);
    double *table = memory_matrix(error, k, k, sizeof *table);
    double *jaccard = memory_matrix(error, k, k, sizeof *jaccard);
    bool whole =
        runs.fits != NULL && runs.errors != NULL && runs.statuses != NULL && table != NULL && jaccard != NULL;
    int status = whole ? make_all(&runs, error) : -1;
    if (status == 0)
        judge(&runs, result, table, jaccard);
    for (size_t run = 0; runs.fits != NULL && run < count; run++)
        kmeans_free(&runs.fits[run]);
    free(runs.fits);
    free(runs.errors);
    free(runs.statuses);
    free(table);
    free(jaccard);
    return status;
}
