/* Rows of class probabilities with the label of each, block by block, in bounded memory.
 *
 * Labels are whole numbers 0 .. C-1: a matrix of one column, or the last column of P. A P of one column holds
 * the probability of class 1 (with --logits its logit, with --log-probs its logarithm) and is read as two
 * classes. */
#ifndef DIVERGENCE_CALIBRATION_INPUT_H
#define DIVERGENCE_CALIBRATION_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "divergence/labelled_reader.h"

/* Read only for all but these functions. */
struct calibration_input {
    struct command *command;
    bool labelled, wants_logarithms, single;
    struct labelled_reader reader;
    size_t classes; /* 2 where P has one column */
    /* The block at hand: row_count x classes. */
    size_t row_count;
    const double *probabilities, *logarithms; /* logarithms NULL unless wanted or given */
    size_t *labels;
    double *given, *prepared, *other; /* room */
    size_t given_capacity, prepared_capacity, other_capacity, labels_capacity;
};

#define CALIBRATION_INPUT_CLOSED                                                                             \
    { .classes = 0 }

/* Opens command's operands: P LABELS, or one with the labels as its last column; where labelled is false, P
 * alone. Returns 0, or -1 with command->error set; close it in either case. */
__attribute__((warn_unused_result)) int calibration_input_open(struct calibration_input *input,
                                                               struct command *command, bool labelled,
                                                               bool wants_logarithms);

/* The next block. Returns 1; 0 at the end; -1 with command->error set, which names the place. */
__attribute__((warn_unused_result)) int calibration_input_next(struct calibration_input *input);

/* Whether that would return without waiting. */
bool calibration_input_ready(struct calibration_input *input);

/* Closing what was never opened is harmless. */
void calibration_input_close(struct calibration_input *input);

#endif
