#include "io/word_list.h"

#include <string.h>

#include "base/memory.h"

/* Takes a quoted word from text (just behind its first quote) into word. Returns what follows the last quote.
 */
static const char *take_quoted(const char *text, char *word) {
    for (; *text != '\0'; text++) {
        if (*text == '"' && text[1] != '"')
            break;
        text += *text == '"';
        *word++ = *text;
    }
    *word = '\0';
    return *text == '"' ? text + 1 : NULL;
}

/* Takes one word. Returns the comma or the end behind it, or NULL. */
static const char *take_word(const char *text, char **word, struct error *error) {
    size_t length = strcspn(text, ",");
    *word = memory_text(error, text, text[0] == '"' ? strlen(text) : length);
    if (*word == NULL || text[0] != '"')
        return *word == NULL ? NULL : text + length;
    const char *after = take_quoted(text + 1, *word);
    if (after != NULL && (*after == '\0' || *after == ','))
        return after;
    char quoted[ERROR_QUOTE_SIZE];
    error_set_usage(error, "a quote stands alone in '%s'", error_quote(quoted, text, strlen(text)));
    free(*word);
    return NULL;
}

int word_list_split(struct word_list *list, const char *text, struct error *error) {
    size_t capacity = 0;
    *list = (struct word_list){NULL, 0};
    for (;;) {
        if (memory_reserve(error, &list->words, &capacity, list->count + 1, sizeof *list->words) < 0)
            break;
        text = take_word(text, &list->words[list->count], error);
        if (text == NULL)
            break;
        list->count++;
        if (*text++ == '\0')
            return 0;
    }
    word_list_free(list);
    return -1;
}

void word_list_free(struct word_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->words[i]);
    free(list->words);
    *list = (struct word_list){NULL, 0};
}
