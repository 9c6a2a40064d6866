#include "density/mixture_checkpoint.h"

#include "density/mixture_criterion.h"
#include "density/mixture_output.h"
#include "density/mixture_start.h"

void mixture_checkpoint_start(struct mixture_checkpoint *checkpoint, const struct command *command,
                              const struct mixture_input *input) {
    checkpoint_start(&checkpoint->checkpoint, command);
    checkpoint->input = input;
    pthread_mutex_init(&checkpoint->lock, NULL);
    checkpoint->best = (struct mixture_fit){0};
    checkpoint->settled = false;
}

/* A fit's mixture and figures, in the order and place of a finished model. Returns 0 or -1. */
static int write_copy(const struct mixture_checkpoint *checkpoint, const struct mixture_fit *fit,
                      struct error *error) {
    const struct mixture_rows *rows = &checkpoint->input->rows;
    struct mixture_fit copy = *fit;
    copy.mixture = mixture_start_copy(fit->mixture, NULL, error);
    if (copy.mixture == NULL)
        return -1;
    double parameters = mixture_criterion_parameters(copy.mixture->type, copy.mixture->components,
                                                     rows->dimensions, copy.mixture->noise_weight > 0);
    const struct mixture_criteria criteria =
        mixture_criterion_all(parameters, fit->log_likelihood, fit->entropy, rows->total);
    int status = mixture_fit_sort(copy.mixture, error);
    if (status == 0) {
        mixture_input_restore(checkpoint->input, copy.mixture);
        status = mixture_output_model(checkpoint_path(&checkpoint->checkpoint), &copy, &criteria, rows->total,
                                      error);
    }
    gaussian_mixture_free(copy.mixture);
    return status;
}

void mixture_checkpoint_step(struct mixture_checkpoint *checkpoint, const struct mixture_fit *fit) {
    struct error error = {0};
    if (checkpoint == NULL || !checkpoint_requested(&checkpoint->checkpoint))
        return;
    pthread_mutex_lock(&checkpoint->lock);
    const struct mixture_fit *best = &checkpoint->best;
    bool behind = best->mixture != NULL && (checkpoint->settled || best->objective > fit->objective);
    if (write_copy(checkpoint, behind ? best : fit, &error) < 0)
        checkpoint_failed(&checkpoint->checkpoint, &error);
    pthread_mutex_unlock(&checkpoint->lock);
}

static void remember(struct mixture_checkpoint *checkpoint, const struct mixture_fit *fit) {
    struct error ignored = {0};
    struct gaussian_mixture *copy = mixture_start_copy(fit->mixture, NULL, &ignored);
    if (copy == NULL)
        return;
    gaussian_mixture_free(checkpoint->best.mixture);
    checkpoint->best = (struct mixture_fit){.mixture = copy,
                                            .log_likelihood = fit->log_likelihood,
                                            .entropy = fit->entropy,
                                            .objective = fit->objective,
                                            .iterations = fit->iterations};
}

void mixture_checkpoint_rest(struct mixture_checkpoint *checkpoint, const struct mixture_fit *fit) {
    if (checkpoint == NULL)
        return;
    pthread_mutex_lock(&checkpoint->lock);
    const struct mixture_fit *best = &checkpoint->best;
    if (!checkpoint->settled && (best->mixture == NULL || fit->objective > best->objective))
        remember(checkpoint, fit);
    pthread_mutex_unlock(&checkpoint->lock);
}

void mixture_checkpoint_settle(struct mixture_checkpoint *checkpoint, const struct mixture_fit *fit) {
    if (checkpoint == NULL)
        return;
    pthread_mutex_lock(&checkpoint->lock);
    remember(checkpoint, fit);
    checkpoint->settled = checkpoint->best.mixture != NULL;
    pthread_mutex_unlock(&checkpoint->lock);
}

void mixture_checkpoint_free(struct mixture_checkpoint *checkpoint) {
    gaussian_mixture_free(checkpoint->best.mixture);
    pthread_mutex_destroy(&checkpoint->lock);
}
