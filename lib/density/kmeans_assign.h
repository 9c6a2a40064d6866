/* The nearest of k centres for every row, again and again while the centres move.
 *
 * For each row an upper bound on the distance to its own centre and lower bounds on the distances to the
 * others are kept, and carried along by how far centres moved (Hamerly 2010, Making k-means even faster, SDM;
 * with a lower bound for each group of centres, Ding et al. 2015, Yinyang k-means, ICML; for each centre:
 * density/kmeans_elkan). A distance is left
 * out only where the bounds say by a margin above all rounding that it could not win, so labels are those of
 * comparing all distances. Bounds are held less the way that centres had made when they were set: rows that
 * stay need no write. */
#ifndef DENSITY_KMEANS_ASSIGN_H
#define DENSITY_KMEANS_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/instruction_sets.h"
#include "density/kmeans.h"
#include "density/kmeans_elkan.h"
#include "density/kmeans_sums.h"

enum { KMEANS_GROUPS_MAX = 16 };

struct kmeans_assign {
    const struct kmeans_data *data;
    size_t clusters, threads;
    bool cityblock; /* else Euclidean distance */
    bool bounded;   /* else all distances are compared */
    bool started;   /* labels were given once */
    size_t groups;  /* of centres, each group_tiles tiles, the last perhaps fewer */
    size_t group_tiles, tiles;
    uint32_t *labels;          /* rows */
    double *tile_values;       /* tiles x columns x 8: the centres */
    struct kmeans_elkan elkan; /* its arrays NULL but for that method */
    double *upper;             /* rows: plus moved[label] */
    double *lower;             /* rows: less moved_most */
    double *group_lower;       /* rows x groups: less group_moved; NULL for one group */
    double *moved;             /* clusters: the way that each made since the start */
    double *group_moved;       /* groups: sums of the longest steps in each */
    double moved_most;         /* sum of the longest steps of all */
    double margin;             /* relative, above all rounding of distances and bounds */
    struct kmeans_sums *sums;  /* told of rows that move; may be NULL */
    size_t changes;
};

/* Squares of smaller distances may underflow: below this no bound decides. */
#define KMEANS_ASSIGN_SMALLEST 1e-150

/* Whether a distance of at most `upper` wins surely against one of at least `lower`. */
ALWAYS_INLINE bool kmeans_assign_surely_below(const struct kmeans_assign *assign, double upper,
                                              double lower) {
    return upper + (assign->margin * (upper + lower + assign->moved_most) + KMEANS_ASSIGN_SMALLEST) < lower;
}

/* Returns 0, or -1 with nothing to free. labels: rows, the caller's, set by the first run. */
__attribute__((warn_unused_result)) int kmeans_assign_create(struct kmeans_assign *assign,
                                                             const struct kmeans_data *data, size_t clusters,
                                                             enum kmeans_method method, bool cityblock,
                                                             uint32_t *labels, size_t threads,
                                                             struct error *error);

/* Puts the centres (clusters x columns) in place of those before. Writes the longest step. */
void kmeans_assign_place(struct kmeans_assign *assign, const double *centers, double *longest);

/* Gives each row the nearest centre. Returns how many changed. */
size_t kmeans_assign_run(struct kmeans_assign *assign);

/* Gives a row to a cluster whatever the distances, until the next run. */
void kmeans_assign_force(struct kmeans_assign *assign, size_t row, size_t cluster);

void kmeans_assign_free(struct kmeans_assign *assign);

#endif
