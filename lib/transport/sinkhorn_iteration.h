/* Iterations at one epsilon: plain, averaged (self problems) or accelerated; not for others. */
#ifndef TRANSPORT_SINKHORN_ITERATION_H
#define TRANSPORT_SINKHORN_ITERATION_H

#include "transport/sinkhorn_parts.h"

enum sinkhorn_ending {
    SINKHORN_ENDED_BY_COUNT,
    SINKHORN_CONVERGED,
    SINKHORN_ENDED_BY_CALLER,
    SINKHORN_ENDED_BY_MEMORY
};

struct sinkhorn_goal {
    double tolerance;      /* as in the settings; 0: never reached */
    size_t iterations_max; /* in all */
    size_t *iterations;    /* counted up */
    bool rough;            /* an error measured in single precision will do */
    bool precise;          /* double precision from the start */
};

/* L1 error at which a level of epsilon scaling ends. */
#define SINKHORN_LEVEL_TOLERANCE 1e-2

/* Whether the settings ask for more than plain steps. */
bool sinkhorn_iteration_is_accelerated(const struct sinkhorn_solver *solver);

/* What accelerated iterations work with. NULL: out of memory. */
struct sinkhorn_mixing *sinkhorn_iteration_create(const struct sinkhorn_solver *solver, struct error *error);
void sinkhorn_iteration_free(struct sinkhorn_mixing *mixing);

/* Plain half steps in double precision, as they stand in the books. */
enum sinkhorn_ending sinkhorn_iteration_plain(struct sinkhorn_solver *solver,
                                              const struct sinkhorn_goal *goal);

/* Anderson's acceleration of the same, in single precision as far as that carries and then in double. The
 * error is that of the potentials before the last half step. */
enum sinkhorn_ending sinkhorn_iteration_accelerated(struct sinkhorn_solver *solver,
                                                    const struct sinkhorn_goal *goal);

/* Makes the columns' sums exact by a g step in double precision (not for self problems), and gives potentials
 * to what has no weight. */
void sinkhorn_iteration_settle(struct sinkhorn_solver *solver);

/* Both half steps in double precision, from g. */
void sinkhorn_iteration_pair(struct sinkhorn_solver *solver);

#endif
