#include "process/class_labels.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "process/class_likelihood.h"

static bool is_number(const char *text, double *value) {
    const char *end = text + strlen(text);
    return decimal_parse(text, end, '.', value) == end && end > text;
}

static int compare(const void *left, const void *right) {
    const char *a = *(char *const *)left, *b = *(char *const *)right;
    double x, y;
    bool number = is_number(a, &x), other = is_number(b, &y);
    if (number && other)
        return (x > y) - (x < y);
    return number != other ? other - number : strcmp(a, b);
}

/* The one spelling of a number, to be freed. */
static char *spell_number(double value, struct error *error) {
    char text[DECIMAL_SIZE];
    size_t length = decimal_print(text, value);
    return memory_text(error, text, length);
}

static char *spell_word(const char *word, struct error *error) {
    double value;
    return is_number(word, &value) ? spell_number(value, error) : memory_text(error, word, strlen(word));
}

void class_labels_free(struct class_labels *labels) {
    for (size_t i = 0; labels->texts != NULL && i < labels->count; i++)
        free(labels->texts[i]);
    free(labels->texts);
    *labels = (struct class_labels){0};
}

int class_labels_copy(struct class_labels *labels, size_t count, char *const *texts, struct error *error) {
    *labels = (struct class_labels){count, memory_zeros(error, count, sizeof *labels->texts)};
    for (size_t i = 0; labels->texts != NULL && i < count; i++) {
        labels->texts[i] = memory_text(error, texts[i], strlen(texts[i]));
        if (labels->texts[i] == NULL) {
            class_labels_free(labels);
            return -1;
        }
    }
    return labels->texts == NULL ? -1 : 0;
}

/* Sorts, and drops what is there twice. */
static void tidy(struct class_labels *labels) {
    size_t kept = 0;
    qsort(labels->texts, labels->count, sizeof *labels->texts, compare);
    for (size_t i = 0; i < labels->count; i++) {
        if (kept > 0 && strcmp(labels->texts[kept - 1], labels->texts[i]) == 0)
            free(labels->texts[i]);
        else
            labels->texts[kept++] = labels->texts[i];
    }
    labels->count = kept;
}

static int add(struct class_labels *labels, size_t *capacity, char *text, struct error *error) {
    if (text == NULL)
        return -1;
    if (memory_reserve(error, &labels->texts, capacity, labels->count + 1, sizeof *labels->texts) < 0) {
        free(text);
        return -1;
    }
    labels->texts[labels->count++] = text;
    return 0;
}

/* All different numbers of a column, found one after another among those known. */
static int gather_numbers(struct class_labels *labels, size_t rows, size_t columns, const double *values,
                          struct error *error) {
    double known[CLASS_LIKELIHOOD_FUNCTIONS_MAX + 1], last = NAN;
    size_t capacity = 0;
    for (size_t i = 0; i < rows && labels->count <= CLASS_LIKELIHOOD_FUNCTIONS_MAX; i++) {
        double value = values[i * columns];
        size_t k = 0;
        if (value == last)
            continue;
        while (k < labels->count && known[k] != value)
            k++;
        last = value;
        if (k < labels->count)
            continue;
        known[k] = value;
        if (add(labels, &capacity, spell_number(value, error), error) < 0)
            return -1;
    }
    return 0;
}

static int gather_words(struct class_labels *labels, size_t count, const char *const *words,
                        struct error *error) {
    size_t capacity = 0;
    for (size_t i = 0; i < count && labels->count <= CLASS_LIKELIHOOD_FUNCTIONS_MAX; i++)
        if (add(labels, &capacity, spell_word(words[i], error), error) < 0)
            return -1;
    return 0;
}

void class_labels_spell(const struct row_reader *reader, size_t column, double value,
                        char text[CLASS_LABELS_TEXT_SIZE]) {
    size_t count;
    const char *const *words = row_reader_levels(reader, column, &count);
    double number = value;
    if (words != NULL && !(value >= 0 && value < (double)count)) {
        text[0] = '\0';
        return;
    }
    if (words != NULL && !is_number(words[(size_t)value], &number)) {
        snprintf(text, CLASS_LABELS_TEXT_SIZE, "%s", words[(size_t)value]);
        return;
    }
    text[decimal_print(text, number)] = '\0';
}

size_t class_labels_find(const struct class_labels *labels, const struct row_reader *reader, size_t column,
                         double value) {
    size_t count, found = 0;
    const char *const *words = row_reader_levels(reader, column, &count);
    double number;
    char text[DECIMAL_SIZE + 1];
    const char *spelt = text;
    if (words != NULL && !(value >= 0 && value < (double)count))
        return labels->count; /* missing */
    if (words == NULL)
        text[decimal_print(text, value)] = '\0';
    else if (is_number(words[(size_t)value], &number))
        text[decimal_print(text, number)] = '\0';
    else
        spelt = words[(size_t)value];
    while (found < labels->count && strcmp(labels->texts[found], spelt) != 0)
        found++;
    return found;
}

/* Classes for the codes of the reader, or for the numbers. */
static int number_rows(const struct class_labels *labels, const struct row_reader *reader, size_t rows,
                       size_t columns, size_t column, double *values, struct error *error) {
    size_t words = 0;
    row_reader_levels(reader, column, &words);
    double *of_words = memory_array(error, words + 1, sizeof *of_words);
    if (of_words == NULL)
        return -1;
    bool coded = row_reader_levels(reader, column, &words) != NULL;
    for (size_t w = 0; coded && w < words; w++)
        of_words[w] = (double)class_labels_find(labels, reader, column, (double)w);
    for (size_t i = 0; i < rows; i++) {
        double *value = &values[i * columns + column];
        *value = coded ? of_words[(size_t)*value] : (double)class_labels_find(labels, reader, column, *value);
    }
    free(of_words);
    return 0;
}

int class_labels_take(struct class_labels *labels, const struct row_reader *reader, size_t rows,
                      size_t columns, size_t column, double *values, struct error *error) {
    size_t count = 0;
    const char *const *words = row_reader_levels(reader, column, &count);
    *labels = (struct class_labels){0};
    int status = words != NULL ? gather_words(labels, count, words, error)
                               : gather_numbers(labels, rows, columns, values + column, error);
    if (status == 0 && labels->count > CLASS_LIKELIHOOD_FUNCTIONS_MAX)
        status = error_set(error, "column %zu has more than %d classes", column + 1,
                           CLASS_LIKELIHOOD_FUNCTIONS_MAX);
    if (status == 0) {
        tidy(labels);
        status = number_rows(labels, reader, rows, columns, column, values, error);
    }
    if (status < 0)
        class_labels_free(labels);
    return status;
}
