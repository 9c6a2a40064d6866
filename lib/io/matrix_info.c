#include "io/matrix_info.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/byte_source.h"
#include "io/csv_reader.h"
#include "io/npy_header.h"
#include "io/npy_reader.h"
#include "io/npz_listing.h"
#include "io/row_reader.h"
#include "io/text_table.h"

enum { INFO_COLUMNS = 6, LIST_COLUMNS = 3 };
static const char *const info_names[INFO_COLUMNS] = {"file", "format", "compression",
                                                     "type", "rows",   "columns"};
static const char *const list_names[LIST_COLUMNS] = {"array", "type", "shape"};

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

/* Counts the rows of a CSV by its first column alone, as words or as numbers. */
static int count_csv_rows(struct info *info, struct byte_source *source, struct row_format format, bool words,
                          struct error *error) {
    struct csv_block block;
    int status;
    format.columns = "1";
    format.text = words ? "1" : NULL;
    struct csv_reader *reader = csv_reader_open(source, &format, error);
    if (reader == NULL)
        return -1;
    info->rows = 0;
    info->columns = csv_reader_plan(reader)->width;
    while ((status = csv_reader_next(reader, &block, error)) > 0)
        info->rows += block.row_count;
    csv_reader_close(reader);
    return status;
}

/* Whether there is a header is what all columns say. */
static int find_header(struct byte_source *source, struct row_format *format, struct error *error) {
    struct csv_reader *reader = csv_reader_open(source, format, error);
    if (reader == NULL)
        return -1;
    format->header = csv_reader_plan(reader)->header ? HEADER_PRESENT : HEADER_ABSENT;
    csv_reader_close(reader);
    return 0;
}

/* Words may be anything, but different ones fill the memory: where the stream can be sought in, numbers are
 * tried first. */
static int tell_csv(struct info *info, struct byte_source *source, struct row_format format,
                    struct error *error) {
    info->format = "csv";
    snprintf(info->type, sizeof info->type, "text");
    if (byte_source_seekable(source)) {
        if (find_header(source, &format, error) < 0 || byte_source_seek(source, 0, error) < 0)
            return -1;
        if (count_csv_rows(info, source, format, false, error) == 0)
            return 0;
        if (byte_source_seek(source, 0, error) < 0)
            return -1;
    }
    return count_csv_rows(info, source, format, true, error);
}

static int count_npy_rows(struct npy_reader *reader, uint64_t *rows, struct error *error) {
    const double *values;
    size_t count;
    int status;
    if (npy_reader_seekable(reader))
        return npy_reader_rows_ahead(reader, rows, error);
    while ((status = npy_reader_next(reader, &values, &count, error)) > 0)
        *rows += count;
    return status;
}

static int tell_npy(struct info *info, struct byte_source *source, struct error *error) {
    struct npy_reader *reader = npy_reader_open(source, error);
    if (reader == NULL)
        return -1;
    info->format = "npy";
    info->columns = npy_reader_columns(reader);
    snprintf(info->type, sizeof info->type, "%s", npy_reader_type(reader));
    int status = count_npy_rows(reader, &info->rows, error);
    npy_reader_close(reader);
    return status;
}

/* Where the rows of an archive go, and what they share. */
struct archive {
    struct text_table *table;
    const char *path;
    bool compressed;
};

static int add_array(void *context, const char *name, const struct npy_header *header, struct error *error) {
    const struct archive *archive = context;
    size_t size = strlen(archive->path) + strlen(name) + 2;
    char *file = memory_array(error, size, 1);
    if (file == NULL)
        return -1;
    snprintf(file, size, "%s:%s", archive->path, name);
    struct info info = {.file = file,
                        .format = "npy",
                        .compressed = archive->compressed,
                        .rows = header->rows,
                        .columns = header->columns};
    npy_type_print(&header->type, false, info.type);
    int status = add_row(archive->table, &info, error);
    free(file);
    return status;
}

