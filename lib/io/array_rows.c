#include "io/array_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/npy_reader.h"
#include "io/npz.h"
#include "io/row_choice.h"

enum { BLOCK_VALUES = 1 << 16 }; /* of an array in memory, handed out at once */

__extension__ typedef unsigned __int128 wide;

struct array_rows {
    const char *name;       /* for messages */
    struct npy_reader *npy; /* NULL where the array is in memory */
    struct npz *npz;        /* holds it */
    const double *values;
    size_t width; /* columns of the file */
    char type[NPZ_TYPE_SIZE];
    struct row_choice choice;

    uint64_t taken;  /* rows read or passed over, from the file's first */
    uint64_t block;  /* rows before the block last read */
    uint64_t unread; /* where that begins in the source, if it was left there */
    uint64_t stop;   /* rows from there on are left alone; UINT64_MAX: the end is not known */
    bool ends_known; /* stop is the number of rows, or the end of a part */
};

/* Rows in all, where that can be told. */
static int count_rows(struct array_rows *array, size_t rows_in_memory, bool needed, struct error *error) {
    uint64_t rows = rows_in_memory;
    array->stop = UINT64_MAX;
    if (array->npy != NULL) {
        struct error ignored;
        bool seekable = npy_reader_seekable(array->npy);
        if (!seekable && needed)
            return error_set(error, "%s: only a regular file without compression can be read in parts",
                             array->name);
        /* A bad header further on is told when it is reached. */
        if (!seekable || (npy_reader_rows_ahead(array->npy, &rows, needed ? error : &ignored) < 0))
            return needed ? -1 : 0;
    }
    array->stop = rows;
    array->ends_known = true;
    return 0;
}

uint64_t array_rows_before_shard(uint64_t rows, size_t shard, size_t shards) {
    return (uint64_t)((wide)rows * (shard - 1) / shards);
}

/* Goes to the first row of the shard-th of so many parts. */
static int start_shard(struct array_rows *array, size_t shard, size_t shards, struct error *error) {
    uint64_t rows = array->stop;
    array->taken = array_rows_before_shard(rows, shard, shards);
    array->stop = array_rows_before_shard(rows, shard + 1, shards);
    return array->npy != NULL ? npy_reader_skip(array->npy, array->taken, error) : 0;
}

static int start(struct array_rows *array, size_t rows_in_memory, const struct row_format *format,
                 struct error *error) {
    if (row_choice_open(&array->choice, array->width, format, error) < 0)
        return error_prefix(error, "%s", array->name);
    if (count_rows(array, rows_in_memory, format->shards > 0, error) < 0)
        return -1;
    return format->shards > 0 ? start_shard(array, format->shard, format->shards, error) : 0;
}

struct array_rows *array_rows_open_npy(struct byte_source *source, const struct row_format *format,
                                       struct error *error) {
    struct array_rows *array = memory_zeros(error, 1, sizeof *array);
    if (array == NULL)
        return NULL;
    array->name = byte_source_name(source);
    array->npy = npy_reader_open(source, error);
    if (array->npy == NULL)
        goto failed;
    array->width = npy_reader_columns(array->npy);
    memcpy(array->type, npy_reader_type(array->npy), strlen(npy_reader_type(array->npy)) + 1);
    if (start(array, 0, format, error) == 0)
        return array;

failed:
    array_rows_close(array);
    return NULL;
}

struct array_rows *array_rows_open_npz(const char *operand, const char *path, const char *array_name,
                                       const struct row_format *format, struct error *error) {
    struct array_rows *array = memory_zeros(error, 1, sizeof *array);
    if (array == NULL)
        return NULL;
    array->name = operand;
    array->npz = npz_read_array(path, array_name, error);
    if (array->npz == NULL)
        goto failed;

    const struct npz_array *member = &array->npz->arrays[0];
    size_t rows, order = strspn(member->type, "<>|=");
    memcpy(array->type, member->type + order, strlen(member->type + order) + 1);
    if (member->values == NULL) {
        error_set(error, "%s: a text; expected numbers", operand);
        goto failed;
    }
    npz_array_as_matrix(member, &rows, &array->width);
    array->values = member->values;
    if (rows == 0 || array->width == 0)
        error_set(error, "%s: no rows", operand);
    else if (start(array, rows, format, error) == 0)
        return array;

failed:
    array_rows_close(array);
    return NULL;
}

