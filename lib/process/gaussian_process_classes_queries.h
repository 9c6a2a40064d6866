/* Queries of `gppredict` to a model of classes: their probabilities, row by row. */
#ifndef PROCESS_GAUSSIAN_PROCESS_CLASSES_QUERIES_H
#define PROCESS_GAUSSIAN_PROCESS_CLASSES_QUERIES_H

#include "base/command.h"
#include "process/gaussian_process_model.h"
#include "process/gaussian_process_queries.h"

/* Reads queries, writes a row for each as they come: its inputs by their names, p_LABEL of each class,
 * entropy (in nats), log_density (the logarithm of the probability of the class in the column of that name);
 * or the mean of the latter as one number. Options that have no meaning for classes are refused. Returns 0 or
 * -1: "class label 'x' in q.csv was not seen in training". */
__attribute__((warn_unused_result)) int
gaussian_process_classes_queries_run(struct command *command, const struct gaussian_process_model *model,
                                     const char *operand,
                                     const struct gaussian_process_queries_options *options);

#endif
