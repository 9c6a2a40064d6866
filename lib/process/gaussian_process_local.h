/* Predictions from the nearest training rows: those of a model by Vecchia's approximation.
 *
 * With K_c = L L' the covariance of the M nearest targets, noise included, and k their covariance with f(x),
 * the mean is that of x plus (L^-1 k)' L^-1 r_c, the variance k(x, x) - |L^-1 k|^2. Where K_c is singular as
 * little is added to its diagonal as works, up to 1e-6 of k(x, x). */
#ifndef PROCESS_GAUSSIAN_PROCESS_LOCAL_H
#define PROCESS_GAUSSIAN_PROCESS_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_model.h"

struct gaussian_process_local;

/* What is to be opened; the model and the covariance must outlive it. */
struct gaussian_process_local_setting {
    const struct gaussian_process_model *model;
    const struct covariance *covariance; /* of what is predicted: the model's, or one of its terms */
    bool basis;  /* the columns of the mean's basis are predicted like targets, behind these */
    bool slopes; /* the derivatives of f, in each input, in place of f; they must exist */
    bool others; /* queries are the model's rows, each predicted from others than itself */
};

/* Returns NULL with the error set: out of memory, or too many inputs. */
__attribute__((warn_unused_result)) struct gaussian_process_local *
gaussian_process_local_open(const struct gaussian_process_local_setting *setting, size_t threads,
                            struct error *error);

/* NULL does nothing. */
void gaussian_process_local_close(struct gaussian_process_local *local);

/* Of each query, in the model's units: the mean less the mean function (count x width, outputs and basis),
 * and the variance (count), unless NULL; with slopes both once for each input, count x inputs x width. A
 * query's result does not depend on the others. Where queries are the model's rows, x starts at row `first`
 * of these. Returns 0, or -1: no factor. */
__attribute__((warn_unused_result)) int gaussian_process_local_at(struct gaussian_process_local *local,
                                                                  size_t first, size_t count, const double *x,
                                                                  double *means, double *variances,
                                                                  struct error *error);

/* The joint covariance of f at count queries, count x count: that of the errors of these predictions, each
 * from its own neighbours c with weights w = K_c^-1 k,
 *
 *     Cov(e_i, e_j) = k(x_i, x_j) - w_i' k(c_i, x_j) - w_j' k(c_j, x_i) + w_i' C(c_i, c_j) w_j,
 *
 * which is positive semidefinite and has the variances above for its diagonal. O(count^2 M^2). Not for
 * slopes. Returns 0 or -1. */
__attribute__((warn_unused_result)) int gaussian_process_local_joint(struct gaussian_process_local *local,
                                                                     size_t count, const double *x,
                                                                     double *covariance, struct error *error);

#endif
