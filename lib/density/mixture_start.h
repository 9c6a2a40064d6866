/* Where a mixture's fit begins. */
#ifndef DENSITY_MIXTURE_START_H
#define DENSITY_MIXTURE_START_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/mixture_maximise.h"
#include "density/mixture_step.h"
#include "num/gaussian_mixture.h"

/* With missing entries starts are found from the complete rows where there are so many for each component,
 * else from all rows with column means in the gaps. */
enum { MIXTURE_START_COMPLETE = 10 };

enum mixture_start_kind {
    MIXTURE_START_KMEANS,           /* k-means++ seeds, then Lloyd's steps */
    MIXTURE_START_KMEANS_PLUS_PLUS, /* the seeds alone */
    MIXTURE_START_RANDOM,           /* distinct rows */
    MIXTURE_START_WARD,             /* the means of Ward's clusters */
};

/* The weight that the uniform component begins with. */
#define MIXTURE_START_NOISE 0.05

/* Subtracts the weighted mean of rows x dimensions values from each row.
 *
 *   weights  rows values, or NULL
 *   mean     dimensions values, written */
void mixture_start_centre(size_t rows, size_t dimensions, const double *weights, double *values,
                          double *mean);

/* One component about 0 with variances of 1. Prepared; NULL: error says why. */
struct gaussian_mixture *mixture_start_sphere(size_t dimensions, struct error *error);

/* One component of `type` with the mean and covariance of all rows. NULL: error says why; rows that are all
 * equal are an error, a covariance that is singular otherwise is not: the result need not be prepared. */
struct gaussian_mixture *mixture_start_whole(const struct mixture_rows *rows, enum gaussian_mixture_type type,
                                             size_t threads, struct error *error);

/* The same from sums of a pass with one component at 0, which are overwritten; its mean stays. */
struct gaussian_mixture *mixture_start_whole_of_sums(size_t dimensions, enum gaussian_mixture_type type,
                                                     const struct mixture_sums *sums, struct error *error);

/* The mean of a component's variances, column by column. */
double mixture_start_variance(const struct gaussian_mixture *whole);

/* log(1 / volume) of the smallest box around the rows of a weight above 0. Returns 0, or -1 where it is
 * flat. */
__attribute__((warn_unused_result)) int mixture_start_box(const struct mixture_rows *rows,
                                                          double *noise_log_density, struct error *error);

struct mixture_start {
    size_t components;
    enum mixture_start_kind kind;
    const double *centres; /* components x dimensions, or NULL: drawn */
    uint64_t seed, number; /* a start of another number draws by itself */
    size_t threads;
};

/* Each row goes to the nearest of K centres, and a step with the conjugate prior, so that a centre with few
 * rows is no spike, makes a mixture of them. The step is for K components of the type of the constraints'
 * whole. Prepared. NULL: error says why. */
struct gaussian_mixture *mixture_start_draw(const struct mixture_rows *rows, struct mixture_step *step,
                                            const struct mixture_constraints *constraints,
                                            const struct mixture_start *start, struct error *error);

/* Adds the uniform component to a mixture that has none. The mixture must be prepared again. */
void mixture_start_add_noise(struct gaussian_mixture *mixture, double noise_log_density);

/* A copy of a model, its means counted from `centre` (or NULL). Prepared. */
struct gaussian_mixture *mixture_start_copy(const struct gaussian_mixture *mixture, const double *centre,
                                            struct error *error);

#endif