static int add_stream(struct text_table *table, struct byte_source *source, const struct row_format *format,
                      struct error *error) {
    const unsigned char *bytes;
    size_t count;
    struct info info = {.file = byte_source_name(source), .compressed = byte_source_compressed(source)};
    if (byte_source_peek(source, NPY_MAGIC_SIZE, &bytes, &count, error) < 0)
        return -1;
    if (npz_listing_begins(bytes, count)) {
        struct archive archive = {table, info.file, info.compressed};
        return npz_listing_read(source, add_array, &archive, error);
    }
    int status = count == NPY_MAGIC_SIZE && npy_header_begins(bytes, count)
                     ? tell_npy(&info, source, error)
                     : tell_csv(&info, source, *format, error);
    return status < 0 ? -1 : add_row(table, &info, error);
}

/* "m.npz:means" */
static int add_member(struct text_table *table, const char *operand, const struct row_format *format,
                      struct error *error) {
    struct row_reader *reader = row_reader_open(operand, format, error);
    if (reader == NULL)
        return -1;
    int64_t rows = row_reader_rows_ahead(reader);
    struct info info = {.file = operand,
                        .format = "npy",
                        .compressed = reader->compressed,
                        .rows = rows >= 0 ? (uint64_t)rows : 0,
                        .columns = reader->columns};
    snprintf(info.type, sizeof info.type, "%s", reader->type);
    int status = add_row(table, &info, error);
    row_reader_close(reader);
    return status;
}

static int add_operand(struct text_table *table, const char *operand, const struct row_format *format,
                       struct error *error) {
    struct row_format counting = *format;
    counting.missing = MISSING_KEEP;
    if (strcmp(operand, "-") != 0 && access(operand, F_OK) != 0 && strchr(operand, ':') != NULL)
        return add_member(table, operand, &counting, error);
    struct byte_source *source = byte_source_open(operand, error);
    if (source == NULL)
        return -1;
    int status = add_stream(table, source, &counting, error);
    byte_source_close(source);
    return status;
}

/* Keeps the table where status is 0. */
static int close_table(struct text_table *table, int status, struct error *error) {
    if (status == 0)
        return text_table_close(table, error);
    text_table_discard(table);
    return -1;
}

int matrix_info_write(const struct row_layout *layout, const char *const *operands, size_t count,
                      const struct row_format *format, struct error *error) {
    struct text_table *table = text_table_open(layout, INFO_COLUMNS, info_names, error);
    int status = table != NULL ? 0 : -1;
    for (size_t i = 0; i < count && status == 0; i++)
        status = add_operand(table, operands[i], format, error);
    return close_table(table, status, error);
}

static int list_array(void *context, const char *name, const struct npy_header *header, struct error *error) {
    char type[NPY_TYPE_SIZE], shape[NPY_RANK_MAX * 24] = "scalar";
    size_t length = 0;
    struct text_table *table = context;
    npy_type_print(&header->type, true, type);
    for (size_t i = 0; i < header->rank; i++)
        length += (size_t)snprintf(shape + length, sizeof shape - length, "%s%zu", i > 0 ? "x" : "",
                                   header->shape[i]);
    if (text_table_word(table, name, error) < 0 || text_table_word(table, type, error) < 0)
        return -1;
    return text_table_word(table, shape, error);
}

static int list_operand(struct text_table *table, const char *operand, struct error *error) {
    struct byte_source *source = byte_source_open(operand, error);
    if (source == NULL)
        return -1;
    int status = npz_listing_read(source, list_array, table, error);
    byte_source_close(source);
    return status;
}

int matrix_info_list(const struct row_layout *layout, const char *const *operands, size_t count,
                     struct error *error) {
    struct text_table *table = text_table_open(layout, LIST_COLUMNS, list_names, error);
    int status = table != NULL ? 0 : -1;
    for (size_t i = 0; i < count && status == 0; i++)
        status = list_operand(table, operands[i], error);
    return close_table(table, status, error);
}
