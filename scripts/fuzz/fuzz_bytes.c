/* Bytes with gzip undone: a file and a pipe give the same, or are both refused. */

#include "io/byte_source.h"

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Inputs are small; what inflates beyond this is a bomb, and read no further. */
enum { READ_MAX = 1 << 22 };

struct reading {
    bool whole;
    uint64_t hash;
};

static struct reading read_bytes(const char *path, size_t chunk) {
    static char buffer[4096];
    struct reading reading = {.hash = INPUT_HASH};
    struct error error = {0};
    struct byte_source *source = byte_source_open(path, &error);
    ssize_t count = source ? 1 : -1;
    for (size_t total = 0; count > 0 && total < READ_MAX; total += (size_t)count) {
        count = byte_source_read(source, buffer, chunk, &error);
        if (count <= 0)
            break;
        input_require((size_t)count <= chunk, "no more is read than asked for");
        reading.hash = input_hash(reading.hash, buffer, (size_t)count);
    }
    input_require(count >= 0 || error.text[0] != '\0', "a refusal says why");
    byte_source_close(source);
    reading.whole = count == 0;
    return reading;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length > INPUT_PIPE_MAX)
        return 0;
    struct input input;
    input_file(&input, bytes, length);
    struct reading file = read_bytes(input.path, 4096);
    input_close(&input);
    input_pipe(&input, bytes, length);
    struct reading pipe = read_bytes(input.path, 1 + length % 97);
    input_close(&input);
    input_require(file.whole == pipe.whole, "file and pipe are both read or both refused");
    input_require(!file.whole || file.hash == pipe.hash, "file and pipe hold the same bytes");
    return 0;
}
