/* What the command line of `gmmfit` asks for, and which of its options go together. Texts are as typed. */
#ifndef DENSITY_MIXTURE_OPTIONS_H
#define DENSITY_MIXTURE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"
#include "density/clustering_options.h"
#include "density/mixture_choice.h"

/* In the order of --method's words. */
enum mixture_method { MIXTURE_METHOD_EM, MIXTURE_METHOD_CEM, MIXTURE_METHOD_STEPWISE, MIXTURE_METHOD_SDP };

struct mixture_options {
    /* what is fitted */
    const char *components, *covariance;
    int criterion; /* enum mixture_criterion */
    size_t folds;
    bool noise;

    /* how */
    int method; /* enum mixture_method */
    size_t batch;
    bool accelerate;
    const char *init;
    size_t restarts;
    double floor, ridge;
    int prior; /* 1: conjugate */
    double dirichlet;
    const char *fix;

    /* rows */
    const char *weights, *weight_column;
    bool partial; /* an E step's sums in place of a fit */

    /* further output */
    const char *labels, *responsibilities, *table;

    struct clustering_options sdp; /* with MIXTURE_METHOD_SDP */
};

#define MIXTURE_OPTIONS_DEFAULT                                                                              \
    {                                                                                                        \
        .components = "1", .batch = 1000, .covariance = "full", .folds = 10, .init = "kmeans",               \
        .restarts = 10, .floor = 1e-6, .dirichlet = 1, .sdp = CLUSTERING_OPTIONS_DEFAULT                     \
    }

/* gmmfit's own options, ended by OPTION_END. */
extern const struct option_entry mixture_options_table[];

/* Refuses options that have no meaning with the method or the start, and contradictions. Returns 0, or -1
 * with a usage error in command->error. */
int mixture_options_check(struct command *command, const struct mixture_options *options);

/* The file that the fit starts from, or NULL. */
const char *mixture_options_source(const struct mixture_options *options);

/* Whether --covariance is identity: the K-means program. */
bool mixture_options_identity(const struct mixture_options *options);

/* Sets all of the choice that needs neither data nor a model. Returns 0, or -1 with a usage error in
 * command->error. */
int mixture_options_choice(struct command *command, const struct mixture_options *options,
                           struct mixture_choice *choice);

#endif
