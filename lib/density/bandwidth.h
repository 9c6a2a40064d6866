/* Bandwidths chosen from the data: rules of thumb, plug-in, diffusion, cross-validation.
 *
 * A rule gives the lower factor L of H = L L^T for the gaussian; other kernels multiply it by their canonical
 * ratio (density/kernel.h). Formulas and sources stand with each rule's own file. */
#ifndef DENSITY_BANDWIDTH_H
#define DENSITY_BANDWIDTH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/kernel.h"

enum bandwidth_rule {
    BANDWIDTH_SCOTT,
    BANDWIDTH_SILVERMAN,
    BANDWIDTH_NRD0,
    BANDWIDTH_NRD,
    BANDWIDTH_OVERSMOOTHED,
    BANDWIDTH_SJ,
    BANDWIDTH_SJ_DPI,
    BANDWIDTH_ISJ,
    BANDWIDTH_LCV,
    BANDWIDTH_LSCV,
    BANDWIDTH_BCV,
    BANDWIDTH_KL_EXTREME,
    BANDWIDTH_NEIGHBOUR /* nn:K */
};

enum bandwidth_shape { BANDWIDTH_FULL, BANDWIDTH_DIAGONAL, BANDWIDTH_SCALAR };

/* As typed, in the order of the enums, ended by NULL; the last rule is "nn:K". */
extern const char *const bandwidth_rule_names[];
extern const char *const bandwidth_shape_names[];

struct bandwidth_settings {
    enum bandwidth_rule rule;
    enum bandwidth_shape shape; /* what scott, silverman, lcv, lscv (d > 1), kl-extreme scale */
    size_t neighbour;           /* K of nn:K, from 1 */
    bool each;                  /* lcv: all d column bandwidths are free */
    enum kernel_name kernel;
    enum kernel_form form;
    size_t threads;
};

struct bandwidth_data {
    size_t count, dimensions;
    const double *points;  /* n x d, row-major */
    const double *weights; /* n with sum 1, or NULL: 1/n each */
    const char *name; /* the operand, for messages: "data.csv: 1 row: a bandwidth rule needs at least 2" */
};

/* Reads a rule as typed ("scott", "nn:5") into settings->rule and neighbour. Returns 1; 0 where it is no
 * rule's name; -1 where it is one but wrong ("nn:0"), a usage error. */
__attribute__((warn_unused_result)) int
bandwidth_parse(const char *typed, struct bandwidth_settings *settings, struct error *error);

/* Chooses.
 *
 *   factor  d x d, written: L, lower triangular
 *   local   n, written for BANDWIDTH_NEIGHBOUR alone (L is then I, or 2^k I where the points lie so close or
 *           so far that squares of distances are no doubles); may be NULL for the other rules
 *
 * Returns 0, or -1: too few rows, a value that is not finite, a constant column, a covariance that is not
 * positive definite, repeated rows under likelihood cross-validation, no root. */
__attribute__((warn_unused_result)) int bandwidth_choose(const struct bandwidth_data *data,
                                                         const struct bandwidth_settings *settings,
                                                         double *factor, double *local, struct error *error);

#endif
