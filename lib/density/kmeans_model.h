/* k-means as a model: written, read, and asked for the cluster of new rows.
 *
 * NPZ: kind `kmeans`, version, centers (k, d) in the data's own units, counts (k), inertia, iterations,
 * distance (sqeuclidean, cosine or cityblock), and, where columns were divided by deviations, those as scale
 * (d). */
#ifndef DENSITY_KMEANS_MODEL_H
#define DENSITY_KMEANS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kmeans.h"
#include "num/model_check.h"

/* As spelled in models and options, in the order of enum kmeans_distance, ended by NULL. */
extern const char *const kmeans_model_distance_names[];

struct kmeans_model {
    size_t clusters, columns, iterations;
    enum kmeans_distance distance;
    double inertia;
    double *centers;  /* clusters x columns, in the data's own units */
    double *counts;   /* clusters */
    double *scale;    /* columns: what they are divided by; NULL: they are not */
    uint32_t *labels; /* of the rows that it was fitted to, from 0; NULL where it was read */
};

/* Fits the model to data, whose columns are first divided by their deviations (divisor: the sum of weights)
 * where `standardize` is set. settings->start is in the data's own units. *converged tells what the fit did.
 * Returns 0, or -1 with nothing to free: what kmeans_fit refuses, and a column of one value to divide by
 * ("column 2 is constant"). */
__attribute__((warn_unused_result)) int kmeans_model_fit(struct kmeans_model *model,
                                                         const struct kmeans_data *data,
                                                         const struct kmeans_settings *settings,
                                                         bool standardize, bool *converged,
                                                         struct error *error);

/* Writes the deviation of each column about its mean (divisor: the sum of weights). Returns 0, or -1: a
 * column of one value, or values beyond what squares can hold. */
__attribute__((warn_unused_result)) int kmeans_model_deviations(const struct kmeans_data *data,
                                                                double *deviations, struct error *error);

/* Writes it to a path (NULL: standard output). Returns 0 or -1. */
__attribute__((warn_unused_result)) int kmeans_model_write(const struct kmeans_model *model, const char *path,
                                                           struct error *error);

/* Reads an operand. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int kmeans_model_read(struct kmeans_model *model, const char *operand,
                                                          struct error *error);

/* Writes for each row the number of the nearest centre, from 1, and the distance to it: |x - c|, 1 - cos(x,
 * c) or sum |x_j - c_j|.
 *
 *   points   rows x columns
 *   answers  rows x 2, written
 *
 * Returns 0, or -1: out of memory, or with *fault the number of a row that has no direction or whose values
 * are too large, the error saying what is wrong with it. */
__attribute__((warn_unused_result)) int kmeans_model_label(const struct kmeans_model *model, size_t rows,
                                                           const double *points, size_t threads,
                                                           double *answers, size_t *fault,
                                                           struct error *error);

/* The same for labels (from 0) that are known. */
__attribute__((warn_unused_result)) int kmeans_model_measure(const struct kmeans_model *model, size_t rows,
                                                             const double *points, const uint32_t *labels,
                                                             double *answers, struct error *error);

/* A copy of rows, or of centres, as distances are taken between: divided by deviations, of length 1 for the
 * cosine. NULL: the error says why, *fault as above. */
__attribute__((warn_unused_result)) double *kmeans_model_prepare(const struct kmeans_model *model,
                                                                 size_t rows, const double *points,
                                                                 size_t *fault, struct error *error);

/* An all-zero one is fine. */
void kmeans_model_free(struct kmeans_model *model);

extern const struct model_check kmeans_model_check;

#endif
