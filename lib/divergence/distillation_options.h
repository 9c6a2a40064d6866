/* What kdloss was asked for, and whether it can be had. */
#ifndef DIVERGENCE_DISTILLATION_OPTIONS_H
#define DIVERGENCE_DISTILLATION_OPTIONS_H

#include "base/command.h"
#include "divergence/distillation_input.h"
#include "divergence/distillation_loss.h"

struct distillation_options {
    struct option_texts terms;
    const char *labels;
    double temperature; /* nan: not given */
    bool probs, log_probs;
    const char *teacher_features, *student_features, *centers, *write_centers;
    const char *plan; /* a file for it; NULL: none */
    size_t batch;     /* 0: all rows */
    size_t epoch, epochs;
    bool rows, each, gradient, feature_gradient, weights, lambdas, partial;
};

#define DISTILLATION_OPTIONS_DEFAULT                                                                         \
    { .temperature = NAN, .epoch = OPTION_COUNT_NONE, .epochs = OPTION_COUNT_NONE }

/* Reads the loss and finds the operands' roles in *input, whose format stays command's. Returns 0 with *loss
 * to be freed, or -1 with command->error set. */
__attribute__((warn_unused_result)) int distillation_options_check(struct command *command,
                                                                   const struct distillation_options *options,
                                                                   struct distillation_loss *loss,
                                                                   struct distillation_input_settings *input);

#endif
