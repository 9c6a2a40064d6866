/* NPZ archives: a file and a pipe hold the same arrays, or are both refused. */

#include <string.h>

#include "io/npz.h"

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct reading {
    bool whole;
    uint64_t hash;
};

static uint64_t hash_array(uint64_t hash, const struct npz_array *array) {
    size_t product = 1;
    input_require(array->rank <= NPZ_RANK_MAX, "the rank is bounded");
    for (size_t i = 0; i < array->rank; i++)
        product *= array->shape[i];
    hash = input_hash(hash, array->name, strlen(array->name));
    if (array->text)
        return input_hash(hash, array->text, strlen(array->text));
    input_require(product == array->count, "the shape has as many numbers as there are");
    return input_hash(hash, array->values, array->count * sizeof *array->values);
}

static struct reading read_arrays(const char *path) {
    struct reading reading = {.hash = INPUT_HASH};
    struct error error = {0};
    struct npz *npz = npz_read(path, &error);
    input_require(npz || error.text[0] != '\0', "a refusal says why");
    for (size_t i = 0; npz && i < npz->count; i++)
        reading.hash = hash_array(reading.hash, &npz->arrays[i]);
    reading.whole = npz != NULL;
    npz_free(npz);
    return reading;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length > INPUT_PIPE_MAX)
        return 0;
    struct input input;
    input_file(&input, bytes, length);
    struct reading file = read_arrays(input.path);
    input_close(&input);
    input_pipe(&input, bytes, length);
    struct reading pipe = read_arrays(input.path);
    input_close(&input);
    input_require(file.whole == pipe.whole, "file and pipe are both read or both refused");
    input_require(!file.whole || file.hash == pipe.hash, "file and pipe hold the same arrays");
    return 0;
}
