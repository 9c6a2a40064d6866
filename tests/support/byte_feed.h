/* Bytes under a path, for what opens files: once as a regular file, once as a pipe whose writer is slow.
 *
 * One file and one pipe at a time. Where the harness itself fails, the running cmocka test fails. */
#ifndef SUPPORT_BYTE_FEED_H
#define SUPPORT_BYTE_FEED_H

#include <stddef.h>

/* A file in memory with these bytes. The path is valid until the next call. */
const char *byte_feed_file(const void *bytes, size_t count);

/* A pipe into which a thread writes the bytes, `step` at a time. */
const char *byte_feed_pipe(const void *bytes, size_t count, size_t step);

/* A pipe into which the test itself writes, by byte_feed_write; byte_feed_finish closes its writing end. */
const char *byte_feed_open_pipe(void);
void byte_feed_write(const void *bytes, size_t count);
void byte_feed_finish(void);

/* Closes what is open; the reader should be done. */
void byte_feed_end(void);

/* All of a file; the caller frees it. */
unsigned char *byte_feed_read(const char *path, size_t *count);

/* The path of a file among the test data ("npy/f8.npy"), valid until the next call. */
const char *byte_feed_data(const char *name);

#endif
