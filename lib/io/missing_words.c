#include "io/missing_words.h"

#include <string.h>

static bool equals(const char *text, size_t length, const char *word) {
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

bool missing_words_match(const struct missing_words *words, const char *text, size_t length) {
    if (length == 0 || equals(text, length, "nan") || equals(text, length, "NaN") ||
        equals(text, length, "NA") || equals(text, length, "N/A") || equals(text, length, "null"))
        return true;
    for (const char *word = words->added; word != NULL && *word != '\0';) {
        size_t size = strcspn(word, ",");
        if (size == length && memcmp(word, text, length) == 0)
            return true;
        word += size + (word[size] == ',');
    }
    return false;
}
