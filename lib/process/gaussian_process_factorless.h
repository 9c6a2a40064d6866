/* Predictions of models that keep no factor of all rows: from neighbours (process/gaussian_process_local.h)
 * or by a smoother (process/gaussian_process_smoother.h), and what universal predictions add to either.
 *
 * Columns of the mean's basis are predicted like targets, from the same rows with the same weights: they give
 * H' C^-1 k(X, x) of u = h(x) - H' C^-1 k(X, x), and the model's mean_factor G of u' (G G')^-1 u. */
#ifndef PROCESS_GAUSSIAN_PROCESS_FACTORLESS_H
#define PROCESS_GAUSSIAN_PROCESS_FACTORLESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_model.h"

struct gaussian_process_factorless;

/* What is to be opened; the model and the covariance must outlive it. */
struct gaussian_process_factorless_setting {
    const struct gaussian_process_model *model;
    const struct covariance *covariance; /* the model's, or its term */
    int term;                            /* of that number, or -1 */
    bool universal;                      /* the model has a mean */
};

/* Returns NULL with the error set: "the model holds no mean_factor for universal predictions: fit it again".
 */
__attribute__((warn_unused_result)) struct gaussian_process_factorless *
gaussian_process_factorless_open(const struct gaussian_process_factorless_setting *setting, size_t threads,
                                 struct error *error);

/* NULL does nothing. */
void gaussian_process_factorless_close(struct gaussian_process_factorless *factorless);

/* Of each of count queries, in the model's units, the means of f less the mean function (count x outputs) and
 * the variance (count), unless NULL; with slopes those of df/dx_j, count x inputs x outputs and count x
 * inputs. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_factorless_at(struct gaussian_process_factorless *factorless, size_t count, const double *x,
                               bool slopes, double *means, double *variances, struct error *error);

/* The same with the joint covariance of f, count x count. */
__attribute__((warn_unused_result)) int
gaussian_process_factorless_joint(struct gaussian_process_factorless *factorless, size_t count,
                                  const double *x, double *means, double *covariance, struct error *error);

#endif
