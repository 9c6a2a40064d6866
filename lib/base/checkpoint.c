#include "base/checkpoint.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/temporary_file.h"

/* Set by the handler: an atomic that needs no lock may be. */
static atomic_bool wanted;
_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "a signal handler cannot wait for a lock");

static void note_signal(int number) {
    (void)number;
    atomic_store(&wanted, true);
}

void checkpoint_start(struct checkpoint *checkpoint, const struct command *command) {
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    checkpoint->command = command;
    atomic_init(&checkpoint->told, false);
    sigaction(SIGUSR1, &action, NULL);
}

const char *checkpoint_path(const struct checkpoint *checkpoint) {
    return checkpoint->command->output.path;
}

bool checkpoint_requested(struct checkpoint *checkpoint) {
    if (checkpoint == NULL || !atomic_load_explicit(&wanted, memory_order_relaxed) ||
        !atomic_exchange(&wanted, false))
        return false;
    const char *path = checkpoint_path(checkpoint);
    if (path != NULL && strcmp(path, "-") != 0 && temporary_file_replaces(path))
        return true;
    if (!atomic_exchange(&checkpoint->told, true))
        command_note(checkpoint->command, "SIGUSR1: the model so far is written with --output FILE only");
    return false;
}

void checkpoint_failed(const struct checkpoint *checkpoint, const struct error *error) {
    command_note(checkpoint->command, "SIGUSR1: %s: going on", error->text);
}
