/* Rows in batches of one size, read as they come: nothing but a batch, and the first rows, is held.
 *
 * The first rows are set aside for a start; they are dealt out like all others. A chain of regular files can
 * be read again. */
#ifndef DENSITY_MIXTURE_BATCHES_H
#define DENSITY_MIXTURE_BATCHES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/mixture_step.h"
#include "io/row_stream.h"

/* All zero holds nothing. Read only. */
struct mixture_batches {
    struct row_stream *stream; /* the caller's */
    double *first;             /* the first rows, counted from their mean */
    size_t first_rows, first_dealt;
    size_t block_at;           /* the next row of the stream's block at hand */
    double *mean;              /* of the first rows, which is subtracted from all */
    size_t size;               /* rows in a batch, but for a pass's last */
    double *values;            /* of the batch at hand */
    struct mixture_rows batch; /* points to it; its address lasts as long as the struct's */
    size_t rows;               /* dealt in this pass */
};

/* Reads the first rows, at most `first` of them. Returns 0, or -1: no rows, or not all finite. */
__attribute__((warn_unused_result)) int mixture_batches_start(struct mixture_batches *batches,
                                                              struct row_stream *stream, size_t first,
                                                              size_t size, struct error *error);

/* The next batch. Returns 1: at least one row; 0: the pass has ended; -1. */
__attribute__((warn_unused_result)) int mixture_batches_next(struct mixture_batches *batches,
                                                             struct error *error);

/* Begins another pass, of a stream that is rewindable. Returns 0 or -1. */
__attribute__((warn_unused_result)) int mixture_batches_rewind(struct mixture_batches *batches,
                                                               struct error *error);

void mixture_batches_free(struct mixture_batches *batches);

#endif
