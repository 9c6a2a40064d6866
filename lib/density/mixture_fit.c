#include "density/mixture_fit.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "density/mixture_checkpoint.h"

/* A component with a smaller share of the weight is empty. */
static const double EMPTY = 1e-8;
/* A fall beyond this share of the log-likelihood is no rounding. */
static const double FALL = 1e-9;

/* Takes component k out of the mixture and its sums; the type's arrays stay consistent. */
static void drop(struct gaussian_mixture *mixture, struct mixture_sums *sums, size_t k) {
    size_t d = mixture->dimensions, after = mixture->components - k - 1;
    size_t all = gaussian_mixture_covariance_count(mixture->type, mixture->components, d);
    size_t less = gaussian_mixture_covariance_count(mixture->type, mixture->components - 1, d);
    size_t size = all - less; /* 0 where tied */
    memmove(mixture->weights + k, mixture->weights + k + 1, after * sizeof(double));
    memmove(mixture->means + k * d, mixture->means + (k + 1) * d, after * d * sizeof(double));
    memmove(mixture->covariances + k * size, mixture->covariances + (k + 1) * size,
            after * size * sizeof(double));
    memmove(sums->counts + k, sums->counts + k + 1, after * sizeof(double));
    memmove(sums->first + k * d, sums->first + (k + 1) * d, after * d * sizeof(double));
    memmove(sums->second + k * sums->seconds, sums->second + (k + 1) * sums->seconds,
            after * sums->seconds * sizeof(double));
    mixture->components--;
    double total = mixture->noise_weight;
    for (size_t i = 0; i < mixture->components; i++)
        total += mixture->weights[i];
    for (size_t i = 0; i < mixture->components; i++)
        mixture->weights[i] /= total;
    mixture->noise_weight /= total;
}

/* Gives component k an equal share of rows around the farthest one, spread as all rows are. */
static void reseed(struct gaussian_mixture *mixture, const struct mixture_rows *rows,
                   struct mixture_sums *sums, const struct gaussian_mixture *whole, size_t k) {
    size_t d = mixture->dimensions;
    double count = rows->total / (double)mixture->components;
    double *second = sums->second + k * sums->seconds;
    memcpy(mixture->means + k * d, rows->values + sums->farthest * d, d * sizeof(double));
    memset(sums->first + k * d, 0, d * sizeof(double));
    sums->counts[k] = count;
    size_t values = gaussian_mixture_covariance_count(whole->type, 1, d);
    for (size_t a = 0; values != d * d && a < d; a++)
        second[a] = count * whole->covariances[values == 1 ? 0 : a];
    for (size_t a = 0; values == d * d && a < d; a++)
        for (size_t b = 0; b <= a; b++)
            *second++ = count * whole->covariances[a * d + b];
}

/* Looks after components that have lost their rows: each fit may put as many back as it began with, then they
 * are left out. Returns 0, or -1 where none is left. */
static int mend_empty(struct mixture_fit *fit, const struct mixture_rows *rows, struct mixture_sums *sums,
                      const struct mixture_constraints *constraints, struct error *error) {
    struct gaussian_mixture *mixture = fit->mixture;
    bool may_move = !constraints->fix_means && constraints->dirichlet >= 1;
    for (size_t k = 0; k < mixture->components;) {
        if (sums->counts[k] >= EMPTY * rows->total && sums->counts[k] + constraints->dirichlet > 1) {
            k++;
            continue;
        }
        fit->comparable = false;
        if (may_move && fit->reseeded < mixture->components) {
            reseed(mixture, rows, sums, constraints->whole, k++);
            fit->reseeded++;
            continue;
        }
        if (mixture->components == 1)
            return error_set(error, "no component has kept any rows");
        drop(mixture, sums, k);
        fit->dropped++;
    }
    return 0;
}

static int append_path(struct mixture_fit *fit, struct error *error) {
    if (memory_reserve(error, &fit->path, &fit->path_capacity, fit->path_count + 1, sizeof *fit->path) < 0)
        return -1;
    fit->path[fit->path_count++] = fit->objective;
    return 0;
}

