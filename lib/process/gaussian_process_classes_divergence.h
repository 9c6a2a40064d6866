/* How far q(u, s) is from its prior, in the white coordinates of process/gaussian_process_classes_bound.h,
 * which has the formula: the part of u, and that of s. Derivatives are taken off what stands in their places.
 */
#ifndef PROCESS_GAUSSIAN_PROCESS_CLASSES_DIVERGENCE_H
#define PROCESS_GAUSSIAN_PROCESS_CLASSES_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "process/gaussian_process_classes.h"
#include "process/scale_prior.h"

/* That of u, m inducing inputs; squares becomes sum |mean_c|^2, which the other needs.
 *
 *   means    functions x m, or NULL
 *   factors  functions x m (m + 1) / 2, row by row, or NULL */
double gaussian_process_classes_divergence(const struct gaussian_process_classes *classes, size_t m,
                                           bool mixture, double *means, double *factors, double *squares);

/* That of s, whose prior is an inverse gamma. gradient: A', B', and A, B unless the prior is fixed, with what
 * u's part has of A' and B'; or NULL. */
double gaussian_process_classes_divergence_of_scale(const struct gaussian_process_classes *classes,
                                                    const struct scale_prior *prior, bool fixed,
                                                    double squares, double *gradient);

#endif
