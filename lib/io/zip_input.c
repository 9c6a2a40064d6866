#include "io/zip_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int zip_input_open(struct zip_input *input, struct byte_source *source, struct error *error) {
    input->source = source;
    input->start = input->count = 0;
    input->buffer = memory_array(error, ZIP_INPUT_SIZE, 1);
    return input->buffer != NULL ? 0 : error_prefix(error, "%s", byte_source_name(source));
}

const char *zip_input_name(const struct zip_input *input) {
    return byte_source_name(input->source);
}

static int cut_short(const struct zip_input *input, struct error *error) {
    return error_set(error, "%s: the zip archive is cut short", zip_input_name(input));
}

int zip_input_peek(struct zip_input *input, size_t wanted, const unsigned char **bytes, size_t *available,
                   struct error *error) {
    if (ZIP_INPUT_SIZE - input->start < wanted) {
        memmove(input->buffer, input->buffer + input->start, input->count);
        input->start = 0;
    }
    while (input->count < wanted) {
        size_t end = input->start + input->count;
        ssize_t came = byte_source_read(input->source, input->buffer + end, ZIP_INPUT_SIZE - end, error);
        if (came < 0)
            return -1;
        if (came == 0)
            break;
        input->count += (size_t)came;
    }
    *bytes = input->buffer + input->start;
    *available = input->count < wanted ? input->count : wanted;
    return 0;
}

const unsigned char *zip_input_show(struct zip_input *input, size_t wanted, struct error *error) {
    const unsigned char *bytes;
    size_t available;
    if (zip_input_peek(input, wanted, &bytes, &available, error) < 0)
        return NULL;
    if (available < wanted) {
        cut_short(input, error);
        return NULL;
    }
    return bytes;
}

void zip_input_take(struct zip_input *input, size_t count) {
    input->start += count;
    input->count -= count;
    if (input->count == 0)
        input->start = 0;
}

/* What the window holds goes first, the rest past it. */
int zip_input_read(struct zip_input *input, void *buffer, size_t count, struct error *error) {
    unsigned char *next = buffer;
    while (count > 0 && (buffer == NULL || input->count > 0)) {
        if (input->count == 0 && zip_input_show(input, 1, error) == NULL)
            return -1;
        size_t here = count < input->count ? count : input->count;
        if (buffer != NULL) {
            memcpy(next, input->buffer + input->start, here);
            next += here;
        }
        zip_input_take(input, here);
        count -= here;
    }
    if (count == 0)
        return 0;
    ssize_t came = byte_source_read_full(input->source, next, count, error);
    if (came < 0)
        return -1;
    return (size_t)came == count ? 0 : cut_short(input, error);
}

void zip_input_close(struct zip_input *input) {
    free(input->buffer);
    input->buffer = NULL;
}
