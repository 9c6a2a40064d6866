#include "file_mutation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "io/npz.h"

/* Room for what a change adds. */
enum { ROOM = 4 * FILE_MUTATION_BYTES_MAX };

struct bytes {
    char at[ROOM];
    size_t length;
};

static const char *const fields[] = {"nan",    "inf",    "-inf", "0",      "-0",    "-1",
                                     "1",      "2",      "3",    "0.5",    "1e308", "NA",
                                     "",       "1e-320", "x",    "-1e308", "\"",    "1e999",
                                     "1e-300", "1e9",    "1e16", "1e150",  "-7.5",  "99999999999999999999"};
static const double numbers[] = {0,      -0.0,   1,     -1,   2,          0.5, 1e308,
                                 -1e308, 1e-320, 1e150, 1e16, 4294967296, -7.5};
static const char *const words[] = {"",     "gmm",      "kde",       "gp",  "full",
                                    "tied", "diagonal", "spherical", "rbf", "x"};

static void read_bytes(const char *path, struct bytes *bytes) {
    FILE *stream = fopen(path, "rb");
    input_require(stream != NULL, path);
    bytes->length = fread(bytes->at, 1, FILE_MUTATION_BYTES_MAX, stream);
    fclose(stream);
}

static void write_bytes(const char *path, const struct bytes *bytes) {
    FILE *stream = fopen(path, "wb");
    input_require(stream != NULL, path);
    input_require(fwrite(bytes->at, 1, bytes->length, stream) == bytes->length && fclose(stream) == 0, path);
}

/* Puts `length` bytes in place of those from `start` to `end`; what has no room is left out. */
static void replace(struct bytes *bytes, size_t start, size_t end, const char *with, size_t length) {
    if (bytes->length - (end - start) + length > ROOM)
        return;
    memmove(bytes->at + start + length, bytes->at + end, bytes->length - end);
    memcpy(bytes->at + start, with, length);
    bytes->length += length - (end - start);
}

/* Bytes of no format. */
static void change_bytes(struct chance *chance, struct bytes *bytes) {
    static char repeated[ROOM];
    size_t start = chance_below(chance, bytes->length),
           end = start + chance_below(chance, bytes->length - start);
    switch (chance_below(chance, 4)) {
    case 0:
        bytes->length = start;
        break;
    case 1:
        memcpy(repeated, bytes->at + start, end - start);
        replace(bytes, start, start, repeated, end - start);
        break;
    default:
        if (bytes->length > 0)
            bytes->at[start] = (char)chance_below(chance, 256);
    }
}

/* An end of the field or line that holds `place`. */
static size_t field_start(const struct bytes *bytes, size_t place, const char *ends) {
    while (place > 0 && !strchr(ends, bytes->at[place - 1]))
        place--;
    return place;
}

static size_t field_end(const struct bytes *bytes, size_t place, const char *ends) {
    while (place < bytes->length && !strchr(ends, bytes->at[place]))
        place++;
    return place;
}

/* Puts a field in place of each of its column, or of all columns. */
static void fill_column(struct chance *chance, struct bytes *bytes) {
    const char *field = CHANCE_OF(chance, fields);
    size_t wanted = chance_below(chance, 4), column = 0;
    for (size_t place = 0; place < bytes->length; place++) {
        size_t end = field_end(bytes, place, ",\n");
        if (wanted == 3 || column == wanted) {
            replace(bytes, place, end, field, strlen(field));
            end = place + strlen(field);
        }
        column = end < bytes->length && bytes->at[end] == ',' ? column + 1 : 0;
        place = end;
    }
}

static void change_line(struct chance *chance, struct bytes *bytes) {
    char line[200];
    size_t place = chance_below(chance, bytes->length);
    size_t start = field_start(bytes, place, "\n"), end = field_end(bytes, place, "\n");
    size_t length = end - start < sizeof line ? end - start : sizeof line - 1;
    memcpy(line, bytes->at + start, length);
    line[length++] = '\n';
    if (chance_once_in(chance, 3))
        bytes->length = end;
    else if (chance_once_in(chance, 2))
        replace(bytes, start, end, "", 0);
    else
        for (size_t copies = 1 + chance_below(chance, 4); copies > 0; copies--)
            replace(bytes, start, start, line, length);
}

static void change_text(struct chance *chance, struct bytes *bytes) {
    size_t place = chance_below(chance, bytes->length);
    const char *field = CHANCE_OF(chance, fields);
    switch (chance_below(chance, 8)) {
    case 0:
        change_bytes(chance, bytes);
        break;
    case 1:
        fill_column(chance, bytes);
        break;
    case 2:
    case 3:
        change_line(chance, bytes);
        break;
    default:
        replace(bytes, field_start(bytes, place, ",\n"), field_end(bytes, place, ",\n"), field,
                strlen(field));
    }
}

