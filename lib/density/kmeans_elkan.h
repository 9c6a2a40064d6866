/* The nearest centre of a row by a lower bound for each centre and the distances between centres (Elkan 2003,
 * Using the triangle inequality to accelerate k-means, ICML 147-153).
 *
 * Part of kmeans_assign, whose upper bounds and margins it shares. A row's lower bound on the distance to a
 * centre is held plus the way that the centre had made when it was set. */
#ifndef DENSITY_KMEANS_ELKAN_H
#define DENSITY_KMEANS_ELKAN_H

#include <stddef.h>

#include "base/error.h"

struct kmeans_assign;

struct kmeans_elkan {
    double *lower;  /* rows x clusters: plus moved[c] */
    double *halves; /* clusters x clusters: half the distance of two centres; on the diagonal half that to the
                       nearest other */
};

/* Memory for the rows and clusters of an assignment. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int
kmeans_elkan_create(struct kmeans_elkan *elkan, const struct kmeans_assign *assign, struct error *error);

/* Takes the distances between the centres, after they moved. */
void kmeans_elkan_place(struct kmeans_elkan *elkan, const struct kmeans_assign *assign);

/* Gives each row of a block the nearest centre. Returns how many changed. */
size_t kmeans_elkan_block(struct kmeans_elkan *elkan, struct kmeans_assign *assign, size_t block,
                          size_t worker);

void kmeans_elkan_free(struct kmeans_elkan *elkan);

#endif
