#include "divergence/gaussian_pair.h"

#include "io/row_reader.h"
#include "io/skipped_rows.h"
#include "num/moments.h"

static int read_rows(struct moments *moments, struct row_reader *reader, struct command *command) {
    int status;
    while ((status = row_reader_next(reader, &command->error)) > 0) {
        moments_add(moments, reader->row_count, reader->rows);
        progress_show(&command->progress, "rows", moments_count(moments), 0);
    }
    skipped_rows_note(command, reader->name, reader->rows_skipped);
    return status;
}

static int read_gaussian(struct gaussian *gaussian, struct command *command, const char *operand,
                         unsigned lost) {
    struct error *error = &command->error;
    int status = -1;
    struct row_reader *reader = row_reader_open(operand, &command->input, error);
    if (reader == NULL)
        return -1;
    struct moments *moments = moments_create(reader->columns, command->threads, error);
    if (moments != NULL && read_rows(moments, reader, command) == 0) {
        status = gaussian_from_moments(gaussian, moments, reader->columns, lost, error);
        if (status < 0)
            error_prefix(error, "%s", reader->name);
    }
    moments_free(moments);
    row_reader_close(reader);
    return status;
}

int gaussian_pair_read(struct gaussian_pair *pair, struct command *command,
                       const struct divergence_options *options) {
    const char *p = command_operand(command, 0, 2), *q = command_operand(command, 1, 2);
    unsigned lost = !options->mle;
    *pair = (struct gaussian_pair){0};
    if (read_gaussian(&pair->p, command, p, lost) < 0 || read_gaussian(&pair->q, command, q, lost) < 0)
        return -1;
    if (pair->p.dimensions != pair->q.dimensions)
        return row_reader_widths_error(&command->error, p, pair->p.dimensions, q, pair->q.dimensions);
    report_number(&command->report, "columns", (double)pair->p.dimensions);
    if (options->reverse) {
        struct gaussian swapped = pair->p;
        pair->p = pair->q;
        pair->q = swapped;
    }
    return 0;
}

static int from_points(struct gaussian *gaussian, size_t count, size_t columns, const double *points,
                       unsigned lost, struct error *error) {
    struct moments *moments = moments_create(columns, 1, error);
    if (moments == NULL)
        return -1;
    moments_add(moments, count, points);
    int status = gaussian_from_moments(gaussian, moments, columns, lost, error);
    moments_free(moments);
    return status;
}

int gaussian_pair_from_samples(struct gaussian_pair *pair, const struct sample_pair *samples,
                               bool maximum_likelihood, struct error *error) {
    unsigned lost = !maximum_likelihood;
    *pair = (struct gaussian_pair){0};
    if (from_points(&pair->p, samples->x_count, samples->columns, samples->x, lost, error) < 0) {
        error_prefix(error, "X");
        return -1;
    }
    if (from_points(&pair->q, samples->y_count, samples->columns, samples->y, lost, error) < 0) {
        error_prefix(error, "Y");
        return -1;
    }
    return 0;
}

void gaussian_pair_free(struct gaussian_pair *pair) {
    gaussian_free(&pair->p);
    gaussian_free(&pair->q);
}
