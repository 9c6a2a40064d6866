#include "density/partitive.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "density/kmeans_quality.h"
#include "density/mixture_start.h"
#include "density/partitive_cells.h"
#include "density/partitive_runs.h"
#include "num/partition_agreement.h"

enum { MIXTURE_STEPS = 1000 };
/* Of the mean log-likelihood: enough to tell numbers of clusters apart, and for the one that is chosen. */
static const double ROUGH = 1e-6, FINE = 1e-8;
static const double FLOOR = 1e-6;    /* of the mean variance, as gmmfit's */
static const double AGREEMENT = 0.5; /* of P_k and its mixture: below, the mixture found something else */

/* What all steps work on. */
struct work {
    const struct mixture_rows *rows;
    const struct partitive_settings *settings;
    struct partitive_mixture_settings mixtures;
    struct gaussian_mixture *whole;
    struct kmeans_data data, points; /* the rows, and what runs are made on */
    struct partitive_cells cells;
    uint32_t *partition; /* rows: P_k's labels */
    uint32_t *labels;    /* rows: the mixture's */
    double *posterior;   /* rows */
};

void partitive_free(struct partitive *result) {
    for (size_t i = 0; result->candidates != NULL && i < result->count; i++) {
        partitive_mixture_free(&result->candidates[i].mixture);
        free(result->candidates[i].labels);
        free(result->candidates[i].co_membership);
    }
    free(result->candidates);
    partitive_mixture_free(&result->mixture);
    free(result->labels);
    free(result->posterior);
    free(result->stability);
    free(result->core);
    *result = (struct partitive){0};
}

/* The point of runs that a row belongs to. */
static size_t point_of(const struct work *work, size_t row) {
    return work->cells.labels != NULL ? work->cells.labels[row] : row;
}

/* Adjusted Rand index of P_k, spread to the rows, and the mixture's labels. */
static int find_agreement(const struct work *work, size_t parts, size_t components, double *agreement,
                          struct error *error) {
    double *table = memory_matrix(error, parts, components, sizeof *table);
    const struct partition_pair pair = {work->rows->rows, parts,        components,
                                        work->partition,  work->labels, work->rows->weights};
    if (table == NULL)
        return -1;
    partition_agreement_table(&pair, table);
    *agreement = partition_agreement_rand(parts, components, table);
    free(table);
    return 0;
}

/* Silhouette and separation of labels; those not below `clusters` are left out. */
static int measure_set(const struct work *work, size_t clusters, const uint32_t *labels,
                       struct partitive_set *set, struct error *error) {
    const struct kmeans_partition partition = {
        .data = &work->data, .clusters = clusters, .labels = labels, .distance = KMEANS_SQEUCLIDEAN};
    const struct partitive_settings *settings = work->settings;
    struct partitive_moments moments;
    if (kmeans_quality_silhouette(&partition, settings->seed, settings->threads, &set->silhouette, error) < 0)
        return -1;
    if (partitive_moments_make(work->rows, clusters, labels, &moments, error) < 0)
        return -1;
    int status = partitive_moments_separation(&moments, work->mixtures.floor, &set->separation, error);
    partitive_moments_free(&moments);
    return status;
}

/* The mixture of P_k, and what it says. */
static int validate(const struct work *work, const struct partitive_moments *moments,
                    struct partitive_candidate *candidate, struct error *error) {
    struct partitive_set set;
    bool filled = true;
    for (size_t c = 0; c < moments->parts; c++)
        filled = filled && moments->counts[c] > 0;
    candidate->failed = !filled;
    if (candidate->failed)
        return 0;
    if (partitive_mixture_fit(&work->mixtures, moments, &candidate->mixture, error) < 0)
        return error_prefix(error, "%zu clusters", candidate->clusters);
    const struct gaussian_mixture *mixture = candidate->mixture.fit.mixture;
    candidate->held = candidate->mixture.fit.lifted > 0;
    if (partitive_mixture_label(&work->mixtures, mixture, work->labels, work->posterior, error) < 0 ||
        find_agreement(work, moments->parts, mixture->components, &candidate->agreement, error) < 0 ||
        measure_set(work, mixture->components, work->labels, &set, error) < 0)
        return -1;
    candidate->silhouette = set.silhouette;
    candidate->separation = set.separation;
    return 0;
}

