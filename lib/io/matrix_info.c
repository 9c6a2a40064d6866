#include "io/matrix_info.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/byte_source.h"
#include "io/csv_reader.h"
#include "io/npy_header.h"
#include "io/npy_reader.h"
#include "io/npz.h"
#include "io/row_reader.h"

const char *const matrix_info_names[MATRIX_INFO_COLUMNS] = {"file", "format", "compression",
                                                            "type", "rows",   "columns"};
const char *const matrix_info_list_names[MATRIX_INFO_LIST_COLUMNS] = {"array", "type", "shape"};

/* One row of the table. */
struct info {
    const char *file, *format;
    char type[NPY_TYPE_SIZE];
    bool compressed;
    uint64_t rows, columns;
};

static int add_row(struct text_table *table, const struct info *info, struct error *error) {
    if (text_table_word(table, info->file, error) < 0 || text_table_word(table, info->format, error) < 0 ||
        text_table_word(table, info->compressed ? "gzip" : "none", error) < 0 ||
        text_table_word(table, info->type, error) < 0 ||
        text_table_number(table, (double)info->rows, error) < 0)
        return -1;
    return text_table_number(table, (double)info->columns, error);
}

/* Whether the path is a regular file, which can be opened more than once. */
static bool is_regular(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Returns 1 where the file is a zip archive, 0 where not or where it cannot be looked at twice, -1. */
static int is_archive(const char *path, struct error *error) {
    const unsigned char *bytes;
    size_t count;
    if (!is_regular(path))
        return 0;
    struct byte_source *source = byte_source_open(path, error);
    if (source == NULL)
        return -1;
    int status = byte_source_peek(source, 4, &bytes, &count, error);
    if (status == 0)
        status = count == 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0);
    byte_source_close(source);
    return status;
}

static int add_archive(struct text_table *table, const char *path, struct error *error) {
    struct npz *npz = npz_read(path, error);
    int status = npz != NULL ? 0 : -1;
    for (size_t i = 0; npz != NULL && i < npz->count && status == 0; i++) {
        const struct npz_array *array = &npz->arrays[i];
        size_t rows, columns, size = strlen(path) + strlen(array->name) + 2;
        char *file = memory_array(error, size, 1);
        if (file == NULL) {
            status = -1;
            break;
        }
        snprintf(file, size, "%s:%s", path, array->name);
        npz_array_as_matrix(array, &rows, &columns);
        bool ordered = array->type[0] != '\0' && strchr("<>|=", array->type[0]) != NULL;
        struct info info = {.file = file, .format = "npy", .rows = rows, .columns = columns};
        snprintf(info.type, sizeof info.type, "%s", array->type + ordered);
        status = add_row(table, &info, error);
        free(file);
    }
    npz_free(npz);
    return status;
}

static int count_rows(struct row_reader *reader, uint64_t *rows, struct error *error) {
    int status;
    int64_t known = row_reader_rows_ahead(reader);
    *rows = known >= 0 ? (uint64_t)known : 0;
    if (known >= 0)
        return 0;
    while ((status = row_reader_next(reader, error)) > 0)
        *rows += reader->row_count;
    return status;
}

/* Counts the rows of a CSV by its first column alone: as numbers, or where that fails, as words. Whether
 * there is a header is what all columns say. */
static int count_csv_rows(const char *path, struct row_format format, bool named, uint64_t *rows,
                          struct error *error) {
    struct row_reader *reader = NULL;
    int status = -1;
    format.columns = "1";
    format.header = named ? HEADER_PRESENT : HEADER_ABSENT;
    for (int words = 0; words < 2 && status < 0; words++) {
        format.text = words ? "1" : NULL;
        reader = row_reader_open(path, &format, error);
        if (reader != NULL)
            status = count_rows(reader, rows, error);
        row_reader_close(reader);
    }
    return status;
}

