#include "io/word_codes.h"

#include <string.h>

#include "io/word_list.h"

/* Adds the words of a list, which must differ. */
static int add_words(struct word_codes *codes, const struct word_list *list, struct error *error) {
    for (size_t i = 0; i < list->count; i++) {
        const char *word = list->words[i];
        int64_t code = word_table_code(&codes->table, word, strlen(word), error);
        char quoted[ERROR_QUOTE_SIZE];
        if (code < 0)
            return -1;
        if ((size_t)code != i)
            return error_set_usage(error, "--levels: '%s' stands there twice",
                                   error_quote(quoted, word, strlen(word)));
    }
    codes->fixed = list->count;
    return 0;
}

int word_codes_start(struct word_codes *codes, const char *list, struct error *error) {
    struct word_list words;
    *codes = (struct word_codes){0};
    if (list == NULL)
        return 0;
    if (word_list_split(&words, list, error) < 0)
        return error_prefix(error, "--levels");
    int status = add_words(codes, &words, error);
    word_list_free(&words);
    if (status < 0)
        word_codes_free(codes);
    return status;
}

int word_codes_find(struct word_codes *codes, const char *word, size_t *code, struct error *error) {
    int64_t found = word_table_code(&codes->table, word, strlen(word), error);
    if (found < 0)
        return -1;
    *code = (size_t)found;
    return codes->fixed == 0 || *code < codes->fixed;
}

void word_codes_free(struct word_codes *codes) {
    word_table_free(&codes->table);
    codes->fixed = 0;
}
