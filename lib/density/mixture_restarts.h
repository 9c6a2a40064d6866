/* The best of several fits of one size and type.
 *
 * Each start runs 30 steps, the best three of them to the end. Starts are independent: they run one after
 * another on all threads, or, where the rows are too few to be shared out, side by side on one thread each;
 * the result is the same. */
#ifndef DENSITY_MIXTURE_RESTARTS_H
#define DENSITY_MIXTURE_RESTARTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/mixture_fit.h"
#include "density/mixture_start.h"
#include "density/mixture_step.h"

struct mixture_restarts {
    size_t components;
    enum gaussian_mixture_type type;
    enum mixture_start_kind kind;
    const struct gaussian_mixture *model; /* the one start, counted from the rows' centre; NULL: drawn */
    const double *centres;                /* of the one start, or NULL: drawn */
    size_t restarts;                      /* >= 1 */
    uint64_t seed;
    double noise_log_density; /* -inf: no noise */
    size_t threads;
    double floor;                    /* relative to the mean variance of the columns */
    struct mixture_fit_settings fit; /* constraints.floor and .whole are made here */
};

/* The best by objective, of equals the first; components in order of weight. Starts that fail are passed
 * over, but where memory does; where all fail, the error is the first one's. Returns 0, or -1 with nothing to
 * free. */
__attribute__((warn_unused_result)) int mixture_restarts_run(const struct mixture_rows *rows,
                                                             const struct mixture_restarts *settings,
                                                             struct mixture_fit *best, struct error *error);

#endif
