#include "base/temporary_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct temporary_file {
    int descriptor;
    char *path;      /* the final name */
    char *temporary; /* the name until then, or NULL where path itself is written */
    size_t slot;     /* in pending */
};

/* The temporaries that a signal has to remove. Slots are only ever set and cleared whole, so that the handler
 * can read them at any time. */
enum { PENDING_MAX = 64 };
static char *volatile pending[PENDING_MAX];

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { ENDING_SIGNALS = sizeof ending_signals / sizeof *ending_signals };

static void remove_pending(int signal_number) {
    for (size_t i = 0; i < PENDING_MAX; i++) {
        const char *path = pending[i];
        if (path != NULL)
            unlink(path);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* Installs the handler once, leaving signals that the parent had ignored (nohup) ignored. */
static void watch_signals(void) {
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        struct sigaction old, action = {.sa_handler = remove_pending};
        sigemptyset(&action.sa_mask);
        if (sigaction(ending_signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(ending_signals[i], &action, NULL);
    }
}

static void block_signals(sigset_t *old) {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (size_t i = 0; i < ENDING_SIGNALS; i++)
        sigaddset(&blocked, ending_signals[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, old);
}

/* Takes a free slot for path. Returns false where all are taken: the file is then merely left behind by a
 * signal. */
static bool register_pending(struct temporary_file *file) {
    watch_signals();
    for (size_t i = 0; i < PENDING_MAX; i++) {
        if (pending[i] == NULL) {
            pending[i] = file->temporary;
            file->slot = i;
            return true;
        }
    }
    file->slot = PENDING_MAX;
    return false;
}

static void forget_pending(struct temporary_file *file) {
    if (file->slot < PENDING_MAX)
        pending[file->slot] = NULL;
}

static void free_file(struct temporary_file *file) {
    free(file->path);
    free(file->temporary);
    free(file);
}

/* The permissions that a plain open would have given. */
static mode_t default_mode(const struct stat *existing) {
    if (existing != NULL)
        return existing->st_mode & 07777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* Creates path.XXXXXX. The signal handler must not run between the file's birth and its registration. */
static int create_beside(struct temporary_file *file, const struct stat *existing, struct error *error) {
    static const char suffix[] = ".XXXXXX";
    size_t length = strlen(file->path);
    file->temporary = memory_resize(error, NULL, length + sizeof suffix, 1);
    if (file->temporary == NULL)
        return -1;
    memcpy(file->temporary, file->path, length);
    memcpy(file->temporary + length, suffix, sizeof suffix);
    sigset_t old;
    block_signals(&old);
    file->descriptor = mkostemp(file->temporary, O_CLOEXEC);
    if (file->descriptor >= 0)
        register_pending(file);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (file->descriptor < 0)
        return error_set_system(error, "%s", file->path);
    if (fchmod(file->descriptor, default_mode(existing)) < 0) {
        /* file systems without permissions are no reason to stop */
        errno = 0;
    }
    return 0;
}

/* The descriptor of this process that a path names (/dev/stdout, /dev/stderr, /dev/fd/N), or -1. */
static int own_descriptor(const char *path) {
    static const char numbered[] = "/dev/fd/";
    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    if (strncmp(path, numbered, sizeof numbered - 1) != 0)
        return -1;
    char *end;
    const char *number = path + sizeof numbered - 1;
    long descriptor = strtol(number, &end, 10);
    return end != number && *end == '\0' && descriptor >= 0 && descriptor <= INT_MAX ? (int)descriptor : -1;
}

/* Whether path must be written itself: it names a descriptor, it is there and is no regular file, or it is a
 * link to a file without a name, which a rename would replace. */
static bool written_itself(const char *path, bool exists, const struct stat *existing, const char *resolved) {
    return own_descriptor(path) >= 0 || (exists && (!S_ISREG(existing->st_mode) || resolved == NULL));
}

/* A descriptor is shared, so that what was written to it before stands and what follows is behind. */
static int open_itself(struct temporary_file *file, const char *path, struct error *error) {
    int own = own_descriptor(path);
    file->path = memory_text(error, path, strlen(path));
    if (file->path == NULL)
        return -1;
    file->descriptor = own >= 0 ? fcntl(own, F_DUPFD_CLOEXEC, 0) : open(path, O_WRONLY | O_CLOEXEC);
    return file->descriptor < 0 ? error_set_system(error, "%s", path) : 0;
}

/* A symbolic link is followed, so that the file it names is replaced and the link stays. */
static int open_temporary(struct temporary_file *file, const char *path, const struct stat *existing,
                          char *resolved, struct error *error) {
    file->path = resolved != NULL ? resolved : memory_text(error, path, strlen(path));
    return file->path == NULL ? -1 : create_beside(file, existing, error);
}

struct temporary_file *temporary_file_create(const char *path, struct error *error) {
    struct stat existing;
    struct temporary_file *file = memory_zeros(error, 1, sizeof *file);
    if (file == NULL)
        return NULL;
    file->descriptor = -1;
    file->slot = PENDING_MAX;
    bool exists = stat(path, &existing) == 0;
    char *resolved = realpath(path, NULL);
    int status;
    if (written_itself(path, exists, &existing, resolved)) {
        free(resolved);
        status = open_itself(file, path, error);
    } else {
        status = open_temporary(file, path, exists ? &existing : NULL, resolved, error);
    }
    if (status == 0)
        return file;
    free_file(file);
    return NULL;
}

bool temporary_file_replaces(const char *path) {
    struct stat existing;
    bool exists = stat(path, &existing) == 0;
    char *resolved = realpath(path, NULL);
    bool itself = written_itself(path, exists, &existing, resolved);
    free(resolved);
    return !itself;
}

int temporary_file_check(const char *path, struct error *error) {
    if (!temporary_file_replaces(path))
        return 0;
    struct temporary_file *file = temporary_file_create(path, error);
    temporary_file_discard(file);
    return file != NULL ? 0 : -1;
}

int temporary_file_descriptor(const struct temporary_file *file) {
    return file->descriptor;
}

int temporary_file_keep(struct temporary_file *file, struct error *error) {
    int status = 0;
    if (close(file->descriptor) < 0 && errno != EINTR)
        status = error_set_system(error, "%s", file->path);
    if (file->temporary != NULL) {
        if (status == 0 && rename(file->temporary, file->path) < 0)
            status = error_set_system(error, "%s", file->path);
        if (status < 0)
            unlink(file->temporary);
    }
    forget_pending(file);
    free_file(file);
    return status;
}

void temporary_file_discard(struct temporary_file *file) {
    if (file == NULL)
        return;
    close(file->descriptor);
    if (file->temporary != NULL)
        unlink(file->temporary);
    forget_pending(file);
    free_file(file);
}
