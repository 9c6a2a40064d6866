#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void input_require(int condition, const char *claim) {
    if (condition)
        return;
    fprintf(stderr, "does not hold: %s\n", claim);
    abort();
}

static void name_path(struct input *input) {
    snprintf(input->path, sizeof input->path, "/proc/self/fd/%d", input->descriptor);
}

static void write_all(int descriptor, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(descriptor, bytes, length);
        input_require(written > 0, "the input can be written");
        bytes += written;
        length -= (size_t)written;
    }
}

void input_file(struct input *input, const uint8_t *bytes, size_t length) {
    input->descriptor = memfd_create("input", 0);
    input_require(input->descriptor >= 0, "a file in memory can be made");
    write_all(input->descriptor, bytes, length);
    lseek(input->descriptor, 0, SEEK_SET);
    name_path(input);
}

void input_pipe(struct input *input, const uint8_t *bytes, size_t length) {
    int ends[2];
    input_require(pipe(ends) == 0, "a pipe can be made");
    write_all(ends[1], bytes, length);
    close(ends[1]);
    input->descriptor = ends[0];
    name_path(input);
}

void input_close(struct input *input) {
    close(input->descriptor);
}

uint64_t input_hash(uint64_t hash, const void *bytes, size_t length) {
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
    return hash;
}
