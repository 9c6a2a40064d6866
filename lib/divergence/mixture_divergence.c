#include "divergence/mixture_divergence.h"

#include <assert.h>
#include <math.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/gaussian_mixture_density.h"
#include "num/gaussian_mixture_sampler.h"

enum { BLOCK = GAUSSIAN_MIXTURE_SAMPLER_BLOCK, STRATUM_DRAWS_MIN = 2 };

/* Count, mean and sum of squared deviations of some values. */
struct spread {
    double count, mean, squares;
};

/* Draws from p of log p - log r, r = (1 - weight) p + weight q: a stratum is a component, or all of p. */
struct sampling {
    const struct gaussian_mixture *p, *q;
    double weight;
    const struct mixture_divergence_settings *settings;
    const char *purpose; /* names the random streams */
    struct gaussian_mixture_sampler sampler;
    size_t strata, blocks;
    size_t *counts;        /* strata: draws */
    size_t *first_block;   /* strata + 1 */
    struct spread *spread; /* blocks */
    double *workspaces;
    size_t workspace_size; /* of one thread: points, two log densities, and what those need */
};

/* -log((1 - w) + w q/p), the greater of p and q divided out. */
double mixture_divergence_log_ratio(double log_p, double log_q, double weight) {
    double difference = log_q - log_p;
    if (weight == 0 || weight == 1)
        return -weight * difference;
    if (difference <= 0)
        return -log1p(weight * expm1(difference));
    return -difference - log1p((1 - weight) * expm1(-difference));
}

static struct spread spread_of(size_t count, const double *values) {
    struct spread spread = {.count = (double)count};
    for (size_t i = 0; i < count; i++)
        spread.mean += values[i];
    spread.mean /= spread.count;
    for (size_t i = 0; i < count; i++)
        spread.squares += (values[i] - spread.mean) * (values[i] - spread.mean);
    return spread;
}

/* Chan, Golub and LeVeque 1983 */
static void spread_merge(struct spread *total, const struct spread *part) {
    double count = total->count + part->count, difference = part->mean - total->mean;
    total->squares += part->squares + difference * difference * total->count * (part->count / count);
    total->mean += difference * (part->count / count);
    total->count = count;
}

static size_t blocks_of(size_t draws) {
    return (draws + BLOCK - 1) / BLOCK;
}

/* The stratum that a block belongs to. */
static size_t stratum_of(const struct sampling *sampling, size_t block) {
    size_t low = 0, high = sampling->strata - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sampling->first_block[middle + 1] > block)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* parallel_body */
static void sample_block(void *context, size_t block, size_t worker) {
    const struct sampling *sampling = context;
    size_t d = sampling->p->dimensions, stratum = stratum_of(sampling, block);
    size_t before = (block - sampling->first_block[stratum]) * BLOCK;
    size_t count = sampling->counts[stratum] - before < BLOCK ? sampling->counts[stratum] - before : BLOCK;
    double *points = sampling->workspaces + worker * sampling->workspace_size;
    double *log_p = points + BLOCK * d, *log_q = log_p + BLOCK, *workspace = log_q + BLOCK;

    if (sampling->settings->stratified) {
        struct random_stream stream;
        random_start(&stream, sampling->settings->seed, sampling->settings->filter, sampling->purpose, block);
        gaussian_mixture_sampler_component(sampling->p, stratum, &stream, count, points);
    } else {
        gaussian_mixture_sampler_block(&sampling->sampler, block, count, points, NULL);
    }
    gaussian_mixture_density_rows(sampling->p, count, points, log_p, workspace);
    gaussian_mixture_density_rows(sampling->q, count, points, log_q, workspace);
    for (size_t i = 0; i < count; i++)
        log_p[i] = mixture_divergence_log_ratio(log_p[i], log_q[i], sampling->weight);
    sampling->spread[block] = spread_of(count, log_p);
}

/* Draws for each stratum, and where its blocks begin. */
static int plan_strata(struct sampling *sampling, struct error *error) {
    const struct gaussian_mixture *p = sampling->p;
    sampling->strata = sampling->settings->stratified ? p->components : 1;
    sampling->counts = memory_array(error, sampling->strata, sizeof *sampling->counts);
    sampling->first_block = memory_zeros(error, sampling->strata + 1, sizeof *sampling->first_block);
    if (sampling->counts == NULL || sampling->first_block == NULL)
        return -1;
    sampling->counts[0] = sampling->settings->draws;
    if (sampling->settings->stratified &&
        gaussian_mixture_sampler_shares(p->components, p->weights, sampling->settings->draws,
                                        sampling->counts, error) < 0)
        return -1;
    for (size_t i = 0; i < sampling->strata; i++) {
        bool present = !sampling->settings->stratified || p->weights[i] > 0;
        if (present && sampling->counts[i] < STRATUM_DRAWS_MIN)
            sampling->counts[i] = STRATUM_DRAWS_MIN;
        sampling->first_block[i + 1] = sampling->first_block[i] + blocks_of(sampling->counts[i]);
    }
    sampling->blocks = sampling->first_block[sampling->strata];
    return 0;
}

static int allocate(struct sampling *sampling, struct error *error) {
    size_t for_p = gaussian_mixture_density_workspace(sampling->p);
    size_t for_q = gaussian_mixture_density_workspace(sampling->q);
    sampling->workspace_size = BLOCK * (sampling->p->dimensions + 2) + (for_p > for_q ? for_p : for_q);
    sampling->spread = memory_array(error, sampling->blocks, sizeof *sampling->spread);
    sampling->workspaces =
        memory_matrix(error, sampling->settings->threads, sampling->workspace_size, sizeof(double));
    return sampling->spread != NULL && sampling->workspaces != NULL ? 0 : -1;
}

