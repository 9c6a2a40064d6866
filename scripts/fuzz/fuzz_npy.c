/* NPY streams: a file and a pipe give the same rows; so does a file some of whose rows are passed over. */

#include "io/npy_reader.h"

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct reading {
    int whole;
    uint64_t rows, ahead; /* ahead: as counted from the headers */
    uint64_t hash;        /* of the rows from `first` on */
};

static void read_rows(struct reading *reading, struct npy_reader *reader, uint64_t first) {
    struct error error = {0};
    const double *rows;
    size_t row_count, columns = npy_reader_columns(reader);
    int status;
    while ((status = npy_reader_next(reader, &rows, &row_count, &error)) > 0) {
        input_require(row_count > 0, "a block has rows");
        for (size_t row = 0; row < row_count; row++)
            if (reading->rows++ >= first)
                reading->hash = input_hash(reading->hash, rows + row * columns, columns * sizeof *rows);
    }
    input_require(status == 0 || error.text[0] != '\0', "a refusal says why");
    reading->whole = status == 0;
}

/* Reads all rows, or passes over `first` and reads the others. */
static struct reading read_path(const char *path, uint64_t first, int skips) {
    struct reading reading = {.hash = INPUT_HASH};
    struct error error = {0};
    struct byte_source *source = byte_source_open(path, &error);
    struct npy_reader *reader = source ? npy_reader_open(source, &error) : NULL;
    if (reader) {
        if (!npy_reader_seekable(reader) || npy_reader_rows_ahead(reader, &reading.ahead, &error) < 0)
            reading.ahead = UINT64_MAX;
        if (!skips || npy_reader_skip(reader, first, &error) == 0) {
            reading.rows = skips ? first : 0;
            read_rows(&reading, reader, first);
        }
    }
    npy_reader_close(reader);
    byte_source_close(source);
    return reading;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct input input;
    if (length > INPUT_PIPE_MAX)
        return 0;
    uint64_t first = length % 5;
    input_file(&input, bytes, length);
    struct reading file = read_path(input.path, first, 0);
    if (file.whole && file.ahead != UINT64_MAX) {
        input_require(file.ahead == file.rows, "headers count the rows that come");
        struct reading skipping = read_path(input.path, first, 1);
        input_require(skipping.whole == (first <= file.rows), "rows can be passed over up to the last");
        input_require(!skipping.whole || (skipping.rows == file.rows && skipping.hash == file.hash),
                      "what follows is the same");
    }
    input_close(&input);
    input_pipe(&input, bytes, length);
    struct reading pipe = read_path(input.path, first, 0);
    input_close(&input);
    input_require(file.whole == pipe.whole, "file and pipe are both read or both refused");
    input_require(!file.whole || (file.rows == pipe.rows && file.hash == pipe.hash),
                  "and have the same rows");
    return 0;
}
