/* The E step of a Gaussian mixture and the sums that its M step needs, in one pass over the rows.
 *
 * Rows are taken in tiles of 64 that stay in the first cache: log densities, log-sum-exp, responsibilities
 * and moments are made of a tile before the next is looked at, so that nothing of the rows' number is
 * stored. Moments are taken about the means at hand, which near convergence are the new ones: no digits
 * cancel. Tiles are gathered in blocks whose number depends on shapes alone, and blocks are added in order:
 * the same bytes for any number of threads.
 *
 * Where entries are missing, log f is that of a row's marginal, and the moments are those expected given what
 * the row has: its tiles are of one pattern of missing entries (density/mixture_marginal.h). */
#ifndef DENSITY_MIXTURE_STEP_H
#define DENSITY_MIXTURE_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/mixture_patterns.h"
#include "num/gaussian_mixture.h"

/* What a mixture is fitted to. Kept by the caller. */
struct mixture_rows {
    size_t rows, dimensions;
    const double *values;  /* rows x dimensions, row-major; best about their mean */
    const double *weights; /* rows values >= 0, or NULL: all 1 */
    double total;          /* the sum of the weights */
    /* Rows with missing entries by what they lack, values holding 0 there; NULL where nothing is missing.
     * Rows without any value add nothing. */
    const struct mixture_patterns *patterns;
};

/* The sums of one pass, v_i being a row's weight and r_ik its responsibilities. */
struct mixture_sums {
    double log_likelihood; /* sum_i v_i log f(x_i) */
    double classification; /* sum_i v_i max_k e_k(x_i) */
    double entropy;        /* -sum_i v_i sum_k r_ik log r_ik */
    double noise;          /* the uniform component's sum_i v_i r_i */
    double *counts;        /* K: N_k = sum_i v_i r_ik */
    double *first;         /* K x d: sum_i v_i r_ik u, u = x_i - mu_k */
    double *second;        /* K x seconds: sum_i v_i r_ik u_a u_b for b <= a, row by row; or u_a^2 alone */
    size_t seconds;        /* d (d + 1) / 2 for types full and tied, else d */
    size_t farthest;       /* the row, of a weight > 0, with the least log f */
};

enum mixture_step_mode {
    MIXTURE_STEP_EVALUATE, /* no moments: counts, first and second are left alone */
    MIXTURE_STEP_SOFT,     /* EM */
    MIXTURE_STEP_HARD,     /* classification EM: r is 1 for the greatest e_k, the first of equals */
};

struct mixture_step;

/* Workspace and sums for mixtures of up to `components`, fitted with covariances of `type`; fewer than 64 MiB
 * unless a block of moments needs more. NULL: error says why. */
struct mixture_step *mixture_step_create(const struct mixture_rows *rows, size_t components,
                                         enum gaussian_mixture_type type, size_t threads,
                                         struct error *error);

/* One pass with a prepared mixture, of any type; with missing entries, of the step's type or one
 * without matrices. The
 * sums belong to the step and last until its next run. */
const struct mixture_sums *mixture_step_run(struct mixture_step *step, const struct gaussian_mixture *mixture,
                                            enum mixture_step_mode mode);

/* Passes over other rows from now on: as many as the step was made for, or fewer, in as many dimensions. */
void mixture_step_rows(struct mixture_step *step, const struct mixture_rows *rows);

/* How many blocks the rows are cut in: more threads than that find no work. */
size_t mixture_step_blocks(const struct mixture_rows *rows, size_t components,
                           enum gaussian_mixture_type type);

/* NULL does nothing. */
void mixture_step_free(struct mixture_step *step);

#endif
