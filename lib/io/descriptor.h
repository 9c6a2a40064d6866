/* Reads and writes on file descriptors that finish what they began: interrupted calls are repeated, and a
 * descriptor that some other program made non-blocking is waited for. */
#ifndef IO_DESCRIPTOR_H
#define IO_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What is there, at least a byte, waiting only while there is none. Returns the count, 0 at the end, or -1
 * with errno set. */
ssize_t descriptor_read(int descriptor, void *buffer, size_t capacity);

/* The same at an offset; the descriptor's own position stays. */
ssize_t descriptor_read_at(int descriptor, uint64_t offset, void *buffer, size_t capacity);

/* Writes all of the bytes. Returns 0, or -1 with errno set. */
int descriptor_write(int descriptor, const void *bytes, size_t count);

/* The same at an offset; the descriptor's own position stays. */
int descriptor_write_at(int descriptor, uint64_t offset, const void *bytes, size_t count);

/* Whether a read would return at once. */
bool descriptor_ready(int descriptor);

/* Waits until a read would return at once, or until `wake` (another descriptor) can be read. Returns false in
 * the second case. */
bool descriptor_wait(int descriptor, int wake);

#endif
