/* Reads two samples of points, compares them by an estimator, whole or key by key, and writes the values with
 * their intervals. */
#ifndef DIVERGENCE_SAMPLE_DIVERGENCE_H
#define DIVERGENCE_SAMPLE_DIVERGENCE_H

#include "base/command.h"
#include "divergence/divergence_options.h"
#include "divergence/neighbour_divergence.h"

/* Two samples of as many columns, row-major. */
struct sample_pair {
    const double *x, *y;
    size_t x_count, y_count, columns;
};

/* An estimate from two samples, in nats. Callable from several threads at once, each with its own samples;
 * uses at most `threads` threads itself. Returns 0, or -1 with the error set. */
typedef int sample_divergence_function(const void *context, const struct sample_pair *pair, size_t threads,
                                       double *value, struct error *error);

struct sample_divergence {
    sample_divergence_function *estimate;
    const void *context;
    const char *column; /* the name of the result: "kl" */
};

/* Reads command's operands [X] Y and writes the estimate, as options say. Returns 0, or -1 with
 * command->error set. */
int sample_divergence_run(struct command *command, const struct divergence_options *options,
                          const struct sample_divergence *divergence);

/* The nearest-neighbour problem that a pair of samples and the options pose. */
struct neighbour_divergence sample_divergence_neighbours(const struct sample_pair *pair,
                                                         const struct divergence_options *options,
                                                         enum neighbour_divergence_method method,
                                                         size_t threads);

#endif
