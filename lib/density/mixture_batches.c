#include "density/mixture_batches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/mixture_start.h"

static int check_row(const struct row_stream *stream, size_t row, struct error *error) {
    const double *values = stream->rows + row * stream->columns;
    for (size_t j = 0; j < stream->columns; j++)
        if (!isfinite(values[j]))
            return row_stream_refuse(stream, row, error, "expected a finite number, got %g", values[j]);
    return 0;
}

/* Takes up to `wanted` rows off the stream. Returns how many, fewer only at its end, or -1. */
static int64_t take_rows(struct mixture_batches *batches, size_t wanted, double *values,
                         struct error *error) {
    struct row_stream *stream = batches->stream;
    size_t taken = 0, bytes = stream->columns * sizeof(double);
    while (taken < wanted) {
        if (batches->block_at == stream->row_count) {
            int status = row_stream_next(stream, error);
            batches->block_at = 0;
            if (status <= 0) {
                stream->row_count = 0;
                return status < 0 ? -1 : (int64_t)taken;
            }
            continue;
        }
        if (check_row(stream, batches->block_at, error) < 0)
            return -1;
        memcpy(values + taken++ * stream->columns, stream->rows + batches->block_at++ * stream->columns,
               bytes);
    }
    return (int64_t)taken;
}

int mixture_batches_start(struct mixture_batches *batches, struct row_stream *stream, size_t first,
                          size_t size, struct error *error) {
    size_t columns = stream->columns;
    *batches = (struct mixture_batches){.stream = stream, .size = size};
    batches->first = memory_matrix(error, first, columns, sizeof(double));
    batches->values = memory_matrix(error, size, columns, sizeof(double));
    batches->mean = memory_array(error, columns, sizeof(double));
    if (batches->first == NULL || batches->values == NULL || batches->mean == NULL)
        return -1;
    int64_t taken = take_rows(batches, first, batches->first, error);
    if (taken < 0)
        return -1;
    if (taken == 0)
        return error_set(error, "no rows");
    batches->first_rows = (size_t)taken;
    mixture_start_centre(batches->first_rows, columns, NULL, batches->first, batches->mean);
    batches->batch = (struct mixture_rows){.dimensions = columns, .values = batches->values};
    return 0;
}

int mixture_batches_next(struct mixture_batches *batches, struct error *error) {
    size_t columns = batches->stream->columns, held = batches->first_rows - batches->first_dealt;
    held = held < batches->size ? held : batches->size;
    memcpy(batches->values, batches->first + batches->first_dealt * columns, held * columns * sizeof(double));
    batches->first_dealt += held;
    double *rest = batches->values + held * columns;
    int64_t taken = take_rows(batches, batches->size - held, rest, error);
    if (taken < 0)
        return -1;
    for (size_t i = 0; i < (size_t)taken * columns; i++)
        rest[i] -= batches->mean[i % columns];
    batches->batch.rows = held + (size_t)taken;
    batches->batch.total = (double)batches->batch.rows;
    batches->rows += batches->batch.rows;
    return batches->batch.rows > 0;
}

int mixture_batches_rewind(struct mixture_batches *batches, struct error *error) {
    batches->first_dealt = batches->first_rows;
    batches->rows = 0;
    batches->block_at = 0;
    batches->stream->row_count = 0;
    return row_stream_rewind(batches->stream, error);
}

void mixture_batches_free(struct mixture_batches *batches) {
    free(batches->first);
    free(batches->values);
    free(batches->mean);
}
