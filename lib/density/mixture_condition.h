/* Conditions as typed: "1=0.5,3=-2". */
#ifndef DENSITY_MIXTURE_CONDITION_H
#define DENSITY_MIXTURE_CONDITION_H

#include <stddef.h>

#include "base/error.h"
#include "io/column_names.h"
#include "num/gaussian_mixture.h"

/* The distribution of the other columns of a prepared mixture, given those typed as J=V,.. with columns J
 * from 1.
 *
 *   names  "x2", ..: the columns that are left, added
 *
 * Prepared; NULL: error says why. */
struct gaussian_mixture *mixture_condition_apply(const struct gaussian_mixture *mixture, const char *typed,
                                                 struct column_names *names, struct error *error);

#endif
