#include "density/mixture_condition.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "io/column_list.h"
#include "io/decimal.h"
#include "io/word_list.h"
#include "num/gaussian_mixture_conditional.h"

struct conditions {
    size_t *columns;
    double *values;
    size_t count;
};

static int read_condition(char *word, size_t width, size_t *column, double *value, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    struct column_list list = {0};
    char *sign = strchr(word, '=');
    const char *end = word + strlen(word);
    if (sign == NULL || decimal_parse(sign + 1, end, '.', value) != end || !isfinite(*value))
        return error_set_usage(error, "expected J=V, a column and a number, got '%s'",
                               error_quote(quoted, word, strlen(word)));
    *sign = '\0';
    if (column_list_read(&list, word, width, NULL, error) < 0)
        return -1;
    *column = list.indices[0];
    int status = 0;
    if (list.count != 1)
        status = error_set_usage(error, "expected one column before '=', got %zu", list.count);
    column_list_free(&list);
    return status;
}

static int read_conditions(struct conditions *conditions, const char *typed, size_t width,
                           struct error *error) {
    struct word_list words;
    if (word_list_split(&words, typed, error) < 0)
        return -1;
    conditions->columns = memory_array(error, words.count, sizeof *conditions->columns);
    conditions->values = memory_array(error, words.count, sizeof *conditions->values);
    int status = conditions->columns != NULL && conditions->values != NULL ? 0 : -1;
    for (; status == 0 && conditions->count < words.count; conditions->count++)
        status =
            read_condition(words.words[conditions->count], width, &conditions->columns[conditions->count],
                           &conditions->values[conditions->count], error);
    word_list_free(&words);
    return status;
}

static int name_columns(const struct gaussian_mixture_conditional *conditional, struct column_names *names,
                        struct error *error) {
    for (size_t i = 0; i < conditional->other_count; i++)
        if (column_names_add_number(names, "x", conditional->others[i] + 1, error) < 0)
            return -1;
    return 0;
}

struct gaussian_mixture *mixture_condition_apply(const struct gaussian_mixture *mixture, const char *typed,
                                                 struct column_names *names, struct error *error) {
    struct conditions conditions = {0};
    struct gaussian_mixture_conditional conditional = {0};
    struct gaussian_mixture *made = NULL;
    if (read_conditions(&conditions, typed, mixture->dimensions, error) == 0 &&
        gaussian_mixture_conditional_create(&conditional, mixture, conditions.columns, conditions.count,
                                            error) == 0 &&
        name_columns(&conditional, names, error) == 0)
        made = gaussian_mixture_conditional_mixture(&conditional, conditions.values, error);
    if (made == NULL)
        error_prefix(error, "--given");
    gaussian_mixture_conditional_free(&conditional);
    free(conditions.columns);
    free(conditions.values);
    return made;
}
