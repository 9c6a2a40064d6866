/* A file that gets its name only when it is whole.
 *
 * It is written under a temporary name beside the final one and renamed at the end. Until then SIGINT,
 * SIGTERM and SIGHUP remove it, and end the program by that signal. */
#ifndef BASE_TEMPORARY_FILE_H
#define BASE_TEMPORARY_FILE_H

#include <stdbool.h>

#include "base/error.h"

struct temporary_file;

/* Opens a new file for writing beside path. A path that names a descriptor of this process (/dev/stdout,
 * /dev/stderr, /dev/fd/N) shares it. Where path exists and is not a regular file (a pipe, /dev/full) it is
 * opened itself and nothing is renamed. NULL: error says why. */
struct temporary_file *temporary_file_create(const char *path, struct error *error);

/* Whether a file of that path is written under another name first, and may so be written again and again. */
bool temporary_file_replaces(const char *path);

/* Whether a file can be made of that path: a name that cannot be is to be told before the work, not after
 * hours of it. Leaves nothing behind, and what is not a regular file alone. Returns 0 or -1. */
__attribute__((warn_unused_result)) int temporary_file_check(const char *path, struct error *error);

int temporary_file_descriptor(const struct temporary_file *file);

/* Closes the file and gives it its name. Frees it. Returns 0, or -1 with nothing new under the name. */
__attribute__((warn_unused_result)) int temporary_file_keep(struct temporary_file *file, struct error *error);

/* Closes and removes the file. Frees it. NULL does nothing. */
void temporary_file_discard(struct temporary_file *file);

#endif
