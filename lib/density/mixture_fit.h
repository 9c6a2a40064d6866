/* Expectation maximisation of one Gaussian mixture from one start (Dempster, Laird and Rubin 1977, Journal of
 * the Royal Statistical Society B 39, 1-38), and its classification variant (Celeux and Govaert 1992, A
 * classification EM algorithm for clustering and two stochastic versions, Computational Statistics and Data
 * Analysis 14, 315-332). */
#ifndef DENSITY_MIXTURE_FIT_H
#define DENSITY_MIXTURE_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "density/mixture_empty.h"
#include "density/mixture_maximise.h"
#include "density/mixture_step.h"
#include "num/gaussian_mixture.h"

struct mixture_checkpoint;

struct mixture_fit_settings {
    enum mixture_step_mode mode; /* SOFT or HARD */
    double tolerance;            /* ends when the objective's rise per unit of weight is below it; 0: never */
    size_t max_iterations;
    bool accelerate;                       /* by density/mixture_acceleration.h; SOFT only */
    struct progress *progress;             /* or NULL, as it must be where several fits run at once */
    struct mixture_checkpoint *checkpoint; /* asked between steps; or NULL */
    struct mixture_constraints constraints;
};

/* A fit under way, or done. The objective is the log-likelihood (the classification likelihood where HARD),
 * plus the priors' log density. */
struct mixture_fit {
    struct gaussian_mixture *mixture; /* prepared; its figures below are those of these very parameters */
    double log_likelihood, entropy, objective;
    size_t iterations; /* passes that made new parameters, jumps taken back included */
    struct mixture_empty mended;
    size_t lifted;        /* eigenvalues at the floor in the last step */
    bool converged, fell; /* fell: the objective went down where it cannot but by a mistake */
    bool evaluated, comparable;
    double *path; /* the objective before each step and after the last, but for jumps taken back */
    size_t path_count, path_capacity;
};

/* Runs until it ends or fit->iterations is `limit`, going on where an earlier call stopped. `fit` is all zero
 * but for its mixture, prepared, to begin with; step was made for its size and the type asked for. Returns 0,
 * or -1 where memory fails, a covariance is singular or the numbers overflow. */
__attribute__((warn_unused_result)) int mixture_fit_run(struct mixture_fit *fit, struct mixture_step *step,
                                                        const struct mixture_rows *rows,
                                                        enum gaussian_mixture_type type,
                                                        const struct mixture_fit_settings *settings,
                                                        size_t limit, struct error *error);

/* Puts the components in the order of decreasing weight. Returns 0 or -1. */
__attribute__((warn_unused_result)) int mixture_fit_sort(struct gaussian_mixture *mixture,
                                                         struct error *error);

/* Frees what it holds; an all-zero one is fine. */
void mixture_fit_free(struct mixture_fit *fit);

#endif
