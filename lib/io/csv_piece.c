#include "io/csv_piece.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"

/* ---- the quick way: numbers, delimiters and nothing else. NULL leaves the record to the careful way. ----
 */

/* Reads a number, with blanks around it, that no missing value is. Returns what follows. */
ALWAYS_INLINE const char *read_number(const struct csv_syntax *syntax, const char *at, const char *end,
                                      char stop, double *value) {
    if (__builtin_expect(*at == ' ', 0))
        at = csv_skip_blanks(syntax, at);
    at = decimal_parse(at, end, syntax->point, value);
    if (__builtin_expect(at == NULL || isnan(*value), 0))
        return NULL;
    if (__builtin_expect(*at != stop, 0))
        at = csv_skip_blanks(syntax, at);
    return at;
}

/* Behind the newline at text, or NULL where there is none. */
ALWAYS_INLINE const char *pass_newline(const char *text) {
    text += *text == '\r';
    return *text == '\n' ? text + 1 : NULL;
}

/* A record of numbers, all of them handed out in order. */
static const char *read_straight(const struct csv_plan *plan, const char *at, const char *end, double *row) {
    struct csv_syntax syntax = plan->syntax;
    size_t last = plan->width - 1;
    for (size_t i = 0; i < last; i++) {
        at = read_number(&syntax, at, end, syntax.delimiter, row + i);
        if (__builtin_expect(at == NULL || *at != syntax.delimiter, 0))
            return NULL;
        at++;
    }
    at = read_number(&syntax, at, end, '\n', row + last);
    return at != NULL ? pass_newline(at) : NULL;
}

/* Past a field that nobody wants. */
static const char *skip_field(const struct csv_syntax *syntax, const char *at) {
    at = csv_skip_blanks(syntax, at);
    if (*at == '"')
        return NULL;
    while (*at != syntax->delimiter && *at != '\n' && *at != '\0' && *at != '\t' && *at != '\r')
        at++;
    return at;
}

/* Past the delimiter behind field i; NULL where it is not there, or the record does not end with its last
 * field. */
static const char *pass_delimiter(const struct csv_plan *plan, const char *at, size_t i) {
    if (plan->syntax.delimiter == CSV_BLANKS) {
        const char *next = csv_skip_blanks(&plan->syntax, at);
        if (i + 1 == plan->width)
            return pass_newline(next);
        return next > at && *next != '\r' && *next != '\n' ? next : NULL;
    }
    if (i + 1 == plan->width)
        return pass_newline(at);
    return *at == plan->syntax.delimiter ? at + 1 : NULL;
}

/* Whether text .. end, a number, is one of the added spellings of a missing value. */
static bool spelled_missing(const struct csv_plan *plan, const char *text, const char *end) {
    if (plan->missing_words.added == NULL)
        return false;
    while (end > text && csv_blank(&plan->syntax, end[-1]))
        end--;
    return missing_words_match(&plan->missing_words, text, (size_t)(end - text));
}

/* A record of numbers, and of fields that are left out. */
static const char *read_chosen(const struct csv_piece *piece, const struct csv_plan *plan, const char *at,
                               const char *end, double *row) {
    for (size_t i = 0; i < plan->width; i++) {
        at = csv_skip_blanks(&plan->syntax, at);
        if (plan->kinds[i] == CSV_FIELD_NUMBER) {
            const char *text = at;
            at = read_number(&plan->syntax, at, end, plan->syntax.delimiter, &piece->fields[i]);
            if (at == NULL || spelled_missing(plan, text, at))
                return NULL;
        } else {
            at = skip_field(&plan->syntax, at);
        }
        at = at != NULL ? pass_delimiter(plan, at, i) : NULL;
        if (at == NULL)
            return NULL;
    }
    for (size_t j = 0; j < plan->columns; j++)
        row[j] = piece->fields[plan->sources[j]];
    return at;
}

/* ---- the careful way: any record, field by field ---- */

enum outcome { OUTCOME_ROW, OUTCOME_SKIPPED, OUTCOME_OPEN, OUTCOME_ERROR };

/* A word for the message: 1,5 reads with --decimal-comma. */
static const char *hint(const struct csv_plan *plan, const struct csv_field *field) {
    double value;
    const char *end = field->text + field->length;
    bool comma = plan->syntax.point == '.' && memchr(field->text, ',', field->length) != NULL;
    return comma && decimal_parse(field->text, end, ',', &value) == end ? " (--decimal-comma reads it)" : "";
}

/* Reads field i as a number; a missing value becomes nan. */
static int read_field(const struct csv_plan *plan, const struct csv_field *field, size_t i, double *value,
                      struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    const char *end = field->text + field->length;
    *value = (double)NAN;
    if (missing_words_match(&plan->missing_words, field->text, field->length) ||
        decimal_parse(field->text, end, plan->syntax.point, value) == end)
        return 0;
    return error_set(error, "field %zu: expected a number, got '%s'%s", i + 1,
                     error_quote(quoted, field->text, field->length), hint(plan, field));
}

/* Whether a field that is handed out is missing: a nan, or for a text column one of the words. */
static bool is_missing(const struct csv_piece *piece, const struct csv_plan *plan, size_t i) {
    const struct csv_field *field = &piece->record.fields[i];
    if (plan->kinds[i] == CSV_FIELD_NUMBER)
        return isnan(piece->fields[i]);
    return plan->kinds[i] == CSV_FIELD_TEXT &&
           missing_words_match(&plan->missing_words, field->text, field->length);
}

static int read_word(struct csv_piece *piece, const struct csv_plan *plan, size_t i) {
    const struct csv_field *field = &piece->record.fields[i];
    if (memory_reserve(&piece->error, &piece->word, &piece->word_capacity, field->length, 1) < 0)
        return -1;
    size_t length = csv_record_unescape(piece->word, field);
    int64_t code = word_table_code(&plan->tables[i], piece->word, length, &piece->error);
    if (code < 0)
        return -1;
    piece->fields[i] = (double)code;
    return 0;
}

