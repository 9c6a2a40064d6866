/* gmmfit's options for clustering by semidefinite programs. */
#ifndef DENSITY_CLUSTERING_OPTIONS_H
#define DENSITY_CLUSTERING_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"

/* In the order of --sdp-solver's words. */
enum clustering_solver_kind { CLUSTERING_SOLVER_ADMM, CLUSTERING_SOLVER_LOWRANK };

struct clustering_options {
    size_t outer;
    double outer_tolerance, sdp_tolerance;
    size_t sdp_steps;
    int solver; /* enum clustering_solver_kind */
    size_t rank, subsample;
    bool mixing;
    const char *fixed, *history;
    double memory; /* GiB */
};

#define CLUSTERING_OPTIONS_DEFAULT                                                                           \
    {                                                                                                        \
        .outer = 50, .outer_tolerance = 1e-4, .sdp_tolerance = 1e-6, .sdp_steps = 20000, .rank = 5,          \
        .subsample = 400, .memory = 4                                                                        \
    }

extern const char *const clustering_options_solvers[];

/* clang-format off */

/* The entries of a table over `type`, which holds the struct above as its member `sdp`. */
#define CLUSTERING_OPTIONS(type)                                                                             \
    OPTION_HEADING("with --method sdp"),                                                                     \
    OPTION_COUNT(0, "outer", type, sdp.outer, "N", 1, 1e6, "programs solved at the most"),                   \
    OPTION_NUMBER(0, "outer-tol", type, sdp.outer_tolerance, "T", 0, 1,                                      \
                  "relative change of covariances that counts as none"),                                     \
    OPTION_NUMBER(0, "sdp-tol", type, sdp.sdp_tolerance, "T", 1e-12, 1, "residual of a program"),            \
    OPTION_COUNT(0, "sdp-max-iter", type, sdp.sdp_steps, "N", 1, 1e9, "steps of a program at the most"),     \
    OPTION_CHOICE(0, "sdp-solver", type, sdp.solver, clustering_options_solvers,                             \
                  "admm certifies, lowrank takes more rows"),                                                \
    OPTION_COUNT(0, "rank", type, sdp.rank, "R", 1, 1000, "columns of a cluster's factor, for lowrank"),     \
    OPTION_COUNT(0, "subsample", type, sdp.subsample, "M", 0, 1e6,                                           \
                 "rows drawn for the programs where there are more; 0: all"),                                \
    OPTION_FLAG(0, "lambda-weights", type, sdp.mixing, "costs with the clusters' weights"),                  \
    OPTION_TEXT(0, "fixed-covariances", type, sdp.fixed, "@FILE", "a model whose covariances stay"),         \
    OPTION_TEXT(0, "history", type, sdp.history, "FILE", "the figures of each program"),                     \
    OPTION_NUMBER(0, "max-memory", type, sdp.memory, "GIB", 0, 1e9, "what a program may take")

/* clang-format on */

/* Refuses options that have no meaning beside others. `sdp` tells the method, `criterion_cv` and `identity`
 * what else was chosen. Returns 0, or -1 with a usage error in command->error. */
int clustering_options_check(struct command *command, const struct clustering_options *options, bool sdp,
                             bool criterion_cv, bool identity);

/* The file of fixed covariances, or NULL. */
const char *clustering_options_fixed(const struct clustering_options *options);

#endif
