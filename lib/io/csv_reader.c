#include "io/csv_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "io/csv_dialect.h"
#include "io/csv_piece.h"
#include "io/csv_text.h"

enum { WAITS = 2 };

__extension__ typedef unsigned __int128 wide;

struct csv_reader {
    struct csv_plan plan;
    struct csv_text text;
    size_t threads;

    struct csv_piece *pieces; /* of the text at hand */
    size_t piece_capacity;
    size_t piece_count, parsed,
        current;           /* current: the first not done with; below parsed, or there is none */
    struct csv_piece lent; /* whose rows the caller has */
    uint64_t lent_line;    /* the line that it begins on */
    uint64_t rows_skipped;

    struct error error; /* what was found, and not yet told */
    bool failed;
};

/* ---- opening ---- */

static int skip_byte_order_mark(struct csv_text *text, struct error *error) {
    const unsigned char *bytes;
    size_t available;
    if (byte_source_peek(text->source, 1, &bytes, &available, error) < 0)
        return -1;
    if (available == 0 || (bytes[0] != 0xef && bytes[0] != 0xfe && bytes[0] != 0xff))
        return 0;
    if (byte_source_peek(text->source, 3, &bytes, &available, error) < 0)
        return -1;
    if (available >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        return error_set(error, "%s: the text is UTF-16; expected UTF-8", byte_source_name(text->source));
    if (available == 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        unsigned char mark[3];
        text->offset = 3;
        return byte_source_read_full(text->source, mark, 3, error) < 0 ? -1 : 0;
    }
    return 0;
}

/* Finds the first line that is neither blank nor a comment. */
static int find_first_record(struct csv_text *text, const char **end, struct error *error) {
    for (;;) {
        size_t lines = 0;
        int status = csv_text_next_line(text, end, error);
        if (status == 0)
            return error_set(error, "%s: no rows", byte_source_name(text->source));
        if (status < 0)
            return -1;
        const char *begin = text->bytes + text->begin;
        if (csv_record_skip(&text->scanner.syntax, begin, *end, &lines) < *end)
            return 0;
        text->begin = (size_t)(*end - text->bytes);
        text->line += lines;
    }
}

/* Tells how the file is written and what to do with it, and goes on to the first row. */
static int read_first_record(struct csv_reader *reader, const struct row_format *format,
                             struct error *error) {
    struct csv_text *text = &reader->text;
    struct csv_record record = {0};
    struct csv_syntax syntax;
    const char *end;
    text->scanner.syntax.delimiter = format->delimiter;
    if (skip_byte_order_mark(text, error) < 0 || find_first_record(text, &end, error) < 0)
        return -1;

    const char *begin = text->bytes + text->begin;
    int status = csv_dialect_detect(&syntax, begin, end, format, error);
    if (status == 0)
        status = csv_record_split(&record, &syntax, begin, end, error);
    if (status == 0)
        error_set(error, "a quoted name runs over its line's end: -d must name the delimiter");
    if (status <= 0) {
        csv_record_free(&record);
        return error_prefix(error, "%s:%llu", byte_source_name(text->source), (unsigned long long)text->line);
    }
    status = csv_plan_make(&reader->plan, &syntax, &record, format, error);
    if (status < 0)
        error_prefix(error, "%s", byte_source_name(text->source));
    else
        csv_text_start(text, reader->plan.header ? record.after : begin,
                       reader->plan.header ? record.lines : 0, &syntax);
    csv_record_free(&record);
    return status;
}

/* The lines that begin in the shard's part of the file, from the first row on. */
static int start_shard(struct csv_reader *reader, size_t shard, size_t shards, struct error *error) {
    struct csv_text *text = &reader->text;
    if (!byte_source_seekable(text->source))
        return error_set(error, "%s: only a regular file without compression can be read in parts",
                         byte_source_name(text->source));
    wide size = byte_source_size(text->source);
    uint64_t first = text->offset + text->begin;
    uint64_t low = (uint64_t)(size * (shard - 1) / shards), high = (uint64_t)(size * shard / shards);
    reader->plan.one_line = true;
    return csv_text_seek(text, low > first ? low : first, low <= first, high, error);
}

struct csv_reader *csv_reader_open(struct byte_source *source, const struct row_format *format,
                                   struct error *error) {
    struct csv_reader *reader = memory_zeros(error, 1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    if (csv_text_open(&reader->text, source, error) < 0 || read_first_record(reader, format, error) < 0 ||
        (format->shards > 0 && start_shard(reader, format->shard, format->shards, error) < 0)) {
        csv_reader_close(reader);
        return NULL;
    }
    /* Words get their codes in the order of the rows: one piece after another. */
    reader->threads = format->threads > 0 && reader->plan.tables == NULL ? format->threads : 1;
    return reader;
}

const struct csv_plan *csv_reader_plan(const struct csv_reader *reader) {
    return &reader->plan;
}

/* ---- going on ---- */

static int take_cuts(struct csv_reader *reader) {
    struct csv_text *text = &reader->text;
    size_t old = reader->piece_capacity;
    if (memory_reserve(&reader->error, &reader->pieces, &reader->piece_capacity, text->cut_count,
                       sizeof *reader->pieces) < 0)
        return -1;
    for (size_t i = old; i < reader->piece_capacity; i++)
        reader->pieces[i] = (struct csv_piece){0};

    size_t begin = text->begin;
    for (size_t i = 0; i < text->cut_count; i++) {
        reader->pieces[i].begin = text->bytes + begin;
        reader->pieces[i].end = text->bytes + text->cuts[i];
        begin = text->cuts[i];
    }
    text->begin = begin;
    reader->piece_count = text->cut_count;
    reader->parsed = reader->current = 0;
    return 1;
}

static void parse_block(void *context, size_t block, size_t worker) {
    struct csv_reader *reader = context;
    (void)worker;
    csv_piece_parse(&reader->pieces[block], &reader->plan);
}

/* Alone, a piece is parsed when its rows are asked for: they are used while they are in the cache. */
static void parse(struct csv_reader *reader) {
    if (reader->threads == 1) {
        csv_piece_parse(&reader->pieces[reader->parsed++], &reader->plan);
        return;
    }
    parallel_for(reader->threads, reader->piece_count, parse_block, reader);
    reader->parsed = reader->piece_count;
}

/* Done with the rows of the current piece: minds how it ended. */
static int finish_piece(struct csv_reader *reader) {
    struct csv_piece *piece = &reader->pieces[reader->current];
    struct csv_text *text = &reader->text;
    text->line += piece->lines;
    reader->rows_skipped += piece->rows_skipped;
    reader->current++;
    if (piece->how == CSV_PIECE_WHOLE)
        return 0;

    unsigned long long line = csv_text_line_number(text, text->line);
    reader->error = piece->error;
    if (reader->plan.one_line && piece->how == CSV_PIECE_OPEN)
        error_set(&reader->error, CSV_PIECE_JOINED);
    if (reader->plan.one_line || piece->how == CSV_PIECE_ERROR)
        return error_prefix(&reader->error, "%s:%llu", byte_source_name(text->source), line);
    csv_text_mind_quotes(text, piece->stopped);
    reader->piece_count = reader->parsed = reader->current = 0;
    return 0;
}

/* Goes on to the next piece with rows. Returns 1: it is the current one; 0: the end; -1: reader->error is
 * set; WAITS: there is none without waiting. */
static int advance(struct csv_reader *reader, bool may_wait) {
    while (!reader->failed) {
        int status = 1;
        if (reader->current < reader->parsed) {
            if (reader->pieces[reader->current].rows > 0)
                return 1;
            status = finish_piece(reader);
        } else if (reader->parsed < reader->piece_count) {
            parse(reader);
        } else {
            status = csv_text_fill(&reader->text, may_wait, &reader->error);
            if (status == 0 || status == WAITS)
                return status;
            if (status > 0)
                status = take_cuts(reader);
        }
        reader->failed = status < 0;
    }
    return -1;
}

int csv_reader_next(struct csv_reader *reader, struct csv_block *block, struct error *error) {
    int status = advance(reader, true);
    *block = (struct csv_block){0};
    if (status < 0)
        *error = reader->error;
    if (status <= 0)
        return status;

    /* The rows change hands, so that whatever is parsed meanwhile does not touch them. */
    struct csv_piece *piece = &reader->pieces[reader->current], old = reader->lent;
    reader->lent = *piece;
    reader->lent_line = reader->text.line;
    piece->values = old.values;
    piece->value_capacity = old.value_capacity;
    piece->jumps = old.jumps;
    piece->jump_capacity = old.jump_capacity;
    piece->rows = 0;
    reader->rows_skipped += piece->rows_skipped;
    piece->rows_skipped = 0;
    *block = (struct csv_block){reader->lent.values, reader->lent.rows};
    return 1;
}

bool csv_reader_ready(struct csv_reader *reader) {
    return advance(reader, false) != WAITS;
}

uint64_t csv_reader_line(const struct csv_reader *reader, size_t row) {
    return csv_text_line_number(&reader->text, reader->lent_line + csv_piece_line(&reader->lent, row));
}

uint64_t csv_reader_rows_skipped(const struct csv_reader *reader) {
    return reader->rows_skipped;
}

void csv_reader_close(struct csv_reader *reader) {
    if (reader == NULL)
        return;
    for (size_t i = 0; i < reader->piece_capacity; i++)
        csv_piece_free(&reader->pieces[i]);
    free(reader->lent.values);
    free(reader->lent.jumps);
    free(reader->pieces);
    csv_text_close(&reader->text);
    csv_plan_free(&reader->plan);
    free(reader);
}
