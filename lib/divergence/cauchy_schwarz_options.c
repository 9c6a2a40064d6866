#include "divergence/cauchy_schwarz_options.h"

/* Options, and the forms that they have a meaning for. */
static const struct {
    const char *name;
    unsigned forms;
} limited[] = {
    {"mean", CAUCHY_SCHWARZ_ROWS},
    {"partial", CAUCHY_SCHWARZ_ROWS},
    {"normalize", CAUCHY_SCHWARZ_ROWS},
    {"logits", CAUCHY_SCHWARZ_ROWS},
    {"log-probs", CAUCHY_SCHWARZ_ROWS},
    {"temperature", CAUCHY_SCHWARZ_ROWS},
    {"paired", CAUCHY_SCHWARZ_CONDITIONAL},
    {"normalized", CAUCHY_SCHWARZ_INFORMATION},
    {"mmd", CAUCHY_SCHWARZ_SAMPLES},
    {"bandwidth", CAUCHY_SCHWARZ_SAMPLES | CAUCHY_SCHWARZ_CONDITIONAL | CAUCHY_SCHWARZ_INFORMATION},
    {"bandwidth-x", CAUCHY_SCHWARZ_CONDITIONAL | CAUCHY_SCHWARZ_INFORMATION},
    {"bandwidth-y", CAUCHY_SCHWARZ_CONDITIONAL | CAUCHY_SCHWARZ_INFORMATION},
    {"gradient", CAUCHY_SCHWARZ_SAMPLES | CAUCHY_SCHWARZ_CONDITIONAL | CAUCHY_SCHWARZ_INFORMATION},
    {"permutations", CAUCHY_SCHWARZ_SAMPLES | CAUCHY_SCHWARZ_INFORMATION},
};

int cauchy_schwarz_options_form(struct command *command, const struct cauchy_schwarz_options *settings,
                                enum cauchy_schwarz_form *form) {
    struct error *error = &command->error;
    bool conditional = command_given(command, "conditional"),
         information = command_given(command, "mutual-information");
    if (settings->common.samples + settings->common.models + conditional + information > 1)
        return error_set_usage(
            error, "--samples, --conditional, --mutual-information and --models exclude one another");
    *form = settings->common.samples  ? CAUCHY_SCHWARZ_SAMPLES
            : settings->common.models ? CAUCHY_SCHWARZ_MODELS
            : conditional             ? CAUCHY_SCHWARZ_CONDITIONAL
            : information             ? CAUCHY_SCHWARZ_INFORMATION
                                      : CAUCHY_SCHWARZ_ROWS;
    const char *where = *form == CAUCHY_SCHWARZ_SAMPLES       ? "with --samples"
                        : *form == CAUCHY_SCHWARZ_MODELS      ? "with --models"
                        : *form == CAUCHY_SCHWARZ_CONDITIONAL ? "with --conditional"
                        : *form == CAUCHY_SCHWARZ_INFORMATION ? "with --mutual-information"
                                                              : "for rows of distributions";
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++)
        if ((limited[i].forms & *form) == 0 &&
            command_refuse(command, (const char *const[]){limited[i].name, NULL}, where) < 0)
            return -1;
    if (settings->common.partial && !settings->common.mean)
        return error_set_usage(error, "--partial needs --mean");
    if (settings->gradient && *form == CAUCHY_SCHWARZ_CONDITIONAL && !settings->paired)
        return error_set_usage(error, "--gradient of --conditional needs --paired");
    if (settings->gradient && (settings->mmd || command_given(command, "permutations")))
        return error_set_usage(error, "--gradient has no meaning with %s",
                               settings->mmd ? "--mmd" : "--permutations");
    if ((settings->mmd || settings->normalized) &&
        command_refuse(command, (const char *const[]){"base", NULL},
                       settings->mmd ? "with --mmd" : "with --normalized") < 0)
        return -1;
    if (*form == CAUCHY_SCHWARZ_INFORMATION && command->operand_count > 1)
        return error_set_usage(error, "--mutual-information takes one matrix");
    if (*form != CAUCHY_SCHWARZ_INFORMATION && command->operand_count == 0)
        return error_set_usage(error, "an operand is missing (--help shows the usage)");
    return 0;
}
