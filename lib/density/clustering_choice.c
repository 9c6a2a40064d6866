#include "density/clustering_choice.h"

#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "density/clustering_assign.h"
#include "density/clustering_checkpoint.h"
#include "density/mixture_fit.h"

void clustering_choice_free(struct clustering_result *result) {
    clustering_fit_free(&result->fit);
    free(result->labels);
    free(result->memberships);
    *result = (struct clustering_result){0};
}

static int compare_indices(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* `count` of the rows, in their order. */
static int draw_rows(size_t rows, size_t count, uint64_t seed, size_t *drawn, struct error *error) {
    struct random_stream stream;
    size_t *order = memory_array(error, rows, sizeof *order);
    if (order == NULL)
        return -1;
    random_start(&stream, seed, "gmmfit", "subsample", 0);
    random_permutation(&stream, rows, order);
    memcpy(drawn, order, count * sizeof *drawn);
    free(order);
    qsort(drawn, count, sizeof *drawn, compare_indices);
    return 0;
}

/* What a fit begins with, and the fit, of the rows that the programs have. */
static int fit_sample(const struct mixture_rows *rows, const struct clustering_choice *choice,
                      const struct clustering_settings *settings, size_t components,
                      struct clustering_fit *fit, struct error *error) {
    const struct mixture_restarts *restarts = &choice->mixture.restarts;
    const struct clustering_start start = {.components = components,
                                           .kind = restarts->kind,
                                           .centres = restarts->centres,
                                           .seed = restarts->seed,
                                           .threads = restarts->threads};
    struct gaussian_mixture *mixture = NULL;
    if (components > rows->rows)
        return error_set(error, "%zu components but %zu rows", components, rows->rows);
    size_t *labels = memory_array(error, rows->rows, sizeof *labels);
    int status = -1;
    if (labels != NULL && restarts->model != NULL)
        mixture = mixture_start_copy(restarts->model, NULL, error);
    else if (labels != NULL && clustering_start_labels(&start, rows, labels, error) == 0)
        mixture = clustering_start_mixture(&start, rows, settings, labels, error);
    if (mixture != NULL)
        status =
            clustering_fit_run(fit, rows, settings, mixture, restarts->model == NULL ? labels : NULL, error);
    free(labels);
    return status;
}

/* Labels and memberships of all rows: those of the sample as fitted, the others' by likelihood; then the
 * parameters of all rows. */
static int extend(const struct mixture_rows *rows, const struct clustering_settings *settings,
                  const size_t *drawn, struct clustering_result *result, struct error *error) {
    struct clustering_fit *fit = &result->fit;
    size_t components = result->components;
    if (clustering_assign(fit->mixture, rows->rows, rows->values, settings->mixing, result->memberships,
                          result->labels, error) < 0)
        return -1;
    for (size_t i = 0; i < rows->rows * components; i++)
        result->memberships[i] = result->labels[i / components] == i % components;
    for (size_t i = 0; i < result->sample; i++) {
        size_t row = drawn[i];
        result->labels[row] = fit->solution.labels[i];
        memcpy(result->memberships + row * components, fit->solution.memberships + i * components,
               components * sizeof(double));
    }
    return result->sample == rows->rows
               ? 0
               : clustering_fit_maximise(fit->mixture, rows, settings, result->memberships, NULL,
                                         &fit->lifted, error);
}

/* Components by decreasing weight, of equals the first; labels and memberships follow. */
static int sort(const struct mixture_rows *rows, struct clustering_result *result, struct error *error) {
    size_t components = result->components;
    const double *weights = result->fit.mixture->weights;
    size_t *rank = memory_zeros(error, components, sizeof *rank);
    double *copy = memory_array(error, components, sizeof *copy);
    bool made = rank != NULL && copy != NULL;
    for (size_t k = 0; made && k < components; k++)
        for (size_t other = 0; other < components; other++)
            rank[k] += weights[other] > weights[k] || (other < k && weights[other] == weights[k]);
    for (size_t i = 0; made && i < rows->rows; i++) {
        double *row = result->memberships + i * components;
        memcpy(copy, row, components * sizeof *copy);
        for (size_t k = 0; k < components; k++)
            row[rank[k]] = copy[k];
        result->labels[i] = rank[result->labels[i]];
    }
    free(rank);
    free(copy);
    return made ? mixture_fit_sort(result->fit.mixture, error) : -1;
}

int clustering_choice_evaluate(const struct mixture_rows *rows, size_t threads,
                               struct clustering_result *result, struct error *error) {
    const struct gaussian_mixture *mixture = result->fit.mixture;
    struct mixture_step *step = mixture_step_create(rows, mixture->components, mixture->type, threads, error);
    if (step == NULL)
        return -1;
    const struct mixture_sums *sums = mixture_step_run(step, mixture, MIXTURE_STEP_EVALUATE);
    result->log_likelihood = sums->log_likelihood;
    result->criteria = mixture_criterion_all(
        mixture_criterion_parameters(mixture->type, mixture->components, rows->dimensions, false),
        sums->log_likelihood, sums->entropy, rows->total);
    mixture_step_free(step);
    return 0;
}

/* One size and type: `whole` is what the rows are without clusters. */
static int run_one(const struct mixture_rows *rows, const struct clustering_choice *choice,
                   const struct gaussian_mixture *whole, size_t components, struct clustering_result *result,
                   struct error *error) {
    size_t n = rows->rows, d = rows->dimensions, threads = choice->mixture.restarts.threads;
    struct clustering_settings settings = choice->settings;
    struct mixture_rows sample = *rows;
    result->components = components;
    result->sample = choice->subsample > 0 && choice->subsample < n ? choice->subsample : n;
    settings.type = whole->type;
    settings.constraints = (struct mixture_constraints){
        .floor = choice->mixture.restarts.floor * mixture_start_variance(whole), .whole = whole};
    result->labels = memory_array(error, n, sizeof(size_t));
    result->memberships = memory_matrix(error, n, components, sizeof(double));
    size_t *drawn = memory_array(error, result->sample, sizeof *drawn);
    double *values = memory_matrix(error, result->sample, d, sizeof *values);
    int status = -1;
    if (result->labels != NULL && result->memberships != NULL && drawn != NULL && values != NULL)
        status = draw_rows(n, result->sample, choice->mixture.restarts.seed, drawn, error);
    for (size_t i = 0; status == 0 && i < result->sample; i++)
        memcpy(values + i * d, rows->values + drawn[i] * d, d * sizeof *values);
    sample.rows = result->sample;
    sample.values = values;
    sample.total = (double)result->sample;
    if (status == 0)
        status = fit_sample(&sample, choice, &settings, components, &result->fit, error);
    if (status == 0)
        status = extend(rows, &settings, drawn, result, error);
    if (status == 0)
        status = sort(rows, result, error);
    free(drawn);
    free(values);
    return status == 0 ? clustering_choice_evaluate(rows, threads, result, error) : -1;
}

static double score_of(enum mixture_criterion criterion, const struct mixture_criteria *criteria) {
    switch (criterion) {
    case MIXTURE_CRITERION_ICL:
        return criteria->icl;
    case MIXTURE_CRITERION_AIC:
        return criteria->aic;
    case MIXTURE_CRITERION_AICC:
        return criteria->aicc;
    default:
        return criteria->bic;
    }
}

/* Fits candidate i and keeps the result where it is the best so far. */
static void try_candidate(const struct mixture_rows *rows, const struct clustering_choice *choice,
                          struct mixture_candidate *candidates, size_t i, struct clustering_result *best,
                          size_t *chosen, struct error *error) {
    struct mixture_candidate *one = &candidates[i];
    struct clustering_result result = {0};
    struct gaussian_mixture *whole =
        mixture_start_whole(rows, one->type, choice->mixture.restarts.threads, error);
    one->failed = whole == NULL || run_one(rows, choice, whole, one->components, &result, error) < 0;
    if (!one->failed) {
        one->log_likelihood = result.log_likelihood;
        one->criteria = result.criteria;
        one->score = score_of(choice->mixture.criterion, &result.criteria);
    }
    if (!one->failed && (best->labels == NULL || one->score < candidates[*chosen].score)) {
        struct clustering_result worse = *best;
        *best = result;
        *chosen = i;
        result = worse;
    }
    clustering_choice_free(&result);
    gaussian_mixture_free(whole);
}

int clustering_choice_run(const struct mixture_rows *rows, const struct clustering_choice *choice,
                          struct mixture_candidate *candidates, struct clustering_result *best,
                          size_t *chosen, struct error *error) {
    size_t i = 0;
    *best = (struct clustering_result){0};
    if (choice->settings.checkpoint != NULL)
        choice->settings.checkpoint->best = best;
    *chosen = 0;
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        for (size_t k = choice->mixture.least; choice->mixture.types[type] && k <= choice->mixture.most;
             k++, i++) {
            struct error failed = {0};
            candidates[i] =
                (struct mixture_candidate){.components = k, .type = (enum gaussian_mixture_type)type};
            try_candidate(rows, choice, candidates, i, best, chosen, &failed);
            if (candidates[i].failed && memory_ran_out(&failed)) {
                *error = failed;
                return -1;
            }
            if (candidates[i].failed && error->text[0] == '\0')
                *error = failed;
        }
    }
    if (best->labels == NULL)
        return -1;
    error->text[0] = '\0';
    return 0;
}
