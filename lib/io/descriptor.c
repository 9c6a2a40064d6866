#include "io/descriptor.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Linux moves at most this much in one call. */
enum { TRANSFER_MAX = 0x7ffff000 };

/* Whether the failed call may be repeated, after waiting where it would have blocked. */
static bool may_repeat(int descriptor, short events) {
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    struct pollfd wanted = {.fd = descriptor, .events = events};
    return poll(&wanted, 1, -1) >= 0 || errno == EINTR;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

ssize_t descriptor_read(int descriptor, void *buffer, size_t capacity) {
    ssize_t count;
    do
        count = read(descriptor, buffer, least(capacity, TRANSFER_MAX));
    while (count < 0 && may_repeat(descriptor, POLLIN));
    return count;
}

ssize_t descriptor_read_at(int descriptor, uint64_t offset, void *buffer, size_t capacity) {
    ssize_t count;
    do
        count = pread(descriptor, buffer, least(capacity, TRANSFER_MAX), (off_t)offset);
    while (count < 0 && may_repeat(descriptor, POLLIN));
    return count;
}

int descriptor_write(int descriptor, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    while (count > 0) {
        ssize_t written = write(descriptor, next, least(count, TRANSFER_MAX));
        if (written < 0) {
            if (!may_repeat(descriptor, POLLOUT))
                return -1;
            continue;
        }
        next += written;
        count -= (size_t)written;
    }
    return 0;
}

int descriptor_write_at(int descriptor, uint64_t offset, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    while (count > 0) {
        ssize_t written = pwrite(descriptor, next, least(count, TRANSFER_MAX), (off_t)offset);
        if (written < 0) {
            if (!may_repeat(descriptor, POLLOUT))
                return -1;
            continue;
        }
        next += written;
        offset += (size_t)written;
        count -= (size_t)written;
    }
    return 0;
}

bool descriptor_ready(int descriptor) {
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
    int count;
    do
        count = poll(&wanted, 1, 0);
    while (count < 0 && errno == EINTR);
    return count != 0;
}

bool descriptor_wait(int descriptor, int wake) {
    struct pollfd wanted[2] = {{.fd = descriptor, .events = POLLIN}, {.fd = wake, .events = POLLIN}};
    int count;
    do
        count = poll(wanted, 2, -1);
    while (count < 0 && errno == EINTR);
    return count < 0 || wanted[1].revents == 0;
}
