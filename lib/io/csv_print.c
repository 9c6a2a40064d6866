#include "io/csv_print.h"

#include <string.h>

#include "base/instruction_sets.h"
#include "io/decimal.h"

_Static_assert(CSV_PRINT_NUMBER_SIZE == DECIMAL_SIZE + 1, "a number and the delimiter");

ALWAYS_INLINE size_t print_number(char *text, const struct csv_print_style *style, double value) {
    if (style->digits > 0)
        return decimal_print_rounded(text, style->as_float ? (double)(float)value : value, style->digits);
    return style->as_float ? decimal_print_float(text, (float)value) : decimal_print(text, value);
}

size_t csv_print_rows(char *text, const struct csv_print_style *style, const char *const *labels,
                      const double *rows, size_t row_count, size_t columns) {
    bool shortest = style->digits == 0 && !style->as_float;
    char *at = text;
    if (shortest && labels == NULL)
        return decimal_print_rows(text, rows, row_count * columns, columns, ',', '\n');
    for (size_t i = 0; i < row_count; i++) {
        if (labels != NULL) {
            at += csv_print_text(at, labels[i]);
            *at++ = columns > 0 ? ',' : '\n';
        }
        if (shortest) {
            at += decimal_print_rows(at, rows + i * columns, columns, columns, ',', '\n');
            continue;
        }
        for (size_t j = 0; j < columns; j++) {
            at += print_number(at, style, rows[i * columns + j]);
            *at++ = j + 1 < columns ? ',' : '\n';
        }
    }
    return (size_t)(at - text);
}

size_t csv_print_text_size(const char *word) {
    return 2 * strlen(word) + 3;
}

static bool needs_quotes(const char *word, size_t length) {
    return length == 0 || word[0] == '#' || strpbrk(word, ",\"\n\r\t;|") != NULL || word[0] == ' ' ||
           word[length - 1] == ' ';
}

size_t csv_print_text(char *text, const char *word) {
    size_t length = strlen(word);
    char *at = text;
    if (!needs_quotes(word, length)) {
        memcpy(text, word, length);
        return length;
    }
    *at++ = '"';
    for (; *word != '\0'; word++) {
        if (*word == '"')
            *at++ = '"';
        *at++ = *word;
    }
    *at++ = '"';
    return (size_t)(at - text);
}
