/* Infinitely wide networks under gradient flow (Jacot, Gabriel and Hongler 2018, section 5; Lee et al. 2019,
 * Wide neural networks of any depth evolve as linear models, NeurIPS 32).
 *
 * On the cost 1/(2n) sum_i (f(x_i) - y_i)^2 the network moves by df/dt(x) = -(1/n) sum_i T(x, x_i) (f(x_i) -
 * y_i), T its tangent kernel. It starts as a Gaussian process of mean m and covariance S. With P_t = T(x, X)
 * T^-1 (I - exp(-T t/n)),
 *
 *     mean_t(x) = m(x) + P_t (y - m),    variance_t(x) = S(x, x) - 2 P_t S(X, x) + P_t S(X, X) P_t'.
 *
 * A mixture over a scale starts as sqrt(s) times a centred process, s from its prior, so that variance_t is
 * that at s = 1: after training s is as it was.
 *
 * Along eigenvector v_i of T(X, X), of eigenvalue w_i, the error decays as exp(-w_i t/n). */
#ifndef PROCESS_GAUSSIAN_PROCESS_FLOW_H
#define PROCESS_GAUSSIAN_PROCESS_FLOW_H

#include <stdbool.h>

#include "base/error.h"
#include "process/covariance_matrix.h"
#include "process/gaussian_process_model.h"

/* A model's training kernel by its eigenvectors. Units are the model's. */
struct gaussian_process_flow {
    const struct gaussian_process_model *model;
    size_t n, threads;
    struct covariance start; /* the model's expression with nngp in place of ntk: S; shares its arrays */
    struct covariance_points points;
    struct covariance_work tangents, starts;
    double *values;    /* n: w, descending */
    double *vectors;   /* n x n: v_i as rows */
    double *residuals; /* n x outputs: v_i . (y - m) */
    double *middle;    /* n x n: V S(X, X) V' */
};

/* O(n^3) once. With last_layer the network's last layer is trained alone, whose tangent kernel is nngp: T is
 * S, and the kernel may hold either. Returns 0, or -1 with nothing to close: "--flow-time needs a model whose
 * kernel holds ntk". */
__attribute__((warn_unused_result)) int gaussian_process_flow_open(struct gaussian_process_flow *flow,
                                                                   const struct gaussian_process_model *model,
                                                                   bool last_layer, size_t threads,
                                                                   struct error *error);

/* An all-zero one is fine. */
void gaussian_process_flow_close(struct gaussian_process_flow *flow);

/* Queries in the coordinates of the eigenvectors. */
struct gaussian_process_flow_queries {
    size_t count;
    double *x;               /* count x inputs, the model's units */
    double *tangents;        /* count x n: T(x, X) V' */
    double *starts;          /* count x n: S(x, X) V' */
    double *diagonal;        /* count: S(x, x) */
    double *moved, *product; /* count x n each: room */
};

/* x in the units of the data, count x inputs. Returns 0, or -1 with nothing to close. */
__attribute__((warn_unused_result)) int
gaussian_process_flow_queries_open(struct gaussian_process_flow_queries *queries,
                                   struct gaussian_process_flow *flow, size_t count, const double *x,
                                   struct error *error);

void gaussian_process_flow_queries_close(struct gaussian_process_flow_queries *queries);

/* The state after time t >= 0, which may be infinite; O(n^2 count).
 *
 *   means, variances  count x outputs, in the units of the data */
void gaussian_process_flow_at(const struct gaussian_process_flow *flow,
                              struct gaussian_process_flow_queries *queries, double t, double *means,
                              double *variances);

#endif
