/* The best mixture so far of a fit under way, written when SIGUSR1 asks for it (base/checkpoint.h).
 *
 * Fits tell of every step; starts that have come to rest, and candidates of a choice that are done, are
 * remembered by a copy. What is written is the best candidate by its criterion; before one is done, the best
 * by objective of the starts at rest and of the fit that finds the request. */
#ifndef DENSITY_MIXTURE_CHECKPOINT_H
#define DENSITY_MIXTURE_CHECKPOINT_H

#include <pthread.h>
#include <stdbool.h>

#include "base/checkpoint.h"
#include "density/mixture_fit.h"
#include "density/mixture_input.h"

struct mixture_checkpoint {
    struct checkpoint checkpoint;
    const struct mixture_input *input; /* where the rows were */
    pthread_mutex_t lock;              /* of what follows */
    struct mixture_fit best;           /* a copy: its mixture and figures alone; all zero: none */
    bool settled;                      /* it is a candidate of the choice, which no start outdoes */
};

/* To be called before data are read, and freed after the last fit. */
void mixture_checkpoint_start(struct mixture_checkpoint *checkpoint, const struct command *command,
                              const struct mixture_input *input);

/* Between two steps of a fit, whose figures are those of its mixture: writes the best model if it is asked
 * for. From several threads. NULL does nothing. */
void mixture_checkpoint_step(struct mixture_checkpoint *checkpoint, const struct mixture_fit *fit);

/* A start has come to rest, or a candidate of the choice is the best so far. Where memory for the copy fails,
 * nothing is remembered. NULL does nothing. */
void mixture_checkpoint_rest(struct mixture_checkpoint *checkpoint, const struct mixture_fit *fit);
void mixture_checkpoint_settle(struct mixture_checkpoint *checkpoint, const struct mixture_fit *fit);

void mixture_checkpoint_free(struct mixture_checkpoint *checkpoint);

#endif
