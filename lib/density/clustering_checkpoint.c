#include "density/clustering_checkpoint.h"

#include "density/clustering_output.h"
#include "density/mixture_fit.h"
#include "density/mixture_start.h"

void clustering_checkpoint_start(struct clustering_checkpoint *checkpoint, const struct command *command,
                                 const struct mixture_input *input) {
    *checkpoint = (struct clustering_checkpoint){.input = input, .threads = command->threads};
    checkpoint_start(&checkpoint->checkpoint, command);
}

/* A fit's mixture and figures, in the order and place of a finished model. Returns 0 or -1. */
static int write_copy(const struct clustering_checkpoint *checkpoint, const struct clustering_fit *fit,
                      struct error *error) {
    const struct mixture_rows *rows = &checkpoint->input->rows;
    struct clustering_result copy = {.fit = *fit, .components = fit->mixture->components};
    copy.fit.mixture = mixture_start_copy(fit->mixture, NULL, error);
    if (copy.fit.mixture == NULL)
        return -1;
    int status = clustering_choice_evaluate(rows, checkpoint->threads, &copy, error);
    if (status == 0)
        status = mixture_fit_sort(copy.fit.mixture, error);
    if (status == 0) {
        mixture_input_restore(checkpoint->input, copy.fit.mixture);
        status = clustering_output_model(checkpoint_path(&checkpoint->checkpoint), rows->rows, &copy, error);
    }
    gaussian_mixture_free(copy.fit.mixture);
    return status;
}

void clustering_checkpoint_round(struct clustering_checkpoint *checkpoint, const struct clustering_fit *fit) {
    struct error error = {0};
    if (checkpoint == NULL || !checkpoint_requested(&checkpoint->checkpoint))
        return;
    bool done = checkpoint->best != NULL && checkpoint->best->labels != NULL;
    if (write_copy(checkpoint, done ? &checkpoint->best->fit : fit, &error) < 0)
        checkpoint_failed(&checkpoint->checkpoint, &error);
}
