#include "divergence/distillation_options.h"

#include <math.h>

#include "divergence/distillation_plan.h"

static int check_choices(struct command *command, const struct distillation_options *options) {
    struct error *error = &command->error;
    if (options->rows + options->each + options->gradient + options->partial > 1)
        return error_set_usage(error, "--rows, --terms, --gradient and --partial exclude one another");
    if (options->probs && options->log_probs)
        return error_set_usage(error, "--probs and --log-probs exclude each other");
    if (options->temperature <= 0)
        return error_set_usage(error, "--temperature must be > 0");
    if (options->epochs != OPTION_COUNT_NONE && options->epoch == OPTION_COUNT_NONE)
        return error_set_usage(error, "--epochs needs --epoch");
    if (options->epochs != OPTION_COUNT_NONE && options->epoch > options->epochs)
        return error_set_usage(error, "--epoch %zu is beyond the last of %zu", options->epoch,
                               options->epochs);
    if (command->input.missing == MISSING_SKIP)
        return error_set_usage(error, "--na skip has no meaning here: rows would lose their partners");
    if (command->input.shards > 0 && !options->partial)
        return error_set_usage(error, "--shard needs --partial");
    return 0;
}

/* What a term needs of the command line. */
static int check_term(struct command *command, const struct distillation_options *options,
                      const struct distillation_term *term) {
    unsigned needs = distillation_term_needs(term);
    const char *name = term->kind->name;
    struct error *error = &command->error;
    if ((needs & DISTILLATION_LABELS) && options->labels == NULL)
        return error_set_usage(error, "term '%s' needs --labels", name);
    if ((needs & DISTILLATION_BATCH) && options->partial)
        return error_set_usage(error, "--partial has no meaning for '%s': its rows depend on each other",
                               name);
    return 0;
}

/* Who is who among the operands. */
static int place_operands(struct command *command, const struct distillation_loss *loss,
                          struct distillation_input_settings *input) {
    bool two = (loss->needs & DISTILLATION_TEACHER) || command->operand_count == 2;
    if (two)
        input->paths[DISTILLATION_TEACHER_ROWS] = command_operand(command, 0, 2);
    input->paths[DISTILLATION_STUDENT_ROWS] = command_operand(command, two ? 1 : 0, two ? 2 : 1);
    return 0;
}

int distillation_options_check(struct command *command, const struct distillation_options *options,
                               struct distillation_loss *loss, struct distillation_input_settings *input) {
    static const char *const default_terms[] = {"kl"};
    bool given = options->terms.count > 0;
    const struct distillation_loss_settings settings = {
        .temperature = options->temperature,
        .epoch = options->epoch == OPTION_COUNT_NONE ? NAN : (double)options->epoch,
    };
    *loss = (struct distillation_loss){0};
    if (check_choices(command, options) < 0 ||
        distillation_loss_parse(loss, given ? options->terms.count : 1,
                                given ? options->terms.texts : default_terms, &settings, &command->error) < 0)
        return -1;
    *input = (struct distillation_input_settings){
        .paths[DISTILLATION_LABEL_COLUMN] = options->labels,
        .format = &command->input,
        .probs = options->probs,
        .log_probs = options->log_probs,
    };
    int status = 0;
    for (size_t i = 0; status == 0 && i < loss->count; i++)
        status = check_term(command, options, &loss->terms[i]);
    if (status == 0 && options->plan != NULL && distillation_plan_term(loss) == NULL)
        status = error_set_usage(&command->error, "--plan needs a term 'sinkhorn' with pairing=batch");
    if (status == 0)
        status = place_operands(command, loss, input);
    if (status < 0)
        distillation_loss_free(loss);
    return status;
}
