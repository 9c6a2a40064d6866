/* The E step of a Gaussian mixture as partial sums: each part its rows' share, about one starting mixture.
 *
 * With v_i the rows' weights, r_ik their responsibilities, mu_k the starting means, o their weighted mean:
 *
 *     n               V = sum_i v_i
 *     log_likelihood  sum_i v_i log f(x_i)
 *     entropy         -sum_i v_i sum_k r_ik log r_ik
 *     counts          (K) N_k = sum_i v_i r_ik
 *     sums            (K, d) sum_i v_i r_ik u, u = x_i - mu_k
 *     products        (K, d, d) sum_i v_i r_ik u u^T; types without matrices: the diagonals, (K, d)
 *     noise_count     sum_i v_i r_i of the uniform component
 *     total_sums      (d) sum_i v_i (x_i - o)
 *     total_products  (d, d), or the diagonal, (d): of x_i - o; floor and prior know all rows' spread by them
 *     weights, means, covariances   the starting mixture, as in its model
 *     noise           (2) as in the model, or 0
 *     origin          (d) o = sum_k w_k mu_k
 *
 * From `weights` on, arrays are the same in all parts. Moments about the starting means lose no digits where
 * components lie far apart. */
#ifndef DENSITY_MIXTURE_PARTIAL_H
#define DENSITY_MIXTURE_PARTIAL_H

#include "base/command.h"
#include "density/mixture_options.h"
#include "io/partial.h"
#include "num/gaussian_mixture.h"

enum mixture_partial_array {
    MIXTURE_PARTIAL_N,
    MIXTURE_PARTIAL_LOG_LIKELIHOOD,
    MIXTURE_PARTIAL_ENTROPY,
    MIXTURE_PARTIAL_COUNTS,
    MIXTURE_PARTIAL_SUMS,
    MIXTURE_PARTIAL_PRODUCTS,
    MIXTURE_PARTIAL_NOISE_COUNT,
    MIXTURE_PARTIAL_TOTAL_SUMS,
    MIXTURE_PARTIAL_TOTAL_PRODUCTS,
    MIXTURE_PARTIAL_WEIGHTS,
    MIXTURE_PARTIAL_MEANS,
    MIXTURE_PARTIAL_COVARIANCES,
    MIXTURE_PARTIAL_NOISE,
    MIXTURE_PARTIAL_ORIGIN,
    MIXTURE_PARTIAL_ARRAYS
};

/* By covariance type, which is the option `covariance`. */
extern const struct partial_description mixture_partial_descriptions[GAUSSIAN_MIXTURE_TYPES];

/* Reads the starting mixture and the rows, and writes the part. Returns 0, or -1 with command->error set. */
int mixture_partial_run(struct command *command, const struct mixture_options *options);

#endif
