/* The variational part of a Gaussian process of classes, as a model keeps it: u_c = f_c(Z), of which
 *
 *     q(u_c | s) = N(mean_c, s factor_c factor_c'),    q(s) = InvGamma(shape, rate),
 *
 * one function for the second of two classes (logistic), or one for each class (softmax).
 *
 * NPZ, beside kernel, inputs and their units: likelihood (`logistic`, `softmax`), labels (C texts), Z (m, d),
 * chol_uu (m, m), q_mean (functions, m), q_scale (functions, m, m: lower); of a mixture also q_a, q_b and
 * what process/gaussian_process_scale.h has, scale_posterior and scale_nodes being those of q(s). */
#ifndef PROCESS_GAUSSIAN_PROCESS_CLASSES_H
#define PROCESS_GAUSSIAN_PROCESS_CLASSES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/npz.h"
#include "process/class_labels.h"

/* As spelled in models and options: gaussian, logistic, softmax. */
extern const char *const gaussian_process_classes_likelihoods[];

enum gaussian_process_likelihood {
    GAUSSIAN_PROCESS_LIKELIHOOD_GAUSSIAN,
    GAUSSIAN_PROCESS_LIKELIHOOD_LOGISTIC,
    GAUSSIAN_PROCESS_LIKELIHOOD_SOFTMAX
};

/* Arrays belong to it. */
struct gaussian_process_classes {
    enum gaussian_process_likelihood likelihood;
    struct class_labels labels;
    size_t functions;
    double *mean;                      /* functions x m */
    double *factor;                    /* functions x m x m, lower, zeros above the diagonal */
    double *white_mean, *white_factor; /* L^-1 times these, L L' = Kuu: what a fit moves */
    double shape, rate;                /* of q(s), where there is a mixture */
};

/* With copies of the labels and u at its prior, N(0, s Kuu). m inducing inputs. NULL: out of memory. */
struct gaussian_process_classes *gaussian_process_classes_new(enum gaussian_process_likelihood likelihood,
                                                              const struct class_labels *labels, size_t m,
                                                              struct error *error);

/* mean and factor from the white ones, and back; factor_uu is L. */
void gaussian_process_classes_color(struct gaussian_process_classes *classes, size_t m,
                                    const double *factor_uu);
void gaussian_process_classes_whiten(struct gaussian_process_classes *classes, size_t m,
                                     const double *factor_uu);

__attribute__((warn_unused_result)) int
gaussian_process_classes_write(const struct gaussian_process_classes *classes, size_t m, bool mixture,
                               struct npz_writer *writer, struct error *error);

/* Reads and checks it. NULL: error says why. */
struct gaussian_process_classes *gaussian_process_classes_read(const struct npz *npz, size_t m, bool mixture,
                                                               struct error *error);

/* NULL does nothing. */
void gaussian_process_classes_free(struct gaussian_process_classes *classes);

#endif
