/* Components that have lost their rows. */
#ifndef DENSITY_MIXTURE_EMPTY_H
#define DENSITY_MIXTURE_EMPTY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/mixture_maximise.h"
#include "density/mixture_step.h"

/* What has been done about them in a fit. All zero at first. */
struct mixture_empty {
    size_t reseeded, dropped;
};

/* Puts components with less than 1e-8 of the weight on the row that is farthest from all, as spread as all
 * rows are: each fit may put as many as it began with, then they are left out. Mixture and sums are changed
 * alike, to be maximised next. Returns 0, or -1 where no component is left. */
__attribute__((warn_unused_result)) int mixture_empty_mend(struct gaussian_mixture *mixture,
                                                           const struct mixture_rows *rows,
                                                           struct mixture_sums *sums,
                                                           const struct mixture_constraints *constraints,
                                                           struct mixture_empty *mended, struct error *error);

/* Whether a component of that count has lost its rows, which weigh `total`. */
bool mixture_empty_is(double count, double total, double dirichlet);

/* Takes component k out of a mixture and its sums; the other weights share its own. Not prepared. */
void mixture_empty_drop(struct gaussian_mixture *mixture, struct mixture_sums *sums, size_t k);

#endif
