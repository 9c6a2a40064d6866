/* The sums over all points of a kernel density, at many queries.
 *
 * With t_i(x) = w_i lam_i^-d |L|^-1 K(L^-1 (x - y_i) / lam_i), of each query x: log sum_i t_i, and where
 * asked for log sum_i t_i^2, log max_i t_i and the gradient. Queries come whitened (kernel_density_whiten),
 * in blocks of any size: results depend neither on how queries are blocked nor on the number of threads.
 *
 * Methods: `direct` takes every point that can change a bit of the sum, in tiles, relative to the largest
 * term so far, so that a density of e^-5000 has a right logarithm. `tree` keeps to a tolerance: gaussians in
 * one and two columns are interpolated over the cells of a grid (density/kernel_sums_boxes.h), else nodes of
 * a k-d tree that together hold too little are passed over. `fft` bins the points linearly and convolves on a
 * grid, d <= 3, without guarantee. `auto` chooses between direct and tree. */
#ifndef DENSITY_KERNEL_SUMS_H
#define DENSITY_KERNEL_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kernel_density.h"

enum kernel_sums_method { KERNEL_SUMS_AUTO, KERNEL_SUMS_DIRECT, KERNEL_SUMS_TREE, KERNEL_SUMS_FFT };

/* As typed, in the order of the enum, ended by NULL. */
extern const char *const kernel_sums_method_names[];

struct kernel_sums_settings {
    enum kernel_sums_method method;
    double relative, absolute; /* tree: |result - f(x)| <= absolute + relative f(x); both 0: direct */
    size_t bins;               /* fft: grid points a column; 0: as many as the bandwidth needs */
    size_t queries;            /* how many are expected in all, for `auto`; 0: not known */
    bool terms; /* score, squares or largest will be asked for: every method but direct refuses */
    bool skips; /* queries will skip points: fft refuses */
    size_t threads;
};

#define KERNEL_SUMS_DEFAULT                                                                                  \
    { .method = KERNEL_SUMS_AUTO, .relative = 1e-10, .threads = 1 }

/* What to compute for a block of queries, and where to. */
struct kernel_sums_block {
    size_t count;          /* queries */
    const double *queries; /* count x d, whitened */
    const size_t *skip;    /* count: the point that each query leaves out, SIZE_MAX for none; or NULL */
    double *log_sum;       /* count, written: log f; -inf outside every compact kernel */
    double *score;       /* count x d, written, or NULL: gradient of log f in whitened coordinates; nan where
                            f is 0 */
    double *log_squares; /* count, written, or NULL: log sum_i t_i^2 */
    double *log_largest; /* count, written, or NULL: log max_i t_i */
};

/* What was done so far, for reports. */
struct kernel_sums_figures {
    enum kernel_sums_method method; /* never KERNEL_SUMS_AUTO */
    uint64_t queries;
    uint64_t terms; /* kernel values computed */
    uint64_t nodes; /* of the tree looked at; tiles of the direct method */
    double error;   /* fft: estimated largest error relative to the largest density; else the tolerance */
};

struct kernel_sums;

/* Prepares sums over a prepared density, which stays the caller's until kernel_sums_free. A method that
 * cannot serve (fft with d > 3, tree or fft with terms, fft with skips) is a usage error. NULL: error says
 * why. */
struct kernel_sums *kernel_sums_create(const struct kernel_density *density,
                                       const struct kernel_sums_settings *settings, struct error *error);

/* Returns 0, or -1 where memory fails. Weights are not renormalised where a point is skipped: log f_{-i} is
 * log_sum - log(1 - w_i). Not to be called from several threads: it shares the work out itself. */
__attribute__((warn_unused_result)) int
kernel_sums_evaluate(struct kernel_sums *sums, const struct kernel_sums_block *block, struct error *error);

struct kernel_sums_figures kernel_sums_figures(const struct kernel_sums *sums);

/* NULL does nothing. */
void kernel_sums_free(struct kernel_sums *sums);

#endif
