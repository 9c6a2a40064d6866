/* What calib writes of the rows it has read: all measures, the fitted temperature, tempered probabilities. */
#ifndef DIVERGENCE_CALIBRATION_OUTPUT_H
#define DIVERGENCE_CALIBRATION_OUTPUT_H

#include "base/command.h"
#include "divergence/calibration_input.h"
#include "divergence/calibration_temperature.h"

/* The rows as they were read. */
struct calibration_work {
    struct calibration_input input;
    struct calibration_settings sums;
    struct calibration calibration;
    struct calibration_logits logits; /* where a temperature is fitted */
};

/* The table metric,value. The calibration has classwise sums and keeps. Returns 0 or -1; sets
 * command->unconverged where the temperature is not the least point. */
__attribute__((warn_unused_result)) int calibration_output_metrics(struct command *command,
                                                                   struct calibration_work *work);

/* The table temperature,nll,ece: a line at temperature 1 and one at that fitted. Returns as the other. */
__attribute__((warn_unused_result)) int calibration_output_fit(struct command *command, bool by_mass,
                                                               struct calibration_work *work);

/* softmax(log P / temperature) of each row of command's operand. Returns 0 or -1. */
__attribute__((warn_unused_result)) int calibration_output_applied(struct command *command,
                                                                   double temperature);

#endif