/* sum_k w_k mean_k, with variance sum_k w_k^2 s_k^2 / n_k; one stratum weighs 1. */
static void combine(const struct sampling *sampling, struct mixture_divergence_estimate *estimate) {
    double variance = 0, total = 0;
    *estimate = (struct mixture_divergence_estimate){0};
    for (size_t k = 0; k < sampling->strata; k++)
        total += sampling->settings->stratified ? sampling->p->weights[k] : 1;
    for (size_t k = 0; k < sampling->strata; k++) {
        struct spread spread = {0};
        for (size_t block = sampling->first_block[k]; block < sampling->first_block[k + 1]; block++)
            spread_merge(&spread, &sampling->spread[block]);
        if (spread.count == 0)
            continue;
        double share = sampling->settings->stratified ? sampling->p->weights[k] / total : 1;
        estimate->value += share * spread.mean;
        variance += share * share * spread.squares / (spread.count - 1) / spread.count;
        estimate->draws += sampling->counts[k];
    }
    estimate->standard_error = sqrt(variance);
}

/* E_p[log p - log((1 - weight) p + weight q)] */
static int sample(const struct gaussian_mixture *p, const struct gaussian_mixture *q, double weight,
                  const char *purpose, const struct mixture_divergence_settings *settings,
                  struct mixture_divergence_estimate *estimate, struct error *error) {
    struct sampling sampling = {.p = p, .q = q, .weight = weight, .settings = settings, .purpose = purpose};
    assert(p->dimensions == q->dimensions);
    if (settings->draws < STRATUM_DRAWS_MIN)
        return error_set_usage(error, "a standard error needs at least 2 draws");
    int status = gaussian_mixture_sampler_create(&sampling.sampler, p, settings->seed, settings->filter,
                                                 purpose, 0, error);
    if (status == 0 && q->noise_weight > 0)
        status = error_set(error, "a mixture with a uniform component has no density outside its box");
    if (status == 0)
        status = plan_strata(&sampling, error);
    if (status == 0)
        status = allocate(&sampling, error);
    if (status == 0) {
        parallel_for(settings->threads, sampling.blocks, sample_block, &sampling);
        combine(&sampling, estimate);
    }
    gaussian_mixture_sampler_free(&sampling.sampler);
    free(sampling.counts);
    free(sampling.first_block);
    free(sampling.spread);
    free(sampling.workspaces);
    return status;
}

int mixture_divergence_kl(const struct gaussian_mixture *f, const struct gaussian_mixture *g,
                          const struct mixture_divergence_settings *settings,
                          struct mixture_divergence_estimate *estimate, struct error *error) {
    return sample(f, g, 1, "draws", settings, estimate, error);
}

int mixture_divergence_js(const struct gaussian_mixture *f, const struct gaussian_mixture *g, double weight,
                          const struct mixture_divergence_settings *settings,
                          struct mixture_divergence_estimate *estimate, struct error *error) {
    struct mixture_divergence_estimate from_f, from_g;
    if (sample(f, g, weight, "draws", settings, &from_f, error) < 0 ||
        sample(g, f, 1 - weight, "draws of the second", settings, &from_g, error) < 0)
        return -1;
    estimate->value = (1 - weight) * from_f.value + weight * from_g.value;
    estimate->standard_error = hypot((1 - weight) * from_f.standard_error, weight * from_g.standard_error);
    estimate->draws = from_f.draws + from_g.draws;
    return 0;
}

/* Means of log f - log g over the sigma points of each component of f. */
struct sigma_points {
    const struct gaussian_mixture *f, *g;
    double *means; /* K_f */
    double *workspaces;
    size_t workspace_size;
};

/* parallel_body: component a. */
static void average_sigma_points(void *context, size_t a, size_t worker) {
    const struct sigma_points *task = context;
    size_t d = task->f->dimensions;
    double *points = task->workspaces + worker * task->workspace_size;
    double *factor = points + 2 * d * d, *log_f = factor + d * d, *log_g = log_f + 2 * d;
    gaussian_mixture_expand_factor(task->f, a, factor);
    for (size_t column = 0; column < d; column++) {
        for (size_t i = 0; i < d; i++) {
            double step = sqrt((double)d) * factor[i * d + column];
            points[2 * column * d + i] = task->f->means[a * d + i] + step;
            points[(2 * column + 1) * d + i] = task->f->means[a * d + i] - step;
        }
    }
    gaussian_mixture_density_rows(task->f, 2 * d, points, log_f, log_g + 2 * d);
    gaussian_mixture_density_rows(task->g, 2 * d, points, log_g, log_g + 2 * d);
    double sum = 0;
    for (size_t i = 0; i < 2 * d; i++)
        sum += log_f[i] - log_g[i];
    task->means[a] = sum / (double)(2 * d);
}

int mixture_divergence_unscented(const struct gaussian_mixture *f, const struct gaussian_mixture *g,
                                 size_t threads, double *divergence, struct error *error) {
    size_t d = f->dimensions;
    size_t for_f = gaussian_mixture_density_workspace(f), for_g = gaussian_mixture_density_workspace(g);
    struct sigma_points task = {.f = f, .g = g};
    task.workspace_size = 3 * d * d + 4 * d + (for_f > for_g ? for_f : for_g);
    task.means = memory_array(error, f->components, sizeof *task.means);
    task.workspaces = memory_matrix(error, threads, task.workspace_size, sizeof(double));
    int status = task.means != NULL && task.workspaces != NULL ? 0 : -1;
    if (status == 0) {
        parallel_for(threads, f->components, average_sigma_points, &task);
        double sum = 0;
        for (size_t a = 0; a < f->components; a++)
            sum += f->weights[a] * task.means[a];
        *divergence = sum;
    }
    free(task.means);
    free(task.workspaces);
    return status;
}
