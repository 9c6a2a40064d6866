#include "num/gaussian_reader.h"

#include "io/row_reader.h"
#include "num/moments.h"

static int read_rows(struct moments *moments, struct row_reader *reader, struct command *command) {
    int status;
    while ((status = row_reader_next(reader, &command->error)) > 0) {
        moments_add(moments, reader->row_count, reader->rows);
        progress_show(&command->progress, "rows", moments_count(moments), 0);
    }
    if (status == 0 && moments_count(moments) == 0)
        return error_set(&command->error, "%s: no rows", reader->name);
    return status;
}

static int make_gaussian(struct gaussian *gaussian, struct moments *moments, const struct row_reader *reader, unsigned lost,
                         struct error *error) {
    if (gaussian_from_moments(gaussian, moments, reader->columns, lost, error) == 0)
        return 0;
    error_prefix(error, "%s", reader->name);
    return -1;
}

int gaussian_reader_read(struct gaussian *gaussian, struct command *command, const char *operand, unsigned lost) {
    struct error *error = &command->error;
    struct moments *moments = NULL;
    int status = -1;
    struct row_reader *reader = row_reader_open(operand, &command->input, error);
    if (reader == NULL)
        return -1;
    moments = moments_create(reader->columns, command->threads, error);
    if (moments != NULL && read_rows(moments, reader, command) == 0)
        status = make_gaussian(gaussian, moments, reader, lost, error);
    moments_free(moments);
    row_reader_close(reader);
    return status;
}

int gaussian_reader_from_points(struct gaussian *gaussian, size_t count, size_t columns, const double *points, unsigned lost,
                                struct error *error) {
    struct moments *moments = moments_create(columns, 1, error);
    if (moments == NULL)
        return -1;
    moments_add(moments, count, points);
    int status = gaussian_from_moments(gaussian, moments, columns, lost, error);
    moments_free(moments);
    return status;
}
