/* The mixture so far of a clustering by semidefinite programs, written when SIGUSR1 asks for it
 * (base/checkpoint.h): that of the best size and type that is done, and before one is, that of the last
 * program, with the figures that it has on all rows. Requests wait until a program is solved. */
#ifndef DENSITY_CLUSTERING_CHECKPOINT_H
#define DENSITY_CLUSTERING_CHECKPOINT_H

#include <stddef.h>

#include "base/checkpoint.h"
#include "density/clustering_choice.h"
#include "density/mixture_input.h"

struct clustering_checkpoint {
    struct checkpoint checkpoint;
    const struct mixture_input *input;    /* all rows, and where they were */
    const struct clustering_result *best; /* the caller's; without labels, or NULL: none is done */
    size_t threads;
};

/* To be called before data are read. */
void clustering_checkpoint_start(struct clustering_checkpoint *checkpoint, const struct command *command,
                                 const struct mixture_input *input);

/* Between two programs of a fit. NULL does nothing. */
void clustering_checkpoint_round(struct clustering_checkpoint *checkpoint, const struct clustering_fit *fit);

#endif
