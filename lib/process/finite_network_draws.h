/* What random networks of finite width give for the rows of matrices: mean or spread of their tangent kernels
 * over draws, before or after gradient descent, or their outputs. */
#ifndef PROCESS_FINITE_NETWORK_DRAWS_H
#define PROCESS_FINITE_NETWORK_DRAWS_H

#include "base/command.h"
#include "process/covariance.h"

/* Texts are as typed; NULL: not asked for. */
struct finite_network_draws_options {
    const char *widths, *train; /* "500" or "200,100"; an operand with a column of targets */
    const char *scale_prior;    /* of the factor s of the last layer's weight variance */
    size_t draws, steps;
    double rate;
    bool spread, outputs;
};

#define FINITE_NETWORK_DRAWS_DEFAULT                                                                         \
    { .draws = 1, .steps = 200, .rate = 1 }

/* Refuses what cannot go together. Returns 0, or -1 with a usage error. */
int finite_network_draws_check(struct command *command, const struct finite_network_draws_options *options);

/* Rows of X and, or none, of X2. */
struct finite_network_draws_rows {
    size_t n, m, inputs;
    const double *x, *x2; /* n x inputs, m x inputs */
};

/* Draw i comes from the stream (seed, "gpkernel", "network", i), whatever the number of draws or threads; its
 * s from (seed, "gpkernel", "scale", i), and the last layer's weights start sqrt(s) times as large. Training
 * is on X. Writes
 *
 *   kernels: n x m (n x n without X2), the mean over draws or their standard deviation (divisor draws - 1)
 *   outputs: m x draws (n x draws), each network's f at X2 or X
 *
 * to *values, the caller's to free, of *rows x *columns. The covariance must be one ntk, or for outputs
 * without training one nngp. Returns 0 or -1:
 * "--finite: 2 widths for 3 hidden layers", "gradient descent diverged at step 41 (rate 3 exceeds 2 n /
 * largest eigenvalue = 1.07)". */
__attribute__((warn_unused_result)) int
finite_network_draws_run(struct command *command, const struct finite_network_draws_options *options,
                         const struct covariance *covariance, const struct finite_network_draws_rows *given,
                         double **values, size_t *rows, size_t *columns);

#endif