/* A file that can be opened again. */
static int tell_file(struct info *info, const char *path, const struct row_format *format,
                     struct error *error) {
    struct row_reader *reader = row_reader_open(path, format, error);
    if (reader == NULL)
        return -1;
    bool csv = reader->format == MATRIX_CSV;
    snprintf(info->type, sizeof info->type, "%s", reader->type);
    info->format = csv ? "csv" : "npy";
    info->compressed = reader->compressed;
    info->columns = reader->columns;
    int status = csv ? count_csv_rows(path, *format, reader->names != NULL, &info->rows, error)
                     : count_rows(reader, &info->rows, error);
    row_reader_close(reader);
    return status;
}

/* NPY from a pipe. */
static int tell_npy(struct info *info, struct byte_source *source, struct error *error) {
    const double *rows;
    size_t count;
    int status;
    struct npy_reader *reader = npy_reader_open(source, error);
    if (reader == NULL)
        return -1;
    snprintf(info->type, sizeof info->type, "%s", npy_reader_type(reader));
    info->format = "npy";
    info->columns = npy_reader_columns(reader);
    while ((status = npy_reader_next(reader, &rows, &count, error)) > 0)
        info->rows += count;
    npy_reader_close(reader);
    return status;
}

/* CSV from a pipe: the first column is read as words, which may be anything. */
static int tell_csv(struct info *info, struct byte_source *source, struct row_format format,
                    struct error *error) {
    struct csv_block block;
    int status;
    format.columns = format.text = "1";
    struct csv_reader *reader = csv_reader_open(source, &format, error);
    if (reader == NULL)
        return -1;
    snprintf(info->type, sizeof info->type, "text");
    info->format = "csv";
    info->columns = csv_reader_plan(reader)->width;
    while ((status = csv_reader_next(reader, &block, error)) > 0)
        info->rows += block.row_count;
    csv_reader_close(reader);
    return status;
}

static int tell_stream(struct info *info, const char *operand, const struct row_format *format,
                       struct error *error) {
    const unsigned char *bytes;
    size_t count;
    struct byte_source *source = byte_source_open(operand, error);
    if (source == NULL)
        return -1;
    int status = byte_source_peek(source, NPY_MAGIC_SIZE, &bytes, &count, error);
    if (status == 0 && count >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
        status = error_set(error, "%s: an NPZ from a pipe: --list tells what it holds", operand);
    else if (status == 0 && count == NPY_MAGIC_SIZE && npy_header_begins(bytes, count))
        status = tell_npy(info, source, error);
    else if (status == 0)
        status = tell_csv(info, source, *format, error);
    info->compressed = byte_source_compressed(source);
    byte_source_close(source);
    return status;
}

int matrix_info_add(struct text_table *table, const char *operand, const struct row_format *format,
                    struct error *error) {
    struct row_format counting = *format;
    struct info info = {.file = operand};
    counting.missing = MISSING_KEEP;
    int status = is_archive(operand, error);
    if (status != 0)
        return status < 0 ? -1 : add_archive(table, operand, error);
    bool once = strcmp(operand, "-") == 0 || (access(operand, F_OK) == 0 && !is_regular(operand));
    status =
        once ? tell_stream(&info, operand, &counting, error) : tell_file(&info, operand, &counting, error);
    return status < 0 ? -1 : add_row(table, &info, error);
}

static void print_shape(const struct npz_array *array, char *text, size_t size) {
    size_t length = 0;
    snprintf(text, size, "scalar");
    for (size_t i = 0; i < array->rank && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%zu", i > 0 ? "x" : "", array->shape[i]);
}

int matrix_info_list(struct text_table *table, const char *operand, struct error *error) {
    struct npz *npz = npz_read(operand, error);
    int status = npz != NULL ? 0 : -1;
    for (size_t i = 0; npz != NULL && i < npz->count && status == 0; i++) {
        char shape[NPZ_RANK_MAX * 24];
        const struct npz_array *array = &npz->arrays[i];
        print_shape(array, shape, sizeof shape);
        if (text_table_word(table, array->name, error) < 0 ||
            text_table_word(table, array->type, error) < 0 || text_table_word(table, shape, error) < 0)
            status = -1;
    }
    npz_free(npz);
    return status;
}
