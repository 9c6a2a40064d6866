#include "io/partial_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"

enum { LISTED_MAX = 16 }; /* numbers that stand in the text as they are */

static bool parts_words(unsigned char byte) {
    return byte <= ' ' || byte == '%' || byte == 0x7f;
}

int partial_options_text(struct partial_options *options, const char *name, const char *value,
                         struct error *error) {
    size_t used = options->text != NULL ? strlen(options->text) : 0;
    if (value == NULL)
        return 0;
    size_t needed = used + strlen(name) + 3 * strlen(value) + sizeof " =";
    if (memory_reserve(error, &options->text, &options->capacity, needed, 1) < 0)
        return -1;
    char *end = options->text + used;
    end += sprintf(end, "%s%s=", used > 0 ? " " : "", name);
    for (; *value != '\0'; value++) {
        if (parts_words((unsigned char)*value))
            end += sprintf(end, "%%%02X", (unsigned char)*value);
        else
            *end++ = *value;
    }
    *end = '\0';
    return 0;
}

int partial_options_number(struct partial_options *options, const char *name, double value,
                           struct error *error) {
    char number[DECIMAL_SIZE];
    number[decimal_print(number, value)] = '\0';
    return partial_options_text(options, name, number, error);
}

/* FNV-1a of the numbers' bytes (Fowler, Noll and Vo). */
static uint64_t hash_numbers(size_t count, const double *values) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        for (unsigned shift = 0; shift < 64; shift += 8)
            hash = (hash ^ (bits >> shift & 0xff)) * 0x100000001b3U;
    }
    return hash;
}

int partial_options_numbers(struct partial_options *options, const char *name, size_t count,
                            const double *values, struct error *error) {
    char text[LISTED_MAX * (DECIMAL_SIZE + 1)];
    if (count > LISTED_MAX)
        snprintf(text, sizeof text, "#%016" PRIx64, hash_numbers(count, values));
    else
        text[decimal_print_rows(text, values, count, count, ',', '\0') - 1] = '\0';
    return partial_options_text(options, name, text, error);
}

/* The word that begins at text; its name ends at "=" or with it. */
struct word {
    const char *start;
    size_t length, name_length;
};

/* Takes the next word of *text. Returns whether there is one. */
static bool next_word(const char **text, struct word *word) {
    *text += strspn(*text, " ");
    word->start = *text;
    word->length = strcspn(*text, " ");
    word->name_length = strcspn(*text, "= ");
    *text += word->length;
    return word->length > 0;
}

static const char *value_of(const struct word *word, size_t *length) {
    size_t before = word->name_length < word->length ? word->name_length + 1 : word->length;
    *length = word->length - before;
    return word->start + before;
}

static bool has_name(const struct word *word, const char *name, size_t length) {
    return word->name_length == length && memcmp(word->start, name, length) == 0;
}

/* The value of that name, after so many others of it. */
static const char *find(const char *options, const char *name, size_t name_length, size_t after,
                        size_t *length) {
    struct word word;
    while (next_word(&options, &word))
        if (has_name(&word, name, name_length) && after-- == 0)
            return value_of(&word, length);
    return NULL;
}

const char *partial_options_find(const char *options, const char *name, size_t *length) {
    return find(options, name, strlen(name), 0, length);
}

/* How many words of the name stand before the word. */
static size_t count_before(const char *options, const struct word *before) {
    size_t count = 0;
    struct word word;
    while (next_word(&options, &word) && word.start < before->start)
        count += has_name(&word, before->start, before->name_length);
    return count;
}

/* The first word of one whose value in other is another. */
static bool differs(const char *one, const char *other, struct partial_options_difference *difference) {
    const char *rest = one;
    struct word word;
    while (next_word(&rest, &word)) {
        size_t after = count_before(one, &word);
        difference->name = word.start;
        difference->name_length = word.name_length;
        difference->one = value_of(&word, &difference->one_length);
        difference->other = find(other, word.start, word.name_length, after, &difference->other_length);
        if (difference->other == NULL || difference->one_length != difference->other_length ||
            memcmp(difference->one, difference->other, difference->one_length) != 0)
            return true;
    }
    return false;
}

bool partial_options_differ(const char *one, const char *other,
                            struct partial_options_difference *difference) {
    struct partial_options_difference swapped;
    if (differs(one, other, difference))
        return true;
    if (!differs(other, one, &swapped))
        return false;
    *difference = swapped;
    difference->one = swapped.other;
    difference->one_length = swapped.other_length;
    difference->other = swapped.one;
    difference->other_length = swapped.one_length;
    return true;
}
