/* The search for a Gaussian process's parameters: whatever the objective, by its gradient.
 *
 * Positive variables are searched by their logarithm, within 20 of its start; the others as they are.
 * Restarts draw the logarithms from N(start, 1); the best objective wins, ties go to the first. */
#ifndef PROCESS_GAUSSIAN_PROCESS_SEARCH_H
#define PROCESS_GAUSSIAN_PROCESS_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/progress.h"

/* A number to be found. */
struct gaussian_process_variable {
    double *value; /* where the objective reads it */
    size_t slot;   /* of its derivative in the gradient */
    bool positive;
    double scale; /* one step's worth of one that is not positive; 0: 1 */
    double lower; /* at least so much, > 0 for a positive one; 0 or -inf: no bound of its own */
    const char *name;
};

/* Writes the objective, to be made large, at the variables' values, and its derivatives in them (not in their
 * logarithms). -inf: out of the domain. Returns 0 or -1. */
typedef int gaussian_process_objective_function(void *context, double *value, double *gradient,
                                                struct error *error);

struct gaussian_process_search {
    struct gaussian_process_variable *variables;
    size_t count;
    size_t slots; /* of the gradient */
    gaussian_process_objective_function *objective;
    void *context;
    double tolerance; /* of the gradient in the logarithms, relative to max(1, |objective|); 0: exactly
                         iterations_max steps */
    size_t iterations_max, restarts;
    size_t pairs; /* that the search keeps (num/limited_memory_bfgs.h) */
    uint64_t seed;
    struct progress *progress; /* or NULL */
    /* Called after each iteration with the variables set, or NULL; a negative answer ends the search. */
    int (*checkpoint)(void *checkpoint_context);
    void *checkpoint_context;
};

struct gaussian_process_search_result {
    double objective, gradient_norm;
    size_t iterations, evaluations;
    bool converged;
    bool flat;           /* no step raised the objective any more */
    const char *bounded; /* the name of a variable that ended at a bound, or NULL */
};

/* The variables as coordinates that are searched, and from them; for other searches than this one's. */
double gaussian_process_search_coordinate(const struct gaussian_process_variable *variable);
void gaussian_process_search_set(struct gaussian_process_search *search, const double *point);

/* What a derivative in the variable's value is to be multiplied by to be one in its coordinate. */
double gaussian_process_search_slope(const struct gaussian_process_variable *variable);

/* Sets the variables to the best values found. Returns 0, or -1: what the objective says, or "the objective
 * is not finite at the start". */
__attribute__((warn_unused_result)) int
gaussian_process_search_run(struct gaussian_process_search *search,
                            struct gaussian_process_search_result *result, struct error *error);

#endif
