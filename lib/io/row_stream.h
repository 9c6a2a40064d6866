/* Rows from whatever makes them: files, or a stage that takes rows from the stage before it.
 *
 * Stages form a chain that is pulled from its end, block by block: input <- selection <- scale <- output.
 * Each kind of stage lives in a file of its own, which offers foo_push(&chain, ...): it puts the stage on top
 * of the chain, which owns it from then on; where it fails, the chain is as it was. */
#ifndef IO_ROW_STREAM_H
#define IO_ROW_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/stream_options.h"
#include "io/word_list.h"

struct row_stream;

/* What a stage does. Functions that are NULL have the default named. */
struct row_stream_kind {
    int (*next)(struct row_stream *stream, struct error *error);
    bool (*ready)(struct row_stream *stream);                      /* default: as the source is */
    int (*rewind)(struct row_stream *stream, struct error *error); /* default: rewinds the source */
    /* default: the source's row of the same number */
    int (*refuse)(const struct row_stream *stream, size_t row, const char *text, struct error *error);
    void (*note)(const struct row_stream *stream, char *text, size_t size); /* default: nothing to tell */
    void (*free)(struct row_stream *stream); /* what the stage holds, and the stage */
};

/* The first member of every stage. Read only for all but the stage itself. */
struct row_stream {
    const struct row_stream_kind *kind;
    struct row_stream *source; /* the stage before, NULL at the beginning of the chain */
    const double *rows;        /* row_count x columns, row-major; valid until the next call */
    size_t row_count;          /* of the block at hand; may be 0 */
    size_t columns;
    const char *const *names; /* columns names, or NULL */
    int64_t rows_total;       /* how many rows there are in all, or -1 where only the end will tell */
    bool rewindable;
};

/* The next block. Returns 1: row_count rows, none where a stage dropped the whole block; 0: the end; -1. */
__attribute__((warn_unused_result)) int row_stream_next(struct row_stream *stream, struct error *error);

/* Whether row_stream_next would return without waiting for a slow writer upstream. */
bool row_stream_ready(struct row_stream *stream);

/* Starts again at the first row; only where rewindable. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_stream_rewind(struct row_stream *stream, struct error *error);

/* Sets an error about a row of the block at hand, with its place before the text ("p.csv:7: "). Returns -1.
 */
__attribute__((format(printf, 4, 5))) int row_stream_refuse(const struct row_stream *stream, size_t row,
                                                            struct error *error, const char *format, ...);

/* Writes "column 2 (weight)", or "column 2" where there are no names, into text (size bytes). Returns text.
 */
char *row_stream_column(const struct row_stream *stream, size_t column, char *text, size_t size);

/* What is worth telling about the run of this stage alone ("2 rows with missing values skipped"); an empty
 * text where nothing is. To be asked at the end. */
void row_stream_note(const struct row_stream *stream, char *text, size_t size);

/* Fills in a new stage over *chain (same columns, names, total, rewindability) and makes it the chain's top.
 */
void row_stream_put(struct row_stream **chain, struct row_stream *stage, const struct row_stream_kind *kind);

/* Grows *buffer (capacity values) to hold rows x columns values. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_stream_reserve(double **buffer, size_t *capacity, size_t rows,
                                                           size_t columns, struct error *error);

/* Reads all that is left into one array of *rows x columns values, which the caller frees. Returns 0 or -1.
 */
__attribute__((warn_unused_result)) int row_stream_gather(struct row_stream *stream, double **values,
                                                          size_t *rows, struct error *error);

/* Gives the columns other names, which the caller keeps; not as many names as columns is an error. */
__attribute__((warn_unused_result)) int row_stream_rename(struct row_stream *stream,
                                                          const struct word_list *names, struct error *error);

/* Writes all that is left, flushing before each read that would wait, and shows the progress; *rows: how many
 * there were. Returns 0, or -1 with nothing left under the output's name. */
__attribute__((warn_unused_result)) int row_stream_write(struct row_stream *stream,
                                                         const struct row_layout *layout,
                                                         struct progress *progress, uint64_t *rows,
                                                         struct error *error);

/* Frees the stage and all before it. NULL does nothing. */
void row_stream_free(struct row_stream *stream);

/* Prints what the stages of a chain, from the top down, have to say, on standard error. */
void row_stream_print_notes(const struct row_stream *top, const struct command *command);

#endif
