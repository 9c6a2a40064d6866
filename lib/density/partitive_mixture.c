#include "density/partitive_mixture.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/gaussian_mixture_density.h"

enum { BLOCK = 1024, PAIRS_TRIED = 3 };

static struct mixture_constraints constraints_of(const struct partitive_mixture_settings *settings) {
    return (struct mixture_constraints){.floor = settings->floor, .dirichlet = 1, .whole = settings->whole};
}

/* Fills in the criteria of a fit's parameters. */
static void judge(const struct partitive_mixture_settings *settings, struct partitive_mixture *mixture) {
    const struct gaussian_mixture *fitted = mixture->fit.mixture;
    double parameters =
        mixture_criterion_parameters(settings->type, fitted->components, fitted->dimensions, false);
    mixture->criteria = mixture_criterion_all(parameters, mixture->fit.log_likelihood, mixture->fit.entropy,
                                              settings->rows->total);
}

int partitive_mixture_finish(const struct partitive_mixture_settings *settings,
                             struct partitive_mixture *mixture, struct error *error) {
    const struct mixture_fit_settings fit = {.mode = MIXTURE_STEP_SOFT,
                                             .tolerance = settings->tolerance,
                                             .max_iterations = settings->max_iterations,
                                             .constraints = constraints_of(settings)};
    struct mixture_step *step = mixture_step_create(settings->rows, mixture->fit.mixture->components,
                                                    settings->type, settings->threads, error);
    int status = step == NULL ? -1
                              : mixture_fit_run(&mixture->fit, step, settings->rows, settings->type, &fit,
                                                fit.max_iterations, error);
    mixture_step_free(step);
    if (status == 0)
        status = mixture_fit_sort(mixture->fit.mixture, error);
    if (status == 0)
        judge(settings, mixture);
    return status;
}

/* The M step of the partition's hard labels. */
static struct gaussian_mixture *start(const struct partitive_mixture_settings *settings,
                                      const struct partitive_moments *moments, struct error *error) {
    size_t k = moments->parts, d = moments->dimensions, size = d * (d + 1) / 2, lifted;
    bool matrix = settings->type == GAUSSIAN_MIXTURE_FULL || settings->type == GAUSSIAN_MIXTURE_TIED;
    struct gaussian_mixture *mixture = gaussian_mixture_create(k, d, GAUSSIAN_MIXTURE_TIED_SPHERICAL, error);
    double *first = memory_matrix(error, k, d, sizeof *first);
    double *variances = memory_matrix(error, k, d, sizeof *variances);
    int status = -1;
    if (mixture != NULL && first != NULL && variances != NULL) {
        memset(first, 0, k * d * sizeof *first); /* moments are about the means */
        memcpy(mixture->means, moments->means, k * d * sizeof *first);
        mixture->covariances[0] = 1;
        for (size_t c = 0; c < k; c++) {
            mixture->weights[c] = moments->counts[c] / settings->rows->total;
            for (size_t a = 0; a < d; a++)
                variances[c * d + a] = moments->scatter[c * size + a * (a + 1) / 2 + a];
        }
        struct mixture_sums sums = {.counts = moments->counts,
                                    .first = first,
                                    .second = matrix ? moments->scatter : variances,
                                    .seconds = matrix ? size : d};
        struct mixture_constraints constraints = constraints_of(settings);
        status = mixture_maximise(mixture, settings->type, &sums, &constraints, &lifted, error);
    }
    free(first);
    free(variances);
    if (status == 0)
        return mixture;
    gaussian_mixture_free(mixture);
    return NULL;
}

int partitive_mixture_fit(const struct partitive_mixture_settings *settings,
                          const struct partitive_moments *moments, struct partitive_mixture *mixture,
                          struct error *error) {
    *mixture = (struct partitive_mixture){0};
    mixture->fit.mixture = start(settings, moments, error);
    if (mixture->fit.mixture != NULL && partitive_mixture_finish(settings, mixture, error) == 0)
        return 0;
    partitive_mixture_free(mixture);
    return -1;
}

/* Mixes value arrays of the two components by their shares. */
static void mix_values(double *kept, const double *lost, size_t count, double share) {
    for (size_t i = 0; i < count; i++)
        kept[i] = share * kept[i] + (1 - share) * lost[i];
}

