/* The number of components and the type of covariances, chosen by a criterion. */
#ifndef DENSITY_MIXTURE_CHOICE_H
#define DENSITY_MIXTURE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "density/mixture_criterion.h"
#include "density/mixture_restarts.h"

struct mixture_choice {
    size_t least, most; /* components */
    bool types[GAUSSIAN_MIXTURE_TYPES];
    enum mixture_criterion criterion;
    size_t folds;                     /* >= 2, for CV */
    struct mixture_restarts restarts; /* components and type are set here */
    struct progress *progress;        /* or NULL */
};

/* One size and type. */
struct mixture_candidate {
    size_t components;
    enum gaussian_mixture_type type;
    bool failed; /* the fit ended in an error; the figures are not set */
    double log_likelihood, score;
    struct mixture_criteria criteria;
};

/* How many candidates there are. */
size_t mixture_choice_count(const struct mixture_choice *choice);

/* Fits all of them, by type, then components.
 *
 *   candidates  mixture_choice_count(choice), written
 *   best        the fit of the least score, the first of equals
 *   chosen      its index
 *
 * Returns 0, or -1 with nothing to free where all have failed: the error is the first one's. */
__attribute__((warn_unused_result)) int mixture_choice_run(const struct mixture_rows *rows,
                                                           const struct mixture_choice *choice,
                                                           struct mixture_candidate *candidates,
                                                           struct mixture_fit *best, size_t *chosen,
                                                           struct error *error);

#endif
