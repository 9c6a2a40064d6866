#include "io/number_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "io/word_list.h"

int number_list_read(const char *option, const char *typed, double **values, size_t *count,
                     struct error *error) {
    struct word_list list;
    char quoted[ERROR_QUOTE_SIZE];
    if (word_list_split(&list, typed, error) < 0)
        return -1;
    *count = list.count;
    *values = memory_array(error, list.count, sizeof **values);
    for (size_t i = 0; *values != NULL && i < list.count; i++) {
        const char *word = list.words[i], *end = word + strlen(word);
        if (decimal_parse(word, end, '.', &(*values)[i]) == end && end > word)
            continue;
        error_set_usage(error, "%s: expected numbers apart by commas, got '%s'", option,
                        error_quote(quoted, typed, strlen(typed)));
        free(*values);
        *values = NULL;
    }
    word_list_free(&list);
    return *values != NULL ? 0 : -1;
}