/* Adds c u u^T, or what the type keeps of it, to a covariance; tied ones stay: EM sees to them. */
static void add_spread(const struct gaussian_mixture *mixture, double *covariance, double c,
                       const double *u) {
    size_t d = mixture->dimensions;
    for (size_t a = 0; a < d; a++) {
        if (mixture->type == GAUSSIAN_MIXTURE_DIAGONAL)
            covariance[a] += c * u[a] * u[a];
        if (mixture->type == GAUSSIAN_MIXTURE_SPHERICAL)
            covariance[0] += c * u[a] * u[a] / (double)d;
        for (size_t b = 0; mixture->type == GAUSSIAN_MIXTURE_FULL && b < d; b++)
            covariance[a * d + b] += c * u[a] * u[b];
    }
}

/* Copies count values of every component but `without`. */
static void copy_others(double *to, const double *from, size_t components, size_t without, size_t count) {
    memcpy(to, from, without * count * sizeof *to);
    memcpy(to + without * count, from + (without + 1) * count,
           (components - without - 1) * count * sizeof *to);
}

/* A prepared mixture with components i < j made one of the same mean and covariance. NULL: error says why. */
static struct gaussian_mixture *merge_pair(const struct gaussian_mixture *mixture, size_t i, size_t j,
                                           struct error *error) {
    size_t k = mixture->components, d = mixture->dimensions;
    size_t size = gaussian_mixture_covariance_count(mixture->type, k, d) -
                  gaussian_mixture_covariance_count(mixture->type, k - 1, d); /* 0 where tied */
    struct gaussian_mixture *merged = gaussian_mixture_create(k - 1, d, mixture->type, error);
    double *u = memory_array(error, d, sizeof *u);
    if (merged == NULL || u == NULL) {
        gaussian_mixture_free(merged);
        free(u);
        return NULL;
    }
    double total = mixture->weights[i] + mixture->weights[j], share = mixture->weights[i] / total;
    for (size_t a = 0; a < d; a++)
        u[a] = mixture->means[i * d + a] - mixture->means[j * d + a];
    copy_others(merged->weights, mixture->weights, k, j, 1);
    copy_others(merged->means, mixture->means, k, j, d);
    if (size > 0)
        copy_others(merged->covariances, mixture->covariances, k, j, size);
    else
        memcpy(merged->covariances, mixture->covariances,
               gaussian_mixture_covariance_count(mixture->type, k, d) * sizeof(double));
    merged->weights[i] = total;
    mix_values(merged->means + i * d, mixture->means + j * d, d, share);
    mix_values(merged->covariances + i * size, mixture->covariances + j * size, size, share);
    add_spread(merged, merged->covariances + i * size, share * (1 - share), u);
    free(u);
    if (gaussian_mixture_prepare(merged, error) == 0)
        return merged;
    gaussian_mixture_free(merged);
    return NULL;
}

/* Two components, and what their merger is worth. */
struct merger {
    size_t first, second;
    double icl;
};

/* The icl of a merger before EM. */
static int value_merger(const struct partitive_mixture_settings *settings,
                        const struct gaussian_mixture *mixture, struct mixture_step *step,
                        struct merger *merger, struct error *error) {
    struct partitive_mixture one = {0};
    one.fit.mixture = merge_pair(mixture, merger->first, merger->second, error);
    if (one.fit.mixture == NULL)
        return -1;
    const struct mixture_sums *sums = mixture_step_run(step, one.fit.mixture, MIXTURE_STEP_EVALUATE);
    one.fit.log_likelihood = sums->log_likelihood;
    one.fit.entropy = sums->entropy;
    judge(settings, &one);
    merger->icl = one.criteria.icl;
    partitive_mixture_free(&one);
    return 0;
}

/* Puts a merger among the best of those before, the least icl first. */
static void rank(struct merger *best, size_t *count, struct merger merger) {
    size_t at = *count < PAIRS_TRIED ? (*count)++ : PAIRS_TRIED;
    for (; at > 0 && merger.icl < best[at - 1].icl; at--)
        if (at < PAIRS_TRIED)
            best[at] = best[at - 1];
    if (at < PAIRS_TRIED)
        best[at] = merger;
}

