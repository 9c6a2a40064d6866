/* The options of csdiv, and which of them go together. */
#ifndef DIVERGENCE_CAUCHY_SCHWARZ_OPTIONS_H
#define DIVERGENCE_CAUCHY_SCHWARZ_OPTIONS_H

#include "base/command.h"
#include "divergence/cauchy_schwarz_input.h"
#include "divergence/divergence_options.h"

struct cauchy_schwarz_options {
    struct divergence_options common;              /* samples, models, mean */
    size_t conditional, information, permutations; /* OPTION_COUNT_NONE: not asked for */
    bool paired, normalized, mmd, gradient;
    struct cauchy_schwarz_widths widths;
};

/* A bit each. */
enum cauchy_schwarz_form {
    CAUCHY_SCHWARZ_ROWS = 1,
    CAUCHY_SCHWARZ_SAMPLES = 2,
    CAUCHY_SCHWARZ_CONDITIONAL = 4,
    CAUCHY_SCHWARZ_INFORMATION = 8,
    CAUCHY_SCHWARZ_MODELS = 16
};

/* Which form is asked for. Refuses two at once, and options without meaning for it. Returns 0, or -1 with a
 * usage error in command->error. */
__attribute__((warn_unused_result)) int
cauchy_schwarz_options_form(struct command *command, const struct cauchy_schwarz_options *settings,
                            enum cauchy_schwarz_form *form);

#endif