static int try_clusters(const struct work *work, struct partitive_candidate *candidate, struct error *error) {
    const struct partitive_settings *settings = work->settings;
    const struct partitive_runs_settings running = {.clusters = candidate->clusters,
                                                    .runs = settings->runs,
                                                    .max_iterations = settings->max_iterations,
                                                    .tolerance = settings->tolerance,
                                                    .seed = settings->seed,
                                                    .threads = settings->threads};
    candidate->labels = memory_array(error, work->points.rows, sizeof *candidate->labels);
    candidate->co_membership = memory_array(error, work->points.rows, sizeof *candidate->co_membership);
    if (candidate->labels == NULL || candidate->co_membership == NULL)
        return -1;
    struct partitive_runs runs = {.labels = candidate->labels, .co_membership = candidate->co_membership};
    struct partitive_moments moments;
    if (partitive_runs_make(&work->points, &running, &runs, error) < 0)
        return -1;
    candidate->stability = runs.stability;
    for (size_t i = 0; i < work->rows->rows; i++)
        work->partition[i] = candidate->labels[point_of(work, i)];
    if (partitive_moments_make(work->rows, candidate->clusters, work->partition, &moments, error) < 0)
        return -1;
    candidate->inertia = partitive_moments_inertia(&moments);
    int status = validate(work, &moments, candidate, error);
    partitive_moments_free(&moments);
    return status;
}

/* Less is better. */
static int rank_of(const struct partitive_candidate *candidate) {
    return 2 * candidate->held + (candidate->agreement < AGREEMENT);
}

static int choose(struct partitive *result, struct error *error) {
    const struct partitive_candidate *best = NULL;
    for (size_t i = 0; i < result->count; i++) {
        const struct partitive_candidate *one = &result->candidates[i];
        if (one->failed)
            continue;
        if (best == NULL || rank_of(one) < rank_of(best) ||
            (rank_of(one) == rank_of(best) && one->mixture.criteria.icl < best->mixture.criteria.icl))
            best = one;
    }
    if (best == NULL)
        return error_set(error, "clusters without rows: no mixture could be fitted");
    result->chosen = (size_t)(best - result->candidates);
    return 0;
}

/* The chosen mixture is brought to its end, and components of a copy are merged. */
static int take_mixture(struct work *work, struct partitive *result, struct error *error) {
    struct partitive_mixture *chosen = &result->candidates[result->chosen].mixture;
    work->mixtures.tolerance = FINE;
    if (partitive_mixture_finish(&work->mixtures, chosen, error) < 0)
        return -1;
    result->mixture = *chosen;
    result->mixture.fit.path = NULL;
    result->mixture.fit.path_count = result->mixture.fit.path_capacity = 0;
    result->mixture.fit.mixture = mixture_start_copy(chosen->fit.mixture, NULL, error);
    if (result->mixture.fit.mixture == NULL ||
        partitive_mixture_merge(&work->mixtures, &result->mixture, &result->merged, error) < 0)
        return -1;
    return partitive_mixture_label(&work->mixtures, result->mixture.fit.mixture, result->labels,
                                   result->posterior, error);
}

/* The partition of as many parts as the mixture has components, or the smallest there is. */
static const struct partitive_candidate *partition_for(const struct partitive *result) {
    size_t least = result->candidates[0].clusters, components = result->mixture.fit.mixture->components;
    return &result->candidates[components > least ? components - least : 0];
}