size_t array_rows_columns(const struct array_rows *array) {
    return array->choice.list.count;
}

const char *array_rows_type(const struct array_rows *array) {
    return array->type;
}

/* The next rows as they are in the file, up to `stop`. */
static int read_block(struct array_rows *array, const double **rows, size_t *count, struct error *error) {
    array->block = array->taken;
    if (array->taken >= array->stop)
        return 0;
    if (array->npy != NULL) {
        int status = npy_reader_next(array->npy, rows, count, error);
        if (status <= 0)
            return status;
    } else {
        *rows = array->values + array->taken * array->width;
        *count = array->width < BLOCK_VALUES ? BLOCK_VALUES / array->width : 1;
    }
    uint64_t left = array->stop - array->taken;
    *count = *count < left ? *count : (size_t)left;
    array->taken += *count;
    return 1;
}

int array_rows_next(struct array_rows *array, const double **rows, size_t *row_count, struct error *error) {
    const double *read = NULL;
    size_t count = 0;
    for (;;) {
        int status = read_block(array, &read, &count, error);
        if (status <= 0)
            return status;
        if (row_choice_apply(&array->choice, read, count, array->block + 1, rows, row_count, error) < 0)
            return error_prefix(error, "%s", array->name);
        if (*row_count > 0)
            return 1;
    }
}

int array_rows_next_unread(struct array_rows *array, size_t most, const double **rows, size_t *row_count,
                           struct error *error) {
    uint64_t left = array->stop - array->taken;
    bool possible = array->npy != NULL && array->choice.straight && array->choice.missing != MISSING_SKIP;
    *row_count = 0;
    if (possible && left > 0) {
        int status =
            npy_reader_pass(array->npy, most < left ? most : (size_t)left, row_count, &array->unread, error);
        if (status <= 0)
            return status;
    }
    if (*row_count == 0)
        return array_rows_next(array, rows, row_count, error);
    *rows = NULL;
    array->block = array->taken;
    array->taken += *row_count;
    return 1;
}

int array_rows_read(const struct array_rows *array, size_t first, size_t count, double *room,
                    struct error *error) {
    uint64_t offset = array->unread + (uint64_t)first * array->width * sizeof *room;
    return npy_reader_read_at(array->npy, offset, count, room, error);
}

int array_rows_check(const struct array_rows *array, size_t first, size_t count, const double *rows,
                     struct error *error) {
    if (row_choice_check(&array->choice, rows, count, array->block + first + 1, error) < 0)
        return error_prefix(error, "%s", array->name);
    return 0;
}

bool array_rows_ready(struct array_rows *array) {
    return array->npy == NULL || array->taken >= array->stop || npy_reader_ready(array->npy);
}

uint64_t array_rows_number(const struct array_rows *array, size_t row) {
    return array->block + row_choice_origin(&array->choice, row) + 1;
}

size_t array_rows_field(const struct array_rows *array, size_t column) {
    return array->choice.list.indices[column];
}

int64_t array_rows_ahead(const struct array_rows *array) {
    if (!array->ends_known || array->choice.missing == MISSING_SKIP || array->stop > INT64_MAX)
        return -1;
    return (int64_t)(array->stop - array->taken);
}

uint64_t array_rows_skipped(const struct array_rows *array) {
    return array->choice.rows_skipped;
}

void array_rows_close(struct array_rows *array) {
    if (array == NULL)
        return;
    npy_reader_close(array->npy);
    npz_free(array->npz);
    row_choice_close(&array->choice);
    free(array);
}
