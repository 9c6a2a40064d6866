/* The sparse Gaussian process, a kind of fit (process/gaussian_process_kind.h). */
#ifndef PROCESS_GAUSSIAN_PROCESS_SPARSE_FIT_H
#define PROCESS_GAUSSIAN_PROCESS_SPARSE_FIT_H

#include "process/gaussian_process_kind.h"

/* What other kinds with inducing inputs share. Sets the model's: those of --init, a file's, or chosen ones.
 * Returns 0, or -1: "--inducing 50 exceeds the 20 rows". */
__attribute__((warn_unused_result)) int
gaussian_process_sparse_fit_place(const struct gaussian_process_task *task, const struct row_format *format,
                                  struct error *error);

/* Describes the variable that a coordinate of theirs is (process/gaussian_process_kind.h). */
void gaussian_process_sparse_fit_describe(const struct gaussian_process_task *task, size_t index,
                                          struct gaussian_process_variable *variable,
                                          char name[COVARIANCE_NAME_SIZE]);

extern const struct gaussian_process_kind gaussian_process_sparse_fit_kind;

#endif
