#include "io/input_tee.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/byte_sink.h"
#include "io/descriptor.h"
#include "io/scratch_file.h"

/* Each read goes out at once: a reader downstream may wait for it. */
static int copy(int input, const char *name, int kept, struct byte_sink *sink, struct error *error) {
    char bytes[1 << 16];
    ssize_t got;
    while ((got = descriptor_read(input, bytes, sizeof bytes)) > 0)
        if (byte_sink_write(sink, bytes, (size_t)got, error) < 0 || byte_sink_flush(sink, error) < 0 ||
            scratch_file_write(kept, bytes, (size_t)got, error) < 0)
            return -1;
    return got < 0 ? error_set_system(error, "%s", name) : 0;
}

int input_tee_copy(const char *operand, char *path, struct error *error) {
    const struct byte_sink_settings plain = {0};
    int status = -1, kept = -1;
    bool standard = strcmp(operand, "-") == 0;
    int input = standard ? STDIN_FILENO : open(operand, O_RDONLY | O_CLOEXEC);
    if (input < 0)
        return error_set_system(error, "%s", operand);
    struct byte_sink *sink = byte_sink_open(NULL, &plain, error);
    if (sink != NULL && (kept = scratch_file_open(error)) >= 0)
        status = copy(input, operand, kept, sink, error);
    if (status == 0)
        status = byte_sink_close(sink, error);
    else
        byte_sink_discard(sink);
    if (!standard)
        close(input);
    if (status == 0) {
        snprintf(path, INPUT_TEE_PATH_SIZE, "/dev/fd/%d", kept);
        return kept;
    }
    if (kept >= 0)
        close(kept);
    return -1;
}
