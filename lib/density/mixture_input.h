/* The rows that a mixture is fitted to, in memory, counted from their weighted mean. */
#ifndef DENSITY_MIXTURE_INPUT_H
#define DENSITY_MIXTURE_INPUT_H

#include "base/command.h"
#include "density/mixture_step.h"
#include "io/matrix.h"

/* All zero holds nothing. */
struct mixture_input {
    struct matrix data, weights;
    double *column;                    /* the weights that were a column of the data */
    double *mean;                      /* of the rows, which was subtracted */
    struct mixture_patterns *patterns; /* of missing entries, where --na model met any */
    struct mixture_rows rows;          /* points into the others */
};

/* Reads the operand. With --na model entries may be missing: the mean is then, column by column, of those
 * that are there, and the total of rows that have any.
 *
 *   weights_path   a file of weights, or NULL
 *   weight_column  the number, from 1, or the name of a column that holds them, or NULL
 *
 * Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int mixture_input_read(struct mixture_input *input,
                                                           struct command *command, const char *operand,
                                                           const char *weights_path,
                                                           const char *weight_column);

/* The two halves of that, for rows that are counted from a point of the caller's choice: reads them, be they
 * without weight; subtracts the point. Return 0 or -1. */
__attribute__((warn_unused_result)) int mixture_input_load(struct mixture_input *input,
                                                           struct command *command, const char *operand,
                                                           const char *weights_path,
                                                           const char *weight_column);
__attribute__((warn_unused_result)) int mixture_input_centre(struct mixture_input *input, const double *point,
                                                             struct error *error);

/* Moves a mixture that counts from the rows' mean to where the rows were. */
void mixture_input_restore(const struct mixture_input *input, struct gaussian_mixture *mixture);

void mixture_input_free(struct mixture_input *input);

#endif
