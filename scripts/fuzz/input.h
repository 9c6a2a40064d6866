/* Bytes under a path, so that readers which open files can be fuzzed: once as a regular file, once as a pipe.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct input {
    int descriptor;
    char path[40]; /* of the descriptor, below /proc/self/fd */
};

/* What a pipe holds without a reader: longer inputs are passed over. */
enum { INPUT_PIPE_MAX = 65536 };

void input_file(struct input *input, const uint8_t *bytes, size_t length);

/* length <= INPUT_PIPE_MAX */
void input_pipe(struct input *input, const uint8_t *bytes, size_t length);

void input_close(struct input *input);

/* Ends the process by a signal, as a finding, unless the condition holds. */
void input_require(int condition, const char *claim);

/* Folds bytes into a running FNV-1a hash (begin with INPUT_HASH). */
#define INPUT_HASH UINT64_C(14695981039346656037)
uint64_t input_hash(uint64_t hash, const void *bytes, size_t length);

#endif
