#include "io/npz.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest_name.h"
#include "io/byte_source.h"
#include "io/npz_member.h"
#include "io/zip_reader.h"

/* An archive being read. */
struct reading {
    struct byte_source *source;
    struct zip_reader *archive;
    struct npz *npz;
    size_t capacity; /* of npz->arrays */
    uint64_t budget; /* bytes that may still be held */
};

static void close_reading(struct reading *reading) {
    zip_reader_close(reading->archive);
    byte_source_close(reading->source);
}

static int open_reading(struct reading *reading, const char *operand, struct error *error) {
    memset(reading, 0, sizeof *reading);
    reading->budget = NPZ_BYTES_MAX;
    reading->npz = memory_zeros(error, 1, sizeof *reading->npz);
    if (reading->npz == NULL)
        return -1;
    reading->npz->path = memory_text(error, operand, strlen(operand));
    if (reading->npz->path == NULL)
        return -1;
    reading->source = byte_source_open(operand, error);
    if (reading->source == NULL)
        return -1;
    reading->archive = zip_reader_open(reading->source, error);
    return reading->archive != NULL ? 0 : -1;
}

/* Room for one array more, all zero. */
static struct npz_array *add_array(struct reading *reading, struct error *error) {
    struct npz *npz = reading->npz;
    if (npz->count == NPZ_ARRAYS_MAX) {
        error_set(error, "%s: more than %d arrays", npz->path, NPZ_ARRAYS_MAX);
        return NULL;
    }
    if (memory_reserve(error, &npz->arrays, &reading->capacity, npz->count + 1, sizeof *npz->arrays) < 0) {
        error_prefix(error, "%s", npz->path);
        return NULL;
    }
    struct npz_array *array = &npz->arrays[npz->count++];
    memset(array, 0, sizeof *array);
    return array;
}

/* Whether the last array's name is another one's too. */
static int refuse_twice(const struct npz *npz, struct error *error) {
    const char *name = npz->arrays[npz->count - 1].name;
    char quoted[ERROR_QUOTE_SIZE];
    if (npz_find(npz, name) == &npz->arrays[npz->count - 1])
        return 0;
    return error_set(error, "%s: array '%s' is there twice", npz->path,
                     error_quote(quoted, name, strlen(name)));
}

static int read_arrays(struct reading *reading, struct error *error) {
    int status;
    while ((status = zip_reader_next(reading->archive, error)) > 0) {
        struct npz_array *array = add_array(reading, error);
        if (array == NULL || npz_member_read(array, reading->archive, &reading->budget, error) < 0 ||
            refuse_twice(reading->npz, error) < 0)
            return -1;
    }
    return status;
}

struct npz *npz_read(const char *operand, struct error *error) {
    struct reading reading;
    int status = open_reading(&reading, operand, error);
    if (status == 0)
        status = read_arrays(&reading, error);
    close_reading(&reading);
    if (status == 0)
        return reading.npz;
    npz_free(reading.npz);
    return NULL;
}

/* "m.npz: no array 'mean' (is it 'means'?)" */
static void set_missing(const struct npz *npz, const char *name, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE], near_quoted[ERROR_QUOTE_SIZE];
    const char **names = memory_array(error, npz->count, sizeof *names);
    if (names == NULL)
        return;
    for (size_t i = 0; i < npz->count; i++)
        names[i] = npz->arrays[i].name;
    const char *near = nearest_name(name, names, npz->count);
    error_quote(quoted, name, strlen(name));
    if (near != NULL)
        error_set(error, "%s: no array '%s' (is it '%s'?)", npz->path, quoted,
                  error_quote(near_quoted, near, strlen(near)));
    else
        error_set(error, "%s: no array '%s'", npz->path, quoted);
    free(names);
}

/* Drops the arrays before the last, of which only the names were read. */
static void keep_last(struct npz *npz) {
    for (size_t i = 0; i + 1 < npz->count; i++)
        npz_member_free(&npz->arrays[i]);
    npz->arrays[0] = npz->arrays[npz->count - 1];
    npz->count = 1;
}

/* Returns 0 with the array alone in the archive, or -1. */
static int read_one(struct reading *reading, const char *name, struct error *error) {
    int status;
    while ((status = zip_reader_next(reading->archive, error)) > 0) {
        struct npz_array *array = add_array(reading, error);
        if (array == NULL || (array->name = npz_member_name(reading->archive, error)) == NULL)
            return -1;
        if (strcmp(array->name, name) != 0) {
            if (npz_member_skip(reading->archive, error) < 0)
                return -1;
            continue;
        }
        free(array->name);
        array->name = NULL;
        if (npz_member_read(array, reading->archive, &reading->budget, error) < 0)
            return -1;
        keep_last(reading->npz);
        return 0;
    }
    if (status == 0)
        set_missing(reading->npz, name, error);
    return -1;
}

struct npz *npz_read_array(const char *operand, const char *name, struct error *error) {
    struct reading reading;
    int status = open_reading(&reading, operand, error);
    if (status == 0)
        status = read_one(&reading, name, error);
    close_reading(&reading);
    if (status == 0)
        return reading.npz;
    npz_free(reading.npz);
    return NULL;
}

void npz_array_as_matrix(const struct npz_array *array, size_t *rows, size_t *columns) {
    *rows = array->rank > 0 ? array->shape[0] : 1;
    *columns = 1;
    for (size_t i = 1; i < array->rank; i++)
        *columns *= array->shape[i];
}

const struct npz_array *npz_find(const struct npz *npz, const char *name) {
    for (size_t i = 0; i < npz->count; i++)
        if (strcmp(npz->arrays[i].name, name) == 0)
            return &npz->arrays[i];
    return NULL;
}

static const struct npz_array *find_or_fail(const struct npz *npz, const char *name, struct error *error) {
    const struct npz_array *array = npz_find(npz, name);
    if (array == NULL)
        set_missing(npz, name, error);
    return array;
}

const struct npz_array *npz_require(const struct npz *npz, const char *name, size_t rank,
                                    struct error *error) {
    const struct npz_array *array = find_or_fail(npz, name, error);
    if (array == NULL)
        return NULL;
    if (array->values == NULL) {
        error_set(error, "%s: %s: expected numbers, got text", npz->path, name);
        return NULL;
    }
    if (array->rank != rank) {
        error_set(error, "%s: %s: expected %zu dimension%s, got %zu", npz->path, name, rank,
                  rank == 1 ? "" : "s", array->rank);
        return NULL;
    }
    return array;
}

const char *npz_require_text(const struct npz *npz, const char *name, struct error *error) {
    const struct npz_array *array = find_or_fail(npz, name, error);
    if (array == NULL)
        return NULL;
    if (array->text == NULL)
        error_set(error, "%s: %s: expected text, got %s", npz->path, name,
                  array->texts == NULL ? "numbers" : "an array of texts");
    return array->text;
}

double *npz_take_numbers(struct npz *npz, const struct npz_array *array) {
    double *values = array->values;
    npz->arrays[array - npz->arrays].values = NULL;
    return values;
}

void npz_free(struct npz *npz) {
    if (npz == NULL)
        return;
    for (size_t i = 0; i < npz->count; i++)
        npz_member_free(&npz->arrays[i]);
    free(npz->arrays);
    free(npz->path);
    free(npz);
}