/* Fields to values. Words get codes only where the row is kept. */
static enum outcome read_fields(struct csv_piece *piece, const struct csv_plan *plan, double *row) {
    size_t missing = plan->width;
    for (size_t i = 0; i < plan->width; i++) {
        if (plan->kinds[i] == CSV_FIELD_NUMBER &&
            read_field(plan, &piece->record.fields[i], i, &piece->fields[i], &piece->error) < 0)
            return OUTCOME_ERROR;
        if (missing == plan->width && is_missing(piece, plan, i))
            missing = i;
    }
    if (missing < plan->width && plan->missing == MISSING_SKIP)
        return OUTCOME_SKIPPED;
    if (missing < plan->width && plan->missing != MISSING_KEEP) {
        error_set(&piece->error, "field %zu: the value is missing%s", missing + 1,
                  plan->missing == MISSING_FAIL ? " (--na skip drops such rows)" : "");
        return OUTCOME_ERROR;
    }
    for (size_t i = 0; plan->tables != NULL && i < plan->width; i++) {
        if (plan->kinds[i] != CSV_FIELD_TEXT)
            continue;
        piece->fields[i] = (double)NAN;
        if (!is_missing(piece, plan, i) && read_word(piece, plan, i) < 0)
            return OUTCOME_ERROR;
    }
    for (size_t j = 0; j < plan->columns; j++)
        row[j] = piece->fields[plan->sources[j]];
    return OUTCOME_ROW;
}

static enum outcome read_carefully(struct csv_piece *piece, const struct csv_plan *plan, const char *at,
                                   double *row) {
    struct csv_record *record = &piece->record;
    int status = csv_record_split(record, &plan->syntax, at, piece->end, &piece->error);
    if (status <= 0)
        return status == 0 ? OUTCOME_OPEN : OUTCOME_ERROR;
    if (plan->one_line && record->lines > 1) {
        error_set(&piece->error, CSV_PIECE_JOINED);
        return OUTCOME_ERROR;
    }
    if (record->count != plan->width) {
        error_set(&piece->error, "expected %zu field%s, got %zu", plan->width, plan->width == 1 ? "" : "s",
                  record->count);
        return OUTCOME_ERROR;
    }
    return read_fields(piece, plan, row);
}

/* ---- all records of a piece ---- */

static int note_line(struct csv_piece *piece, size_t *expected) {
    if (piece->lines != *expected) {
        if (memory_reserve(&piece->error, &piece->jumps, &piece->jump_capacity, piece->jump_count + 1,
                           sizeof *piece->jumps) < 0)
            return -1;
        piece->jumps[piece->jump_count++] = (struct csv_line_jump){piece->rows, piece->lines};
    }
    *expected = piece->lines + 1;
    return 0;
}

/* Reads the record at text into the next row. Returns what follows it, or NULL with `how` set. */
static const char *read_record(struct csv_piece *piece, const struct csv_plan *plan, const char *at,
                               size_t *expected_line) {
    if (memory_reserve(&piece->error, &piece->values, &piece->value_capacity,
                       (piece->rows + 1) * plan->columns, sizeof *piece->values) < 0)
        return NULL;
    double *row = piece->values + piece->rows * plan->columns;
    const char *after = plan->straight         ? read_straight(plan, at, piece->end, row)
                        : plan->tables == NULL ? read_chosen(piece, plan, at, piece->end, row)
                                               : NULL;
    enum outcome outcome = OUTCOME_ROW;
    size_t lines = 1;
    if (after == NULL) {
        outcome = read_carefully(piece, plan, at, row);
        if (outcome == OUTCOME_OPEN)
            piece->how = CSV_PIECE_OPEN;
        if (outcome == OUTCOME_OPEN || outcome == OUTCOME_ERROR)
            return NULL;
        after = piece->record.after;
        lines = piece->record.lines;
    }
    if (outcome == OUTCOME_SKIPPED)
        piece->rows_skipped++;
    else if (note_line(piece, expected_line) < 0)
        return NULL;
    else
        piece->rows++;
    piece->lines += lines;
    return after;
}

void csv_piece_parse(struct csv_piece *piece, const struct csv_plan *plan) {
    const char *at = piece->begin;
    size_t expected_line = 0;
    piece->rows = piece->rows_skipped = piece->lines = piece->jump_count = 0;
    piece->how = CSV_PIECE_ERROR;
    piece->stopped = at;
    if (memory_reserve(&piece->error, &piece->fields, &piece->field_capacity, plan->width,
                       sizeof *piece->fields) < 0)
        return;
    while (at < piece->end) {
        /* A record of numbers begins with none of these. */
        if (*at <= '#')
            at = csv_record_skip(&plan->syntax, at, piece->end, &piece->lines);
        piece->stopped = at;
        if (at == piece->end)
            break;
        at = read_record(piece, plan, at, &expected_line);
        if (at == NULL)
            return;
    }
    piece->how = CSV_PIECE_WHOLE;
    piece->stopped = piece->end;
}

size_t csv_piece_line(const struct csv_piece *piece, size_t row) {
    size_t low = 0, high = piece->jump_count; /* the jumps before `low` are at or before the row */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (piece->jumps[middle].row <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? row : piece->jumps[low - 1].line + (row - piece->jumps[low - 1].row);
}

void csv_piece_free(struct csv_piece *piece) {
    free(piece->values);
    free(piece->jumps);
    free(piece->fields);
    free(piece->word);
    csv_record_free(&piece->record);
    *piece = (struct csv_piece){0};
}