/* The figures of the parameters at hand. Returns whether the fit has ended, or -1. */
static int judge(struct mixture_fit *fit, const struct mixture_rows *rows, const struct mixture_sums *sums,
                 const struct mixture_fit_settings *settings, struct error *error) {
    const struct mixture_constraints *constraints = &settings->constraints;
    bool plain = settings->mode == MIXTURE_STEP_SOFT && fit->lifted == 0 && constraints->ridge == 0 &&
                 !constraints->fix_covariances;
    double before = fit->objective, log_prior;
    if (mixture_maximise_log_prior(fit->mixture, constraints, &log_prior, error) < 0)
        return -1;
    fit->log_likelihood = sums->log_likelihood;
    fit->entropy = sums->entropy;
    fit->objective =
        log_prior + (settings->mode == MIXTURE_STEP_HARD ? sums->classification : sums->log_likelihood);
    if (!isfinite(fit->objective))
        return error_set(error, "the log-likelihood is not finite: values lie too far apart");
    if (fit->evaluated) { /* where an earlier call stopped */
        fit->evaluated = false;
        return 0;
    }
    if (append_path(fit, error) < 0)
        return -1;
    double rise = fit->objective - before;
    if (!fit->comparable || settings->tolerance == 0)
        return 0;
    fit->fell = plain && rise < -FALL * fabs(fit->objective);
    fit->converged = fabs(rise) < settings->tolerance * rows->total;
    return fit->fell || fit->converged;
}

int mixture_fit_run(struct mixture_fit *fit, struct mixture_step *step, const struct mixture_rows *rows,
                    enum gaussian_mixture_type type, const struct mixture_fit_settings *settings,
                    size_t limit, struct error *error) {
    for (;;) {
        bool last = fit->iterations >= limit;
        struct mixture_sums sums =
            *mixture_step_run(step, fit->mixture, last ? MIXTURE_STEP_EVALUATE : settings->mode);
        int ended = judge(fit, rows, &sums, settings, error);
        if (ended != 0 || last) {
            fit->evaluated = true;
            return ended < 0 ? -1 : 0;
        }
        mixture_checkpoint_step(settings->checkpoint, fit);
        fit->comparable = true;
        if (mend_empty(fit, rows, &sums, &settings->constraints, error) < 0 ||
            mixture_maximise(fit->mixture, type, &sums, &settings->constraints, &fit->lifted, error) < 0)
            return -1;
        fit->iterations++;
        if (settings->progress != NULL)
            progress_show(settings->progress, "steps", fit->iterations, limit);
    }
}

/* The component of the greatest weight among those from `from` on, the first of equals. */
static size_t heaviest(const struct gaussian_mixture *mixture, size_t from) {
    size_t best = from;
    for (size_t k = from + 1; k < mixture->components; k++)
        if (mixture->weights[k] > mixture->weights[best])
            best = k;
    return best;
}

/* Moves block `from` of `size` values before block `to`, which is not behind it. */
static void move_block(double *blocks, size_t size, size_t from, size_t to) {
    for (size_t i = 0; i < size; i++) {
        double moved = blocks[from * size + i];
        for (size_t k = from; k > to; k--)
            blocks[k * size + i] = blocks[(k - 1) * size + i];
        blocks[to * size + i] = moved;
    }
}

int mixture_fit_sort(struct gaussian_mixture *mixture, struct error *error) {
    size_t d = mixture->dimensions, components = mixture->components;
    size_t size = gaussian_mixture_covariance_count(mixture->type, components + 1, d) -
                  gaussian_mixture_covariance_count(mixture->type, components, d); /* 0 where tied */
    for (size_t k = 0; k < components; k++) {
        size_t from = heaviest(mixture, k);
        if (from == k)
            continue;
        move_block(mixture->weights, 1, from, k);
        move_block(mixture->means, d, from, k);
        move_block(mixture->covariances, size, from, k);
    }
    return mixture_maximise_prepare(mixture, error);
}

void mixture_fit_free(struct mixture_fit *fit) {
    gaussian_mixture_free(fit->mixture);
    free(fit->path);
    memset(fit, 0, sizeof *fit);
}
