/* The text of a CSV from a source: a buffer of whole records, cut into pieces of a fixed size.
 *
 * As long as no quoted field runs over a line's end every newline may be cut at. Once one does, record ends
 * are looked for from the beginning of that record on, byte by byte. */
#ifndef IO_CSV_TEXT_H
#define IO_CSV_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/byte_source.h"
#include "io/csv_scanner.h"

enum {
    CSV_TEXT_FILE = 1 << 12,      /* the least buffer, of a small file */
    CSV_TEXT_PIPE = 1 << 16,      /* the first of a pipe */
    CSV_TEXT_PIECE = 1 << 18,     /* with the numbers in it, fits a core's cache */
    CSV_TEXT_BUFFER = 1 << 22,    /* is what is read at once where data come fast */
    CSV_TEXT_RECORD_MAX = 1 << 26 /* a longer record is refused */
};

struct csv_text {
    struct byte_source *source;
    char *bytes; /* capacity, and one for a newline behind the last line */
    size_t capacity;
    size_t begin;   /* the first byte not taken */
    size_t scanned; /* so far ends of records have been looked for */
    size_t filled;
    size_t *cuts; /* where pieces end, from begin on */
    size_t cut_count, cut_capacity;
    uint64_t offset; /* in the stream, of bytes[0] */
    uint64_t stop;   /* lines that begin at this offset or beyond are left alone */
    uint64_t sought; /* where lines are counted from: 0, or where csv_text_seek went */
    uint64_t line;   /* physical line, from 1, that byte `begin` is on */
    bool ended;      /* no more will come from the source */
    bool terminated; /* the last line has got its newline */
    bool quoted;     /* newlines may hide in quotes */
    struct csv_scanner scanner;
};

/* Takes a source, which stays the caller's, from its present position. Returns 0 or -1. */
__attribute__((warn_unused_result)) int csv_text_open(struct csv_text *text, struct byte_source *source,
                                                      struct error *error);

/* Finds the next line, or lines where quotes join them, beginning at text->begin; for the first record,
 * before the cuts. Returns 1 with *end set, 0 at the end of the stream, or -1. */
__attribute__((warn_unused_result)) int csv_text_next_line(struct csv_text *text, const char **end,
                                                           struct error *error);

/* Goes on behind the first record: at byte `at` of the buffer, `lines` further down. */
void csv_text_start(struct csv_text *text, const char *at, size_t lines, const struct csv_syntax *syntax);

/* Goes on in a seekable source with the lines that begin from `offset` on and before `stop`. aligned: a line
 * is known to begin at offset. */
__attribute__((warn_unused_result)) int csv_text_seek(struct csv_text *text, uint64_t offset, bool aligned,
                                                      uint64_t stop, struct error *error);

/* The number of a line in the file: counts, behind a seek, what was passed over. For messages. */
uint64_t csv_text_line_number(const struct csv_text *text, uint64_t line);

/* Goes back to the record at `at` and minds quotes from there. */
void csv_text_mind_quotes(struct csv_text *text, const char *at);

/* Fills the buffer once all pieces are taken. Returns 1: cut_count >= 1 pieces are there; 0: the end; -1; or,
 * where it may not wait for a slow writer, 2: nothing whole is there yet. */
__attribute__((warn_unused_result)) int csv_text_fill(struct csv_text *text, bool may_wait,
                                                      struct error *error);

/* Frees the buffer; an all-zero text is fine. */
void csv_text_close(struct csv_text *text);

#endif