static int find_mergers(const struct partitive_mixture_settings *settings,
                        const struct gaussian_mixture *mixture, struct merger *best, size_t *count,
                        struct error *error) {
    struct mixture_step *step =
        mixture_step_create(settings->rows, mixture->components, settings->type, settings->threads, error);
    int status = step != NULL ? 0 : -1;
    *count = 0;
    for (size_t i = 0; i < mixture->components; i++) {
        for (size_t j = i + 1; status == 0 && j < mixture->components; j++) {
            struct merger merger = {.first = i, .second = j};
            status = value_merger(settings, mixture, step, &merger, error);
            rank(best, count, merger);
        }
    }
    mixture_step_free(step);
    return status;
}

/* Replaces the mixture by the best merger of two components, if one is better; *better tells. */
static int merge_once(const struct partitive_mixture_settings *settings, struct partitive_mixture *mixture,
                      bool *better, struct error *error) {
    const struct gaussian_mixture *before = mixture->fit.mixture;
    struct merger mergers[PAIRS_TRIED];
    struct partitive_mixture best = {0};
    size_t count;
    *better = false;
    if (find_mergers(settings, before, mergers, &count, error) < 0)
        return -1;
    double least = mixture->criteria.icl;
    for (size_t i = 0; i < count; i++) {
        struct partitive_mixture one = {0};
        one.fit.mixture = merge_pair(before, mergers[i].first, mergers[i].second, error);
        if (one.fit.mixture == NULL || partitive_mixture_finish(settings, &one, error) < 0) {
            partitive_mixture_free(&one);
            partitive_mixture_free(&best);
            return -1;
        }
        if (one.criteria.icl < least) {
            struct partitive_mixture worse = best;
            least = one.criteria.icl;
            best = one;
            one = worse;
            *better = true;
        }
        partitive_mixture_free(&one);
    }
    if (*better) {
        partitive_mixture_free(mixture);
        *mixture = best;
    }
    return 0;
}

int partitive_mixture_merge(const struct partitive_mixture_settings *settings,
                            struct partitive_mixture *mixture, size_t *merged, struct error *error) {
    bool better = true;
    *merged = 0;
    while (better && mixture->fit.mixture->components > 1) {
        if (merge_once(settings, mixture, &better, error) < 0)
            return -1;
        *merged += better;
    }
    return 0;
}

struct labelling {
    const struct mixture_rows *rows;
    const struct gaussian_mixture *mixture;
    uint32_t *labels;
    double *posterior, *terms, *workspaces; /* terms: threads x BLOCK x components */
};

static void label_block(void *context, size_t block, size_t worker) {
    const struct labelling *labelling = context;
    const struct gaussian_mixture *mixture = labelling->mixture;
    size_t k = mixture->components, from = block * BLOCK, rows = labelling->rows->rows;
    size_t count = rows - from < BLOCK ? rows - from : BLOCK;
    double *terms = labelling->terms + worker * BLOCK * k;
    gaussian_mixture_density_terms(
        mixture, count, labelling->rows->values + from * mixture->dimensions, terms,
        labelling->workspaces + worker * gaussian_mixture_density_workspace(mixture));
    for (size_t i = 0; i < count; i++) {
        const double *term = terms + i * k;
        double sum = 0;
        size_t best = 0;
        for (size_t c = 1; c < k; c++)
            if (term[c] > term[best])
                best = c;
        for (size_t c = 0; c < k; c++)
            sum += exp(term[c] - term[best]);
        labelling->labels[from + i] = (uint32_t)best;
        labelling->posterior[from + i] = 1 / sum;
    }
}

int partitive_mixture_label(const struct partitive_mixture_settings *settings,
                            const struct gaussian_mixture *mixture, uint32_t *labels, double *posterior,
                            struct error *error) {
    const struct mixture_rows *rows = settings->rows;
    struct labelling labelling = {.rows = rows, .mixture = mixture, .labels = labels, .posterior = posterior};
    labelling.terms =
        memory_matrix(error, settings->threads, BLOCK * mixture->components, sizeof *labelling.terms);
    labelling.workspaces = memory_matrix(
        error, settings->threads, gaussian_mixture_density_workspace(mixture), sizeof *labelling.workspaces);
    bool whole = labelling.terms != NULL && labelling.workspaces != NULL;
    if (whole)
        parallel_for(settings->threads, (rows->rows + BLOCK - 1) / BLOCK, label_block, &labelling);
    free(labelling.terms);
    free(labelling.workspaces);
    return whole ? 0 : -1;
}

void partitive_mixture_free(struct partitive_mixture *mixture) {
    mixture_fit_free(&mixture->fit);
}
