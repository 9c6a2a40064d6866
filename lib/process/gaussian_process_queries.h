/* Queries of `gppredict`: which of their columns are inputs and which hold the truth, and predictions of them
 * row by row. */
#ifndef PROCESS_GAUSSIAN_PROCESS_QUERIES_H
#define PROCESS_GAUSSIAN_PROCESS_QUERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "io/row_reader.h"
#include "io/row_writer.h"
#include "num/running_sum.h"
#include "process/gaussian_process_model.h"

/* Texts are as typed; NULL: not asked for. */
struct gaussian_process_queries_options {
    bool inputs, noisy, derivatives, mean_only, universal, terms;
    bool entropy; /* of classes */
    const char *quantiles, *log_density, *mean_log_density;
};

/* Reads queries, writes a row of predictions for each as they come: its inputs by their names, mean, variance
 * (of f, or with noise), q_P, dmean_j, dvariance_j, termI_mean, termI_variance, log_density; or the mean log
 * density as one number. Returns 0 or -1: "model has 3 inputs, queries have 2". */
__attribute__((warn_unused_result)) int
gaussian_process_queries_run(struct command *command, const struct gaussian_process_model *model,
                             const char *operand, const struct gaussian_process_queries_options *options);

/* Which columns of a matrix are the model's inputs: those of their names where it has all of them, else the
 * first. Writes model->inputs indices. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_queries_inputs(const struct gaussian_process_model *model, size_t columns,
                                const char *const *names, size_t *indices, struct error *error);

/* Ends a reading of queries: notes, report, and the writer closed (discarded where status is -1), or where it
 * is NULL the mean of the rows' log densities as one number. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_queries_finish(struct command *command, const struct row_reader *reader,
                                struct row_writer *writer, uint64_t rows,
                                const struct running_sum *log_densities, int status);

#endif
