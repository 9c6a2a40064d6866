/* SIGUSR1 asks a long fit for its best model so far.
 *
 * Batch systems send a signal some time before they end a job. From checkpoint_start on SIGUSR1 sets a flag
 * in place of ending the program; the fit asks between its iterations whether the flag is set, writes its
 * model to the output's path as at its end (a temporary beside it, then a rename: whoever reads the file
 * finds a whole model, or the one before) and goes on. What the fit arrives at does not change.
 *
 *     if (checkpoint_requested(checkpoint) && write_model(checkpoint_path(checkpoint), model, &failure) < 0)
 *         checkpoint_failed(checkpoint, &failure); */
#ifndef BASE_CHECKPOINT_H
#define BASE_CHECKPOINT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/command.h"

/* The caller's, filled by checkpoint_start; must last as long as the command. */
struct checkpoint {
    const struct command *command;
    atomic_bool told; /* that there is nowhere to write to */
};

/* Takes SIGUSR1, even where the parent ignores it: batch scripts protect themselves so. To be called before
 * data are read, which is where a long run may spend its first minutes. System calls that the signal
 * interrupts go on. */
void checkpoint_start(struct checkpoint *checkpoint, const struct command *command);

/* Whether a model should be written now. Signals that came since the last answer of true count as one, and
 * one of several threads that ask is told. Where --output is no file that can be replaced (none at all, a
 * pipe, /dev/stdout) a note says so, once, and the answer is false. NULL: false, and what was asked for
 * waits. Cheap enough for every iteration. */
bool checkpoint_requested(struct checkpoint *checkpoint);

/* Where to. */
const char *checkpoint_path(const struct checkpoint *checkpoint);

/* Says on standard error that the model could not be written, which is no reason to stop. */
void checkpoint_failed(const struct checkpoint *checkpoint, const struct error *error);

#endif