static double any_number(struct chance *chance) {
    if (chance_once_in(chance, 8))
        return chance_once_in(chance, 2) ? NAN : INFINITY;
    return CHANCE_OF(chance, numbers);
}

/* The numbers of an NPY file as NumPy lays them out: 8 bytes each up to the end. */
static void change_npy(struct chance *chance, struct bytes *bytes) {
    size_t header = 10 + (unsigned char)bytes->at[8] + 256 * (size_t)(unsigned char)bytes->at[9];
    if (header + 8 > bytes->length || chance_once_in(chance, 4)) {
        change_bytes(chance, bytes);
        return;
    }
    double number = any_number(chance);
    size_t place = chance_below(chance, (bytes->length - header) / 8);
    memcpy(bytes->at + header + 8 * place, &number, 8);
}

/* Another shape of no more numbers. */
static void change_shape(struct chance *chance, struct npz_array *array) {
    if (array->rank == 0)
        return;
    size_t *last = &array->shape[array->rank - 1], *first = &array->shape[0], kept = *first;
    switch (chance_below(chance, 4)) {
    case 0:
        *first = *last;
        *last = kept;
        break;
    case 1:
        *first = chance_below(chance, *first + 1);
        break;
    case 2:
        *last = chance_below(chance, *last + 1);
        break;
    default:
        array->rank--;
    }
}

static void change_array(struct chance *chance, struct npz_array *array) {
    if (array->text != NULL) {
        free(array->text);
        array->text = strdup(CHANCE_OF(chance, words));
    } else if (array->values != NULL && chance_once_in(chance, 4)) {
        change_shape(chance, array);
    } else if (array->values != NULL && array->count > 0) {
        double number = any_number(chance);
        size_t place = chance_below(chance, array->count);
        size_t end = chance_once_in(chance, 3) ? array->count : place + 1;
        while (place < end)
            array->values[place++] = number;
    }
}

static int write_array(struct npz_writer *writer, const struct npz_array *array, struct error *error) {
    if (array->text != NULL)
        return npz_writer_text(writer, array->name, array->text, error);
    if (array->texts != NULL)
        return npz_writer_texts(writer, array->name, array->count, (const char *const *)array->texts, error);
    return npz_writer_numbers(writer, array->name, array->rank, array->shape, array->values, true, error);
}

/* False where the archive cannot be read, or written with the changes. */
static bool change_npz(struct chance *chance, const char *source, const char *target) {
    struct error error = {0};
    struct npz *npz = npz_read(source, &error);
    struct npz_writer *writer = npz != NULL && npz->count > 0 ? npz_writer_open(target, &error) : NULL;
    size_t dropped =
        writer != NULL && chance_once_in(chance, 6) ? chance_below(chance, npz->count) : SIZE_MAX;
    bool written = writer != NULL;
    for (size_t changes = 1 + chance_below(chance, 3); written && changes > 0; changes--)
        change_array(chance, &npz->arrays[chance_below(chance, npz->count)]);
    for (size_t i = 0; written && i < npz->count; i++)
        written = i == dropped || write_array(writer, &npz->arrays[i], &error) == 0;
    if (written)
        written = npz_writer_close(writer, &error) == 0;
    else
        npz_writer_discard(writer);
    npz_free(npz);
    return written;
}

void file_mutation_copy(const char *source, const char *target) {
    static struct bytes bytes;
    read_bytes(source, &bytes);
    write_bytes(target, &bytes);
}

void file_mutation_change(struct chance *chance, const char *source, const char *target) {
    static struct bytes bytes;
    read_bytes(source, &bytes);
    if (bytes.length > 1 && memcmp(bytes.at, "PK", 2) == 0 && !chance_once_in(chance, 5) &&
        change_npz(chance, source, target))
        return;
    bool npy = bytes.length > 10 && memcmp(bytes.at, "\x93NUMPY", 6) == 0;
    bool text = bytes.length > 0 && !memchr(bytes.at, 0, bytes.length);
    for (size_t changes = 1 + chance_below(chance, 4); changes > 0; changes--) {
        if (npy && bytes.length > 10)
            change_npy(chance, &bytes);
        else if (text)
            change_text(chance, &bytes);
        else
            change_bytes(chance, &bytes);
    }
    write_bytes(target, &bytes);
}
