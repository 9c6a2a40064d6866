#include "support/byte_feed.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/assertions.h"

enum { PATH_SIZE = 64 };

static struct {
    int file, pipe, writer; /* descriptors; 0: none */
    pthread_t thread;
    int threaded;
    unsigned char *bytes; /* the feed's own copy */
    size_t count, step;
} feed;

static void write_all(int descriptor, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written <= 0)
            return; /* the reader is gone */
        bytes += written;
        count -= (size_t)written;
    }
}

static const char *path_of(int descriptor) {
    static char path[PATH_SIZE];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return path;
}

const char *byte_feed_file(const void *bytes, size_t count) {
    if (feed.file > 0)
        close(feed.file);
    feed.file = memfd_create("feed", MFD_CLOEXEC);
    assert_true(feed.file > 0);
    write_all(feed.file, bytes, count);
    return path_of(feed.file);
}

const char *byte_feed_open_pipe(void) {
    int ends[2];
    byte_feed_end();
    assert_int_equal(pipe(ends), 0);
    feed.pipe = ends[0];
    feed.writer = ends[1];
    return path_of(feed.pipe);
}

void byte_feed_write(const void *bytes, size_t count) {
    write_all(feed.writer, bytes, count);
}

void byte_feed_finish(void) {
    if (feed.writer > 0)
        close(feed.writer);
    feed.writer = 0;
}

static void *feed_slowly(void *unused) {
    sigset_t all;
    (void)unused;
    sigfillset(&all); /* a reader that leaves early is no reason to end */
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    for (size_t at = 0; at < feed.count; at += feed.step) {
        size_t left = feed.count - at;
        write_all(feed.writer, feed.bytes + at, left < feed.step ? left : feed.step);
    }
    byte_feed_finish();
    return NULL;
}

const char *byte_feed_pipe(const void *bytes, size_t count, size_t step) {
    const char *path = byte_feed_open_pipe();
    feed.bytes = malloc(count + 1);
    assert_non_null(feed.bytes);
    memcpy(feed.bytes, bytes, count);
    feed.count = count;
    feed.step = step;
    feed.threaded = pthread_create(&feed.thread, NULL, feed_slowly, NULL) == 0;
    assert_true(feed.threaded);
    return path;
}

void byte_feed_end(void) {
    if (feed.pipe > 0)
        close(feed.pipe);
    if (feed.threaded)
        pthread_join(feed.thread, NULL);
    byte_feed_finish();
    free(feed.bytes);
    feed.bytes = NULL;
    if (feed.file > 0)
        close(feed.file);
    feed.pipe = feed.file = feed.threaded = 0;
}

unsigned char *byte_feed_read(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *count = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*count + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *count, file), *count);
    fclose(file);
    bytes[*count] = '\0';
    return bytes;
}

const char *byte_feed_data(const char *name) {
    static char path[4096];
    const char *folder = getenv("DATA");
    snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "tests/data", name);
    return path;
}
