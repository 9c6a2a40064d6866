#include "io/row_input.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "io/row_reader.h"
#include "io/text_table.h"

/* A column of words: their codes in all files, and what the codes of the file at hand become. */
struct text_column {
    bool used;
    struct word_codes codes;
    double *recoded; /* by the reader's code */
    size_t recoded_count, recoded_capacity;
};

struct row_input {
    struct row_stream stream;
    const char *const *operands;
    size_t operand_count, current; /* current: the operand that reader reads, or that is to be opened next */
    struct row_format format;
    bool any_names;
    struct row_reader *reader; /* NULL between two operands */
    uint64_t rows_skipped;     /* in operands read to their end */
    char **names;
    struct text_column *texts; /* columns of them, or NULL */
    double *buffer;            /* a block with its codes changed */
    size_t buffer_capacity;
};

bool row_input_is_regular(const char *operand) {
    struct stat status;
    if (strcmp(operand, "-") == 0)
        return false;
    if (stat(operand, &status) == 0)
        return S_ISREG(status.st_mode);
    const char *colon = strrchr(operand, ':');
    char path[4096];
    if (colon == NULL || (size_t)(colon - operand) >= sizeof path)
        return false;
    memcpy(path, operand, (size_t)(colon - operand));
    path[colon - operand] = '\0';
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Whether an operand has the columns and names that the first one has. */
static int check_agreement(const struct row_input *input, const struct row_reader *reader,
                           struct error *error) {
    char here[ERROR_QUOTE_SIZE], there[ERROR_QUOTE_SIZE];
    const struct row_stream *stream = &input->stream;
    if (reader->columns != stream->columns)
        return error_set(error, "%s: %zu %s, but %s has %zu", reader->name, reader->columns,
                         reader->columns == 1 ? "column" : "columns", input->operands[0], stream->columns);
    if (input->any_names || reader->names == NULL || stream->names == NULL)
        return 0;
    for (size_t i = 0; i < stream->columns; i++)
        if (strcmp(reader->names[i], stream->names[i]) != 0)
            return error_set(
                error, "%s: column %zu is '%s', but in %s it is '%s' (--names or -N: any names)",
                reader->name, i + 1, error_quote(here, reader->names[i], strlen(reader->names[i])),
                input->operands[0], error_quote(there, stream->names[i], strlen(stream->names[i])));
    return 0;
}

static int copy_names(struct row_input *input, struct error *error) {
    const char *const *names = input->reader->names;
    if (names == NULL)
        return 0;
    input->names = memory_zeros(error, input->stream.columns, sizeof *input->names);
    if (input->names == NULL)
        return -1;
    for (size_t i = 0; i < input->stream.columns; i++)
        if ((input->names[i] = memory_text(error, names[i], strlen(names[i]))) == NULL)
            return -1;
    input->stream.names = (const char *const *)input->names;
    return 0;
}

/* Finds which columns are text, and gives each its codes. */
static int start_texts(struct row_input *input, const char *levels, struct error *error) {
    if (input->format.text == NULL)
        return 0;
    input->texts = memory_zeros(error, input->stream.columns, sizeof *input->texts);
    if (input->texts == NULL)
        return -1;
    for (size_t i = 0; i < input->stream.columns; i++) {
        size_t count;
        input->texts[i].used = row_reader_levels(input->reader, i, &count) != NULL;
        if (input->texts[i].used && word_codes_start(&input->texts[i].codes, levels, error) < 0)
            return -1;
    }
    return 0;
}

/* Rows that an open reader has, or -1: rows with missing values may be dropped. */
static int64_t rows_of(const struct row_input *input, const struct row_reader *reader) {
    return input->format.missing == MISSING_SKIP ? -1 : row_reader_rows_ahead(reader);
}

/* Opens the later operands for a moment: do they agree with the first, and how many rows are there? */
static int look_ahead(struct row_input *input, struct error *error) {
    int64_t total = rows_of(input, input->reader);
    for (size_t i = 1; i < input->operand_count; i++) {
        if (!row_input_is_regular(input->operands[i])) {
            total = -1;
            continue;
        }
        struct row_reader *reader = row_reader_open(input->operands[i], &input->format, error);
        if (reader == NULL)
            return -1;
        int status = check_agreement(input, reader, error);
        int64_t rows = rows_of(input, reader);
        row_reader_close(reader);
        if (status < 0)
            return -1;
        total = total < 0 || rows < 0 ? -1 : total + rows;
    }
    input->stream.rows_total = total;
    return 0;
}

/* Opens the operand whose turn it is. */
static int open_current(struct row_input *input, struct error *error) {
    input->reader = row_reader_open(input->operands[input->current], &input->format, error);
    for (size_t i = 0; input->texts != NULL && i < input->stream.columns; i++)
        input->texts[i].recoded_count = 0;
    if (input->reader == NULL)
        return -1;
    return input->stream.columns == 0 ? 0 : check_agreement(input, input->reader, error);
}

static void close_current(struct row_input *input) {
    if (input->reader != NULL)
        input->rows_skipped += input->reader->rows_skipped;
    row_reader_close(input->reader);
    input->reader = NULL;
}

/* Brings the table of a text column up to what its reader has met. */
static int extend_recoded(struct row_input *input, size_t column, struct error *error) {
    struct text_column *text = &input->texts[column];
    size_t count;
    const char *const *words = row_reader_levels(input->reader, column, &count);
    if (memory_reserve(error, &text->recoded, &text->recoded_capacity, count, sizeof *text->recoded) < 0)
        return -1;
    for (; text->recoded_count < count; text->recoded_count++) {
        size_t code;
        int found = word_codes_find(&text->codes, words[text->recoded_count], &code, error);
        if (found < 0)
            return -1;
        text->recoded[text->recoded_count] = found ? (double)code : -1;
    }
    return 0;
}

/* Changes the codes of one column in the buffer. */
static int recode_column(struct row_input *input, size_t column, struct error *error) {
    struct text_column *text = &input->texts[column];
    if (extend_recoded(input, column, error) < 0)
        return -1;
    for (size_t i = 0; i < input->reader->row_count; i++) {
        double *value = input->buffer + i * input->stream.columns + column;
        if (!(*value >= 0)) /* missing */
            continue;
        size_t old = (size_t)*value;
        *value = text->recoded[old];
        if (*value < 0) {
            char quoted[ERROR_QUOTE_SIZE];
            size_t count;
            const char *word = row_reader_levels(input->reader, column, &count)[old];
            return row_reader_error(input->reader, error, i, column, "'%s' is none of the --levels",
                                    error_quote(quoted, word, strlen(word)));
        }
    }
    return 0;
}

static int recode_block(struct row_input *input, struct error *error) {
    size_t rows = input->reader->row_count, columns = input->stream.columns;
    if (row_stream_reserve(&input->buffer, &input->buffer_capacity, rows, columns, error) < 0)
        return -1;
    memcpy(input->buffer, input->reader->rows, rows * columns * sizeof *input->buffer);
    for (size_t i = 0; i < columns; i++)
        if (input->texts[i].used && recode_column(input, i, error) < 0)
            return -1;
    input->stream.rows = input->buffer;
    return 0;
}

static int next(struct row_stream *stream, struct error *error) {
    struct row_input *input = (struct row_input *)stream;
    stream->row_count = 0;
    if (input->current == input->operand_count)
        return 0;
    if (input->reader == NULL)
        return open_current(input, error) < 0 ? -1 : 1;
    int status = row_reader_next(input->reader, error);
    if (status < 0)
        return -1;
    if (status == 0) {
        close_current(input);
        return ++input->current < input->operand_count;
    }
    stream->rows = input->reader->rows;
    stream->row_count = input->reader->row_count;
    return input->texts != NULL && recode_block(input, error) < 0 ? -1 : 1;
}

static bool ready(struct row_stream *stream) {
    struct row_input *input = (struct row_input *)stream;
    if (input->current == input->operand_count)
        return true;
    return input->reader != NULL ? row_reader_ready(input->reader)
                                 : row_input_is_regular(input->operands[input->current]);
}

static int rewind_input(struct row_stream *stream, struct error *error) {
    struct row_input *input = (struct row_input *)stream;
    close_current(input);
    input->rows_skipped = 0;
    input->current = 0;
    return open_current(input, error);
}

static int refuse(const struct row_stream *stream, size_t row, const char *text, struct error *error) {
    const struct row_input *input = (const struct row_input *)stream;
    return row_reader_error(input->reader, error, row, ROW_READER_NO_COLUMN, "%s", text);
}

static void note(const struct row_stream *stream, char *text, size_t size) {
    const struct row_input *input = (const struct row_input *)stream;
    uint64_t skipped = input->rows_skipped + (input->reader != NULL ? input->reader->rows_skipped : 0);
    if (skipped > 0)
        snprintf(text, size, "%" PRIu64 " %s with missing values skipped", skipped,
                 skipped == 1 ? "row" : "rows");
}

static void free_input(struct row_stream *stream) {
    struct row_input *input = (struct row_input *)stream;
    close_current(input);
    for (size_t i = 0; i < stream->columns; i++) {
        if (input->names != NULL)
            free(input->names[i]);
        if (input->texts != NULL) {
            word_codes_free(&input->texts[i].codes);
            free(input->texts[i].recoded);
        }
    }
    free(input->names);
    free(input->texts);
    free(input->buffer);
    free(input);
}

static const struct row_stream_kind input_kind = {
    .next = next, .ready = ready, .rewind = rewind_input, .refuse = refuse, .note = note, .free = free_input};

struct row_stream *row_input_open(const char *const *operands, size_t count,
                                  const struct row_input_settings *settings, struct error *error) {
    struct row_input *input = memory_zeros(error, 1, sizeof *input);
    if (input == NULL)
        return NULL;
    *input = (struct row_input){.stream = {.kind = &input_kind, .rewindable = true},
                                .operands = operands,
                                .operand_count = count,
                                .format = *settings->format,
                                .any_names = settings->any_names};
    for (size_t i = 0; i < count; i++)
        input->stream.rewindable = input->stream.rewindable && row_input_is_regular(operands[i]);
    int status = open_current(input, error);
    if (status == 0)
        input->stream.columns = input->reader->columns;
    if (status < 0 || copy_names(input, error) < 0 || start_texts(input, settings->levels, error) < 0 ||
        look_ahead(input, error) < 0) {
        free_input(&input->stream);
        return NULL;
    }
    return &input->stream;
}

const struct word_codes *row_input_words(const struct row_stream *stream, size_t column) {
    const struct row_input *input = (const struct row_input *)stream;
    return input->texts != NULL && input->texts[column].used ? &input->texts[column].codes : NULL;
}

static int write_levels(const struct word_codes *codes, struct text_table *table, struct error *error) {
    for (size_t code = 0; code < codes->table.count; code++)
        if (text_table_number(table, (double)code, error) < 0 ||
            text_table_word(table, codes->table.words[code], error) < 0)
            return -1;
    return 0;
}

int row_input_write_levels(const struct row_stream *stream, const char *path, struct error *error) {
    const char *const names[] = {"code", "level"};
    const struct word_codes *codes = NULL;
    size_t found = 0;
    for (size_t i = 0; i < stream->columns; i++)
        if (row_input_words(stream, i) != NULL) {
            codes = row_input_words(stream, i);
            found++;
        }
    if (found != 1)
        return error_set_usage(error, "--print-levels needs one --factor column, there are %zu", found);
    struct text_table *table = text_table_open(&(struct row_layout){.path = path}, 2, names, error);
    if (table == NULL)
        return -1;
    if (write_levels(codes, table, error) == 0)
        return text_table_close(table, error);
    text_table_discard(table);
    return -1;
}
