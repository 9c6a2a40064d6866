/* Rows of text under all options: two bytes choose them, the rest is the file. A file read on two threads,
 * and a pipe read on one, give the same rows or are both refused with the same words; where all parts of the
 * file are read, they are the whole. */

#include <string.h>

#include "io/row_reader.h"

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { LEVEL_LENGTH_MAX = 1 << 16 };

struct reading {
    int status;
    uint64_t hash, rows;
    char error[1024];
};

static void hash_levels(struct reading *reading, const struct row_reader *reader) {
    size_t count;
    for (size_t column = 0; column < reader->columns && column < 16; column++) {
        const char *const *levels = row_reader_levels(reader, column, &count);
        for (size_t i = 0; levels != NULL && i < count; i++)
            reading->hash = input_hash(reading->hash, levels[i], strnlen(levels[i], LEVEL_LENGTH_MAX));
    }
}

/* Continues a reading with the rows of one operand. What the message says of the place is left out: it begins
 * with the path. */
static void read_rows(struct reading *reading, const char *path, const struct row_format *format) {
    struct error error = {.text = ""};
    struct row_reader *reader = row_reader_open(path, format, &error);
    reading->status = reader != NULL ? 1 : -1;
    while (reading->status > 0 && (reading->status = row_reader_next(reader, &error)) > 0) {
        struct error place = {.text = ""};
        input_require(reader->row_count > 0 && reader->columns > 0, "a block holds rows");
        reading->hash = input_hash(reading->hash, reader->rows,
                                   reader->row_count * reader->columns * sizeof *reader->rows);
        reading->rows += reader->row_count;
        row_reader_error(reader, &place, reader->row_count - 1, reader->columns - 1, "here");
        input_require(strstr(place.text, "field ") != NULL, "a place has a field");
    }
    if (reading->status == 0)
        hash_levels(reading, reader);
    input_require(reading->status == 0 || error.text[0] != '\0', "a refusal says why");
    const char *said = strncmp(error.text, path, strlen(path)) == 0 ? error.text + strlen(path) : error.text;
    strcpy(reading->error, said);
    row_reader_close(reader);
}

static struct row_format choose_format(uint8_t first, uint8_t second) {
    static const char *const lists[] = {NULL, NULL, NULL, "1", "-1,1", "2-1", "a", "\"a\",b"};
    static const char delimiters[] = {0, 0, 0, ',', ';', ' ', '\t', 'x'};
    return (struct row_format){
        .missing = (enum missing_policy)(first % 3),
        .header = (enum header_policy)(first / 4 % 3),
        .decimal_comma = (first >> 4 & 3) == 3,
        .na_values = (first >> 6 & 1) != 0 ? "-999,." : NULL,
        .text = (first >> 7 & 1) != 0 ? "1" : NULL,
        .columns = lists[second % 8],
        .exclude = (second >> 3 & 3) == 3 ? "1" : NULL,
        .delimiter = delimiters[second >> 5],
    };
}

/* Words get their codes in each part anew, so that parts of text columns differ. */
static void check_parts(const char *path, struct row_format format, const struct reading *whole) {
    struct reading parts = {.hash = INPUT_HASH};
    for (format.shards = 3, format.shard = 1; format.shard <= 3; format.shard++) {
        read_rows(&parts, path, &format);
        if (parts.status < 0)
            return;
    }
    input_require(parts.rows == whole->rows && parts.hash == whole->hash, "the parts are the whole");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length < 2 || length > INPUT_PIPE_MAX || (length > 2 && bytes[2] == 0x93))
        return 0;
    struct row_format format = choose_format(bytes[0], bytes[1]);
    struct reading file = {.hash = INPUT_HASH}, pipe = {.hash = INPUT_HASH};
    struct input input;

    input_file(&input, bytes + 2, length - 2);
    format.threads = 2;
    read_rows(&file, input.path, &format);
    if (file.status == 0 && format.text == NULL)
        check_parts(input.path, format, &file);
    input_close(&input);

    input_pipe(&input, bytes + 2, length - 2);
    format.threads = 1;
    read_rows(&pipe, input.path, &format);
    input_close(&input);

    input_require(file.status == pipe.status, "file and pipe are both read or both refused");
    input_require(file.rows == pipe.rows && file.hash == pipe.hash, "file and pipe hold the same rows");
    input_require(strcmp(file.error, pipe.error) == 0, "file and pipe are refused with the same words");
    return 0;
}
