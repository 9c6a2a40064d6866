#include "divergence/distillation_options.h"

#include <math.h>
#include <string.h>

#include "divergence/distillation_plan.h"
#include "divergence/distillation_robust.h"

static int check_choices(struct command *command, const struct distillation_options *options) {
    struct error *error = &command->error;
    if (options->rows + options->each + options->gradient + options->feature_gradient + options->weights +
            options->lambdas + options->partial >
        1)
        return error_set_usage(error,
                               "--rows, --terms, --gradient, --gradient-features, --weights, --temperatures "
                               "and --partial exclude one another");
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
    command->input.missing = MISSING_REFUSE;
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
    if ((needs & DISTILLATION_NO_ROWS) && options->rows)
        return error_set_usage(error, "term '%s' has no rows: --rows has no meaning", name);
    if ((needs & DISTILLATION_BATCH) && options->partial)
        return error_set_usage(error, "--partial has no meaning for '%s': its rows depend on each other",
                               name);
    return 0;
}

/* The name of the first term of logits or of features. */
static const char *first_term(const struct distillation_loss *loss, unsigned need) {
    for (size_t i = 0; i < loss->count; i++)
        if (loss->terms[i].kind->needs & need)
            return loss->terms[i].kind->name;
    return "";
}

/* Features in files of their own, beside logits. */
static int place_features(struct command *command, const struct distillation_options *options,
                          const struct distillation_loss *loss, struct distillation_input_settings *input) {
    if (options->teacher_features == NULL || options->student_features == NULL)
        return error_set_usage(
            &command->error, "terms '%s' and '%s' together need --teacher-features and --student-features",
            first_term(loss, DISTILLATION_LOGITS), first_term(loss, DISTILLATION_FEATURES));
    input->paths[DISTILLATION_TEACHER_FEATURES] = options->teacher_features;
    input->paths[DISTILLATION_STUDENT_FEATURES] = options->student_features;
    return 0;
}

static bool uses_logits_of_teacher(const struct distillation_loss *loss) {
    for (size_t i = 0; i < loss->count; i++) {
        unsigned needs = loss->terms[i].kind->needs;
        if ((needs & DISTILLATION_TEACHER) && (needs & DISTILLATION_LOGITS))
            return true;
    }
    return false;
}

/* Options that no term has a use for. */
static int check_uses(struct command *command, const struct distillation_options *options,
                      const struct distillation_loss *loss) {
    struct error *error = &command->error;
    bool features = loss->needs & DISTILLATION_FEATURES, logits = loss->needs & DISTILLATION_LOGITS;
    if (!features && (options->teacher_features != NULL || options->student_features != NULL ||
                      options->write_centers != NULL || options->feature_gradient))
        return error_set_usage(error, "no term uses features");
    if (!(loss->needs & DISTILLATION_CENTERS) && options->centers != NULL)
        return error_set_usage(error, "no term uses --centers");
    if (!logits && (options->gradient || options->probs || options->log_probs))
        return error_set_usage(error, "no term uses logits");
    if (!logits && (options->teacher_features != NULL || options->student_features != NULL))
        return error_set_usage(error, "no term uses logits: the operands are the features");
    if (options->write_centers != NULL && options->labels == NULL)
        return error_set_usage(error, "--write-centers needs --labels");
    if (options->centers == NULL && options->partial && (loss->needs & DISTILLATION_CENTERS))
        return error_set_usage(error, "--partial needs --centers: class means are of all parts");
    return 0;
}

/* The term that --weights or --temperatures is about. */
static int check_worst_case(struct command *command, const struct distillation_options *options,
                            const struct distillation_loss *loss) {
    size_t found = 0;
    for (size_t i = 0; i < loss->count; i++)
        found += options->lambdas ? distillation_robust_has_lambda(&loss->terms[i])
                                  : distillation_robust_has_weights(&loss->terms[i]);
    if (options->weights && found != 1)
        return error_set_usage(&command->error, "--weights needs one term 'ldr' or 'aldr'");
    if (options->lambdas && found != 1)
        return error_set_usage(&command->error, "--temperatures needs one term 'aldr'");
    return 0;
}

/* Standard input can be one of the matrices. */
static int check_standard_input(struct command *command, const struct distillation_options *options,
                                const struct distillation_loss *loss,
                                const struct distillation_input_settings *input) {
    size_t count = options->centers != NULL && strcmp(options->centers, "-") == 0;
    for (size_t i = 0; i < loss->count; i++)
        count += loss->terms[i].file != NULL && strcmp(loss->terms[i].file, "-") == 0;
    for (size_t role = 0; role < DISTILLATION_ROLES; role++)
        count += input->paths[role] != NULL && strcmp(input->paths[role], "-") == 0;
    if (count > 1)
        return error_set_usage(&command->error, "standard input cannot be two of the matrices");
    return 0;
}

/* Who is who among the operands. */
static int place_operands(struct command *command, const struct distillation_options *options,
                          const struct distillation_loss *loss, struct distillation_input_settings *input) {
    bool logits = loss->needs & DISTILLATION_LOGITS;
    bool two = !logits || uses_logits_of_teacher(loss) || command->operand_count == 2;
    size_t teacher = logits ? DISTILLATION_TEACHER_ROWS : DISTILLATION_TEACHER_FEATURES;
    size_t student = logits ? DISTILLATION_STUDENT_ROWS : DISTILLATION_STUDENT_FEATURES;
    if (check_uses(command, options, loss) < 0 || check_worst_case(command, options, loss) < 0)
        return -1;
    if (two && command->operand_count == 0)
        return error_set_usage(&command->error,
                               "an operand is missing (usage: kdloss [options] [[TEACHER] STUDENT])");
    if (two)
        input->paths[teacher] = command_operand(command, 0, 2);
    input->paths[student] = command_operand(command, two ? 1 : 0, two ? 2 : 1);
    if (logits && (loss->needs & DISTILLATION_FEATURES))
        return place_features(command, options, loss, input);
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
    input->any_width = true;
    for (size_t i = 0; i < loss->count; i++)
        if ((loss->terms[i].kind->needs & (DISTILLATION_FEATURES | DISTILLATION_ANY_WIDTH)) ==
            DISTILLATION_FEATURES)
            input->any_width = false;
    for (size_t i = 0; status == 0 && i < loss->count; i++)
        status = check_term(command, options, &loss->terms[i]);
    if (status == 0 && options->plan != NULL && distillation_plan_term(loss) == NULL)
        status = error_set_usage(&command->error, "--plan needs a term 'sinkhorn' with pairing=batch");
    if (status == 0)
        status = place_operands(command, options, loss, input);
    if (status == 0)
        status = check_standard_input(command, options, loss, input);
    if (status < 0)
        distillation_loss_free(loss);
    return status;
}
