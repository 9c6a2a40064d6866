/* Where lengthscales start that nobody gave, for rows so many that the median distance of their inputs says
 * little of the function: a long series or a wide field varies on a small part of it. */
#ifndef PROCESS_GAUSSIAN_PROCESS_SCALES_H
#define PROCESS_GAUSSIAN_PROCESS_SCALES_H

#include "base/error.h"
#include "process/gaussian_process_kind.h"

/* A kind's start (process/gaussian_process_kind.h). From 3000 rows on, where something is fitted, all open
 * lengthscales are divided by 1, 8, 64, 512 and 4096 in turn, and the division of the highest objective is
 * kept. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_scales_start(const struct gaussian_process_task *task, const struct row_format *format,
                              struct error *error);

#endif
