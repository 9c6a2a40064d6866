/* The rows that a Gaussian process is fitted to: which columns are inputs, targets and noise, and their
 * units.
 */
#ifndef PROCESS_GAUSSIAN_PROCESS_INPUT_H
#define PROCESS_GAUSSIAN_PROCESS_INPUT_H

#include "base/command.h"
#include "process/class_labels.h"
#include "process/gaussian_process_evidence.h"
#include "process/gaussian_process_model.h"

/* What was read, in scaled units. */
struct gaussian_process_input {
    struct gaussian_process_data data;
    double *x, *y, *noise; /* what data points to */
    char **names;          /* of the inputs: from the header, or x1, x2, ... */
    double *x_shift, *x_scale, *y_shift, *y_scale;
    struct class_labels labels; /* where targets are classes: y holds their numbers */
};

/* Columns as typed, NULL: by default. */
struct gaussian_process_columns {
    const char *targets, *inputs, *noise;
    bool standardize; /* inputs, and targets unless they are classes */
    bool classes;     /* the one target is a class, a word or a number */
};

/* Reads an operand. Targets are the last column, inputs all that is left, unless told otherwise. Returns 0,
 * or -1 with nothing to free: "need at least 2 rows, got 1", "no input columns left", "noise column: row 3:
 * variance must be >= 0". */
__attribute__((warn_unused_result)) int
gaussian_process_input_read(struct gaussian_process_input *input, struct command *command,
                            const char *operand, const struct gaussian_process_columns *columns);

/* Hands names and units over to a model, which must be all zero in them. */
void gaussian_process_input_describe(struct gaussian_process_input *input,
                                     struct gaussian_process_model *model);

/* An all-zero one is fine. */
void gaussian_process_input_free(struct gaussian_process_input *input);

#endif
