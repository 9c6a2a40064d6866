/* Matrices, CSV or NPY, gzipped or not: a file and a pipe are read to the same numbers, or both refused. */

#include "io/row_reader.h"

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct reading {
    bool whole; /* read to the end without an error */
    uint64_t hash;
};

static struct reading read_rows(const char *path, const struct row_format *format) {
    struct reading reading = {.hash = INPUT_HASH};
    struct error error = {0};
    struct row_reader *reader = row_reader_open(path, format, &error);
    int status = reader ? 1 : -1;
    while (status > 0) {
        status = row_reader_next(reader, &error);
        if (status <= 0)
            break;
        input_require(reader->row_count > 0, "a block has rows");
        size_t size = reader->row_count * reader->columns * sizeof *reader->rows;
        reading.hash = input_hash(reading.hash, reader->rows, size);
    }
    input_require(status == 0 || error.text[0] != '\0', "a refusal says why");
    row_reader_close(reader);
    reading.whole = status == 0;
    return reading;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const struct row_format formats[] = {
        {.threads = 2},
        {.missing = MISSING_KEEP, .header = HEADER_ABSENT, .delimiter = ','},
        {.missing = MISSING_SKIP, .columns = "2,1,-1", .threads = 1},
    };
    if (length > INPUT_PIPE_MAX)
        return 0;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct input input;
        input_file(&input, bytes, length);
        struct reading file = read_rows(input.path, &formats[i]);
        input_close(&input);
        input_pipe(&input, bytes, length);
        struct reading pipe = read_rows(input.path, &formats[i]);
        input_close(&input);
        input_require(file.whole == pipe.whole, "file and pipe are both read or both refused");
        input_require(!file.whole || file.hash == pipe.hash, "file and pipe hold the same numbers");
    }
    return 0;
}
