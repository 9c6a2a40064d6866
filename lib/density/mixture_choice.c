#include "density/mixture_choice.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "density/mixture_checkpoint.h"

size_t mixture_choice_count(const struct mixture_choice *choice) {
    size_t types = 0;
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++)
        types += choice->types[type];
    return types * (choice->most - choice->least + 1);
}

/* The fold of each row, from 0: as many rows in each, but for one. */
static size_t *draw_folds(size_t rows, size_t folds, uint64_t seed, struct error *error) {
    size_t *order = memory_array(error, rows, sizeof *order);
    size_t *fold = memory_array(error, rows, sizeof *fold);
    if (order != NULL && fold != NULL) {
        struct random_stream stream;
        random_start(&stream, seed, "gmmfit", "folds", 0);
        random_permutation(&stream, rows, order);
        for (size_t i = 0; i < rows; i++)
            fold[order[i]] = i % folds;
    } else {
        free(fold);
        fold = NULL;
    }
    free(order);
    return fold;
}

/* A view of the rows in one fold, or outside it: the others weigh nothing. */
static struct mixture_rows mask(const struct mixture_rows *rows, const size_t *fold, size_t number,
                                bool inside, double *weights) {
    struct mixture_rows view = *rows;
    view.weights = weights;
    view.total = 0;
    for (size_t i = 0; i < rows->rows; i++) {
        double weight = rows->weights != NULL ? rows->weights[i] : 1;
        weights[i] = (fold[i] == number) == inside ? weight : 0;
        view.total += weights[i];
    }
    return view;
}

/* Adds the log-likelihood of fold `number` by a fit to the others. */
static int add_fold(const struct mixture_rows *rows, const struct mixture_restarts *restarts,
                    const size_t *fold, size_t number, double *weights, double *sum, struct error *error) {
    struct mixture_fit fit = {0};
    struct mixture_rows view = mask(rows, fold, number, false, weights);
    struct mixture_restarts others = *restarts;
    others.fit.checkpoint = NULL; /* a model of some of the rows is none of them all */
    if (mixture_restarts_run(&view, &others, &fit, error) < 0)
        return -1;
    view = mask(rows, fold, number, true, weights);
    struct mixture_step *step =
        mixture_step_create(&view, fit.mixture->components, restarts->type, restarts->threads, error);
    if (step != NULL)
        *sum += mixture_step_run(step, fit.mixture, MIXTURE_STEP_EVALUATE)->log_likelihood;
    mixture_fit_free(&fit);
    int status = step == NULL ? -1 : 0;
    mixture_step_free(step);
    return status;
}

static int cross_validate(const struct mixture_rows *rows, const struct mixture_choice *choice,
                          const struct mixture_restarts *restarts, double *held_out, struct error *error) {
    size_t *fold = draw_folds(rows->rows, choice->folds, restarts->seed, error);
    double *weights = memory_array(error, rows->rows, sizeof *weights);
    int status = fold != NULL && weights != NULL ? 0 : -1;
    *held_out = 0;
    for (size_t i = 0; status == 0 && i < choice->folds; i++)
        status = add_fold(rows, restarts, fold, i, weights, held_out, error);
    free(fold);
    free(weights);
    return status;
}

static double score_of(enum mixture_criterion criterion, const struct mixture_criteria *criteria,
                       double held_out) {
    switch (criterion) {
    case MIXTURE_CRITERION_BIC:
        return criteria->bic;
    case MIXTURE_CRITERION_ICL:
        return criteria->icl;
    case MIXTURE_CRITERION_AIC:
        return criteria->aic;
    case MIXTURE_CRITERION_AICC:
        return criteria->aicc;
    default:
        return -held_out;
    }
}

/* Fits one candidate. `fit` is the caller's to free. */
static int run_candidate(const struct mixture_rows *rows, const struct mixture_choice *choice,
                         struct mixture_candidate *candidate, struct mixture_fit *fit, struct error *error) {
    struct mixture_restarts restarts = choice->restarts;
    double held_out = 0;
    restarts.components = candidate->components;
    restarts.type = candidate->type;
    if (choice->criterion == MIXTURE_CRITERION_CV && mixture_choice_count(choice) > 1 &&
        cross_validate(rows, choice, &restarts, &held_out, error) < 0)
        return -1;
    if (mixture_restarts_run(rows, &restarts, fit, error) < 0)
        return -1;
    double parameters = mixture_criterion_parameters(candidate->type, fit->mixture->components,
                                                     rows->dimensions, fit->mixture->noise_weight > 0);
    candidate->log_likelihood = fit->log_likelihood;
    candidate->criteria = mixture_criterion_all(parameters, fit->log_likelihood, fit->entropy, rows->total);
    candidate->score = score_of(choice->criterion, &candidate->criteria, held_out);
    return 0;
}

/* Fits candidate i and keeps the fit where it is the best so far. */
static void try_candidate(const struct mixture_rows *rows, const struct mixture_choice *choice,
                          struct mixture_candidate *candidates, size_t i, struct mixture_fit *best,
                          size_t *chosen, struct error *error) {
    struct mixture_fit fit = {0};
    candidates[i].failed = run_candidate(rows, choice, &candidates[i], &fit, error) < 0;
    if (!candidates[i].failed && (best->mixture == NULL || candidates[i].score < candidates[*chosen].score)) {
        struct mixture_fit worse = *best;
        *best = fit;
        *chosen = i;
        fit = worse;
        mixture_checkpoint_settle(choice->restarts.fit.checkpoint, best);
    }
    mixture_fit_free(&fit);
}

int mixture_choice_run(const struct mixture_rows *rows, const struct mixture_choice *choice,
                       struct mixture_candidate *candidates, struct mixture_fit *best, size_t *chosen,
                       struct error *error) {
    size_t count = mixture_choice_count(choice), i = 0;
    struct mixture_fit none = {0};
    *best = none;
    *chosen = 0;
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        for (size_t k = choice->least; choice->types[type] && k <= choice->most; k++, i++) {
            struct error failed = {0};
            candidates[i] =
                (struct mixture_candidate){.components = k, .type = (enum gaussian_mixture_type)type};
            try_candidate(rows, choice, candidates, i, best, chosen, &failed);
            if (candidates[i].failed && memory_ran_out(&failed)) {
                mixture_fit_free(best);
                *error = failed;
                return -1;
            }
            if (candidates[i].failed && error->text[0] == '\0')
                *error = failed;
            if (choice->progress != NULL)
                progress_show(choice->progress, "fits", i + 1, count);
        }
    }
    if (best->mixture == NULL)
        return -1;
    error->text[0] = '\0';
    return 0;
}
