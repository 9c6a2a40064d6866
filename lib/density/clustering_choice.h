/* Clusterings by semidefinite programs of several sizes and types, and of more rows than a program can have:
 * the best by a criterion. */
#ifndef DENSITY_CLUSTERING_CHOICE_H
#define DENSITY_CLUSTERING_CHOICE_H

#include <stddef.h>

#include "base/error.h"
#include "density/clustering_fit.h"
#include "density/clustering_start.h"
#include "density/mixture_choice.h"

struct clustering_choice {
    struct mixture_choice mixture; /* sizes, types, criterion, floor, threads, seed, a start from a file */
    struct clustering_settings settings; /* but for type and constraints, which are made here */
    size_t subsample;                    /* rows that the programs are solved for, drawn; 0: all */
};

/* A fit, and all rows by it. All zero holds nothing. */
struct clustering_result {
    struct clustering_fit fit; /* its mixture is that of all rows, components in order of weight; its solution
                                  is of the rows drawn, and in the order that the solver had */
    size_t sample;             /* rows drawn, or all */
    size_t components;
    size_t *labels;        /* rows */
    double *memberships;   /* rows x components */
    double log_likelihood; /* of all rows, by the mixture */
    struct mixture_criteria criteria;
};

/* Fits all sizes and types, as mixture_choice_run. Rows have no weights. Returns 0, or -1: all have failed,
 * or out of memory. The result is the caller's to free either way. */
__attribute__((warn_unused_result)) int clustering_choice_run(const struct mixture_rows *rows,
                                                              const struct clustering_choice *choice,
                                                              struct mixture_candidate *candidates,
                                                              struct clustering_result *best, size_t *chosen,
                                                              struct error *error);

/* Log-likelihood and criteria of all rows by the fit's mixture, which counts from where they do. Returns 0 or
 * -1. */
__attribute__((warn_unused_result)) int clustering_choice_evaluate(const struct mixture_rows *rows,
                                                                   size_t threads,
                                                                   struct clustering_result *result,
                                                                   struct error *error);

void clustering_choice_free(struct clustering_result *result);

#endif
