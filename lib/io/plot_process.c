#include "io/plot_process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/scratch_file.h"

extern char **environ;

/* The three streams of gnuplot. */
struct streams {
    int script, picture, messages; /* -1: not open */
};

bool plot_process_available(void) {
    const char *path = getenv("PATH");
    char candidate[4096];
    while (path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");
        int written = snprintf(candidate, sizeof candidate, "%.*s/gnuplot", (int)length, path);
        struct stat status;
        if (length > 0 && written > 0 && (size_t)written < sizeof candidate && access(candidate, X_OK) == 0 &&
            stat(candidate, &status) == 0 && S_ISREG(status.st_mode))
            return true;
        path += length + (path[length] == ':' ? 1 : 0);
    }
    return false;
}

/* -d: without the user's own settings, so that the same table gives the same picture. The script is opened by
 * name: from standard input as such gnuplot reads byte by byte, ten times as slowly. */
static int start(const struct streams *streams, pid_t *process, struct error *error) {
    static char name[] = "gnuplot", defaults[] = "-d", from_input[] = "/dev/stdin";
    char *const arguments[] = {name, defaults, from_input, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t reset;
    int status = posix_spawn_file_actions_init(&actions);
    if (status != 0)
        goto failed;
    if ((status = posix_spawnattr_init(&attributes)) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        goto failed;
    }
    sigemptyset(&reset);
    sigaddset(&reset, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &reset);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    if ((status = posix_spawn_file_actions_adddup2(&actions, streams->script, STDIN_FILENO)) == 0 &&
        (status = posix_spawn_file_actions_adddup2(&actions, streams->picture, STDOUT_FILENO)) == 0 &&
        (status = posix_spawn_file_actions_adddup2(&actions, streams->messages, STDERR_FILENO)) == 0)
        status = posix_spawnp(process, name, &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (status == 0)
        return 0;

failed:
    errno = status;
    return error_set_system(error, "gnuplot");
}

/* The line of gnuplot's messages that says what was wrong: the one that names the line of the script, or the
 * last. */
static void find_message(int descriptor, char *message, size_t size) {
    char text[4096];
    ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    message[0] = '\0';
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        line += strspn(line, " \t^");
        const char *place = strncmp(line, "\"/dev/stdin\" line ", 18) == 0 ? line + 18 : NULL;
        const char *colon = place != NULL ? strchr(place, ':') : NULL;
        if (*line != '\0')
            snprintf(message, size, "%s", colon != NULL ? colon + 1 + strspn(colon + 1, " ") : line);
        if (colon != NULL)
            return;
    }
}

static void complain(int status, int messages, struct error *error) {
    char message[400], quoted[400];
    find_message(messages, message, sizeof message);
    for (size_t i = 0; i <= strlen(message); i++)
        quoted[i] = (message[i] >= 0x20 && message[i] < 0x7f) || message[i] == '\0' ? message[i] : '?';
    if (WIFSIGNALED(status))
        error_set(error, "gnuplot was ended by signal %d", WTERMSIG(status));
    else
        error_set(error, "gnuplot: %s", message[0] != '\0' ? quoted : "it drew nothing");
}

/* A PDF tells when it was made, by "/CreationDate (D:20261126005532Z)": another time each time. Digits of
 * that date become those of a fixed one, so that the same table gives the same bytes. */
static void fix_date(char *picture, size_t length) {
    static const char name[] = "/CreationDate (D:", date[] = "19800101000000";
    if (length < 4 || memcmp(picture, "%PDF", 4) != 0)
        return;
    char *found = memmem(picture, length, name, sizeof name - 1), *end = picture + length;
    if (found == NULL)
        return;
    found += sizeof name - 1;
    for (size_t i = 0; date[i] != '\0' && found + i < end && found[i] >= '0' && found[i] <= '9'; i++)
        found[i] = date[i];
}

static char *read_picture(int descriptor, size_t length, struct error *error) {
    char *picture = memory_array(error, length, 1);
    if (picture != NULL && scratch_file_read(descriptor, 0, picture, length, error) < 0) {
        free(picture);
        return NULL;
    }
    if (picture != NULL)
        fix_date(picture, length);
    return picture;
}

static int open_streams(struct streams *streams, const char *script, size_t length, struct error *error) {
    if ((streams->script = scratch_file_open(error)) < 0 ||
        (streams->picture = scratch_file_open(error)) < 0 ||
        (streams->messages = scratch_file_open(error)) < 0 ||
        scratch_file_write(streams->script, script, length, error) < 0)
        return -1;
    if (lseek(streams->script, 0, SEEK_SET) < 0)
        return error_set_system(error, "the script of gnuplot");
    return 0;
}

static char *run(const struct streams *streams, size_t *length, struct error *error) {
    struct stat picture;
    pid_t process, waited;
    int status = 0;
    if (start(streams, &process, error) < 0)
        return NULL;
    do
        waited = waitpid(process, &status, 0);
    while (waited < 0 && errno == EINTR);
    if (waited < 0) {
        error_set_system(error, "gnuplot");
        return NULL;
    }
    if (status != 0 || fstat(streams->picture, &picture) < 0 || picture.st_size == 0) {
        complain(status, streams->messages, error);
        return NULL;
    }
    *length = (size_t)picture.st_size;
    return read_picture(streams->picture, *length, error);
}

char *plot_process_draw(const char *script, size_t script_length, size_t *length, struct error *error) {
    struct streams streams = {-1, -1, -1};
    char *picture = NULL;
    if (open_streams(&streams, script, script_length, error) == 0)
        picture = run(&streams, length, error);
    const int descriptors[] = {streams.script, streams.picture, streams.messages};
    for (size_t i = 0; i < 3; i++)
        if (descriptors[i] >= 0)
            close(descriptors[i]);
    return picture;
}
