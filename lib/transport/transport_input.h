/* What `sinkhorn` transports: points or costs, and weights, read and checked. */
#ifndef TRANSPORT_TRANSPORT_INPUT_H
#define TRANSPORT_TRANSPORT_INPUT_H

#include <stddef.h>

#include "io/matrix.h"
#include "num/pair_cost.h"
#include "transport/transport_options.h"

/* Coordinates beyond are refused: squared distances would overflow. */
#define TRANSPORT_POINT_MAX 1e150

struct transport_input {
    struct matrix x, y;                       /* points, or empty */
    struct matrix costs;                      /* or empty */
    struct matrix source_costs, target_costs; /* among the sources, among the targets; or empty */
    double *dense;                            /* costs of triples, or with slack; or NULL */
    double *source_weights, *target_weights;  /* as many as cost has sources and targets */
    struct pair_cost cost;                    /* of the whole problem */
    struct pair_cost_summary summary;         /* of the pairs without slack */
    size_t sources, targets;                  /* without slack */
    const char *source_name, *target_name;    /* for messages */
};

/* Reads what the choice needs. With partial mass the problem gets one more source and target, the slack,
 * whose pairs cost nothing but that of the two, which is forbidden. Returns 0, or -1 with the error set;
 * transport_input_free is right in either case. */
__attribute__((warn_unused_result)) int transport_input_read(struct transport_input *input,
                                                             struct command *command,
                                                             const struct transport_options *options,
                                                             const struct transport_choice *choice);

void transport_input_free(struct transport_input *input);

/* Epsilon in units of the cost, or 0 with the error set where the costs give no scale. */
double transport_input_epsilon(const struct transport_choice *choice, const struct pair_cost_summary *summary,
                               struct error *error);

/* A format without a choice of columns and rows, which is of the operands. */
struct row_format transport_input_plain(const struct row_format *format);

/* Reads a matrix of costs, not negative, times a scale. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int transport_input_costs(struct matrix *costs, const char *path,
                                                              const struct row_format *format, double scale,
                                                              struct error *error);

/* Fills count weights from the matrix read from path, or where that is NULL equally. Totals must be 1 but for
 * 1e-6, and are made so, unless they are free; --normalize divides them out. `name` has the rows weighed.
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int transport_input_weights(struct command *command,
                                                                const struct matrix *read, const char *path,
                                                                size_t count, const char *name,
                                                                bool free_total, double *weights);

/* Rows of distributions as the options say: to be applied to whole matrices. `weights`: rows are
 * distributions, to be checked and by --normalize rescaled; else they are points, and only --logits and
 * --log-probs change them. Returns 0 or -1. */
__attribute__((warn_unused_result)) int transport_input_distributions(const struct command *command,
                                                                      struct matrix *matrix, const char *name,
                                                                      bool weights, struct error *error);

#endif
