/* What a clustering by semidefinite programs writes. */
#ifndef DENSITY_CLUSTERING_OUTPUT_H
#define DENSITY_CLUSTERING_OUTPUT_H

#include <stddef.h>

#include "base/error.h"
#include "base/report.h"
#include "density/clustering_choice.h"

/* The model, its figures and, where they are known, sdp_objective, sdp_bound, sdp_gap. path NULL: standard
 * output. Means stand where they shall be written. */
__attribute__((warn_unused_result)) int clustering_output_model(const char *path, size_t rows,
                                                                const struct clustering_result *result,
                                                                struct error *error);

/* A column `label`, from 1; or columns r1, r2, ...; as CSV. */
__attribute__((warn_unused_result)) int clustering_output_labels(const char *path, size_t rows,
                                                                 const struct clustering_result *result,
                                                                 struct error *error);
__attribute__((warn_unused_result)) int
clustering_output_responsibilities(const char *path, size_t rows, const struct clustering_result *result,
                                   struct error *error);

/* outer,objective,partition_objective,changed_labels: a row for each program. */
__attribute__((warn_unused_result)) int
clustering_output_history(const char *path, const struct clustering_result *result, struct error *error);

/* Everything about the programs. The rank of Z_b is the number of its eigenvalues above 1e-6 of its trace. */
void clustering_output_report(struct report *report, const struct clustering_result *result);

#endif
