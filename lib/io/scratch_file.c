#include "io/scratch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *directory(void) {
    const char *chosen = getenv("TMPDIR");
    return chosen != NULL && chosen[0] != '\0' ? chosen : "/tmp";
}

int scratch_file_open(struct error *error) {
    char path[4096];
    int descriptor = open(directory(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0)
        return descriptor;
    /* File systems without O_TMPFILE get a name that goes at once. */
    int length = snprintf(path, sizeof path, "%s/kltools-XXXXXX", directory());
    if (length > 0 && (size_t)length < sizeof path)
        descriptor = mkostemp(path, O_CLOEXEC);
    if (descriptor < 0)
        return error_set_system(error, "temporary file in %s", directory());
    unlink(path);
    return descriptor;
}

int scratch_file_write(int descriptor, const void *bytes, size_t count, struct error *error) {
    const char *left = bytes;
    while (count > 0) {
        ssize_t written = write(descriptor, left, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_system(error, "temporary file in %s", directory());
        left += written;
        count -= (size_t)written;
    }
    return 0;
}

int scratch_file_read(int descriptor, uint64_t offset, void *bytes, size_t count, struct error *error) {
    char *left = bytes;
    while (count > 0) {
        ssize_t got = pread(descriptor, left, count, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_system(error, "temporary file in %s", directory());
        if (got == 0)
            return error_set(error, "temporary file in %s: it has been cut short", directory());
        left += got;
        offset += (uint64_t)got;
        count -= (size_t)got;
    }
    return 0;
}
