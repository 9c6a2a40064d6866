/* The Gaussian with the mean and covariance of a matrix's rows, in bounded memory. */
#ifndef NUM_GAUSSIAN_READER_H
#define NUM_GAUSSIAN_READER_H

#include "base/command.h"
#include "num/gaussian.h"

/* Reads an operand as command's options say.
 *
 *   lost  the divisor of the covariance is the number of rows less this: 1, or 0 for maximum likelihood
 *
 * Returns 0, or -1 with command->error set and nothing to free. A covariance that is singular, as it is where there are fewer rows than
 * columns, is an error that says what helps. */
__attribute__((warn_unused_result)) int gaussian_reader_read(struct gaussian *gaussian, struct command *command, const char *operand,
                                                             unsigned lost);

/* The same of points in memory, count x columns. Returns 0 or -1. */
__attribute__((warn_unused_result)) int gaussian_reader_from_points(struct gaussian *gaussian, size_t count, size_t columns,
                                                                    const double *points, unsigned lost, struct error *error);

#endif
