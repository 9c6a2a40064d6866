/* What the command line of `kmeans` asks for. Texts are as typed. */
#ifndef DENSITY_KMEANS_OPTIONS_H
#define DENSITY_KMEANS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"
#include "density/kmeans.h"

struct kmeans_options {
    /* the fit */
    const char *clusters; /* K or LO:HI; NULL: the default */
    const char *init;
    size_t restarts, batch;
    int method, distance; /* KMEANS_OPTIONS_MINIBATCH, or enum kmeans_method; enum kmeans_distance */
    const char *weights;
    bool standardize, balanced;

    /* the result */
    bool labels, partial;
    const char *model; /* of which new rows are labelled */

    /* probabilistic partitive partitioning */
    bool ppp;
    size_t runs, cells; /* cells: OPTION_COUNT_NONE: by the number of rows */
    double core_threshold;
    int covariance; /* enum gaussian_mixture_type */
    const char *table, *core_only, *mixture;

    size_t least, most;         /* k, from `clusters`: made by the check */
    enum kmeans_init init_kind; /* from `init` */
};

#define KMEANS_OPTIONS_DEFAULT                                                                               \
    {                                                                                                        \
        .init = "kmeans++", .restarts = 10, .batch = 1024, .runs = 20, .cells = OPTION_COUNT_NONE,           \
        .core_threshold = 0.95                                                                               \
    }

/* Behind the methods that are enum kmeans_method. */
enum { KMEANS_OPTIONS_MINIBATCH = KMEANS_YINYANG + 1 };

enum kmeans_task {
    KMEANS_TASK_FIT,
    KMEANS_TASK_BALANCED,
    KMEANS_TASK_MINIBATCH,
    KMEANS_TASK_PARTIAL,
    KMEANS_TASK_MODEL, /* new rows by a model */
    KMEANS_TASK_PPP,
};

/* The table of own options, ended by OPTION_END. */
extern const struct option_entry kmeans_options_table[];

/* Which task is asked for; makes least, most and init_kind. Refuses two tasks at once and options that have
 * no meaning with one. Returns 0, or -1 with a usage error in command->error. */
__attribute__((warn_unused_result)) int
kmeans_options_check(struct command *command, struct kmeans_options *options, enum kmeans_task *task);

#endif