/* Marks the rows that all agree upon. work->partition and labels are used up. */
static int find_core(const struct work *work, struct partitive *result, struct error *error) {
    const struct partitive_candidate *candidate = partition_for(result);
    size_t parts = candidate->clusters, components = result->mixture.fit.mixture->components;
    double *table = memory_matrix(error, parts, components, sizeof *table);
    size_t *match = memory_array(error, components, sizeof *match);
    const double threshold = work->settings->core_threshold;
    int status = -1;
    for (size_t i = 0; i < work->rows->rows; i++) {
        work->partition[i] = candidate->labels[point_of(work, i)];
        result->stability[i] = candidate->co_membership[point_of(work, i)];
    }
    const struct partition_pair pair = {work->rows->rows, parts,          components,
                                        work->partition,  result->labels, work->rows->weights};
    if (table != NULL && match != NULL) {
        partition_agreement_table(&pair, table);
        status = partition_agreement_match(parts, components, table, match, error);
    }
    for (size_t i = 0; status == 0 && i < work->rows->rows; i++) {
        result->core[i] = result->posterior[i] >= threshold && result->stability[i] >= threshold &&
                          match[result->labels[i]] == work->partition[i];
        result->core_set.rows += result->core[i];
        work->labels[i] = result->core[i] ? result->labels[i] : UINT32_MAX;
    }
    free(table);
    free(match);
    if (status < 0)
        return -1;
    result->all.rows = work->rows->rows;
    if (measure_set(work, components, result->labels, &result->all, error) < 0)
        return -1;
    return measure_set(work, components, work->labels, &result->core_set, error);
}

static int run(struct work *work, struct partitive *result, struct error *error) {
    const struct partitive_settings *settings = work->settings;
    for (size_t i = 0; i < result->count; i++) {
        result->candidates[i] = (struct partitive_candidate){.clusters = settings->least + i};
        if (try_clusters(work, &result->candidates[i], error) < 0)
            return -1;
        if (settings->progress != NULL)
            progress_show(settings->progress, "numbers of clusters", i + 1, result->count);
    }
    if (choose(result, error) < 0 || take_mixture(work, result, error) < 0)
        return -1;
    return find_core(work, result, error);
}

/* Points for the runs, the covariance of all rows, and room. */
static int prepare(struct work *work, struct partitive *result, struct error *error) {
    const struct partitive_settings *settings = work->settings;
    const struct mixture_rows *rows = work->rows;
    work->data = (struct kmeans_data){rows->rows, rows->dimensions, rows->values, rows->weights};
    work->points = work->data;
    result->candidates = memory_zeros(error, result->count, sizeof *result->candidates);
    result->labels = memory_array(error, rows->rows, sizeof *result->labels);
    result->posterior = memory_array(error, rows->rows, sizeof *result->posterior);
    result->stability = memory_array(error, rows->rows, sizeof *result->stability);
    result->core = memory_array(error, rows->rows, sizeof *result->core);
    work->partition = memory_array(error, rows->rows, sizeof *work->partition);
    work->labels = memory_array(error, rows->rows, sizeof *work->labels);
    work->posterior = memory_array(error, rows->rows, sizeof *work->posterior);
    if (result->candidates == NULL || result->labels == NULL || result->posterior == NULL ||
        result->stability == NULL || result->core == NULL || work->partition == NULL ||
        work->labels == NULL || work->posterior == NULL)
        return -1;
    work->whole = mixture_start_whole(rows, settings->type, settings->threads, error);
    if (work->whole == NULL)
        return -1;
    work->mixtures = (struct partitive_mixture_settings){.rows = rows,
                                                         .type = settings->type,
                                                         .whole = work->whole,
                                                         .floor = FLOOR * mixture_start_variance(work->whole),
                                                         .tolerance = ROUGH,
                                                         .max_iterations = MIXTURE_STEPS,
                                                         .threads = settings->threads};
    if (settings->cells == 0)
        return 0;
    if (partitive_cells_make(&work->data, settings->cells, settings->seed, settings->threads, &work->cells,
                             error) < 0)
        return -1;
    work->points.rows = work->cells.count;
    work->points.points = work->cells.centers;
    work->points.weights = work->cells.weights;
    return 0;
}

int partitive_make(const struct mixture_rows *rows, const struct partitive_settings *settings,
                   struct partitive *result, struct error *error) {
    struct work work = {.rows = rows, .settings = settings};
    *result = (struct partitive){.count = settings->most - settings->least + 1};
    int status = prepare(&work, result, error);
    if (status == 0)
        status = run(&work, result, error);
    partitive_cells_free(&work.cells);
    gaussian_mixture_free(work.whole);
    free(work.partition);
    free(work.labels);
    free(work.posterior);
    if (status < 0)
        partitive_free(result);
    return status;
}
