#include "density/mixture_fit.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "density/mixture_acceleration.h"
#include "density/mixture_checkpoint.h"

/* A fall beyond this share of the log-likelihood is no rounding. */
static const double FALL = 1e-9;

static int append_path(struct mixture_fit *fit, struct error *error) {
    if (memory_reserve(error, &fit->path, &fit->path_capacity, fit->path_count + 1, sizeof *fit->path) < 0)
        return -1;
    fit->path[fit->path_count++] = fit->objective;
    return 0;
}

/* Takes down the figures of the parameters at hand. */
static int measure(struct mixture_fit *fit, const struct mixture_sums *sums,
                   const struct mixture_fit_settings *settings, struct error *error) {
    double log_prior;
    if (mixture_maximise_log_prior(fit->mixture, &settings->constraints, &log_prior, error) < 0)
        return -1;
    fit->log_likelihood = sums->log_likelihood;
    fit->entropy = sums->entropy;
    fit->objective =
        log_prior + (settings->mode == MIXTURE_STEP_HARD ? sums->classification : sums->log_likelihood);
    return 0;
}

/* Whether the fit has ended with these figures, or -1. */
static int judge(struct mixture_fit *fit, const struct mixture_rows *rows,
                 const struct mixture_fit_settings *settings, struct error *error) {
    const struct mixture_constraints *constraints = &settings->constraints;
    bool plain = settings->mode == MIXTURE_STEP_SOFT && fit->lifted == 0 && constraints->ridge == 0 &&
                 !constraints->fix_covariances;
    double before = fit->path_count > 0 ? fit->path[fit->path_count - 1] : 0;
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

/* One run of a fit. */
struct run {
    struct mixture_fit *fit;
    struct mixture_step *step;
    const struct mixture_rows *rows;
    enum gaussian_mixture_type type;
    const struct mixture_fit_settings *settings;
    struct mixture_acceleration *acceleration; /* or NULL */
    bool jumped;                               /* the parameters are a jump's */
};

/* The M step, and a jump after it. */
static int advance(struct run *run, struct mixture_sums *sums, struct error *error) {
    struct mixture_fit *fit = run->fit;
    const struct mixture_constraints *constraints = &run->settings->constraints;
    size_t mended = fit->mended.reseeded + fit->mended.dropped;
    if (mixture_empty_mend(fit->mixture, run->rows, sums, constraints, &fit->mended, error) < 0 ||
        mixture_maximise(fit->mixture, run->type, sums, constraints, &fit->lifted, error) < 0)
        return -1;
    fit->comparable = fit->mended.reseeded + fit->mended.dropped == mended;
    fit->iterations++;
    if (run->acceleration == NULL)
        return 0;
    return mixture_acceleration_note(run->acceleration, fit->mixture, &run->jumped, error);
}

/* Keeps a jump that has raised the objective. Returns whether it was kept, or -1. */
static int settle_jump(struct run *run, struct error *error) {
    struct mixture_fit *fit = run->fit;
    run->jumped = false;
    if (fit->objective > fit->path[fit->path_count - 1]) {
        fit->comparable = false; /* a small rise is no sign of convergence */
        mixture_acceleration_keep(run->acceleration);
        return 1;
    }
    return mixture_acceleration_undo(run->acceleration, fit->mixture, error);
}

static int run_passes(struct run *run, size_t limit, struct error *error) {
    struct mixture_fit *fit = run->fit;
    const struct mixture_fit_settings *settings = run->settings;
    for (;;) {
        bool last = fit->iterations >= limit;
        int kept = 1;
        struct mixture_sums sums =
            *mixture_step_run(run->step, fit->mixture, last ? MIXTURE_STEP_EVALUATE : settings->mode);
        if (measure(fit, &sums, settings, error) < 0 || (run->jumped && (kept = settle_jump(run, error)) < 0))
            return -1;
        if (kept == 0) {
            fit->iterations += !last;
            continue;
        }
        int ended = judge(fit, run->rows, settings, error);
        if (ended != 0 || last) {
            fit->evaluated = true;
            return ended < 0 ? -1 : 0;
        }
        mixture_checkpoint_step(settings->checkpoint, fit);
        if (advance(run, &sums, error) < 0)
            return -1;
        if (settings->progress != NULL)
            progress_show(settings->progress, "steps", fit->iterations, limit);
    }
}

int mixture_fit_run(struct mixture_fit *fit, struct mixture_step *step, const struct mixture_rows *rows,
                    enum gaussian_mixture_type type, const struct mixture_fit_settings *settings,
                    size_t limit, struct error *error) {
    struct run run = {.fit = fit, .step = step, .rows = rows, .type = type, .settings = settings};
    if (settings->accelerate) {
        run.acceleration = mixture_acceleration_create(&settings->constraints, error);
        if (run.acceleration == NULL)
            return -1;
    }
    int status = run_passes(&run, limit, error);
    mixture_acceleration_free(run.acceleration);
    return status;
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
